"""A history curve in one line of text."""

from __future__ import annotations

import math
from dataclasses import dataclass

from grader.render.wording import number
from grader.report import Curve

_BLOCKS = "▁▂▃▄▅▆▇█"
LONGEST = 40
"""Epochs that are drawn; longer curves are thinned evenly."""


@dataclass(frozen=True, kw_only=True)
class Spark:
    """A curve, drawn."""

    line: str
    """One block an epoch; `?` where the value is not finite."""
    band: str
    """Under each epoch `=` inside the reference's band, `▲` above it, `▼` below it; empty without a band."""
    words: str
    """The last value and its band."""


def place(curve: Curve, epoch: int) -> str:
    """Where one epoch (from 0) lies: `inside`, `above`, `below`, or empty when that can't be said."""
    value = curve.values[epoch] if epoch < len(curve.values) else None
    if value is None or not math.isfinite(value) or epoch >= min(len(curve.lower), len(curve.upper)):
        return ""
    if value > curve.upper[epoch]:
        return "above"
    return "below" if value < curve.lower[epoch] else "inside"


def spark(curve: Curve) -> Spark:
    """Draws a curve on the scale of its values and its band."""
    epochs = _thinned(len(curve.values))
    finite = [v for v in (*curve.values, *curve.lower, *curve.upper) if v is not None and math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    marks = {"inside": "=", "above": "▲", "below": "▼", "": " "}
    has_band = bool(curve.lower and curve.upper)
    return Spark(
        line="".join(_block(curve.values[e], low, high) for e in epochs),
        band="".join(marks[place(curve, e)] for e in epochs).rstrip() if has_band else "",
        words=_words(curve),
    )


def _words(curve: Curve) -> str:
    if not curve.values:
        return "no values"
    last = len(curve.values) - 1
    value = curve.values[last]
    said = f"epoch {last + 1}: {'not finite' if value is None else number(value)}"
    if last < min(len(curve.lower), len(curve.upper)):
        said += f" (reference {number(curve.lower[last])}–{number(curve.upper[last])})"
    return said


def _thinned(count: int) -> list[int]:
    if count <= LONGEST:
        return list(range(count))
    return [round(i * (count - 1) / (LONGEST - 1)) for i in range(LONGEST)]


def _block(value: float | None, low: float, high: float) -> str:
    if value is None or not math.isfinite(value):
        return "?"
    share = 0.5 if high <= low else (value - low) / (high - low)
    return _BLOCKS[min(len(_BLOCKS) - 1, int(share * len(_BLOCKS)))]
