"""Handwritten digits with a convolutional network: what is asked, and worth how much."""

from collections.abc import Mapping

import numpy as np

from grader.assignment import Assignment, Exercise, Limits
from grader.checks import (
    FunctionCase,
    HeldOut,
    ModelQuery,
    Outcome,
    Wanted,
    architecture,
    array,
    choose,
    compiled,
    custom,
    figure,
    function,
    history,
    inputs,
    measured,
    metric,
    number,
    output_shape,
    own_number,
    parameters,
    targets,
    trained,
)
from grader.evidence import Evidence
from grader.recipe import Recipe
from grader.variant import Replace

base = ModelQuery(name="base", variables=("base",), trained=False)
without_pooling = ModelQuery(name="base without pooling", variables=("without_pooling",), trained=False)
network = ModelQuery(
    name="network",
    variables=("network", "model"),
    samples=60_000,
    epochs=5,
    held_out=HeldOut(dataset="mnist"),
)

pictures = np.arange(2 * 28 * 28, dtype="uint8").reshape((2, 28, 28))
corner = np.zeros((3, 28, 28), dtype="uint8")
corner[:, 0, 27] = 255


def output_of(student: Evidence, query: ModelQuery) -> tuple[int | None, ...] | None:
    """Height, width and channels that a model of the student's gives, from the rebuilt model."""
    chosen = choose(student, query)
    examined = student.examined_for(chosen.model.snapshot) if chosen is not None else None
    return examined.output_shapes[0][1:] if examined is not None and examined.output_shapes else None


@custom(
    wants=Wanted(variables=("shapes",), models=(base, without_pooling)),
    hint="output_shape of a network, without the batch: three numbers.",
)
def shapes(student: Evidence) -> Outcome:
    """The shapes are those that the two bases give."""
    found = student.value("shapes")
    table = found.value if found is not None else None
    if not isinstance(table, Mapping):
        return Outcome(score=0, message='shapes is not the dictionary with the keys "with" and "without".')
    wrong = []
    for key, query in (("with", base), ("without", without_pooling)):
        wanted, had = output_of(student, query), table.get(key)
        if not isinstance(had, list) or wanted is None or had[-3:] != list(wanted):
            wrong.append(f"{key}: {had}, but the {query.name} gives {wanted}.")
    return Outcome(score=1 - len(wrong) / 2, message=" ".join(wrong) or "Both are right.")


def most_probable_digit(student: Evidence) -> int | None:
    """The digit that the student's own prediction gives the first test picture."""
    found = student.value("probabilities")
    outputs = [found.summary] if found and found.summary else [p.output for p in reversed(student.predictions)]
    rows = next((o.sample for o in outputs if o.sample is not None and o.shape[1:] == (10,)), None)
    return None if rows is None else int(np.argmax(rows[0]))


@custom(
    weight=0.5,
    hint="Send the test pictures through preprocess, like the training pictures, and evaluate on all 10,000.",
)
def evaluated(student: Evidence) -> Outcome:
    """The network is evaluated on all test pictures, prepared like the training pictures."""
    chosen = choose(student, network)
    mine = chosen.model.model if chosen else None
    seen = [(e.cell, e.x) for e in (*student.evaluations, *student.predictions) if e.model == mine]
    if chosen is None or not chosen.trained or not seen:
        return Outcome(score=0, message="The trained network is never evaluated on the test pictures.")
    trained_on = chosen.trained[-1].x
    for cell, x in seen:
        if x.count != 10_000:
            problem = f"It is evaluated on {x.count:,} pictures, expected 10,000."
        elif not 0.9 < (x.std or 0) / (trained_on.std or 1) < 1.1:
            # The spread, not the largest value: other pictures need not hold the very blackest pixel.
            problem = (
                f"Its test pictures go from {x.minimum:g} to {x.maximum:g}, but the training pictures went from "
                f"{trained_on.minimum:g} to {trained_on.maximum:g}: the two are scaled differently."
            )
        else:
            return Outcome(score=1, message="All 10,000 test pictures, prepared like the training pictures.", cell=cell)
    return Outcome(score=0, message=problem, cell=seen[0][0])


SETTINGS = "EPOCHS = 5\nTRAINING_PICTURES = 60_000"

small = Recipe(
    name="small",
    why="2 epochs on 12,000 pictures instead of 5 on 60,000, a few seconds of training.",
    replace=(
        Replace(SETTINGS, "EPOCHS = 2\nTRAINING_PICTURES = 12_000"),
        Replace("The same 60,000 training pictures", "The first 12,000 training pictures"),
        Replace("compare it with the dense network: about 99 % instead of 98 %.", "measure it: about 97 %."),
        Replace("Training takes a few minutes on a laptop's processor.", "Training takes a few seconds."),
    ),
    limits=Limits(cell_seconds=120, notebook_seconds=360),
)

assignment = Assignment(
    name="mnist_convnet",
    title="Handwritten digits with a convolutional network",
    datasets=("mnist",),
    exercises=(
        Exercise(
            name="data",
            title="Prepare the data",
            points=3,
            variables=("preprocess",),
            checks=(
                function(
                    "preprocess",
                    cases=(
                        FunctionCase(function="preprocess", name="two pictures", inputs=(pictures,)),
                        FunctionCase(function="preprocess", name="ink in the upper right corner", inputs=(corner,)),
                    ),
                    hint="Look at the shape, the smallest and the largest value of preprocess(train_images[:2]).",
                ),
            ),
        ),
        Exercise(
            name="base",
            title="The convolutional base",
            points=4,
            variables=("base", "base_parameters"),
            checks=(
                architecture(base, weight=2),
                parameters(base, weight=0.5),
                output_shape(base, weight=0.5),
                number(
                    "base_parameters",
                    hint="Each filter has 3 × 3 weights for each input channel, and one bias.",
                ),
            ),
        ),
        Exercise(
            name="pooling",
            title="What pooling does",
            points=2,
            variables=("without_pooling", "shapes"),
            checks=(
                # All or nothing: the base itself shares most of its layers, and is no answer to this exercise.
                architecture(without_pooling, partial=False),
                output_shape(without_pooling, weight=0.5),
                shapes,
            ),
        ),
        Exercise(
            name="network",
            title="The whole network",
            points=3,
            variables=("network",),
            checks=(
                architecture(network, weight=1.5),
                parameters(network, trainable=True, after=("architecture",), weight=0.5),
                compiled(network),
            ),
        ),
        Exercise(
            name="training",
            title="Train it",
            points=3,
            variables=("history",),
            checks=(
                trained(network, epochs=True, batch_size=True, samples=True),
                inputs(network, weight=0.5),
                targets(network, weight=0.5),
                # Shown beside the reference's band, and worth nothing: the curve follows from all that was graded above.
                history(network, "accuracy", weight=0),
            ),
        ),
        Exercise(
            name="evaluation",
            title="Measure it",
            points=3,
            variables=("test_loss", "test_accuracy", "probabilities", "first_digit"),
            checks=(
                metric(network, "accuracy", name="accuracy"),
                evaluated,
                own_number(
                    "test_accuracy",
                    measured(network),
                    tolerance=0.005,
                    because="as your own network reaches on the test data",
                    wants=Wanted(models=(network,)),
                    hint="evaluate gives the loss first and then the accuracy, on x_test and y_test.",
                ),
                array("probabilities", values=None, weight=0.5),
                own_number(
                    "first_digit",
                    most_probable_digit,
                    because="as your own prediction says",
                    wants=Wanted(variables=("probabilities",)),
                    weight=0.5,
                    hint="np.argmax gives the position of the largest of the ten probabilities, np.max its value.",
                ),
            ),
        ),
        Exercise(
            name="plot",
            title="Show how it learned",
            points=2,
            checks=(figure(name="curves", shows=("loss", "accuracy")),),
        ),
    ),
    # Five epochs take two minutes on two slow cores, and twice that while other notebooks run beside.
    limits=Limits(cell_seconds=600, notebook_seconds=1200),
    recipes=(small,),
)
