"""Checks of a number that a student worked out: against the reference's, or against the student's own run."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Unpack

import numpy as np

from grader.checks.arrays import no_variable
from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, ModelQuery, Undecidable, Wanted
from grader.checks.choose import choose
from grader.checks.history import curve_of
from grader.checks.metrics import ALIASES
from grader.checks.settings import metric_name
from grader.errors import AssignmentError
from grader.evidence import Evidence, Provenance, Value
from grader.report import Outcome
from grader.thresholds import higher_is_better

Compute = Callable[[Evidence], float | int | None]


def number(
    name: str,
    /,
    *,
    aliases: tuple[str, ...] = (),
    tolerance: float = 1e-6,
    **common: Unpack[Common],
) -> Check:
    """Whether a variable holds the reference's number.

    Args:
        name: of the variable.
        aliases: other names it may go by.
        tolerance: largest difference that counts as none.
        **common: as for every check.
    """
    names = (name, *aliases)

    def learn(runs: Sequence[Evidence]) -> Expected:
        found = [_number(run.value(*names)) for run in runs]
        values = [v for v in found if v is not None]
        if not values or len(values) < len(found):
            raise AssignmentError(f"the reference has no number {name}")
        if max(values) - min(values) > 2 * tolerance:
            raise AssignmentError(
                f"the runs of the reference disagree on {name}: {min(values):g} to {max(values):g}",
                remedy="raise the tolerance, or compare with the student's own run: own_number",
            )
        return {"value": (max(values) + min(values)) / 2}

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        return _compare(evidence, names, float(expected["value"]), tolerance, "")

    return build(
        name=name,
        title=f"{name} is the right number.",
        judge=judge,
        learn=learn,
        wants=Wanted(variables=names),
        common=common,
    )


def own_number(
    name: str,
    compute: Compute,
    /,
    *,
    aliases: tuple[str, ...] = (),
    tolerance: float = 1e-6,
    because: str = "as your own run shows",
    wants: Wanted | None = None,
    **common: Unpack[Common],
) -> Check:
    """Whether a variable holds the number that follows from the student's own run.

    Args:
        name: of the variable.
        compute: the number from the student's evidence, e.g. the epoch of the lowest validation loss of the own
            history; None when the run doesn't say, which leaves the check undecided.
        aliases: other names it may go by.
        tolerance: largest difference that counts as none.
        because: ends the sentence `expected …`.
        wants: what `compute` needs to have collected beside the variable itself.
        **common: as for every check.
    """
    names = (name, *aliases)

    def judge(evidence: Evidence, _expected: Expected) -> Outcome:
        value = compute(evidence)
        if value is not None:
            return _compare(evidence, names, float(value), tolerance, because)
        if evidence.value(*names) is None:
            return no_variable(evidence, name)
        if evidence.sandbox == "live":
            raise Undecidable
        return Outcome(
            score=0,
            message=f"{name} can't be compared: the run doesn't show what it should follow from.",
            provenance=Provenance.CLAIMED,
        )

    extra = wants or Wanted()
    return build(
        name=name,
        title=f"{name} is the number that follows from the run.",
        judge=judge,
        wants=Wanted(variables=(*names, *extra.variables), functions=extra.functions, models=extra.models),
        common=common,
    )


def measured(model: ModelQuery, metric: str = "accuracy") -> Compute:
    """For `own_number`: the chosen model's own metric on its held-out data, measured outside student code.

    Where it could not be measured, the last `evaluate` of that model as recorded beside student code.
    """
    wanted = ALIASES.get(metric, metric)

    def compute(evidence: Evidence) -> float | None:
        chosen = choose(evidence, model)
        if chosen is None:
            return None
        split = model.held_out.name if model.held_out is not None else ""
        found = [
            m.value
            for m in evidence.measurements
            if (m.snapshot, m.held_out, m.metric) == (chosen.model.snapshot, split, wanted)
        ]
        if found:
            return found[-1]
        results = [e.results for e in evidence.evaluations if e.model == chosen.model.model]
        claimed = [v for r in results for k, v in r.items() if metric_name(k) == metric_name(wanted)]
        return claimed[-1] if claimed else None

    return compute


def best_epoch(model: ModelQuery, key: str = "val_loss") -> Compute:
    """For `own_number`: the epoch, from 1, in which the student's own curve was best (lowest for losses and errors)."""

    def compute(evidence: Evidence) -> int | None:
        chosen = choose(evidence, model)
        curve = curve_of(chosen, key) if chosen is not None else None
        known = [(value, epoch) for epoch, value in enumerate(curve or (), start=1) if value is not None]
        if not known:
            return None
        best = max if higher_is_better(key) else min
        return best(known, key=lambda pair: pair[0])[1]

    return compute


def _number(value: Value | None) -> float | None:
    """A number, or an array or text that holds exactly one."""
    if value is None or value.kind == "bool":
        return None
    if value.kind == "number" and isinstance(value.value, int | float):
        return float(value.value)
    if value.array is not None and value.array.size == 1:
        return float(np.ravel(value.array)[0])
    if value.kind == "text" and isinstance(value.value, str):
        try:
            return float(value.value.strip().replace(",", ""))
        except ValueError:
            return None
    return None


def _compare(evidence: Evidence, names: tuple[str, ...], wanted: float, tolerance: float, because: str) -> Outcome:
    found = evidence.value(*names)
    if found is None:
        return no_variable(evidence, names[0])
    had = _number(found)
    reason = f" {because}" if because else ""
    if had is None or not math.isfinite(had):
        what = "None" if found.kind == "none" else f"a {found.type_name}" if had is None else "not a finite number"
        message, good = f"{found.name} is {what}, expected a number.", False
    else:
        good = abs(had - wanted) <= tolerance + 1e-12
        message = f"{found.name} is {had:.8g}{', as expected.' if good else f', expected {wanted:.8g}{reason}.'}"
        if not good and abs(had - wanted) == 1 and float(wanted).is_integer():
            message += " It is off by one: the first epoch is number 1, the first index is 0." if because else ""
    return Outcome(
        score=float(good),
        message=message,
        expected=f"{wanted:.8g}",
        received="none" if had is None else f"{had:.8g}",
        cell=found.cell,
        provenance=Provenance.CLAIMED,
        subject=f"`{found.name}` as it was at the end of cell {found.cell}.",
    )
