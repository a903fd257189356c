"""What looks dishonest about a graded model: flags for a human, each with its evidence; pure (docs/honesty.md).

None of this is a verdict. Every sign has an innocent reading, and the text names the likeliest one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from grader.assignment import Assignment
from grader.checks.check import ModelQuery
from grader.checks.choose import Chosen, choose
from grader.checks.history import curve_of
from grader.checks.training import validation_rows
from grader.datasets.row_keys import shared
from grader.evidence import Evidence, Status
from grader.report import HonestyFlag, Suspicion
from grader.thresholds import finite_sample_noise, is_share

LEAST_ROWS = 5
"""Fewer shared rows may be the same by chance: collections of texts hold some texts twice."""
LEAST_VALIDATION_SHARE = 0.35
"""In Reuters up to a fifth of the short texts of one slice are in the other; a slice that was not left out is there whole."""
SIGMAS = 5.0
"""Standard deviations of finite-sample noise between a claimed and a verified metric."""
GAP = {"validation": 0.05, "training": 0.2}
"""What a claimed share may lie above the verified one beyond noise; networks know their training rows better."""
RELATIVE_GAP = {"validation": 0.25, "training": 0.6}
"""The same for errors, relative to the verified one."""


def flags(assignment: Assignment, evidence: Evidence, reference: Evidence | None) -> tuple[HonestyFlag, ...]:
    """All suspicions about the models that an assignment grades, under its policy.

    Args:
        assignment: says what to look at, and what a suspicion leads to.
        evidence: of one submission.
        reference: a run of the reference; what it does itself is no suspicion. None where it is not at hand.
    """
    if evidence.status is Status.MACHINE_ERROR or evidence.sandbox == "live":
        return ()
    found: dict[tuple[Suspicion, int], HonestyFlag] = {}
    for query in assignment.wanted().models:
        chosen = choose(evidence, query)
        if chosen is None or not chosen.trained:
            continue
        for flag in _about(evidence, reference, query, chosen):
            policy = assignment.honesty.get(flag.kind, "flag")
            if policy != "ignore":
                told = HonestyFlag(
                    kind=flag.kind, text=flag.text, model=flag.model, cell=flag.cell, fails=policy == "fail"
                )
                found.setdefault((flag.kind, chosen.model.model), told)
    return tuple(found.values())


def _about(evidence: Evidence, reference: Evidence | None, query: ModelQuery, chosen: Chosen) -> Iterator[HonestyFlag]:
    yield from _test_rows(evidence, reference, query, chosen)
    yield from _validation_rows(query, chosen)
    yield from _weights(query, chosen)
    yield from _history(evidence, reference, query, chosen)


def _test_rows(
    evidence: Evidence, reference: Evidence | None, query: ModelQuery, chosen: Chosen
) -> Iterator[HonestyFlag]:
    usual = {o.part for o in reference.overlaps if o.telling} if reference is not None else set[str]()
    kinds = {"training": Suspicion.TEST_ROWS_IN_TRAINING, "validation": Suspicion.TEST_ROWS_IN_VALIDATION}
    cells = {fit.fit: fit.cell for fit in chosen.trained}
    for overlap in evidence.overlaps:
        if overlap.fit in cells and overlap.part in kinds and overlap.part not in usual and overlap.telling:
            yield HonestyFlag(
                kind=kinds[overlap.part],
                text=f"{overlap.rows} of {overlap.of} {overlap.part} rows of the {query.name} that were looked at are "
                f"held-out rows of {overlap.held_out} (cell {cells[overlap.fit]}).",
                model=query.name,
                cell=cells[overlap.fit],
            )


def _validation_rows(query: ModelQuery, chosen: Chosen) -> Iterator[HonestyFlag]:
    for at, fit in enumerate(chosen.trained):
        for earlier in chosen.trained[: at + 1]:
            if fit.validation_x is None:
                continue
            same = shared(fit.validation_x, earlier.x)
            if same.rows >= LEAST_ROWS and same.share >= LEAST_VALIDATION_SHARE:
                when = "" if earlier is fit else f" by an earlier fit in cell {earlier.cell}"
                yield HonestyFlag(
                    kind=Suspicion.VALIDATION_IN_TRAINING,
                    text=f"{same.rows} of {same.of} validation rows of the {query.name} that were looked at were also "
                    f"trained on{when} (cell {fit.cell}): its validation figures say little.",
                    model=query.name,
                    cell=fit.cell,
                )


def _weights(query: ModelQuery, chosen: Chosen) -> Iterator[HonestyFlag]:
    seen: set[str] = set()
    for number, fit in enumerate(chosen.trained):
        if number and fit.weights_before and fit.weights_before not in seen and "" not in seen:
            yield HonestyFlag(
                kind=Suspicion.UNEXPLAINED_WEIGHTS,
                text=f"The {query.name} starts its fit in cell {fit.cell} with weights that no fit before it left: they "
                "were loaded or assigned, or trained by other means.",
                model=query.name,
                cell=fit.cell,
            )
        seen |= {fit.weights_before, fit.weights_after} if fit.weights_before or not number else {fit.weights_after}
    ends = {fit.weights_after for fit in chosen.trained}
    final = chosen.model.weights_digest
    if final and "" not in ends and final not in seen:
        yield HonestyFlag(
            kind=Suspicion.UNEXPLAINED_WEIGHTS,
            text=f"The weights of the {query.name} after cell {chosen.model.cell} are those of no recorded fit: they were "
            "loaded or assigned, or trained by other means. A checkpoint of its own training would look the same.",
            model=query.name,
            cell=chosen.model.cell,
        )
    if all(fit.weights_before and fit.weights_before == fit.weights_after for fit in chosen.trained):
        yield HonestyFlag(
            kind=Suspicion.UNCHANGED_WEIGHTS,
            text=f"Training the {query.name} for {chosen.epochs} epochs left every weight as it was.",
            model=query.name,
            cell=chosen.trained[-1].cell,
        )


def _history(
    evidence: Evidence, reference: Evidence | None, query: ModelQuery, chosen: Chosen
) -> Iterator[HonestyFlag]:
    for measured in evidence.measurements:
        if measured.snapshot != chosen.model.snapshot or measured.metric == "loss":
            continue
        claim = _claim(chosen, measured.metric)
        if claim is None:
            continue
        part, value, rows = claim
        gap = _gap(reference, query, part, measured.metric)
        if part == "training" and gap is None:
            continue
        noise = sum(finite_sample_noise(measured.metric, measured.value, n) for n in (measured.count, rows))
        share = is_share(measured.metric)
        slack = SIGMAS * noise + (GAP[part] if share else RELATIVE_GAP[part] * abs(measured.value))
        better = (value - measured.value if share else measured.value - value) - max(gap or 0.0, 0.0)
        if better > slack:
            name = measured.metric.replace("_", " ")
            yield HonestyFlag(
                kind=Suspicion.HISTORY_MISMATCH,
                text=f"The history of the {query.name} ends with a {part} {name} of {value:.4f}, but its weights reach "
                f"{measured.value:.4f} on {measured.count:,} held-out rows; at most {slack + max(gap or 0.0, 0.0):.4f} "
                "between the two is usual.",
                model=query.name,
                cell=chosen.trained[-1].cell,
            )
            return


def _claim(chosen: Chosen, metric: str) -> tuple[str, float, int] | None:
    """Which part, the last epoch's value, and over how many rows; validation where there is one."""
    last = chosen.trained[-1]
    for part, key, rows in (
        ("validation", f"val_{metric}", validation_rows(last)),
        ("training", metric, last.samples),
    ):
        curve = curve_of(chosen, key)
        if curve and curve[-1] is not None and math.isfinite(curve[-1]):
            return part, curve[-1], rows
    return None


def _gap(reference: Evidence | None, query: ModelQuery, part: str, metric: str) -> float | None:
    """By how much the reference's own claim is better than what is verified; None when it has none."""
    chosen = choose(reference, query) if reference is not None else None
    if reference is None or chosen is None or not chosen.trained:
        return None
    claim = _claim(chosen, metric)
    measured = [m for m in reference.measurements if m.snapshot == chosen.model.snapshot and m.metric == metric]
    if claim is None or claim[0] != part or not measured:
        return None
    return claim[1] - measured[-1].value if is_share(metric) else measured[-1].value - claim[1]
