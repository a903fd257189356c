"""Checks of the data a network was fitted on, against the reference's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Unpack

from grader.checks import data_causes as causes
from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, ModelQuery, Wanted
from grader.checks.choose import Chosen
from grader.checks.packing import pack_summary, unpack_summary
from grader.checks.settings import canonical_name, labels_kind
from grader.checks.subject import find, missing, network_of, reference_model
from grader.errors import AssignmentError
from grader.evidence import DataSummary, Evidence, Fit, Provenance
from grader.report import Outcome

PAIRED = 24
"""Rows whose labels are compared one by one, where the student kept the reference's order."""
_SCALES = frozenset({"Rescaling", "Normalization", "BatchNormalization"})


def inputs(model: ModelQuery, *, scaling: Literal["any", "same"] = "any", **common: Unpack[Common]) -> Check:
    """Whether the network was fitted on well prepared inputs.

    Any shape with the same values in a row, any float type and any sensible scaling pass, and so do raw values with a
    Rescaling or normalising layer in front.

    Args:
        model: which model.
        scaling: `same` insists on the reference's range, mean and spread.
        **common: as for every check.
    """

    def learn(runs: Sequence[Evidence]) -> Expected:
        return {"data": pack_summary(_reference_fit(runs, model).x)}

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        found = _fit(evidence, model)
        if isinstance(found, Outcome):
            return found
        chosen, fit = found
        wanted = unpack_summary(expected["data"])
        if not fit.x.shape or (fit.error and not fit.epochs_run and _text(fit.x)):
            return _unseen(chosen, fit, fit.x, "inputs")
        scaled_inside = _scales_first(evidence, chosen)
        cause = _inputs_cause(wanted, fit.x, exact=scaling == "same", scaled_inside=scaled_inside)
        return _outcome(chosen, fit, wanted, fit.x, cause)

    return build(
        name="inputs",
        title=f"The {model.name} is trained on well prepared inputs.",
        hint="Print shape, dtype, min() and max() of what you pass to fit.",
        judge=judge,
        learn=learn,
        wants=Wanted(models=(model,)),
        common=common,
    )


def targets(model: ModelQuery, **common: Unpack[Common]) -> Check:
    """Whether the network was fitted on well prepared targets.

    Labels as whole numbers with a sparse loss and one-hot rows with its counterpart are the same. The targets of a
    regression are compared by mean and spread.
    """

    def learn(runs: Sequence[Evidence]) -> Expected:
        fit = _reference_fit(runs, model)
        rows = replace(fit.x, rows=fit.x.rows[:PAIRED], sample=None if fit.x.sample is None else fit.x.sample[:PAIRED])
        return {
            "data": pack_summary(fit.y, rows=False),
            "kind": labels_kind(fit.y),
            "inputs": pack_summary(rows),
            "classes": causes.classes_of(fit.y)[:PAIRED],
        }

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        found = _fit(evidence, model)
        if isinstance(found, Outcome):
            return found
        chosen, fit = found
        wanted = unpack_summary(expected["data"])
        if not fit.y.shape or (fit.error and not fit.epochs_run and _text(fit.y)):
            return _unseen(chosen, fit, fit.y, "targets")
        loss = canonical_name(fit.compile.loss) if fit.compile is not None else ""
        cause = _targets_cause(wanted, fit.y, str(expected["kind"]), loss)
        if not cause and "classes" in expected:
            cause = causes.pairing(unpack_summary(expected["inputs"]), expected["classes"], fit.x, fit.y)
        return _outcome(chosen, fit, wanted, fit.y, cause)

    return build(
        name="targets",
        title=f"The {model.name} is trained on well prepared targets.",
        hint="Print shape, dtype and the first rows of the targets that you pass to fit.",
        judge=judge,
        learn=learn,
        wants=Wanted(models=(model,)),
        common=common,
    )


def _reference_fit(runs: Sequence[Evidence], model: ModelQuery) -> Fit:
    fits = [reference_model(run, model, trained=True).trained[-1] for run in runs]
    if not fits or not fits[0].x.shape or not fits[0].y.shape:
        raise AssignmentError(f"the reference fits its {model.name} on something that is no array")
    if len({fit.x.shape[1:] for fit in fits}) > 1:
        raise AssignmentError(f"the runs of the reference disagree on the shape of the inputs of the {model.name}")
    return fits[0]


def _fit(evidence: Evidence, model: ModelQuery) -> tuple[Chosen, Fit] | Outcome:
    """The chosen model with its last fit that ran, or else its last one that failed."""
    chosen = find(evidence, model)
    if isinstance(chosen, Outcome):
        return chosen
    if not chosen.fits:
        return missing(evidence, f"The {model.name} was never trained.", expected="a call of fit", received="none")
    return chosen, (chosen.trained or chosen.fits)[-1]


def _unseen(chosen: Chosen, fit: Fit, data: DataSummary, what: str) -> Outcome:
    if fit.error:
        text = ", which are text, not numbers" if _text(data) else ""
        return Outcome(
            score=0,
            message=f"fit could not use the {what} it was given ({data.dtype or 'unknown'}){text}: {fit.error}",
            expected="an array of numbers",
            received=data.dtype,
            cell=fit.cell,
            subject=chosen.why,
            provenance=Provenance.CLAIMED,
        )
    return Outcome(
        score=1,
        message=f"The {what} came through a {data.dtype or 'pipeline'}, which can't be looked into; the result counts.",
        received=data.dtype,
        cell=fit.cell,
        subject=chosen.why,
        provenance=Provenance.CLAIMED,
        flag=f"The {what} of fit were not an array ({data.dtype}) and were not compared.",
    )


def _text(data: DataSummary) -> bool:
    """Whether an array holds strings; some networks take these as inputs, and none as targets."""
    return data.dtype.startswith(("str", "bytes"))


def _outcome(chosen: Chosen, fit: Fit, wanted: DataSummary, had: DataSummary, cause: str) -> Outcome:
    return Outcome(
        score=float(not cause),
        message=cause or "Prepared as asked.",
        expected=wanted.line,
        received=had.line,
        cell=fit.cell,
        provenance=Provenance.CLAIMED,
        subject=chosen.why,
    )


def _scales_first(evidence: Evidence, chosen: Chosen) -> bool:
    """Whether a layer that scales comes before any with weights of its own."""
    network = network_of(evidence, chosen)
    for layer in network.layers if network is not None else ():
        if layer.kind in _SCALES:
            return True
        if layer.kind not in {"Input", "Flatten", "Reshape"}:
            return False
    return False


def _inputs_cause(wanted: DataSummary, had: DataSummary, *, exact: bool, scaled_inside: bool) -> str:
    found = causes.flattening(wanted, had) or causes.filling(wanted, had)
    if found:
        return found
    if wanted.distinct is not None and wanted.distinct <= 2 and (wanted.minimum, wanted.maximum) == (0, 1):
        return _multi_hot(wanted, had)
    if not scaled_inside:
        found = causes.scaling(wanted, had, exact=exact)
    return found or causes.turned(wanted, had)


def _multi_hot(wanted: DataSummary, had: DataSummary) -> str:
    if had.distinct is None or had.distinct > 2 or (had.minimum, had.maximum) != (0, 1):
        return f"Values go from {had.minimum:g} to {had.maximum:g}, expected only 0 and 1."
    return (
        ""
        if _similar(wanted.mean, had.mean, 0.1)
        else (
            f"A share of {had.mean or 0:.2g} of the values is 1, expected {wanted.mean or 0:.2g}: are all rows filled, with the right columns?"
        )
    )


def _similar(one: float | None, other: float | None, slack: float) -> bool:
    return one is None or other is None or abs(one - other) <= slack * max(abs(one), abs(other))


def _targets_cause(wanted: DataSummary, had: DataSummary, kind: str, loss: str) -> str:
    if causes.only_first_row(had):
        return "Only the first row is filled: is return inside the loop?"
    if had.minimum is not None and had.minimum == had.maximum and wanted.minimum != wanted.maximum:
        return f"All targets are {had.minimum:g}."
    if kind:
        return causes.labels(wanted, had, loss)
    if causes.features(had.shape) != causes.features(wanted.shape):
        return f"Each target has shape {had.shape[1:]}, expected {wanted.shape[1:]}."
    return causes.scaling(wanted, had, exact=True)
