"""Keras networks as scikit-learn estimators: what is asked, and worth how much."""

from functools import partial

import numpy as np

from grader.assignment import GIB, Assignment, Exercise, Limits
from grader.checks import (
    FunctionCase,
    HeldOut,
    ModelQuery,
    Outcome,
    Wanted,
    architecture,
    array,
    compiled,
    cross_validated,
    custom,
    figure,
    function,
    grid_searched,
    inputs,
    measured,
    metric,
    number,
    number_of,
    own_number,
    reported,
    rounds,
    whole_rounds,
)
from grader.evidence import Evidence, Fit, Prediction, Provenance, Value
from grader.recipe import Recipe
from grader.variant import Replace

network = ModelQuery(name="network", variables=("network",))
best = ModelQuery(
    name="best network",
    variables=("best_model",),
    held_out=HeldOut(dataset="imdb", options=(("num_words", 10_000),), rows=5_000),
)
seen = partial(Outcome, provenance=Provenance.CLAIMED)
"""An outcome that rests on what was seen beside the notebook's code."""

CLASSIFIERS = ("SKLearnClassifier", "KerasClassifier")
REGRESSORS = ("SKLearnRegressor", "KerasRegressor")
"""Keras' own wrapper, and that of scikeras."""
GONE = "keras.wrappers.scikit_learn is gone: from keras.wrappers import SKLearnClassifier, SKLearnRegressor."


def wrapped(student: Evidence, name: str, right: tuple[str, ...], wrong: tuple[str, ...]) -> Outcome:
    """Whether a variable holds a Keras network in the wrapper that belongs to its task."""
    found = student.value(name)
    lost = ("ModuleNotFoundError", "ImportError")
    gone = [c for c in student.cells if c.error and c.error.name in lost and "wrappers" in c.error.message]
    if gone:
        return seen(score=0, message=GONE, cell=gone[0].index)
    if found is None:
        return seen(score=0, message=f"There is no {name}.")
    kind = found.type_name
    said = {"expected": right[0], "received": kind, "cell": found.cell}
    if kind in right:
        return seen(score=1, message=f"It is a {kind}.", **said)
    if kind in wrong:
        task, other = ("regression", "classifier") if right == REGRESSORS else ("classification", "regression")
        return seen(score=0, message=f"It is a {kind}: a {other} wrapper around a {task}.", **said)
    return seen(score=0, message=f"It is a {kind}, not a network in a scikit-learn wrapper.", **said)


@custom(wants=Wanted(variables=("classifier",)), hint="SKLearnClassifier(build_model, model_kwargs=…, fit_kwargs=…)")
def classifier(student: Evidence) -> Outcome:
    """The classifier is the network in the wrapper for classification, and can be trained."""
    stopped = next((f for f in student.fits if f.error and not f.epochs_run and f.x.shape[1:] == (10_000,)), None)
    outcome = wrapped(student, "classifier", CLASSIFIERS, REGRESSORS)
    if stopped is None or outcome.score < 1:
        return outcome
    loss = stopped.compile.loss if stopped.compile is not None else ""
    why = ""
    if "nb_epoch" in str(stopped.error):
        why = ". nb_epoch is called epochs now."
    elif "unexpected keyword" not in str(stopped.error) and stopped.y.shape[1:] == (2,):
        why = ". The wrapper hands over one-hot rows with two columns"
        why += ", which sparse_categorical_crossentropy can't take." if loss.startswith("sparse") else "."
    return seen(score=0, message=f"Training it stopped: {stopped.error}{why}", cell=stopped.cell)


@custom(wants=Wanted(variables=("regressor",)), hint="SKLearnRegressor is the wrapper for a regression.")
def regressor(student: Evidence) -> Outcome:
    """The regressor is the network in the wrapper for a regression."""
    return wrapped(student, "regressor", REGRESSORS, CLASSIFIERS)


ROWS = np.zeros((4, 10_000), dtype="uint8")
ONE_HOT = np.eye(2)[[0, 1, 1, 0]]


@custom(
    wants=Wanted(
        functions=tuple(
            FunctionCase(function="build_model", name=f"{size} units", inputs=(ROWS, ONE_HOT, size)) for size in (7, 40)
        )
    ),
    hint="The hidden layer has hidden_size units, whatever that is.",
)
def follows_size(student: Evidence) -> Outcome:
    """build_model gives a network with as many hidden units as it is told."""
    for size in (7, 40):
        made = [f for f in student.functions if f.name == "build_model" and f.case == f"{size} units"]
        if not made:
            return seen(score=0, message="There is no function build_model(X, y, hidden_size).")
        result = made[-1]
        if result.error is not None:
            return seen(
                score=0, message=f"build_model(X, y, {size}) raises {result.error.name}: {result.error.message}"
            )
        if result.model is None:
            why = ": is the return missing?" if result.kind == "none" else "."
            return seen(score=0, message=f"build_model returns no network{why}", cell=result.cell)
        made_of = student.snapshots(result.model)
        if all(m.compile is None for m in made_of):
            return seen(score=0, message="The network that build_model returns is not compiled.", cell=result.cell)
        rebuilt = [student.examined_for(m.snapshot) for m in made_of]
        had = next((e.parameters for e in rebuilt if e is not None and not e.refused), None)
        wanted = 10_003 * size + 2
        if had is not None and had != wanted:
            problem = f"With hidden_size {size} the network has {had:,} parameters, expected {wanted:,}."
            return seen(score=0, message=problem, cell=result.cell)
    return seen(score=1, message="It does, for 7 and for 40 units.", cell=result.cell)


def numbers(value: Value | None) -> np.ndarray | None:
    """A variable's numbers in one row, if it is an array or a list of them; None when they are all nan."""
    if value is None or value.array is None or value.array.dtype.kind not in "fiub":
        return None
    if not np.isfinite(value.array).any():
        return None
    return np.ravel(value.array).astype(float)


def tried(student: Evidence) -> tuple[list[int], list[int]]:
    """EPOCHS and SIZES, as the notebook gives them."""
    epochs, sizes = numbers(student.value("EPOCHS")), numbers(student.value("SIZES"))
    return (
        [1, 5, 10] if epochs is None else [int(v) for v in epochs],
        [32, 64, 256] if sizes is None else [int(v) for v in sizes],
    )


SCORES = ("mean_test", "mean_train", "EPOCHS", "SIZES")


@custom(
    wants=Wanted(variables=(*SCORES, "best_score", "best_epochs", "best_size")),
    hint="best_params_ and best_score_ belong to the combination with the highest mean_test_score.",
)
def best_combination(student: Evidence) -> Outcome:
    """best_score, best_epochs and best_size belong to the best mean test score."""
    test, train = numbers(student.value("mean_test")), numbers(student.value("mean_train"))
    if test is None or train is None or test.size != train.size:
        return seen(score=0, message="There are no mean_test and mean_train with one score for each combination.")
    lengths, widths = tried(student)
    if test.size != len(lengths) * len(widths):
        wanted = f"{len(lengths) * len(widths)}: {len(lengths)} numbers of epochs times {len(widths)} sizes"
        return seen(score=0, message=f"There are {test.size} scores, expected {wanted}.")
    had = {name: number_of(student.value(name)) for name in ("best_score", "best_epochs", "best_size")}
    lacking = [name for name, value in had.items() if value is None]
    if lacking:
        return seen(score=0, message=f"There is no number {' and no number '.join(lacking)}.")
    top = float(np.nanmax(test))
    if abs((had["best_score"] or 0) - top) > 1e-4:
        problem = f"best_score is {had['best_score']:.4f}, but the best of mean_test is {top:.4f}."
        if abs((had["best_score"] or 0) - float(np.nanmax(train))) < 1e-4:
            problem += " It is the best score on the training data, which says how well the network remembers."
        return seen(score=0, message=problem)
    epochs, size = had["best_epochs"], had["best_size"]
    if epochs not in lengths or size not in widths:
        return seen(
            score=1 / 3, message=f"{epochs:g} epochs and {size:g} units are not in the grid: are they positions?"
        )
    # In the order of cv_results_, which sorts the arguments by name, and in the other one that own loops might have.
    i, j = lengths.index(int(epochs)), widths.index(int(size))
    if not any(abs(test[n] - top) < 1e-9 for n in (i * len(widths) + j, i + j * len(lengths))):
        return seen(score=1 / 3, message=f"{epochs:g} epochs and {size:g} units do not have the best mean test score.")
    return seen(score=1, message=f"{epochs:g} epochs with {size:g} units, {top:.4f}.")


def largest_gap(student: Evidence) -> float | None:
    """The largest difference of mean training and mean test score, from the student's own scores."""
    test, train = numbers(student.value("mean_test")), numbers(student.value("mean_train"))
    return None if test is None or train is None or test.size != train.size else float(np.nanmax(train - test))


@custom(
    wants=Wanted(variables=SCORES),
    hint="plt.plot(EPOCHS, …, label='training'): the scores of the networks with 64 units, one for each number of epochs.",
)
def scores_drawn(student: Evidence) -> Outcome:
    """The plot shows training and test scores of the networks with 64 units against the epochs."""
    test, train = numbers(student.value("mean_test")), numbers(student.value("mean_train"))
    lengths, widths = tried(student)
    if test is None or train is None or not test.size == train.size == len(lengths) * len(widths):
        return seen(
            score=0, message="There are no mean_test and mean_train with one score for each combination to draw."
        )
    wanted = {name: _of_64(scores, len(lengths), widths) for name, scores in (("training", train), ("test", test))}
    shown: dict[str, str] = {}
    cell = None
    for drawn in student.figures:
        for axes in drawn.axes:
            for at, line in enumerate(axes.lines):
                y = np.array([np.nan if v is None else v for v in line.y])
                for name, curves in wanted.items():
                    if any(
                        y.size == len(lengths) and (np.allclose(y, c, atol=1e-4) or np.allclose(y / 100, c, atol=1e-4))
                        for c in curves
                    ):
                        legend = axes.legend[at] if at < len(axes.legend) else ""
                        shown[name], cell = (line.label or legend).lower(), drawn.cell
    for name in wanted:
        if name not in shown:
            return seen(score=len(shown) / 2, message=f"No line shows the {name} scores for 64 units.", cell=cell)
    if "train" in shown["test"] and "train" not in shown["training"]:
        return seen(score=0.5, message="Training and test scores are swapped in the legend.", cell=cell)
    return seen(score=1, message="Both are drawn.", cell=cell)


def _of_64(scores: np.ndarray, lengths: int, widths: list[int]) -> list[np.ndarray]:
    """The scores of the networks with 64 units, in the order of cv_results_ and in the other one."""
    at = widths.index(64)
    return [scores.reshape(lengths, -1)[:, at], scores.reshape(-1, lengths)[at]]


def house_folds(student: Evidence) -> tuple[Fit, ...]:
    """The trainings on house prices."""
    found = [g for g in rounds(student) if g[0].x.shape[1:] == (13,)]
    return max(reversed(found), key=len) if found else ()


@custom(
    hint="make_pipeline(StandardScaler(), regressor): it scales with the mean and standard deviation of each fold's rows."
)
def scaled(student: Evidence) -> Outcome:
    """The features are scaled with mean and standard deviation of the rows that are trained on."""
    fits = house_folds(student)
    if not fits:
        return seen(score=0, message="No training on the house prices was found.")
    for fit in fits:
        mean, spread = fit.x.mean, fit.x.std
        if mean is None or spread is None or (abs(mean) < 1e-3 and abs(spread - 1) < 5e-3):
            continue
        if abs(mean) > 0.3 or abs(spread - 1) > 0.3:
            problem = "The features are not scaled"
        else:
            problem = "The features are scaled with other rows than those that are trained on, maybe with all of them"
        return seen(
            score=0,
            message=f"{problem}: a fold's have mean {mean:.3g} and standard deviation {spread:.3g}, expected 0 and 1.",
            cell=fit.cell,
        )
    return seen(score=1, message="They have mean 0 and standard deviation 1 in each training.", cell=fits[-1].cell)


def own_maes(student: Evidence) -> tuple[float, ...]:
    """Mean absolute error over the folds, from what the networks predicted for the rows left out, the last one first.

    Empty where the folds are not slices in order: then it can't be told from outside which rows were predicted.
    """
    prices = numbers(student.value("prices"))
    fits = house_folds(student)
    if prices is None or not fits or fits[0].samples >= len(prices):
        return ()
    count = round(len(prices) / (len(prices) - fits[0].samples))
    found = [_mae(student, one, prices) for one in whole_rounds(fits, count, fits[0].samples)]
    return tuple(mae for mae in found if mae is not None)


def _mae(student: Evidence, fits: tuple[Fit, ...], prices: np.ndarray) -> float | None:
    errors: list[float] = []
    start = 0
    for fit in fits:
        count = len(prices) - fit.samples
        left_out, rest = prices[start : start + count], np.delete(prices, slice(start, start + count))
        known, rows = fit.y.sample, list(fit.y.rows)
        if known is None or not rows or max(rows) >= len(rest) or not np.allclose(np.ravel(known), rest[rows]):
            return None
        outputs = [np.ravel(p.output.sample) for p in _predictions(student, fit, count) if p.output.sample is not None]
        if not outputs or len(outputs[0]) != len(left_out):
            return None
        errors.append(float(np.mean(np.abs(outputs[0] - left_out))))
        start += count
    return float(np.mean(errors))


def _predictions(student: Evidence, fit: Fit, count: int) -> list[Prediction]:
    return [p for p in student.predictions if p.model == fit.model and p.x.count == count]


@custom(
    wants=Wanted(variables=("cv_mae", "prices")),
    hint="cross_val_score gives one score a fold, negative for errors: cv_mae = -scores.mean().",
)
def own_cv_mae(student: Evidence) -> Outcome:
    """cv_mae is the mean absolute error of your own folds."""
    had, known, found = number_of(student.value("cv_mae")), own_maes(student), student.value("cv_mae")
    if had is None or found is None:
        return seen(score=0, message="There is no number cv_mae.")
    if len(house_folds(student)) < 2:
        return seen(score=0, message="No cross-validation on the house prices was found that it could come from.")
    if not known:
        return seen(
            score=1, message="The folds are not slices in order, so it was not computed again.", cell=found.cell
        )
    wanted = min(known, key=lambda mae: abs(mae - abs(had)))
    said = {"expected": f"{wanted:.4g}", "received": f"{had:.4g}", "cell": found.cell}
    if abs(had - wanted) <= 0.01:
        return seen(score=1, message="It is what your networks predict.", **said)
    why = "the sign is wrong" if abs(had + wanted) <= 0.01 else f"your own folds give {wanted:.4f}"
    if abs(had) <= 1:
        why += " (is it R², what cross_val_score takes for a regression unless it is told a scoring?)"
    return seen(score=0, message=f"cv_mae is {had:.4g}, but {why}.", **said)


SETTINGS = """REVIEWS = 25_000  # reviews that are used
FOLDS = 3  # of the search
EPOCHS = (1, 5, 10)
SIZES = (32, 64, 256)
HOUSE_EPOCHS = 60  # of the regression"""

small = Recipe(
    name="small",
    why="3,000 reviews instead of 25,000, 4 combinations instead of 9, on 2 folds; less than a minute of training.",
    replace=(
        Replace(
            SETTINGS,
            """REVIEWS = 3_000  # reviews that are used
FOLDS = 2  # of the search
EPOCHS = (1, 5)
SIZES = (32, 64)
HOUSE_EPOCHS = 20  # of the regression""",
        ),
        Replace("The trainings take about a quarter of an hour.", "The trainings take less than a minute."),
        Replace("25,000 movie reviews of IMDB, half of them", "3,000 movie reviews of IMDB, half of them"),
        Replace("takes 250 MB instead of 1 GB", "takes 30 MB instead of 120 MB"),
    ),
    limits=Limits(cell_seconds=400, notebook_seconds=900, memory_bytes=4 * GIB),
)

assignment = Assignment(
    name="keras_sklearn",
    title="Keras networks as scikit-learn estimators",
    datasets=("imdb", "boston_housing"),
    exercises=(
        Exercise(
            name="data",
            title="Reviews as rows of numbers",
            points=3,
            variables=("multi_hot", "x_train", "x_test"),
            checks=(
                function(
                    "multi_hot",
                    cases=(
                        FunctionCase(function="multi_hot", name="three reviews", inputs=([[1, 3], [2, 2, 4], [0]], 6)),
                        FunctionCase(function="multi_hot", name="one review", inputs=([[5, 1, 5]], 8)),
                    ),
                    weight=1.5,
                    hint="Look at multi_hot([[1, 3], [2]], 5): which rows are filled, and where?",
                ),
                array("x_train", dtype=False),
                array("x_test", dtype=False, weight=0.5),
            ),
        ),
        Exercise(
            name="network",
            title="A network as an estimator",
            points=4,
            variables=("build_model", "classifier", "network", "parameters"),
            checks=(
                classifier,
                follows_size,
                architecture(network),
                compiled(network),
                number(
                    "parameters",
                    weight=0.5,
                    hint="Each layer has a weight from each of its inputs to each unit, and a bias for each unit.",
                ),
                inputs(network, weight=0.5),
            ),
        ),
        Exercise(
            name="search",
            title="Search",
            points=5,
            variables=("search", "mean_test", "mean_train", "best_score", "best_epochs", "best_size", "best_model"),
            checks=(
                grid_searched(weight=3),
                best_combination,
                reported(
                    "best_score",
                    "accuracy",
                    name="score",
                    rows=3_000,  # of the small recipe; more leave less to chance
                    hint="best_score_ is a mean over folds that were left out.",
                ),
            ),
        ),
        Exercise(
            name="curve",
            title="What do more epochs do?",
            points=3,
            variables=("gap",),
            checks=(
                scores_drawn,
                figure(name="labels", title="The plot has labels and a legend.", lines=2, shows=()),
                own_number(
                    "gap",
                    largest_gap,
                    tolerance=1e-4,
                    because="as mean_train and mean_test say",
                    wants=Wanted(variables=("mean_test", "mean_train")),
                    hint="The largest of the differences mean_train - mean_test.",
                ),
            ),
        ),
        Exercise(
            name="regression",
            title="A regression",
            points=4,
            variables=("build_regressor", "regressor", "cv_mae"),
            checks=(
                regressor,
                scaled,
                cross_validated(
                    which=-1,
                    hint="In each fold a copy is trained, and the copy of Keras' wrapper has lost its fit_kwargs: "
                    "cross_val_score(…, params={'sklearnregressor__epochs': HOUSE_EPOCHS, 'sklearnregressor__batch_size': 16}).",
                ),
                own_cv_mae,
                reported(
                    "cv_mae",
                    "mean_absolute_error",
                    name="mae",
                    rows=404,
                    hint="Is the sign right? Are the features scaled? Was it trained for HOUSE_EPOCHS epochs?",
                ),
            ),
        ),
        Exercise(
            name="evaluation",
            title="New reviews",
            points=1,
            variables=("test_accuracy",),
            checks=(
                metric(best, "accuracy", name="accuracy"),
                own_number(
                    "test_accuracy",
                    measured(best),
                    tolerance=0.001,
                    because="as your own network reaches on the test reviews",
                    wants=Wanted(models=(best,)),
                    hint="search.score(x_test, test_labels)",
                ),
            ),
        ),
    ),
    recipes=(small,),
    limits=Limits(cell_seconds=3600, notebook_seconds=5400, cpu_seconds=10800, memory_bytes=8 * GIB),
)
