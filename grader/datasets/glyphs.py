"""The strokes of the ten digits: control points in a unit square (x right, y down), a few ways of writing each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]


def dots() -> int:
    """Number of dots that every glyph is drawn with: neighbours are less than a pixel apart."""
    return 72


@dataclass(frozen=True)
class Glyph:
    """One way of writing a digit."""

    strokes: tuple[tuple[Point, ...], ...]
    """Curves through these points."""
    share: float = 1.0
    """How often it is used, relative to the digit's other ways."""

    @property
    def controls(self) -> tuple[Point, ...]:
        """All points of all strokes."""
        return tuple(p for stroke in self.strokes for p in stroke)

    @cached_property
    def basis(self) -> npt.NDArray[np.float32]:
        """Shape (dots, controls): each dot as a Catmull-Rom combination of control points."""
        lengths = [_length(s) for s in self.strokes]
        counts = [max(2, round(dots() * length / sum(lengths))) for length in lengths]
        counts[-1] = dots() - sum(counts[:-1])
        out = np.zeros((dots(), len(self.controls)), np.float32)
        row = column = 0
        for stroke, count in zip(self.strokes, counts, strict=True):
            out[row : row + count, column : column + len(stroke)] = _catmull_rom(stroke, count)
            row, column = row + count, column + len(stroke)
        return out


def _length(stroke: tuple[Point, ...]) -> float:
    p = np.array(stroke)
    return float(np.sqrt(((p[1:] - p[:-1]) ** 2).sum(1)).sum())


def _catmull_rom(stroke: tuple[Point, ...], count: int) -> npt.NDArray[np.float32]:
    p = np.array(stroke)
    along = np.concatenate([[0.0], np.cumsum(np.sqrt(((p[1:] - p[:-1]) ** 2).sum(1)))])
    at = np.linspace(0, along[-1], count)
    last = len(stroke) - 1
    out = np.zeros((count, len(stroke)), np.float32)
    for row, s in enumerate(at):
        i = min(int(np.searchsorted(along, s, side="right")) - 1, last - 1)
        t = (s - along[i]) / (along[i + 1] - along[i])
        t2, t3 = t * t, t * t * t
        weights = (-t3 + 2 * t2 - t, 3 * t3 - 5 * t2 + 2, -3 * t3 + 4 * t2 + t, t3 - t2)
        for offset, weight in zip((-1, 0, 1, 2), weights, strict=True):
            out[row, min(max(i + offset, 0), last)] += weight / 2
    return out


GLYPHS: tuple[tuple[Glyph, ...], ...] = (
    (
        Glyph((((0.5, 0.04), (0.24, 0.2), (0.17, 0.52), (0.28, 0.85), (0.52, 0.97), (0.76, 0.83), (0.84, 0.5), (0.74, 0.17), (0.5, 0.04)),)),
        Glyph((((0.62, 0.06), (0.3, 0.14), (0.16, 0.5), (0.26, 0.84), (0.5, 0.96), (0.78, 0.8), (0.85, 0.46), (0.7, 0.14), (0.44, 0.03)),), 0.5),
    ),
    (
        Glyph((((0.52, 0.02), (0.51, 0.34), (0.5, 0.66), (0.48, 0.98)),), 3.0),
        Glyph((((0.34, 0.2), (0.52, 0.03)), ((0.52, 0.03), (0.52, 0.5), (0.5, 0.98))), 0.4),
        Glyph((((0.33, 0.2), (0.52, 0.03)), ((0.52, 0.03), (0.52, 0.5), (0.51, 0.96)), ((0.25, 0.96), (0.76, 0.96))), 0.2),
    ),
    (
        Glyph((((0.2, 0.24), (0.36, 0.06), (0.64, 0.05), (0.77, 0.26), (0.62, 0.52), (0.38, 0.76), (0.18, 0.93)), ((0.18, 0.93), (0.5, 0.91), (0.86, 0.94)))),
        Glyph((((0.18, 0.2), (0.42, 0.04), (0.7, 0.12), (0.72, 0.38), (0.5, 0.7), (0.26, 0.92), (0.14, 0.82), (0.3, 0.74), (0.55, 0.88), (0.88, 0.9)),)),
    ),
    (
        Glyph((((0.2, 0.12), (0.48, 0.03), (0.73, 0.16), (0.66, 0.38), (0.42, 0.47)), ((0.42, 0.47), (0.7, 0.54), (0.8, 0.74), (0.58, 0.95), (0.18, 0.87)))),
        Glyph((((0.22, 0.06), (0.76, 0.06), (0.46, 0.42)), ((0.46, 0.42), (0.74, 0.52), (0.8, 0.74), (0.56, 0.96), (0.2, 0.86))), 0.35),
    ),
    (
        Glyph((((0.22, 0.05), (0.18, 0.34), (0.26, 0.52), (0.5, 0.53), (0.78, 0.45)), ((0.76, 0.05), (0.74, 0.4), (0.7, 0.7), (0.68, 0.98)))),
        Glyph((((0.62, 0.03), (0.38, 0.32), (0.13, 0.62), (0.48, 0.62), (0.88, 0.6)), ((0.64, 0.3), (0.63, 0.6), (0.62, 0.98))), 0.45),
    ),
    (
        Glyph((((0.8, 0.05), (0.56, 0.06), (0.34, 0.07)), ((0.34, 0.07), (0.29, 0.26), (0.27, 0.44)), ((0.27, 0.44), (0.52, 0.38), (0.76, 0.54), (0.75, 0.8), (0.5, 0.96), (0.18, 0.89)))),
        Glyph((((0.84, 0.08), (0.42, 0.06), (0.3, 0.22), (0.36, 0.4), (0.62, 0.5), (0.72, 0.7), (0.56, 0.92), (0.16, 0.92)),), 0.6),
    ),
    (
        Glyph((((0.66, 0.03), (0.42, 0.18), (0.24, 0.46), (0.2, 0.74), (0.4, 0.95), (0.68, 0.9), (0.77, 0.7), (0.6, 0.54), (0.36, 0.6), (0.22, 0.76)),)),
        Glyph((((0.48, 0.02), (0.3, 0.3), (0.24, 0.64), (0.34, 0.92), (0.6, 0.95), (0.72, 0.76), (0.58, 0.6), (0.3, 0.74)),), 0.6),
    ),
    (
        Glyph((((0.16, 0.1), (0.5, 0.07), (0.82, 0.08)), ((0.82, 0.08), (0.64, 0.36), (0.5, 0.66), (0.42, 0.98))), 2.0),
        Glyph((((0.16, 0.1), (0.5, 0.07), (0.82, 0.08)), ((0.82, 0.08), (0.62, 0.42), (0.46, 0.97)), ((0.34, 0.5), (0.76, 0.47))), 0.5),
        Glyph((((0.18, 0.26), (0.2, 0.08)), ((0.2, 0.08), (0.5, 0.08), (0.8, 0.08)), ((0.8, 0.08), (0.68, 0.4), (0.64, 0.97))), 0.5),
    ),
    (
        Glyph((((0.72, 0.16), (0.5, 0.03), (0.28, 0.18), (0.44, 0.42), (0.7, 0.64), (0.68, 0.9), (0.42, 0.96), (0.26, 0.78), (0.46, 0.5), (0.7, 0.28), (0.72, 0.16)),)),
        Glyph((((0.5, 0.48), (0.3, 0.34), (0.34, 0.1), (0.58, 0.03), (0.74, 0.22), (0.5, 0.48)), ((0.5, 0.48), (0.26, 0.7), (0.38, 0.95), (0.64, 0.93), (0.76, 0.72), (0.5, 0.48))), 0.6),
    ),
    (
        Glyph((((0.76, 0.2), (0.54, 0.04), (0.3, 0.16), (0.28, 0.4), (0.5, 0.5), (0.72, 0.36), (0.76, 0.2)), ((0.76, 0.2), (0.74, 0.5), (0.68, 0.74), (0.6, 0.98)))),
        Glyph((((0.74, 0.14), (0.46, 0.04), (0.26, 0.24), (0.36, 0.46), (0.62, 0.42), (0.75, 0.18)), ((0.75, 0.18), (0.76, 0.56), (0.6, 0.9), (0.28, 0.94))), 0.6),
    ),
)  # fmt: skip
