"""Handwritten-like digits in the shape of MNIST, drawn from strokes.

Only IEEE-exact element-wise arithmetic (+, -, *, /, sqrt) on uniform random numbers, so the bytes are the same on every
machine: no sin, exp, BLAS or summation whose order a library could change.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.datasets.glyphs import GLYPHS, Glyph, dots

F32 = npt.NDArray[np.float32]

SEED = 20_260_101
TRAIN_COUNTS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
TEST_COUNTS = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
TRAIN_HEAD = (5, 0, 4, 1, 9, 2, 1, 3, 1, 4)
TEST_HEAD = (7, 2, 1, 0, 4, 1, 4, 9, 5, 9)
"""The real sets begin like this, and notebooks show those images."""
SIDE = 28
CHUNK = 500

WOBBLE = 0.040
"""Standard deviation of a careful writer's control points, in glyph heights."""
SLOPPY = 0.054
"""What the sloppiest writers add to that."""
SLANT = 0.22
TURN = 0.15
ASPECT = 0.16
DRIFT = 1.0
"""Standard deviation of the position, in pixels."""


def digits() -> dict[str, npt.NDArray[Any]]:
    """Draws the whole set.

    Returns:
        `x_train` (60000, 28, 28), `y_train` (60000,), `x_test` (10000, 28, 28), `y_test` (10000,); all uint8.
    """
    train, test = np.random.SeedSequence(SEED).spawn(2)
    x_train, y_train = _split(train, TRAIN_COUNTS, TRAIN_HEAD)
    x_test, y_test = _split(test, TEST_COUNTS, TEST_HEAD)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _split(
    seed: np.random.SeedSequence, counts: tuple[int, ...], head: tuple[int, ...]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    order, *chunks = seed.spawn(1 + -(-sum(counts) // CHUNK))
    rest = np.array(counts) - np.bincount(head, minlength=10)
    labels = np.repeat(np.arange(10, dtype=np.uint8), rest)
    shuffled = labels[np.argsort(_rng(order).random(len(labels)), kind="stable")]
    y = np.concatenate([np.array(head, np.uint8), shuffled])
    parts = [y[i * CHUNK : (i + 1) * CHUNK] for i in range(len(chunks))]
    with ThreadPoolExecutor(2) as pool:
        images = list(pool.map(_draw, chunks, parts))
    return np.concatenate(images), y


def _rng(seed: np.random.SeedSequence) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def _bell(rng: np.random.Generator, *shape: int) -> F32:
    """About normal(0, 1): four uniforms, so that no logarithm of a maths library is involved."""
    u = rng.random((4, *shape), dtype=np.float32)
    bell: F32 = (u[0] + u[1] + u[2] + u[3] - np.float32(2)) * np.sqrt(np.float32(3))
    return bell


def _draw(seed: np.random.SeedSequence, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    rng = _rng(seed)
    n = len(labels)
    sloppy = rng.random((n, 1, 1), dtype=np.float32)
    wobble = np.float32(WOBBLE) + np.float32(SLOPPY) * sloppy * sloppy * sloppy * sloppy
    pick = rng.random(n, dtype=np.float32)
    points = np.empty((n, dots(), 2), np.float32)
    jitter = _bell(rng, n, max(len(g.controls) for v in GLYPHS for g in v), 2) * wobble
    for digit, variants in enumerate(GLYPHS):
        edges = np.cumsum([g.share for g in variants])
        of_digit = np.flatnonzero(labels == digit)
        which = np.searchsorted(edges, pick[of_digit] * edges[-1], side="right").clip(max=len(variants) - 1)
        for v, glyph in enumerate(variants):
            rows = of_digit[which == v]
            points[rows] = _curve(glyph, jitter[rows])
    return _ink(rng, _place(rng, points))


def _curve(glyph: Glyph, jitter: F32) -> F32:
    """Dots along the jittered strokes; shape (rows, dots, 2)."""
    out = np.zeros((len(jitter), dots(), 2), np.float32)
    for k, (x, y) in enumerate(glyph.controls):
        control = jitter[:, k, :] + np.array([x, y], np.float32)
        out += glyph.basis[None, :, k, None] * control[:, None, :]
    return out


def _place(rng: np.random.Generator, points: F32) -> F32:
    """Slants, turns, and fits the glyph into a 20 x 20 box, as MNIST's makers did; in pixels."""
    n = len(points)
    slant, turn, aspect = (_bell(rng, n, 1) * np.float32(s) for s in (SLANT, TURN, ASPECT))
    x, y = points[..., 0] - np.float32(0.5), points[..., 1] - np.float32(0.5)
    x = x - slant * y
    # Rotation by the half-angle tangent: exact arithmetic where sine and cosine would not be.
    scale = 1 / (1 + turn * turn)
    cos, sin = (1 - turn * turn) * scale, 2 * turn * scale
    x, y = cos * x - sin * y, sin * x + cos * y
    x = x * (1 + aspect).clip(0.6, 1.5)
    low_x, low_y = x.min(1, keepdims=True), y.min(1, keepdims=True)
    wide, high = x.max(1, keepdims=True) - low_x, y.max(1, keepdims=True) - low_y
    fit = np.float32(18.5) / np.maximum(wide, high)
    drift = _bell(rng, n, 2) * np.float32(DRIFT)
    x = (x - low_x - wide / 2) * fit + np.float32(13.5) + drift[:, :1]
    y = (y - low_y - high / 2) * fit + np.float32(13.5) + drift[:, 1:]
    return np.stack([x, y], axis=-1)


def _ink(rng: np.random.Generator, points: F32) -> npt.NDArray[np.uint8]:
    """Pixels from the distance to the nearest dot; shape (rows, 28, 28)."""
    n = len(points)
    grid = np.arange(SIDE, dtype=np.float32)
    dx = (grid[None, None, :] - points[:, :, :1]) ** 2
    dy = (grid[None, None, :] - points[:, :, 1:]) ** 2
    nearest = np.full((n, SIDE, SIDE), 1e4, np.float32)
    step = np.empty_like(nearest)
    for k in range(points.shape[1]):
        np.add(dx[:, k, None, :], dy[:, k, :, None], out=step)
        np.minimum(nearest, step, out=nearest)
    pen = np.float32(0.72) + np.float32(0.26) * _bell(rng, n, 1, 1)
    soft = np.float32(0.9) + np.float32(0.5) * rng.random((n, 1, 1), dtype=np.float32)
    ink = ((pen.clip(0.35, 2.0) + soft - np.sqrt(nearest)) / soft).clip(0, 1)
    grain = 1 - np.float32(0.22) * rng.random((n, SIDE, SIDE), dtype=np.float32)
    shade: F32 = ink * grain * np.float32(255)
    return shade.clip(0, 255).astype(np.uint8)
