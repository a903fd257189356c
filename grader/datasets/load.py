"""Loading on the host: the rows that a notebook's `load_data` returns, without importing Keras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

import numpy as np

from grader.datasets import standins
from grader.datasets.cache import FILES, problem, require
from grader.datasets.dataset import Dataset, Source
from grader.datasets.moons import moons
from grader.datasets.words import WordOptions, select
from grader.errors import AssignmentError
from grader.evidence import Array

Options: TypeAlias = Mapping[str, Any] | Iterable[tuple[str, Any]]

_TAKES: dict[str, tuple[str, ...]] = {
    "mnist": (),
    "imdb": ("num_words", "skip_top", "maxlen", "seed", "start_char", "oov_char", "index_from"),
    "reuters": ("num_words", "skip_top", "maxlen", "test_split", "seed", "start_char", "oov_char", "index_from"),
    "boston_housing": ("test_split", "seed"),
    "moons": ("n_samples", "noise", "seed", "test_seed"),
}


def available(names: Iterable[str]) -> Source:
    """Which source a run uses: `keras` when every data set is in Keras' cache with the right hash, else `stand-in`.

    Raises:
        AssignmentError: a name that no loader knows.
    """
    wanted = [name for name in names if _known(name) and name in FILES]
    if not wanted:
        return "none"
    return "stand-in" if any(problem(name) for name in wanted) else "keras"


def load(name: str, *, source: str, options: Options = ()) -> Dataset:
    """Loads a data set as the notebook's call with these arguments does.

    Args:
        name: by `keras.datasets` name, or `moons`.
        source: `keras` or `stand-in`; ignored for `moons`, whose source is always `none`.
        options: arguments of the loader, by Keras' names and with Keras' defaults.

    Raises:
        AssignmentError: an unknown name, source or option.
        DataUnavailable: the real file is missing or another one.
    """
    given = dict(options)
    unknown = sorted(set(given) - set(_TAKES[_known(name)]))
    if unknown:
        raise AssignmentError(
            f"{name} takes no argument {', '.join(unknown)}",
            where="options",
            remedy=f"it takes {', '.join(_TAKES[name]) or 'none'}",
        )
    if name == "moons":
        return moons(**given)
    if source not in ("keras", "stand-in"):
        raise AssignmentError(f"{name} has no source {source!r}", where="source", remedy="use 'keras' or 'stand-in'")
    splits = _splits(name, _arrays(name, source), given)
    x_train, y_train, x_test, y_test = splits
    return Dataset(
        name=name, source=cast("Source", source), x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test
    )


def _known(name: str) -> str:
    if name not in _TAKES:
        raise AssignmentError(f"no data set is called {name!r}", where="datasets", remedy=f"one of {', '.join(_TAKES)}")
    return name


def _arrays(name: str, source: str) -> dict[str, Array]:
    if source == "stand-in":
        return standins.read(name)
    # Keras stores lists as pickled objects; the hash was checked, so these are the bytes that Keras unpickles itself.
    with np.load(require(name), allow_pickle=name in ("imdb", "reuters")) as arrays:
        return {key: arrays[key] for key in arrays.files}


def _splits(name: str, arrays: dict[str, Array], given: dict[str, Any]) -> tuple[Array, Array, Array, Array]:
    if name == "mnist":
        return arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"]
    if name == "boston_housing":
        return _shuffled_split(arrays["x"], arrays["y"], given.get("test_split", 0.2), given.get("seed", 113))
    seed, test_split = given.pop("seed", 113), given.pop("test_split", 0.2)
    return select(name, arrays, WordOptions(**given), seed=seed, test_split=test_split)


def _shuffled_split(x: Array, y: Array, test_split: float, seed: int) -> tuple[Array, Array, Array, Array]:
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    cut = int(len(x) * (1 - test_split))
    return x[order[:cut]], y[order[:cut]], x[order[cut:]], y[order[cut:]]
