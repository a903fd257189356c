"""Data sets loaded before the fork: every notebook of a slot reads them from the same memory, and changes only its own copy."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .data import Announcement, serve

USUAL_CALLS: Mapping[str, Mapping[str, Any]] = {"imdb": {"num_words": 10000}, "reuters": {"num_words": 10000}}
"""What course notebooks ask for; other arguments go to Keras' own function."""

Answers = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def preload(spec: Mapping[str, Any]) -> None:
    """Serves the data sets of `spec` (see `data.serve`) and keeps the answer to the usual call of each.

    Raises:
        FileNotFoundError: a data set is not there.
    """
    announcements = serve(spec)
    for name in tuple(spec.get("datasets") or ()):
        _keep(name, announcements.get(name))


def _keep(name: str, announcement: Announcement | None) -> None:
    module = importlib.import_module(f"keras.src.datasets.{name}")
    keras_own = module.load_data
    signature = inspect.signature(keras_own)
    usual = _key(signature, (), USUAL_CALLS.get(name, {}))
    kept = _interned(keras_own(**USUAL_CALLS.get(name, {})))
    if announcement is not None:
        announcement.said = False

    @functools.wraps(keras_own)
    def load_data(*args: Any, **kwargs: Any) -> Any:
        if _key(signature, args, kwargs) != usual:
            return keras_own(*args, **kwargs)
        if announcement is not None:
            announcement()
        return tuple(tuple(_own_copy(array) for array in part) for part in kept)

    _replace_everywhere(keras_own, load_data)


def _key(signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        return ""
    bound.apply_defaults()
    return repr(sorted(bound.arguments.items(), key=lambda item: item[0]))


def _interned(answer: Answers) -> Answers:
    """Lists of words over one set of integer objects.

    Reading a list writes to the reference counts of what it holds: a million separate integers would be copied, page by
    page, into every process that looks at them.
    """
    rows = [row for part in answer for array in part if array.dtype == object for row in array]
    largest = max((max(row) for row in rows if row), default=0)
    table = list(range(largest + 1))
    return tuple(  # type: ignore[return-value]
        tuple(
            _rows([[table[word] for word in row] for row in array]) if array.dtype == object else array
            for array in part
        )
        for part in answer
    )


def _own_copy(array: np.ndarray) -> np.ndarray:
    return _rows([row.copy() for row in array]) if array.dtype == object else array.copy()


def _rows(lists: list[list[int]]) -> np.ndarray:
    made = np.empty(len(lists), dtype=object)
    made[:] = lists
    return made


def _replace_everywhere(old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Under every name that a module gave it: `keras.datasets`, `tf.keras.datasets`, Keras' own sources."""
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get("load_data") is old:
            module.__dict__["load_data"] = new
