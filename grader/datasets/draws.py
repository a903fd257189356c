"""Random draws that come out the same on every machine: uniforms and exact arithmetic only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


def generator(seed: int | np.random.SeedSequence) -> np.random.Generator:
    """PCG64, whose stream is fixed."""
    return np.random.Generator(np.random.PCG64(seed))


def bell(rng: np.random.Generator, *shape: int) -> F64:
    """About normal(0, 1): four uniforms, so that no logarithm of a maths library is involved."""
    u = rng.random((4, *shape))
    out: F64 = (u[0] + u[1] + u[2] + u[3] - 2) * np.sqrt(3.0)
    return out


def growth(t: F64) -> F64:
    """About exp(t) for |t| < 3, by multiplication."""
    out = 1 + t / 64
    for _ in range(6):
        out = out * out
    return out


def order(rng: np.random.Generator, count: int) -> I64:
    """A permutation."""
    return np.argsort(rng.random(count), kind="stable")


def pick(rng: np.random.Generator, weights: F64, count: int) -> I64:
    """Indices drawn in proportion to the weights."""
    edges = np.cumsum(weights)
    at: I64 = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return at.clip(max=len(weights) - 1)
