"""Answers chosen from a few."""

from __future__ import annotations

from typing import Any

import pytest

from grader.checks import choices
from grader.errors import AssignmentError
from grader.evidence import Evidence, Value
from grader.report import Outcome

CHECK = choices(
    "ends",
    {"binary": [("sigmoid", "binary_crossentropy")], "number": [("linear", "mean_squared_error")]},
    spellings={"mse": "mean_squared_error"},
    because={"number": "A number has no bounds."},
)


def judged(value: Any) -> Outcome:
    return CHECK.judge(Evidence(values=(Value(name="ends", cell=3, kind="dict", value=value),)), {})


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ({"binary": ["sigmoid", "binary_crossentropy"], "number": ["linear", "mean_squared_error"]}, 1),
        ({"Binary": ["Sigmoid", "binary crossentropy"], "number": [None, "MSE"]}, 1),
        ({"binary": ["sigmoid", "binary_crossentropy"], "number": ["relu", "mse"]}, 0.5),
        ({"binary": "sigmoid"}, 0),
        ({}, 0),
        (None, 0),
        ([["sigmoid", "binary_crossentropy"]], 0),
    ],
)
def test_share_of_right_answers(value: Any, score: float) -> None:
    assert judged(value).score == score


def test_says_which_and_why() -> None:
    said = judged({"binary": ["sigmoid", "binary_crossentropy"], "number": ["relu", "mse"]}).message
    assert said == "number: relu with mse is not right. A number has no bounds."


def test_missing_variable() -> None:
    assert "no variable ends" in CHECK.judge(Evidence(), {}).message


def test_a_question_needs_an_answer() -> None:
    with pytest.raises(AssignmentError, match="without an answer"):
        choices("ends", {"binary": []})
