"""File names that Keras 3 no longer takes for a model or its weights."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.notebook.doctor.models import keras_models
from grader.notebook.doctor.sightings import Call, Sightings
from grader.report import Advice, Severity

_MODEL = (".keras", ".h5", ".hdf5")


def file_names(seen: Sightings) -> Iterator[Advice]:
    """`save`, `save_weights` and `ModelCheckpoint` with an ending that stops them."""
    models = keras_models(seen)
    for call in seen.calls:
        path = call.node.args[0] if call.node.args else call.keyword("filepath")
        if not (isinstance(path, ast.Constant) and isinstance(path.value, str)):
            continue
        right = _right(call, path.value, models)
        if right and right != path.value:
            yield Advice(
                kind="dead_name",
                severity=Severity.BREAKS,
                cell=call.cell,
                line=call.line,
                what=f"Keras 3 takes no file name like `{path.value}` here",
                why="the format follows from the ending; the cell stops with an error",
                old=f'"{path.value}"',
                new=f'"{right}"',
            )


def _right(call: Call, path: str, models: set[str]) -> str:
    """A file name that works; empty when the one given does, or it is about something else."""
    stem = (
        path.rstrip("/").rsplit(".", 1)[0]
        if path.endswith((".h5", ".hdf5", ".tf", ".ckpt", ".keras"))
        else path.rstrip("/")
    )
    receiver = ast.unparse(call.node.func.value) if isinstance(call.node.func, ast.Attribute) else ""
    if call.method == "save_weights":
        return "" if path.endswith(".weights.h5") else f"{stem}.weights.h5"
    if call.method == "save" and receiver in models:
        return "" if path.endswith(_MODEL) else f"{stem}.keras"
    if ast.unparse(call.node.func).rpartition(".")[2] == "ModelCheckpoint":
        only = call.keyword("save_weights_only")
        if isinstance(only, ast.Constant) and only.value:
            return "" if path.endswith(".weights.h5") else f"{stem}.weights.h5"
        return "" if path.endswith((".keras", ".h5")) else f"{stem}.keras"
    return ""
