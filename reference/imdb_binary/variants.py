"""Right answers that look different, and the mistakes that students make, as changes of the solution."""

from grader.variant import Cells, Replace, Variant

SETTINGS = """WORDS = 10_000
REVIEWS = 25_000  # for training, and as many for testing
VALIDATION_REVIEWS = 10_000"""
LAYERS = """    [
        layers.Input(shape=(WORDS,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)"""
FIRST = f"model = keras.Sequential(\n{LAYERS}\n\nmodel.compile("
FRESH = f"final_model = keras.Sequential(\n{LAYERS}\nfinal_model.compile("
COMPILE = 'model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])\n\nparameters'
FRESH_COMPILE = 'final_model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])'
FRESH_FIT = "final_model.fit(x_train, y_train, epochs=4, batch_size=512, verbose=0)"
VECTORIZE = """    results = np.zeros((len(sequences), dimension), dtype="float32")
    for row, sequence in enumerate(sequences):
        results[row, sequence] = 1
    return results"""
DECODE = '    return " ".join(words.get(number - 3, "?") for number in review)'
FIT = """history = model.fit(
    partial_x_train, partial_y_train, epochs=20, batch_size=512, validation_data=(x_val, y_val), verbose=0
)"""
BEST = 'best_epoch = int(np.argmin(history.history["val_loss"])) + 1'
SURE = "sure = int(np.sum((probabilities > 0.95) | (probabilities < 0.05)))"


def both(first: str, fresh: str) -> tuple[Replace, Replace]:
    """The two networks written otherwise."""
    return Replace(FIRST, f"{first}\n\nmodel.compile("), Replace(FRESH, f"{fresh}\nfinal_model.compile(")


def network(old: str, new: str) -> Replace:
    """The first network with one layer changed; the final one stays as it is, and need not be trained again."""
    return Replace(FIRST, FIRST.replace(old, new, 1))


SUBCLASS = """class Judge(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(16, activation="relu")
        self.second = layers.Dense(16, activation="relu")
        self.answer = layers.Dense(1, activation="sigmoid")

    def call(self, review):
        return self.answer(self.second(self.first(review)))


model = Judge()"""

RIGHT = (
    Variant(
        name="functional",
        why="writes the networks with the functional API",
        right=True,
        change=both(
            """words_of_review = keras.Input(shape=(WORDS,))
hidden = layers.Dense(16, activation="relu")(words_of_review)
hidden = layers.Dense(16, activation="relu")(hidden)
model = keras.Model(words_of_review, layers.Dense(1, activation="sigmoid")(hidden))""",
            """words_of_review = keras.Input(shape=(WORDS,))
hidden = layers.Dense(16, activation="relu")(words_of_review)
hidden = layers.Dense(16, activation="relu")(hidden)
final_model = keras.Model(words_of_review, layers.Dense(1, activation="sigmoid")(hidden))""",
        ),
    ),
    Variant(
        name="subclassed",
        why="writes the network as a class of its own",
        right=True,
        change=both(SUBCLASS, "final_model = Judge()"),
    ),
    Variant(
        name="activation_layers",
        why="writes the activations as layers, in a function that builds the network, and spells the names out",
        right=True,
        change=(
            *both(
                """def build():
    judge = keras.Sequential([keras.Input((WORDS,))])
    for _ in range(2):
        judge.add(layers.Dense(16))
        judge.add(layers.Activation("relu"))
    judge.add(layers.Dense(1))
    judge.add(layers.Activation("sigmoid"))
    return judge


model = build()""",
                "final_model = build()",
            ),
            Replace(
                FRESH_COMPILE,
                "final_model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=0.001), "
                'loss=keras.losses.BinaryCrossentropy(), metrics=["binary_accuracy"])',
            ),
        ),
    ),
    Variant(
        name="tensorflow_keras",
        why="takes Keras from TensorFlow, and gives the input's shape to the first layer",
        right=True,
        change=(
            Replace("import keras\n", "from tensorflow import keras\n"),
            Replace("from keras import layers", "from tensorflow.keras import layers, models"),
            *both(
                """model = models.Sequential()
model.add(layers.Dense(16, activation="relu", input_shape=(WORDS,)))
model.add(layers.Dense(16, activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))""",
                """final_model = models.Sequential()
final_model.add(layers.Dense(16, activation="relu", input_shape=(WORDS,)))
final_model.add(layers.Dense(16, activation="relu"))
final_model.add(layers.Dense(1, activation="sigmoid"))""",
            ),
        ),
    ),
    Variant(
        name="no_input_shape",
        why="leaves the shape of the input to the first call",
        right=True,
        change=both(
            FIRST.partition("\n\nmodel.compile(")[0].replace("        layers.Input(shape=(WORDS,)),\n", ""),
            FRESH.partition("\nfinal_model.compile(")[0].replace("        layers.Input(shape=(WORDS,)),\n", ""),
        ),
    ),
    Variant(
        name="float64",
        why="vectorizes to NumPy's own float64, which takes twice the memory",
        right=True,
        change=(Replace(', dtype="float32")\n', ")\n"),),
    ),
    Variant(
        name="other_models_first",
        why="tries another network first, one that ends in raw scores and tells its loss so",
        right=True,
        change=(
            Replace(
                FIRST,
                f"""tried = keras.Sequential([layers.Input(shape=(WORDS,)), layers.Dense(4, activation="relu"), layers.Dense(1)])
tried.compile(optimizer="adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
tried.fit(x_train[:2_000], y_train[:2_000], epochs=1, batch_size=512, verbose=0)

{FIRST}""",
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
                    SETTINGS,
                    """
# Tarea: clasificar críticas de cine
import numpy as np
import matplotlib.pyplot as plt
from tensorflow.keras.datasets import imdb
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

(criticas, etiquetas), (criticas_prueba, etiquetas_prueba) = imdb.load_data(num_words=WORDS)
criticas, etiquetas = criticas[:REVIEWS], etiquetas[:REVIEWS]
criticas_prueba, etiquetas_prueba = criticas_prueba[:REVIEWS], etiquetas_prueba[:REVIEWS]
longest = len(max(criticas, key=len))
indice = imdb.get_word_index()
inverso = dict([(valor, clave) for (clave, valor) in indice.items()])


def decode_review(review):
    return " ".join([inverso.get(i - 3, "?") for i in review])


def vectorize_sequences(sequences, dimension=WORDS):
    results = np.zeros((len(sequences), dimension), "float32")
    for i, sequence in enumerate(sequences):
        for j in sequence:
            results[i, j] = 1.0
    return results
""",
                    """
X = vectorize_sequences(criticas)
X_prueba = vectorize_sequences(criticas_prueba)
Y, Y_prueba = np.asarray(etiquetas), np.asarray(etiquetas_prueba)


def crear():
    red = Sequential()
    red.add(Dense(16, activation="relu", input_dim=WORDS))
    red.add(Dense(16, activation="relu"))
    red.add(Dense(1, activation="sigmoid"))
    red.compile("rmsprop", "binary_crossentropy", metrics=["acc"])
    return red


red = crear()
parameters = red.count_params()
N = VALIDATION_REVIEWS
entrenamiento = red.fit(X[N:], Y[N:], batch_size=512, epochs=20, validation_data=(X[:N], Y[:N]), verbose=0)
""",
                    """
h = entrenamiento.history
for clave, nombre in (("loss", "pérdida"), ("acc", "exactitud")):
    plt.figure()
    plt.plot(range(1, 21), h[clave], "o", label=f"{nombre} (training)")
    plt.plot(range(1, 21), h["val_" + clave], label=f"{nombre} (validation)")
    plt.xlabel("época")
    plt.ylabel(nombre)
    plt.legend()
    plt.show()
best_epoch = h["val_loss"].index(min(h["val_loss"])) + 1
""",
                    """
red = crear()
red.fit(X, Y, batch_size=512, epochs=4, verbose=0)
_, test_accuracy = red.evaluate(X_prueba, Y_prueba, verbose=0)
probabilities = red.predict(X_prueba, verbose=0).flatten()
sure = sum(1 for p in probabilities if p > 0.95 or p < 0.05)
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
        change=(
            Replace(
                "        results[row, sequence] = 1\n    return", "        results[row, sequence] = 1\n        return"
            ),
        ),
        fails=("data.vectorize_sequences", "data.vectorize_sequences_more", "training.inputs"),
        cause="return inside the loop",
    ),
    Variant(
        name="words_counted",
        why="counts how often a word occurs",
        change=(Replace("        results[row, sequence] = 1\n", "        np.add.at(results[row], sequence, 1)\n"),),
        fails=("data.vectorize_sequences", "training.inputs"),
        cause="expected only 0 and 1",
    ),
    Variant(
        name="fixed_dimension",
        why="ignores `dimension` and always makes `WORDS` columns",
        change=(Replace("np.zeros((len(sequences), dimension)", "np.zeros((len(sequences), WORDS)"),),
        fails=("data.vectorize_sequences",),
        cause="shape",
    ),
    Variant(
        name="no_offset",
        why="forgets that the numbers in a review are shifted by 3",
        change=(Replace("number - 3,", "number,"),),
        fails=("data.decode_review", "data.decode_review_more"),
        cause="shifted by 3",
    ),
    Variant(
        name="shortest",
        why="takes the shortest review for the longest",
        change=(Replace("longest = max(", "longest = min("),),
        fails=("data.longest",),
        cause="expected",
    ),
    Variant(
        name="labels_as_text",
        why="leaves the labels as strings",
        change=(Replace('y_train = np.asarray(train_labels).astype("float32")', "y_train = train_labels.astype(str)"),),
        fails=("training.targets",),
        cause="text, not numbers",
    ),
)

NETWORK = (
    Variant(
        name="relu_output",
        why="ends in ReLU, which gives no probabilities",
        change=(network('1, activation="sigmoid"', '1, activation="relu"'),),
        fails=("network.architecture",),
        cause="a binary classifier needs sigmoid",
    ),
    Variant(
        name="softmax_of_one",
        why="ends in softmax with one unit, which is always 1",
        change=(network('1, activation="sigmoid"', '1, activation="softmax"'),),
        fails=("network.architecture",),
        cause="softmax with 1 unit",
    ),
    Variant(
        name="no_sigmoid",
        why="forgets the last activation, with a loss that expects probabilities",
        change=(network('1, activation="sigmoid"', "1"),),
        fails=("network.compiled",),
        cause="expects probabilities",
    ),
    Variant(
        name="from_logits",
        why="tells the loss to expect scores, and gives it probabilities",
        change=(
            Replace(
                COMPILE, COMPILE.replace('"binary_crossentropy"', "keras.losses.BinaryCrossentropy(from_logits=True)")
            ),
        ),
        fails=("network.compiled",),
        cause="from_logits",
    ),
    Variant(
        name="mean_squared_error",
        why="takes the loss of a regression",
        change=(Replace(COMPILE, COMPILE.replace("binary_crossentropy", "mse")),),
        fails=("network.compiled",),
        cause="loss for regression",
    ),
    Variant(
        name="learning_rate",
        why="sets the learning rate a hundred times too high",
        change=(Replace(COMPILE, COMPILE.replace('"rmsprop"', "keras.optimizers.RMSprop(learning_rate=0.1)")),),
        fails=("network.compiled",),
        cause="learning rate",
    ),
    Variant(
        name="half_the_units",
        why="gives the second hidden layer 8 units",
        change=(network('relu"),\n        layers.Dense(16,', 'relu"),\n        layers.Dense(8,'),),
        fails=("network.architecture",),
        cause="8 units",
    ),
    Variant(
        name="missing_layer",
        why="leaves one hidden layer out",
        change=(network('        layers.Dense(16, activation="relu"),\n', ""),),
        fails=("network.architecture",),
        cause="missing",
    ),
    Variant(
        name="dropout_at_the_end",
        why="drops outputs: a layer of dropout after the last",
        change=(network('"sigmoid"),\n', '"sigmoid"),\n        layers.Dropout(0.5),\n'),),
        fails=("network.architecture",),
        cause="dropout",
    ),
    Variant(
        name="frozen_layer",
        why="freezes the first hidden layer, which then learns nothing",
        change=(Replace(COMPILE, f"model.layers[0].trainable = False\n{COMPILE}"),),
        fails=("network.trainable_parameters",),
        cause="frozen",
    ),
    Variant(
        name="no_biases_counted",
        why="forgets the biases when counting by hand",
        change=(Replace("(WORDS * 16 + 16) + (16 * 16 + 16) + (16 + 1)", "WORDS * 16 + 16 * 16 + 16"),),
        fails=("network.parameters",),
        cause="bias",
    ),
)

TRAINING = (
    Variant(
        name="validated_on_test",
        why="takes the test reviews for validation",
        change=(
            Replace(
                "validation_data=(x_val, y_val)",
                "validation_data=(x_test[:VALIDATION_REVIEWS], y_test[:VALIDATION_REVIEWS])",
            ),
        ),
        fails=("training.validation",),
        cause="test reviews",
    ),
    Variant(
        name="validated_on_training",
        why="trains on all reviews, those for validation included",
        change=(Replace("    partial_x_train, partial_y_train, epochs=20", "    x_train, y_train, epochs=20"),),
        fails=("training.trained", "training.validation"),
        cause="reviews that it trains on",
    ),
    Variant(
        name="five_epochs",
        why="stops after 5 epochs, before there is anything to see",
        change=(Replace("epochs=20", "epochs=5"),),
        fails=("training.trained",),
        cause="5 epochs",
    ),
    Variant(
        name="default_batches",
        why="leaves the batch size at 32",
        change=(Replace("epochs=20, batch_size=512", "epochs=20"),),
        fails=("training.trained",),
        cause="pass batch_size to fit",
    ),
    Variant(
        name="off_by_one",
        why="counts the epochs from 0",
        change=(Replace(BEST, BEST.removesuffix(" + 1")),),
        fails=("curves.best_epoch",),
        cause="off by one",
    ),
    Variant(
        name="lowest_training_loss",
        why="takes the epoch in which the training loss is lowest",
        change=(Replace(BEST, BEST.replace("val_loss", "loss")),),
        fails=("curves.best_epoch",),
        cause="own history",
    ),
    Variant(
        name="old_history_key",
        why="reads `acc` from a history that calls it `accuracy`",
        change=(Replace('history.history["accuracy"]', 'history.history["acc"]'),),
        fails=("curves.plot",),
        cause="accuracy",
    ),
    Variant(
        name="history_not_there",
        why="plots a history that no variable holds",
        change=(Replace("history = model.fit(", "model.fit("),),
        fails=("curves.plot",),
        cause="history",
    ),
    Variant(
        name="no_legend",
        why="forgets the legend of the right plot",
        change=(Replace("right.legend()\n", ""),),
        fails=("curves.plot",),
        cause="legend",
    ),
    Variant(
        name="curves_swapped",
        why="calls the training loss validation loss, and the other way round",
        change=(
            Replace('label="training loss"', 'label="validation loss "'),
            Replace('label="validation loss")', 'label="training loss")'),
        ),
        fails=("curves.plot",),
        cause="swapped",
    ),
)

RESULTS = (
    Variant(
        name="trained_further",
        why="goes on with the overfitted network instead of building a fresh one",
        change=(Replace(FRESH, "final_model = model\nfinal_model.compile("),),
        fails=("final.trained",),
        cause="build a fresh network",
    ),
    Variant(
        name="another_network",
        why="builds the fresh network with half the units",
        change=(
            Replace(FRESH, FRESH.replace('relu"),\n        layers.Dense(16,', 'relu"),\n        layers.Dense(8,', 1)),
        ),
        fails=("final.same_layers",),
        cause="8 units",
    ),
    Variant(
        name="another_loss",
        why="compiles the fresh network with the loss of a regression",
        change=(Replace(FRESH_COMPILE, FRESH_COMPILE.replace("binary_crossentropy", "mse")),),
        fails=("final.same_compile",),
        cause="loss for regression",
    ),
    Variant(
        name="five_hundred_reviews",
        why="trains the fresh network on the first 500 reviews, as it did while trying things out",
        change=(Replace(FRESH_FIT, FRESH_FIT.replace("x_train, y_train", "x_train[:500], y_train[:500]")),),
        fails=("final.trained", "final.accuracy"),
        cause="500 rows",
    ),
    Variant(
        name="accuracy_typed_in",
        why="types in the accuracy that was to be expected",
        change=(
            Replace(
                "test_loss, test_accuracy = final_model.evaluate(x_test, y_test, verbose=0)", "test_accuracy = 0.99"
            ),
        ),
        fails=("final.test_accuracy",),
        cause="own network",
    ),
    Variant(
        name="loss_for_accuracy",
        why="swaps loss and accuracy",
        change=(Replace("test_loss, test_accuracy =", "test_accuracy, test_loss ="),),
        fails=("final.test_accuracy",),
        cause="loss first",
    ),
    Variant(
        name="labels_as_predictions",
        why="looks the predictions up in the labels",
        change=(Replace("final_model.predict(x_test, verbose=0)", "y_test"),),
        fails=("prediction.predicted",),
        cause="labels",
    ),
    Variant(
        name="one_end_counted",
        why="counts only the reviews that are surely praise",
        change=(Replace(SURE, "sure = int(np.sum(probabilities > 0.95))"),),
        fails=("prediction.sure",),
        cause="both ends",
    ),
)

variants: tuple[Variant, ...] = RIGHT + DATA + NETWORK + TRAINING + RESULTS
