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
    usual = _arguments(signature, (), USUAL_CALLS.get(name, {}))
    kept = _interned(keras_own(**USUAL_CALLS.get(name, {})))
    if announcement is not None:
        announcement.said = False

    @functools.wraps(keras_own)
    def load_data(*args: Any, **kwargs: Any) -> Any:
        asked = _arguments(signature, args, kwargs)
        words = _fewer_words(asked, usual)
        if repr(asked) != repr(usual) and words is None:
            return keras_own(*args, **kwargs)
        if announcement is not None:
            announcement()
        return tuple(tuple(_own_copy(array, words) for array in part) for part in kept)

    _replace_everywhere(keras_own, load_data)


def _arguments(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> list[tuple[str, Any]] | None:
    """All arguments of a call by name, defaults included; None for one that the function would refuse."""
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        return None
    bound.apply_defaults()
    return sorted(bound.arguments.items())


def _fewer_words(asked: list[tuple[str, Any]] | None, usual: list[tuple[str, Any]] | None) -> int | None:
    """`num_words` of a call that differs from the usual one only in asking for fewer words; None for other calls."""
    few, most = dict(asked or ()).get("num_words"), dict(usual or ()).get("num_words")
    if type(few) is not int or type(most) is not int or not 0 < few < most:
        return None
    same = repr([(k, v) for k, v in asked or () if k != "num_words"])
    return few if same == repr([(k, v) for k, v in usual or () if k != "num_words"]) else None


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


OUT_OF_VOCABULARY = 2
"""Keras' default `oov_char`, which stands for every word that is not among the `num_words`."""


def _own_copy(array: np.ndarray, words: int | None = None) -> np.ndarray:
    """A copy for the notebook to change; with fewer words, the rarer ones are out of vocabulary, as Keras itself would say."""
    if array.dtype != object:
        return array.copy()
    if words is None:
        return _rows([row.copy() for row in array])
    return _rows([[word if word < words else OUT_OF_VOCABULARY for word in row] for row in array])


def _rows(lists: list[list[int]]) -> np.ndarray:
    made = np.empty(len(lists), dtype=object)
    made[:] = lists
    return made


def _replace_everywhere(old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Under every name that a module gave it: `keras.datasets`, `tf.keras.datasets`, Keras' own sources."""
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get("load_data") is old:
            module.__dict__["load_data"] = new
