"""Handwritten digits with a dense network: what is asked, and worth how much."""

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
    metric,
    number,
    own_number,
    parameters,
    targets,
    trained,
)
from grader.evidence import Evidence

network = ModelQuery(
    name="network",
    variables=("network", "model", "net", "red", "nn_model", "mdl"),
    samples=60_000,
    epochs=5,
    held_out=HeldOut(dataset="mnist"),
)

gradient = np.arange(2 * 28 * 28, dtype="uint8").reshape((2, 28, 28))
corner = np.zeros((3, 28, 28), dtype="uint8")
corner[:, 0, 27] = 255


def accuracy_of_the_network(student: Evidence) -> float | None:
    """Accuracy of the student's network on the test pictures, measured outside the notebook."""
    chosen = choose(student, network)
    return next(
        (
            m.value
            for m in student.measurements
            if chosen and m.snapshot == chosen.model.snapshot and m.metric == "accuracy"
        ),
        None,
    )


def most_probable_digit(student: Evidence) -> int | None:
    """The digit that the student's own prediction gives the first test picture."""
    found = student.value("probabilities")
    outputs = [found.summary] if found and found.summary else [p.output for p in reversed(student.predictions)]
    rows = next((o.sample for o in outputs if o.sample is not None and o.shape[1:] == (10,)), None)
    return None if rows is None else int(np.argmax(rows[0]))


@custom(hint="Send the test pictures through the same steps as the training pictures, and evaluate on all 10,000.")
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


assignment = Assignment(
    name="mnist_dense",
    title="Handwritten digits with a dense network",
    datasets=("mnist",),
    exercises=(
        Exercise(
            name="data",
            title="Prepare the data",
            points=4,
            variables=("preprocess", "one_hot"),
            checks=(
                function(
                    "preprocess",
                    cases=(
                        FunctionCase(function="preprocess", name="two pictures", inputs=(gradient,)),
                        FunctionCase(function="preprocess", name="ink in the upper right corner", inputs=(corner,)),
                    ),
                    weight=2,
                    hint="Look at the shape, the smallest and the largest value of preprocess(train_images[:2]).",
                ),
                function(
                    "one_hot",
                    cases=(
                        FunctionCase(function="one_hot", name="all digits", inputs=(np.arange(10),)),
                        FunctionCase(function="one_hot", name="four columns", inputs=(np.array([2, 0, 3, 1]), 4)),
                    ),
                    hint="Look at one_hot(np.array([2, 0]), 4): two rows of four numbers, with a 1 in columns 2 and 0.",
                ),
            ),
        ),
        Exercise(
            name="network",
            title="Build the network",
            points=5,
            variables=("network", "hidden_parameters"),
            checks=(
                architecture(network, weight=2),
                parameters(network, trainable=True, after=("architecture",), weight=0.5),
                compiled(network, weight=1.5),
                number(
                    "hidden_parameters",
                    hint="One weight from each of the 784 inputs to each unit, and one bias for each unit.",
                ),
            ),
        ),
        Exercise(
            name="training",
            title="Train it",
            points=4,
            variables=("history",),
            checks=(
                trained(network, epochs=True, batch_size=True, samples=True, weight=2),
                inputs(network),
                targets(network),
                # Shown beside the reference's band, and worth nothing: the curve follows from all that was graded above.
                history(network, "accuracy", weight=0),
            ),
        ),
        Exercise(
            name="evaluation",
            title="Measure it",
            points=3,
            variables=("test_loss", "test_accuracy"),
            checks=(
                metric(network, "accuracy", name="accuracy"),
                evaluated,
                own_number(
                    "test_accuracy",
                    accuracy_of_the_network,
                    tolerance=0.005,
                    because="as your own network reaches on the test data",
                    wants=Wanted(models=(network,)),
                    hint="evaluate gives the loss first and then the accuracy: test_loss, test_accuracy = ….",
                ),
            ),
        ),
        Exercise(
            name="prediction",
            title="Read a prediction",
            points=2,
            variables=("probabilities", "first_digit"),
            checks=(
                array("probabilities", values=None),
                own_number(
                    "first_digit",
                    most_probable_digit,
                    because="as your own prediction says",
                    wants=Wanted(variables=("probabilities",)),
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
    limits=Limits(cell_seconds=90, notebook_seconds=600),
)
