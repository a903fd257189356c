"""Right answers that look different, and the mistakes that students make, as changes of the solution.

The networks that a variant leaves alone are trained identically to the solution's, which costs nothing a second time.
"""

from grader.variant import Replace, Variant


def sequential(name: str, units: str = "16", price: str = "", drop: str = "") -> str:
    """A network as the solution writes it."""
    dense = f'        layers.Dense({units}, activation="relu"{price}),\n{drop}'
    return (
        f"{name} = keras.Sequential(\n    [\n        layers.Input(shape=(WORDS,)),\n{dense}{dense}"
        '        layers.Dense(1, activation="sigmoid"),\n    ]\n)'
    )


NETWORKS = (
    "size.original",
    "size.smaller",
    "size.larger",
    "weights.l2",
    "weights.l1",
    "weights.l1_l2",
    "dropout.dropout",
)
"""Beginnings of the names of their checks."""
DROP = "        layers.Dropout(0.5),\n"
ORIGINAL = sequential("original")
SMALLER = sequential("smaller", "4")
LARGER = sequential("larger", "LARGE")
L2 = sequential("l2", price=", kernel_regularizer=regularizers.L2(0.001)")
L1 = sequential("l1", price=", kernel_regularizer=regularizers.L1(0.001)")
L1_L2 = sequential("l1_l2", price=", kernel_regularizer=regularizers.L1L2(l1=0.001, l2=0.001)")
DROPOUT = sequential("dropout", drop=DROP)
COMPILE = '    network.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])'
FIT = (
    "    log = network.fit(x_train, y_train, epochs=EPOCHS, batch_size=512, validation_data=(x_val, y_val), verbose=0)"
)
TURNING = 'turning = {name: int(np.argmin(log["val_loss"])) + 1 for name, log in histories.items()}'
RISES = 'rises = {name: log["val_loss"][-1] - min(log["val_loss"]) for name, log in histories.items()}'

RIGHT = (
    Variant(
        name="functional",
        why="writes the networks with the functional API, in a function",
        right=True,
        change=(
            Replace(
                ORIGINAL,
                """def build(units):
    review = keras.Input(shape=(WORDS,))
    hidden = layers.Dense(units, activation="relu")(review)
    hidden = layers.Dense(units, activation="relu")(hidden)
    return keras.Model(review, layers.Dense(1, activation="sigmoid")(hidden))


original = build(16)""",
            ),
            Replace(SMALLER, "smaller = build(4)"),
            Replace(LARGER, "larger = build(LARGE)"),
        ),
    ),
    Variant(
        name="subclassed",
        why="writes the network as a class of its own",
        right=True,
        change=(
            Replace(
                ORIGINAL,
                """class Judge(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.first = layers.Dense(units, activation="relu")
        self.second = layers.Dense(units, activation="relu")
        self.answer = layers.Dense(1, activation="sigmoid")

    def call(self, review):
        return self.answer(self.second(self.first(review)))


original = Judge(16)""",
            ),
            Replace(SMALLER, "smaller = Judge(4)"),
        ),
    ),
    Variant(
        name="activation_layers",
        why="writes activations as layers, and the prices by their short names",
        right=True,
        change=(
            Replace(
                SMALLER,
                """smaller = keras.Sequential([keras.Input((WORDS,))])
for _ in range(2):
    smaller.add(layers.Dense(4))
    smaller.add(layers.Activation("relu"))
smaller.add(layers.Dense(1))
smaller.add(layers.Activation("sigmoid"))""",
            ),
            Replace(L2, L2.replace("regularizers.L2(0.001)", "regularizers.l2(0.001)")),
            Replace(L1, L1.replace("regularizers.L1(0.001)", "regularizers.L1L2(l1=0.001)")),
            Replace(L1_L2, L1_L2.replace("regularizers.L1L2(", "regularizers.l1_l2(")),
        ),
    ),
    Variant(
        name="tensorflow_keras",
        why="takes Keras from TensorFlow, and gives the input's shape to the first layer",
        right=True,
        change=(
            Replace("import keras\n", "from tensorflow import keras\n"),
            Replace(
                "from keras import layers, regularizers", "from tensorflow.keras import layers, models, regularizers"
            ),
            Replace(
                ORIGINAL,
                """original = models.Sequential()
original.add(layers.Dense(16, activation="relu", input_shape=(WORDS,)))
original.add(layers.Dense(16, activation="relu"))
original.add(layers.Dense(1, activation="sigmoid"))""",
            ),
        ),
    ),
    Variant(
        name="no_input_shape",
        why="leaves the shape of the input to the first call",
        right=True,
        change=(
            Replace(ORIGINAL, ORIGINAL.replace("        layers.Input(shape=(WORDS,)),\n", "")),
            Replace(DROPOUT, DROPOUT.replace("        layers.Input(shape=(WORDS,)),\n", "")),
        ),
    ),
    Variant(
        name="other_models_first",
        why="tries another size first, under the name of the one to grade",
        right=True,
        change=(
            Replace(
                SMALLER,
                f"{sequential('smaller', '2')}\nsmaller.compile('adam', 'binary_crossentropy')\n"
                f"smaller.fit(x_train[:1_000], y_train[:1_000], epochs=1, batch_size=512, verbose=0)\n\n{SMALLER}",
            ),
        ),
    ),
    Variant(
        name="plots_with_axes",
        why="plots object-oriented, the training losses beside the others, and reads the answers in loops",
        right=True,
        change=(
            Replace(
                TURNING,
                """turning = {}
for name, log in histories.items():
    turning[name] = log["val_loss"].index(min(log["val_loss"])) + 1""",
            ),
            Replace(
                "for name, log in histories.items():\n    plt.plot(",
                'for name, log in histories.items():\n    plt.plot(range(1, EPOCHS + 1), log["loss"], "o", label=f"{name}: training loss")\n    plt.plot(',
            ),
        ),
    ),
)

WRONG = (
    Variant(
        name="return_in_the_loop",
        why="returns inside the loop: only the first row is filled",
        change=(
            Replace(
                "        results[row, sequence] = 1\n    return", "        results[row, sequence] = 1\n        return"
            ),
        ),
        fails=("data.vectorize_sequences", "data.vectorize_sequences_more", "data.inputs"),
        cause="return inside the loop",
    ),
    Variant(
        name="labels_of_other_reviews",
        why="takes the labels from the first review on, but the rows from those after the validation reviews",
        change=(
            Replace(
                "x_val = vectorize_sequences(",
                'y_train = train_labels[:TRAINING_REVIEWS].astype("float32")\nx_val = vectorize_sequences(',
            ),
        ),
        fails=("data.targets",),
        cause="the label of row",
    ),
    Variant(
        name="thirty_two_units",
        why="gives the original network 32 units",
        change=(Replace(ORIGINAL, ORIGINAL.replace("Dense(16,", "Dense(32,")),),
        fails=("size.original_layers",),
        cause="32 units",
    ),
    Variant(
        name="half_as_large",
        why="gives the large network half the units",
        change=(Replace(LARGER, LARGER.replace("LARGE", "LARGE // 2")),),
        fails=("size.larger_layers",),
        cause="units, expected",
    ),
    Variant(
        name="adam",
        why="compiles all networks with another optimizer",
        change=(Replace(COMPILE, COMPILE.replace("rmsprop", "adam")),),
        fails=tuple(f"{check}_compiled" for check in NETWORKS),
        cause="adam",
    ),
    Variant(
        name="three_epochs",
        why="trains all networks for 3 epochs, as it did while trying things out",
        change=(Replace(FIT, FIT.replace("EPOCHS", "3")),),
        fails=tuple(f"{check}_trained" for check in NETWORKS),
        cause="3 epochs",
    ),
    Variant(
        name="eight_units",
        why="gives the smaller network 8 units",
        change=(Replace(SMALLER, SMALLER.replace("Dense(4,", "Dense(8,")),),
        fails=("size.smaller_layers",),
        cause="8 units",
    ),
    Variant(
        name="one_layer",
        why="leaves one hidden layer of the smaller network out",
        change=(Replace(SMALLER, SMALLER.replace('        layers.Dense(4, activation="relu"),\n', "", 1)),),
        fails=("size.smaller_layers",),
        cause="missing",
    ),
    Variant(
        name="softmax_of_one",
        why="ends in softmax with one unit, which is always 1",
        change=(Replace(SMALLER, SMALLER.replace("sigmoid", "softmax")),),
        fails=("size.smaller_layers",),
        cause="softmax with 1 unit",
    ),
    Variant(
        name="no_biases_counted",
        why="forgets the biases when counting by hand",
        change=(Replace("(WORDS * 4 + 4) + (4 * 4 + 4) + (4 + 1)", "WORDS * 4 + 4 * 4 + 4"),),
        fails=("size.parameters",),
        cause="bias",
    ),
    Variant(
        name="bias_regularizer",
        why="puts the price on the bias only",
        change=(Replace(L2, L2.replace("kernel_regularizer", "bias_regularizer")),),
        fails=("weights.l2_layers",),
        cause="regularises the bias only",
    ),
    Variant(
        name="no_regularizer",
        why="forgets the price in the network with L1",
        change=(Replace(L1, sequential("l1")),),
        fails=("weights.l1_layers",),
        cause="kernel_regularizer is missing",
    ),
    Variant(
        name="default_strength",
        why='writes "l2", which means 0.01 and not 0.001',
        change=(Replace(L2, L2.replace("regularizers.L2(0.001)", '"l2"')),),
        fails=("weights.l2_layers",),
        cause="0.01",
    ),
    Variant(
        name="only_l2",
        why="takes L2 for both at once",
        change=(Replace(L1_L2, L1_L2.replace("l1=0.001, ", "")),),
        fails=("weights.l1_l2_layers",),
        cause="kernel_regularizer",
    ),
    Variant(
        name="dropout_at_the_end",
        why="drops outputs: a layer of dropout after the last",
        change=(Replace(DROPOUT, DROPOUT.replace('"sigmoid"),\n', f'"sigmoid"),\n{DROP}')),),
        fails=("dropout.dropout_layers",),
        cause="after the output",
    ),
    Variant(
        name="one_dropout",
        why="forgets the second layer of dropout",
        change=(Replace(DROPOUT, DROPOUT.replace(DROP, "", 1)),),
        fails=("dropout.dropout_layers",),
        cause="dropout",
    ),
    Variant(
        name="dropout_rate",
        why="drops a fifth instead of a half",
        change=(Replace(DROPOUT, DROPOUT.replace("0.5", "0.2")),),
        fails=("dropout.dropout_layers",),
        cause="rate",
    ),
    Variant(
        name="five_epochs_of_dropout",
        why="trains one network for 5 epochs only",
        change=(
            Replace(
                "dropout_history = train(dropout)",
                """dropout.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
dropout.fit(x_train, y_train, epochs=5, batch_size=512, validation_data=(x_val, y_val), verbose=0)""",
            ),
        ),
        fails=("dropout.dropout_trained",),
        cause="5 epochs",
    ),
    Variant(
        name="no_validation",
        why="trains one network without validation data",
        change=(
            Replace(
                "l2_history = train(l2)",
                """l2.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
l2.fit(x_train, y_train, epochs=EPOCHS, batch_size=512, verbose=0)""",
            ),
        ),
        fails=("weights.l2_trained",),
        cause="no validation data",
    ),
    Variant(
        name="mean_squared_error",
        why="takes the loss of a regression for one network",
        change=(
            Replace(
                "smaller_history = train(smaller)",
                """smaller.compile(optimizer="rmsprop", loss="mse", metrics=["accuracy"])
smaller_history = smaller.fit(
    x_train, y_train, epochs=EPOCHS, batch_size=512, validation_data=(x_val, y_val), verbose=0
).history""",
            ),
        ),
        fails=("size.smaller_compiled",),
        cause="loss for regression",
    ),
    Variant(
        name="off_by_one",
        why="counts the epochs from 0",
        change=(Replace(TURNING, TURNING.replace(" + 1 for", " for")),),
        fails=("compare.turning",),
        cause="off by one",
    ),
    Variant(
        name="training_loss_read",
        why="looks for the lowest training loss",
        change=(Replace(TURNING, TURNING.replace("val_loss", "loss")),),
        fails=("compare.turning",),
        cause="own history",
    ),
    Variant(
        name="rise_since_the_start",
        why="compares the last epoch with the first one",
        change=(Replace(RISES, RISES.replace('min(log["val_loss"])', 'log["val_loss"][0]')),),
        fails=("compare.rises",),
        cause="above the lowest",
    ),
    Variant(
        name="least_for_most",
        why="names the network that overfits least",
        change=(Replace("max(rises, key=rises.get)", "min(rises, key=rises.get)"),),
        fails=("compare.overfits_most",),
        cause="own histories",
    ),
    Variant(
        name="training_loss_drawn",
        why="draws the training losses and calls them validation losses",
        change=(
            Replace(
                'plt.plot(range(1, len(log["val_loss"]) + 1), log["val_loss"],',
                'plt.plot(range(1, len(log["loss"]) + 1), log["loss"],',
            ),
        ),
        fails=("compare.plot",),
        cause="its training loss is",
    ),
    Variant(
        name="no_legend",
        why="forgets the legend",
        change=(Replace("plt.legend()\n", ""),),
        fails=("compare.plot",),
        cause="legend",
    ),
)

variants: tuple[Variant, ...] = RIGHT + WRONG
