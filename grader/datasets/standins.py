"""The folder of stand-ins: made once, checked by their hash, shared by every run.

A stand-in has the shapes, dtypes and difficulty of the data set that it replaces and is the same on every machine. It is
an `.npz` without pickles: lists of word ids are stored as `<name>_words` (all ids in a row) and `<name>_starts` (where
each list begins, and the end).
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grader.datasets.cache import FILES, keras_folder, problem
from grader.errors import DataUnavailable, UsageError
from grader.evidence import Array

VERSION = "v1"
"""Part of the folder's name; a new one whenever the content of a stand-in changes."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """One row of `grader data status`."""

    name: str
    real: Path | None
    """Keras' file, when it is there with the right hash."""
    problem: str
    """Why the real data can't be used; empty when it can."""
    stand_in: Path | None
    """The stand-in's file, when it was made."""
    size: int
    """Bytes of the file that would be used; 0 when there is none."""


def stand_in_folder() -> Path:
    """Where stand-ins are kept: under `$GRADER_CACHE`, else `$XDG_CACHE_HOME/grader`, else `~/.cache/grader`."""
    own = os.environ.get("GRADER_CACHE")
    if own:
        return Path(own).expanduser() / "stand-ins" / VERSION
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "grader" / "stand-ins" / VERSION


def status() -> tuple[Status, ...]:
    """What is there, for every data set."""
    rows = []
    for name, files in FILES.items():
        wrong = problem(name)
        real = None if wrong else keras_folder() / files[0].name
        stand_in = _path(name) if _intact(_path(name)) else None
        used = real or stand_in
        rows.append(
            Status(name=name, real=real, problem=wrong, stand_in=stand_in, size=used.stat().st_size if used else 0)
        )
    return tuple(rows)


def make(name: str, *, again: bool = False) -> Path:
    """Generates a stand-in unless it is there.

    Raises:
        UsageError: there is no stand-in of this name.
        DataUnavailable: the cache folder can't be written.
    """
    if name not in FILES:
        raise UsageError(f"there is no stand-in called {name!r}", remedy=f"one of {', '.join(FILES)}")
    path = _path(name)
    if not again and _intact(path):
        return path
    arrays, words = _maker(name)()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if words:
            _write(path.parent / f"{name}_word_index.json", lambda file: file.write(json.dumps(words).encode()))
        _write(path, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays))
    except OSError as error:
        raise DataUnavailable(
            f"the stand-in can't be written: {error.strerror}",
            where=str(path),
            remedy="set GRADER_CACHE to a folder that can be written",
        ) from error
    return path


def read(name: str) -> dict[str, Array]:
    """The arrays of a stand-in, which is made if it has to be."""
    with np.load(make(name), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


Made = tuple[Mapping[str, Array], Mapping[str, int]]
"""Arrays of the `.npz`, and the word index where there is one."""


def _maker(name: str) -> Callable[[], Made]:
    """The generators are imported when one is needed: they are most of this package, and rarely run."""
    from grader.datasets.digits import digits
    from grader.datasets.houses import houses
    from grader.datasets.newswires import newswires
    from grader.datasets.reviews import reviews

    makers: dict[str, Callable[[], Made]] = {
        "mnist": lambda: (digits(), {}),
        "imdb": reviews,
        "reuters": newswires,
        "boston_housing": lambda: (houses(), {}),
    }
    return makers[name]


def _path(name: str) -> Path:
    return stand_in_folder() / f"{name}.npz"


def _checksum(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _intact(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return _checksum(path).read_text().split()[0] == digest
    except (OSError, IndexError, UnicodeDecodeError):
        return False


def _write(path: Path, fill: Callable[[Any], Any]) -> None:
    """Writes a file and its checksum (as `sha256sum` does) so that no reader ever sees half of one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            fill(file)
        part.chmod(0o644)
        digest = hashlib.sha256(part.read_bytes()).hexdigest()
        part.replace(path)
        _checksum(path).write_text(f"{digest}  {path.name}\n")
    finally:
        part.unlink(missing_ok=True)
