"""Records in JSON: written as they are, read strictly, since what is read may come from beside student code."""

from __future__ import annotations

import base64
import functools
import math
import threading
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import numpy as np

from grader.errors import EvidenceError

T = TypeVar("T")


def _encode(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value)
        return {
            "dtype": data.dtype.name,
            "shape": list(data.shape),
            "base64": base64.b64encode(data.tobytes()).decode("ascii"),
        }
    raise TypeError(f"{type(value).__name__} does not belong in evidence")


def _decode(_kind: Any, value: Any) -> Any:
    if not isinstance(value, Mapping) or set(value) != {"dtype", "shape", "base64"}:
        raise ValueError("an array is an object of dtype, shape and base64")
    try:
        dtype = np.dtype(str(value["dtype"]))
    except SyntaxError as error:
        # NumPy reads some names as Python.
        raise ValueError(f"{value['dtype']!r} is no type") from error
    if dtype.kind not in "biuf":
        raise ValueError(f"arrays of {dtype} are not taken")
    shape = tuple(value["shape"])
    if not all(isinstance(n, int) and n >= 0 for n in shape) or len(shape) > 8:
        raise ValueError(f"{shape} is no shape")
    raw = base64.b64decode(value["base64"], validate=True)
    if len(raw) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{len(raw)} bytes do not fill shape {shape} of {dtype}")
    return np.frombuffer(raw, dtype).reshape(shape)


def encode(record: Any) -> bytes:
    """Writes a record, a dataclass of plain fields, records and arrays, as JSON."""
    return msgspec.json.encode(record, enc_hook=_encode)


_ONE_AT_A_TIME = threading.Lock()


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Reads records of a kind. msgspec 0.22 crashes the process when two threads look into a class for the first time."""
    asked: Any = kind
    with _ONE_AT_A_TIME:
        found: msgspec.json.Decoder[T] = _made(asked)
        return found


@functools.cache
def _made(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=_decode, strict=True)


def decode(data: bytes, kind: type[T], *, where: str = "") -> T:
    """Reads one record.

    Raises:
        EvidenceError: the bytes are not a valid record of this kind.
    """
    try:
        return _decoder(kind).decode(data)
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise EvidenceError(f"not a {kind.__name__} record: {error}", where=where) from error
