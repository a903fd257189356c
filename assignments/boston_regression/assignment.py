"""Boston housing: a regression by cross-validation. What is asked, and worth how much."""

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
    average_curve,
    choose,
    compiled,
    cross_validated,
    custom,
    figure,
    fold_scores,
    function,
    inputs,
    measured,
    metric,
    number,
    number_of,
    own_number,
    rounds,
    targets,
    trained,
    whole_rounds,
)
from grader.evidence import Evidence, Fit, Provenance
from grader.recipe import Recipe
from grader.variant import Replace

network = ModelQuery(
    name="network",
    variables=("model", "final_model", "network"),
    samples=404,
    held_out=HeldOut(dataset="boston_housing"),
)

seen = partial(Outcome, provenance=Provenance.CLAIMED)
"""An outcome that rests on what was seen beside the notebook's code."""

table = np.array([[1.0, 200.0, 3.0], [2.0, 400.0, 3.5], [3.0, 300.0, 1.0], [6.0, 500.0, 0.5]])
other = np.array([[0.0, 100.0, 9.0], [4.0, 350.0, 2.0]])


def cross_validations(student: Evidence, *, long: bool) -> tuple[tuple[Fit, ...], ...]:
    """What may be the cross-validation, or the long one: the trainings with fewest or with most epochs; the last first."""
    found = sorted((group for group in rounds(student) if len(group) > 2), key=lambda group: group[0].epochs)
    return whole_rounds(found[-1 if long else 0], 4, 303) if found else ()


def folds(student: Evidence) -> tuple[Fit, ...]:
    """The trainings of the long cross-validation."""
    return next(iter(cross_validations(student, long=True)), ())


def own_mean(student: Evidence) -> float | None:
    """Mean over the folds of the error on the rows left out, from the student's own run."""
    scores = [fold_scores(student, fits, "mae") for fits in cross_validations(student, long=False)]
    means = [float(np.mean(s)) for s in scores if s]
    had = number_of(student.value("cv_mae"))
    return means[0] if means and had is None else min(means, key=lambda mean: abs(mean - (had or 0)), default=None)


def smooth(points: list[float], factor: float = 0.9) -> list[float]:
    """The moving average that the notebook gives to the students."""
    smoothed: list[float] = []
    for point in points:
        smoothed.append(smoothed[-1] * factor + point * (1 - factor) if smoothed else point)
    return smoothed


def curve_of(student: Evidence, key: str = "val_mae") -> list[float] | None:
    """The student's own curve, averaged over the folds of the long cross-validation."""
    return average_curve(folds(student), key)


@custom(
    wants=Wanted(functions=(FunctionCase(function="build_model", name="a network", inputs=()),)),
    hint="Build, compile and return the network inside the function; call build_model() wherever you need a new one.",
)
def fresh(student: Evidence) -> Outcome:
    """build_model() gives a new, compiled, untrained network each time."""
    made = [f for f in student.functions if f.name == "build_model"]
    if not made:
        return seen(score=0, message="There is no function build_model.")
    result = made[-1]
    if result.error is not None:
        return seen(score=0, message=f"build_model() raises {result.error.name}: {result.error.message}")
    if result.model is None:
        what = (
            "None: is the return missing" if result.kind == "none" else f"a {result.kind}, not a network: is it called"
        )
        return seen(score=0, message=f"build_model() returns {what}?", cell=result.cell)
    snapshot = next((m for m in reversed(student.snapshots(result.model)) if m.compile is not None), None)
    if student.fits_of(result.model):
        problem = "It returns the same network each time, which goes on from one training to the next: build it inside."
        return seen(score=0, message=problem, cell=result.cell)
    if snapshot is None:
        return seen(score=0, message="The network that it returns is not compiled.", cell=result.cell)
    return seen(score=1, message="A new, compiled, untrained network.", cell=result.cell)


@custom(
    wants=Wanted(variables=("average_mae",)),
    hint="np.mean(curves, axis=0), where curves holds the list history['val_mae'] of each fold.",
)
def average_mae(student: Evidence) -> Outcome:
    """average_mae is the mean over the folds of the validation error, epoch by epoch."""
    found, curve = student.value("average_mae"), curve_of(student)
    if found is None or found.array is None:
        what = "There is no average_mae." if found is None else f"average_mae is a {found.type_name}, expected numbers."
        return seen(score=0, message=what)
    if curve is None:
        return seen(score=0, message="No cross-validation with validation data was found to compare it with.")
    had = np.ravel(found.array).astype(float)
    mine = folds(student)
    alone = [average_curve((fit,), "val_mae") for fit in mine]
    training, smoothed = curve_of(student, "mae"), smooth(curve)
    if _same(had, curve):
        return seen(score=1, message=f"{len(curve)} epochs, averaged over {len(mine)} folds.", cell=found.cell)
    if any(_same(had, one) for one in alone):
        problem = "It is the curve of one fold, not the mean over all of them."
    elif _same(had, training):
        problem = "It is the error on the training data (mae), not on the rows left out (val_mae)."
    elif _same(had, smoothed):
        problem = "It is smoothed already."
    elif had.size == 1:
        problem = "It is one number: take the mean over the folds only, axis=0."
    elif had.size != len(curve):
        problem = f"It has {had.size} numbers, expected {len(curve)}, one for each epoch."
    else:
        problem = "It is not the mean of the curves that your trainings left."
    return seen(score=0, message=problem, cell=found.cell)


def _same(had: np.ndarray, wanted: list[float] | None) -> bool:
    return wanted is not None and had.size == len(wanted) and np.allclose(had, wanted, rtol=1e-4)


@custom(
    wants=Wanted(variables=("best_epoch",)),
    hint="np.argmin(smooth(average_mae)) + 1: the first epoch is number 1.",
)
def best_epoch(student: Evidence) -> Outcome:
    """best_epoch is the epoch in which your own smoothed curve is lowest."""
    found, curve = student.value("best_epoch"), curve_of(student)
    if found is None or not isinstance(found.value, int | float) or found.kind != "number":
        return seen(score=0, message="There is no number best_epoch.")
    if curve is None:
        return seen(score=0, message="No cross-validation with validation data was found to compare it with.")
    had, lowest = found.value, int(np.argmin(smooth(curve))) + 1
    training = curve_of(student, "mae")
    # Some leave the first epochs out before they smooth, as they leave them out of the plot.
    late = {int(np.argmin(smooth(curve[n:]))) + 1 + n for n in (1, 5, 10) if len(curve) > n}
    said = seen(score=0, message="", expected=str(lowest), received=f"{had:g}", cell=found.cell)
    if had in {lowest, *late}:
        return _with(said, 1, "It is the lowest point of your smoothed curve.")
    if had == lowest - 1:
        return _with(said, 0, "It is off by one: epochs are counted from 1, np.argmin counts from 0.")
    if had == int(np.argmin(curve)) + 1:
        return _with(said, 0, "It is the lowest point of the curve before smoothing, where chance decides.")
    if had == len(curve) or (training and had == int(np.argmin(training)) + 1):
        return _with(said, 0, "There the training error is lowest, but the network has long been overfitting.")
    return _with(said, 0, f"Your own smoothed curve is lowest in epoch {lowest}, not in {had:g}.")


def _with(outcome: Outcome, score: float, message: str) -> Outcome:
    return seen(score=score, message=message, expected=outcome.expected, received=outcome.received, cell=outcome.cell)


@custom(hint="plt.plot(range(1, LONG_EPOCHS + 1), smooth(average_mae)), plt.xlabel, plt.ylabel.")
def curve_drawn(student: Evidence) -> Outcome:
    """The plot shows the averaged curve, smoothed."""
    curve = curve_of(student)
    if curve is None:
        return seen(score=0, message="No cross-validation with validation data was found to compare it with.")
    rough = None
    for drawn in reversed(student.figures):
        for line in (line for axes in drawn.axes for line in axes.lines if None not in line.y):
            had = np.array(line.y, float)
            start = len(curve) - had.size
            if start < 0 or had.size < len(curve) // 2:
                continue
            if any(_same(had, smooth(points)[n:]) for points, n in ((curve, start), (curve[start:], 0))):
                return seen(score=1, message="It shows your own smoothed curve.", cell=drawn.cell)
            if _same(had, curve[start:]):
                rough = seen(score=0.5, message="The curve is drawn, but not smoothed.", cell=drawn.cell)
    if rough is not None:
        return rough
    return seen(score=0, message="No line of a plot is the average of your validation curves.")


@custom(
    wants=Wanted(models=(network,), variables=("best_epoch",)),
    hint="model = build_model(), then model.fit(x_train, train_targets, epochs=best_epoch, …).",
)
def final_training(student: Evidence) -> Outcome:
    """The final network is a fresh one, trained for best_epoch epochs."""
    chosen, wanted = choose(student, network), student.value("best_epoch")
    stopped = next((f for f in reversed(student.fits) if f.error and not f.epochs_run), None)
    if stopped is not None and (chosen is None or all(f.fit < stopped.fit for f in chosen.trained)):
        text = stopped.y.dtype.startswith(("str", "object"))
        why = (
            "The targets are text, where a loss needs numbers"
            if text
            else "Training stopped before the first epoch ended"
        )
        return seen(score=0, message=f"{why}: {stopped.error}", cell=stopped.cell)
    if chosen is None or not chosen.trained:
        return seen(score=0, message="There is no trained final network.")
    last = chosen.trained[-1]
    if len(chosen.trained) > 1:
        return seen(
            score=0,
            message=f"It was trained before ({chosen.trained[0].epochs_run} epochs in cell {chosen.trained[0].cell}) and "
            "goes on overfitting: build a fresh network for the final training.",
            cell=last.cell,
        )
    epochs = wanted.value if wanted is not None and isinstance(wanted.value, int | float) else None
    if epochs is None:
        return seen(score=0, message="There is no best_epoch to compare with.", cell=last.cell)
    if last.epochs_run != round(epochs):
        problem = f"It was trained for {last.epochs_run} epochs, but best_epoch is {epochs:g}."
        return seen(score=0, message=problem, cell=last.cell)
    return seen(score=1, message=f"A fresh network, trained for {last.epochs_run} epochs.", cell=last.cell)


@custom(
    wants=Wanted(models=(network,), variables=("first_price",)),
    hint="predict gives one row a house, in thousands of dollars.",
)
def first_price(student: Evidence) -> Outcome:
    """first_price is what the final network says about the first test house, in dollars."""
    found, chosen = student.value("first_price"), choose(student, network)
    mine = chosen.model.model if chosen else None
    samples = [p.output.sample for p in student.predictions if p.model == mine and p.output.sample is not None]
    if found is None:
        return seen(score=0, message="There is no first_price.")
    value = found.value if isinstance(found.value, int | float) else None
    if value is None and found.array is not None and found.array.size == 1:
        value = float(np.ravel(found.array)[0])
    if value is None:
        return seen(score=0, message=f"first_price is a {found.type_name}, expected one number.", cell=found.cell)
    if not samples:
        return seen(score=0, message="The final network never predicts anything.", cell=found.cell)
    prices = [float(np.ravel(s)[0]) * 1000 for s in samples]
    said = {"expected": f"{prices[-1]:,.0f}", "received": f"{value:,.6g}", "cell": found.cell}
    if any(abs(value - price) <= 1 for price in prices):
        return seen(score=1, message="It is the network's own estimate, in dollars.", **said)
    if any(abs(value * 1000 - price) <= 1 for price in prices):
        return seen(
            score=0, message="It is in thousands of dollars, as the targets are; dollars are asked for.", **said
        )
    return seen(score=0, message="It is not what your network predicts for the first test house.", **said)


SETTINGS = """EPOCHS = 100  # of each network in exercise 3
LONG_EPOCHS = 500  # of each network in exercise 4
BATCH_SIZE = 1"""

small = Recipe(
    name="small",
    why="batches of 16 houses instead of 1, 40 and 80 epochs instead of 100 and 500, less than a minute of training.",
    replace=(
        Replace(
            SETTINGS,
            SETTINGS.replace("100 ", "40 ").replace("500 ", "80 ").replace("BATCH_SIZE = 1", "BATCH_SIZE = 16"),
        ),
        Replace("The trainings take about half an hour.", "The trainings take less than a minute."),
    ),
    limits=Limits(cell_seconds=300, notebook_seconds=900),
)

assignment = Assignment(
    name="boston_regression",
    title="What is a house worth? A regression with few data",
    datasets=("boston_housing",),
    exercises=(
        Exercise(
            name="data",
            title="Bring the features to one scale",
            points=3,
            variables=("scale", "x_train", "x_test"),
            checks=(
                function(
                    "scale",
                    cases=(
                        FunctionCase(function="scale", name="a table by itself", inputs=(table, table)),
                        FunctionCase(function="scale", name="a table by another one", inputs=(other, table)),
                    ),
                    hint="mean(axis=0) gives one mean for each column. Both statistics come from reference.",
                ),
                array("x_train", values="equal", atol=1e-4),
                array(
                    "x_test",
                    values="equal",
                    atol=1e-4,
                    hint="For both of them, reference is the training data: nothing may rest on the test data.",
                ),
            ),
        ),
        Exercise(
            name="network",
            title="A function that builds the network",
            points=4,
            variables=("build_model", "parameters"),
            checks=(
                fresh,
                architecture(network, weight=1.5),
                compiled(network),
                number(
                    "parameters",
                    weight=0.5,
                    hint="Each layer has a weight from each of its inputs to each unit, and a bias for each unit.",
                ),
            ),
        ),
        Exercise(
            name="crossval",
            title="Cross-validation",
            points=4,
            variables=("fold_maes", "cv_mae"),
            checks=(
                cross_validated(weight=3),
                own_number(
                    "cv_mae",
                    own_mean,
                    tolerance=0.005,
                    because="as the mean of your own folds",
                    hint="np.mean(fold_maes). evaluate gives the loss (mse) first, and then the mae.",
                ),
            ),
        ),
        Exercise(
            name="curve",
            title="How long should it train?",
            points=4,
            variables=("average_mae", "best_epoch"),
            checks=(
                cross_validated(which=1),
                average_mae,
                best_epoch,
                curve_drawn,
                figure(name="labels", title="The plot has labels on both axes.", lines=1, legend=False, shows=()),
            ),
        ),
        Exercise(
            name="final",
            title="The network to keep",
            points=3,
            variables=("model",),
            checks=(
                trained(network, epochs=None, batch_size=True, samples=True),
                final_training,
                inputs(network, scaling="same", weight=0.5),
                targets(network, weight=0.5),
            ),
        ),
        Exercise(
            name="evaluation",
            title="How good is it?",
            points=2,
            variables=("test_mae", "first_price"),
            checks=(
                metric(network, "mae", name="mae"),
                own_number(
                    "test_mae",
                    measured(network, "mae"),
                    tolerance=0.01,
                    because="as your own network reaches on the test houses",
                    wants=Wanted(models=(network,)),
                    hint="evaluate gives the loss (mse) first, and then the mae.",
                ),
                first_price,
            ),
        ),
    ),
    recipes=(small,),
    limits=Limits(cell_seconds=3600, notebook_seconds=7200, cpu_seconds=10800, memory_bytes=3 * GIB),
)
