"""Plain JSON values out of whatever Keras and students hand over."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from blake3 import blake3

DEPTH = 40
"""Nesting past this is cut: Keras' own configs stay far below it."""


def finite(number: Any) -> float | None:
    """A float, or None where JSON has no number for it."""
    try:
        value = float(number)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def plain(value: Any, depth: int = 0) -> Any:
    """JSON form of a value: finite numbers, texts, lists and dicts; anything else as its type's name."""
    if value is None or isinstance(value, bool | str):
        return value if not isinstance(value, str) else str(value)
    if depth > DEPTH:
        return "…"
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else finite(value)
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, np.generic):
        return plain(value.item(), depth + 1)
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist(), depth + 1)
    return type(value).__name__


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether `plain` would keep the value as it is, apart from tuples and NumPy scalars."""
    if value is None or isinstance(value, bool | int | float | str | np.bool_ | np.number):
        return True
    if depth > DEPTH:
        return False
    if isinstance(value, Mapping):
        return all(isinstance(k, str) and is_plain(v, depth + 1) for k, v in value.items())
    return isinstance(value, list | tuple) and all(is_plain(item, depth + 1) for item in value)


def native(array: np.ndarray) -> np.ndarray:
    """The array in C order and little-endian, copied only where it must be."""
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    return array if array.flags.c_contiguous else np.array(array, order="C")


def encoded(array: np.ndarray) -> dict[str, Any]:
    """An array as it travels inside a record."""
    data = native(array)
    return {
        "dtype": data.dtype.name,
        "shape": list(data.shape),
        "base64": base64.b64encode(data.tobytes()).decode("ascii"),
    }


def decoded(value: Mapping[str, Any]) -> np.ndarray:
    """The array behind `encoded`, as a fresh writable copy."""
    raw = base64.b64decode(value["base64"], validate=True)
    return np.frombuffer(raw, np.dtype(value["dtype"])).reshape(value["shape"]).copy()


def digest_of(arrays: Iterable[np.ndarray]) -> str:
    """BLAKE3-128 over dtype name, shape (as Python prints the tuple) and bytes in C order of each array, hex."""
    hasher = blake3()
    for array in arrays:
        hasher.update(array.dtype.name.encode())
        hasher.update(repr(tuple(int(n) for n in array.shape)).encode())
        data = native(array)
        hasher.update(data.reshape(-1).view(np.uint8).data if data.size else b"")
    return str(hasher.hexdigest(16))
