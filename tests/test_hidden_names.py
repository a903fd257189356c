"""What crosses into a sandbox of a hidden check is what student code has to be called with, and no name."""

from __future__ import annotations

from dataclasses import replace

from grader.assignment import Assignment, Exercise
from grader.checks import function
from grader.evidence import Evidence, FunctionResult
from grader.records import encode
from grader.workers import run_spec


def _assignment() -> Assignment:
    shown = function("double", {"a small one": (1,)})
    hidden = replace(function("double", {"overflow of 8 bits": (200,)}, name="secret_double"), hidden=True)
    exercise = Exercise(name="double", title="Double", points=1, checks=(shown, hidden))
    return Assignment(name="doubles", title="Doubles", exercises=(exercise,))


def test_names_of_hidden_checks_and_cases_stay_outside() -> None:
    sent = encode(run_spec(_assignment(), "none", 1)).decode()
    assert "a small one" in sent
    assert "200" in sent
    assert "overflow" not in sent
    assert "secret" not in sent


def test_a_hidden_case_is_judged_by_what_it_was_called_inside() -> None:
    assignment = _assignment()
    told = run_spec(assignment, "none", 1).functions[1].name
    _, hidden = assignment.exercises[0].checks

    def seen(value: int, case: str = told) -> Evidence:
        return Evidence(functions=(FunctionResult(name="double", case=case, cell=0, kind="number", value=value),))

    expected = hidden.learn([seen(400)])
    assert hidden.judge(seen(400), expected).score == 1
    assert hidden.judge(seen(144), expected).score == 0
    assert hidden.judge(seen(400, "overflow of 8 bits"), expected).score == 1
