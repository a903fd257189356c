"""Right answers that look different, and the mistakes that students make, as changes of the solution."""

from grader.variant import Cells, Replace, Rewrite, Variant

SEQUENTIAL = """network = keras.Sequential(
    [
        layers.Input(shape=(2,)),
        layers.Dense(3, activation="tanh"),
        layers.Dense(5, activation="relu"),
        layers.Dense(2, activation="softmax"),
    ]
)"""
COMPILE = """network.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
    loss="categorical_crossentropy",
    metrics=["categorical_accuracy", "mean_squared_error", "mean_absolute_error"],
)"""
FIT = "history = network.fit(train_points, y_train, epochs=60, batch_size=16, validation_split=0.2, verbose=0)"
POWERS = "powers = np.exp(scores - np.max(scores, axis=1, keepdims=True))"
SHARES = "return powers / np.sum(powers, axis=1, keepdims=True)"
TANH = 'layers.Dense(3, activation="tanh")'
RELU = 'layers.Dense(5, activation="relu")'
OUTPUT = 'layers.Dense(2, activation="softmax")'
METRICS = '["categorical_accuracy", "mean_squared_error", "mean_absolute_error"]'
CLASSES = "np.argmax(network.predict(new_points, verbose=0), axis=1)"

RIGHT = (
    Variant(
        name="functional",
        why="writes the network with the functional API",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """point = keras.Input(shape=(2,))
x = layers.Dense(3, activation="tanh")(point)
x = layers.Dense(5, activation="relu")(x)
moon = layers.Dense(2, activation="softmax")(x)
network = keras.Model(inputs=point, outputs=moon)""",
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
                """class Moons(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(3, activation="tanh")
        self.second = layers.Dense(5, activation="relu")
        self.last = layers.Dense(2)
        self.softmax = layers.Softmax()

    def call(self, points):
        return self.softmax(self.last(self.second(self.first(points))))


network = Moons()""",
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
                """network = keras.Sequential()
for units, activation in ((3, "tanh"), (5, "relu"), (2, "softmax")):
    network.add(layers.Dense(units))
    network.add(layers.Activation(activation))""",
            ),
        ),
    ),
    Variant(
        name="tensorflow_keras",
        why="takes Keras from TensorFlow, gives the input's shape to the first layer, and objects instead of names",
        right=True,
        change=(
            Replace("import keras\n", "import tensorflow as tf\n"),
            Replace("from keras import layers", "keras = tf.keras\nlayers = keras.layers"),
            Replace(f"        layers.Input(shape=(2,)),\n        {TANH}", f"        {TANH[:-1]}, input_shape=(2,))"),
            Replace('loss="categorical_crossentropy"', "loss=keras.losses.CategoricalCrossentropy()"),
            Replace(
                METRICS,
                "[keras.metrics.CategoricalAccuracy(), keras.metrics.MeanSquaredError(), "
                "keras.metrics.MeanAbsoluteError()]",
            ),
        ),
    ),
    Variant(
        name="short_names",
        why="compiles with the short names of the metrics, in another order",
        right=True,
        change=(
            Replace(METRICS, '["mae", "mse", "accuracy"]'),
            Replace("test_loss, test_accuracy, test_mse, test_mae =", "test_loss, test_mae, test_mse, test_accuracy ="),
        ),
    ),
    Variant(
        name="own_validation",
        why="sets the validation points aside by slicing",
        right=True,
        change=(
            Replace(
                FIT,
                """history = network.fit(
    train_points[:800],
    y_train[:800],
    validation_data=(train_points[800:], y_train[800:]),
    epochs=60,
    batch_size=16,
    verbose=0,
)""",
            ),
        ),
    ),
    Variant(
        name="builder_function",
        why="builds and compiles the network in a function, after trying a smaller one",
        right=True,
        change=(
            Replace(SEQUENTIAL, "def build_model(*units):"),
            Replace(
                COMPILE,
                """    inputs = keras.Input((2,))
    outputs = inputs
    for number, activation in zip(units, ("tanh", "relu")):
        outputs = layers.Dense(number, activation)(outputs)
    outputs = layers.Dense(2, "softmax")(outputs)
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        "categorical_crossentropy",
        metrics=["categorical_accuracy", "mean_squared_error", "mean_absolute_error"],
    )
    return model


network = build_model(2, 2)
network.fit(train_points, keras.utils.to_categorical(train_labels), epochs=2, verbose=0)
network = build_model(3, 5)""",
            ),
        ),
    ),
    Variant(
        name="other_names",
        why="leaves the template: other names, other cells, comments in Portuguese",
        right=True,
        change=(
            Cells(
                (
                    """
# Importações e dados
import numpy as np
import matplotlib.pyplot as plt
from sklearn.datasets import make_moons
from tensorflow import keras

pontos, classes = make_moons(n_samples=1000, noise=0.1, random_state=0)
pontos_teste, classes_teste = make_moons(n_samples=1000, noise=0.1, random_state=1)
alvo, alvo_teste = np.eye(2)[classes], np.eye(2)[classes_teste]
""",
                    """
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=-1)[:, np.newaxis])
    return e / e.sum(axis=-1)[:, np.newaxis]
""",
                    """
# A rede
rede = keras.models.Sequential(name="luas")
rede.add(keras.layers.Dense(3, activation="tanh", input_dim=2, name="primeira"))
rede.add(keras.layers.Dense(5, activation="relu", name="segunda"))
rede.add(keras.layers.Dense(2, activation="softmax", name="saida"))
rede.compile(
    loss="categorical_crossentropy",
    optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
    metrics=["categorical_accuracy", "mean_squared_error", "mean_absolute_error"],
)
layer_parameters = [camada.count_params() for camada in rede.layers]
treino = rede.fit(pontos, alvo, epochs=60, batch_size=16, validation_split=0.2, verbose=0)
""",
                    """
test_accuracy = rede.evaluate(pontos_teste, alvo_teste, verbose=0)[1]
moons = rede.predict(np.array([[0.0, 1.0], [1.0, -0.5], [-1.0, 0.2], [2.0, 0.3]]), verbose=0).argmax(axis=1)
""",
                    """
# Curva de aprendizagem
erro = treino.history["val_loss"]
plt.plot(range(1, 61), treino.history["loss"], "b", label="treino (train)")
plt.plot(range(1, 61), erro, "r", label="validação (validation)")
plt.xlabel("época")
plt.ylabel("erro (loss)")
plt.legend()
plt.savefig("curva.png")
best_epoch = erro.index(min(erro)) + 1
""",
                ),
                texts=("Não: o erro de validação desce junto com o de treino até o fim.",),
            ),
        ),
    ),
)

SOFTMAX = (
    Variant(
        name="softmax_overflows",
        why="takes the exponential of large scores",
        change=(Replace(POWERS, "powers = np.exp(scores)"),),
        fails=("softmax.large",),
        cause="nan",
    ),
    Variant(
        name="softmax_columns",
        why="takes the maximum and the sum over the columns",
        change=(
            Replace(POWERS, POWERS.replace("axis=1", "axis=0")),
            Replace(SHARES, SHARES.replace("axis=1", "axis=0")),
        ),
        fails=("softmax.softmax",),
        cause="axis",
    ),
    Variant(
        name="softmax_all",
        why="sums over the whole matrix",
        change=(Replace(SHARES, "return powers / np.sum(powers)"),),
        fails=("softmax.softmax",),
        cause="axis",
    ),
    Variant(
        name="softmax_one_maximum",
        why="subtracts the largest score of the matrix: rows with much smaller ones become 0/0",
        change=(Replace(POWERS, "powers = np.exp(scores - np.max(scores))"),),
        fails=("softmax.large",),
        cause="nan",
    ),
    Variant(
        name="softmax_in_place",
        why="subtracts from the scores handed in",
        change=(Replace(POWERS, "scores -= np.max(scores, axis=1, keepdims=True)\n    powers = np.exp(scores)"),),
        fails=("softmax.softmax",),
        cause="its own input",
    ),
    Variant(
        name="no_exponential",
        why="divides the scores by their sum",
        change=(Replace(POWERS, "powers = scores"),),
        fails=("softmax.softmax",),
        cause="1",
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
        why="ends in two sigmoids, whose outputs don't sum to 1",
        change=(Replace(OUTPUT, OUTPUT.replace("softmax", "sigmoid")),),
        fails=("network.architecture",),
        cause="softmax",
    ),
    Variant(
        name="one_output",
        why="ends in softmax with one unit, which is always 1",
        change=(
            Replace(OUTPUT, OUTPUT.replace("2", "1")),
            Replace("keras.utils.to_categorical(train_labels, 2)", "train_labels"),
            Replace("keras.utils.to_categorical(test_labels, 2)", "test_labels"),
            Replace('"categorical_crossentropy"', '"binary_crossentropy"'),
        ),
        fails=("network.architecture",),
        cause="1 unit",
    ),
    Variant(
        name="activations_swapped",
        why="takes ReLU first and tanh second",
        change=(Replace(TANH, TANH.replace("tanh", "relu")), Replace(RELU, RELU.replace("relu", "tanh"))),
        fails=("network.architecture",),
        cause="tanh",
    ),
    Variant(
        name="units_swapped",
        why="gives the first layer 5 units and the second 3",
        change=(Replace(TANH, TANH.replace("3", "5")), Replace(RELU, RELU.replace("5", "3"))),
        fails=("network.architecture",),
        cause="units",
    ),
    Variant(
        name="missing_layer",
        why="leaves the second hidden layer out",
        change=(Replace(f"        {RELU},\n", ""),),
        fails=("network.architecture",),
        cause="missing",
    ),
    Variant(
        name="extra_layer",
        why="adds a third hidden layer",
        change=(Replace(f"        {RELU},\n", f"        {RELU},\n        {RELU},\n"),),
        fails=("network.architecture",),
        cause="extra",
    ),
    Variant(
        name="dropout_at_the_end",
        why="drops outputs: a layer of dropout after the last",
        change=(Replace(f"        {OUTPUT},\n", f"        {OUTPUT},\n        layers.Dropout(0.2),\n"),),
        fails=("network.architecture",),
        cause="dropout",
    ),
    Variant(
        name="bias_regularizer",
        why="adds a regulariser that nobody asked for, and on the bias only",
        change=(Replace(RELU, RELU[:-1] + ', bias_regularizer="l2")'),),
        fails=("network.architecture",),
        cause="regulari",
    ),
    Variant(
        name="mean_squared_error",
        why="takes the loss of a regression for a classification",
        change=(Replace('loss="categorical_crossentropy"', 'loss="mean_squared_error"'),),
        fails=("network.compiled",),
        cause="categorical_crossentropy",
    ),
    Variant(
        name="from_logits",
        why="tells the loss to expect scores, and gives it probabilities",
        change=(
            Replace('loss="categorical_crossentropy"', "loss=keras.losses.CategoricalCrossentropy(from_logits=True)"),
        ),
        fails=("network.compiled",),
        cause="from_logits",
    ),
    Variant(
        name="learning_rate",
        why="sets the learning rate a hundred times too low",
        change=(Replace("learning_rate=0.1", "learning_rate=0.001"),),
        fails=("network.compiled",),
        cause="learning rate",
    ),
    Variant(
        name="wrong_optimizer",
        why="takes Adam",
        change=(Replace("keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)", '"adam"'),),
        fails=("network.compiled",),
        cause="sgd",
    ),
    Variant(
        name="missing_metric",
        why="leaves one of the metrics out",
        change=(
            Replace(METRICS, '["categorical_accuracy", "mean_squared_error"]'),
            Replace("test_accuracy, test_mse, test_mae =", "test_accuracy, test_mse ="),
        ),
        fails=("network.compiled",),
        cause="mean_absolute_error",
    ),
    Variant(
        name="no_biases_counted",
        why="forgets the biases when counting by hand",
        change=(Replace("[2 * 3 + 3, 3 * 5 + 5, 5 * 2 + 2]", "[2 * 3, 3 * 5, 5 * 2]"),),
        fails=("network.layer_parameters",),
        cause="bias",
    ),
)

TRAINING = (
    Variant(
        name="integer_labels",
        why="gives `categorical_crossentropy` labels that are whole numbers",
        change=(Replace("keras.utils.to_categorical(train_labels, 2)", "train_labels"),),
        fails=("training.targets",),
        cause="one-hot",
    ),
    Variant(
        name="sparse_on_one_hot",
        why="gives `sparse_categorical_crossentropy` labels that are one-hot",
        change=(Replace('loss="categorical_crossentropy"', 'loss="sparse_categorical_crossentropy"'),),
        fails=("network.compiled",),
        cause="sparse_categorical_crossentropy",
    ),
    Variant(
        name="minus_one",
        why="counts the labels from −1, which `to_categorical` silently makes the last class",
        change=(
            Replace("keras.utils.to_categorical(train_labels, 2)", "keras.utils.to_categorical(train_labels - 1, 2)"),
        ),
        fails=("training.targets",),
        cause="label",
    ),
    Variant(
        name="few_epochs",
        why="trains for 6 epochs",
        change=(Replace("epochs=60", "epochs=6"),),
        fails=("training.trained",),
        cause="6 epochs",
    ),
    Variant(
        name="trained_twice",
        why="calls `fit` twice on one network, so that it trains for 120 epochs",
        change=(Replace(FIT, f"{FIT}\n{FIT}"),),
        fails=("training.trained",),
        cause="already trained",
    ),
    Variant(
        name="wrong_batch_size",
        why="leaves the batch size at Keras' default",
        change=(Replace(" batch_size=16,", ""),),
        fails=("training.trained",),
        cause="32",
    ),
    Variant(
        name="no_validation",
        why="sets nothing aside for validation",
        change=(
            Replace(" validation_split=0.2,", ""),
            Replace('history.history["val_loss"], label', 'history.history["loss"], label'),
            Replace('np.argmin(history.history["val_loss"])', 'np.argmin(history.history["loss"])'),
        ),
        fails=("training.trained",),
        cause="validation",
    ),
    Variant(
        name="validation_on_test",
        why="takes the test points for validation",
        change=(Replace("validation_split=0.2", "validation_data=(test_points, y_test)"),),
        fails=("training.trained",),
        cause="test",
    ),
    Variant(
        name="validation_overlaps",
        why="trains on the validation points too",
        change=(Replace("validation_split=0.2", "validation_data=(train_points[800:], y_train[800:])"),),
        fails=("training.trained",),
        cause="1,000",
    ),
    Variant(
        name="test_rows_in_training",
        why="trains on the test points too",
        change=(
            Replace(
                "network.fit(train_points, y_train,",
                "network.fit(np.concatenate([train_points, test_points]), np.concatenate([y_train, y_test]),",
            ),
        ),
        fails=("training.trained",),
        cause="1,600",
    ),
    Variant(
        name="points_scaled",
        why="scales the training points, and the test points with statistics of their own",
        change=(
            Replace(
                FIT,
                f"""train_points = (train_points - train_points.mean(axis=0)) / train_points.std(axis=0)
test_points = 3 * (test_points - test_points.mean(axis=0)) / test_points.std(axis=0)
{FIT}""",
            ),
        ),
        fails=("evaluation.evaluated",),
        cause="training",
    ),
    Variant(
        name="coordinates_swapped",
        why="gives the network the test points with their coordinates swapped",
        change=(Replace("network.evaluate(test_points,", "network.evaluate(test_points[:, ::-1],"),),
        fails=("evaluation.test_accuracy",),
        cause="own network",
    ),
)

RESULTS = (
    Variant(
        name="accuracy_typed_in",
        why="types in an accuracy",
        change=(Rewrite("evaluation", "test_accuracy = 0.96"),),
        fails=("evaluation.test_accuracy",),
        cause="own network",
    ),
    Variant(
        name="loss_for_accuracy",
        why="takes the first number that `evaluate` gives, which is the loss",
        change=(Rewrite("evaluation", "test_accuracy = network.evaluate(test_points, y_test, verbose=0)[0]"),),
        fails=("evaluation.test_accuracy",),
        cause="loss",
    ),
    Variant(
        name="wrong_axis",
        why="takes the largest probability over the points instead of over the moons",
        change=(Replace(CLASSES, CLASSES.replace("axis=1", "axis=0")),),
        fails=("prediction.moons",),
        cause="2 rows, expected 4",
    ),
    Variant(
        name="probabilities_for_classes",
        why="leaves the probabilities as they are",
        change=(Replace(CLASSES, "network.predict(new_points, verbose=0)"),),
        fails=("prediction.moons",),
        cause="shape",
    ),
    Variant(
        name="epoch_from_zero",
        why="counts the epochs from 0",
        change=(
            Replace('int(np.argmin(history.history["val_loss"])) + 1', 'int(np.argmin(history.history["val_loss"]))'),
        ),
        fails=("curve.best_epoch",),
        cause="from 1",
    ),
    Variant(
        name="best_training_epoch",
        why="takes the lowest training loss instead of the lowest validation loss",
        change=(Replace('np.argmin(history.history["val_loss"])', 'np.argmin(history.history["loss"])'),),
        fails=("curve.best_epoch",),
        cause="val_loss",
    ),
    Variant(
        name="old_history_key",
        why="asks the history for a key that it doesn't have",
        change=(Replace('history.history["val_loss"], label', 'history.history["validation_loss"], label'),),
        fails=("curve.curves",),
        cause="val_loss",
    ),
    Variant(
        name="history_not_there",
        why="plots a history that no variable holds",
        change=(Replace(FIT, FIT.removeprefix("history = ")),),
        fails=("curve.curves",),
        cause="history",
    ),
    Variant(
        name="curves_swapped",
        why="calls the training curve validation and the validation curve training",
        change=(
            Replace('label="training loss"', 'label="validation loss "'),
            Replace('label="validation loss")', 'label="training loss")'),
        ),
        fails=("curve.curves",),
        cause="swapped",
    ),
    Variant(
        name="unlabelled",
        why="labels neither axis",
        change=(Replace('plt.xlabel("epoch")\nplt.ylabel("loss")\n', ""),),
        fails=("curve.curves",),
        cause="label",
    ),
    Variant(
        name="history_invented",
        why="plots a validation curve that no training gave",
        change=(Replace('history.history["val_loss"], label', "[1 / e for e in epochs], label"),),
        fails=("curve.curves",),
        cause="no line shows the validation loss",
    ),
)

variants: tuple[Variant, ...] = RIGHT + SOFTMAX + NETWORK + TRAINING + RESULTS
