"""Checks of arrays, functions, figures, numbers, and an instructor's own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from evidence_by_hand import accuracy, cells, fit, images, mnist, pixels, summary

import grader.checks
from grader.checks import (
    Check,
    HeldOut,
    ModelQuery,
    Outcome,
    array,
    best_epoch,
    custom,
    figure,
    function,
    measured,
    number,
    own_number,
)
from grader.errors import AssignmentError
from grader.evidence import Axes, CellError, Evidence, Figure, FunctionResult, Line, Value

NETWORK = ModelQuery(held_out=HeldOut(dataset="mnist"))


def judged(check: Check, evidence: Evidence, *runs: Evidence) -> Outcome:
    expected = json.loads(json.dumps(check.learn(runs), allow_nan=False))
    return check.judge(evidence, expected)


def holding(value: Any, name: str = "x", **changes: Any) -> Evidence:
    if isinstance(value, np.ndarray):
        given: dict[str, Any] = {"kind": "array", "type_name": "ndarray", "summary": summary(value), "array": value}
    else:
        kind = "none" if value is None else "text" if isinstance(value, str) else "number"
        given = {"kind": kind, "value": value, "type_name": type(value).__name__}
    return Evidence(values=(Value(name=name, cell=2, **given),), cells=cells(), **changes)


def test_the_public_names_are_sorted_and_there() -> None:
    assert list(grader.checks.__all__) == sorted(grader.checks.__all__)
    assert all(hasattr(grader.checks, name) for name in grader.checks.__all__)


ARRAYS = {
    "unscaled": (images().reshape(200, 784).astype("float32"), "not scaled"),
    "whole": ((pixels() > 0.5).astype(int), "whole numbers"),
    "turned": (pixels().T.copy(), "transposed"),
    "fewer": (pixels()[:100], "100 rows, expected 200"),
    "zeros": (pixels() * 0, "All values are 0"),
}


@pytest.mark.parametrize("case", ARRAYS)
@pytest.mark.parametrize("values", ["range", "equal"])
def test_wrong_arrays_are_named(case: str, values: Any) -> None:
    had, cause = ARRAYS[case]
    found = judged(array("x", values=values), holding(had), holding(pixels()))
    assert cause in found.message
    assert 0 < found.score < 1


def test_right_arrays_pass_under_another_name_and_precision() -> None:
    check = array("x", aliases=("X_train",), values="equal")
    assert judged(check, holding(pixels().astype("float64"), "X_train"), holding(pixels())).score == 1


def test_one_other_value_is_found_in_small_arrays() -> None:
    found = judged(array("x", values="equal"), holding(np.array([1.0, 2, 4])), holding(np.array([1.0, 2, 3])))
    assert "1 of 3 values differ; the first at [2] is 4, expected 3" in found.message


def test_rows_may_be_flattened_where_only_their_size_counts() -> None:
    expected = holding(images())
    flat, fewer = images().reshape(200, 784), images().reshape(100, 28 * 28 * 2)
    check = array("x", shape="size", values=None)
    assert judged(check, holding(flat), expected).score == 1
    assert judged(check, holding(fewer), expected).score == 0.5
    assert judged(array("x", values=None), holding(flat), expected).score == 0.5


def test_what_the_own_run_says_is_as_right_as_the_reference() -> None:
    check = array("x", values="equal", also=lambda _: [np.array([0, 0, 1])])
    expected = holding(np.array([0, 1, 1]))
    assert judged(check, holding(np.array([0, 0, 1])), expected).score == 1
    assert judged(check, holding(np.array([0, 1, 1])), expected).score == 1
    assert "2 of 3 values differ" in judged(check, holding(np.array([1, 0, 1])), expected).message
    assert "2 rows, expected 3" in judged(check, holding(np.array([0, 1])), expected).message


def test_a_missing_variable_lists_what_there_is_and_why() -> None:
    found = judged(array("x"), holding(pixels(), "X_test"), holding(pixels()))
    assert "no variable x" in found.message
    assert "X_test" in found.message
    stopped = judged(array("x"), Evidence(cells=cells(4)), holding(pixels()))
    assert "Cell 4 stopped with NameError" in stopped.message
    assert "is None" in judged(array("x"), holding(None), holding(pixels())).message
    with pytest.raises(AssignmentError):
        array("x").learn([Evidence()])


SCORES = np.array([[1.0, 2.0, 3.0], [1000.0, 1001.0, 1002.0]])
RIGHT = np.exp(SCORES - SCORES.max(axis=1, keepdims=True))
RIGHT /= RIGHT.sum(axis=1, keepdims=True)


def returning(value: Any, *, name: str = "softmax", case: str = "large", **changes: Any) -> Evidence:
    if isinstance(value, np.ndarray):
        given: dict[str, Any] = {"kind": "array", "array": value, "summary": summary(value)}
    elif isinstance(value, CellError):
        given = {"kind": "error", "error": value}
    else:
        given = {"kind": "none" if value is None else "number", "value": value}
    return Evidence(functions=(FunctionResult(name=name, case=case, cell=3, **(given | changes)),), cells=cells())


FUNCTIONS: dict[str, tuple[Any, str]] = {
    "none": (None, "returns None"),
    "shape": (RIGHT[0], "returns shape (3,), expected (2, 3)"),
    "overflow": (np.array([RIGHT[0], [np.nan] * 3]), "exp overflows"),
    "axis": (np.full((2, 3), 0.5), "wrong axis"),
    "whole": (np.full((2, 3), 1 / 6), "whole array"),
    "first row": (np.array([[0.2, 0.3, 0.5], [0, 0, 0]]), "return inside the loop"),
    "raises": (CellError(name="TypeError", message="no"), "raises TypeError: no"),
    "number": (0.5, "returns shape ()"),
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_wrong_functions_are_named(case: str) -> None:
    value, cause = FUNCTIONS[case]
    found = judged(function("softmax", cases={"large": (SCORES,)}), returning(value), returning(RIGHT))
    assert found.score == 0
    assert cause in found.message


def test_functions_are_graded_case_by_case() -> None:
    check = function("softmax", cases={"large": (SCORES,), "other": (SCORES,)})
    both = [returning(RIGHT, case=c).functions[0] for c in ("large", "other")]
    reference = Evidence(functions=tuple(both))
    half = Evidence(functions=(both[0], returning(None, case="other").functions[0]))
    assert judged(check, reference, reference).score == 1
    assert judged(check, half, reference).score == 0.5
    mutated = judged(function("softmax", cases={"large": (SCORES,)}), returning(RIGHT, mutated=True), reference)
    assert mutated.score == 0.5
    assert "changes its own input" in mutated.message
    missing = judged(check, Evidence(cells=cells(3)), reference)
    assert "no function softmax" in missing.message
    assert missing.cell == 3


LOSS, VAL = [0.5, 0.4, 0.3], [0.6, 0.5, 0.55]


def plotted(*lines: tuple[str, list[float]], labels: bool = True, legend: bool = True) -> Evidence:
    drawn = tuple(Line(label=label, x=[1.0, 2.0, 3.0], y=list(y)) for label, y in lines)
    axes = Axes(
        xlabel="epoch" if labels else "",
        ylabel="loss" if labels else "",
        legend=tuple(label for label, _ in lines) if legend else (),
        lines=drawn,
    )
    history: dict[str, list[float | None]] = {"loss": [*LOSS], "val_loss": [*VAL], "accuracy": [0.7, 0.8, 0.9]}
    return mnist(fits=(fit(epochs=3, history=history),), figures=(Figure(figure=1, cell=7, axes=(axes,)),))


def test_a_good_figure_passes() -> None:
    found = judged(figure(), plotted(("training", LOSS), ("validation", VAL)))
    assert found.score == 1, found.message
    assert found.cell == 7


def test_curves_in_two_figures_pass() -> None:
    one, other = plotted(("training loss", LOSS)), plotted(("validation loss", VAL))
    both = mnist(fits=one.fits, figures=(one.figures[0], other.figures[0]))
    assert judged(figure(), both).score == 1


@pytest.mark.parametrize(
    ("evidence", "cause"),
    [
        (plotted(("training", VAL), ("validation", LOSS)), "swapped"),
        (plotted(("training", LOSS), ("validation", VAL), labels=False), "x axis and the y axis have no label"),
        (plotted(("training", LOSS), ("validation", VAL), legend=False), "legend is missing"),
        (plotted(("", LOSS), ("", VAL), legend=False), "no labels and no legend"),
        (plotted(("training loss", [0.7, 0.8, 0.9]), ("validation", VAL)), "accuracy"),
        (plotted(("training", LOSS)), "No line shows the validation loss"),
    ],
    ids=["swapped", "labels", "legend", "unlabelled", "accuracy as loss", "one line"],
)
def test_figure_mistakes_are_named(evidence: Evidence, cause: str) -> None:
    found = judged(figure(), evidence)
    assert 0 < found.score < 1
    assert cause in found.message


def test_made_up_curves_earn_nothing() -> None:
    assert judged(figure(), plotted(("training", [9.0, 8.0, 7.0]), ("validation", [9.0, 8.0, 7.5]))).score == 0
    assert "no plot" in judged(figure(), mnist()).message


def test_numbers() -> None:
    check = number("x", aliases=("answer",), tolerance=0.5)
    assert judged(check, holding(401_920), holding(401_920)).score == 1
    assert judged(check, holding(np.array([401_920]), "answer"), holding(401_920)).score == 1
    wrong = judged(check, holding(512), holding(401_920))
    assert (wrong.score, wrong.expected) == (0, "401920")
    assert judged(check, holding("many"), holding(401_920)).score == 0
    with pytest.raises(AssignmentError, match="disagree"):
        check.learn([holding(1), holding(3)])


def test_numbers_of_the_own_run() -> None:
    run = plotted(("training", LOSS))
    check = own_number("best_epoch", best_epoch(ModelQuery()))
    assert check.judge(mnist(fits=run.fits, values=holding(2, "best_epoch").values), {}).score == 1
    off = check.judge(mnist(fits=run.fits, values=holding(1, "best_epoch").values), {})
    assert off.score == 0
    assert "off by one" in off.message
    own = own_number("test_accuracy", measured(NETWORK), tolerance=1e-3)
    typed = mnist(measurements=(accuracy(0.9),), values=holding(0.98, "test_accuracy").values)
    assert own.judge(typed, {}).score == 0
    assert not own.calibrated


def test_custom_checks() -> None:
    @custom(weight=2, name="own")
    def anything(student: Evidence) -> bool:
        """It trains something.

        Not this line.
        """
        return bool(student.fits)

    assert (anything.name, anything.title, anything.weight) == ("own", "It trains something.", 2)
    assert anything.judge(mnist(), {}).score == 1
    assert anything.judge(Evidence(), {}).score == 0

    @custom()
    def bad(student: Evidence) -> Any:
        """It returns a text."""
        return "yes"

    with pytest.raises(TypeError, match="returned str"):
        bad.judge(mnist(), {})
    with pytest.raises(AssignmentError, match="docstring"):
        custom()(lambda student: True)
