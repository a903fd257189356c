"""A notebook in miniature: cells with the recorder beside them; all it wrote is decoded as the host does."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader import evidence
from grader.records import decode, encode

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")

from grader.inside.probe import Recorder, install, uninstall

KINDS: dict[str, type] = {
    "models": evidence.Model,
    "fits": evidence.Fit,
    "evaluations": evidence.Evaluation,
    "predictions": evidence.Prediction,
    "figures": evidence.Figure,
    "values": evidence.Value,
    "functions": evidence.FunctionResult,
    "notices": evidence.Notice,
}
NAME = re.compile(r"[0-9]{4,8}\.(json|npz)")


class Notebook:
    """Cells of source text, run in one namespace."""

    def __init__(self, folder: Path, **spec: Any) -> None:
        self.folder = folder
        self.namespace: dict[str, Any] = {}
        self.recorder: Recorder = install(str(folder), {"seed": 1, **spec})
        self.recorder.namespace = lambda: self.namespace
        self.index = -1

    def cell(self, source: str) -> BaseException | None:
        """Runs one cell; answers with the exception that ended it."""
        self.index += 1
        self.recorder.cell_started(self.index)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a notebook's warnings are its own
                exec(compile(source, f"cell-{self.index}", "exec"), self.namespace)
        except BaseException as error:  # noqa: BLE001
            return error
        finally:
            self.recorder.cell_ended(self.index)
        return None

    def ok(self, *sources: str) -> None:
        """Runs cells that must not fail."""
        for source in sources:
            error = self.cell(source)
            if error is not None:
                raise error

    def __getattr__(self, kind: str) -> list[Any]:
        """All records of a kind, decoded strictly, in the order of their numbers."""
        if kind not in KINDS:
            raise AttributeError(kind)
        for path in self.folder.rglob("*"):
            assert path.is_dir() or NAME.fullmatch(path.name), path
        files = sorted((self.folder / kind).glob("*.json")) if (self.folder / kind).exists() else []
        return [decode(path.read_bytes(), KINDS[kind], where=path.name) for path in files]

    def weights(self, snapshot: Any) -> list[np.ndarray]:
        """The arrays beside a model record."""
        with np.load(self.folder / "models" / snapshot.weights, allow_pickle=False) as archive:
            return [archive[name] for name in sorted(archive.files)]


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Callable[..., Notebook]]:
    """Makes a notebook; its recorder is taken out again after the test."""
    yield lambda **spec: Notebook(tmp_path, **spec)
    uninstall()


@pytest.fixture
def as_json() -> Callable[[Any], dict[str, Any]]:
    """Turns an array into the form it has in spec.json."""
    return lambda value: json.loads(encode(np.asarray(value)))
