"""The functions inside a network, and three ways of putting layers together: what is asked, and worth how much."""

from collections.abc import Mapping

import numpy as np

from grader.assignment import Assignment, Exercise, Limits
from grader.checks import (
    FunctionCase,
    ModelQuery,
    Outcome,
    Wanted,
    architecture,
    choose,
    custom,
    function,
    number,
    parameters,
)
from grader.evidence import Array, Evidence
from grader.question import Question
from grader.report import Criterion

network = ModelQuery(name="network", variables=("network",), trained=False)
branches = ModelQuery(name="model with two branches", variables=("branches",), trained=False)
heads = ModelQuery(name="model with two heads", variables=("heads",), trained=False)

rows = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
kernel = np.array([[1.0, 2.0], [0.0, -1.0], [4.0, 0.5]])
bias = np.array([0.25, -3.0])
hot = np.eye(3)[[0, 2]]
shares = np.array([[0.7, 0.2, 0.1], [0.25, 0.5, 0.25]])

QUESTIONS = ("binary", "one of many", "any of many", "number", "share")


def rows_of(student: Evidence, name: str) -> Array | None:
    """The array under a name as decimal numbers, or None."""
    found = student.value(name)
    return None if found is None or found.array is None or found.array.dtype.kind not in "fiu" else found.array


@custom(
    weight=1.5,
    wants=Wanted(variables=("by_hand", "by_keras"), models=(network,)),
    hint="Kernel and bias of the first layer, relu, kernel and bias of the second layer, softmax.",
)
def agreement(student: Evidence) -> Outcome:
    """The functions written by hand give what the network predicts, to 0.000001."""
    mine, theirs = rows_of(student, "by_hand"), rows_of(student, "by_keras")
    if mine is None or theirs is None:
        lacking = "by_hand" if mine is None else "by_keras"
        return Outcome(score=0, message=f"{lacking} is no array of numbers.")
    chosen = choose(student, network)
    predicted = [
        p.output.sample
        for p in student.predictions
        if chosen is not None and p.model == chosen.model.model and p.output.sample is not None
    ]
    if not predicted:
        return Outcome(score=0, message="The network predicts nothing: by_keras is what network.predict(pixels) gives.")
    if theirs.shape != (8, 32) or mine.shape != (8, 32):
        return Outcome(score=0, message=f"by_keras has shape {theirs.shape}, by_hand {mine.shape}; expected (8, 32).")
    if not any(np.allclose(p, theirs[: len(p)], atol=1e-6) for p in predicted):
        return Outcome(score=0, message="by_keras is not what the network predicted.")
    difference = float(np.max(np.abs(mine.astype(float) - theirs)))
    if not difference <= 2e-6:
        return Outcome(score=0, message=f"by_hand and by_keras differ by up to {difference:.2g}.")
    return Outcome(score=1, message=f"They differ by {difference:.1g} at most.")


@custom(
    weight=1,
    wants=Wanted(models=(heads,)),
    hint="Softmax belongs to categorical cross-entropy, sigmoid to binary: one loss for each head, in their order.",
)
def losses(student: Evidence) -> Outcome:
    """Each head has the loss that belongs to it."""
    chosen = choose(student, heads)
    compiled = chosen.model.compile if chosen is not None else None
    if compiled is None:
        return Outcome(score=0, message="The model with two heads is never compiled.")
    had = compiled.loss.split(",")
    wanted = ["categorical_crossentropy", "binary_crossentropy"]
    optimizer = "" if compiled.optimizer == "RMSprop" else f" The optimizer is {compiled.optimizer}, expected RMSprop."
    if had == wanted:
        return Outcome(score=0.5 if optimizer else 1, message=f"One loss for each head.{optimizer}")
    if had == wanted[::-1]:
        message = "The losses are swapped: the first head has the loss of the second."
    elif len(had) == 1:
        message = f"Both heads have the loss {had[0]}; each needs the one that belongs to its activation."
    elif had[0] == "sparse_categorical_crossentropy":
        message = "sparse_categorical_crossentropy takes whole numbers, but the digits will come one-hot."
    else:
        message = f"The losses are {' and '.join(had)}, expected {' and '.join(wanted)}."
    return Outcome(score=0, message=message + optimizer)


@custom(
    weight=0.5,
    wants=Wanted(variables=("last_layer",)),
    hint='Each entry is a pair of texts: ("activation", "loss").',
)
def filled_in(student: Evidence) -> Outcome:
    """Each question has an activation and a loss."""
    found = student.value("last_layer")
    table = found.value if found is not None else None
    if not isinstance(table, Mapping):
        return Outcome(score=0, message="last_layer is not the dictionary of five questions.")
    blank = [
        q
        for q in QUESTIONS
        if not (isinstance(pair := table.get(q), list) and len(pair) == 2)
        or not all(name is None or (isinstance(name, str) and name.strip("… .")) for name in pair)
    ]
    if blank:
        return Outcome(
            score=1 - len(blank) / len(QUESTIONS), message=f"Not filled in with two names: {', '.join(blank)}."
        )
    return Outcome(score=1, message="All five are filled in.")


assignment = Assignment(
    name="anatomy",
    title="Anatomy of a network",
    exercises=(
        Exercise(
            name="dense",
            title="A dense layer",
            points=3,
            variables=("relu", "dense"),
            checks=(
                function(
                    "relu",
                    cases=(
                        FunctionCase(function="relu", name="two rows", inputs=(rows,)),
                        FunctionCase(function="relu", name="a row", inputs=(np.array([-1.5, 0.0, 2.5]),)),
                    ),
                    hint="relu(np.array([-1.0, 2.0])) is [0, 2].",
                ),
                function(
                    "dense",
                    cases=(
                        FunctionCase(function="dense", name="two rows", inputs=(rows, kernel, bias)),
                        FunctionCase(function="dense", name="one row", inputs=(rows[:1], kernel, bias)),
                    ),
                    weight=1.5,
                    hint="Look at the shapes: (n, m) times (m, units) gives (n, units), and the bias is added to each row.",
                ),
            ),
        ),
        Exercise(
            name="softmax",
            title="Softmax",
            points=3,
            variables=("softmax",),
            checks=(
                function(
                    "softmax",
                    cases=(
                        FunctionCase(function="softmax", name="two rows", inputs=(rows,)),
                        FunctionCase(
                            function="softmax", name="large scores", inputs=(np.array([[1000.0, 1001.0], [0.0, -1.0]]),)
                        ),
                    ),
                    weight=2,
                    hint="softmax(rows).sum(axis=1) is 1 in each row; subtract the largest score of each row first.",
                ),
            ),
        ),
        Exercise(
            name="cross_entropy",
            title="Cross-entropy",
            points=2,
            variables=("cross_entropy",),
            checks=(
                function(
                    "cross_entropy",
                    cases=(FunctionCase(function="cross_entropy", name="two rows", inputs=(hot, shares)),),
                    hint="The first row is −ln 0.7 = 0.357. There is one number for each row.",
                ),
            ),
        ),
        Exercise(
            name="network",
            title="One after another, and by hand",
            points=4,
            variables=("network", "hidden_parameters", "by_keras", "by_hand"),
            checks=(
                architecture(network),
                parameters(network, weight=0.5),
                number(
                    "hidden_parameters",
                    weight=0.5,
                    hint="One weight from each of the 784 inputs to each unit, and one bias for each unit.",
                ),
                agreement,
            ),
        ),
        Exercise(
            name="branches",
            title="Two branches",
            points=3,
            variables=("branches",),
            checks=(
                architecture(
                    branches,
                    weight=2,
                    hint="Concatenate puts the numbers of both branches side by side; Add would mix them.",
                ),
                parameters(branches),
            ),
        ),
        Exercise(
            name="heads",
            title="Two heads",
            points=3,
            variables=("heads",),
            checks=(architecture(heads, weight=1.5), parameters(heads, weight=0.5), losses),
        ),
        Exercise(
            name="last_layer",
            title="Which end for which question?",
            points=2,
            variables=("last_layer",),
            checks=(filled_in,),
        ),
        Exercise(
            name="explain",
            title="Why softmax?",
            points=2,
            variables=("why_softmax",),
            question=Question(
                asks="Why does softmax suit one of 46 topics better than 46 sigmoids?",
                points=2,
                variable="why_softmax",
                rubric=(
                    Criterion(name="one topic", points=1, description="The topics exclude each other."),
                    Criterion(name="sum", points=1, description="Outputs of softmax sum to 1; sigmoids decide apart."),
                ),
            ),
        ),
    ),
    limits=Limits(cell_seconds=60, notebook_seconds=240),
)
