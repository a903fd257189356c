"""Keys of an array's rows, to find the same rows again in another array without keeping either.

The same arithmetic is in `grader/datasets/row_keys.py` on the host; a test holds the two together.
"""

from __future__ import annotations

import numpy as np

KEPT = 512
"""Rows of which keys are kept."""
WIDTH = 512
"""Values of a row that are looked at; wider rows give four blocks of them, evenly spread."""
CHUNK = 1 << 17
"""Values looked at in one go."""


def columns(width: int) -> list[slice]:
    """Which values of a row of this width are looked at."""
    if width <= WIDTH:
        return [slice(0, width)]
    block = WIDTH // 4
    return [slice(int(start), int(start) + block) for start in np.linspace(0, width - block, 4)]


def weights(width: int) -> np.ndarray:
    """(width, 3) fixed numbers between -1/2 and 1/2: multiples of √2, √3 and √5 without their whole parts."""
    return np.modf(np.arange(1, width + 1)[:, None] * np.sqrt([2.0, 3.0, 5.0]))[0] - 0.5


def row_keys(array: np.ndarray) -> np.ndarray | None:
    """Three projections of those rows whose first one is smallest: at most KEPT rows, each once, ascending.

    Which rows these are depends on their content and not on their place, so two arrays that share rows share keys.

    Returns:
        (rows, 3) float32; None for arrays without rows of at least two values.
    """
    if array.ndim < 2 or not array.size or array[0].size < 2:
        return None
    flat = array.reshape(len(array), -1)
    parts = columns(flat.shape[1])
    factors = weights(sum(part.stop - part.start for part in parts))
    rough = _first(flat, parts, factors[:, 0].astype(np.float32))
    if not np.isfinite(rough).all():
        return None
    chosen = np.argpartition(rough, KEPT)[:KEPT] if len(rough) > KEPT else np.arange(len(rough))
    rows = np.concatenate([flat[chosen, part] for part in parts], axis=1).astype(np.float64)
    return np.unique(np.einsum("ij,jk->ik", rows, factors).astype(np.float32), axis=0)


def _first(flat: np.ndarray, parts: list[slice], factors: np.ndarray) -> np.ndarray:
    found = np.zeros(len(flat), np.float32)
    step = max(1, CHUNK // len(factors))
    at = 0
    for part in parts:
        width = part.stop - part.start
        for start in range(0, len(flat), step):
            piece = flat[start : start + step, part].astype(np.float32, copy=False)
            found[start : start + step] += np.einsum("ij,j->i", piece, factors[at : at + width])
        at += width
    return found
