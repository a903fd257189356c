"""The training curve inside the reference's band, as SVG that is put into the page itself.

Colours come from the page's classes, so that it follows light, dark and print.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from grader.render.escape import one_line
from grader.render.spark import place, spark
from grader.render.wording import number
from grader.report import Curve

WIDTH, HEIGHT = 400, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 14, 34
_ALONE = (
    "text{font:11px sans-serif;fill:#808080}.grid{stroke:#808080;stroke-opacity:.3}.band{fill:#3b82f6;fill-opacity:.2}"
    ".line{fill:none;stroke:#3b82f6;stroke-width:2}.dot{fill:#3b82f6}.dot.out{fill:#fff;stroke:#e8590c;stroke-width:2}"
)
"""The page's classes, for a picture that stands alone."""
DOTS = 60
"""Longest curve whose epochs are marked one by one."""


@dataclass(frozen=True, kw_only=True)
class _Scale:
    epochs: int
    low: float
    high: float

    def x(self, epoch: int) -> float:
        """Pixel of an epoch, counted from 0; a single one stands in the middle."""
        span = WIDTH - LEFT - RIGHT
        return LEFT + (span / 2 if self.epochs < 2 else span * epoch / (self.epochs - 1))

    def y(self, value: float) -> float:
        """Pixel of a value."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def chart(curve: Curve, *, key: str) -> Markup:
    """Draws one curve; `key` makes the ids of its title and description unique in the page."""
    scale = _scale(curve)
    parts = [*_axes(scale), *_band(curve, scale), *_line(curve, scale), *_dots(curve, scale)]
    title = f"{one_line(curve.metric)} by epoch"
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{key}-title {key}-desc">'
        '<title id="{key}-title">{title}</title><desc id="{key}-desc">{desc}</desc>{parts}</svg>'
    ).format(w=WIDTH, h=HEIGHT, key=key, title=title, desc=describe(curve), parts=Markup("").join(parts))


def picture(curve: Curve) -> str:
    """The chart as a `data:` address, for pages that take no SVG elements; its colours read on light and on dark."""
    drawn = str(chart(curve, key="curve")).replace(
        "<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" ', 1
    )
    whole = drawn.replace("<title", f"<style>{_ALONE}</style><title", 1)
    return f"data:image/svg+xml;base64,{base64.b64encode(whole.encode()).decode()}"


def describe(curve: Curve) -> str:
    """The curve in a sentence."""
    placed = [place(curve, e) for e in range(len(curve.values))]
    counts = [f"{placed.count(where)} {where}" for where in ("inside", "above", "below") if where in placed]
    band = f"; of {len(placed)} epochs {', '.join(counts)} the reference's band" if counts else ""
    return f"{one_line(curve.metric)}, {spark(curve).words}{band}"


def _scale(curve: Curve) -> _Scale:
    finite = [v for v in (*curve.values, *curve.lower, *curve.upper) if v is not None and math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    pad = (high - low) * 0.08 or abs(high) * 0.1 or 0.5
    return _Scale(epochs=max(len(curve.values), len(curve.lower), 1), low=low - pad, high=high + pad)


def _axes(scale: _Scale) -> Iterator[Markup]:
    line = Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
    text = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    for value in _ticks(scale.low, scale.high):
        y = scale.y(value)
        yield line.format(LEFT, WIDTH - RIGHT, y, y)
        yield text.format(LEFT - 6, y + 4, "end", number(value))
    for epoch in _epoch_ticks(scale.epochs):
        yield text.format(scale.x(epoch), HEIGHT - BOTTOM + 16, "middle", epoch + 1)
    yield text.format((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 3, "middle", "epoch")


def _band(curve: Curve, scale: _Scale) -> Iterator[Markup]:
    pairs = [
        (e, low, high)
        for e, (low, high) in enumerate(zip(curve.lower, curve.upper, strict=False))
        if math.isfinite(low) and math.isfinite(high)
    ]
    if len(pairs) == 1:
        epoch, low, high = pairs[0]
        yield Markup('<rect class="band" x="{:.1f}" y="{:.1f}" width="16" height="{:.1f}"/>').format(
            scale.x(epoch) - 8, scale.y(high), max(1.0, scale.y(low) - scale.y(high))
        )
    elif pairs:
        outline = [(e, high) for e, _, high in pairs] + [(e, low) for e, low, _ in reversed(pairs)]
        yield Markup('<polygon class="band" points="{}"/>').format(_points(outline, scale))


def _line(curve: Curve, scale: _Scale) -> Iterator[Markup]:
    run: list[tuple[int, float]] = []
    for epoch, value in enumerate((*curve.values, None)):
        if value is not None and math.isfinite(value):
            run.append((epoch, value))
            continue
        if len(run) > 1:
            yield Markup('<polyline class="line" points="{}"/>').format(_points(run, scale))
        run = []


def _dots(curve: Curve, scale: _Scale) -> Iterator[Markup]:
    if len(curve.values) > DOTS:
        return
    dot = Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="3.5"><title>{}</title></circle>')
    for epoch, value in enumerate(curve.values):
        if value is None or not math.isfinite(value):
            continue
        where = place(curve, epoch)
        said = f"epoch {epoch + 1}: {number(value)}" + (f", {where} the reference's band" if where else "")
        yield dot.format("out" if where in {"above", "below"} else "in", scale.x(epoch), scale.y(value), said)


def _points(pairs: Sequence[tuple[int, float]], scale: _Scale) -> Markup:
    return escape(" ".join(f"{scale.x(e):.1f},{scale.y(v):.1f}" for e, v in pairs))


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round values between the ends (steps of 1, 2 or 5 times a power of ten)."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    first = math.ceil(low / step)
    return [round(n * step, 12) for n in range(first, math.floor(high / step) + 1)]


def _epoch_ticks(epochs: int) -> list[int]:
    step = max(1, math.ceil(epochs / 10))
    return [e for e in range(epochs) if (e + 1) % step == 0 or epochs <= 10]
