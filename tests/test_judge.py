"""The judge: points, dependencies, faults that are not the student's, and what a student may see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from evidence_by_hand import cells, mnist, model, reference_runs

from grader.assignment import Assignment, Exercise
from grader.calibration import establish
from grader.checks import (
    Check,
    HeldOut,
    ModelQuery,
    Outcome,
    Undecidable,
    architecture,
    custom,
    metric,
    parameters,
    trained,
)
from grader.evidence import Evidence, Notice, Status
from grader.expectations import Expectations
from grader.judge import for_student, judge
from grader.marking import WAITS
from grader.records import decode, encode
from grader.report import Finding, Report, SubmissionId, Verdict

WHO = SubmissionId(student="ana", file="ana.ipynb", sha256="0" * 64)
NETWORK = ModelQuery(samples=60_000, epochs=5, held_out=HeldOut(dataset="mnist"))


def fixed(name: str, score: float = 1.0, **settings: Any) -> Check:
    return Check(
        name=name, title=name, judge=lambda _e, _x: Outcome(score=score, message="said", flag="look"), **settings
    )


def raises(error: Exception, **settings: Any) -> Check:
    def judge_it(_evidence: Evidence, _expected: Any) -> Outcome:
        raise error

    return Check(name="raises", title="raises", judge=judge_it, **settings)


def one(*checks: Check, points: float = 10) -> Assignment:
    return Assignment(name="a", title="A", exercises=(Exercise(name="e", title="E", points=points, checks=checks),))


def run(assignment: Assignment, evidence: Evidence | None = None, expectations: Expectations | None = None) -> Report:
    return judge(assignment, evidence or mnist(), expectations, submission=WHO)


def by_name(report: Report) -> dict[str, Finding]:
    return {f.check: f for f in report.findings}


def test_points_go_by_weight() -> None:
    report = run(one(fixed("a", weight=3), fixed("b", 0.0), fixed("c", 0.5)))
    assert [f.points for f in report.findings] == [6, 0, 1]
    assert [f.verdict for f in report.findings] == [Verdict.PASSED, Verdict.FAILED, Verdict.PARTIAL]
    assert (report.score, report.max_score) == (7, 10)
    assert report.seeds == (1234,)


def test_sums_have_no_rounding_dust() -> None:
    assert run(one(*(fixed(f"c{i}") for i in range(7)), points=1)).score == 1


def test_a_failed_dependency_skips_and_is_named() -> None:
    report = run(one(fixed("second", after=("first",)), fixed("first", 0.5), fixed("third", after=("e.second",))))
    found = by_name(report)
    assert [f.check for f in report.findings] == ["second", "first", "third"]
    assert found["second"].verdict is found["third"].verdict is Verdict.SKIPPED
    assert "e.first" in found["second"].message
    assert found["second"].points == 0
    assert found["second"].max_points > 0


def test_a_dependency_that_is_met_lets_through() -> None:
    assert run(one(fixed("second", after=("first",)), fixed("first"))).score == 10


@pytest.mark.parametrize(
    "check", [raises(ZeroDivisionError("x")), fixed("raises", float("nan")), fixed("raises", after=("nobody",))]
)
def test_a_broken_check_costs_nothing_and_is_seen(check: Check) -> None:
    report = run(one(check, fixed("good")))
    assert by_name(report)["raises"].verdict is Verdict.BROKEN
    assert report.score == report.max_score
    assert report.needs_human
    assert "1 check could not be carried out" in " ".join(report.notes)


def test_a_missing_expectation_is_not_the_students_fault() -> None:
    report = run(one(architecture(NETWORK)), expectations=None)
    assert by_name(report)["architecture"].verdict is Verdict.BROKEN
    assert report.score == 10


def test_what_only_the_instructor_can_decide_counts_nowhere() -> None:
    @custom()
    def compares(student: Evidence, reference: Evidence) -> bool:
        """It has as many fits as the reference."""
        return len(student.fits) == len(reference.fits)

    assignment = one(compares, raises(Undecidable()), fixed("good", 0.5))
    report = run(assignment)
    assert by_name(report)["compares"].verdict is Verdict.SKIPPED
    assert "instructor" in by_name(report)["compares"].message
    assert (report.score, report.max_score) == (pytest.approx(10 / 6), pytest.approx(10 / 3))
    known = Expectations(assignment="a", data_source="none", seeds=(1,), checks={}, reference=mnist())
    assert by_name(run(assignment, expectations=known))["compares"].verdict is Verdict.PASSED


@pytest.mark.parametrize("status", [Status.UNREADABLE, Status.NOT_ATTEMPTED])
def test_nothing_to_judge_is_zero(status: Status) -> None:
    report = run(one(fixed("a"), raises(ValueError())), Evidence(status=status))
    assert report.score == 0
    assert {f.verdict for f in report.findings} == {Verdict.FAILED}
    assert not report.needs_human


def test_a_machine_error_is_ungraded() -> None:
    report = run(one(fixed("a", 0.0)), Evidence(status=Status.MACHINE_ERROR, reason="The disk is full."))
    assert report.score is None
    assert report.needs_human
    assert {f.verdict for f in report.findings} == {Verdict.SKIPPED}
    assert for_student(report).score is None


def test_a_timeout_is_judged_for_what_there_is() -> None:
    assert run(one(fixed("a")), mnist(status=Status.TIMEOUT)).score == 10


def test_a_student_sees_nothing_of_hidden_checks() -> None:
    assignment = one(
        fixed("open"),
        fixed("secret", 0.0, hidden=True),
        fixed("later", after=("secret",)),
        raises(ValueError("secret"), hidden=True),
    )
    full = run(assignment, mnist(notices=(Notice(cell=1, text="Output was cut."),)))
    seen = for_student(full)
    assert [f.check for f in seen.findings] == ["open", "later"]
    assert (seen.score, seen.max_score) == (2.5, 5)
    assert seen.exercises[0].max_points == 5
    assert seen.hidden_checks == 2
    assert not seen.flags
    assert seen.notes == ("Output was cut.",)
    assert b"secret" not in encode(seen)
    assert seen.audience == "student"
    assert for_student(seen) == seen
    assert full.score == 5


def test_models_are_listed_with_what_they_were_graded_as() -> None:
    other = model(2, 2, names=("draft",))
    report = run(one(trained(NETWORK, epochs=5, batch_size=None, samples=None)), mnist(models=(model(), other)))
    listed = {m.model: m for m in report.models}
    assert listed[1].graded_as == ("network",)
    assert (listed[1].parameters, listed[1].epochs) == (407_050, 5)
    assert "network" in listed[1].why
    assert listed[2].graded_as == ()


def test_the_reference_earns_full_marks_and_its_report_survives_json() -> None:
    assignment = one(architecture(NETWORK), parameters(NETWORK), trained(NETWORK), metric(NETWORK))
    runs = reference_runs()
    expectations = decode(encode(establish(assignment, runs)), Expectations)
    for evidence in runs:
        report = run(assignment, evidence, expectations)
        assert report.score == report.max_score, [f.message for f in report.findings]
        assert not report.needs_human
        assert not report.flags
        assert decode(encode(report), Report) == report


def test_an_empty_notebook_fails_with_reasons() -> None:
    assignment = one(architecture(NETWORK), parameters(NETWORK), trained(NETWORK), metric(NETWORK))
    expectations = establish(assignment, reference_runs())
    report = run(assignment, Evidence(cells=cells(3)), expectations)
    assert report.score == 0
    for finding in report.findings:
        assert finding.verdict is Verdict.FAILED
        assert "NameError" in finding.message
        assert finding.cell == 3


def _fits(student: Evidence) -> bool:
    """Its first training ran for a while."""
    return student.fits[0].epochs_run > 0


BREAKS_WITHOUT_FITS = custom(name="ran")(_fits)


def test_a_check_that_only_these_records_break_earns_nothing_and_waits_for_a_human() -> None:
    known = Expectations(assignment="a", data_source="none", seeds=(1,), checks={}, reference=mnist())
    report = run(one(BREAKS_WITHOUT_FITS, fixed("after", after=("ran",))), Evidence(), expectations=known)
    held = by_name(report)["ran"]
    assert (held.verdict, held.held, held.open, held.points) == (Verdict.BROKEN, True, True, 0)
    assert (report.score, report.waiting, report.max_score) == (5, 5, 10), "neither earned nor lost"
    assert report.needs_human
    assert "IndexError" in held.flag
    assert "IndexError" not in held.message
    assert "a human decides" in " ".join(report.notes)
    shown = for_student(report)
    assert (shown.score, shown.waiting) == (5, 5)
    assert not by_name(shown)["ran"].flag


def test_a_check_that_breaks_on_the_reference_too_gives_its_points() -> None:
    known = Expectations(assignment="a", data_source="none", seeds=(1,), checks={}, reference=Evidence())
    report = run(one(BREAKS_WITHOUT_FITS), Evidence(), expectations=known)
    assert (report.score, report.waiting) == (10, 0)
    assert not by_name(report)["ran"].held
    assert report.needs_human


def test_hidden_held_checks_say_nothing_to_students() -> None:
    known = Expectations(assignment="a", data_source="none", seeds=(1,), checks={}, reference=mnist())
    hidden = custom(name="canary", hidden=True)(_fits)
    report = run(one(hidden, fixed("good")), Evidence(), expectations=known)
    shown = for_student(report)
    assert (shown.score, shown.waiting, shown.max_score) == (5, 0, 5)
    assert not shown.notes
    assert "canary" not in encode(shown).decode()


def test_a_network_with_layers_of_its_own_waits_for_a_human() -> None:
    """Right answers can look like this: they must not be refused by what the grader can't see."""
    [examined] = mnist().examined[:1]
    refused = replace(examined, layers=(), refused="its layer Mine is not one of Keras' own")
    assignment = one(architecture(NETWORK), fixed("good"))
    known = establish(assignment, reference_runs())
    report = run(assignment, mnist(examined=(refused,)), expectations=known)
    held = by_name(report)["architecture"]
    assert (held.open, held.points) == (True, 0)
    assert "Mine" in held.message
    assert WAITS in held.message
    assert (report.score, report.waiting) == (5, 5)
    assert report.needs_human


def test_other_versions_than_calibrations_are_said_to_everyone_and_cost_nothing() -> None:
    assignment = one(architecture(NETWORK))
    runs = [replace(run, environment={"keras": "3.14.0", "python": "3.11.7"}) for run in reference_runs()]
    expectations = establish(assignment, runs)
    same = run(assignment, mnist(environment={"keras": "3.14.2", "python": "3.11.9"}), expectations)
    other = run(assignment, mnist(environment={"keras": "3.15.1", "python": "3.11.7"}), expectations)
    assert other.score == same.score == 10
    assert other.calibrated_with == {"keras": "3.14.0", "python": "3.11.7"}
    assert not [note for note in same.notes if "Keras" in note]
    for report in (other, for_student(other)):
        (note,) = [note for note in report.notes if "Keras" in note]
        assert "Keras 3.14.0" in note
        assert "Keras 3.15.1" in note


def test_a_list_of_models_that_breaks_costs_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a hidden name")

    monkeypatch.setattr("grader.judge.last_snapshots", fail)
    monkeypatch.setattr("grader.judge.honesty.flags", fail)
    report = run(one(fixed("good")))
    assert (report.score, report.models) == (10, ())
    assert sum("KeyError: 'a hidden name'" in note for note in report.notes) == 2
    assert "a hidden name" not in encode(for_student(report)).decode()
