"""Right answers that look different, and the mistakes that students make, as changes of the solution."""

from grader.variant import Cells, Replace, Rewrite, Variant

CONVOLUTIONS = """        layers.Input(shape=(28, 28, 1)),
        layers.Conv2D(32, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Conv2D(64, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Conv2D(64, (3, 3), activation="relu"),
"""
HEAD = """        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
"""
BASE = f"base = keras.Sequential(\n    [\n{CONVOLUTIONS}    ]\n)"
NETWORK = f"network = keras.Sequential(\n    [\n{CONVOLUTIONS}{HEAD}    ]\n)"
BARE = CONVOLUTIONS.replace("        layers.MaxPooling2D((2, 2)),\n", "")
WITHOUT = f"without_pooling = keras.Sequential(\n    [\n{BARE}    ]\n)"
COMPILE = 'network.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])'
FIT = "history = network.fit(x_train, y_train, epochs=EPOCHS, batch_size=64, verbose=0)"
EVALUATE = "test_loss, test_accuracy = network.evaluate(x_test, y_test, verbose=0)"
SCALE = 'images.reshape((len(images), 28, 28, 1)).astype("float32") / 255'
TRAIN = "x_train = preprocess(train_images)"
TEST = "x_test = preprocess(test_images)"
HOT = "y_train = keras.utils.to_categorical(train_labels, 10)"
HOT_TEST = "y_test = keras.utils.to_categorical(test_labels, 10)"
SHAPES = '{"with": base.output_shape[1:], "without": without_pooling.output_shape[1:]}'
COUNT = "base_parameters = (3 * 3 * 1 * 32 + 32) + (3 * 3 * 32 * 64 + 64) + (3 * 3 * 64 * 64 + 64)"
SPARSE = (
    Replace(HOT, "y_train = train_labels"),
    Replace(HOT_TEST, "y_test = test_labels"),
    Replace('"categorical_crossentropy"', '"sparse_categorical_crossentropy"'),
)


def base(old: str, new: str) -> Replace:
    """The base with one piece changed; the network stays as it is, and need not be trained again."""
    return Replace(BASE, BASE.replace(old, new, 1))


def network(old: str, new: str) -> Replace:
    """The network with one piece changed; the base stays as it is."""
    return Replace(NETWORK, NETWORK.replace(old, new, 1))


RIGHT = (
    Variant(
        name="functional",
        why="writes the networks with the functional API, and the pictures in double precision",
        right=True,
        change=(
            Replace(SCALE, "np.expand_dims(images, -1) / 255.0"),
            Replace(
                BASE,
                """pixels = keras.Input((28, 28, 1))
x = layers.Conv2D(32, 3, activation="relu")(pixels)
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(64, 3, activation="relu")(x)
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(64, 3, activation="relu")(x)
base = keras.Model(pixels, x)""",
            ),
            Replace(
                NETWORK,
                """pixels = keras.Input((28, 28, 1))
x = layers.Conv2D(32, 3, activation="relu")(pixels)
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(64, 3, activation="relu")(x)
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(64, 3, activation="relu")(x)
x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
network = keras.Model(pixels, layers.Dense(10, activation="softmax")(x))""",
            ),
        ),
    ),
    Variant(
        name="subclassed",
        why="writes the network as a class of its own",
        right=True,
        change=(
            Replace(
                NETWORK,
                """class Digits(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Conv2D(32, 3, activation="relu")
        self.second = layers.Conv2D(64, 3, activation="relu")
        self.third = layers.Conv2D(64, 3, activation="relu")
        self.pool_once = layers.MaxPooling2D()
        self.pool_again = layers.MaxPooling2D()
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(64, activation="relu")
        self.out = layers.Dense(10, activation="softmax")

    def call(self, pixels):
        x = self.pool_once(self.first(pixels))
        x = self.pool_again(self.second(x))
        return self.out(self.hidden(self.flatten(self.third(x))))


network = Digits()
network.build((None, 28, 28, 1))""",
            ),
        ),
    ),
    Variant(
        name="activation_layers",
        why="writes the activations as layers and every default out, and gives every layer a name",
        right=True,
        change=(
            Replace(
                NETWORK,
                """network = keras.Sequential(name="digits")
network.add(keras.Input(shape=(28, 28, 1), name="pixels"))
network.add(layers.Conv2D(32, kernel_size=(3, 3), strides=(1, 1), padding="valid", name="strokes"))
network.add(layers.Activation("relu", name="strokes_relu"))
network.add(layers.MaxPool2D(pool_size=(2, 2), strides=2, padding="valid", name="smaller"))
network.add(layers.Convolution2D(64, kernel_size=3, name="corners"))
network.add(layers.ReLU(name="corners_relu"))
network.add(layers.MaxPool2D(name="smaller_still"))
network.add(layers.Conv2D(64, 3, name="parts"))
network.add(layers.Activation("relu", name="parts_relu"))
network.add(layers.Reshape((576,), name="row"))
network.add(layers.Dense(64, name="hidden"))
network.add(layers.Activation("relu", name="hidden_relu"))
network.add(layers.Dense(10, name="out"))
network.add(layers.Softmax(name="probabilities"))""",
            ),
        ),
    ),
    Variant(
        name="tensorflow_keras",
        why="takes Keras from TensorFlow, and gives the input's shape to the first layer",
        right=True,
        change=(
            Replace("import keras\n", "import tensorflow as tf\nfrom tensorflow import keras\n"),
            Replace("from keras import layers", "from tensorflow.keras import layers, models"),
            Replace(
                BASE,
                """base = models.Sequential()
base.add(layers.Conv2D(32, (3, 3), activation=tf.nn.relu, input_shape=(28, 28, 1)))
base.add(layers.MaxPooling2D((2, 2)))
base.add(layers.Conv2D(64, (3, 3), activation=tf.nn.relu))
base.add(layers.MaxPooling2D((2, 2)))
base.add(layers.Conv2D(64, (3, 3), activation=tf.nn.relu))""",
            ),
            Replace(
                NETWORK,
                """network = models.Sequential()
network.add(layers.Conv2D(32, (3, 3), activation=tf.nn.relu, input_shape=(28, 28, 1)))
network.add(layers.MaxPooling2D((2, 2)))
network.add(layers.Conv2D(64, (3, 3), activation=tf.nn.relu))
network.add(layers.MaxPooling2D((2, 2)))
network.add(layers.Conv2D(64, (3, 3), activation=tf.nn.relu))
network.add(layers.Flatten())
network.add(layers.Dense(64, activation=tf.nn.relu))
network.add(layers.Dense(10, activation=tf.nn.softmax))""",
            ),
        ),
    ),
    Variant(
        name="no_input_shape",
        why="leaves the shape of the network's input to the first call, and builds the bases by hand",
        right=True,
        change=(
            network("        layers.Input(shape=(28, 28, 1)),\n", ""),
            Replace(
                BASE,
                BASE.replace("        layers.Input(shape=(28, 28, 1)),\n", "") + "\nbase.build((None, 28, 28, 1))",
            ),
            Replace(COUNT, "base_parameters = base.count_params()"),
        ),
    ),
    Variant(
        name="base_first",
        why="puts the base into the network as its first layer",
        right=True,
        change=(
            Replace(
                NETWORK,
                """network = keras.Sequential()
network.add(base)
network.add(layers.Flatten())
network.add(layers.Dense(64, activation="relu"))
network.add(layers.Dense(10, activation="softmax"))""",
            ),
        ),
    ),
    Variant(
        name="base_continued",
        why="goes on from the base's output, so that both share their layers",
        right=True,
        change=(
            Replace(
                NETWORK,
                """x = layers.Flatten()(base.outputs[0])
x = layers.Dense(64, activation="relu")(x)
network = keras.Model(base.inputs, layers.Dense(10, activation="softmax")(x))""",
            ),
            Replace(SHAPES, '{"with": base.outputs[0].shape, "without": without_pooling.outputs[0].shape}'),
        ),
    ),
    Variant(
        name="sparse_labels",
        why="trains on the labels as whole numbers, with the loss that belongs to them",
        right=True,
        change=SPARSE,
    ),
    Variant(
        name="rescaling_layer",
        why="trains on the pictures as they are, and scales and reshapes them in the network",
        right=True,
        change=(
            Replace(TRAIN, "x_train = train_images"),
            Replace(TEST, "x_test = test_images"),
            network(
                "        layers.Input(shape=(28, 28, 1)),\n",
                "        layers.Input(shape=(28, 28)),\n        layers.Rescaling(1 / 255),\n        layers.Reshape((28, 28, 1)),\n",
            ),
        ),
    ),
    Variant(
        name="several_models",
        why="tries two other networks before the final one, all under one name",
        right=True,
        change=(
            Replace(SCALE, "np.stack([image[..., None] for image in images]) / np.float32(255)"),
            Replace(
                f"{NETWORK}\nnetwork.summary()",
                f"""for filters in (4, 8):
    model = keras.Sequential([layers.Conv2D(filters, 3, activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax")])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train[:1000], y_train[:1000], epochs=1, batch_size=64, verbose=0)
    print(filters, model.evaluate(x_train[1000:2000], y_train[1000:2000], verbose=0))

{NETWORK.replace("network", "model")}""",
            ),
            Replace(COMPILE, COMPILE.replace("network", "model")),
            Replace(FIT, FIT.replace("network", "model")),
            Replace("network.evaluate(", "model.evaluate("),
            Replace("network.predict(", "model.predict("),
        ),
    ),
    Variant(
        name="builder_function",
        why="builds and compiles the network in a function, and plots in two axes",
        right=True,
        change=(
            Replace(
                f"{NETWORK}\nnetwork.summary()\n\n{COMPILE}",
                f"""def build_model():
{"    ".join(["", *NETWORK.splitlines(keepends=True)])}
    network.compile(
        optimizer=keras.optimizers.RMSprop(), loss=keras.losses.CategoricalCrossentropy(), metrics=["acc"]
    )
    return network


network = build_model()""",
            ),
            Replace(COUNT, "base_parameters = 55_744"),
            Replace(SHAPES, 'dict([("with", [3, 3, 64]), ("without", [22, 22, 64])])'),
            Rewrite(
                "plot",
                """
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
left.plot(np.arange(EPOCHS) + 1, history.history["loss"], "b--", label="Training loss")
right.plot(np.arange(EPOCHS) + 1, history.history["acc"], "r--", label="Training accuracy")
for axis, what in ((left, "Loss"), (right, "Accuracy")):
    axis.set(xlabel="Epochs", ylabel=what)
    axis.legend()
fig.savefig("learning.png")
""",
            ),
        ),
    ),
    Variant(
        name="other_names",
        why="leaves the template: other names, other cells, comments in Spanish",
        right=True,
        change=(
            Cells(
                (
                    """
# Tarea: una red convolucional
import numpy as np
import matplotlib.pyplot as plt
from tensorflow.keras.datasets import mnist
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from tensorflow.keras.utils import to_categorical

EPOCHS = 5
TRAINING_PICTURES = 60_000
""",
                    """
(imagenes, etiquetas), (imagenes_prueba, etiquetas_prueba) = mnist.load_data()
imagenes, etiquetas = imagenes[:TRAINING_PICTURES], etiquetas[:TRAINING_PICTURES]


def preprocess(imagenes):
    return imagenes.reshape(-1, 28, 28, 1).astype("float64") / 255.


X, Y = preprocess(imagenes), to_categorical(etiquetas)
X_prueba, Y_prueba = preprocess(imagenes_prueba), to_categorical(etiquetas_prueba)
""",
                    """
# Las convoluciones, con y sin reducción
def convoluciones(reducir):
    modelo = Sequential([Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1))])
    for filtros in (64, 64):
        if reducir:
            modelo.add(MaxPooling2D((2, 2)))
        modelo.add(Conv2D(filtros, (3, 3), activation="relu"))
    return modelo


base, without_pooling = convoluciones(True), convoluciones(False)
base_parameters = 320 + 18496 + 36928
shapes = {"with": (3, 3, 64), "without": (22, 22, 64)}
""",
                    """
# La red, y el entrenamiento
red = convoluciones(True)
red.add(Flatten())
red.add(Dense(64, activation="relu"))
red.add(Dense(10, activation="softmax"))
red.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
entrenamiento = red.fit(X, Y, batch_size=64, epochs=EPOCHS, verbose=0)
""",
                    """
# Resultados
perdida, test_accuracy = red.evaluate(X_prueba, Y_prueba, verbose=0)
print(f"exactitud: {test_accuracy:.3f}")
probabilities = red.predict(X_prueba, verbose=0)
first_digit = np.argmax(probabilities, axis=1)[0]
""",
                    """
for clave, nombre in (("loss", "pérdida (loss)"), ("accuracy", "exactitud (accuracy)")):
    plt.figure()
    plt.plot(range(1, EPOCHS + 1), entrenamiento.history[clave], label=nombre)
    plt.xlabel("época")
    plt.ylabel(nombre)
    plt.legend()
    plt.show()
""",
                )
            ),
        ),
    ),
)

DATA = (
    Variant(
        name="channels_first",
        why="puts the channel before the grid, as other libraries do",
        change=(Replace("(len(images), 28, 28, 1)", "(len(images), 1, 28, 28)"),),
        fails=("data.preprocess", "training.inputs"),
        cause="channels come last",
    ),
    Variant(
        name="no_channel",
        why="leaves the pictures without a channel axis",
        change=(Replace(".reshape((len(images), 28, 28, 1))", ""),),
        fails=("data.preprocess", "data.preprocess_more"),
        cause="shape (2, 28, 28), expected (2, 28, 28, 1)",
    ),
    Variant(
        name="flattened",
        why="makes rows of the pictures, as for a dense network",
        change=(Replace("(len(images), 28, 28, 1)", "(len(images), 28 * 28)"),),
        fails=("data.preprocess", "training.trained"),
        cause="shape (2, 784), expected (2, 28, 28, 1)",
    ),
    Variant(
        name="pictures_transposed",
        why="turns rows into columns",
        change=(Replace("images.reshape((", "images.transpose(0, 2, 1).reshape(("),),
        fails=("data.preprocess", "training.inputs"),
        cause="transposed",
    ),
    Variant(
        name="not_scaled",
        why="leaves the pixels at 0 to 255",
        change=(Replace(SCALE, SCALE.removesuffix(" / 255")),),
        fails=("data.preprocess", "training.inputs"),
        cause="not scaled",
    ),
    Variant(
        name="scaled_twice",
        why="divides by 255 in the function and again outside it",
        change=(Replace(TRAIN, TRAIN + " / 255"), Replace(TEST, TEST + " / 255")),
        fails=("training.inputs",),
        cause="scaled twice",
    ),
    Variant(
        name="integer_division",
        why="divides whole numbers by whole numbers: all ink below 255 is gone",
        change=(Replace(SCALE, "images.reshape((len(images), 28, 28, 1)) // 255"),),
        fails=("data.preprocess", "training.inputs"),
        cause="integer division",
    ),
    Variant(
        name="own_maximum",
        why="divides by the largest value at hand, which is 255 for MNIST and something else for other pictures",
        change=(Replace(SCALE, SCALE.replace("/ 255", "/ images.max()")),),
        fails=("data.preprocess_more",),
        cause="largest value at hand",
    ),
    Variant(
        name="changes_its_argument",
        why="scales in place: the pictures handed in are changed",
        change=(
            Replace(
                f"    return {SCALE}",
                """    pixels = images.reshape((len(images), 28, 28, 1)).astype("float32")
    images //= 255
    return pixels / 255""",
            ),
        ),
        fails=("data.preprocess", "data.preprocess_more"),
        cause="changes its own input",
    ),
    Variant(
        name="label_minus_one",
        why="starts the labels at −1, which one-hot coding silently turns into the last class",
        change=(Replace(HOT, HOT.replace("train_labels", 'train_labels.astype("int32") - 1')),),
        fails=("training.targets",),
        cause="−1 into the last class",
    ),
)

CONVOLUTION = (
    Variant(
        name="padding_same",
        why="pads the pictures, so that the grid stays as large as it was",
        change=(base('(32, (3, 3), activation="relu")', '(32, (3, 3), activation="relu", padding="same")'),),
        fails=("base.architecture", "base.output_shape"),
        cause='padding="same"',
    ),
    Variant(
        name="no_pooling_in_base",
        why="forgets the pooling layers",
        change=(Replace(BASE, WITHOUT.replace("without_pooling", "base")),),
        fails=("base.architecture", "base.output_shape"),
        cause="MaxPooling2D((2, 2)) is missing",
    ),
    Variant(
        name="pooling_of_three",
        why="pools 3 × 3 pixels",
        change=(base("MaxPooling2D((2, 2))", "MaxPooling2D((3, 3))"),),
        fails=("base.architecture", "base.output_shape"),
        cause="pool_size=(3, 3), expected (2, 2)",
    ),
    Variant(
        name="average_pooling",
        why="takes the mean of each window instead of its maximum",
        change=(base("MaxPooling2D", "AveragePooling2D"),),
        fails=("base.architecture",),
        cause="AveragePooling2D",
    ),
    Variant(
        name="filters_swapped",
        why="begins with 64 filters and goes on with 32",
        change=(
            Replace(
                BASE,
                BASE.replace("Conv2D(32,", "Conv2D(-,").replace("Conv2D(64,", "Conv2D(32,", 1).replace("(-,", "(64,"),
            ),
        ),
        fails=("base.architecture", "base.parameters"),
        cause="64 filters, expected 32",
    ),
    Variant(
        name="kernel_of_five",
        why="looks at 5 × 5 pixels",
        change=(base("Conv2D(32, (3, 3)", "Conv2D(32, (5, 5)"),),
        fails=("base.architecture", "base.parameters"),
        cause="kernel_size=(5, 5), expected (3, 3)",
    ),
    Variant(
        name="no_relu_in_base",
        why="forgets the activation of a convolution",
        change=(base('Conv2D(32, (3, 3), activation="relu")', "Conv2D(32, (3, 3))"),),
        fails=("base.architecture",),
        cause="relu is missing",
    ),
    Variant(
        name="base_grown",
        why="adds the classifier to the base itself, which then is the network",
        change=(
            Replace(
                NETWORK,
                """base.add(layers.Flatten())
base.add(layers.Dense(64, activation="relu"))
base.add(layers.Dense(10, activation="softmax"))
network = base""",
            ),
        ),
        fails=("base.architecture", "base.output_shape"),
        cause="extra",
    ),
    Variant(
        name="no_biases_counted",
        why="forgets the biases when counting by hand",
        change=(Replace(COUNT, "base_parameters = 3 * 3 * 1 * 32 + 3 * 3 * 32 * 64 + 3 * 3 * 64 * 64"),),
        fails=("base.base_parameters",),
        cause="one bias",
    ),
    Variant(
        name="no_channels_counted",
        why="counts as if each filter looked at one channel only",
        change=(Replace(COUNT, "base_parameters = (3 * 3 * 32 + 32) + (3 * 3 * 64 + 64) + (3 * 3 * 64 + 64)"),),
        fails=("base.base_parameters",),
        cause="each input channel",
    ),
    Variant(
        name="pooling_left_in",
        why="leaves a pooling layer in the base that should have none",
        change=(
            Replace(
                WITHOUT,
                WITHOUT.replace(
                    "        layers.Conv2D(64", "        layers.MaxPooling2D(2),\n        layers.Conv2D(64", 1
                ),
            ),
        ),
        fails=("pooling.architecture", "pooling.output_shape"),
        cause="One extra layer: MaxPooling2D",
    ),
    Variant(
        name="fewer_filters",
        why="gives the last convolution without pooling 32 filters",
        change=(Replace(WITHOUT, "32, ".join(WITHOUT.rsplit("64, ", 1))),),
        fails=("pooling.architecture", "pooling.output_shape"),
        cause="32 filters, expected 64",
    ),
    Variant(
        name="third_number",
        why="writes the window as two numbers, of which the second is the stride",
        change=(Replace(WITHOUT, WITHOUT.replace("Conv2D(32, (3, 3)", "Conv2D(32, 3, 3")),),
        fails=("pooling.architecture", "pooling.output_shape"),
        cause="the third number is the stride",
    ),
    Variant(
        name="pooling_not_done",
        why="leaves the third exercise out, and hopes that the base will do for it",
        change=(Rewrite("pooling", "without_pooling = ..."),),
        fails=("pooling.architecture", "pooling.output_shape", "pooling.shapes"),
        cause="shapes is not the dictionary",
    ),
    Variant(
        name="shapes_swapped",
        why="calls the shape with pooling the one without",
        change=(Replace(SHAPES, '{"without": base.output_shape[1:], "with": without_pooling.output_shape[1:]}'),),
        fails=("pooling.shapes",),
        cause="the base gives (3, 3, 64)",
    ),
    Variant(
        name="border_forgotten",
        why="works the shapes out as if a convolution kept the border",
        change=(Replace(SHAPES, '{"with": (7, 7, 64), "without": (28, 28, 64)}'),),
        fails=("pooling.shapes",),
        cause="the base without pooling gives (22, 22, 64)",
    ),
)

CLASSIFIER = (
    Variant(
        name="relu_output",
        why="ends in ReLU, which gives no probabilities",
        change=(network('10, activation="softmax"', '10, activation="relu"'),),
        fails=("network.architecture",),
        cause="needs softmax",
    ),
    Variant(
        name="sigmoid_output",
        why="ends in ten sigmoids, whose outputs don't sum to 1",
        change=(network('10, activation="softmax"', '10, activation="sigmoid"'),),
        fails=("network.architecture", "evaluation.predicted"),
        cause="needs softmax",
    ),
    Variant(
        name="no_softmax",
        why="forgets the last activation, with a loss that expects probabilities",
        change=(network('10, activation="softmax"', "10"),),
        fails=("network.architecture", "network.compiled"),
        cause="expects probabilities",
    ),
    Variant(
        name="global_average",
        why="averages over the grid instead of flattening it",
        change=(network("layers.Flatten()", "layers.GlobalAveragePooling2D()"),),
        fails=("network.architecture",),
        cause="GlobalAveragePooling2D",
    ),
    Variant(
        name="no_flatten",
        why="leaves the grid as it is, so that the dense layers work on each place of it",
        change=(network("        layers.Flatten(),\n", ""),),
        fails=("network.architecture", "training.trained"),
        cause="Flatten is missing",
    ),
    Variant(
        name="half_the_units",
        why="gives the dense layer 32 units",
        change=(network("Dense(64,", "Dense(32,"),),
        fails=("network.architecture",),
        cause="32 units, expected 64",
    ),
    Variant(
        name="missing_layer",
        why="leaves the dense layer out",
        change=(network('        layers.Dense(64, activation="relu"),\n', ""),),
        fails=("network.architecture",),
        cause="missing",
    ),
    Variant(
        name="dropout_at_the_end",
        why="drops outputs: a layer of dropout after the last",
        change=(network('"softmax"),\n', '"softmax"),\n        layers.Dropout(0.5),\n'),),
        fails=("network.architecture",),
        cause="dropout after the output",
    ),
    Variant(
        name="base_frozen",
        why="freezes the base, which nobody has trained yet",
        change=(
            Replace(
                NETWORK,
                """base.trainable = False
network = keras.Sequential([base, layers.Flatten()])
network.add(layers.Dense(64, activation="relu"))
network.add(layers.Dense(10, activation="softmax"))""",
            ),
        ),
        fails=("network.trainable_parameters",),
        cause="37,578 trainable parameters, expected 93,322",
    ),
    Variant(
        name="from_logits",
        why="tells the loss to expect scores, and gives it probabilities",
        change=(Replace('"categorical_crossentropy"', "keras.losses.CategoricalCrossentropy(from_logits=True)"),),
        fails=("network.compiled",),
        cause="from_logits=True, but the last layer already applies softmax",
    ),
    Variant(
        name="mean_squared_error",
        why="takes the loss of a regression",
        change=(Replace('"categorical_crossentropy"', '"mse"'),),
        fails=("network.compiled",),
        cause="loss for regression",
    ),
    Variant(
        name="binary_crossentropy",
        why="takes the loss of a yes-or-no question",
        change=(Replace('"categorical_crossentropy"', '"binary_crossentropy"'),),
        fails=("network.compiled",),
        cause="a question of its own",
    ),
    Variant(
        name="integer_labels",
        why="gives `categorical_crossentropy` labels that are whole numbers",
        change=(Replace(HOT, "y_train = train_labels"),),
        fails=("network.compiled", "training.targets"),
        cause="needs one-hot labels",
    ),
    Variant(
        name="sparse_on_one_hot",
        why="gives `sparse_categorical_crossentropy` labels that are one-hot",
        change=(Replace('"categorical_crossentropy"', '"sparse_categorical_crossentropy"'),),
        fails=("network.compiled",),
        cause="but the labels are one-hot",
    ),
    Variant(
        name="wrong_optimizer",
        why="trains by plain gradient descent",
        change=(Replace('optimizer="rmsprop"', 'optimizer="sgd"'),),
        fails=("network.compiled",),
        cause="expected rmsprop",
    ),
    Variant(
        name="learning_rate",
        why="sets the learning rate a hundred times too high",
        change=(Replace('optimizer="rmsprop"', "optimizer=keras.optimizers.RMSprop(learning_rate=0.1)"),),
        fails=("network.compiled", "evaluation.accuracy"),
        cause="100 times too large",
    ),
    Variant(
        name="no_metrics",
        why="forgets the metric, so that there is no accuracy to show",
        change=(Replace(', metrics=["accuracy"])', ")"),),
        fails=("network.compiled", "plot.curves"),
        cause="accuracy is missing among the metrics",
    ),
)

TRAINING = (
    Variant(
        name="one_epoch",
        why="trains for 1 epoch",
        change=(Replace("epochs=EPOCHS", "epochs=1"),),
        fails=("training.trained",),
        cause="trained for 1 epoch",
    ),
    Variant(
        name="trained_twice",
        why="calls `fit` twice on one network, so that it trains for twice as long",
        change=(Replace(FIT, f"{FIT}\n{FIT}"),),
        fails=("training.trained",),
        cause="already trained",
    ),
    Variant(
        name="default_batches",
        why="leaves the batch size at 32",
        change=(Replace(", batch_size=64", ""),),
        fails=("training.trained",),
        cause="32 is Keras' default",
    ),
    Variant(
        name="part_of_the_data",
        why="keeps pictures back that nobody asked for",
        change=(Replace("network.fit(x_train, y_train,", "network.fit(x_train[2_000:], y_train[2_000:],"),),
        fails=("training.trained",),
        cause="only a part of the training data",
    ),
    Variant(
        name="validation_split",
        why="keeps a fifth of the pictures back for validation",
        change=(Replace("batch_size=64,", "batch_size=64, validation_split=0.2,"),),
        fails=("training.trained",),
        cause="validation_split=0.2 keeps back",
    ),
    Variant(
        name="test_rows_in_training",
        why="trains on the test pictures too",
        change=(
            Replace(
                FIT,
                FIT.replace("x_train, y_train", "np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])"),
            ),
        ),
        fails=("training.trained",),
        cause="testing left in",
    ),
    Variant(
        name="trained_on_test",
        why="trains on the test pictures instead of the training pictures",
        change=(Replace("network.fit(x_train, y_train,", "network.fit(x_test, y_test,"),),
        fails=("training.trained",),
        cause="10,000 rows, expected",
    ),
)

RESULTS = (
    Variant(
        name="test_scaled_otherwise",
        why="evaluates on pixels from 0 to 255 after training on 0 to 1",
        change=(Replace(TEST, TEST + " * 255"),),
        fails=("evaluation.evaluated",),
        cause="the two are scaled differently",
    ),
    Variant(
        name="evaluated_on_training",
        why="measures the network on the pictures that it was trained on",
        change=(
            Replace(EVALUATE, EVALUATE.replace("x_test, y_test", "x_train, y_train")),
            Replace("network.predict(x_test, verbose=0)", "network.predict(x_train, verbose=0)"),
        ),
        fails=("evaluation.evaluated", "evaluation.probabilities"),
        cause="pictures, expected 10,000",
    ),
    Variant(
        name="accuracy_typed_in",
        why="types in the accuracy that was to be expected",
        change=(Replace(EVALUATE, "test_loss, test_accuracy = 0.01, 0.9999"),),
        fails=("evaluation.test_accuracy",),
        cause="as your own network reaches",
    ),
    Variant(
        name="loss_for_accuracy",
        why="swaps loss and accuracy",
        change=(Replace("test_loss, test_accuracy =", "test_accuracy, test_loss ="),),
        fails=("evaluation.test_accuracy",),
        cause="the loss first and then the accuracy",
    ),
    Variant(
        name="labels_as_predictions",
        why="looks the predictions up in the labels",
        change=(Replace("network.predict(x_test, verbose=0)", "y_test"),),
        fails=("evaluation.predicted",),
        cause="these are labels, not a prediction",
    ),
    Variant(
        name="predictions_of_training",
        why="predicts the training pictures",
        change=(Replace("network.predict(x_test, verbose=0)", "network.predict(x_train, verbose=0)"),),
        fails=("evaluation.probabilities",),
        cause="rows, expected 10,000",
    ),
    Variant(
        name="largest_probability",
        why="takes the probability itself instead of its position",
        change=(Replace("int(np.argmax(probabilities[0]))", "np.max(probabilities[0])"),),
        fails=("evaluation.first_digit",),
        cause="argmax",
    ),
    Variant(
        name="old_history_key",
        why="reads `acc` from a history that calls it `accuracy`",
        change=(Replace('history.history["accuracy"]', 'history.history["acc"]'),),
        fails=("plot.curves",),
        cause="accuracy",
    ),
    Variant(
        name="history_not_there",
        why="plots a history that no variable holds",
        change=(Replace(FIT, FIT.removeprefix("history = ")),),
        fails=("plot.curves",),
        cause="name 'history' is not defined",
    ),
    Variant(
        name="no_legend",
        why="forgets the legend",
        change=(Replace("plt.legend()\n", ""),),
        fails=("plot.curves",),
        cause="legend is missing",
    ),
    Variant(
        name="no_labels",
        why="leaves the axes without labels",
        change=(Replace('plt.xlabel("epoch")\nplt.ylabel("loss, accuracy")\n', ""),),
        fails=("plot.curves",),
        cause="The x axis and the y axis have no label",
    ),
    Variant(
        name="curves_swapped",
        why="calls the loss accuracy and the accuracy loss",
        change=(
            Replace('label="training loss"', 'label="training accuracy "'),
            Replace('label="training accuracy")', 'label="training loss")'),
        ),
        fails=("plot.curves",),
        cause="shows the loss, not the accuracy",
    ),
    Variant(
        name="history_invented",
        why="plots numbers that no training gave",
        change=(Replace('history.history["accuracy"], "s-"', 'np.linspace(0.95, 1, len(epochs)), "s-"'),),
        fails=("plot.curves",),
        cause="no line shows the training accuracy",
    ),
)

variants: tuple[Variant, ...] = RIGHT + DATA + CONVOLUTION + CLASSIFIER + TRAINING + RESULTS
