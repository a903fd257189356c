"""Checks of how a network was trained: epochs, batch size, rows, validation; as recorded beside student code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, Unpack

import numpy as np

from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, ModelQuery, Wanted, nothing
from grader.checks.choose import Chosen
from grader.checks.subject import find_trained, reference_model
from grader.errors import AssignmentError
from grader.evidence import DataSummary, Evidence, Fit, Provenance
from grader.report import Outcome

Ask: TypeAlias = bool | int | tuple[int, int] | None
"""None: any. True: as the reference. A number, or a range with both ends."""


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One aspect: whether it is right, and what to say."""

    name: str
    good: bool
    wanted: str
    had: str
    message: str = ""
    cell: int | None = None


def trained(
    model: ModelQuery,
    *,
    epochs: Ask = True,
    batch_size: Ask = True,
    samples: Ask = True,
    validation: Ask = None,
    **common: Unpack[Common],
) -> Check:
    """Whether the network was trained as asked; each aspect counts the same.

    Args:
        model: which model.
        epochs: epochs in total, over all fits of the model.
        batch_size: of the last fit.
        samples: rows trained on in each epoch of the last fit, after the validation split.
        validation: whether the last fit had validation data: True as the reference, False none, a number or a range
            so many rows.
        **common: as for every check.
    """
    asked: dict[str, Ask] = {"epochs": epochs, "batch_size": batch_size, "samples": samples, "validation": validation}
    if not any(ask is not None for ask in asked.values()):
        raise AssignmentError("trained() asks for nothing", remedy="leave at least one of its arguments on")

    def learn(runs: Sequence[Evidence]) -> Expected:
        found = [_facts(reference_model(run, model, trained=True)) for run in runs]
        learned: dict[str, object] = {}
        for key, ask in asked.items():
            if ask is True:
                values = [facts[key] for facts in found]
                if any(v is None for v in values):
                    raise AssignmentError(f"the reference's fit shows no {key.replace('_', ' ')}")
                learned[key] = [min(v for v in values if v is not None), max(v for v in values if v is not None)]
        learned["validation_reused"] = any(
            _reused(reference_model(run, model, trained=True).trained[-1], run) for run in runs
        )
        return learned

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        chosen = find_trained(evidence, model)
        if isinstance(chosen, Outcome):
            return chosen
        wanted = {key: _range(ask, expected.get(key)) for key, ask in asked.items()}
        parts = [
            part
            for part in (
                _epochs(chosen, wanted["epochs"]),
                _batch_size(chosen, wanted["batch_size"]),
                _samples(chosen, wanted["samples"]),
                _validation(
                    chosen, evidence, wanted["validation"], allowed=bool(expected.get("validation_reused", False))
                ),
            )
            if part is not None
        ]
        return _outcome(chosen, parts)

    return build(
        name="trained",
        title=f"The {model.name} is trained as asked.",
        hint="Look at the arguments of fit.",
        judge=judge,
        learn=learn if True in asked.values() or validation is not None else nothing,
        wants=Wanted(models=(model,)),
        common=common,
    )


def _outcome(chosen: Chosen, parts: list[_Part]) -> Outcome:
    wrong = [part for part in parts if not part.good]
    cells = [part.cell for part in wrong if part.cell is not None]
    return Outcome(
        score=(len(parts) - len(wrong)) / len(parts),
        message=" ".join(part.message for part in wrong) or f"Trained with {', '.join(p.had for p in parts)}.",
        expected=", ".join(part.wanted for part in parts),
        received=", ".join(part.had for part in parts),
        cell=cells[0] if cells else chosen.trained[-1].cell,
        provenance=Provenance.CLAIMED,
        subject=chosen.why,
    )


def validation_rows(fit: Fit) -> int:
    """Rows that a fit validated on; 0 for none, 1 when there were some of unknown number."""
    if fit.validation_x is not None:
        return fit.validation_x.count or 1
    if fit.validation_split and fit.x.count:
        return fit.x.count - fit.samples if fit.samples else round(fit.x.count * fit.validation_split)
    return 1 if any(key.startswith("val_") for key in fit.history) else 0


def _facts(chosen: Chosen) -> dict[str, int | None]:
    last = chosen.trained[-1]
    return {
        "epochs": chosen.epochs,
        "batch_size": last.batch_size,
        "samples": last.samples or None,
        "validation": validation_rows(last),
    }


def _range(ask: Ask, learned: Sequence[int] | None) -> tuple[int, int] | None:
    if ask is None:
        return None
    if ask is True:
        if learned is None:
            raise AssignmentError("no expectation for what the reference does", remedy="run grader calibrate again")
        return int(learned[0]), int(learned[1])
    if ask is False:
        return 0, 0
    return ask if isinstance(ask, tuple) else (ask, ask)


def _text(limits: tuple[int, int]) -> str:
    return f"{limits[0]:,}" if limits[0] == limits[1] else f"{limits[0]:,} to {limits[1]:,}"


def _epochs(chosen: Chosen, limits: tuple[int, int] | None) -> _Part | None:
    if limits is None:
        return None
    total, fits = chosen.epochs, chosen.trained
    good = limits[0] <= total <= limits[1]
    wish, last = _text(limits), fits[-1]
    message = f"The network was trained for {total} {'epoch' if total == 1 else 'epochs'}, expected {wish}."
    if not good and last.error:
        message = f"Training stopped after {last.epochs_run} of {last.epochs} epochs: {last.error}."
    elif len(fits) > 1 and limits[0] <= last.epochs_run <= limits[1]:
        before = " and ".join(f"{f.epochs_run} epochs in cell {f.cell}" for f in fits[:-1])
        message = (
            f"The last fit ran for {last.epochs_run} epochs as asked, but it continued a network that was already "
            f"trained ({before}): build a fresh network for the final training."
        )
    elif total < limits[0]:
        message += " Too few."
        if last.epochs_run < last.epochs and "EarlyStopping" in last.callbacks:
            message += " EarlyStopping ended it early."
    elif len(fits) > 1 and total > limits[1]:
        message += f" {len(fits)} calls of fit on the same network add up; build a fresh one for each training."
    elif total > limits[1]:
        message += " Too many."
    return _Part(
        name="epochs", good=good, wanted=f"{wish} epochs", had=f"{total} epochs", message=message, cell=last.cell
    )


def _batch_size(chosen: Chosen, limits: tuple[int, int] | None) -> _Part | None:
    if limits is None:
        return None
    last = chosen.trained[-1]
    size, wish = last.batch_size, _text(limits)
    good = size is not None and limits[0] <= size <= limits[1]
    message = f"The batch size is {size if size is not None else 'not known'}, expected {wish}."
    if size == 32 and not good:
        message += " 32 is Keras' default: pass batch_size to fit."
    had = "batch size unknown" if size is None else f"batch size {size}"
    return _Part(name="batch size", good=good, wanted=f"batch size {wish}", had=had, message=message, cell=last.cell)


def _samples(chosen: Chosen, limits: tuple[int, int] | None) -> _Part | None:
    if limits is None:
        return None
    last = chosen.trained[-1]
    rows, wish = last.samples, _text(limits)
    good = limits[0] <= rows <= limits[1]
    message = f"The network was trained on {rows:,} rows, expected {wish}."
    if not good and last.validation_split:
        message += f" validation_split={last.validation_split:g} keeps back {last.x.count - rows:,} rows."
    elif not good and 0 < rows < limits[0]:
        message += " That is only a part of the training data."
    elif rows > limits[1]:
        message += " Were rows for validation or testing left in?"
    return _Part(name="rows", good=good, wanted=f"{wish} rows", had=f"{rows:,} rows", message=message, cell=last.cell)


def _validation(chosen: Chosen, evidence: Evidence, limits: tuple[int, int] | None, *, allowed: bool) -> _Part | None:
    if limits is None:
        return None
    last = chosen.trained[-1]
    rows, wish = validation_rows(last), _text(limits)
    good, message = limits[0] <= rows <= limits[1], ""
    if not good and rows == 0:
        message = f"fit has no validation data, expected {wish} rows: pass validation_data or validation_split."
    elif not good and limits[1] == 0:
        message = f"fit keeps {rows:,} rows for validation; none was asked for."
    elif not good:
        message = f"fit validates on {rows:,} rows, expected {wish}."
    elif rows and not allowed and (reused := _reused(last, evidence)):
        good, message = False, reused
    return _Part(
        name="validation",
        good=good,
        wanted="no validation" if limits[1] == 0 else f"{wish} validation rows",
        had=f"{rows:,} validation rows" if rows else "no validation",
        message=message,
        cell=last.cell,
    )


def _reused(fit: Fit, evidence: Evidence) -> str:
    """Names validation rows that are training or test rows; empty when there is no sign of it."""
    validation = fit.validation_x
    if validation is None:
        return ""
    if validation.digest and validation.digest == fit.x.digest:
        return "The validation data are the training data: keep rows back that the network doesn't train on."
    tested = {e.x.digest for e in evidence.evaluations if e.model == fit.model and e.x.digest}
    if validation.digest and validation.digest in tested:
        return "The validation data are the test data: keep rows of the training data back instead."
    if shared_rows(fit.x, validation) >= 3:
        return "Validation rows are also in the training data: slice the training rows after the validation rows."
    return ""


def shared_rows(one: DataSummary, other: DataSummary) -> int:
    """Number of sampled rows with something in them that both have."""
    if one.sample is None or other.sample is None or one.sample.shape[1:] != other.sample.shape[1:]:
        return 0
    if one.sample.ndim < 2 or np.prod(one.sample.shape[1:]) < 8:
        return 0
    rows = [
        {np.ascontiguousarray(row, float).tobytes() for row in d.sample if np.any(row)}
        for d in (one, other)
        if d.sample is not None
    ]
    return len(rows[0] & rows[1])
