"""The allow-list of the examiner: names of Keras' own classes and functions, by the module that we look them up in."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


LAYERS = names(
    """
    InputLayer Dense EinsumDense Embedding Activation ReLU LeakyReLU PReLU ELU Softmax Identity Masking
    Flatten Reshape Permute RepeatVector ZeroPadding1D ZeroPadding2D ZeroPadding3D Cropping1D Cropping2D
    Cropping3D UpSampling1D UpSampling2D UpSampling3D Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose
    Conv3DTranspose SeparableConv1D SeparableConv2D DepthwiseConv1D DepthwiseConv2D MaxPooling1D
    MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D GlobalMaxPooling1D
    GlobalMaxPooling2D GlobalMaxPooling3D GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D BatchNormalization LayerNormalization GroupNormalization UnitNormalization
    RMSNormalization Normalization Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout
    GaussianDropout GaussianNoise ActivityRegularization SimpleRNN LSTM GRU SimpleRNNCell LSTMCell GRUCell
    RNN Bidirectional TimeDistributed ConvLSTM1D ConvLSTM2D Add Subtract Multiply Average Maximum Minimum
    Concatenate Dot Attention AdditiveAttention MultiHeadAttention Rescaling Resizing CenterCrop
    CategoryEncoding RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness
    RandomCrop
    """
)
OPERATIONS = {
    "keras.src.ops.numpy": names(
        """
        Abs Absolute Add Argmax Average Clip Concatenate Cos Divide Dot ExpandDims Exp Expm1 Flip GetItem
        Log Log1p Matmul Max Maximum Mean Min Minimum Moveaxis Multiply Negative Power Prod Ravel Reciprocal
        Repeat Reshape Sin Sqrt Square Squeeze Stack Std Subtract Sum Swapaxes Tanh Tensordot Tile Transpose
        TrueDivide Var
        """
    ),
    "keras.src.ops.nn": names(
        """
        AveragePool BatchNorm Elu Gelu HardSigmoid HardSilu LeakyRelu LogSigmoid LogSoftmax MaxPool
        Normalize OneHot Relu Relu6 Selu Sigmoid Silu Softmax Softplus Softsign
        """
    ),
    "keras.src.ops.core": names(
        """
        Cast ConvertToTensor StopGradient
        """
    ),
    "keras.src.ops.math": names(
        """
        Logsumexp Rsqrt
        """
    ),
}
MODELS = frozenset({"Sequential", "Functional"})
ACTIVATIONS = names(
    """
    linear relu relu6 sigmoid softmax log_softmax tanh elu selu gelu silu swish softplus softsign
    exponential hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu log_sigmoid mish celu glu sparsemax
    squareplus tanh_shrink soft_shrink hard_shrink threshold sparse_plus sparse_sigmoid
    """
)
ACTIVATION_ALIASES = {"softmax_v2": "softmax", "relu_v2": "relu", "log_softmax_v2": "log_softmax", "swish": "silu"}
"""Names under which TensorFlow's own functions (`tf.nn.softmax`) stand in a config."""
INITIALIZERS = names(
    """
    Zeros Ones Constant RandomNormal RandomUniform TruncatedNormal VarianceScaling GlorotNormal
    GlorotUniform HeNormal HeUniform LecunNormal LecunUniform Orthogonal OrthogonalInitializer Identity
    IdentityInitializer
    """
)
OBJECTS = {
    "keras.regularizers": frozenset({"L1", "L2", "L1L2", "OrthogonalRegularizer"}),
    "keras.constraints": frozenset({"MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"}),
}
DTYPES = frozenset({"float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool"})
POLICIES = DTYPES | {"mixed_float16", "mixed_bfloat16"}
