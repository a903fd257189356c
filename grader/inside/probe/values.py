"""Records asked-for variables at the end of each cell in which they changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np

from ..plain import encoded, is_plain, plain
from .summary import ARRAY_BYTES, Summaries, as_array

JSON_BYTES = 64 << 10
"""Largest list, dict or text that is kept as it is."""
LIST_ITEMS = 1 << 22
"""Lists longer than this are not turned into arrays."""

Serial = Callable[[Any], int | None]


def described(value: Any, summaries: Summaries, serial: Serial) -> dict[str, Any]:
    """Kind, summary, array, value and model of any object, in the fields of Value and FunctionResult."""
    if value is None:
        return {"kind": "none"}
    if isinstance(value, bool | np.bool_):
        return {"kind": "bool", "value": bool(value)}
    if isinstance(value, int | float | np.number):
        return {"kind": "number", "value": plain(value)}
    if isinstance(value, str):
        return {"kind": "text", "value": value[:JSON_BYTES]}
    if isinstance(value, keras.callbacks.History):
        return {"kind": "history", "value": _small(value.history)}
    if isinstance(value, keras.Model):
        return {"kind": "model", "model": serial(value)}
    if isinstance(value, Mapping):
        return {"kind": "dict", "value": _small(value)}
    if isinstance(value, list | tuple):
        return {"kind": "list", "value": _small(value), **_array(value, summaries)}
    found = _array(value, summaries)
    return {"kind": "array", **found} if found else {"kind": "other"}


def _array(value: Any, summaries: Summaries) -> dict[str, Any]:
    too_long = isinstance(value, list | tuple) and len(value) > LIST_ITEMS
    array = None if too_long else as_array(value)
    if array is None:
        return {}
    whole = encoded(array) if array.nbytes <= ARRAY_BYTES else None
    return {"summary": summaries.of(array), "array": whole}


def _small(value: Any) -> Any:
    """The JSON form of a small list or dict, else None."""
    if len(value) > JSON_BYTES or not is_plain(value):
        return None
    form = plain(value)
    return form if len(json.dumps(form)) <= JSON_BYTES else None


class Values:
    """The asked-for variables and what they were when last written."""

    def __init__(self, names: tuple[str, ...], summaries: Summaries, serial: Serial) -> None:
        self._names = names
        self._summaries = summaries
        self._serial = serial
        self._digests: dict[str, str] = {}

    def changed(self, namespace: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """A record for each asked-for variable that is new or has changed."""
        for name in self._names:
            if name not in namespace:
                continue
            value = namespace[name]
            record = {"name": name, "type_name": type(value).__name__}
            record |= described(value, self._summaries, self._serial)
            digest = hashlib.blake2b(json.dumps(plain(record)).encode(), digest_size=16).hexdigest()
            if self._digests.get(name) != digest:
                self._digests[name] = digest
                yield record
