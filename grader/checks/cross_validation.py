"""Checks of a cross-validation: the same training again and again, each time with other rows left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np

from grader.checks.build import Common, agree, build
from grader.checks.check import Check, Expected, Wanted
from grader.checks.history import history_key
from grader.checks.settings import metric_name
from grader.checks.subject import missing
from grader.checks.training import shared_rows
from grader.errors import AssignmentError
from grader.evidence import DataSummary, Evaluation, Evidence, Fit, Prediction, Provenance
from grader.report import Outcome

Round = tuple[Fit, ...]
"""Fits of one cross-validation, in the order in which they ran."""


@dataclass(frozen=True, kw_only=True)
class _Aspect:
    """One aspect of a cross-validation: what is wrong with it, or empty."""

    problem: str
    cell: int | None = None


def rounds(evidence: Evidence) -> tuple[Round, ...]:
    """Fits with the same epochs, batch size and number of rows (to 1 %), grouped; in the order of their first fit."""
    found: list[list[Fit]] = []
    for fit in evidence.fits:
        if not fit.epochs_run:
            continue
        home = next((group for group in found if _alike(group[0], fit)), None)
        if home is None:
            found.append([fit])
        else:
            home.append(fit)
    return tuple(tuple(group) for group in found)


def _alike(one: Fit, other: Fit) -> bool:
    rows = abs(one.samples - other.samples) <= max(1, one.samples // 100)
    return rows and (one.epochs, one.batch_size, one.method) == (other.epochs, other.batch_size, other.method)


def whole_rounds(found: Round, folds: int, samples: int) -> tuple[Round, ...]:
    """The cross-validations that a group may hold, the last first: who tries a fold before, or does it all twice, is right.

    Args:
        found: trainings that are alike, in the order in which they ran.
        folds: how many make a cross-validation.
        samples: rows of each; a group with other rows is one whole.
    """
    if len(found) <= folds or abs(found[0].samples - samples) > max(1, samples // 100):
        return (found,)
    return tuple(found[at : at + folds] for at in reversed(range(len(found) - folds + 1)))


def average_curve(fits: Sequence[Fit], key: str) -> list[float] | None:
    """The mean over the folds of one history key, epoch by epoch; None when a fold lacks it or an epoch of it."""
    curves = [next((v for k, v in f.history.items() if history_key(k) == history_key(key)), None) for f in fits]
    if not curves or any(c is None or None in c for c in curves) or len({len(c) for c in curves if c}) != 1:
        return None
    return [float(v) for v in np.mean(np.array(curves, float), axis=0)]


def fold_scores(evidence: Evidence, fits: Sequence[Fit], metric: str) -> list[float] | None:
    """What each fold reached on the rows left out: as its network was evaluated, or at the end of its validation curve.

    Claimed by the notebook's process. None when a fold was measured in neither way.
    """
    found: list[float] = []
    wanted = metric_name(metric)
    for fit in fits:
        results = [
            e.results
            for e in evidence.evaluations
            # Who looks at the training error as well evaluates on the rows that were trained on.
            if e.model == fit.model and e.cell >= fit.cell and not (e.x.digest and e.x.digest == fit.x.digest)
        ]
        values = [v for r in results for k, v in r.items() if metric_name(k) == wanted and v is not None]
        curve = average_curve((fit,), f"val_{metric}")
        if not values and not curve:
            return None
        found.append(values[0] if values else curve[-1] if curve else np.nan)
    return found


def cross_validated(*, which: int = 0, batch_size: bool = True, **common: Unpack[Common]) -> Check:
    """Whether networks are cross-validated as the reference's are; each aspect counts the same.

    Aspects: number of folds, rows of each training, a fresh network for each, epochs and batch size, other rows each
    time, and validation rows that are neither training nor test rows. Any way of splitting passes. Where rows are
    measured that the network has seen, or test rows, the score is at most one half.

    Args:
        which: the reference's cross-validation that is meant, in the order in which they run; -1 for the last one.
        batch_size: whether the batch size counts.
        **common: as for every check.
    """

    def learn(runs: Sequence[Evidence]) -> Expected:
        return agree((_facts(run, which) for run in runs), "how the cross-validation is done")

    def judge(evidence: Evidence, expected: Expected) -> Outcome:
        found = _closest(rounds(evidence), expected, which)
        if not found:
            return missing(evidence, "No network was trained.", expected=f"{expected['folds']} trainings")
        tried = whole_rounds(found, expected["folds"], expected["samples"])
        held = [_held(evidence, fits, expected, batch_size=batch_size) for fits in tried]
        return max(held, key=lambda outcome: outcome.score)

    return build(
        name="cross_validation",
        title="The cross-validation trains a fresh network for each fold, on the rows that the fold leaves.",
        hint="In each fold: leave its rows out, build a fresh network, train it on the others, measure it on the fold.",
        judge=judge,
        learn=learn,
        wants=Wanted(),
        common=common,
    )


def _held(evidence: Evidence, found: Round, expected: Expected, *, batch_size: bool) -> Outcome:
    """One cross-validation against the reference's."""
    honest = [_rows(found, expected), _fresh(evidence, found), _rotation(found), _validation(evidence, found)]
    aspects = [_count(found, expected), _settings(found, expected, batch_size=batch_size), *honest]
    wrong = [a for a in aspects if a.problem]
    share = 1 - len(wrong) / len(aspects)
    epochs = f"{found[0].epochs} epochs"
    return Outcome(
        score=min(share, 0.5) if any(a.problem for a in honest) else share,
        message=" ".join(a.problem for a in wrong)
        or f"{len(found)} folds, each with a fresh network and rows of its own.",
        expected=f"{expected['folds']} trainings of {expected['epochs']} epochs on {expected['samples']:,} rows",
        received=f"{len(found)} {'training' if len(found) == 1 else 'trainings'} of {epochs} on {found[0].samples:,} rows",
        cell=next((a.cell for a in wrong if a.cell is not None), found[-1].cell),
        provenance=Provenance.CLAIMED,
    )


def _facts(run: Evidence, which: int) -> dict[str, int | None]:
    found = [group for group in rounds(run) if len(group) > 1]
    if not -len(found) <= which < len(found):
        raise AssignmentError(f"the reference has {len(found)} cross-validations, number {which + 1} is asked for")
    first = found[which][0]
    return {
        "folds": len(found[which]),
        "samples": first.samples,
        "epochs": first.epochs,
        "batch_size": first.batch_size,
        "place": rounds(run).index(found[which]),
    }


def _closest(groups: Sequence[Round], expected: Expected, which: int) -> Round:
    """The student's trainings that fit best what is expected; among equals the ones in the same place of the notebook."""

    def rank(at: int) -> tuple[int, int]:
        first = groups[at][0]
        same = [
            len(groups[at]) == expected["folds"],
            abs(first.samples - expected["samples"]) <= max(1, expected["samples"] // 100),
            first.epochs == expected["epochs"],
            first.batch_size == expected["batch_size"],
            len(groups[at]) > 1,
        ]
        return sum(same), -abs(at - int(expected.get("place", which)))

    return groups[max(range(len(groups)), key=rank)] if groups else ()


def _count(found: Round, expected: Expected) -> _Aspect:
    wanted, had = expected["folds"], len(found)
    text = (
        "" if had == wanted else f"{had} {'training was' if had == 1 else 'trainings were'} found, expected {wanted}."
    )
    return _Aspect(problem=text)


def _rows(found: Round, expected: Expected) -> _Aspect:
    wanted = int(expected["samples"])
    for fit in found:
        if abs(fit.samples - wanted) > max(1, wanted // 100):
            text = f"A fold is trained on {fit.samples:,} rows, expected {wanted:,}."
            if fit.samples > wanted:
                text += " The rows of the fold are still in the training data: leave them out."
            return _Aspect(problem=text, cell=fit.cell)
    return _Aspect(problem="")


def _fresh(evidence: Evidence, found: Round) -> _Aspect:
    for number, fit in enumerate(found, start=1):
        before = [f for f in evidence.fits_of(fit.model) if f.epochs_run and f.fit != fit.fit]
        if any((f.cell, f.fit) < (fit.cell, fit.fit) for f in before):
            text = (
                f"Training {number} goes on with a network that was trained before and has seen the rows that it is "
                "measured on: build a fresh network for each fold."
            )
            return _Aspect(problem=text, cell=fit.cell)
    return _Aspect(problem="")


def _settings(found: Round, expected: Expected, *, batch_size: bool) -> _Aspect:
    fit = found[0]
    if fit.epochs_run != expected["epochs"]:
        had = "1 epoch" if fit.epochs_run == 1 else f"{fit.epochs_run} epochs"
        return _Aspect(problem=f"Each fold is trained for {had}, expected {expected['epochs']}.", cell=fit.cell)
    if batch_size and fit.batch_size != expected["batch_size"]:
        default = " 32 is Keras' default: pass batch_size to fit." if fit.batch_size == 32 else ""
        return _Aspect(
            problem=f"The batch size is {fit.batch_size}, expected {expected['batch_size']}.{default}", cell=fit.cell
        )
    return _Aspect(problem="")


def _rotation(found: Round) -> _Aspect:
    digests = [f.x.digest for f in found if f.x.digest]
    if len(set(digests)) < len(digests):
        return _Aspect(
            problem="Two folds are trained on the same rows: each fold leaves out other rows.", cell=found[-1].cell
        )
    return _Aspect(problem="")


def _validation(evidence: Evidence, found: Round) -> _Aspect:
    test = _test_rows(evidence, {f.model for f in found})
    measured = False
    for fit in found:
        seen = [e.x for e in _measurements(evidence) if e.model == fit.model]
        # Who also looks at the training error evaluates on the very rows that were trained on, which is no mistake.
        seen = [rows for rows in seen if rows.digest != fit.x.digest]
        if fit.validation_x is not None:
            seen.insert(0, fit.validation_x)
        measured = measured or bool(seen) or bool(fit.validation_split)
        for rows in seen[:4]:
            problem = _reused(fit.x, rows, test)
            if problem:
                return _Aspect(problem=problem, cell=fit.cell)
    return _Aspect(problem="" if measured else "No fold is measured on the rows that it leaves out.")


def _measurements(evidence: Evidence) -> tuple[Evaluation | Prediction, ...]:
    return (*evidence.evaluations, *evidence.predictions)


def _test_rows(evidence: Evidence, own: set[int]) -> list[DataSummary]:
    """What other networks were measured on and none was trained on."""
    seen = {e.x.digest: e.x for e in _measurements(evidence) if e.model not in own}
    return [rows for rows in seen.values() if not any(shared_rows(rows, f.x) for f in evidence.fits)]


def _reused(trained: DataSummary, rows: DataSummary, test: Sequence[DataSummary]) -> str:
    if rows.digest == trained.digest or shared_rows(trained, rows) >= 3:
        return "Rows that a fold is measured on are also in its training data: leave them out of the training."
    if any((rows.digest and rows.digest == other.digest) or shared_rows(rows, other) >= 3 for other in test):
        return "A fold is measured on the test data: measure it on the training rows that it leaves out."
    return ""
