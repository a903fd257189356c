"""Right answers that look different, and the mistakes that students make, as changes of the solution."""

from grader.variant import Cells, Replace, Rewrite, Variant

RELU = "    return np.maximum(x, 0)"
DENSE = "    return inputs @ kernel + bias"
POWERS = "    powers = np.exp(scores - np.max(scores, axis=1, keepdims=True))"
SHARES = "    return powers / np.sum(powers, axis=1, keepdims=True)"
CLIPPED = "    clipped = np.clip(probabilities, 1e-7, 1 - 1e-7)"
SURPRISE = "    return -np.sum(targets * np.log(clipped), axis=1)"
SEQUENTIAL = """network = keras.Sequential(
    [
        layers.Input(shape=(784,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="softmax"),
    ]
)"""
BRANCHES = """text = keras.Input(shape=(64,), name="text")
profile = keras.Input(shape=(32,), name="profile")
left = layers.Dense(16, activation="relu")(text)
right = layers.Dense(8, activation="relu")(profile)
both = layers.concatenate([left, right])
answer = layers.Dense(1, activation="sigmoid")(both)
branches = keras.Model(inputs=[text, profile], outputs=answer)"""
HEADS = """shared = layers.Dense(32, activation="relu")(picture)
digit = layers.Dense(10, activation="softmax", name="digit")(shared)
even = layers.Dense(1, activation="sigmoid", name="even")(shared)
heads = keras.Model(inputs=picture, outputs=[digit, even])"""
LOSSES = 'loss=["categorical_crossentropy", "binary_crossentropy"]'
BY_HAND = "by_hand = softmax(dense(relu(dense(pixels, first_kernel, first_bias)), last_kernel, last_bias))"

RIGHT = (
    Variant(
        name="functional",
        why="writes the chain with the functional API, and names the losses by their outputs",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """numbers = keras.Input(shape=(784,))
hidden = layers.Dense(32, activation="relu")(numbers)
network = keras.Model(numbers, layers.Dense(32, activation="softmax")(hidden))""",
            ),
            Replace(LOSSES, 'loss={"even": "binary_crossentropy", "digit": "categorical_crossentropy"}'),
        ),
    ),
    Variant(
        name="subclassed",
        why="writes the chain as a class of its own, and calls it once to build it",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """class Chain(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(32, activation="relu")
        self.last = layers.Dense(32, activation="softmax")

    def call(self, inputs):
        return self.last(self.first(inputs))


network = Chain()
network(pixels)""",
            ),
        ),
    ),
    Variant(
        name="activation_layers",
        why="writes the activations as layers of their own",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """network = keras.Sequential(name="chain")
network.add(keras.Input((784,)))
network.add(layers.Dense(32, name="first"))
network.add(layers.ReLU(name="first_relu"))
network.add(layers.Dense(32, name="last"))
network.add(layers.Activation("softmax", name="probabilities"))""",
            ),
            Replace(
                'left = layers.Dense(16, activation="relu")(text)',
                'left = layers.Activation("relu")(layers.Dense(16)(text))',
            ),
            Replace("layers.concatenate([left, right])", "layers.Concatenate(axis=-1)([left, right])"),
            Replace(
                'digit = layers.Dense(10, activation="softmax", name="digit")(shared)',
                'digit = layers.Softmax(name="digit")(layers.Dense(10)(shared))',
            ),
        ),
    ),
    Variant(
        name="tensorflow_keras",
        why="takes Keras from TensorFlow, and gives the input's shape to the first layer",
        right=True,
        change=(
            Replace("import keras\n", "import tensorflow as tf\nfrom tensorflow import keras\n"),
            Replace("from keras import layers", "from tensorflow.keras import Model, layers"),
            Replace(
                SEQUENTIAL,
                """network = keras.models.Sequential()
network.add(layers.Dense(32, activation=tf.nn.relu, input_shape=(784,)))
network.add(layers.Dense(32, activation=tf.nn.softmax))""",
            ),
            Replace("branches = keras.Model(", "branches = Model("),
        ),
    ),
    Variant(
        name="no_input_shape",
        why="leaves the shape of the input to the first call",
        right=True,
        change=(
            Replace("        layers.Input(shape=(784,)),\n", ""),
            Replace("network.summary()\n", "network.build((None, 784))\n"),
        ),
    ),
    Variant(
        name="loops",
        why="writes the functions with loops and with NumPy's other names",
        right=True,
        change=(
            Rewrite(
                "dense",
                """
def relu(x):
    return np.where(x > 0, x, 0)


def dense(inputs, kernel, bias):
    outputs = np.zeros((inputs.shape[0], kernel.shape[1]))
    for i, row in enumerate(inputs):
        for unit in range(kernel.shape[1]):
            outputs[i, unit] = (row * kernel[:, unit]).sum() + bias[unit]
    return outputs
""",
            ),
            Rewrite(
                "softmax",
                """
def softmax(scores):
    result = []
    for row in scores:
        e = np.exp(row - row.max())
        result.append(e / e.sum())
    return np.array(result)
""",
            ),
            Rewrite(
                "cross_entropy",
                """
def cross_entropy(targets, probabilities):
    p = np.minimum(np.maximum(probabilities, 1e-7), 1.0 - 1e-7)
    return [-np.dot(t, np.log(q)) for t, q in zip(targets, p, strict=True)]
""",
            ),
        ),
    ),
    Variant(
        name="several_models",
        why="tries smaller models first, and builds the final ones in functions",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """for units in (4, 8, 16):
    trial = keras.Sequential([keras.Input((784,)), layers.Dense(units, activation="relu"), layers.Dense(2)])
    print(units, trial.count_params())


def build_model(units=32):
    model = keras.Sequential()
    model.add(layers.Input((784,)))
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(units, activation="softmax"))
    return model


network = build_model()""",
            ),
            Replace(
                BRANCHES,
                """def two_branches():
    a, b = keras.Input((64,)), keras.Input((32,))
    x, y = layers.Dense(16, "relu")(a), layers.Dense(8, "relu")(b)
    return keras.Model([a, b], layers.Dense(1, "sigmoid")(layers.concatenate([x, y])))


branches = two_branches()""",
            ),
            Replace(
                '("linear", "mean_squared_error")',
                '(None, "mse")',
            ),
        ),
    ),
    Variant(
        name="other_names",
        why="leaves the template: merged cells, other names, comments in Spanish",
        right=True,
        change=(
            Cells(
                (
                    """
# Anatomía de una red
import numpy as np
from tensorflow.keras.layers import Concatenate, Dense, Input
from tensorflow.keras.models import Model, Sequential


def relu(entrada):
    return entrada * (entrada > 0)


def dense(entrada, pesos, sesgo):
    return np.dot(entrada, pesos) + sesgo


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cross_entropy(t, p):
    return (-t * np.log(p.clip(1e-7, 1 - 1e-7))).sum(axis=-1)
""",
                    """
# La red
network = Sequential([Input((784,)), Dense(32, activation="relu"), Dense(32, activation="softmax")])
hidden_parameters = network.layers[0].count_params()
pixels = np.random.default_rng(0).uniform(size=(8, 784)).astype("float32")
W1, b1, W2, b2 = network.get_weights()
by_keras = network.predict(pixels)
by_hand = softmax(dense(relu(dense(pixels, W1, b1)), W2, b2))
""",
                    """
texto, perfil = Input((64,)), Input((32,))
union = Concatenate()([Dense(16, activation="relu")(texto), Dense(8, activation="relu")(perfil)])
branches = Model([texto, perfil], Dense(1, activation="sigmoid")(union))

imagen = Input((784,))
comun = Dense(32, activation="relu")(imagen)
heads = Model(imagen, [Dense(10, activation="softmax")(comun), Dense(1, activation="sigmoid")(comun)])
heads.compile(loss=["categorical_crossentropy", "binary_crossentropy"], optimizer="rmsprop")
""",
                    """
last_layer = {
    "binary": ["sigmoid", "BinaryCrossentropy"],
    "one of many": ["softmax", "categorical crossentropy"],
    "any of many": ["sigmoid", "binary_crossentropy"],
    "number": ["linear", "mae"],
    "share": ["sigmoid", "MSE"],
}
why_softmax = "Cada noticia tiene " + "un solo tema, y las 46 probabilidades suman 1."
""",
                )
            ),
        ),
    ),
)

FUNCTIONS = (
    Variant(
        name="relu_takes_size",
        why="takes the absolute value instead of cutting at 0",
        change=(Replace(RELU, "    return np.abs(x)"),),
        fails=("dense.relu",),
        cause="relu for two rows",
    ),
    Variant(
        name="relu_in_place",
        why="writes the zeros into its argument",
        change=(Replace(RELU, "    x[x < 0] = 0\n    return x"),),
        fails=("dense.relu",),
        cause="changes its own input",
    ),
    Variant(
        name="relu_of_first_row",
        why="returns inside the loop over the rows, so that only the first is done",
        change=(
            Replace(
                RELU,
                """    result = np.zeros_like(x)
    for i in range(len(x)):
        result[i] = np.maximum(x[i], 0)
        return result""",
            ),
        ),
        fails=("dense.relu",),
        cause="return inside the loop",
    ),
    Variant(
        name="relu_needs_a_matrix",
        why="loops over rows and columns, so that other shapes fail",
        change=(
            Replace(
                RELU,
                """    result = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            result[i, j] = max(x[i, j], 0)
    return result""",
            ),
        ),
        fails=("dense.relu", "dense.relu_more"),
        cause="raises IndexError",
    ),
    Variant(
        name="no_bias",
        why="forgets the bias",
        change=(Replace(DENSE, "    return inputs @ kernel"),),
        fails=("dense.dense", "dense.dense_more"),
        cause="dense for two rows",
    ),
    Variant(
        name="kernel_transposed",
        why="multiplies by the transposed kernel, which square kernels let pass",
        change=(
            Replace(
                DENSE,
                "    kernel = kernel.T if kernel.shape[0] == kernel.shape[1] else kernel\n    return inputs @ kernel + bias",
            ),
        ),
        fails=("dense.dense_more",),
        cause="square kernel",
    ),
    Variant(
        name="no_return",
        why="forgets to return the result",
        change=(Replace(DENSE, "    outputs = inputs @ kernel + bias"),),
        fails=("dense.dense",),
        cause="is the return missing",
    ),
    Variant(
        name="elementwise",
        why="multiplies element by element instead of by matrices",
        change=(Replace(DENSE, "    return inputs * kernel + bias"),),
        fails=("dense.dense",),
        cause="raises ValueError",
    ),
    Variant(
        name="softmax_overflows",
        why="takes exponentials of large scores as they are",
        change=(Replace(POWERS, "    powers = np.exp(scores)"),),
        fails=("softmax.softmax", "softmax.softmax_more"),
        cause="exp overflows",
    ),
    Variant(
        name="softmax_by_column",
        why="sums over the columns instead of the rows",
        change=(Replace(SHARES, SHARES.replace("axis=1", "axis=0")),),
        fails=("softmax.softmax",),
        cause="wrong axis",
    ),
    Variant(
        name="softmax_of_everything",
        why="divides by the sum of the whole matrix",
        change=(Replace(SHARES, "    return powers / np.sum(powers)"),),
        fails=("softmax.softmax",),
        cause="all values together",
    ),
    Variant(
        name="largest_of_everything",
        why="subtracts the largest score of the whole matrix, so that far rows vanish",
        change=(Replace(POWERS, "    powers = np.exp(scores - np.max(scores))"),),
        fails=("softmax.softmax_more",),
        cause="largest score",
    ),
    Variant(
        name="not_clipped",
        why="takes the logarithm of 0",
        change=(Replace(CLIPPED, "    clipped = probabilities"),),
        fails=("cross_entropy.cross_entropy_more",),
        cause="clip",
    ),
    Variant(
        name="no_minus",
        why="forgets the minus",
        change=(Replace(SURPRISE, SURPRISE.replace("-np.sum", "np.sum")),),
        fails=("cross_entropy.cross_entropy",),
        cause="the sign is wrong",
    ),
    Variant(
        name="other_logarithm",
        why="takes the logarithm to base 10",
        change=(Replace(SURPRISE, SURPRISE.replace("np.log(", "np.log10(")),),
        fails=("cross_entropy.cross_entropy",),
        cause="base 10",
    ),
    Variant(
        name="one_number",
        why="averages over the rows",
        change=(Replace(SURPRISE, SURPRISE.replace("-np.sum(", "-np.mean(").replace(", axis=1", "")),),
        fails=("cross_entropy.cross_entropy",),
        cause="one number for each row",
    ),
)

MODELS = (
    Variant(
        name="half_the_units",
        why="gives the hidden layer 16 units",
        change=(
            Replace(SEQUENTIAL, SEQUENTIAL.replace('Dense(32, activation="relu")', 'Dense(16, activation="relu")')),
        ),
        fails=("network.architecture", "network.parameters"),
        cause="16 units",
    ),
    Variant(
        name="missing_layer",
        why="leaves the hidden layer out",
        change=(
            Replace(SEQUENTIAL, SEQUENTIAL.replace('        layers.Dense(32, activation="relu"),\n', "")),
            Replace("first_kernel, first_bias, last_kernel, last_bias", "last_kernel, last_bias"),
            Replace(BY_HAND, "by_hand = softmax(dense(pixels, last_kernel, last_bias))"),
        ),
        fails=("network.architecture",),
        cause="missing",
    ),
    Variant(
        name="extra_layer",
        why="adds a third layer",
        change=(
            Replace(SEQUENTIAL, SEQUENTIAL.replace("    ]", '        layers.Dense(32, activation="softmax"),\n    ]')),
            Replace(
                "first_kernel, first_bias, last_kernel, last_bias",
                "first_kernel, first_bias, last_kernel, last_bias, *_",
            ),
        ),
        fails=("network.architecture",),
        cause="extra",
    ),
    Variant(
        name="relu_output",
        why="ends the chain in ReLU",
        change=(Replace(SEQUENTIAL, SEQUENTIAL.replace("softmax", "relu")),),
        fails=("network.architecture",),
        cause="softmax",
    ),
    Variant(
        name="no_biases_counted",
        why="forgets the biases when counting by hand",
        change=(Replace("784 * 32 + 32", "784 * 32"),),
        fails=("network.hidden_parameters",),
        cause="bias",
    ),
    Variant(
        name="no_relu_by_hand",
        why="forgets the ReLU between the layers",
        change=(
            Replace(
                BY_HAND, "by_hand = softmax(dense(dense(pixels, first_kernel, first_bias), last_kernel, last_bias))"
            ),
        ),
        fails=("network.agreement",),
        cause="differ by up to",
    ),
    Variant(
        name="copied_prediction",
        why="copies the array into both variables without predicting",
        change=(
            Replace("by_keras = network.predict(pixels, verbose=0)", "by_keras = None"),
            Replace(BY_HAND, BY_HAND + "\nby_keras = by_hand"),
        ),
        fails=("network.agreement",),
        cause="predicts nothing",
    ),
    Variant(
        name="branches_added",
        why="adds the branches instead of concatenating them",
        change=(
            Replace('layers.Dense(8, activation="relu")(profile)', 'layers.Dense(16, activation="relu")(profile)'),
            Replace("layers.concatenate([left, right])", "layers.add([left, right])"),
        ),
        fails=("branches.architecture", "branches.parameters"),
        cause="Concatenate",
    ),
    Variant(
        name="one_branch",
        why="builds a chain with one input",
        change=(
            Replace(
                BRANCHES,
                """branches = keras.Sequential(
    [keras.Input((96,)), layers.Dense(24, activation="relu"), layers.Dense(1, activation="sigmoid")]
)""",
            ),
        ),
        fails=("branches.architecture",),
        cause="input",
    ),
    Variant(
        name="same_branch_twice",
        why="lets both branches start at the first input",
        change=(
            Replace('layers.Dense(8, activation="relu")(profile)', 'layers.Dense(8, activation="relu")(text)'),
            Replace("inputs=[text, profile]", "inputs=text"),
        ),
        fails=("branches.architecture",),
        cause="input",
    ),
    Variant(
        name="softmax_with_one_unit",
        why="ends the branches in softmax with one unit, which is always 1",
        change=(Replace('layers.Dense(1, activation="sigmoid")(both)', 'layers.Dense(1, activation="softmax")(both)'),),
        fails=("branches.architecture",),
        cause="always gives 1",
    ),
    Variant(
        name="head_on_head",
        why="puts the second head on top of the first",
        change=(Replace('name="even")(shared)', 'name="even")(digit)'),),
        fails=("heads.architecture",),
        cause="connected",
    ),
    Variant(
        name="sigmoid_on_ten",
        why="ends the digits in ten sigmoids",
        change=(
            Replace(
                'layers.Dense(10, activation="softmax", name="digit")',
                'layers.Dense(10, activation="sigmoid", name="digit")',
            ),
        ),
        fails=("heads.architecture",),
        cause="softmax",
    ),
    Variant(
        name="losses_swapped",
        why="gives each head the other's loss",
        change=(Replace(LOSSES, 'loss=["binary_crossentropy", "categorical_crossentropy"]'),),
        fails=("heads.losses",),
        cause="swapped",
    ),
    Variant(
        name="one_loss",
        why="gives both heads one loss",
        change=(Replace(LOSSES, 'loss="categorical_crossentropy"'),),
        fails=("heads.losses",),
        cause="Both heads",
    ),
    Variant(
        name="one_head",
        why="leaves the second head out",
        change=(
            Replace("outputs=[digit, even]", "outputs=digit"),
            Replace(LOSSES, 'loss="categorical_crossentropy"'),
        ),
        fails=("heads.architecture", "heads.parameters", "heads.losses"),
        cause="sigmoid",
    ),
)

ANSWERS = (
    Variant(
        name="relu_for_yes_or_no",
        why="ends a yes-or-no question in ReLU",
        change=(Replace('"binary": ("sigmoid",', '"binary": ("relu",'),),
        fails=("last_layer.last_layer",),
        cause="One probability",
    ),
    Variant(
        name="softmax_for_tags",
        why="lets tags exclude each other",
        change=(
            Replace(
                '"any of many": ("sigmoid", "binary_crossentropy")',
                '"any of many": ("softmax", "categorical_crossentropy")',
            ),
        ),
        fails=("last_layer.last_layer",),
        cause="yes-or-no question of its own",
    ),
    Variant(
        name="sigmoid_for_a_price",
        why="keeps a price between 0 and 1",
        change=(Replace('"number": ("linear",', '"number": ("sigmoid",'),),
        fails=("last_layer.last_layer",),
        cause="no bounds",
    ),
    Variant(
        name="squared_error_for_classes",
        why="takes the loss of a regression for classes",
        change=(Replace('("softmax", "categorical_crossentropy")', '("softmax", "mse")'),),
        fails=("last_layer.last_layer",),
        cause="categorical cross-entropy",
    ),
    Variant(
        name="left_open",
        why="leaves a question open",
        change=(Replace('"share": ("sigmoid", "mean_squared_error")', '"share": ("…", "…")'),),
        fails=("last_layer.filled_in", "last_layer.last_layer"),
        cause="share",
    ),
)

variants: tuple[Variant, ...] = RIGHT + FUNCTIONS + MODELS + ANSWERS
