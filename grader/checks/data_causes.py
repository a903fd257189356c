"""Names what is wrong with prepared data: inputs, targets and arrays; pure functions of two summaries.

Every function answers with a sentence for the student, or an empty text when it finds nothing wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from grader.evidence import Array, DataSummary

BOUNDED = 10.0
"""Inputs whose values stay within ± this are scaled well enough for a network to learn from."""


def features(shape: tuple[int, ...]) -> int:
    """Values in one row."""
    return math.prod(shape[1:])


def flattening(wanted: DataSummary, had: DataSummary) -> str:
    """Wrong shapes; any shape with the same values in a row passes, the number of rows is not looked at."""
    shape, wish = had.shape, wanted.shape
    if features(shape) == features(wish) and len(shape) > 0:
        same_sizes = sorted(shape[1:]) == sorted(wish[1:]) and len(wish) == len(shape) > 3
        if same_sizes and shape[1:] != wish[1:]:
            return f"The channel axis is in the wrong place: the shape is {shape}, expected {wish}; channels come last."
        if len(shape) > 3 and 1 in shape[1:] and shape[-1] != 1 and shape[1] == 1 and wish[-1] != 1 and len(wish) == 2:
            return f"The channel axis is in the wrong place: the shape is {shape}; channels come last."
        return ""
    if len(shape) == len(wish) == 2 and shape[0] == features(wish) and shape[1] >= wish[0] // 2:
        return (
            f"reshape({shape[0]}, {shape[1]}) mixes the rows: samples come first, use reshape(({wish[0]}, {wish[1]}))."
        )
    if len(shape) == 2 and shape[1] != features(wish) and shape[0] == features(wish):
        return f"The shape {shape} has the samples last: they come first, expected {wish}."
    return f"Each row has shape {shape[1:]}, expected {wish[1:]} ({features(wish):,} values)."


def only_first_row(had: DataSummary) -> bool:
    """Whether the first row is filled and every other sampled row is all zeros."""
    sample = had.sample
    if sample is None or len(sample) < 3 or not had.rows or had.rows[0] != 0:
        return False
    return bool(sample[0].any() and not sample[1:].any())


def filling(wanted: DataSummary, had: DataSummary) -> str:
    """Values that are all the same, or rows that were left empty."""
    if had.minimum is None or had.maximum is None:
        return "It is empty." if 0 in had.shape else "There is a value that is not a number (nan)."
    if only_first_row(had) and (wanted.sample is None or not only_first_row(wanted)):
        return "Only the first row is filled: is return inside the loop?"
    if had.minimum == had.maximum and wanted.minimum != wanted.maximum:
        if had.minimum == 0:
            why = ": integer division (//), or a conversion to whole numbers, turns every fraction into 0"
            return f"All values are 0{why if _fractions(wanted) else ': was it ever filled?'}."
        return f"All values are {had.minimum:g}."
    if had.distinct == 2 and _fractions(wanted) and (had.mean or 0) < 0.3 * (wanted.mean or 0):
        return f"There are only the values {had.minimum:g} and {had.maximum:g}: integer division (//) loses every fraction."
    return ""


def _fractions(data: DataSummary) -> bool:
    return data.distinct is None or data.distinct > 2


def scaling(wanted: DataSummary, had: DataSummary, *, exact: bool) -> str:
    """Values in another range than the reference's.

    Args:
        wanted: the reference's data.
        had: the student's.
        exact: insist on the reference's scale; otherwise any scale that keeps values within BOUNDED passes.
    """
    if had.minimum is None or had.maximum is None or wanted.minimum is None or wanted.maximum is None:
        return ""
    top, wish = max(abs(had.minimum), abs(had.maximum)), max(abs(wanted.minimum), abs(wanted.maximum))
    if not wish or not top:
        return ""
    factor = top / wish
    span = f"Values go from {had.minimum:g} to {had.maximum:g}"
    if top > BOUNDED and factor > 2 and wish <= BOUNDED:
        advice = "divide by 255" if 250 <= top <= 256 else f"expected {wanted.minimum:g} to {wanted.maximum:g}"
        return f"{span}: they are not scaled ({advice})."
    if _near(factor, 1 / 255) or (_near(factor, 1 / 256) and wish <= 1):
        return f"{span}: they are scaled twice (divided by 255 two times)."
    if _constant_like(wanted, had):
        return f"{span} but hardly vary: the scaling is far too strong."
    if exact and not _close(wanted, had):
        return f"{span} with mean {had.mean or 0:.4g}, expected {wanted.minimum:g} to {wanted.maximum:g} with mean {wanted.mean or 0:.4g}."
    return ""


def _near(value: float, target: float) -> bool:
    return abs(value / target - 1) < 0.02


def _constant_like(wanted: DataSummary, had: DataSummary) -> bool:
    return had.std is not None and wanted.std is not None and had.std < 1e-3 * wanted.std


def _close(wanted: DataSummary, had: DataSummary) -> bool:
    """Whether mean and spread agree, to a hundredth of the spread (5 % where the rows are not the same)."""
    if wanted.mean is None or had.mean is None or wanted.std is None or had.std is None:
        return True
    slack = 0.01 if wanted.shape == had.shape else 0.05
    scale = max(wanted.std, 1e-12)
    return abs(wanted.mean - had.mean) <= slack * scale and abs(wanted.std - had.std) <= slack * scale


def turned(wanted: DataSummary, had: DataSummary) -> str:
    """Transposed or mirrored images, where rows of both were sampled."""
    pairs = _common_rows(wanted, had)
    side = math.isqrt(features(wanted.shape))
    if not pairs or side < 2 or side * side != features(wanted.shape):
        return ""
    squares = [(one.reshape(side, side), other.reshape(side, side)) for one, other in pairs]
    if all(_alike(one, other) for one, other in squares):
        return ""
    if all(_alike(one.T, other) for one, other in squares):
        return "The images are transposed: rows and columns are swapped."
    if all(_alike(one[::-1], other) or _alike(one[:, ::-1], other) for one, other in squares):
        return "The images are mirrored."
    return ""


def _common_rows(wanted: DataSummary, had: DataSummary) -> list[tuple[Array, Array]]:
    """Sampled rows with the same index, as pairs of flat float arrays."""
    if wanted.sample is None or had.sample is None or features(wanted.shape) != features(had.shape):
        return []
    theirs = dict(zip(had.rows, had.sample, strict=False))
    found = [(np.ravel(row).astype(float), theirs.get(i)) for i, row in zip(wanted.rows, wanted.sample, strict=False)]
    return [(one, np.ravel(other).astype(float)) for one, other in found if other is not None and one.any()]


def _alike(one: Array, other: Array) -> bool:
    """Whether two arrays agree up to a positive scale and an offset."""
    a, b = one - one.mean(), other - other.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return size > 0 and float((a * b).sum()) / size > 0.999


def labels(wanted: DataSummary, had: DataSummary, loss: str) -> str:
    """Wrong classification targets; whole numbers pass with a sparse loss, one-hot rows with the other one.

    Args:
        wanted: the reference's targets, one-hot or whole numbers.
        had: the student's.
        loss: canonical name of the student's loss.
    """
    classes = _classes(wanted)
    if had.minimum is not None and had.minimum < 0:
        return f"There is a label {had.minimum:g}: labels go from 0 to {classes - 1}; as an index, −1 means the last class."
    if len(had.shape) == 2 and had.shape[1] > 1:
        if had.shape[1] != classes:
            return f"The one-hot rows have length {had.shape[1]}, expected {classes}, one column a class."
        if had.row_sums_to_one is False and wanted.row_sums_to_one:
            return "Not every row of the labels has exactly one 1."
        return ""
    one_hot_wanted = len(wanted.shape) == 2 and wanted.shape[1] > 1
    if one_hot_wanted and not loss.startswith("sparse"):
        return f"The labels are whole numbers, but {loss or 'the loss'} needs one-hot rows: use to_categorical, or sparse_categorical_crossentropy."
    top = had.maximum
    if top is not None and top >= classes:
        return f"The largest label is {top:g}; {classes} classes have labels 0 to {classes - 1}."
    if had.distinct is not None and had.distinct < classes <= 1000:
        return f"There are only {had.distinct} different labels, expected {classes}."
    return ""


def classes_of(y: DataSummary) -> list[int]:
    """The class of each sampled row, from one-hot rows or whole numbers; empty where there are none."""
    if y.sample is None or not len(y.sample):
        return []
    flat = y.sample.reshape(len(y.sample), -1)
    return [int(c) for c in (flat.argmax(axis=1) if flat.shape[1] > 1 else flat[:, 0])]


def pairing(wanted_x: DataSummary, wanted: Sequence[int], had_x: DataSummary, had_y: DataSummary) -> str:
    """Labels that are not those of their rows, where the student's rows are in the reference's order.

    Args:
        wanted_x: the reference's inputs with its first sampled rows.
        wanted: the class of each of those rows.
        had_x: the student's inputs.
        had_y: the student's targets.
    """
    pairs = _common_rows(wanted_x, had_x)
    if had_x.rows != had_y.rows[: len(had_x.rows)] or len(pairs) < 4 or not all(_alike(a, b) for a, b in pairs):
        return ""
    had = dict(zip(had_y.rows, classes_of(had_y), strict=False))
    wrong = [(row, c, had[row]) for row, c in zip(wanted_x.rows, wanted, strict=False) if had.get(row, c) != c]
    if not wrong:
        return ""
    row, right, label = wrong[0]
    last = max(1, (had_y.shape[1] if len(had_y.shape) == 2 else 0) - 1)
    shifted = all(h == (c - 1) % (last + 1) for _, c, h in wrong) and len(had_y.shape) == 2
    why = ": is each label one too small? to_categorical silently turns −1 into the last class" if shifted else ""
    return f"The label of row {row} is {label}, expected {right}{why}."


def _classes(data: DataSummary) -> int:
    if len(data.shape) == 2 and data.shape[1] > 1:
        return data.shape[1]
    return int(data.maximum or 0) + 1
