"""Right answers that look different, and the mistakes that students make, as changes of the solution."""

from grader.variant import Cells, Replace, Variant


def sequential(name: str, middle: int = 64) -> str:
    """A network as the solution writes it."""
    return f"""{name} = keras.Sequential(
    [
        layers.Input(shape=(WORDS,)),
        layers.Dense(64, activation="relu"),
        layers.Dense({middle}, activation="relu"),
        layers.Dense(46, activation="softmax"),
    ]
)"""


FIRST = f"{sequential('model')}\n\nmodel.compile("
FRESH = f"{sequential('final_model')}\nfinal_model.compile("
NARROW = f"{sequential('bottleneck', 4)}\nbottleneck.compile("
COMPILE = 'model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])\n\nparameters'
FRESH_COMPILE = 'final_model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])'
FRESH_FIT = "final_model.fit(x_train, train_labels, epochs=9, batch_size=512, verbose=0)"
FIT = """history = model.fit(
    partial_x_train, partial_y_train, epochs=20, batch_size=512, validation_data=(x_val, y_val), verbose=0
)"""
VECTOR = "        results[row, sequence] = 1\n    return"
HOT = "        results[row, label] = 1\n    return"
HOT_FUNCTION = """    results = np.zeros((len(labels), dimension), dtype="float32")
    for row, label in enumerate(labels):
        results[row, label] = 1
    return results"""
BEST = 'best_epoch = int(np.argmin(history.history["val_loss"])) + 1'
PREDICT = "final_model.predict(x_test, verbose=0)"
NARROW_FIT = """narrow_history = bottleneck.fit(
    partial_x_train, partial_y_train, epochs=20,"""
FROZEN = "\n{0}.layers[0].trainable = False\n{0}.compile"
BASELINE = "float(np.mean(np.random.permutation(test_labels) == test_labels))"
SHUFFLED = """shuffled = test_labels
np.random.shuffle(shuffled)
baseline = float(np.mean(shuffled == test_labels))"""
EVALUATE = "test_loss, test_accuracy = final_model.evaluate(x_test, test_labels, verbose=0)"
COST = 'loss_of_accuracy = max(history.history["val_accuracy"]) - max(narrow_history.history["val_accuracy"])'


def all_three(first: str, fresh: str, narrow: str) -> tuple[Replace, Replace, Replace]:
    """The three networks written otherwise."""
    return (
        Replace(FIRST, f"{first}\n\nmodel.compile("),
        Replace(FRESH, f"{fresh}\nfinal_model.compile("),
        Replace(NARROW, f"{narrow}\nbottleneck.compile("),
    )


def network(old: str, new: str) -> Replace:
    """The first network with one layer changed; the others stay as they are, and need not be trained again."""
    return Replace(FIRST, FIRST.replace(old, new, 1))


RIGHT = (
    Variant(
        name="functional",
        why="writes the networks with the functional API, in a function",
        right=True,
        change=all_three(
            """def build(middle):
    news = keras.Input(shape=(WORDS,))
    hidden = layers.Dense(64, activation="relu")(news)
    hidden = layers.Dense(middle, activation="relu")(hidden)
    return keras.Model(news, layers.Dense(46, activation="softmax")(hidden))


model = build(64)""",
            "final_model = build(64)",
            "bottleneck = build(4)",
        ),
    ),
    Variant(
        name="subclassed",
        why="writes the network as a class of its own",
        right=True,
        change=all_three(
            """class Topics(keras.Model):
    def __init__(self, middle=64):
        super().__init__()
        self.first = layers.Dense(64, activation="relu")
        self.second = layers.Dense(middle, activation="relu")
        self.topic = layers.Dense(46, activation="softmax")

    def call(self, news):
        return self.topic(self.second(self.first(news)))


model = Topics()""",
            "final_model = Topics()",
            "bottleneck = Topics(4)",
        ),
    ),
    Variant(
        name="activation_layers",
        why="writes the activations as layers, and leaves the softmax to the loss of the fresh network",
        right=True,
        change=(
            *all_three(
                """def build(middle):
    judge = keras.Sequential([keras.Input((WORDS,))])
    for units in (64, middle):
        judge.add(layers.Dense(units))
        judge.add(layers.ReLU())
    judge.add(layers.Dense(46))
    judge.add(layers.Softmax())
    return judge


model = build(64)""",
                "final_model = build(64)",
                "bottleneck = build(4)",
            ),
            Replace(
                FRESH_COMPILE,
                "final_model.compile(optimizer=keras.optimizers.RMSprop(), "
                "loss=keras.losses.SparseCategoricalCrossentropy(), metrics=[keras.metrics.SparseCategoricalAccuracy()])",
            ),
        ),
    ),
    Variant(
        name="tensorflow_keras",
        why="takes Keras from TensorFlow, its to_categorical, and gives the input's shape to the first layer",
        right=True,
        change=(
            Replace("import keras\n", "from tensorflow import keras\n"),
            Replace("from keras import layers", "from tensorflow.keras import layers, models, utils"),
            Replace(
                HOT_FUNCTION,
                "    return utils.to_categorical(labels, num_classes=dimension)",
            ),
            Replace(
                FIRST,
                """model = models.Sequential()
model.add(layers.Dense(64, activation="relu", input_shape=(WORDS,)))
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(46, activation="softmax"))

model.compile(""",
            ),
        ),
    ),
    Variant(
        name="no_input_shape",
        why="leaves the shape of the input to the first call",
        right=True,
        change=all_three(
            *(
                sequential(name, middle).replace("        layers.Input(shape=(WORDS,)),\n", "")
                for name, middle in (("model", 64), ("final_model", 64), ("bottleneck", 4))
            )
        ),
    ),
    Variant(
        name="other_models_first",
        why="tries a smaller network first, and vectorizes to float64",
        right=True,
        change=(
            Replace(
                FIRST,
                f"""tried = keras.Sequential([layers.Input((WORDS,)), layers.Dense(46, activation="softmax")])
tried.compile("adam", "sparse_categorical_crossentropy")
tried.fit(x_train[:1_000], train_labels[:1_000], epochs=1, batch_size=512, verbose=0)

{FIRST}""",
            ),
            Replace('np.zeros((len(sequences), dimension), dtype="float32")', "np.zeros((len(sequences), dimension))"),
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
# Tarea: clasificar noticias
import numpy as np
import matplotlib.pyplot as plt
from tensorflow.keras.datasets import reuters
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

WORDS = 10_000

(noticias, temas), (noticias_prueba, temas_prueba) = reuters.load_data(num_words=WORDS)
articles = list(temas).count(3)


def vectorize_sequences(sequences, dimension=WORDS):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        results[i, sequence] = 1.0
    return results


def to_one_hot(labels, dimension=46):
    return np.eye(dimension)[labels]


X, X_prueba = vectorize_sequences(noticias), vectorize_sequences(noticias_prueba)
Y = to_one_hot(temas)
""",
                    """
def crear(medio=64, perdida="categorical_crossentropy"):
    red = Sequential()
    red.add(Dense(64, activation="relu", input_dim=WORDS))
    red.add(Dense(medio, activation="relu"))
    red.add(Dense(46, activation="softmax"))
    red.compile(optimizer="rmsprop", loss=perdida, metrics=["acc"])
    return red


def entrenar(red):
    validacion = (X[:1000], Y[:1000])
    return red.fit(X[1000:], Y[1000:], batch_size=512, epochs=20, validation_data=validacion, verbose=0).history


red = crear()
parameters = red.count_params()
h = entrenar(red)
best_epoch = h["val_loss"].index(min(h["val_loss"])) + 1
for clave, nombre in (("loss", "pérdida"), ("acc", "exactitud")):
    plt.figure()
    plt.plot(range(1, 21), h[clave], "o", label=f"{nombre} (training)")
    plt.plot(range(1, 21), h["val_" + clave], label=f"{nombre} (validation)")
    plt.xlabel("época")
    plt.ylabel(nombre)
    plt.legend()
    plt.show()
""",
                    """
bottleneck = crear(4)
loss_of_accuracy = max(h["val_acc"]) - max(entrenar(bottleneck)["val_acc"])

definitiva = crear(perdida="sparse_categorical_crossentropy")
definitiva.fit(X, temas, batch_size=512, epochs=9, verbose=0)
_, test_accuracy = definitiva.evaluate(X_prueba, temas_prueba, verbose=0)
probabilities = definitiva.predict(X_prueba, verbose=0)
first_topic = probabilities.argmax(axis=1)[0]
baseline = ((np.bincount(temas_prueba) / len(temas_prueba)) ** 2).sum()
""",
                )
            ),
        ),
    ),
)

DATA = (
    Variant(
        name="return_in_the_loop",
        why="returns inside the loop: only the first row is filled",
        change=(Replace(VECTOR, VECTOR.replace("    return", "        return")),),
        fails=("data.vectorize_sequences", "training.inputs"),
        cause="return inside the loop",
    ),
    Variant(
        name="labels_return_in_the_loop",
        why="returns inside the loop of the labels: only the first label is there",
        change=(Replace(HOT, HOT.replace("    return", "        return")),),
        fails=("data.to_one_hot", "training.targets"),
        cause="return inside the loop",
    ),
    Variant(
        name="counts_words",
        why="counts how often each word occurs, instead of saying that it does",
        change=(
            Replace(
                "        results[row, sequence] = 1\n",
                "        for word in sequence:\n            results[row, word] += 1\n",
            ),
        ),
        fails=("data.vectorize_sequences", "training.inputs"),
        cause="every word counts once",
    ),
    Variant(
        name="columns_of_its_own",
        why="takes the number of columns from the words at hand",
        change=(
            Replace(
                "np.zeros((len(sequences), dimension)",
                "np.zeros((len(sequences), max(max(s, default=0) for s in sequences) + 1)",
            ),
        ),
        fails=("data.vectorize_sequences_more",),
        cause="as many columns as dimension",
    ),
    Variant(
        name="removed_import",
        why="imports `to_categorical` from where it was years ago",
        change=(
            Replace(
                HOT_FUNCTION,
                """    from keras.utils.np_utils import to_categorical

    return to_categorical(labels, num_classes=dimension)""",
            ),
        ),
        fails=("data.to_one_hot", "data.to_one_hot_more"),
        cause="from keras.utils import to_categorical",
    ),
    Variant(
        name="largest_label",
        why="takes the number of columns from the labels at hand",
        change=(Replace("np.zeros((len(labels), dimension)", "np.zeros((len(labels), max(labels) + 1)"),),
        fails=("data.to_one_hot_more",),
        cause="46 columns",
    ),
    Variant(
        name="labels_one_too_small",
        why="counts the topics from 1, so that 0 becomes −1 and silently the last class",
        change=(Replace("results[row, label] = 1", "results[row, label - 1] = 1"),),
        fails=("data.to_one_hot", "training.targets"),
        cause="one too small",
    ),
    Variant(
        name="forty_five_columns",
        why="makes one-hot rows of length 45, without the topic 45",
        change=(
            Replace(
                "one_hot_train_labels = to_one_hot(train_labels)",
                "one_hot_train_labels = to_one_hot(np.minimum(train_labels, 44), 45)",
            ),
            network("Dense(46", "Dense(45"),
            Replace(NARROW, NARROW.replace("Dense(46", "Dense(45")),
        ),
        fails=("network.architecture", "training.targets"),
        cause="length 45",
    ),
    Variant(
        name="wrong_topic",
        why="counts another topic",
        change=(Replace("train_labels == 3", "train_labels == 4"),),
        fails=("data.articles",),
        cause="topic 3",
    ),
)

NETWORK = (
    Variant(
        name="sigmoid_output",
        why="ends in 46 sigmoids, whose outputs don't sum to 1",
        change=(network("softmax", "sigmoid"),),
        fails=("network.architecture",),
        cause="softmax",
    ),
    Variant(
        name="one_sigmoid",
        why="takes one sigmoid for 46 topics",
        change=(
            network('46, activation="softmax"', '1, activation="sigmoid"'),
            Replace(COMPILE, COMPILE.replace("categorical_crossentropy", "binary_crossentropy")),
            Replace(
                "y_val, partial_y_train = one_hot_train_labels[:1_000], one_hot_train_labels[1_000:]",
                "y_val, partial_y_train = train_labels[:1_000], train_labels[1_000:]",
            ),
            Replace(NARROW, NARROW.replace('46, activation="softmax"', '1, activation="sigmoid"')),
            Replace(
                'bottleneck.compile(optimizer="rmsprop", loss="categorical_crossentropy"',
                'bottleneck.compile(optimizer="rmsprop", loss="binary_crossentropy"',
            ),
        ),
        fails=("network.architecture", "network.compiled"),
        cause="1 unit",
    ),
    Variant(
        name="relu_output",
        why="ends in ReLU",
        change=(network("softmax", "relu"),),
        fails=("network.architecture",),
        cause="softmax",
    ),
    Variant(
        name="no_softmax",
        why="forgets the last activation, with a loss that expects probabilities",
        change=(network('46, activation="softmax"', "46"),),
        fails=("network.architecture",),
        cause="softmax",
    ),
    Variant(
        name="from_logits",
        why="tells the loss to expect scores, and gives it probabilities",
        change=(
            Replace(
                COMPILE,
                COMPILE.replace('"categorical_crossentropy"', "keras.losses.CategoricalCrossentropy(from_logits=True)"),
            ),
        ),
        fails=("network.compiled",),
        cause="from_logits",
    ),
    Variant(
        name="mean_squared_error",
        why="takes the loss of a regression",
        change=(Replace(COMPILE, COMPILE.replace("categorical_crossentropy", "mse")),),
        fails=("network.compiled",),
        cause="loss for regression",
    ),
    Variant(
        name="binary_crossentropy",
        why="takes the loss of a yes-or-no question on a softmax of 46",
        change=(Replace(COMPILE, COMPILE.replace("categorical_crossentropy", "binary_crossentropy")),),
        fails=("network.compiled",),
        cause="question of its own",
    ),
    Variant(
        name="sparse_on_one_hot",
        why="gives `sparse_categorical_crossentropy` labels that are one-hot",
        change=(Replace(COMPILE, COMPILE.replace("categorical_crossentropy", "sparse_categorical_crossentropy")),),
        fails=("network.compiled",),
        cause="sparse_categorical_crossentropy needs whole numbers",
    ),
    Variant(
        name="sixteen_units",
        why="gives the second hidden layer 16 units, as for two classes",
        change=(
            network(
                'Dense(64, activation="relu"),\n        layers.Dense(46',
                'Dense(16, activation="relu"),\n        layers.Dense(46',
            ),
        ),
        fails=("network.architecture",),
        cause="16 units",
    ),
    Variant(
        name="missing_layer",
        why="leaves one hidden layer out",
        change=(network('        layers.Dense(64, activation="relu"),\n', ""),),
        fails=("network.architecture",),
        cause="missing",
    ),
    Variant(
        name="extra_layer",
        why="adds a third hidden layer",
        change=(
            network("        layers.Dense(46", '        layers.Dense(64, activation="relu"),\n        layers.Dense(46'),
        ),
        fails=("network.architecture",),
        cause="extra",
    ),
    Variant(
        name="frozen",
        why="freezes the first layer before compiling",
        change=(network("\n\nmodel.compile", "\n" + FROZEN.format("model")),),
        fails=("network.trainable_parameters",),
        cause="trainable",
    ),
    Variant(
        name="dropout_at_the_end",
        why="drops half of the probabilities",
        change=(
            network(
                'layers.Dense(46, activation="softmax"),\n',
                'layers.Dense(46, activation="softmax"),\n        layers.Dropout(0.5),\n',
            ),
        ),
        fails=("network.architecture",),
        cause="after the output",
    ),
    Variant(
        name="wrong_optimizer",
        why="takes plain gradient descent",
        change=(Replace(COMPILE, COMPILE.replace("rmsprop", "sgd")),),
        fails=("network.compiled",),
        cause="RMSprop",
    ),
    Variant(
        name="no_metric",
        why="asks for no accuracy, and reads it from a history that doesn't have it",
        change=(Replace(COMPILE, COMPILE.replace(', metrics=["accuracy"]', "")),),
        fails=("network.compiled", "training.plot"),
        cause="accuracy",
    ),
    Variant(
        name="no_biases_counted",
        why="forgets the biases when counting by hand",
        change=(Replace("(WORDS * 64 + 64) + (64 * 64 + 64) + (64 * 46 + 46)", "WORDS * 64 + 64 * 64 + 64 * 46"),),
        fails=("network.parameters",),
        cause="bias",
    ),
    Variant(
        name="learning_rate",
        why="sets the learning rate a hundred times too high",
        change=(Replace(COMPILE, COMPILE.replace('"rmsprop"', "keras.optimizers.RMSprop(learning_rate=0.1)")),),
        fails=("network.compiled",),
        cause="learning rate",
    ),
)

TRAINING = (
    Variant(
        name="validated_on_test",
        why="takes the test newswires for validation",
        change=(Replace(FIT, FIT.replace("(x_val, y_val)", "(x_test[:1_000], one_hot_test_labels[:1_000])")),),
        fails=("training.validation",),
        cause="test newswires",
    ),
    Variant(
        name="validated_on_training",
        why="trains on all newswires, those for validation included",
        change=(Replace(FIT, FIT.replace("partial_x_train, partial_y_train", "x_train, one_hot_train_labels")),),
        fails=("training.trained", "training.validation"),
        cause="8,982",
    ),
    Variant(
        name="overlapping",
        why="trains on as many newswires as asked for, but on those for validation too",
        change=(
            Replace(
                "x_val, partial_x_train = x_train[:1_000], x_train[1_000:]",
                "x_val, partial_x_train = x_train[:1_000], x_train[:7_982]",
            ),
            Replace(
                "y_val, partial_y_train = one_hot_train_labels[:1_000], one_hot_train_labels[1_000:]",
                "y_val, partial_y_train = one_hot_train_labels[:1_000], one_hot_train_labels[:7_982]",
            ),
        ),
        fails=("training.trained", "bottleneck.narrow_training"),
        cause="Validation rows are also in the training data",
    ),
    Variant(
        name="no_validation",
        why="leaves the validation out",
        change=(Replace(FIT, FIT.replace(" validation_data=(x_val, y_val),", "")),),
        fails=("training.trained", "training.validation"),
        cause="no validation data",
    ),
    Variant(
        name="epochs_by_their_old_name",
        why="says nb_epoch, as Keras 1 did",
        change=(Replace(FIT, FIT.replace("epochs=20", "nb_epoch=20")),),
        fails=("training.trained",),
        cause="nb_epoch",
    ),
    Variant(
        name="three_epochs",
        why="stops after 3 epochs",
        change=(Replace(FIT, FIT.replace("epochs=20", "epochs=3")),),
        fails=("training.trained",),
        cause="3 epochs",
    ),
    Variant(
        name="default_batches",
        why="leaves the batch size at 32",
        change=(Replace(FIT, FIT.replace(" batch_size=512,", "")),),
        fails=("training.trained",),
        cause="pass batch_size to fit",
    ),
    Variant(
        name="last_epoch",
        why="takes the last epoch for the best",
        change=(Replace(BEST, 'best_epoch = len(history.history["val_loss"])'),),
        fails=("training.best_epoch",),
        cause="own history",
    ),
    Variant(
        name="off_by_one",
        why="counts the epochs from 0",
        change=(Replace(BEST, BEST.removesuffix(" + 1")),),
        fails=("training.best_epoch",),
        cause="off by one",
    ),
    Variant(
        name="old_history_key",
        why="reads `acc` from a history that calls it `accuracy`",
        change=(Replace('history.history["accuracy"]', 'history.history["acc"]'),),
        fails=("training.plot",),
        cause="accuracy",
    ),
    Variant(
        name="history_not_there",
        why="plots a history that no variable holds",
        change=(Replace(FIT, FIT.removeprefix("history = ")),),
        fails=("training.plot", "training.best_epoch"),
        cause="'history' is not defined",
    ),
    Variant(
        name="history_invented",
        why="plots validation accuracies that no training gave",
        change=(Replace('epochs, history.history["val_accuracy"], "g"', 'epochs, np.linspace(0.6, 0.82, 20), "g"'),),
        fails=("training.plot",),
        cause="no line shows the validation accuracy",
    ),
    Variant(
        name="curves_swapped",
        why="calls the training curve validation and the validation curve training",
        change=(
            Replace('"bo", label="training loss"', '"bo", label="validation loss"'),
            Replace('"b", label="validation loss"', '"b", label="training loss"'),
        ),
        fails=("training.plot",),
        cause="swapped",
    ),
    Variant(
        name="no_legend",
        why="forgets the legends",
        change=(Replace("left.legend()\n", ""), Replace("right.legend()\n", "")),
        fails=("training.plot",),
        cause="legend",
    ),
    Variant(
        name="no_labels",
        why="leaves the axes of the right plot without labels",
        change=(
            Replace('right.set_xlabel("epoch")\n', ""),
            Replace('right.set_ylabel("accuracy")\n', ""),
        ),
        fails=("training.plot",),
        cause="no label",
    ),
)

RESULTS = (
    Variant(
        name="integer_labels",
        why="gives `categorical_crossentropy` labels that are whole numbers",
        change=(Replace(FRESH_COMPILE, FRESH_COMPILE.replace("sparse_", "")),),
        fails=("final.sparse_compile", "final.trained"),
        cause="categorical_crossentropy needs one-hot labels",
    ),
    Variant(
        name="one_hot_again",
        why="trains the fresh network on one-hot labels as before",
        change=(
            Replace(FRESH_COMPILE, FRESH_COMPILE.replace("sparse_", "")),
            Replace(FRESH_FIT, FRESH_FIT.replace("train_labels", "one_hot_train_labels")),
            Replace(EVALUATE, EVALUATE.replace("test_labels", "one_hot_test_labels")),
        ),
        fails=("final.whole_numbers",),
        cause="whole numbers are asked for",
    ),
    Variant(
        name="fresh_relu_output",
        why="ends the fresh network in ReLU",
        change=(Replace(FRESH, FRESH.replace("softmax", "relu")),),
        fails=("final.same_layers", "final.accuracy"),
        cause="softmax",
    ),
    Variant(
        name="test_rows_too",
        why="trains the fresh network on the test newswires as well",
        change=(
            Replace(
                FRESH_FIT,
                FRESH_FIT.replace("x_train, train_labels", "np.concatenate([x_train, x_test]), everything").replace(
                    "final_model.fit", "everything = np.concatenate([train_labels, test_labels])\nfinal_model.fit"
                ),
            ),
        ),
        fails=("final.trained",),
        cause="Were rows for validation or testing left in?",
    ),
    Variant(
        name="labels_from_one",
        why="counts the topics from 1 to 46",
        change=(
            Replace(FRESH, FRESH.replace("Dense(46", "Dense(47")),
            Replace(FRESH_FIT, FRESH_FIT.replace("train_labels", "train_labels + 1")),
            Replace(EVALUATE, EVALUATE.replace("test_labels", "test_labels + 1")),
        ),
        fails=("final.same_layers", "final.targets"),
        cause="46 classes have labels 0 to 45",
    ),
    Variant(
        name="labels_shuffled",
        why="brings the labels of the fresh network into another order than its newswires",
        change=(Replace(FRESH_FIT, FRESH_FIT.replace("train_labels", "np.random.permutation(train_labels)")),),
        fails=("final.targets", "final.accuracy"),
        cause="The label of row",
    ),
    Variant(
        name="one_epoch",
        why="trains the fresh network for one epoch",
        change=(Replace(FRESH_FIT, FRESH_FIT.replace("epochs=9", "epochs=1")),),
        fails=("final.trained", "final.accuracy"),
        cause="1 epoch",
    ),
    Variant(
        name="trained_further",
        why="goes on with the overfitted network instead of building a fresh one",
        change=(Replace(FRESH, "final_model = model\nfinal_model.compile("),),
        fails=("final.trained",),
        cause="build a fresh network",
    ),
    Variant(
        name="accuracy_typed_in",
        why="types in the accuracy that was to be expected",
        change=(Replace(EVALUATE, "test_accuracy = 0.99"),),
        fails=("final.test_accuracy",),
        cause="own network",
    ),
    Variant(
        name="loss_for_accuracy",
        why="takes the first number of evaluate, which is the loss",
        change=(Replace(EVALUATE, EVALUATE.replace("test_loss, test_accuracy", "test_accuracy, test_loss")),),
        fails=("final.test_accuracy",),
        cause="loss first",
    ),
    Variant(
        name="other_network_predicts",
        why="predicts with the overfitted network",
        change=(Replace(PREDICT, PREDICT.replace("final_model", "model")),),
        fails=("prediction.predicted",),
        cause="Another network than the fresh one",
    ),
    Variant(
        name="predict_classes",
        why="asks for the topics with a method that is gone",
        change=(Replace("int(np.argmax(probabilities[0]))", "final_model.predict_classes(x_test)[0]"),),
        fails=("prediction.first_topic",),
        cause="predict_classes",
    ),
    Variant(
        name="baseline_one_in_46",
        why="takes all topics for equally frequent",
        change=(Replace(BASELINE, "1 / 46"),),
        fails=("prediction.baseline",),
        cause="each topic is as frequent as before",
    ),
    Variant(
        name="baseline_not_shuffled",
        why="shuffles in place, so that the labels are compared with themselves",
        change=(Replace(f"baseline = {BASELINE}", SHUFFLED),),
        fails=("prediction.baseline",),
        cause="gives a copy",
    ),
    Variant(
        name="labels_as_predictions",
        why="looks the predictions up in the labels",
        change=(Replace(PREDICT, "one_hot_test_labels"),),
        fails=("prediction.predicted",),
        cause="labels",
    ),
    Variant(
        name="largest_probability",
        why="takes the probability itself instead of its position",
        change=(Replace("int(np.argmax(probabilities[0]))", "np.max(probabilities[0])"),),
        fails=("prediction.first_topic",),
        cause="argmax",
    ),
    Variant(
        name="bottleneck_last",
        why="gives the first layer the 4 units",
        change=(
            Replace(
                NARROW,
                NARROW.replace("layers.Dense(64,", "layers.Dense(…,")
                .replace("layers.Dense(4,", "layers.Dense(64,")
                .replace("layers.Dense(…,", "layers.Dense(4,"),
            ),
        ),
        fails=("bottleneck.narrow_layers",),
        cause="4 units",
    ),
    Variant(
        name="frozen_bottleneck",
        why="freezes the first layer of the bottleneck",
        change=(Replace(NARROW, NARROW.replace("\nbottleneck.compile", FROZEN.format("bottleneck"))),),
        fails=("bottleneck.narrow_parameters",),
        cause="trainable",
    ),
    Variant(
        name="bottleneck_at_its_best",
        why="trains the bottleneck for 9 epochs only",
        change=(Replace(NARROW_FIT, NARROW_FIT.replace("epochs=20", "epochs=9")),),
        fails=("bottleneck.narrow_training",),
        cause="9 epochs",
    ),
    Variant(
        name="wide_bottleneck",
        why="gives the bottleneck 32 units",
        change=(Replace(NARROW, NARROW.replace("layers.Dense(4,", "layers.Dense(32,")),),
        fails=("bottleneck.narrow_layers",),
        cause="32 units",
    ),
    Variant(
        name="training_accuracies",
        why="compares the training accuracies, not those on the newswires left out",
        change=(Replace(COST, COST.replace("val_accuracy", "accuracy")),),
        fails=("bottleneck.loss_of_accuracy",),
        cause="own two histories",
    ),
)

variants: tuple[Variant, ...] = RIGHT + DATA + NETWORK + TRAINING + RESULTS
