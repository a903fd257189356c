"""A tiny network, taken apart: what is asked, and worth how much."""

from collections.abc import Iterator

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
    inputs,
    metric,
    own_number,
    parameters,
    targets,
    trained,
)
from grader.evidence import Array, Evidence
from grader.question import Question
from grader.report import Criterion

network = ModelQuery(
    name="network",
    variables=("network", "model", "net", "rede", "nn_model", "mdl"),
    samples=800,
    epochs=60,
    held_out=HeldOut(dataset="moons", options=(("noise", 0.1),)),
)
as_asked = ("network.architecture", "network.compiled", "training.inputs", "training.targets", "training.trained")

scores = np.array([[0.0, 1.0, 2.0], [3.0, 3.0, 3.0], [-1.0, 4.0, 0.5], [2.0, 0.0, -2.0]])


def accuracy_of_the_network(student: Evidence) -> float | None:
    """Accuracy of the student's network on the test points, measured outside the notebook."""
    chosen = choose(student, network)
    return next(
        (
            m.value
            for m in student.measurements
            if chosen and m.snapshot == chosen.model.snapshot and m.metric == "accuracy"
        ),
        None,
    )


def moons_of_own_networks(student: Evidence) -> Iterator[Array]:
    """The classes of every prediction for four points that the notebook made: a right network may err on one of them."""
    for prediction in student.predictions:
        rows = prediction.output.sample
        if prediction.output.shape == (4, 2) and rows is not None and len(rows) == 4:
            yield np.argmax(rows, axis=1)


def epoch_of_lowest_validation_loss(student: Evidence) -> int | None:
    """Counted from 1, in the student's own training."""
    chosen = choose(student, network)
    fits = chosen.trained if chosen else ()
    losses = [np.inf if v is None else v for fit in fits for v in fit.history.get("val_loss", [])]
    return int(np.argmin(losses)) + 1 if losses else None


@custom(hint="evaluate takes the trained network's own test points: test_points and their one-hot labels.")
def evaluated(student: Evidence) -> Outcome:
    """The network is evaluated on all test points, prepared like the training points."""
    chosen = choose(student, network)
    mine = chosen.model.model if chosen else None
    seen = [(e.cell, e.x) for e in (*student.evaluations, *student.predictions) if e.model == mine and e.x.count > 4]
    if chosen is None or not chosen.trained or not seen:
        return Outcome(score=0, message="The trained network is never evaluated on the test points.")
    cell, x = seen[0]
    trained_on = chosen.trained[-1].x
    if x.count != 1000:
        return Outcome(score=0, message=f"It is evaluated on {x.count:,} points, expected 1,000.", cell=cell)
    ratio = (x.std or 0) / (trained_on.std or 1)
    if not 0.8 < ratio < 1.25:
        return Outcome(
            score=0,
            message=f"Its test points spread {ratio:.2g} times as far as the training points: the two are scaled differently.",
            cell=cell,
        )
    return Outcome(score=1, message="All 1,000 test points, prepared like the training points.", cell=cell)


assignment = Assignment(
    name="tiny_mlp",
    title="A tiny network, taken apart",
    exercises=(
        Exercise(
            name="softmax",
            title="Softmax by hand",
            points=4,
            variables=("softmax",),
            checks=(
                function(
                    "softmax",
                    cases=(
                        FunctionCase(function="softmax", name="four rows of three", inputs=(scores,)),
                        FunctionCase(function="softmax", name="one row", inputs=(scores[:1],)),
                    ),
                    weight=2,
                    hint="Each row of softmax(np.array([[0.0, 1.0], [3.0, 3.0]])) sums to 1; sum over axis 1, with keepdims=True.",
                ),
                function(
                    "softmax",
                    cases=(FunctionCase(function="softmax", name="large scores", inputs=(1000 * scores,)),),
                    name="large",
                    hint="Subtract the largest score of each row before you take the exponential.",
                ),
            ),
        ),
        Exercise(
            name="network",
            title="Build the network",
            points=5,
            variables=("network", "layer_parameters"),
            checks=(
                architecture(network, weight=2),
                parameters(network, after=("architecture",), weight=0.5),
                compiled(network, weight=1.5),
                array(
                    "layer_parameters",
                    values="equal",
                    hint="Each unit has one weight for each of its inputs, and one bias.",
                ),
            ),
        ),
        Exercise(
            name="training",
            title="Train it",
            points=4,
            variables=("y_train", "y_test", "history"),
            checks=(
                trained(network, epochs=True, batch_size=True, samples=True, validation=True, weight=2),
                inputs(network),
                targets(network),
            ),
        ),
        Exercise(
            name="evaluation",
            title="Measure it",
            points=3,
            variables=("test_accuracy",),
            checks=(
                metric(network, "accuracy", name="accuracy", at_least=0.85, floor=0.8),
                evaluated,
                own_number(
                    "test_accuracy",
                    accuracy_of_the_network,
                    tolerance=0.005,
                    because="as your own network reaches on the test points",
                    wants=Wanted(models=(network,)),
                    hint="evaluate gives the loss first, and then the metrics in the order in which they were compiled.",
                ),
            ),
        ),
        Exercise(
            name="prediction",
            title="Read a prediction",
            points=2,
            variables=("moons",),
            checks=(
                array(
                    "moons",
                    values="equal",
                    also=moons_of_own_networks,
                    after=as_asked,
                    hint="predict gives a row of two probabilities for each point; np.argmax(…, axis=1) takes the larger one of each row.",
                ),
            ),
        ),
        Exercise(
            name="curve",
            title="Read the learning curve",
            points=2,
            variables=("best_epoch",),
            checks=(
                figure(name="curves", shows=("loss", "val_loss")),
                own_number(
                    "best_epoch",
                    epoch_of_lowest_validation_loss,
                    because="as the val_loss of your own history says",
                    wants=Wanted(models=(network,)),
                    hint="np.argmin counts from 0, epochs count from 1; take val_loss, not loss.",
                ),
            ),
        ),
        Exercise(
            name="explain",
            title="Does it overfit?",
            points=2,
            question=Question(
                asks="Does the network overfit, and what in the plot shows it?",
                points=2,
                rubric=(
                    Criterion(name="answers", points=1, description="Says whether it overfits, as its own plot shows."),
                ),
            ),
        ),
    ),
    limits=Limits(cell_seconds=60, notebook_seconds=300),
)
