"""Tests in code that come from nbgrader or Otter, as checks: what the kernel said of them, which is a claim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Unpack

from grader.checks.build import Common, build
from grader.checks.check import Check, CodeTest, Expected, Undecidable, Wanted
from grader.errors import AssignmentError
from grader.evidence import CellStatus, CodeTestRun, Evidence, Provenance, Status
from grader.report import Outcome

LINE = 200
"""Characters of a failed test's line, and of what it got, that a report shows."""
_ARROW = re.compile(r"^-+>\s*\d+\s(.*)$", re.MULTILINE)
_DOCTEST = re.compile(
    r"Failed example:\n(?P<example>(?: {4}.*\n)+)(?:Expected:\n(?P<expected>(?: {4}.*\n)+)|Expected nothing\n)?"
    r"(?:Got:\n(?P<got>(?: {4}.*\n?)+)|Got nothing)?"
)

_RAISED = re.compile(r"^Exception raised:\n(?: {4}.*\n)* {4}(\w.*)$", re.MULTILINE)
"""What doctest says of an example that raised; the last line of it names the exception."""


def code_tests(*tests: CodeTest, all_or_nothing: bool = False, **common: Unpack[Common]) -> Check:
    """Asks that tests in code pass; each earns its part by its points.

    Args:
        *tests: run as they are in the notebook's kernel, in their place, or after the notebook's end where only hidden
            checks want them.
        all_or_nothing: nothing is earned unless all pass.
        **common: as for every check; `weight` defaults to the tests' points.

    Raises:
        AssignmentError: there is no test.
    """
    if not tests:
        raise AssignmentError("`code_tests` without a test", remedy="code_tests(CodeTest(name=…, source=…))")
    names = ", ".join(test.name for test in tests)

    def learn(runs: Sequence[Evidence]) -> Expected:
        for evidence in runs:
            for test in tests:
                run = _run_of(test, evidence)
                if run is None or run.status is not CellStatus.OK:
                    said = f": {_said(run)}" if run is not None else ", which was not run"
                    raise AssignmentError(
                        f"the reference does not pass the test {test.name}{said}",
                        remedy="mend the test or the solution; does it pass in its own grader?",
                    )
        return {}

    def judge(evidence: Evidence, _: Expected) -> Outcome:
        return _judged(tests, evidence, all_or_nothing=all_or_nothing)

    return build(
        name="tests",
        title=f"Test {names} passes." if len(tests) == 1 else f"The tests {names} pass.",
        judge=judge,
        learn=learn,
        wants=Wanted(tests=tests),
        common={"weight": sum(test.points for test in tests), **common},
    )


def _judged(tests: Sequence[CodeTest], evidence: Evidence, *, all_or_nothing: bool) -> Outcome:
    if evidence.sandbox == "live" and any(_run_of(test, evidence) is None for test in tests):
        raise Undecidable
    if any(_passed_where_it_must_fail(test.form, evidence) for test in tests):
        message = "A test that must fail passed in this notebook's kernel, so what its tests say is worth nothing."
        hint = "Something in the notebook changes how Python code is run there. Take it out."
        return Outcome(score=0.0, message=message, hint=hint, flag=message, provenance=Provenance.CLAIMED)
    whole = sum(test.points for test in tests)
    runs = [_run_of(test, evidence) for test in tests]
    shares = [_share(test, run) for test, run in zip(tests, runs, strict=True)]
    parts = [share * test.points if whole else share for test, share in zip(tests, shares, strict=True)]
    score = sum(parts) / (whole or len(tests))
    if all_or_nothing and any(share < 1 for share in shares):
        score = 0.0
    at = next((i for i, share in enumerate(shares) if share < 1), None)
    if at is None:
        return Outcome(score=1.0, cell=runs[0].cell if runs[0] else None, provenance=Provenance.CLAIMED)
    run, test = runs[at], tests[at]
    cell = run.cell if run is not None else None
    subject = test.name if len(tests) > 1 else ""
    if run is None:
        message = f"The test {test.name} was not run: {_why_not(evidence)}"
        return Outcome(score=score, message=message, subject=subject, provenance=Provenance.CLAIMED)
    if run.status is CellStatus.OK:
        message = f"The test {test.name} gives {run.value:g} of {test.points:g} points."
        return Outcome(score=score, message=message, cell=cell, subject=subject, provenance=Provenance.CLAIMED)
    expected, received = _compared(run)
    return Outcome(
        score=score,
        message=_said(run),
        expected=expected,
        received=received,
        cell=cell,
        subject=subject,
        provenance=Provenance.CLAIMED,
    )


def _run_of(test: CodeTest, evidence: Evidence) -> CodeTestRun | None:
    return next((run for run in evidence.tests if run.test == test.name), None)


def _passed_where_it_must_fail(form: str, evidence: Evidence) -> bool:
    """Whether the test of this form that must fail (`grader/inside/planned_tests.py`) did not."""
    return any(run.test == f"!{form}" and run.status is CellStatus.OK for run in evidence.tests)


def _share(test: CodeTest, run: CodeTestRun | None) -> float:
    """What a test gives of its points; a number that is no number of points gives all, as it does in nbgrader."""
    if run is None or run.status is not CellStatus.OK:
        return 0.0
    if test.form != "cell" or run.value is None or run.value < 0 or not test.points:
        return 1.0
    return min(1.0, run.value / test.points)


def _said(run: CodeTestRun) -> str:
    """What became of a test, with the line that failed."""
    if run.status is CellStatus.TIMEOUT:
        return "The test took too long and was stopped."
    if run.status is not CellStatus.ERROR or run.error is None:
        return "The kernel ended while the test ran."
    example = _DOCTEST.search(run.error.message)
    if example:
        raised = _RAISED.search(run.error.message)
        became = f"ended with {_shown(raised[1])}" if raised else "did not come out as expected."
        return f"`{_shown(example['example'])}` {became}"
    lines = _ARROW.findall(run.error.traceback)
    said = f"{run.error.name}: {run.error.message}".removesuffix(": ").removeprefix("TestFailed: ")
    if lines and run.error.name != "TestFailed":
        return f"`{_shown(lines[0])}` ended with {said}"
    return said.replace("\n", " ended with ", 1)


def _compared(run: CodeTestRun) -> tuple[str, str]:
    example = _DOCTEST.search(run.error.message) if run.error is not None else None
    if not example or (run.error is not None and _RAISED.search(run.error.message)):
        return "", ""
    return _shown(example["expected"] or "nothing"), _shown(example["got"] or "nothing")


def _shown(text: str) -> str:
    short = " ".join(line.strip() for line in text.strip().splitlines())
    return short if len(short) <= LINE else f"{short[: LINE - 1]}…"


def _why_not(evidence: Evidence) -> str:
    if evidence.status in {Status.GRADED, Status.STUDENT_ERROR}:
        return evidence.reason or "the run ended before it."
    return evidence.reason or "the notebook did not run to its end."
