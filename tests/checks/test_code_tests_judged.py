"""What a check of tests in code makes of what the kernel said."""

from __future__ import annotations

from typing import Any

import pytest

from grader.checks import Check, CodeTest, code_tests
from grader.checks.check import Undecidable
from grader.errors import AssignmentError
from grader.evidence import CellError, CellStatus, CodeTestRun, Evidence, Provenance, Status
from grader.inside.code_tests import CodeTests

TWO = (CodeTest(name="a", source="", points=1), CodeTest(name="b", source="", points=3))


def ran(name: str, status: str = "ok", message: str = "", **about: Any) -> CodeTestRun:
    error = CellError(name="TestFailed", message=message) if message else None
    return CodeTestRun(test=name, status=CellStatus(status), error=error, cell=4, **about)


def judged(check: Check, *runs: CodeTestRun, **about: Any) -> Any:
    return check.judge(Evidence(tests=runs, **about), {})


def test_each_test_earns_its_points_unless_it_is_all_or_nothing() -> None:
    runs = (ran("a", "error", "x"), ran("b"))
    assert judged(code_tests(*TWO), *runs).score == 0.75
    assert judged(code_tests(*TWO, all_or_nothing=True), *runs).score == 0
    whole = judged(code_tests(*TWO, all_or_nothing=True), ran("a"), ran("b"))
    assert (whole.score, whole.provenance, whole.cell) == (1, Provenance.CLAIMED, 4)
    assert code_tests(*TWO).weight == 4


@pytest.mark.parametrize(("value", "score"), [(1.5, 0.5), (3.0, 1), (9.0, 1), (0.0, 0), (-1.0, 1), (None, 1)])
def test_a_number_is_partial_credit_as_in_nbgrader(value: float | None, score: float) -> None:
    check = code_tests(CodeTest(name="t", source="", points=3))
    assert judged(check, ran("t", value=value)).score == score


def test_a_test_that_was_not_run_fails_with_the_reason_and_in_the_self_check_stays_open() -> None:
    check = code_tests(TWO[0])
    late = judged(check, status=Status.TIMEOUT, reason="Cell 3 was stopped.")
    assert (late.score, late.message) == (0, "The test a was not run: Cell 3 was stopped.")
    with pytest.raises(Undecidable):
        judged(check, sandbox="live")


def test_what_must_fail_and_passes_takes_the_worth_of_its_form_alone() -> None:
    cell, function = code_tests(TWO[0]), code_tests(CodeTest(name="f", form="function", source=""))
    runs = (ran("!cell"), ran("!function", "error", "x"), ran("a"), ran("f"))
    assert judged(cell, *runs).score == 0
    assert "must fail" in judged(cell, *runs).flag
    assert judged(function, *runs).score == 1


@pytest.mark.parametrize(
    ("source", "message", "expected", "received"),
    [
        (">>> x\n2\n", "`x` did not come out as expected.", "2", "1"),
        (">>> x\n", "`x` did not come out as expected.", "nothing", "1"),
        (">>> y = 1\n1\n", "`y = 1` did not come out as expected.", "1", "nothing"),
        (">>> x.y\n1\n", "`x.y` ended with AttributeError: 'int' object has no attribute 'y'", "", ""),
    ],
)
def test_what_doctest_says_becomes_what_was_expected_and_received(
    source: str, message: str, expected: str, received: str
) -> None:
    said = CodeTests({"x": 1}, lambda: None).doctest(source)
    outcome = judged(code_tests(TWO[0]), ran("a", "error", str(said)))
    assert (outcome.message, outcome.expected, outcome.received) == (message, expected, received)


def test_the_line_of_a_cell_that_failed_is_shown() -> None:
    traceback = (
        "AssertionError  Traceback\nCell In[4], line 2\n      1 x = 1\n----> 2 assert f(1) == 2\n\nAssertionError: no"
    )
    error = CellError(name="AssertionError", message="no", traceback=traceback)
    run = CodeTestRun(test="a", status=CellStatus.ERROR, error=error)
    assert judged(code_tests(TWO[0]), run).message == "`assert f(1) == 2` ended with AssertionError: no"


def test_calibration_refuses_a_reference_that_fails_its_own_test() -> None:
    with pytest.raises(AssignmentError, match="does not pass the test a"):
        code_tests(TWO[0]).learn([Evidence(tests=(ran("a", "error", "no"),))])
    with pytest.raises(AssignmentError, match="was not run"):
        code_tests(TWO[0]).learn([Evidence()])
    assert code_tests(TWO[0]).learn([Evidence(tests=(ran("a"),))]) == {}
