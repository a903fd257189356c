"""Turns k runs of the reference into expectations, and the public part of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from grader.assignment import Assignment
from grader.errors import AssignmentError
from grader.evidence import DataSummary, Evidence, Status
from grader.expectations import Expectations
from grader.records import encode


def establish(assignment: Assignment, runs: Sequence[Evidence]) -> Expectations:
    """Lets every check learn from k runs of the reference.

    Raises:
        AssignmentError: the reference did not run to its end, or a check finds it lacking; names the check.
    """
    for evidence in runs:
        if evidence.status is not Status.GRADED:
            raise AssignmentError(
                f"the reference did not run through with seed {evidence.seed}: {evidence.status}. {evidence.reason}",
                where=f"reference/{assignment.name}/solution.ipynb",
                remedy="run it top to bottom and mend that cell; or raise the assignment's Limits",
            )
    learned: dict[str, dict[str, Any]] = {}
    for name, check in assignment.checks():
        try:
            learned[name] = dict(check.learn(runs))
        except AssignmentError as error:
            raise AssignmentError(error.what, where=error.where or f"check {name}", remedy=error.remedy) from error
        except Exception as error:
            raise AssignmentError(
                f"{type(error).__name__}: {error}", where=f"check {name}, while calibrating"
            ) from error
    return Expectations(
        assignment=assignment.name,
        data_source=runs[0].data_source,
        recipe=assignment.recipe,
        seeds=tuple(e.seed for e in runs),
        checks=learned,
        environment=dict(runs[0].environment),
        seconds=round(statistics.median(e.seconds for e in runs), 2),
        peak_memory=max(e.peak_memory for e in runs),
        reference=_slim(runs[0]),
    )


def public_part(expectations: Expectations, assignment: Assignment) -> Expectations:
    """What the public checks need and nothing else."""
    open_checks = {name for name, check in assignment.checks() if not check.hidden}
    return replace(
        expectations,
        checks={name: kept for name, kept in expectations.checks.items() if name in open_checks},
        reference=None,
    )


def readable(expectations: Expectations) -> bytes:
    """As they stand in their file: JSON with a line for each value, so that a change of one is a change of one line."""
    return msgspec.json.format(encode(expectations), indent=1) + b"\n"


def false_fail(assignment: Assignment, expectations: Expectations) -> tuple[float, float]:
    """Highest probability that right work loses a point to chance: by its first run alone, and under the re-run rule.

    The sum over all checks with a calibrated bound (Boole's inequality), as far as their bounds hold (docs/calibration.md).
    """
    chances: list[float] = []
    for exercise in assignment.exercises:
        for check in exercise.checks:
            kept = expectations.checks.get(f"{exercise.name}.{check.name}", {})
            steps = kept["epochs"] if isinstance(kept.get("epochs"), list) else [kept]
            chance = sum(
                float(s["false_fail"]) for s in steps if isinstance(s, dict) and {"bound", "false_fail"} <= s.keys()
            )
            if exercise.points and check.weight:
                chances.append(chance)
    return sum(chances), sum(assignment.rerun.false_fail(min(c, 1.0)) for c in chances)


def _slim(evidence: Evidence) -> Evidence:
    """Without what only a run itself needs: samples of the data, outputs, timings."""
    return replace(
        evidence,
        fits=tuple(
            replace(
                f,
                x=_bare(f.x),
                y=_bare(f.y),
                validation_x=f.validation_x and _bare(f.validation_x),
                validation_y=f.validation_y and _bare(f.validation_y),
            )
            for f in evidence.fits
        ),
        evaluations=tuple(replace(e, x=_bare(e.x), y=_bare(e.y)) for e in evidence.evaluations),
        predictions=tuple(replace(p, x=_bare(p.x), output=_bare(p.output)) for p in evidence.predictions),
    )


def _bare(data: DataSummary) -> DataSummary:
    return replace(data, sample=None, keys=None)
