"""Right answers that look different, and the mistakes that students make, as changes of the solution."""

from grader.variant import Replace, Rewrite, Variant

IMPORT = "from keras.wrappers import SKLearnClassifier, SKLearnRegressor"
MULTI_HOT = """    rows = np.zeros((len(reviews), dimension), dtype="uint8")
    for row, words in enumerate(reviews):
        rows[row, words] = 1
    return rows"""
SEQUENTIAL = """    model = keras.Sequential(
        [
            layers.Input(shape=(10_000,)),
            layers.Dense(hidden_size, activation="relu"),
            layers.Dense(2, activation="softmax"),
        ]
    )"""
COMPILE = '    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])'
OUTPUT = 'layers.Dense(2, activation="softmax")'
CLASSIFIER = """classifier = SKLearnClassifier(
    build_model, model_kwargs={"hidden_size": 32}, fit_kwargs={"epochs": 2, "batch_size": 128}
)"""
GRID = """    param_grid={
        "fit_kwargs": [{"epochs": epochs, "batch_size": 128} for epochs in EPOCHS],
        "model_kwargs": [{"hidden_size": size} for size in SIZES],
    },"""
REGRESSOR = """    model = keras.Sequential(
        [
            layers.Input(shape=(13,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(1),
        ]
    )"""
PIPELINE = "pipeline = make_pipeline(StandardScaler(), regressor)"
FIT = 'fit = {"sklearnregressor__epochs": HOUSE_EPOCHS, "sklearnregressor__batch_size": 16}'
SCORES = 'scores = cross_val_score(pipeline, houses, prices, cv=4, scoring="neg_mean_absolute_error", params=fit)'

RIGHT = (
    Variant(
        name="functional",
        why="writes both networks with the functional API",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """    words = keras.Input((X.shape[1],))
    hidden = layers.Dense(hidden_size, activation="relu")(words)
    model = keras.Model(words, layers.Dense(y.shape[1], activation="softmax")(hidden))""",
            ),
            Replace(
                REGRESSOR,
                """    house = keras.Input((13,))
    hidden = layers.Dense(64, activation="relu")(house)
    hidden = layers.Dense(64, activation="relu")(hidden)
    model = keras.Model(house, layers.Dense(1)(hidden))""",
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
                """    model = Judge(hidden_size)""",
            ),
            Replace(
                "def build_model(X, y, hidden_size=32):",
                """class Judge(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.hidden = layers.Dense(units, activation="relu")
        self.out = layers.Dense(2, activation="softmax")
        self.build((None, 10_000))

    def build(self, shape):
        self.hidden.build(shape)
        self.out.build((None, self.hidden.units))
        self.built = True

    def call(self, words):
        return self.out(self.hidden(words))


def build_model(X, y, hidden_size=32):""",
            ),
        ),
    ),
    Variant(
        name="activation_layers",
        why="writes the activations as layers, and names everything, the steps of the pipeline as well",
        right=True,
        change=(
            Replace(
                SEQUENTIAL,
                """    model = keras.Sequential(name="judge")
    model.add(keras.Input((10_000,), name="words"))
    model.add(layers.Dense(hidden_size, name="hidden"))
    model.add(layers.ReLU(name="hidden_relu"))
    model.add(layers.Dense(2, name="out"))
    model.add(layers.Softmax(name="probabilities"))""",
            ),
            Replace(
                COMPILE,
                """    model.compile(
        optimizer=keras.optimizers.RMSprop(), loss=keras.losses.CategoricalCrossentropy(), metrics=["acc"]
    )""",
            ),
            Replace(PIPELINE, 'pipeline = Pipeline([("scale", StandardScaler()), ("network", regressor)])'),
            Replace(FIT, 'fit = {"network__epochs": HOUSE_EPOCHS, "network__batch_size": 16, "network__verbose": 0}'),
            Replace("import make_pipeline\n", "import Pipeline\n"),
        ),
    ),
    Variant(
        name="tensorflow_keras",
        why="takes Keras and its wrappers from TensorFlow, leaves the input's shape away, and asks for four jobs",
        right=True,
        change=(
            Replace("import keras\n", "from tensorflow import keras\n"),
            Replace("from keras import layers\n", "from tensorflow.keras import layers\n"),
            Replace(IMPORT, "from tensorflow.keras.wrappers import SKLearnClassifier, SKLearnRegressor"),
            Replace("            layers.Input(shape=(10_000,)),\n", ""),
            Replace("    cv=FOLDS,\n", "    cv=FOLDS,\n    n_jobs=4,\n"),
        ),
    ),
    Variant(
        name="floats_and_lists",
        why="makes floats, keeps the scores as lists, and splits with a shuffled KFold",
        right=True,
        change=(
            Replace('dtype="uint8")\n', 'dtype="float32")\n'),
            Replace('search.cv_results_["mean_test_score"]', 'list(search.cv_results_["mean_test_score"])'),
            Replace('search.cv_results_["mean_train_score"]', 'list(search.cv_results_["mean_train_score"])'),
            Replace("mean_train[middle]", "np.array(mean_train)[middle]"),
            Replace("mean_test[middle]", "np.array(mean_test)[middle]"),
            Replace("gap = max(mean_train - mean_test)", "gap = max(a - b for a, b in zip(mean_train, mean_test))"),
            Replace("cv=4, scoring", "cv=KFold(4, shuffle=True, random_state=1), scoring"),
            Replace("import GridSearchCV, cross_val_score", "import GridSearchCV, KFold, cross_val_score"),
        ),
    ),
    Variant(
        name="network_handed_over",
        why="hands a built network to the wrapper, which clones it for each fold",
        right=True,
        change=(Replace("SKLearnRegressor(build_regressor)", "SKLearnRegressor(build_regressor(None, None))"),),
    ),
    Variant(
        name="settings_in_a_grid",
        why="cross-validates the regression as a search with a single combination, which keeps fit_kwargs too",
        right=True,
        change=(
            Replace(
                f"{FIT}\n{SCORES}\ncv_mae = -scores.mean()",
                """grid = {"sklearnregressor__fit_kwargs": [{"epochs": HOUSE_EPOCHS, "batch_size": 16}]}
single = GridSearchCV(pipeline, grid, cv=4, scoring="neg_mean_absolute_error", refit=False)
single.fit(houses, prices)
cv_mae = float(-single.cv_results_["mean_test_score"][0])""",
            ),
        ),
    ),
    Variant(
        name="own_folds",
        why="cross-validates the regression with a loop of its own, where nothing is copied",
        right=True,
        change=(
            Replace(
                f"regressor = SKLearnRegressor(build_regressor)\n{PIPELINE}\n{FIT}\n{SCORES}\ncv_mae = -scores.mean()",
                """regressor = SKLearnRegressor(build_regressor, fit_kwargs={"epochs": HOUSE_EPOCHS, "batch_size": 16})
errors = []
for kept, left_out in KFold(4).split(houses):
    scaler = StandardScaler().fit(houses[kept])
    regressor.fit(scaler.transform(houses[kept]), prices[kept])
    errors.append(np.abs(regressor.predict(scaler.transform(houses[left_out])) - prices[left_out]).mean())
cv_mae = np.mean(errors)""",
            ),
            Replace("import GridSearchCV, cross_val_score", "import GridSearchCV, KFold"),
        ),
    ),
    Variant(
        name="own_loops",
        why="searches with loops of its own instead of GridSearchCV",
        right=True,
        change=(
            Rewrite(
                "search",
                """
mean_test, mean_train, best_score = [], [], 0
for epochs in EPOCHS:
    for size in SIZES:
        test, train = [], []
        for kept, left_out in StratifiedKFold(FOLDS).split(x_train, train_labels):
            tried = SKLearnClassifier(
                build_model, model_kwargs={"hidden_size": size}, fit_kwargs={"epochs": epochs, "batch_size": 128}
            )
            tried.fit(x_train[kept], train_labels[kept])
            test.append(tried.score(x_train[left_out], train_labels[left_out]))
            train.append(tried.score(x_train[kept], train_labels[kept]))
        mean_test.append(np.mean(test))
        mean_train.append(np.mean(train))
        if mean_test[-1] > best_score:
            best_score, best_epochs, best_size = mean_test[-1], epochs, size

mean_test, mean_train = np.array(mean_test), np.array(mean_train)
search = SKLearnClassifier(
    build_model, model_kwargs={"hidden_size": best_size}, fit_kwargs={"epochs": best_epochs, "batch_size": 128}
).fit(x_train, train_labels)
best_model = search.model_
""",
            ),
            Replace("import GridSearchCV, cross_val_score", "import StratifiedKFold, cross_val_score"),
            Rewrite(
                "curve",
                """
figure, axis = plt.subplots()
axis.plot(EPOCHS, 100 * mean_train[1 :: len(SIZES)], "b-", label="Training")
axis.plot(EPOCHS, 100 * mean_test[1 :: len(SIZES)], "r-", label="Validation")
axis.set(xlabel="Epochs", ylabel="Accuracy in %", title="64 units")
axis.legend()
gap = (mean_train - mean_test).max()
""",
            ),
        ),
    ),
)

DATA = (
    Variant(
        name="return_inside_the_loop",
        why="returns after the first review",
        change=(
            Replace(
                "        rows[row, words] = 1\n    return rows", "        rows[row, words] = 1\n        return rows"
            ),
        ),
        fails=("data.multi_hot",),
        cause="return inside the loop",
    ),
    Variant(
        name="counts",
        why="counts how often a word occurs",
        change=(Replace("        rows[row, words] = 1", "        np.add.at(rows[row], words, 1)"),),
        fails=("data.multi_hot", "data.x_train"),
        cause="however often it occurs",
    ),
    Variant(
        name="dimension_from_the_data",
        why="takes the number of columns from the words at hand",
        change=(
            Replace("(len(reviews), dimension)", "(len(reviews), max(max(words, default=0) for words in reviews) + 1)"),
        ),
        fails=("data.multi_hot", "data.multi_hot_more"),
        cause="shape",
    ),
)

NETWORK = (
    Variant(
        name="old_wrapper",
        why="imports the wrapper that Keras 2 had",
        change=(Replace(IMPORT, "from keras.wrappers.scikit_learn import KerasClassifier as SKLearnClassifier"),),
        fails=("network.classifier", "search.grid", "regression.regressor"),
        cause="from keras.wrappers import SKLearnClassifier",
    ),
    Variant(
        name="old_wrapper_of_tensorflow",
        why="imports the wrapper that TensorFlow had",
        change=(
            Replace(IMPORT, "from tensorflow.keras.wrappers.scikit_learn import KerasClassifier as SKLearnClassifier"),
        ),
        fails=("network.classifier", "search.grid", "regression.regressor"),
        cause="from keras.wrappers import SKLearnClassifier",
    ),
    Variant(
        name="epochs_by_their_old_name",
        why="says nb_epoch, as Keras 1 did",
        change=(
            Replace('fit_kwargs={"epochs": 2, "batch_size": 128}', 'fit_kwargs={"nb_epoch": 2, "batch_size": 512}'),
        ),
        fails=("network.classifier", "network.architecture"),
        cause="nb_epoch is called epochs now",
    ),
    Variant(
        name="size_ignored",
        why="writes 32 units into the function",
        change=(Replace("layers.Dense(hidden_size, ", "layers.Dense(32, "),),
        fails=("network.follows_size", "search.grid"),
        cause="does build_model use the size",
    ),
    Variant(
        name="one_sigmoid_unit",
        why="ends with one sigmoid unit, though the wrapper hands over one-hot rows",
        change=(Replace(OUTPUT, 'layers.Dense(1, activation="sigmoid")'),),
        fails=("network.classifier", "network.follows_size", "search.grid"),
        cause="one-hot rows with two columns",
    ),
    Variant(
        name="relu_at_the_end",
        why="gives the last layer a ReLU",
        change=(Replace(OUTPUT, 'layers.Dense(2, activation="relu")'),),
        fails=("network.architecture",),
        cause="relu",
    ),
    Variant(
        name="no_softmax",
        why="leaves the softmax away",
        change=(Replace(OUTPUT, "layers.Dense(2)"),),
        fails=("network.architecture", "network.compiled"),
        cause="raw scores",
    ),
    Variant(
        name="sparse_loss",
        why="takes the loss for whole numbers, but the wrapper hands over one-hot rows",
        change=(Replace('"categorical_crossentropy"', '"sparse_categorical_crossentropy"'),),
        fails=("network.classifier", "search.grid"),
        cause="sparse_categorical_crossentropy can't take",
    ),
    Variant(
        name="mean_squared_error",
        why="takes a loss for regression",
        change=(Replace('loss="categorical_crossentropy"', 'loss="mse"'),),
        fails=("network.compiled",),
        cause="loss for regression",
    ),
    Variant(
        name="learning_rate_times_100",
        why="trains with a learning rate of 0.1",
        change=(
            Replace(
                'model.compile(optimizer="rmsprop", loss="cat',
                'model.compile(optimizer=keras.optimizers.RMSprop(0.1), loss="cat',
            ),
        ),
        fails=("network.compiled",),
        cause="times too large",
    ),
    Variant(
        name="not_wrapped",
        why="trains the network itself instead of an estimator",
        change=(
            Replace(
                CLASSIFIER + "\nclassifier.fit(x_train, train_labels)\n\nnetwork = classifier.model_",
                "classifier = network = build_model(None, None)\n"
                "classifier.fit(x_train, np.eye(2)[train_labels], epochs=2, batch_size=128)",
            ),
        ),
        fails=("network.classifier", "search.grid"),
        cause="not a network in a scikit-learn wrapper",
    ),
    Variant(
        name="biases_forgotten",
        why="counts the weights and forgets the biases",
        change=(Replace("(10_000 * 32 + 32) + (32 * 2 + 2)", "10_000 * 32 + 32 * 2"),),
        fails=("network.parameters",),
        cause="bias",
    ),
)

SEARCH = (
    Variant(
        name="epochs_not_searched",
        why="searches over the sizes only",
        change=(
            Replace('        "fit_kwargs": [{"epochs": epochs, "batch_size": 128} for epochs in EPOCHS],\n', ""),
            Replace('search.best_params_["fit_kwargs"]["epochs"]', "2"),
        ),
        fails=("search.grid", "search.best_combination"),
        cause="epochs are not part of the grid",
    ),
    Variant(
        name="one_size_forgotten",
        why="leaves the largest size out",
        change=(Replace("for size in SIZES]", "for size in SIZES[:-1]]"),),
        fails=("search.grid",),
        cause="never trained",
    ),
    Variant(
        name="other_folds",
        why="takes four folds",
        change=(Replace("    cv=FOLDS,", "    cv=4,"),),
        fails=("search.grid",),
        cause="trained 4 times",
    ),
    Variant(
        name="batch_size_left_out",
        why="gives the batch size to the wrapper, whose fit_kwargs the grid replaces",
        change=(Replace('{"epochs": epochs, "batch_size": 128} for', '{"epochs": epochs} for'),),
        fails=("search.grid",),
        cause="Keras' default",
    ),
    Variant(
        name="searches_on_the_test_reviews",
        why="searches on the test reviews",
        change=(Replace("search.fit(x_train, train_labels)", "search.fit(x_test[:1_500], test_labels[:1_500])"),),
        fails=("search.grid",),
        cause="all of the data but one fold",
    ),
    Variant(
        name="training_score",
        why="takes the best score on the training data",
        change=(Replace("best_score = search.best_score_", "best_score = max(mean_train)"),),
        fails=("search.best_combination",),
        cause="how well the network remembers",
    ),
    Variant(
        name="position_for_setting",
        why="takes the position of the best combination for its epochs",
        change=(Replace('search.best_params_["fit_kwargs"]["epochs"]', "int(np.argmax(mean_test)) + 11"),),
        fails=("search.best_combination",),
        cause="positions",
    ),
    Variant(
        name="scores_typed",
        why="types in the accuracy that a book mentions",
        change=(Replace("best_score = search.best_score_", "best_score = 0.95"),),
        fails=("search.best_combination",),
        cause="best of mean_test",
    ),
)

CURVE = (
    Variant(
        name="curves_swapped",
        why="mixes the labels of the two curves up",
        change=(
            Replace('"o-", label="training"', '"o-", label="test folds"'),
            Replace('"s-", label="test folds"', '"s-", label="training "'),
        ),
        fails=("curve.scores_drawn",),
        cause="swapped",
    ),
    Variant(
        name="no_labels",
        why="leaves labels and legend away",
        change=(Replace('plt.xlabel("epochs")\nplt.ylabel("mean accuracy")\nplt.legend()\n', ""),),
        fails=("curve.labels",),
        cause="no label",
    ),
    Variant(
        name="drawn_before_it_exists",
        why="draws a variable that is defined below",
        change=(Replace("sizes = np.array", "plt.plot(epochs, mean_train)\nsizes = np.array"),),
        fails=("curve.scores_drawn", "curve.gap"),
        cause="epochs' is not defined",
    ),
    Variant(
        name="smallest_gap",
        why="takes the smallest difference",
        change=(Replace("gap = max(mean_train - mean_test)", "gap = min(mean_train - mean_test)"),),
        fails=("curve.gap",),
        cause="mean_train and mean_test say",
    ),
)

REGRESSION = (
    Variant(
        name="classifier_around_a_regression",
        why="wraps the regression as a classifier",
        change=(
            Replace("SKLearnRegressor(build", "SKLearnClassifier(build"),
            Replace(FIT, FIT.replace("regressor", "classifier")),
        ),
        fails=("regression.regressor", "regression.cross_validation", "regression.own_cv_mae"),
        cause="a classifier wrapper around a regression",
    ),
    Variant(
        name="not_scaled",
        why="leaves the scaling away",
        change=(
            Replace(PIPELINE, "pipeline = regressor"),
            Replace(FIT, 'fit = {"epochs": HOUSE_EPOCHS, "batch_size": 16}'),
        ),
        fails=("regression.scaled", "regression.mae"),
        cause="not scaled",
    ),
    Variant(
        name="scaled_before_the_folds",
        why="scales with all rows, so that each fold's test rows take part in the mean",
        change=(
            Replace(PIPELINE, "pipeline = regressor"),
            Replace(FIT, 'fit = {"epochs": HOUSE_EPOCHS, "batch_size": 16}'),
            Replace("(pipeline, houses, prices", "(pipeline, StandardScaler().fit_transform(houses), prices"),
        ),
        fails=("regression.scaled",),
        cause="with other rows than those that are trained on",
    ),
    Variant(
        name="epochs_lost_in_the_copy",
        why="gives epochs and batch size to the wrapper, whose copies lose them",
        change=(
            Replace(
                "SKLearnRegressor(build_regressor)",
                'SKLearnRegressor(build_regressor, fit_kwargs={"epochs": HOUSE_EPOCHS, "batch_size": 16})',
            ),
            Replace(FIT + "\n", ""),
            Replace(", params=fit", ""),
        ),
        fails=("regression.cross_validation", "regression.mae"),
        cause="has lost its fit_kwargs",
    ),
    Variant(
        name="sign_left",
        why="leaves the sign that scikit-learn gives to errors",
        change=(Replace("cv_mae = -scores.mean()", "cv_mae = scores.mean()"),),
        fails=("regression.own_cv_mae",),
        cause="sign is wrong",
    ),
    Variant(
        name="other_folds_of_houses",
        why="takes five folds",
        change=(Replace("prices, cv=4,", "prices, cv=5,"),),
        fails=("regression.cross_validation",),
        cause="5 trainings were found",
    ),
    Variant(
        name="r_squared",
        why="leaves the scoring to scikit-learn, which is R²",
        change=(Replace(', scoring="neg_mean_absolute_error"', ""),),
        fails=("regression.own_cv_mae",),
        cause="is it R²",
    ),
    Variant(
        name="error_typed",
        why="types in the error that the text mentions",
        change=(Replace("cv_mae = -scores.mean()", "cv_mae = 2.5001"),),
        fails=("regression.own_cv_mae",),
        cause="your own folds give",
    ),
    Variant(
        name="accuracy_typed",
        why="types in the accuracy on new reviews",
        change=(Replace("test_accuracy = search.score(x_test, test_labels)", "test_accuracy = 0.88"),),
        fails=("evaluation.test_accuracy",),
        cause="your own network reaches",
    ),
)

variants = (*RIGHT, *DATA, *NETWORK, *SEARCH, *CURVE, *REGRESSION)
