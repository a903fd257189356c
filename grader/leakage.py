"""Held-out rows among a notebook's training or validation rows, found by content on the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.checks import choose
from grader.checks.check import HeldOut, ModelQuery
from grader.datasets.dataset import Dataset
from grader.datasets.encoding import infer
from grader.datasets.row_keys import all_row_keys, found_in, kept_keys
from grader.evidence import Array, DataSummary, Evidence, Fit, Overlap
from grader.held_out import Shelf, Trial

FITS = 40
"""Fits of one model that are looked at; the newest ones."""


def overlaps(
    evidence: Evidence,
    queries: Sequence[ModelQuery],
    shelf: Shelf,
    trials: Sequence[Trial],
    inputs: Mapping[str, Array],
) -> tuple[Overlap, ...]:
    """How many rows of each fit of a graded model are held-out rows.

    The held-out rows are prepared as the training rows were; where these are not known rows, it is tried whether they
    are held-out ones.

    Args:
        evidence: of one run, not yet examined.
        queries: what the assignment asks for.
        shelf: the data sets.
        trials: the models that are measured.
        inputs: prepared held-out inputs, by `Trial.key`.
    """
    prepared = {(t.snapshot, t.held_out.name): inputs[t.key] for t in trials}
    found: dict[tuple[int, str, str], Overlap] = {}
    for query in queries:
        held_out, chosen = query.held_out, choose(evidence, query)
        if held_out is None or held_out.split != "test" or chosen is None or not chosen.trained:
            continue
        rows = prepared.get((chosen.model.snapshot, held_out.name))
        data = shelf.dataset(held_out)
        if rows is None:
            encoding = infer(data.x_test, chosen.trained[-1].x)
            rows = encoding.apply(data.x_test) if encoding is not None else None
        if rows is None or rows.ndim < 2:
            continue
        known = all_row_keys(rows)
        for fit in chosen.trained[-FITS:]:
            for overlap in _of_fit(fit, held_out, data, rows.shape[1:], known):
                found[fit.fit, overlap.part, overlap.held_out] = overlap
    return tuple(found.values())


def _of_fit(fit: Fit, held_out: HeldOut, data: Dataset, row: tuple[int, ...], known: Array) -> list[Overlap]:
    parts: dict[str, DataSummary | None] = {"training": fit.x, "validation": fit.validation_x}
    found = []
    for part, summary in parts.items():
        keys = kept_keys(summary) if summary is not None and summary.shape[1:] == row else None
        if keys is None:
            continue
        places = found_in(keys.astype(np.float64), known)
        same = _only_held_out(data, places[places >= 0])
        found.append(Overlap(fit=fit.fit, part=part, held_out=held_out.name, rows=same, of=len(keys)))
    return found


def _only_held_out(data: Dataset, places: Array) -> int:
    """How many of these held-out rows are not, word for word, training rows as well."""
    if not len(places):
        return 0
    training = {_content(row) for row in data.x_train}
    return sum(_content(data.x_test[place]) not in training for place in places.tolist())


def _content(row: object) -> bytes:
    return np.asarray(row).tobytes()
