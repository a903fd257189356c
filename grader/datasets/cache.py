"""Keras' own cache of downloaded data sets: where it is, and whether a file is the one that Keras would accept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.errors import DataUnavailable, UsageError


@dataclass(frozen=True)
class CachedFile:
    """A file that Keras downloads."""

    name: str
    digest: str
    """As in `keras/src/datasets/<name>.py`, which refuses any other."""
    size: int
    """Bytes."""

    @property
    def algorithm(self) -> str:
        """Keras tells the two apart by length, too."""
        return "sha256" if len(self.digest) == 64 else "md5"


_MNIST = CachedFile("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1", 11_490_434)
_IMDB = CachedFile("imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f", 17_464_789)
_IMDB_WORDS = CachedFile("imdb_word_index.json", "bfafd718b763782e994055a2d397834f", 1_641_221)
_REUTERS = CachedFile("reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916", 2_110_848)
_REUTERS_WORDS = CachedFile("reuters_word_index.json", "4d44cc38712099c9e383dc6e5f11a921", 550_378)
_BOSTON = CachedFile("boston_housing.npz", "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5", 57_026)

FILES: dict[str, tuple[CachedFile, ...]] = {
    "mnist": (_MNIST,),
    "imdb": (_IMDB, _IMDB_WORDS),
    "reuters": (_REUTERS, _REUTERS_WORDS),
    "boston_housing": (_BOSTON,),
}
"""By `keras.datasets` name; the arrays first."""


def keras_folder() -> Path:
    """The folder that Keras caches data sets in: `$KERAS_HOME/datasets` or `~/.keras/datasets`."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".keras") / "datasets"


def problem(name: str) -> str:
    """Why the real files of a data set can't be used; empty when they can."""
    for file in FILES[name]:
        path = keras_folder() / file.name
        try:
            if not path.is_file():
                return f"{file.name} is not in {path.parent}"
            if path.stat().st_size != file.size or _digest(path, file.algorithm) != file.digest:
                return f"{path} is not the file that Keras downloads ({file.algorithm} differs)"
        except OSError as error:
            return f"{path} can't be read: {error.strerror}"
    return ""


def require(name: str) -> Path:
    """The data set's array file, after its hash was checked.

    Raises:
        DataUnavailable: it is missing or another file.
    """
    wrong = problem(name)
    if wrong:
        raise DataUnavailable(wrong, where=name, remedy=f"grader data fetch {name}, or use the stand-in")
    return keras_folder() / FILES[name][0].name


def fetch(name: str, *, seconds: float = 900) -> Path:
    """Lets Keras download a data set into its cache, in a process of its own.

    Raises:
        UsageError: Keras has no such data set here.
        DataUnavailable: the download failed, or what came is not the right file.
    """
    if name not in FILES:
        raise UsageError(f"{name!r} can't be downloaded", remedy=f"one of {', '.join(FILES)}")
    if not problem(name):
        return require(name)
    words = f"keras.datasets.{name}.get_word_index()" if len(FILES[name]) > 1 else ""
    code = f"import keras; keras.datasets.{name}.load_data(); {words}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DataUnavailable(f"the download took more than {seconds:g} s", where=name, remedy=_OFFLINE) from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise DataUnavailable(f"Keras could not download it ({last[:300]})", where=name, remedy=_OFFLINE)
    return require(name)


_OFFLINE = "without internet, copy the files from another machine's ~/.keras/datasets, or use `grader data make`"


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
