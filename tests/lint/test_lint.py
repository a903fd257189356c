"""What lint makes of reports, without running a notebook."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.assignment import Assignment, Exercise
from grader.checks import ModelQuery, architecture, number
from grader.course import Course
from grader.errors import UsageError
from grader.evidence import Status
from grader.lint import Case, CaseKind, Lint, cases, gaps, held, show, to_json
from grader.lint.cases import empty_models
from grader.report import Finding, Report, SubmissionId, Verdict
from grader.variant import Replace, Variant

ROOT = Path(__file__).parents[2]
WRONG = Variant(
    name="half", why="halves the units", change=(Replace("16", "8"),), fails=("network.units",), cause="8 UNITS"
)


def report(units: Verdict = Verdict.PASSED, message: str = "", **changed: Any) -> Report:
    """Two checks of 2 points; `answer` passes."""
    points = 2.0 if units in {Verdict.PASSED, Verdict.BROKEN} else 0.0
    finding = Finding(
        exercise="network", check="units", title="Units", verdict=units, points=points, max_points=2, message=message
    )
    other = replace(finding, check="answer", verdict=Verdict.PASSED, points=2.0, message="")
    made = Report(
        assignment="a",
        submission=SubmissionId(student="s", file="s.ipynb", sha256=""),
        status=Status.GRADED,
        score=2 + points,
        max_score=4,
        findings=(finding, other),
        seconds=1.5,
    )
    return replace(made, **changed)


def case(kind: CaseKind, variant: Variant | None = None) -> Case:
    return Case(name="c", kind=kind, why="is a case", notebook=nbformat.v4.new_notebook(), variant=variant)


def test_a_wrong_variant_that_is_caught_with_its_cause() -> None:
    found = held(case(CaseKind.WRONG, WRONG), report(Verdict.FAILED, "It has 8 units."))
    assert found.problems == ()
    assert found.lost == ("network.units",)


def test_a_wrong_variant_that_fails_for_another_cause() -> None:
    found = held(case(CaseKind.WRONG, WRONG), report(Verdict.FAILED, "It has no units."))
    assert found.problems == ("the report doesn't name the cause '8 UNITS'",)


def test_words_of_a_passed_check_name_no_cause() -> None:
    found = held(case(CaseKind.WRONG, WRONG), report(Verdict.PASSED, "It has 8 units."))
    assert len(found.problems) == 3


def test_a_wrong_variant_that_declares_no_check_of_the_assignment() -> None:
    variant = replace(WRONG, fails=("network.unit",))
    found = held(case(CaseKind.WRONG, variant), report(Verdict.FAILED, "8 units"))
    assert "no check" in found.problems[0]


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.PARTIAL, Verdict.SKIPPED])
def test_a_right_answer_that_is_refused(verdict: Verdict) -> None:
    found = held(case(CaseKind.RIGHT), report(verdict, "no"))
    assert "network.units" in found.problems[0]
    assert "2 of 4" in found.problems[1]


def test_an_unlucky_run_costs_a_right_answer_nothing_where_the_check_is_worth_nothing() -> None:
    unlucky = report(Verdict.PARTIAL, "outside the band")
    finding, other = unlucky.findings
    for short, points, problems in ((0.4, 0.0, 0), (0.4, finding.max_points, 2), (None, 0.0, 1)):
        changed = replace(finding, short=short, points=0.0, max_points=points)
        assert len(held(case(CaseKind.RIGHT), replace(unlucky, findings=(changed, other))).problems) == problems


def test_a_right_answer() -> None:
    assert held(case(CaseKind.RIGHT), report()).problems == ()


def test_points_for_nothing() -> None:
    found = held(case(CaseKind.NOTHING), report(Verdict.FAILED))
    assert len(found.problems) == 1
    assert "network.answer gives 2 points" in found.problems[0]


def test_a_machine_fault_and_a_broken_check_need_a_human() -> None:
    fault = held(case(CaseKind.RIGHT), report(status=Status.MACHINE_ERROR, score=None, reason="no memory"))
    broken = held(case(CaseKind.RIGHT), report(Verdict.BROKEN))
    assert fault.needs_human
    assert broken.needs_human
    assert "no memory" in fault.problems[0]
    assert "broken" in broken.problems[0]


def assignment() -> Assignment:
    network = ModelQuery(name="network", variables=("network", "net"))
    checks = (architecture(network, name="units"), number("answer"), number("free", weight=0))
    exercise = Exercise(
        name="network", title="Network", points=4, checks=checks, variables=("network", "answer", "notes")
    )
    return Assignment(name="a", title="A", exercises=(exercise,))


def test_gaps() -> None:
    wrong = held(case(CaseKind.WRONG, WRONG), report(Verdict.FAILED, "8 units"))
    found = gaps(assignment(), (WRONG,), [wrong])
    assert found.never_fails == ("network.answer",)
    assert found.undeclared == ()
    assert found.unasked == ("network: notes",)
    assert found.few_right == 6
    assert len(found.lines()) == 3
    undeclared = gaps(assignment(), (replace(WRONG, fails=("network.answer",)),), [wrong])
    assert undeclared.undeclared == ("network.units",)


def test_shown_and_as_json() -> None:
    results = (
        held(case(CaseKind.RIGHT), report()),
        held(case(CaseKind.WRONG, WRONG), report(Verdict.FAILED, "[red]no[/red]")),
    )
    found = Lint(
        assignment="a",
        title="A [b]",
        data_source="none",
        recipe="small",
        checks=3,
        hidden_checks=1,
        results=results,
        repeats=0,
        false_fail=(1e-3, 1e-6),
        gaps=gaps(assignment(), (WRONG,), results),
    )
    assert [r.name for r in found.problems] == ["c"]
    assert found.seconds == 1.5
    text = show(found)
    for words in ("A [b] (a, none data, recipe small)", "1 of 1 earn full marks", "0 of 1 lose", "'8 UNITS'", "1e-06"):
        assert words in text
    assert json.loads(to_json(found))["results"][1]["problems"]


def test_cases_of_a_real_assignment() -> None:
    folder = Course(root=ROOT).folder("tiny_mlp")
    found = cases(folder)
    assert [c.name for c in found[:4]] == ["starter", "starter_run", "empty_model", "solution"]
    assert {c.kind for c in cases(folder, ["right"])} == {CaseKind.RIGHT}
    assert [c.name for c in cases(folder, ["functional", "starter"])] == ["starter", "functional"]
    with pytest.raises(UsageError, match="no case 'functoinal'"):
        cases(folder, ["functoinal"])
    code = empty_models(folder.assignment(hidden=True))
    compile(code, "empty", "exec")
    assert "def softmax(" in code
    assert "= keras.Sequential()" in code


def test_a_variant_belongs_to_the_forms_it_names() -> None:
    folder = Course(root=ROOT).folder("boston_regression")
    [limited] = [v for v in folder.variants() if v.forms]
    assert limited.forms == ("full",)
    assert limited.name in {c.name for c in cases(folder.by("full"))}
    assert limited.name not in {c.name for c in cases(folder.by("small"))}
