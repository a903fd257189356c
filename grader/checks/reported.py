"""Checks of a score that a notebook reports, where it can't be measured again outside: against the reference's band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from grader.checks.arrays import no_variable
from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, Wanted
from grader.checks.metrics import ALIASES
from grader.errors import AssignmentError
from grader.evidence import Evidence, Provenance, Value
from grader.report import Outcome
from grader.thresholds import CONFIDENCE, FALSE_FAIL, Threshold, threshold


def reported(
    name: str,
    metric: str = "accuracy",
    /,
    *,
    aliases: tuple[str, ...] = (),
    rows: int = 0,
    false_fail: float = FALSE_FAIL,
    confidence: float = CONFIDENCE,
    **common: Unpack[Common],
) -> Check:
    """Whether a variable holds a score as good as the reference's; one that is better than its band is flagged.

    For scores that only the notebook's own process computes, such as those of a cross-validation. The finding says that
    they are claimed.

    Args:
        name: of the variable.
        metric: what it is: `accuracy`, `mean_absolute_error` or another name of `metric`; decides which way is better.
        aliases: other names it may go by.
        rows: rows that it is computed on, for the finite-sample noise; 0 when it differs.
        false_fail: highest probability that a run like the reference's misses the bound.
        confidence: confidence in that probability.
        **common: as for every check.
    """
    kind = ALIASES.get(metric, metric)
    names = (name, *aliases)

    def learn(runs: Sequence[Evidence]) -> Expected:
        found = [number_of(run.value(*names)) for run in runs]
        values = [v for v in found if v is not None and np.isfinite(v)]
        if not values or len(values) < len(found):
            raise AssignmentError(f"a run of the reference has no number {name}")
        return threshold(kind, values, n=rows, false_fail=false_fail, confidence=confidence).to_json()

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        found = evidence.value(*names)
        if found is None:
            return no_variable(evidence, name)
        had = number_of(found)
        if had is None or not np.isfinite(had):
            what = f"a {found.type_name}" if had is None else "not a finite number"
            return Outcome(
                score=0,
                message=f"{found.name} is {what}, expected a number.",
                cell=found.cell,
                provenance=Provenance.CLAIMED,
            )
        return _compare(found, had, Threshold.from_json(expected), kind)

    return build(
        name=name,
        title=f"{name} is as good as it should be.",
        judge=judge,
        learn=learn,
        wants=Wanted(variables=names),
        common=common,
    )


def number_of(value: Value | None) -> float | None:
    """A number, or an array that holds exactly one."""
    if value is None or value.kind == "bool":
        return None
    if value.kind == "number" and isinstance(value.value, int | float):
        return float(value.value)
    if value.array is not None and value.array.size == 1:
        return float(np.ravel(value.array)[0])
    return None


def _compare(found: Value, had: float, limit: Threshold, kind: str) -> Outcome:
    sign = 1 if limit.higher_is_better else -1
    good = sign * (had - limit.bound) >= -1e-9
    least = "at least" if sign > 0 else "at most"
    message = (
        f"{found.name} is {had:.4g}, {least} {limit.bound:.4g} is asked for ({limit.runs} runs of the reference lie "
        f"between {limit.low:.4g} and {limit.high:.4g})."
    )
    if not good and had * sign < 0:
        message += " The sign is wrong: scikit-learn's scores are negative for errors, so that more is better."
    better = sign * (had - (limit.high if sign > 0 else limit.low)) > 1e-9
    label = kind.replace("_", " ")
    return Outcome(
        score=float(good),
        message=message,
        expected=f"{least} {limit.bound:.4g}",
        received=f"{had:.4g}",
        cell=found.cell,
        provenance=Provenance.CLAIMED,
        subject=f"`{found.name}` as it was at the end of cell {found.cell}.",
        flag=f"{found.name}, {label} {had:.4g}, is better than the reference's band." if better else "",
        value=had,
        short=None if good or had * sign < 0 else limit.short(had),
    )
