"""Each suspicion from evidence made by hand: its sign, its innocent neighbours, and what an assignment makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from evidence_by_hand import accuracy, fit, mnist, model

from grader import honesty
from grader.assignment import Assignment, Exercise
from grader.calibration import establish
from grader.checks import HeldOut, ModelQuery, metric, parameters
from grader.errors import AssignmentError
from grader.evidence import DataSummary, Evidence, Overlap
from grader.inside.probe.row_keys import row_keys
from grader.judge import for_student, judge
from grader.report import SubmissionId, Suspicion, Verdict

WHO = SubmissionId(student="ana", file="ana.ipynb", sha256="0" * 64)
NETWORK = ModelQuery(samples=60_000, epochs=5, held_out=HeldOut(dataset="mnist"))
ASSIGNMENT = Assignment(
    name="a",
    title="A",
    exercises=(
        Exercise(name="e", title="E", points=4, checks=(metric(NETWORK, name="accuracy"), parameters(NETWORK))),
    ),
)
ROWS = np.random.default_rng(3).random((2000, 30))
USUAL: dict[str, Any] = {"weights_before": "start", "weights_after": "end"}


def data(rows: Any) -> DataSummary:
    return DataSummary(shape=rows.shape, dtype=rows.dtype.name, keys=row_keys(rows))


def trained(*fits: dict[str, Any], final: str = "end", **changes: Any) -> Evidence:
    made = tuple(fit(n, cell=4 + n, **(USUAL | f)) for n, f in enumerate(fits or ({},), 1))
    return mnist(fits=made, models=(model(weights_digest=final),), **changes)


def kinds(evidence: Evidence, reference: Evidence | None = None, assignment: Assignment = ASSIGNMENT) -> list[str]:
    return [str(flag.kind) for flag in honesty.flags(assignment, evidence, reference)]


def overlap(part: str, rows: int) -> Overlap:
    return Overlap(fit=1, part=part, held_out="mnist-test", rows=rows, of=512)


def test_an_ordinary_notebook_raises_no_flag() -> None:
    assert kinds(trained()) == []
    assert kinds(mnist()) == []
    assert kinds(mnist(models=(), fits=())) == []


@pytest.mark.parametrize("part", ["training", "validation"])
def test_held_out_rows_are_told_with_their_number(part: str) -> None:
    evidence = trained(overlaps=(overlap(part, 73),))
    assert kinds(evidence) == [f"test_rows_in_{part}"]
    assert "73 of 512" in honesty.flags(ASSIGNMENT, evidence, None)[0].text
    assert kinds(trained(overlaps=(overlap(part, 12),))) == [], "texts that occur twice"
    assert kinds(evidence, evidence) == [], "the reference does it too"


def test_validation_on_rows_that_were_trained_on() -> None:
    whole, own = {"x": data(ROWS)}, {"x": data(ROWS[500:]), "validation_x": data(ROWS[:500])}
    assert kinds(trained(whole | {"validation_x": data(ROWS[-500:])})) == ["validation_in_training"]
    assert kinds(trained(own)) == []
    later = own | {"weights_before": "end", "weights_after": "later"}
    flags = honesty.flags(ASSIGNMENT, trained(whole, later, final="later"), None)
    assert "earlier fit in cell 5" in flags[0].text
    assert kinds(trained(own, {"x": data(ROWS), "weights_before": "end"})) == [], (
        "validated before it was trained on all"
    )


def test_weights_that_no_fit_left() -> None:
    assert kinds(trained(final="other")) == ["unexplained_weights"]
    assert kinds(trained({}, {"weights_before": "other", "weights_after": "last"}, final="last")) == [
        "unexplained_weights"
    ]
    again = {"weights_before": "start", "weights_after": "last"}
    assert kinds(trained({}, again, final="last")) == [], "set back to where it started"
    assert kinds(trained({}, again, final="end")) == [], "the better of two trainings"
    assert kinds(trained({"weights_before": ""})) == [], "built by its first fit"
    assert kinds(trained(final="")) == [], "weights too large to keep"


def test_training_that_changes_nothing() -> None:
    assert kinds(trained({"weights_after": "start"}, final="start")) == ["unchanged_weights"]


@pytest.mark.parametrize(
    ("history", "verified", "flagged"),
    [
        ({"accuracy": [0.5, 0.99], "val_accuracy": [0.5, 0.99]}, 0.70, True),
        ({"accuracy": [0.5, 0.99], "val_accuracy": [0.5, 0.72]}, 0.70, False),
        ({"acc": [0.5, 0.99], "val_acc": [0.5, 0.99]}, 0.98, False),
        ({"val_accuracy": [0.5, 0.30]}, 0.98, False),
        ({"val_accuracy": [0.5, None]}, 0.98, False),
        ({}, 0.98, False),
    ],
)
def test_a_history_is_held_against_the_weights(
    history: dict[str, list[float | None]], verified: float, flagged: bool
) -> None:
    evidence = trained(
        {"history": history, "validation_x": DataSummary(shape=(1000, 784))}, measurements=(accuracy(verified),)
    )
    assert kinds(evidence) == (["history_mismatch"] if flagged else [])


def test_training_figures_are_compared_where_the_reference_has_them() -> None:
    claims = trained({"history": {"accuracy": [0.99]}}, measurements=(accuracy(0.60),))
    assert kinds(claims) == []
    assert kinds(claims, trained({"history": {"accuracy": [0.98]}})) == ["history_mismatch"]
    overfits = trained({"history": {"accuracy": [0.99]}}, measurements=(accuracy(0.75),))
    assert kinds(claims, overfits) == [], "the reference lies apart as far"


def test_an_assignment_decides_what_a_suspicion_costs() -> None:
    known = establish(ASSIGNMENT, [trained(measurements=(accuracy(v),)) for v in (0.978, 0.979, 0.98)])
    evidence = trained(overlaps=(overlap("training", 73),))
    shown = judge(ASSIGNMENT, evidence, known, submission=WHO)
    assert shown.score == 4
    assert "73 of 512" in " ".join(shown.flags)
    assert for_student(shown).honesty == ()
    assert for_student(shown).flags == ()
    strict = replace(ASSIGNMENT, honesty={"test_rows_in_training": "fail"})
    report = judge(strict, evidence, known, submission=WHO)
    assert [f.verdict for f in report.findings] == [Verdict.FAILED, Verdict.PASSED]
    assert report.score == 2
    assert "73 of 512" in for_student(report).findings[0].message
    assert kinds(evidence, assignment=replace(ASSIGNMENT, honesty={Suspicion.TEST_ROWS_IN_TRAINING: "ignore"})) == []
    with pytest.raises(AssignmentError, match="cheating"):
        replace(ASSIGNMENT, honesty={"cheating": "fail"})
    with pytest.raises(AssignmentError, match="expel"):
        replace(ASSIGNMENT, honesty={"test_rows_in_training": "expel"})  # type: ignore[dict-item]


def test_a_fault_in_a_flag_costs_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    known = establish(ASSIGNMENT, [trained(measurements=(accuracy(v),)) for v in (0.978, 0.979, 0.98)])
    monkeypatch.setattr(honesty, "flags", breaks)
    report = judge(ASSIGNMENT, trained(), known, submission=WHO)
    assert report.score == 4
    assert "could not be carried out: ZeroDivisionError" in " ".join(report.notes)
