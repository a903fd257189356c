"""Right answers that look different, and the mistakes that students make, as changes of the solution."""

from grader.variant import Cells, Replace, Rewrite, Variant

SCALE = "    return (features - reference.mean(axis=0)) / reference.std(axis=0)"
TRAIN = "x_train = scale(train_data, train_data)"
TEST = "x_test = scale(test_data, train_data)"
SEQUENTIAL = """    network = keras.Sequential(
        [
            layers.Input(shape=(13,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(1),
        ]
    )"""
COMPILE = '    network.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])'
SPLIT = """    left_out = np.arange(fold * rows, (fold + 1) * rows)
    return (
        np.delete(x_train, left_out, axis=0),
        np.delete(train_targets, left_out),
        x_train[left_out],
        train_targets[left_out],
    )"""
FOLD = """    network = build_model()
    network.fit(x, y, epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0)"""
MEASURE = "    mse, mae = network.evaluate(x_val, y_val, verbose=0)"
LONG = """    log = build_model().fit(
        x, y, epochs=LONG_EPOCHS, batch_size=BATCH_SIZE, validation_data=(x_val, y_val), verbose=0
    )"""
FINAL = """model = build_model()
model.fit(x_train, train_targets, epochs=best_epoch, batch_size=BATCH_SIZE, verbose=0)"""
SETTINGS = """
FOLDS = 4
EPOCHS = 100  # of each network in exercise 3
LONG_EPOCHS = 500  # of each network in exercise 4
BATCH_SIZE = 1
"""

RIGHT = (
    Variant(
        name="functional",
        why="writes the network with the functional API",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """    house = keras.Input((13,))
    hidden = layers.Dense(64, activation="relu")(house)
    hidden = layers.Dense(64, activation="relu")(hidden)
    network = keras.Model(house, layers.Dense(1)(hidden))""",
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
                """    class Price(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Dense(64, activation="relu")
            self.second = layers.Dense(64, activation="relu")
            self.price = layers.Dense(1)

        def call(self, house):
            return self.price(self.second(self.first(house)))

    network = Price()""",
            ),
        ),
    ),
    Variant(
        name="activation_layers",
        why="writes the activations as layers, the linear one as well, and spells the names out",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """    network = keras.Sequential(name="price")
    network.add(keras.Input((13,)))
    for number in (1, 2):
        network.add(layers.Dense(64, name=f"hidden{number}"))
        network.add(layers.ReLU(name=f"relu{number}"))
    network.add(layers.Dense(1, activation="linear"))""",
            ),
            Replace(
                COMPILE,
                """    network.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=0.001),
        loss=keras.losses.MeanSquaredError(),
        metrics=[keras.metrics.MeanAbsoluteError(name="mae")],
    )""",
            ),
        ),
    ),
    Variant(
        name="tensorflow_keras",
        why="takes Keras from TensorFlow, gives the input's shape to the first layer, and names the metric in full",
        right=True,
        change=(
            Replace("import keras\n", "from tensorflow import keras\n"),
            Replace("from keras import layers", "from tensorflow.keras import layers, models"),
            Replace(
                SEQUENTIAL,
                """    network = models.Sequential()
    network.add(layers.Dense(64, activation="relu", input_shape=(13,)))
    network.add(layers.Dense(64, activation="relu"))
    network.add(layers.Dense(1))""",
            ),
            Replace('metrics=["mae"]', 'metrics=["mean_absolute_error"]'),
            Replace('log.history["val_mae"]', 'log.history["val_mean_absolute_error"]'),
        ),
    ),
    Variant(
        name="no_input_shape",
        why="leaves the shape of the input to the first call",
        right=True,
        change=(Replace("            layers.Input(shape=(13,)),\n", ""),),
    ),
    Variant(
        name="scikit_learn_tools",
        why="scales with StandardScaler and splits with a shuffled KFold",
        right=True,
        change=(
            Replace(SCALE, "    return StandardScaler().fit(reference).transform(features)"),
            Replace(
                "import numpy as np\n",
                "import numpy as np\nfrom sklearn.model_selection import KFold\n"
                "from sklearn.preprocessing import StandardScaler\n",
            ),
            Replace(
                SPLIT,
                """    kept, left_out = list(KFold(FOLDS, shuffle=True, random_state=3).split(x_train))[fold]
    return x_train[kept], train_targets[kept], x_train[left_out], train_targets[left_out]""",
            ),
        ),
    ),
    Variant(
        name="score_of_the_last_epoch",
        why="reads the score of a fold from the end of its validation curve",
        right=True,
        change=(
            Replace(
                FOLD,
                """    network = build_model()
    log = network.fit(x, y, epochs=EPOCHS, batch_size=BATCH_SIZE, validation_data=(x_val, y_val), verbose=0)""",
            ),
            Replace(MEASURE, '    mae = log.history["val_mae"][-1]'),
        ),
    ),
    Variant(
        name="builder_with_arguments",
        why="gives the function arguments with defaults, and tries other sizes first",
        right=True,
        change=(
            Replace("def build_model():", "def build_model(units=64, depth=2):"),
            Replace(
                SEQUENTIAL,
                """    network = keras.Sequential([layers.Input((13,))])
    for _ in range(depth):
        network.add(layers.Dense(units, activation="relu"))
    network.add(layers.Dense(1))""",
            ),
            Replace(
                "fold_maes = []\n",
                """for units in (8, 16):
    tried = build_model(units)
    tried.fit(x_train[101:], train_targets[101:], epochs=2, batch_size=32, verbose=0)
    print(units, tried.evaluate(x_train[:101], train_targets[:101], verbose=0))

fold_maes = []
""",
            ),
        ),
    ),
    Variant(
        name="one_fold_first",
        why="tries the first fold alone, and looks at the error on the training rows as well",
        right=True,
        change=(
            Replace(
                "fold_maes = []\n",
                """x, y, x_val, y_val = split(0)
first = build_model()
first.fit(x, y, epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0)
print("one fold:", first.evaluate(x, y, verbose=0), first.evaluate(x_val, y_val, verbose=0))

fold_maes = []
""",
            ),
            Replace(MEASURE, f'    print("trained:", network.evaluate(x, y, verbose=0)){chr(10)}{MEASURE}'),
        ),
    ),
    Variant(
        name="plot_from_tenth_epoch",
        why="plots object-oriented, leaves the first ten epochs out, and draws the raw curve beside it",
        right=True,
        change=(
            Rewrite(
                "curve",
                """
average_mae = np.zeros(LONG_EPOCHS)
for fold in range(FOLDS):
    x, y, x_val, y_val = split(fold)
    network = build_model()
    network.fit(x, y, batch_size=BATCH_SIZE, epochs=LONG_EPOCHS, verbose=0, validation_data=(x_val, y_val))
    average_mae += np.array(network.history.history["val_mae"]) / FOLDS

curve = np.array(smooth(average_mae))
best_epoch = 1 + curve.argmin()

figure, axis = plt.subplots()
axis.plot(np.arange(11, LONG_EPOCHS + 1), average_mae[10:], alpha=0.3, label="mean")
axis.plot(np.arange(11, LONG_EPOCHS + 1), curve[10:], label="smoothed")
axis.set(xlabel="Epochs", ylabel="Validation MAE")
axis.legend()
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
# Tarea: el precio de las casas
import numpy as np
import matplotlib.pyplot as plt
from tensorflow.keras.datasets import boston_housing
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
"""
                    + SETTINGS,
                    """
(datos, precios), (datos_prueba, precios_prueba) = boston_housing.load_data()


def scale(features, reference):
    media, desviacion = np.mean(reference, axis=0), np.std(reference, axis=0)
    resultado = features - media
    resultado /= desviacion
    return resultado


x_train, x_test = scale(datos, datos), scale(datos_prueba, datos)


def build_model():
    red = Sequential([Dense(64, activation="relu", input_dim=13), Dense(64, activation="relu"), Dense(1)])
    red.compile(loss="mean_squared_error", optimizer="rmsprop", metrics=["mae"])
    return red


parameters = build_model().count_params()
""",
                    """
# Validación cruzada, dos veces
def validar(epocas):
    errores, curvas = [], []
    for k in range(FOLDS):
        trozo = slice(k * 101, (k + 1) * 101)
        x = np.concatenate([x_train[: k * 101], x_train[(k + 1) * 101 :]])
        y = np.concatenate([precios[: k * 101], precios[(k + 1) * 101 :]])
        red = build_model()
        historia = red.fit(
            x, y, validation_data=(x_train[trozo], precios[trozo]), epochs=epocas, batch_size=BATCH_SIZE, verbose=0
        )
        errores.append(historia.history["val_mae"][-1])
        curvas.append(historia.history["val_mae"])
    return sum(errores) / FOLDS, [sum(e) / FOLDS for e in zip(*curvas)]


cv_mae, _ = validar(EPOCHS)
_, average_mae = validar(LONG_EPOCHS)
""",
                    """
def media_movil(valores, factor=0.9):
    resultado = [valores[0]]
    for valor in valores[1:]:
        resultado.append(factor * resultado[-1] + (1 - factor) * valor)
    return resultado


best_epoch = int(np.argmin(media_movil(average_mae))) + 1
plt.plot(range(1, len(average_mae) + 1), media_movil(average_mae))
plt.xlabel("época")
plt.ylabel("error absoluto medio")
""",
                    """
final = build_model()
final.fit(x_train, precios, epochs=best_epoch, batch_size=BATCH_SIZE, verbose=0)
_, test_mae = final.evaluate(x_test, precios_prueba, verbose=0)
first_price = 1000 * final.predict(x_test, verbose=0).flatten()[0]
print(f"{first_price:.0f} dólares")
""",
                )
            ),
        ),
    ),
)

DATA = (
    Variant(
        name="test_statistics",
        why="scales the test data with the test data's own mean and standard deviation",
        change=(Replace(TEST, "x_test = scale(test_data, test_data)"),),
        fails=("data.x_test",),
        cause="its own statistics",
    ),
    Variant(
        name="reference_ignored",
        why="takes both statistics from the features themselves",
        change=(Replace(SCALE, "    return (features - features.mean(axis=0)) / features.std(axis=0)"),),
        fails=("data.scale", "data.x_test"),
        cause="its own statistics",
    ),
    Variant(
        name="not_scaled",
        why="trains on the raw features",
        change=(Replace(TRAIN, "x_train = train_data"), Replace(TEST, "x_test = test_data")),
        fails=("data.x_train", "data.x_test", "final.inputs"),
        cause="not scaled",
    ),
    Variant(
        name="one_mean_for_all",
        why="takes one mean and one standard deviation over the whole table",
        change=(Replace(SCALE, "    return (features - reference.mean()) / reference.std()"),),
        fails=("data.scale", "data.x_train"),
        cause="values differ",
    ),
    Variant(
        name="scaled_in_place",
        why="changes its argument, so that the training data is already scaled when the test data needs its statistics",
        change=(
            Replace(
                SCALE,
                "    features -= reference.mean(axis=0)\n    features /= reference.std(axis=0)\n    return features",
            ),
        ),
        fails=("data.scale",),
        cause="its own input",
    ),
    Variant(
        name="not_divided",
        why="takes the mean out and forgets the standard deviation",
        change=(Replace(SCALE, "    return features - reference.mean(axis=0)"),),
        fails=("data.scale", "data.x_train", "final.inputs"),
        cause="not scaled",
    ),
)

NETWORK = (
    Variant(
        name="relu_at_the_end",
        why="gives the last layer a ReLU",
        change=(Replace("layers.Dense(1)", 'layers.Dense(1, activation="relu")'),),
        fails=("network.architecture",),
        cause="relu",
    ),
    Variant(
        name="sigmoid_at_the_end",
        why="gives the last layer a sigmoid, so that no price is above 1",
        change=(Replace("layers.Dense(1)", 'layers.Dense(1, activation="sigmoid")'),),
        fails=("network.architecture", "evaluation.mae"),
        cause="sigmoid",
    ),
    Variant(
        name="one_layer_less",
        why="has one hidden layer",
        change=(
            Replace(
                '            layers.Dense(64, activation="relu"),\n            layers.Dense(64, activation="relu"),\n',
                '            layers.Dense(64, activation="relu"),\n',
            ),
        ),
        fails=("network.architecture",),
        cause="missing",
    ),
    Variant(
        name="classification_loss",
        why="compiles with a loss for classification",
        change=(Replace('loss="mse"', 'loss="binary_crossentropy"'),),
        fails=("network.compiled",),
        cause="loss for classification",
    ),
    Variant(
        name="accuracy_as_metric",
        why="asks for the accuracy of a regression, and then for its history",
        change=(Replace('metrics=["mae"]', 'metrics=["accuracy"]'), Replace('"val_mae"', '"val_accuracy"')),
        fails=("network.compiled", "crossval.cv_mae"),
        cause="mean_absolute_error is missing among the metrics",
    ),
    Variant(
        name="learning_rate_times_100",
        why="trains with a learning rate of 0.1",
        change=(Replace('optimizer="rmsprop"', "optimizer=keras.optimizers.RMSprop(0.1)"),),
        fails=("network.compiled",),
        cause="times too large",
    ),
    Variant(
        name="no_return",
        why="forgets to return the network",
        change=(Replace("    return network\n", ""),),
        fails=("network.fresh",),
        cause="is the return missing",
    ),
    Variant(
        name="one_network_for_all",
        why="builds the network once, outside the function, and trains it on and on",
        change=(
            Replace(
                SEQUENTIAL,
                """    return the_network


the_network = keras.Sequential(
    [
        layers.Input(shape=(13,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1),
    ]
)""",
            ),
            Replace(COMPILE + "\n    return network", COMPILE.strip().replace("network", "the_network")),
        ),
        fails=("network.fresh", "crossval.cross_validation", "final.final_training"),
        cause="fresh network for each fold",
    ),
    Variant(
        name="biases_forgotten",
        why="counts the weights and forgets the biases",
        change=(Replace("(13 * 64 + 64) + (64 * 64 + 64) + (64 + 1)", "13 * 64 + 64 * 64 + 64"),),
        fails=("network.parameters",),
        cause="bias",
    ),
)

FOLDS = (
    Variant(
        name="fold_left_in",
        why="trains on all rows, those of the fold as well",
        change=(
            Replace("np.delete(x_train, left_out, axis=0)", "x_train"),
            Replace("np.delete(train_targets, left_out)", "train_targets"),
        ),
        fails=("crossval.cross_validation",),
        cause="leave them out",
    ),
    Variant(
        name="same_fold_each_time",
        why="leaves out the first piece every time",
        change=(Replace("np.arange(fold * rows, (fold + 1) * rows)", "np.arange(rows)"),),
        fails=("crossval.cross_validation",),
        cause="the same rows",
    ),
    Variant(
        name="validates_on_test",
        why="measures each fold on the test houses",
        change=(Replace(MEASURE, "    mse, mae = network.evaluate(x_test, test_targets, verbose=0)"),),
        fails=("crossval.cross_validation",),
        cause="test data",
    ),
    Variant(
        name="three_folds",
        why="stops one fold too early",
        change=(
            Replace(
                "fold_maes = []\nfor fold in range(FOLDS):",
                "fold_maes = []\nfor fold in range(1, FOLDS):",
            ),
        ),
        fails=("crossval.cross_validation",),
        cause="3 trainings were found",
    ),
    Variant(
        name="continues_over_folds",
        why="builds the network before the loop, so that each fold goes on with the last one's",
        change=(
            Replace("fold_maes = []\nfor", "fold_maes = []\nnetwork = build_model()\nfor"),
            Replace("    network = build_model()\n    network.fit", "    network.fit"),
        ),
        fails=("crossval.cross_validation",),
        cause="fresh network for each fold",
    ),
    Variant(
        name="batch_size_left_out",
        why="leaves the batch size to Keras",
        change=(Replace("epochs=EPOCHS, batch_size=BATCH_SIZE,", "epochs=EPOCHS,"),),
        fails=("crossval.cross_validation",),
        cause="Keras' default",
    ),
    Variant(
        name="too_few_epochs",
        why="trains each fold for two epochs",
        change=(Replace("epochs=EPOCHS,", "epochs=2,"),),
        fails=("crossval.cross_validation",),
        cause="trained for 2 epochs",
    ),
    Variant(
        name="mse_for_mae",
        why="takes the loss for the error: evaluate gives the mean squared error first",
        change=(Replace("    fold_maes.append(mae)", "    fold_maes.append(mse)"),),
        fails=("crossval.cv_mae",),
        cause="mean of your own folds",
    ),
    Variant(
        name="typed_by_hand",
        why="types the error in that the text mentions",
        change=(Replace("cv_mae = np.mean(fold_maes)", "cv_mae = np.float64(2.45)"),),
        fails=("crossval.cv_mae",),
        cause="mean of your own folds",
    ),
)

CURVE = (
    Variant(
        name="key_of_another_metric",
        why="asks the history for a key that it doesn't have",
        change=(Replace('log.history["val_mae"]', 'log.history["val_acc"]'),),
        fails=("curve.average_mae", "curve.best_epoch"),
        cause="val_acc",
    ),
    Variant(
        name="training_curve",
        why="averages the error on the training data",
        change=(Replace('log.history["val_mae"]', 'log.history["mae"]'),),
        fails=("curve.average_mae", "curve.curve_drawn"),
        cause="error on the training data",
    ),
    Variant(
        name="last_fold_only",
        why="takes the curve of the last fold for the average",
        change=(Replace("average_mae = np.mean(curves, axis=0)", "average_mae = curves[-1]"),),
        fails=("curve.average_mae",),
        cause="curve of one fold",
    ),
    Variant(
        name="counted_from_zero",
        why="forgets that the first epoch is number 1",
        change=(Replace("int(np.argmin(smoothed)) + 1", "int(np.argmin(smoothed))"),),
        fails=("curve.best_epoch",),
        cause="off by one",
    ),
    Variant(
        name="as_long_as_possible",
        why="takes the last epoch, where the training error is lowest",
        change=(Replace("best_epoch = int(np.argmin(smoothed)) + 1", "best_epoch = LONG_EPOCHS"),),
        fails=("curve.best_epoch",),
        cause="overfitting",
        # With larger batches the network doesn't get as far as to overfit.
        forms=("full",),
    ),
    Variant(
        name="no_labels",
        why="leaves the axes without labels",
        change=(Replace('plt.xlabel("epoch")\nplt.ylabel("validation MAE (smoothed)")\n', ""),),
        fails=("curve.labels",),
        cause="no label",
    ),
    Variant(
        name="plotted_too_early",
        why="plots the curve before it exists",
        change=(
            Replace("curves = []\n", "plt.plot(smooth(average_mae))\ncurves = []\n"),
            Replace("plt.plot(range(1, LONG_EPOCHS + 1), smoothed)\n", ""),
        ),
        fails=("curve.curve_drawn", "curve.average_mae"),
        cause="average_mae' is not defined",
    ),
    Variant(
        name="history_invented",
        why="makes up a nice curve",
        change=(
            Replace(
                "average_mae = np.mean(curves, axis=0)", "average_mae = 2.4 + np.abs(np.arange(LONG_EPOCHS) - 40) / 50"
            ),
        ),
        fails=("curve.average_mae",),
        cause="your trainings left",
    ),
)

FINAL_NETWORK = (
    Variant(
        name="overfitted_network_continued",
        why="goes on with the last network of the cross-validation",
        change=(Replace("model = build_model()\n", "model = network\n"),),
        fails=("final.final_training",),
        cause="fresh network",
    ),
    Variant(
        name="trained_on_a_fold",
        why="trains the final network on the rows of the last fold only",
        change=(Replace("model.fit(x_train, train_targets,", "model.fit(x, y,"),),
        fails=("final.trained",),
        cause="only a part of the training data",
    ),
    Variant(
        name="test_rows_in_training",
        why="trains the final network on the test houses too",
        change=(
            Replace(
                "model.fit(x_train, train_targets,",
                "model.fit(np.concatenate([x_train, x_test]), np.concatenate([train_targets, test_targets]),",
            ),
        ),
        fails=("final.trained",),
        cause="testing left in",
    ),
    Variant(
        name="other_epochs",
        why="trains the final network for three epochs",
        change=(Replace("epochs=best_epoch", "epochs=3"),),
        fails=("final.final_training",),
        cause="best_epoch is",
    ),
    Variant(
        name="labels_as_text",
        why="leaves the prices as strings",
        change=(Replace("model.fit(x_train, train_targets,", "model.fit(x_train, train_targets.astype(str),"),),
        fails=("final.trained", "final.final_training"),
        cause="targets are text",
    ),
    Variant(
        name="test_mae_typed",
        why="types in the error on the test data",
        change=(
            Replace(
                "test_mse, test_mae = model.evaluate(x_test, test_targets, verbose=0)",
                "test_mae = 2.67",
            ),
        ),
        fails=("evaluation.test_mae",),
        cause="your own network reaches",
    ),
    Variant(
        name="thousands_of_dollars",
        why="forgets that the targets are in thousands of dollars",
        change=(Replace("prices[0, 0] * 1000", "prices[0, 0]"),),
        fails=("evaluation.first_price",),
        cause="in thousands of dollars",
    ),
)

variants = (*RIGHT, *DATA, *NETWORK, *FOLDS, *CURVE, *FINAL_NETWORK)
