"""Summaries of the arrays that are passed to Keras, without their bulk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..plain import digest_of, encoded, finite, native
from .row_keys import row_keys

ARRAY_BYTES = 1 << 20
"""Largest array that travels inside a record."""
CHUNK = 1 << 17
"""Elements looked at in one go, so that a summary never doubles the memory of what it summarises."""
DISTINCT = 1000
"""Distinct values are counted up to here."""
INPUTS = 8
"""A list of at most so many arrays is taken for several inputs, as Keras takes it."""
SLOW_COUNT = 1 << 26
"""Values are no longer told apart one by one past this size."""


def as_array(value: Any) -> np.ndarray | None:
    """The value as a numeric array, without a copy where possible; None when it isn't one."""
    if isinstance(value, np.ndarray):
        array = value
    elif isinstance(value, bool | int | float | np.generic):
        array = np.asarray(value)
    elif isinstance(value, list | tuple) or _tensor_like(value):
        try:
            array = np.asarray(value)
        except Exception:
            return None
    else:
        return None
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    return array if array.dtype.kind in "biuf" and array.dtype.itemsize <= 8 and array.ndim <= 8 else None


def _tensor_like(value: Any) -> bool:
    return (hasattr(value, "shape") and hasattr(value, "dtype") and hasattr(value, "__array__")) or (
        type(value).__module__.startswith("pandas.") and hasattr(value, "__array__")
    )


def _has_rows(value: Any) -> bool:
    return len(getattr(value, "shape", ())) > 0


def sample_rows(count: int, row_bytes: int) -> tuple[int, ...]:
    """Indices of the rows to keep: the first 64 and 64 spread evenly, fewer when they are large."""
    most = min(128, ARRAY_BYTES // max(row_bytes, 1))
    if count <= most:
        return tuple(range(count))
    first = min(64, (most + 1) // 2)
    spread = np.linspace(0, count - 1, most - first).astype(int).tolist() if most > first else []
    return tuple(sorted({*range(first), *spread}))


@dataclass
class _Tally:
    """Statistics of an array, gathered chunk by chunk (Chan's parallel variance)."""

    count: int = 0
    low: float | None = None
    high: float | None = None
    mean: float = 0.0
    square: float = 0.0

    def add(self, chunk: np.ndarray) -> None:
        if not chunk.size:
            return
        self.low = float(chunk.min()) if self.low is None else float(np.minimum(self.low, chunk.min()))
        self.high = float(chunk.max()) if self.high is None else float(np.maximum(self.high, chunk.max()))
        wide = chunk.astype(np.float64)
        mean = float(wide.mean())
        wide -= mean
        square = float(np.square(wide, out=wide).sum())  # a BLAS dot wakes all its threads for each chunk
        total = self.count + chunk.size
        delta = mean - self.mean
        self.square += square + delta * delta * self.count * chunk.size / total
        self.mean += delta * chunk.size / total
        self.count = total


@dataclass
class _Distinct:
    """The distinct values of an array as long as there are at most DISTINCT."""

    known: np.ndarray = field(default_factory=lambda: np.empty(0))
    open: bool = True
    _slots: np.ndarray | None = None
    _slots_of: int = 0

    def add(self, chunk: np.ndarray) -> None:
        if not self.open or not chunk.size:
            return
        if self.known.size:
            chunk = chunk[self._unknown(chunk)]
        if chunk.size:
            self.known = np.unique(np.concatenate([self.known.astype(chunk.dtype), chunk]))
            self.open = self.known.size <= DISTINCT

    def _unknown(self, chunk: np.ndarray) -> np.ndarray:
        if chunk.dtype == np.uint8:
            table = np.ones(256, dtype=bool)
            table[self.known.astype(np.uint8)] = False
            return np.asarray(table[chunk])
        if self.known.size <= 4:
            unknown = np.ones(chunk.shape, dtype=bool)
            for value in self.known:
                unknown &= chunk != value
            return unknown
        if self._slots is None or self._slots_of != self.known.size:
            self._slots, self._slots_of = _slots(self.known.astype(chunk.dtype)), self.known.size
        if self._slots is not None and self._slots.size:
            bits = chunk.view(self._slots.dtype)
            return np.asarray(self._slots[_slot(bits)] != bits)
        at = np.searchsorted(self.known, chunk)
        at[at == self.known.size] = 0
        return np.asarray(self.known[at] != chunk)


def _slot(bits: np.ndarray) -> np.ndarray:
    """A place below 2¹⁶ for each bit pattern, by multiplicative hashing (Knuth, TAOCP 3, 6.4)."""
    width = bits.dtype.itemsize * 8
    return np.asarray((bits * bits.dtype.type(0x9E3779B97F4A7C15 >> (64 - width) | 1)) >> bits.dtype.type(width - 16))


def _slots(known: np.ndarray) -> np.ndarray:
    """A table that holds each known value's bits at its place; empty where two values want the same place.

    Five times faster than a binary search, and images of 256 grey values as float32 are the usual case.
    """
    bits = known.view(f"u{known.dtype.itemsize}") if known.dtype.itemsize in (4, 8) else known[:0]
    places = _slot(bits) if bits.size else bits
    if not bits.size or np.unique(places).size != bits.size:
        return np.empty(0, bits.dtype)
    table = np.full(1 << 16, bits[0], bits.dtype)
    table[places] = bits
    return table


def _chunks(flat: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, flat.size, CHUNK):
        yield flat[start : start + CHUNK]


def _rows_sum_to_one(array: np.ndarray) -> bool:
    step = max(1, CHUNK // max(array.shape[1], 1))
    for start in range(0, array.shape[0], step):
        sums = array[start : start + step].sum(axis=1, dtype=np.float64)
        if not bool(np.all(np.abs(sums - 1.0) <= 1e-3)):
            return False
    return True


def summarise_array(array: np.ndarray) -> dict[str, Any]:
    """The DataSummary of a numeric array, in its record's fields, but for the digest."""
    array = native(array)
    flat = array.reshape(-1)
    tally, distinct = _Tally(), _Distinct()
    with np.errstate(all="ignore"):
        distinct.add(flat[:: max(1, flat.size // 4096)])
        distinct.open &= flat.size <= SLOW_COUNT or distinct.known.size <= 4
        for chunk in _chunks(flat):
            tally.add(chunk)
            distinct.add(chunk)
        one = _rows_sum_to_one(array) if array.ndim == 2 and array.size else None
    rows = sample_rows(array.shape[0], array[:1].nbytes) if array.ndim and array.size else ()
    with np.errstate(all="ignore"):
        keys = row_keys(array)
    std = finite(np.sqrt(tally.square / tally.count)) if tally.count else None
    return {
        "shape": list(array.shape),
        "dtype": array.dtype.name,
        "minimum": None if tally.low is None else finite(tally.low),
        "maximum": None if tally.high is None else finite(tally.high),
        "mean": finite(tally.mean) if tally.count else None,
        "std": std,
        "distinct": int(distinct.known.size) if distinct.open else None,
        "row_sums_to_one": one,
        "rows": list(rows),
        "sample": encoded(array[list(rows)]) if rows else None,
        "keys": None if keys is None else encoded(keys),
    }


class Summaries:
    """Summarises data of any kind, arrays of the same content only once.

    So passing the training data to ten fits costs one summary and ten digests.
    """

    KEPT = 32

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    def of(self, value: Any) -> dict[str, Any]:
        """The DataSummary of whatever was passed as data."""
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return self._of_parts(list(value.values()), value)
        if isinstance(value, list | tuple) and 0 < len(value) <= INPUTS and all(_has_rows(part) for part in value):
            return self._of_parts(list(value), value)
        array = as_array(value)
        if array is not None:
            return self._of_array(array)
        if isinstance(value, list | tuple):
            return {"shape": [len(value)], "dtype": type(value).__name__}
        if isinstance(value, np.ndarray) or _tensor_like(value):
            return {"shape": [int(n) for n in value.shape], "dtype": str(getattr(value.dtype, "name", value.dtype))}
        return {"dtype": type(value).__name__}

    def _of_array(self, array: np.ndarray) -> dict[str, Any]:
        digest = digest_of([array])
        found = self._known.get(digest)
        if found is None:
            while len(self._known) >= self.KEPT:
                self._known.pop(next(iter(self._known)))
            found = self._known[digest] = summarise_array(array) | {"digest": digest}
        return found

    def _of_parts(self, parts: list[Any], whole: Any) -> dict[str, Any]:
        """Several inputs: their common number of rows, and one digest over all."""
        summaries = [self.of(part) for part in parts]
        if len(summaries) == 1:
            return summaries[0]
        rows = [s["shape"][0] for s in summaries if s.get("shape")]
        digests = [s.get("digest", "") for s in summaries]
        digest = hashlib.blake2b("".join(digests).encode(), digest_size=16).hexdigest() if all(digests) else ""
        return {"shape": rows[:1], "dtype": type(whole).__name__, "digest": digest}
