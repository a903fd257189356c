"""Checks of a recorded history curve against the reference's per-epoch band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, ModelQuery, Wanted
from grader.checks.choose import Chosen
from grader.checks.settings import metric_name
from grader.checks.subject import find_trained, reference_model
from grader.checks.training import validation_rows
from grader.errors import AssignmentError
from grader.evidence import Evidence, Provenance
from grader.report import Curve, Outcome
from grader.thresholds import CONFIDENCE, FALSE_FAIL, FAR, Threshold, history_band


def history_key(key: str) -> str:
    """One spelling for a history key: `val_acc` and `val_categorical_accuracy` are `val_accuracy`."""
    return f"val_{metric_name(key[4:])}" if key.startswith("val_") else metric_name(key)


def curve_of(chosen: Chosen, key: str) -> list[float | None] | None:
    """The values of one key over all fits of a model, epoch by epoch; None when no fit has it."""
    found: list[float | None] = []
    for fit in chosen.trained:
        values = next((v for k, v in fit.history.items() if history_key(k) == history_key(key)), None)
        found += values if values is not None else []
    return found or None


def history(
    model: ModelQuery,
    key: str = "val_accuracy",
    *,
    false_fail: float = FALSE_FAIL,
    confidence: float = CONFIDENCE,
    **common: Unpack[Common],
) -> Check:
    """Whether a history curve stays within the reference's band; better than the band is flagged and passes.

    The score is the share of the reference's epochs that are there and not worse than the band, and 0 below one half.

    Args:
        model: which model.
        key: of the history, in any of its spellings (`val_acc`, `val_accuracy`).
        false_fail: highest probability that a run like the reference's leaves the band in any epoch.
        confidence: confidence in that probability.
        **common: as for every check.
    """
    name = history_key(key)

    def learn(runs: Sequence[Evidence]) -> Expected:
        curves: list[list[float]] = []
        rows: list[int] = []
        for run in runs:
            chosen = reference_model(run, model, trained=True)
            curve = curve_of(chosen, name)
            if curve is None or any(v is None for v in curve):
                raise AssignmentError(f"a run of the reference has no finite history of {name}")
            curves.append([v for v in curve if v is not None])
            last = chosen.trained[-1]
            rows.append(validation_rows(last) if name.startswith("val_") else last.samples)
        plain = name.removeprefix("val_")
        band = history_band(plain, curves, n=max(min(rows), 0), false_fail=false_fail, confidence=confidence)
        return {"epochs": [step.to_json() for step in band]}

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        chosen = find_trained(evidence, model)
        if isinstance(chosen, Outcome):
            return chosen
        curve = curve_of(chosen, name)
        band = [Threshold.from_json(step) for step in expected["epochs"]]
        if curve is None:
            return _no_curve(chosen, name)
        return _outcome(chosen, name, curve, band)

    return build(
        name=f"{name}_curve",
        title=f"The {name.replace('_', ' ').replace('val ', 'validation ')} of the {model.name} develops as expected.",
        hint="Compare data, layers, loss, learning rate and batch size with what was asked.",
        judge=judge,
        learn=learn,
        wants=Wanted(models=(model,)),
        common=common,
    )


def _no_curve(chosen: Chosen, name: str) -> Outcome:
    last = chosen.trained[-1]
    known = ", ".join(last.history) or "nothing"
    why = " There was no validation data." if name.startswith("val_") and not validation_rows(last) else ""
    return Outcome(
        score=0,
        message=f"The history has no {name}; it has {known}.{why}",
        expected=name,
        received=known,
        cell=last.cell,
        provenance=Provenance.CLAIMED,
        subject=chosen.why,
    )


def _outcome(chosen: Chosen, name: str, curve: list[float | None], band: list[Threshold]) -> Outcome:
    sign = 1 if band[0].higher_is_better else -1
    worse = [e for e, step in enumerate(band) if e >= len(curve) or _beyond(curve[e], step, -sign)]
    better = [e for e, step in enumerate(band) if e < len(curve) and _beyond(curve[e], step, sign)]
    share = 1 - len(worse) / len(band)
    label = name.replace("_", " ").replace("val ", "validation ")
    message = f"The {label} stays within the reference's band in all {len(band)} epochs."
    if worse:
        message = _leaves(label, curve, band, worse[0], len(worse))
    flag = ""
    if better:
        step, value = band[better[0]], curve[better[0]]
        flag = f"{label} of epoch {better[0] + 1} is {value:.4f}, better than the band ({step.low:.4f} to {step.high:.4f})."
    shown = curve[-1]
    return Outcome(
        score=share if share >= 0.5 else 0.0,
        message=message,
        expected=f"{band[-1].low:.4f} to {band[-1].high:.4f} in epoch {len(band)}",
        received="not a number" if shown is None else f"{shown:.4f} in epoch {len(curve)}",
        cell=chosen.trained[-1].cell,
        provenance=Provenance.CLAIMED,
        subject=chosen.why,
        curves=(
            Curve(
                metric=name,
                values=tuple(curve),
                lower=tuple(s.low for s in band),
                upper=tuple(s.high for s in band),
            ),
        ),
        flag=flag,
        value=shown,
        short=_short(curve, band, worse),
    )


def _short(curve: list[float | None], band: list[Threshold], worse: list[int]) -> float | None:
    """The largest miss of an epoch, FAR where the curve has none or is not finite; None when it stays inside."""
    if not worse:
        return None
    values = [(curve[e] if e < len(curve) else None, band[e]) for e in worse]
    return max(FAR if v is None else (step.short(v) or 0.0) for v, step in values)


def _beyond(value: float | None, step: Threshold, side: int) -> bool:
    """Whether a value lies above (side 1) or below (−1) the band; one that is not finite lies on the worse side."""
    if value is None:
        return side == (-1 if step.higher_is_better else 1)
    return value > step.high + 1e-9 if side > 0 else value < step.low - 1e-9


def _leaves(label: str, curve: list[float | None], band: list[Threshold], epoch: int, count: int) -> str:
    if epoch >= len(curve):
        return f"The {label} has {len(curve)} epochs, expected {len(band)}."
    value, step = curve[epoch], band[epoch]
    shown = "not a number" if value is None else f"{value:.4f}"
    more = f" and in {count - 1} later epochs" if count > 2 else " and in a later epoch" if count == 2 else ""
    return f"The {label} of epoch {epoch + 1} is {shown}, outside the reference's band of {step.low:.4f} to {step.high:.4f}{more}."
