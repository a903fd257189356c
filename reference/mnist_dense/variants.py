"""Right answers that look different, and the mistakes that students make, as changes of the solution."""

from grader.variant import Cells, Replace, Rewrite, Variant

SEQUENTIAL = """network = keras.Sequential(
    [
        layers.Input(shape=(28 * 28,)),
        layers.Dense(512, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)"""
COMPILE = 'network.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])'
FIT = "history = network.fit(x_train, y_train, epochs=5, batch_size=128, verbose=0)"
SCALE = """    rows = images.reshape((len(images), 28 * 28))
    return rows.astype("float32") / 255"""
HOT = """    for row, label in enumerate(labels):
        if 0 <= label < dimension:
            matrix[row, label] = 1"""
TRAIN = "x_train = preprocess(train_images)"
TEST = "x_test = preprocess(test_images)"
HIDDEN = 'layers.Dense(512, activation="relu")'
OUTPUT = 'layers.Dense(10, activation="softmax")'

RIGHT = (
    Variant(
        name="functional",
        why="writes the network with the functional API",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """pixels = keras.Input(shape=(784,))
hidden = layers.Dense(512, activation="relu")(pixels)
digits = layers.Dense(10, activation="softmax")(hidden)
network = keras.Model(pixels, digits)""",
            ),
        ),
    ),
    Variant(
        name="subclassed",
        why="writes the network as a class of its own",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """class Digits(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(512, activation="relu")
        self.out = layers.Dense(10, activation="softmax")

    def call(self, pixels):
        return self.out(self.hidden(pixels))


network = Digits()""",
            ),
        ),
    ),
    Variant(
        name="activation_layers",
        why="writes the activations as layers and gives every layer a name",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """network = keras.Sequential(name="digits")
network.add(keras.Input(shape=(784,), name="pixels"))
network.add(layers.Dense(512, name="hidden"))
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
                SEQUENTIAL,
                """network = models.Sequential()
network.add(layers.Dense(512, activation=tf.nn.relu, input_shape=(28 * 28,)))
network.add(layers.Dense(10, activation=tf.nn.softmax))""",
            ),
        ),
    ),
    Variant(
        name="no_input_shape",
        why="leaves the shape of the input to the first call",
        right=True,
        change=(Replace("        layers.Input(shape=(28 * 28,)),\n", ""),),
    ),
    Variant(
        name="builder_function",
        why="builds and compiles the network in a function",
        right=True,
        change=(
            Replace(SEQUENTIAL, ""),
            Replace(
                COMPILE,
                """def build_model(units=512):
    model = keras.models.Sequential()
    model.add(layers.Input((784,)))
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.RMSprop(), loss=keras.losses.CategoricalCrossentropy(), metrics=["acc"]
    )
    return model


network = build_model()""",
            ),
            Replace('s-"', 'D-"'),
            Replace('history.history["accuracy"]', 'history.history["acc"]'),
        ),
    ),
    Variant(
        name="sparse_labels",
        why="trains on the labels as whole numbers, with the loss that belongs to them",
        right=True,
        change=(
            Replace("y_train = one_hot(train_labels)", "y_train = train_labels"),
            Replace("y_test = one_hot(test_labels)", "y_test = test_labels"),
            Replace('"categorical_crossentropy"', '"sparse_categorical_crossentropy"'),
        ),
    ),
    Variant(
        name="flatten",
        why="keeps the pictures as grids and lets the network flatten them",
        right=True,
        change=(
            Replace(TRAIN, "x_train = train_images / 255.0"),
            Replace(TEST, "x_test = test_images / 255.0"),
            Replace("layers.Input(shape=(28 * 28,))", "layers.Input(shape=(28, 28)),\n        layers.Flatten()"),
        ),
    ),
    Variant(
        name="rescaling_layer",
        why="writes `preprocess` with NumPy's own functions, in double precision, and plots in two axes",
        right=True,
        change=(
            Replace(SCALE, "    return np.stack([np.ravel(image) for image in images]) / 255.0"),
            Replace(
                HOT,
                """    known = np.flatnonzero((labels >= 0) & (labels < dimension))
    matrix[known, labels[known]] = 1""",
            ),
            Rewrite(
                "plot",
                """
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
left.plot(np.arange(1, 6), history.history["loss"], "b--", label="Training loss")
right.plot(np.arange(1, 6), history.history["accuracy"], "r--", label="Training accuracy")
for axis, what in ((left, "Loss"), (right, "Accuracy")):
    axis.set(xlabel="Epochs", ylabel=what)
    axis.legend()
fig.savefig("learning.png")
""",
            ),
        ),
    ),
    Variant(
        name="several_models",
        why="tries two other networks before the final one, all under one name",
        right=True,
        change=(
            Rewrite(
                "network",
                """
for units in (16, 64):
    model = keras.Sequential([layers.Dense(units, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train[:2000], y_train[:2000], epochs=2, batch_size=128, verbose=0)
    print(units, model.evaluate(x_train[2000:4000], y_train[2000:4000], verbose=0))

model = keras.Sequential([layers.Dense(512, activation="relu"), layers.Dense(10, activation="softmax")])
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])

hidden_parameters = 401_920
""",
            ),
            Replace(FIT, FIT.replace("network", "model")),
            Replace("network.evaluate(", "model.evaluate("),
            Replace("network.predict(", "model.predict("),
        ),
    ),
    Variant(
        name="local_model",
        why="does everything with the network in a function that returns the results",
        right=True,
        change=(
            Rewrite(
                "network",
                """
def experiment():
    net = keras.Sequential([layers.Dense(512, activation="relu"), layers.Dense(10, activation="softmax")])
    net.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    log = net.fit(x_train, y_train, batch_size=128, epochs=5, verbose=0)
    return log, net.evaluate(x_test, y_test, verbose=0), net.predict(x_test, verbose=0)


hidden_parameters = 401920
""",
            ),
            Rewrite("training", "history, scores, probabilities = experiment()"),
            Rewrite("evaluation", "test_loss, test_accuracy = scores"),
            Rewrite("prediction", "first_digit = probabilities[0].argmax()"),
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
# Tarea: reconocer cifras escritas a mano
import numpy as np
import matplotlib.pyplot as plt
from tensorflow.keras.datasets import mnist
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
from tensorflow.keras.utils import to_categorical
""",
                    """
# Cargar y preparar los datos
(imagenes, etiquetas), (imagenes_prueba, etiquetas_prueba) = mnist.load_data()


def preprocess(imagenes):
    return imagenes.reshape(-1, 784).astype("float64") / 255.


def one_hot(etiquetas, dimension=10):
    return (np.asarray(etiquetas)[:, None] == np.arange(dimension)).astype(int)


X = preprocess(imagenes)
Y = to_categorical(etiquetas)
X_prueba, Y_prueba = preprocess(imagenes_prueba), to_categorical(etiquetas_prueba)
""",
                    """
# La red, y el entrenamiento
red = Sequential([Dense(512, activation="relu", input_dim=784), Dense(10, activation="softmax")])
red.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
entrenamiento = red.fit(X, Y, batch_size=128, epochs=5, verbose=0)
hidden_parameters = 784 * 512 + 512
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
    plt.plot(range(1, 6), entrenamiento.history[clave], label=nombre)
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
        name="not_scaled",
        why="leaves the pixels at 0 to 255",
        change=(Replace('rows.astype("float32") / 255', 'rows.astype("float32")'),),
        fails=("data.preprocess", "training.inputs"),
        cause="scaled",
    ),
    Variant(
        name="scaled_twice",
        why="divides by 255 in the function and again outside it",
        change=(Replace(TRAIN, TRAIN + " / 255"), Replace(TEST, TEST + " / 255")),
        fails=("training.inputs",),
        cause="twice",
    ),
    Variant(
        name="integer_division",
        why="divides whole numbers by whole numbers: all ink below 255 is gone",
        change=(Replace('rows.astype("float32") / 255', "rows // 255"),),
        fails=("data.preprocess", "training.inputs"),
        cause="integer division",
    ),
    Variant(
        name="one_picture_a_column",
        why="makes a matrix of one picture a column",
        change=(Replace("images.reshape((len(images), 28 * 28))", "images.reshape((28 * 28, len(images)))"),),
        fails=("data.preprocess",),
        cause="shape",
    ),
    Variant(
        name="pixels_mixed",
        why="flattens in the wrong order and transposes: the shape is right, the pictures are mixed",
        change=(Replace("images.reshape((len(images), 28 * 28))", "images.reshape((28 * 28, len(images))).T"),),
        fails=("data.preprocess",),
        cause="order",
    ),
    Variant(
        name="pictures_transposed",
        why="turns rows into columns before flattening",
        change=(
            Replace("images.reshape((len(images), 28 * 28))", "images.transpose(0, 2, 1).reshape((len(images), 784))"),
        ),
        fails=("data.preprocess",),
        cause="order",
    ),
    Variant(
        name="changes_its_argument",
        why="scales in place: the pictures handed in are changed",
        change=(
            Replace(
                SCALE,
                """    rows = images.reshape((len(images), 28 * 28)).astype("float32")
    images //= 255
    return rows / 255""",
            ),
        ),
        fails=("data.preprocess_more",),
        cause="argument",
    ),
    Variant(
        name="largest_label",
        why="takes the number of columns from the labels at hand, so that a missing 9 makes it 9 columns",
        change=(Replace("(len(labels), dimension)", "(len(labels), max(labels) + 1)"),),
        fails=("data.one_hot_more",),
        cause="columns",
    ),
    Variant(
        name="minus_one_is_nine",
        why="indexes with the label, so that −1 silently becomes the last class",
        change=(Replace(HOT, "    matrix[np.arange(len(labels)), labels] = 1"),),
        fails=("data.one_hot_more",),
        cause="last column",
    ),
    Variant(
        name="nine_columns",
        why="makes one-hot vectors of length 9 for ten digits",
        change=(
            Replace("y_train = one_hot(train_labels)", "y_train = one_hot(train_labels, 9)"),
            Replace("y_test = one_hot(test_labels)", "y_test = one_hot(test_labels, 9)"),
            Replace("layers.Dense(10,", "layers.Dense(9,"),
        ),
        fails=("network.architecture",),
        cause="9",
    ),
)

NETWORK = (
    Variant(
        name="relu_output",
        why="ends in ReLU, which gives no probabilities",
        change=(Replace(OUTPUT, OUTPUT.replace("softmax", "relu")),),
        fails=("network.architecture",),
        cause="softmax",
    ),
    Variant(
        name="sigmoid_output",
        why="ends in ten sigmoids, whose outputs don't sum to 1",
        change=(Replace(OUTPUT, OUTPUT.replace("softmax", "sigmoid")),),
        fails=("network.architecture",),
        cause="softmax",
    ),
    Variant(
        name="no_softmax",
        why="forgets the last activation",
        change=(Replace(OUTPUT, "layers.Dense(10)"),),
        fails=("network.architecture",),
        cause="softmax",
    ),
    Variant(
        name="one_output",
        why="gives the digit one output, on which softmax is always 1",
        change=(
            Replace(OUTPUT, OUTPUT.replace("10", "1")),
            Replace("y_train = one_hot(train_labels)", "y_train = train_labels"),
            Replace("y_test = one_hot(test_labels)", "y_test = test_labels"),
            Replace('"categorical_crossentropy"', '"mse"'),
        ),
        fails=("network.architecture",),
        cause="1 unit",
    ),
    Variant(
        name="from_logits",
        why="tells the loss to expect scores, and gives it probabilities",
        change=(Replace('"categorical_crossentropy"', "keras.losses.CategoricalCrossentropy(from_logits=True)"),),
        fails=("network.compiled",),
        cause="from_logits",
    ),
    Variant(
        name="mean_squared_error",
        why="takes the loss of a regression",
        change=(Replace('"categorical_crossentropy"', '"mse"'),),
        fails=("network.compiled",),
        cause="categorical_crossentropy",
    ),
    Variant(
        name="binary_crossentropy",
        why="takes the loss of a yes-or-no question",
        change=(Replace('"categorical_crossentropy"', '"binary_crossentropy"'),),
        fails=("network.compiled",),
        cause="categorical_crossentropy",
    ),
    Variant(
        name="wrong_optimizer",
        why="trains by plain gradient descent",
        change=(Replace('optimizer="rmsprop"', 'optimizer="sgd"'),),
        fails=("network.compiled",),
        cause="rmsprop",
    ),
    Variant(
        name="learning_rate",
        why="sets the learning rate a hundred times too high",
        change=(Replace('optimizer="rmsprop"', "optimizer=keras.optimizers.RMSprop(learning_rate=0.1)"),),
        fails=("network.compiled",),
        cause="learning rate",
    ),
    Variant(
        name="half_the_units",
        why="gives the hidden layer 256 units",
        change=(Replace(HIDDEN, HIDDEN.replace("512", "256")),),
        fails=("network.architecture",),
        cause="256",
    ),
    Variant(
        name="missing_layer",
        why="leaves the hidden layer out",
        change=(Replace(f"        {HIDDEN},\n", ""),),
        fails=("network.architecture",),
        cause="missing",
    ),
    Variant(
        name="extra_layer",
        why="adds a second hidden layer",
        change=(Replace(f"        {HIDDEN},\n", f"        {HIDDEN},\n        {HIDDEN},\n"),),
        fails=("network.architecture",),
        cause="extra",
    ),
    Variant(
        name="dropout_at_the_end",
        why="drops outputs: a layer of dropout after the last",
        change=(Replace(f"        {OUTPUT},\n", f"        {OUTPUT},\n        layers.Dropout(0.5),\n"),),
        fails=("network.architecture",),
        cause="dropout",
    ),
    Variant(
        name="bias_regularizer",
        why="adds a regulariser that nobody asked for, and on the bias only",
        change=(Replace(HIDDEN, HIDDEN[:-1] + ', bias_regularizer="l2")'),),
        fails=("network.architecture",),
        cause="regulari",
    ),
    Variant(
        name="frozen",
        why="freezes the hidden layer, which then learns nothing",
        change=(Replace(HIDDEN, HIDDEN[:-1] + ", trainable=False)"),),
        fails=("network.trainable_parameters",),
        cause="trainable",
    ),
    Variant(
        name="no_biases_counted",
        why="forgets the biases when counting by hand",
        change=(Replace("784 * 512 + 512", "784 * 512"),),
        fails=("network.hidden_parameters",),
        cause="bias",
    ),
)

TRAINING = (
    Variant(
        name="integer_labels",
        why="gives `categorical_crossentropy` labels that are whole numbers",
        change=(Replace("y_train = one_hot(train_labels)", "y_train = train_labels"),),
        fails=("training.targets",),
        cause="one-hot",
    ),
    Variant(
        name="sparse_on_one_hot",
        why="gives `sparse_categorical_crossentropy` labels that are one-hot",
        change=(Replace('"categorical_crossentropy"', '"sparse_categorical_crossentropy"'),),
        fails=("network.compiled",),
        cause="sparse_categorical_crossentropy",
    ),
    Variant(
        name="labels_as_text",
        why="leaves the labels as strings",
        change=(Replace("y_train = one_hot(train_labels)", "y_train = train_labels.astype(str)"),),
        fails=("training.targets",),
        cause="str",
    ),
    Variant(
        name="two_epochs",
        why="trains for 2 epochs",
        change=(Replace("epochs=5", "epochs=2"),),
        fails=("training.trained",),
        cause="2 epochs",
    ),
    Variant(
        name="trained_twice",
        why="calls `fit` twice on one network, so that it trains for 10 epochs",
        change=(Replace(FIT, f"{FIT}\n{FIT}"),),
        fails=("training.trained",),
        cause="already trained",
    ),
    Variant(
        name="wrong_batch_size",
        why="trains in batches of 512",
        change=(Replace("batch_size=128", "batch_size=512"),),
        fails=("training.trained",),
        cause="512",
    ),
    Variant(
        name="part_of_the_data",
        why="trains on the first 50,000 pictures",
        change=(Replace("network.fit(x_train, y_train,", "network.fit(x_train[:50000], y_train[:50000],"),),
        fails=("training.trained",),
        cause="50,000",
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
        cause="70,000",
    ),
    Variant(
        name="trained_on_test",
        why="trains on the test pictures instead of the training pictures",
        change=(Replace("network.fit(x_train, y_train,", "network.fit(x_test, y_test,"),),
        fails=("training.trained",),
        cause="10,000",
    ),
)

RESULTS = (
    Variant(
        name="test_scaled_otherwise",
        why="evaluates on pixels from 0 to 255 after training on 0 to 1",
        change=(Replace(TEST, TEST + " * 255"),),
        fails=("evaluation.evaluated",),
        cause="training",
    ),
    Variant(
        name="accuracy_typed_in",
        why="types in the accuracy that was to be expected",
        change=(Rewrite("evaluation", "test_loss = 0.01\ntest_accuracy = 0.9999"),),
        fails=("evaluation.test_accuracy",),
        cause="own network",
    ),
    Variant(
        name="loss_for_accuracy",
        why="swaps loss and accuracy",
        change=(Replace("test_loss, test_accuracy =", "test_accuracy, test_loss ="),),
        fails=("evaluation.test_accuracy",),
        cause="loss",
    ),
    Variant(
        name="labels_as_predictions",
        why="looks the predictions up in the labels",
        change=(Replace("network.predict(x_test, verbose=0)", "one_hot(test_labels)"),),
        fails=("prediction.predicted",),
        cause="labels",
    ),
    Variant(
        name="largest_probability",
        why="takes the probability itself instead of its position",
        change=(Replace("int(np.argmax(probabilities[0]))", "np.max(probabilities[0])"),),
        fails=("prediction.first_digit",),
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
        cause="history",
    ),
    Variant(
        name="no_legend",
        why="forgets the legend",
        change=(Replace("plt.legend()\n", ""),),
        fails=("plot.curves",),
        cause="legend",
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
        change=(Replace('history.history["accuracy"], "s-"', '[0.95, 0.99, 0.999, 0.9999, 1.0], "s-"'),),
        fails=("plot.curves",),
        cause="no line shows the training accuracy",
    ),
)

variants: tuple[Variant, ...] = RIGHT + DATA + NETWORK + TRAINING + RESULTS
