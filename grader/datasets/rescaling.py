"""Encodings of numeric rows: another layout of the axes, then a rescaling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.datasets.encoding import Encoding, alignments
from grader.evidence import Array, DataSummary

F64 = npt.NDArray[np.float64]

TOLERANCE = 1e-3
"""Largest difference, relative to the range of the compared values: float16 rounds that much."""
SEARCHED = 12
"""Rows that are looked for by content."""
MATCHED = 0.75
"""Share of them that has to be found: some may be other rows, such as test rows mixed in."""


@dataclass(frozen=True)
class Layout:
    """A rearrangement of a row's values."""

    words: str
    forward: Callable[[Array], Array]
    """Raw rows to the notebook's axes."""
    back: Callable[[Array], Array]
    """The notebook's rows to (rows, raw values)."""


@dataclass(frozen=True)
class Scaling:
    """An affine map of each value: x = raw * factor + offset, factor and offset of one value or one a feature."""

    words: str
    factor: F64
    offset: F64

    def forward(self, raw: Array) -> Array:
        """In the raw layout, (rows, raw values)."""
        return raw.astype(np.float32) * self.factor.astype(np.float32) + self.offset.astype(np.float32)

    def back(self, flat: F64) -> F64:
        """Undoes it; a feature that the map flattened comes back as the value that gives this offset."""
        flattened = self.factor == 0
        return np.where(flattened, np.nan, (flat - self.offset) / np.where(flattened, 1, self.factor))


def infer_rescaling(raw: Array, fit_x: DataSummary, sample: F64) -> Encoding | None:
    """The first layout and scaling that reproduce the sampled rows."""
    flat_raw = raw.reshape(len(raw), -1)
    layouts = list(_layouts(raw.shape[1:], sample.shape[1:]))
    for layout in layouts:
        flat = layout.back(sample)
        for rows in alignments(len(raw), fit_x):
            found = _aligned(flat_raw, rows, flat)
            if found is not None:
                return _encoding(layout, found, raw.shape[1:])
    for layout in layouts:
        found = _search(flat_raw, layout.back(sample), fit_x)
        if found is not None:
            return _encoding(layout, found, raw.shape[1:])
    return None


@dataclass(frozen=True)
class Threshold:
    """Two values, cut at one grey level (`x // 255`, `x > 127`)."""

    words: str
    cut: float
    low: float
    high: float

    def forward(self, raw: Array) -> Array:
        """In the raw layout, (rows, raw values)."""
        return np.where(raw >= self.cut, np.float32(self.high), np.float32(self.low))


def _encoding(layout: Layout, scaling: Scaling | Threshold, row_shape: tuple[int, ...]) -> Encoding:
    def transform(raw: Array) -> Array:
        flat = scaling.forward(raw.reshape(len(raw), -1))
        return layout.forward(flat.reshape(len(raw), *row_shape))

    return Encoding(words=", ".join(w for w in (layout.words, scaling.words) if w), transform=transform)


def _layouts(raw: tuple[int, ...], seen: tuple[int, ...]) -> Iterator[Layout]:
    """Layouts that lead from one row shape to the other."""
    size = int(np.prod(raw))
    if int(np.prod(seen)) == size:
        yield Layout(
            _reshaped(raw, seen),
            lambda rows: rows.reshape(len(rows), *seen),
            lambda rows: rows.reshape(len(rows), -1),
        )
        if len(raw) == 2:
            yield Layout(
                ", ".join(w for w in ("transposed", _reshaped(raw, seen)) if w),
                lambda rows: rows.swapaxes(1, 2).reshape(len(rows), *seen),
                lambda rows: rows.reshape(len(rows), raw[1], raw[0]).swapaxes(1, 2).reshape(len(rows), -1),
            )
    elif len(raw) == 2 and seen[:2] == raw and len(seen) == 3:
        yield Layout(
            f"repeated in {seen[2]} channels",
            lambda rows: np.repeat(rows[..., None], seen[2], axis=-1),
            lambda rows: rows[..., 0].reshape(len(rows), -1),
        )
    elif len(raw) == 2 and len(seen) >= 2 and int(np.prod(seen)) == seen[0] * seen[1]:
        yield from _padded(raw, seen)


def _padded(raw: tuple[int, ...], seen: tuple[int, ...]) -> Iterator[Layout]:
    top, left = (seen[0] - raw[0]) // 2, (seen[1] - raw[1]) // 2
    if top < 0 or left < 0 or (seen[0] - raw[0]) % 2 or (seen[1] - raw[1]) % 2:
        return
    edges = ((0, 0), (top, top), (left, left))
    yield Layout(
        f"padded to {seen[0]} x {seen[1]}",
        lambda rows: np.pad(rows, edges).reshape(len(rows), *seen),
        lambda rows: rows.reshape(len(rows), *seen[:2])[:, top : top + raw[0], left : left + raw[1]].reshape(
            len(rows), -1
        ),
    )


def _reshaped(raw: tuple[int, ...], seen: tuple[int, ...]) -> str:
    if raw == seen:
        return ""
    if len(seen) == 1:
        return f"flattened to {seen[0]}"
    return f"reshaped to ({', '.join(map(str, seen))})"


def _close(left: F64, right: F64) -> bool:
    span = float(np.ptp(right)) or float(np.abs(right).max()) or 1.0
    return bool(np.abs(left - right).max() <= TOLERANCE * span)


def _aligned(raw: Array, rows: Array, flat: F64) -> Scaling | Threshold | None:
    """A scaling under which exactly these raw rows become the sample."""
    known = raw[rows].astype(np.float64)
    line = _line(known, flat)
    if line is not None:
        return _named(line, raw)
    for scaling in _by_feature(raw):
        if _close(known * scaling.factor + scaling.offset, flat):
            return scaling
    return _threshold(known, flat) or _fitted(known, flat)


def _line(known: F64, flat: F64) -> Scaling | None:
    """One factor and one offset for all values, by least squares."""
    x, y = known.ravel(), flat.ravel()
    spread = float(x.var())
    if spread == 0:
        return None
    factor = float(((x - x.mean()) * (y - y.mean())).mean() / spread)
    offset = float(y.mean() - factor * x.mean())
    if factor == 0 or not _close(known * factor + offset, flat):
        return None
    return Scaling("", np.array([factor]), np.array([offset]))


def _by_feature(raw: Array) -> Iterator[Scaling]:
    """Scalings by statistics of the training rows, each feature by its own."""
    mean = raw.mean(axis=0, dtype=np.float64)
    low, high = raw.min(axis=0).astype(np.float64), raw.max(axis=0).astype(np.float64)
    square = np.zeros_like(mean)
    for start in range(0, len(raw), 8192):
        square += ((raw[start : start + 8192] - mean) ** 2).sum(axis=0)
    std, span = np.sqrt(square / len(raw)), high - low
    yield _per("each feature standardised with its training mean and standard deviation", std, mean)
    yield _per("each feature scaled to 0…1 by its training minimum and maximum", span, low)
    yield _per("each feature centred at its training mean", np.ones_like(mean), mean)


def _per(words: str, scale: F64, centre: F64) -> Scaling:
    safe = np.where(scale == 0, 1, scale)
    return Scaling(words, 1 / safe, -centre / safe)


def _threshold(known: F64, flat: F64) -> Threshold | None:
    values = np.unique(flat)
    if len(values) != 2:
        return None
    low, high = float(values[0]), float(values[1])
    cut, below = float(known[flat == high].min()), float(known[flat == low].max())
    return Threshold(f"cut into two values at {cut:g}", cut, low, high) if below < cut else None


def _fitted(known: F64, flat: F64) -> Scaling | None:
    """A factor and an offset for each feature, by least squares; every feature has to vary in the sample."""
    spread = known.var(axis=0)
    if len(known) < 8 or (spread == 0).any():
        return None
    factor = ((known - known.mean(0)) * (flat - flat.mean(0))).mean(0) / spread
    offset = flat.mean(0) - factor * known.mean(0)
    if (factor == 0).any() or not _close(known * factor + offset, flat):
        return None
    # Nearly a training statistic (of a part of the rows): the numbers stand, whatever they were called.
    return Scaling("each feature scaled by its own factor and offset", factor, offset)


def _search(raw: Array, flat: F64, fit_x: DataSummary) -> Scaling | None:
    """A scaling under which most of the sampled rows are raw rows, wherever these stand."""
    picked = flat[np.linspace(0, len(flat) - 1, min(SEARCHED, len(flat))).astype(int)]
    candidates = [*_by_range(raw, fit_x), *_by_feature(raw)]
    mean = raw.mean(axis=0, dtype=np.float64)
    wanted = [np.where(np.isnan(back := c.back(picked)), mean, back) for c in candidates]
    span = float(raw.max()) - float(raw.min()) or 1.0
    keep = [i for i, rows in enumerate(wanted) if np.abs(rows).max() < 1e3 * (span + float(np.abs(mean).max()))]
    if not keep:
        return None
    nearest = _nearest(raw, np.concatenate([wanted[i] for i in keep]), mean)
    for i, rows in zip(keep, np.split(nearest, len(keep)), strict=True):
        known = raw[rows].astype(np.float64)
        found = [_close(a, b) for a, b in zip(candidates[i].factor * known + candidates[i].offset, picked, strict=True)]
        if sum(found) >= MATCHED * len(found):
            single = candidates[i].factor.size == 1
            return _named(candidates[i], raw) if single else candidates[i]
    return None


def _by_range(raw: Array, fit_x: DataSummary) -> Iterator[Scaling]:
    """Scalings that lead from the raw values' range to the recorded one."""
    low, high = float(raw.min()), float(raw.max())
    yield Scaling("", np.ones(1), np.zeros(1))
    if fit_x.minimum is None or fit_x.maximum is None or high == low or fit_x.maximum == fit_x.minimum:
        return
    factor = (fit_x.maximum - fit_x.minimum) / (high - low)
    yield Scaling("", np.array([factor]), np.array([fit_x.minimum - factor * low]))
    yield Scaling("", np.array([-factor]), np.array([fit_x.maximum + factor * low]))


def _nearest(raw: Array, wanted: F64, mean: F64) -> Array:
    """Index of the raw row at the least distance from each wanted row."""
    # Features count by their own spread, or one of hundreds would hide another of hundredths.
    spread = raw[:: max(1, len(raw) // 2000)].astype(np.float64).std(axis=0)
    weight = 1 / np.where(spread == 0, 1, spread) if raw.dtype.kind == "f" else np.ones(raw.shape[1])
    goal = ((wanted - mean) * weight).astype(np.float32)
    best = np.full(len(goal), np.inf, np.float32)
    index = np.zeros(len(goal), np.int64)
    for start in range(0, len(raw), 8192):
        part = ((raw[start : start + 8192] - mean.astype(np.float32)) * weight.astype(np.float32)).astype(np.float32)
        distance = (part * part).sum(axis=1)[:, None] - 2 * (part @ goal.T)
        at = distance.argmin(axis=0)
        least = distance[at, np.arange(len(goal))]
        better = least < best
        best[better], index[better] = least[better], at[better] + start
    return index


def _named(scaling: Scaling, raw: Array) -> Scaling:
    """Words for one factor and one offset; the numbers made exact where the words are."""
    factor, offset = float(scaling.factor[0]), float(scaling.offset[0])
    known = (
        ("not scaled", 1.0, 0.0),
        ("divided by 255", 1 / 255, 0.0),
        ("divided by 256", 1 / 256, 0.0),
        ("divided by 255 twice", 1 / 255**2, 0.0),
        ("scaled to -1…1", 2 / 255, -1.0),
        ("scaled to -0.5…0.5", 1 / 255, -0.5),
        ("inverted and divided by 255", -1 / 255, 1.0),
    )
    top = float(np.abs(raw).max()) or 1.0
    for words, exact_factor, exact_offset in known:
        if (
            abs(factor - exact_factor) < 1e-4 * abs(exact_factor)
            and abs(offset - exact_offset) < 1e-4 * abs(factor) * top
        ):
            return Scaling(words, np.array([exact_factor]), np.array([exact_offset]))
    mean, std = float(raw.mean(dtype=np.float64)), float(raw.std(dtype=np.float64))
    if abs(factor * std - 1) < 1e-2 and abs(offset / factor + mean) < 1e-2 * std:
        words = "standardised with one mean and standard deviation"
    elif abs(offset) < 1e-4 * abs(factor) * top:
        words = f"divided by {1 / factor:.6g}" if abs(factor) < 1 else f"multiplied by {factor:.6g}"
    else:
        words = f"multiplied by {factor:.4g} and moved by {offset:.4g}"
    return Scaling(words, scaling.factor, scaling.offset)
