"""Encodings of texts that come as lists of word ids: multi-hot rows, word counts, padded sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grader.datasets.encoding import Encoding, alignments
from grader.evidence import Array, DataSummary

OOV = 2
"""What Keras' loaders put for a word past `num_words`."""
CHECKED = 16
"""Rows that are compared, spread over the sample."""
MATCHED = 0.75


@dataclass(frozen=True)
class Candidate:
    """One way of turning a list of word ids into a row."""

    words: str
    row: Callable[[Sequence[int]], Array]
    """One encoded row."""
    dtype: type
    key: Callable[[Sequence[int]], object]
    """Equal for texts that are encoded alike, from the raw ids."""
    key_of_row: Callable[[Array], object]
    """The same, from the encoded row."""


def infer_vectorizing(raw: Array, fit_x: DataSummary, sample: Array) -> Encoding | None:
    """The first encoding that reproduces the sampled rows."""
    if sample.ndim != 2:
        return None
    picked = np.linspace(0, len(sample) - 1, min(CHECKED, len(sample))).astype(int)
    rows = sample[picked]
    candidates = list(_candidates(fit_x, rows))
    for candidate in candidates:
        for indices in alignments(len(raw), fit_x):
            hits = [np.array_equal(candidate.row(raw[i]), row) for i, row in zip(indices[picked], rows, strict=True)]
            if sum(hits) >= MATCHED * len(hits):
                return _encoding(candidate, sample.shape[1])
    for candidate in candidates:
        keys = {candidate.key(text) for text in raw}
        if sum(candidate.key_of_row(row) in keys for row in rows) >= MATCHED * len(rows):
            return _encoding(candidate, sample.shape[1])
    return None


def _encoding(candidate: Candidate, width: int) -> Encoding:
    def transform(raw: Array) -> Array:
        out: Array = np.empty((len(raw), width), candidate.dtype)
        for i, text in enumerate(raw):
            out[i] = candidate.row(text)
        return out

    return Encoding(words=candidate.words, transform=transform)


def _candidates(fit_x: DataSummary, rows: Array) -> Iterator[Candidate]:
    width, top = rows.shape[1], fit_x.maximum
    if top is None:
        return
    if top <= 1:
        yield from (_multi_hot(width, replaced=replaced) for replaced in (False, True))
    else:
        yield from (_counts(width, replaced=replaced) for replaced in (False, True))
        for limit in (None, int(top) + 1):
            for padding in ("pre", "post"):
                for cutting in ("pre", "post"):
                    yield _padded(width, limit, padding, cutting)


def _limited(text: Sequence[int], limit: int, *, replaced: bool) -> Array:
    ids = np.asarray(text, np.int64)
    return np.where(ids < limit, ids, OOV) if replaced else ids[ids < limit]


def _multi_hot(width: int, *, replaced: bool) -> Candidate:
    def row(text: Sequence[int]) -> Array:
        out: Array = np.zeros(width, np.float32)
        out[_limited(text, width, replaced=replaced)] = 1
        return out

    return Candidate(
        words=f"multi-hot in {width} columns",
        row=row,
        dtype=np.float32,
        key=lambda text: frozenset(np.unique(_limited(text, width, replaced=replaced)).tolist()),
        key_of_row=lambda encoded: frozenset(np.flatnonzero(encoded).tolist()),
    )


def _counts(width: int, *, replaced: bool) -> Candidate:
    def row(text: Sequence[int]) -> Array:
        counts: Array = np.bincount(_limited(text, width, replaced=replaced), minlength=width).astype(np.float32)
        return counts

    return Candidate(
        words=f"word counts in {width} columns",
        row=row,
        dtype=np.float32,
        key=lambda text: tuple(sorted(_limited(text, width, replaced=replaced).tolist())),
        key_of_row=lambda encoded: tuple(np.repeat(np.arange(width), encoded.astype(int).clip(0, 10_000)).tolist()),
    )


def _padded(width: int, limit: int | None, padding: str, cutting: str) -> Candidate:
    def row(text: Sequence[int]) -> Array:
        ids = np.asarray(text, np.int32)
        if limit is not None:
            ids = np.where(ids < limit, ids, OOV).astype(np.int32)
        ids = ids[-width:] if cutting == "pre" else ids[:width]
        gap = np.zeros(width - len(ids), np.int32)
        return np.concatenate([gap, ids] if padding == "pre" else [ids, gap])

    return Candidate(
        words=f"sequences of {width} word ids, padded {'in front' if padding == 'pre' else 'at the end'}",
        row=row,
        dtype=np.int32,
        key=lambda text: row(text).tobytes(),
        key_of_row=lambda encoded: encoded.astype(np.int32).tobytes(),
    )
