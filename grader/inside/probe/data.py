"""Puts a data set under Keras' own loaders, so that their signatures, semantics and docstrings stay Keras' own.

Each module of `keras.datasets` reaches its file through one name, `get_file`, and reads lists through `npz_utils`. Those
two are replaced in the module, and nothing else: `keras.datasets.mnist.load_data` is still Keras' function, also for who
imported it before, or imports it later, or says `tf.keras`. Keras would refuse the file itself for its hash.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np


def serve(spec: Mapping[str, Any]) -> dict[str, Announcement]:
    """Prepares the loaders of `spec["datasets"]` for `spec["data_source"]`; call it before student code.

    `stand-in`: files come from `$GRADER_STAND_INS`. `keras`: files come from Keras' cache; when it can't be written,
    Keras would turn to another folder and download, so the loaders are pointed at the mounted files.

    Returns:
        For each stand-in, what is said when it is first loaded.

    Raises:
        FileNotFoundError: a stand-in is not there.
    """
    announcements: dict[str, Announcement] = {}
    names: Sequence[str] = tuple(spec.get("datasets") or ())
    source = spec.get("data_source")
    if source == "stand-in":
        folder = Path(os.environ["GRADER_STAND_INS"])
        for name in names:
            if not (folder / f"{name}.npz").is_file():
                raise FileNotFoundError(f"no stand-in for {name} in {folder}")
            announcements[name] = Announcement(name)
            _point(name, folder, announcements[name])
    elif source == "keras":
        home = os.environ.get("KERAS_HOME", "")
        if home and not os.access(home, os.W_OK):
            for name in names:
                _point(name, Path(home) / "datasets", lambda: None)
    return announcements


class Announcement:
    """Says once, in the notebook's own output, that the data is not the real one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.said = False

    def __call__(self) -> None:
        """Says it, unless it was said."""
        if not self.said:
            self.said = True
            sys.stdout.write(f"stand-in data for {self.name}: made by Grader, same shapes, not the real data set\n")


def _point(name: str, folder: Path, announce: Callable[[], None]) -> None:
    module = importlib.import_module(f"keras.src.datasets.{name}")
    keras_own = module.get_file

    def get_file(fname: str | None = None, origin: str | None = None, *args: Any, **kwargs: Any) -> str:
        """Path of the local file that belongs to this address, else Keras' own answer."""
        asked = str(origin or fname or "").rsplit("/", 1)[-1]
        path = folder / asked
        if not path.is_file():
            return str(keras_own(fname, origin, *args, **kwargs))
        announce()
        return str(path)

    module.get_file = get_file  # type: ignore[attr-defined]
    if hasattr(module, "npz_utils"):
        module.npz_utils = SimpleNamespace(load_npz=_reader(module.npz_utils))  # type: ignore[attr-defined]


def _reader(npz_utils: ModuleType | SimpleNamespace) -> Callable[[str], Mapping[str, Any]]:
    """Like Keras' `load_npz`, and puts a stand-in's flat lists together again."""
    keras_own = npz_utils.load_npz

    def load_npz(path: str) -> Mapping[str, Any]:
        with np.load(path, allow_pickle=False) as arrays:
            lists = [key.removesuffix("_starts") for key in arrays.files if key.endswith("_starts")]
            if not lists:
                return dict(keras_own(path))
            whole = {key: arrays[key] for key in arrays.files if not key.endswith(("_starts", "_words"))}
            return whole | {key: _ragged(arrays[f"{key}_words"], arrays[f"{key}_starts"]) for key in lists}

    return load_npz


def _ragged(words: np.ndarray[Any, Any], starts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    flat, edges = words.tolist(), starts.tolist()
    rows = np.empty(len(edges) - 1, dtype=object)
    for i in range(len(rows)):
        rows[i] = flat[edges[i] : edges[i + 1]]
    return rows
