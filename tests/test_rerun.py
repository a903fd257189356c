"""The re-run rule: its probabilities, what it asks for, what it decides, and a real notebook that it trains again."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from evidence_by_hand import accuracy, mnist, reference_runs

from grader.assignment import Assignment, Exercise
from grader.calibration import establish, false_fail
from grader.checks import HeldOut, ModelQuery, architecture, metric, parameters
from grader.errors import AssignmentError
from grader.evidence import Evidence
from grader.expectations import Expectations
from grader.judge import judge
from grader.report import Finding, Report, SubmissionId, Verdict
from grader.rerun import Rerun, decided, undecided
from grader.thresholds import Threshold, threshold

WHO = SubmissionId(student="ana", file="ana.ipynb", sha256="0" * 64)
NETWORK = ModelQuery(samples=60_000, epochs=5, held_out=HeldOut(dataset="mnist"))
ASSIGNMENT = Assignment(
    name="a",
    title="A",
    exercises=(
        Exercise(
            name="e",
            title="E",
            points=4,
            checks=(metric(NETWORK, name="accuracy"), parameters(NETWORK, name="after", after=("accuracy",))),
        ),
    ),
)


@pytest.fixture(scope="module")
def expectations() -> Expectations:
    return establish(ASSIGNMENT, reference_runs(20))


@pytest.fixture(scope="module")
def bound(expectations: Expectations) -> Threshold:
    return Threshold.from_json(expectations.checks["e.accuracy"])


def run(value: float, seed: int = 1) -> Evidence:
    return mnist(measurements=(accuracy(value),), seed=seed)


def graded(expectations: Expectations, *values: float, assignment: Assignment = ASSIGNMENT) -> Report:
    first, *further = (run(value, seed) for seed, value in enumerate(values))
    return judge(assignment, first, expectations, submission=WHO, further=further)


def wants_more(report: Report, assignment: Assignment = ASSIGNMENT) -> bool:
    return bool(undecided(assignment.rerun, report.findings, assignment.models_by_check()))


@pytest.mark.parametrize("chance", [0.0, 0.05, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("extra", [0, 2, 4, 6])
def test_probabilities_are_those_of_simulated_grading(chance: float, extra: int) -> None:
    rule = Rerun(extra=extra)
    runs = np.random.default_rng(extra).random((200_000, extra + 1)) < chance
    passes = runs[:, 0] | (runs.sum(axis=1) >= rule.majority) & (extra > 0)
    assert rule.pass_probability(chance) == pytest.approx(passes.mean(), abs=0.004)
    assert rule.false_fail(1 - chance) == pytest.approx(1 - rule.pass_probability(chance))


@pytest.mark.parametrize("chance", [0.001, 0.01, 0.05, 0.1])
def test_clearly_wrong_work_gains_next_to_nothing(chance: float) -> None:
    assert Rerun().pass_probability(chance) - chance < 4 * chance**3 < 0.0041


def test_right_work_hardly_ever_loses_by_chance() -> None:
    assert Rerun().false_fail(1e-3) < 1e-8
    assert Rerun().false_fail(1 / 30) < 3e-4, "one run of thirty gets stuck"
    assert Rerun().false_fail(1e-3, beyond_zone=1e-5) == pytest.approx(1e-5, rel=0.01)


def test_runs_stop_as_soon_as_the_rest_can_change_nothing() -> None:
    rule = Rerun()
    assert decided(rule, [False, False]) is None
    assert decided(rule, [False, False, False]) is False
    assert decided(rule, [False, True, True]) is None
    assert decided(rule, [False, True, True, True]) is True
    assert decided(rule, [False, True, False, True, True]) is True
    with pytest.raises(AssignmentError, match="rule"):
        Rerun(extra=3)
    with pytest.raises(AssignmentError, match="rule"):
        Rerun(zone=math.nan)


def test_a_miss_is_measured_in_distances_from_mean_to_bound(bound: Threshold) -> None:
    reach = bound.mean - bound.bound
    assert bound.short(bound.bound) is None
    assert bound.short(bound.bound - 0.3 * reach) == pytest.approx(0.3)
    assert replace(bound, worst=0.2).short(0.2) == 0.0
    loss = threshold("loss", [0.30, 0.31, 0.32, 0.31])
    assert loss.short(0.31) is None
    assert (loss.short(2 * loss.bound - loss.mean) or 0) == pytest.approx(1)
    assert threshold("loss", [0.3] * 4, n=0).short(0.4) == 1000, "no spread at all"


def test_most_runs_decide_and_what_depends_on_it_is_graded_too(expectations: Expectations, bound: Threshold) -> None:
    below, above = bound.bound - 0.0005, bound.mean
    once = graded(expectations, below)
    assert wants_more(once)
    assert by_name(once)["after"].verdict is Verdict.SKIPPED
    passed = graded(expectations, below, above, above, below, above)
    found = by_name(passed)["accuracy"]
    assert not wants_more(passed)
    assert [r.passed for r in found.runs] == [False, True, True, False, True]
    assert [r.seed for r in found.runs] == [0, 1, 2, 3, 4] == list(passed.seeds)
    assert found.verdict is by_name(passed)["after"].verdict is Verdict.PASSED
    assert "3 of 5 runs reach the bound" in found.message
    assert f"{above:.4f}, {above:.4f}, {below:.4f}, {above:.4f}" in found.message
    failed = by_name(graded(expectations, below, below, below))["accuracy"]
    assert failed.verdict is Verdict.FAILED
    assert "3 of 3 runs miss the bound" in failed.message


def test_undecided_runs_leave_the_mark_and_call_a_person(expectations: Expectations, bound: Threshold) -> None:
    report = graded(expectations, bound.bound - 0.0005, bound.mean)
    assert wants_more(report)
    assert "don't decide" in by_name(report)["accuracy"].flag
    assert by_name(report)["accuracy"].verdict is Verdict.FAILED


def test_a_far_miss_is_trained_again_only_where_nothing_else_explains_it(
    expectations: Expectations, bound: Threshold
) -> None:
    wide = replace(
        ASSIGNMENT,
        exercises=(
            *ASSIGNMENT.exercises,
            Exercise(name="n", title="N", points=1, checks=(architecture(NETWORK),)),
        ),
    )
    known = establish(wide, reference_runs(20))
    assert wants_more(graded(known, 0.3, assignment=wide), wide)
    findings = graded(known, 0.3, assignment=wide).findings
    explained = [replace(f, verdict=Verdict.FAILED) if f.check == "architecture" else f for f in findings]
    assert not undecided(wide.rerun, explained, wide.models_by_check())
    near = graded(known, bound.bound - 0.0005, assignment=wide).findings
    explained = [replace(f, verdict=Verdict.FAILED) if f.check == "architecture" else f for f in near]
    assert undecided(wide.rerun, explained, wide.models_by_check()) == ("e.accuracy",)
    assert not undecided(Rerun(extra=0), near, wide.models_by_check())


def test_chances_add_up_over_the_checks_of_an_assignment(expectations: Expectations) -> None:
    once, ruled = false_fail(ASSIGNMENT, expectations)
    assert once == pytest.approx(0.001)
    assert ruled < 1e-8
    assert false_fail(replace(ASSIGNMENT, rerun=Rerun(extra=0)), expectations) == (once, once)


def by_name(report: Report) -> dict[str, Finding]:
    return {f.check: f for f in report.findings}
