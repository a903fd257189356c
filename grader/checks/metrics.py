"""Checks of a metric that was measured outside student code, against a calibrated threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, ModelQuery, Undecidable, Wanted
from grader.checks.choose import Chosen
from grader.checks.subject import find_trained, rebuilt, reference_model
from grader.errors import AssignmentError
from grader.evidence import Evidence, Examined, Measurement
from grader.report import Outcome
from grader.thresholds import CONFIDENCE, FALSE_FAIL, Threshold, threshold

ALIASES = {
    "acc": "accuracy",
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "categorical_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "binary_accuracy": "accuracy",
}


def metric(
    model: ModelQuery,
    metric: str = "accuracy",
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    floor: float | None = None,
    false_fail: float = FALSE_FAIL,
    confidence: float = CONFIDENCE,
    **common: Unpack[Common],
) -> Check:
    """Whether the trained network does as well as the reference on held-out data.

    Args:
        model: which model; its `held_out` says on which data.
        metric: `accuracy`, `loss`, `mean_absolute_error`, `mean_squared_error` or a short form of these.
        at_least: a bound typed by hand instead of the calibrated one, where more is better.
        at_most: the same where less is better.
        floor: earns 0 at this value and rises linearly to full marks at the bound; without it there are no marks
            short of the bound.
        false_fail: highest probability that a run like the reference's misses the bound.
        confidence: confidence in that probability.
        **common: as for every check.

    Raises:
        AssignmentError: the query names no held-out data.
    """
    name = ALIASES.get(metric, metric)
    held_out = model.held_out
    if held_out is None:
        raise AssignmentError(
            f"metric({model.name!r}, {metric!r}) needs held-out data", remedy="give the ModelQuery held_out=HeldOut(…)"
        )
    split = held_out.name

    def learn(runs: Sequence[Evidence]) -> Expected:
        found = [_measured(run, reference_model(run, model, trained=True), split, name) for run in runs]
        values = [m.value for m in found if m is not None]
        if not found or len(values) < len(found):
            raise AssignmentError(f"a run of the reference has no {name} on {split}")
        rows = min(m.count for m in found if m is not None)
        return threshold(name, values, n=rows, false_fail=false_fail, confidence=confidence).to_json()

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        chosen = find_trained(evidence, model)
        if isinstance(chosen, Outcome):
            return chosen
        got = _measured(evidence, chosen, split, name)
        if got is None:
            examined = rebuilt(evidence, model, chosen)
            return examined if isinstance(examined, Outcome) else _unmeasured(model, chosen, examined, evidence)
        limit = Threshold.from_json(expected)
        return _compare(chosen, got, limit, name, at_least if at_least is not None else at_most, floor)

    return build(
        name=f"{held_out.split}_{name}",
        title=f"The trained {model.name} reaches the {name.replace('_', ' ')} asked for on the {held_out.split} data.",
        hint="Compare data preparation, layers, loss, epochs and batch size with what was asked.",
        judge=judge,
        learn=learn,
        wants=Wanted(models=(model,)),
        common=common,
    )


def _measured(evidence: Evidence, chosen: Chosen, split: str, name: str) -> Measurement | None:
    snapshot = chosen.model.snapshot
    found = [m for m in evidence.measurements if m.snapshot == snapshot and m.held_out == split and m.metric == name]
    return found[-1] if found else None


def _unmeasured(model: ModelQuery, chosen: Chosen, examined: Examined, evidence: Evidence) -> Outcome:
    """The model could be rebuilt, but its inputs are no known preparation of the data, or its outputs don't fit."""
    if evidence.sandbox == "live":
        raise Undecidable
    split = model.held_out.name if model.held_out is not None else ""
    shown = " and ".join(map(str, examined.output_shapes))
    why = examined.unpredicted.get(split) or (
        f"its training inputs are no preparation of the data set that is known here, or its outputs of shape {shown} "
        "don't fit the labels"
    )
    return Outcome(
        score=0,
        message=f"The {model.name} could not be measured on the held-out data: {why}.",
        expected="predictions for the held-out rows",
        received="none",
        cell=chosen.fits[-1].cell,
        subject=chosen.why,
        flag=f"The {model.name} was rebuilt but has no measurement on the held-out data.",
    )


def _compare(
    chosen: Chosen,
    got: Measurement,
    limit: Threshold,
    name: str,
    typed: float | None,
    floor: float | None,
) -> Outcome:
    bound = limit.bound if typed is None else typed
    sign = 1 if limit.higher_is_better else -1
    label = name.replace("_", " ")
    good = sign * (got.value - bound) >= -1e-9
    score = float(good)
    if not good and floor is not None and sign * (bound - floor) > 0:
        score = min(max((got.value - floor) / (bound - floor), 0.0), 0.999)
    least = "at least" if sign > 0 else "at most"
    band = f"{limit.runs} runs of the reference lie between {limit.low:.4f} and {limit.high:.4f}"
    chance = f"a right solution loses these points by chance with probability {limit.false_fail:.2g} at most"
    if typed is not None:
        chance = "the bound was set by the instructor"
    flag = ""
    if sign * (got.value - (limit.high if sign > 0 else limit.low)) > 1e-9:
        flag = (
            f"{label} {got.value:.4f} is better than the reference's band ({limit.low:.4f} to {limit.high:.4f}): "
            "were held-out rows in the training data?"
        )
    how = f" The inputs were prepared like the training data: {got.encoding}." if got.encoding else ""
    return Outcome(
        score=score,
        message=f"The {label} on {got.count:,} held-out rows is {got.value:.4f}, {least} {bound:.4f} is asked for "
        f"({band}; {chance}).{how}",
        expected=f"{least} {bound:.4f}",
        received=f"{got.value:.4f}",
        cell=chosen.trained[-1].cell,
        provenance=got.provenance,
        subject=chosen.why,
        flag=flag,
        value=got.value,
        short=None if good or typed is not None else limit.short(got.value),
    )
