"""Keys of rows, as the recorder makes them (`grader/inside/probe/row_keys.py`), and what two sets of keys share.

A key is three projections of a row. The recorder keeps those of the rows whose first projection is smallest, so that
which rows are kept depends on their content alone: a bottom-k sketch (E. Cohen, H. Kaplan: Summarizing data using
bottom-k sketches, PODC 2007) with a projection in place of a hash, since a host that prepares rows again gets them right
to the last bits only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grader.evidence import Array, DataSummary

KEPT = 512
WIDTH = 512
CHUNK = 1 << 17
PRECISION = 1e-5
"""Largest difference of two projections of the same row, relative to the row's largest one or the usual one."""
ALIKE = 0.2
"""Where a larger share of neighbouring keys can't be told apart, they say nothing."""
LEAST = 20
"""Fewer common candidates say nothing."""


def all_row_keys(array: Array) -> Array:
    """(rows, 3) float64: the key of every row, in order."""
    flat = array.reshape(len(array), -1)
    width, block = flat.shape[1], WIDTH // 4
    starts = [0] if width <= WIDTH else [int(start) for start in np.linspace(0, width - block, 4)]
    parts = [slice(start, start + (width if width <= WIDTH else block)) for start in starts]
    looked_at = sum(part.stop - part.start for part in parts)
    factors = np.modf(np.arange(1, looked_at + 1)[:, None] * np.sqrt([2.0, 3.0, 5.0]))[0] - 0.5
    keys = np.empty((len(flat), 3))
    step = max(1, CHUNK // looked_at)
    for start in range(0, len(flat), step):
        rows = np.concatenate([flat[start : start + step, part] for part in parts], axis=1)
        keys[start : start + step] = rows.astype(np.float64) @ factors
    return keys


@dataclass(frozen=True)
class Shared:
    """How many of the rows that could be compared are the same."""

    rows: int
    of: int

    @property
    def share(self) -> float:
        """0 where nothing could be compared."""
        return self.rows / self.of if self.of else 0.0


def found_in(keys: Array, known: Array) -> Array:
    """For each key the place of the same one among the known keys, or -1.

    Args:
        keys: (rows, 3).
        known: (others, 3), in any order.

    Returns:
        (rows,) places; all -1 where the rows lie too close together to be told apart.
    """
    # A few values far out, of a feature that hardly varies, must not widen what counts as the same for all.
    usual = float(np.median(np.abs(known))) if len(known) else 0.0
    slack = PRECISION * np.maximum(np.abs(keys).max(axis=1, initial=0), usual)
    in_order = np.argsort(keys[:, 0])
    steps = np.abs(np.diff(keys[in_order], axis=0)).max(axis=1, initial=0)
    if len(steps) and float(np.mean(steps <= slack[in_order][1:])) > ALIKE:
        return np.full(len(keys), -1)
    order = np.argsort(known[:, 0])
    firsts = known[order, 0]
    low = np.searchsorted(firsts, keys[:, 0] - slack)
    high = np.searchsorted(firsts, keys[:, 0] + slack, side="right")
    places = np.full(len(keys), -1)
    for i, (start, stop) in enumerate(zip(low, high, strict=True)):
        near = np.abs(known[order[start:stop], 1:] - keys[i, 1:]).max(axis=1, initial=0) <= slack[i]
        if near.any():
            places[i] = order[start + int(near.argmax())]
    return places


def shared(part: DataSummary, whole: DataSummary) -> Shared:
    """The share of one array's rows that another one has as well, from the keys that were kept of both.

    Only rows whose keys would have been kept in either array are compared.
    """
    if not _has_keys(part) or not _has_keys(whole) or part.keys is None or whole.keys is None:
        return Shared(0, 0)
    cut = [float(data.keys[-1, 0]) for data in (part, whole) if data.count > KEPT and data.keys is not None]
    candidates = part.keys[part.keys[:, 0] <= min(cut, default=np.inf)]
    if len(candidates) < LEAST:
        return Shared(0, 0)
    return Shared(int((found_in(candidates, whole.keys) >= 0).sum()), len(candidates))


def _has_keys(data: DataSummary) -> bool:
    """Whether its keys are as the recorder writes them: they come from beside student code."""
    keys = data.keys
    return (
        keys is not None and keys.ndim == 2 and keys.shape[1] == 3 and len(keys) > 0 and bool(np.isfinite(keys).all())
    )


def kept_keys(data: DataSummary) -> Array | None:
    """The keys of a summary, None where there are none or they are not of their form."""
    return data.keys if _has_keys(data) else None
