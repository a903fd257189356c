"""Names of Keras 1 and 2, TensorFlow 1 and their company that are gone, and what took their place.

`dead_names_keras.json` is made by comparing old releases with the installed Keras, `dead_names.toml` says by hand what to
write instead; docs/doctor.md tells how. Names are dotted: `keras.utils.np_utils`, `tensorflow.Session`, `numpy.float`.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

TF_KERAS = "tensorflow.keras"


@dataclass(frozen=True, kw_only=True)
class DeadName:
    """A name that is gone."""

    old: str
    """The part of the path that is gone, dotted."""
    new: str
    """What to write instead, dotted or as an example; empty when there is nothing."""
    home: str = ""
    """The module that holds its names now, when a whole module moved."""


@cache
def hand_made() -> dict[str, Any]:
    """The tables of `dead_names.toml`."""
    return tomllib.loads(files("grader.notebook").joinpath("dead_names.toml").read_text("utf-8"))


@cache
def compared() -> dict[str, Any]:
    """The tables of `dead_names_keras.json`."""
    found: dict[str, Any] = json.loads(files("grader.notebook").joinpath("dead_names_keras.json").read_text("utf-8"))
    return found


@cache
def _tensorflow_1() -> frozenset[str]:
    return frozenset(f"tensorflow.{name}" for name in compared()["tensorflow"])


@cache
def _kept() -> frozenset[str]:
    return frozenset(compared()["kept by tf.keras"])


def dead_name(path: str) -> DeadName | None:
    """What became of a dotted name; None for one that is alive or not known."""
    path = path.replace("tensorflow.compat.v2.", "tensorflow.", 1)
    if path == TF_KERAS or path.startswith(f"{TF_KERAS}."):
        inner = path.removeprefix("tensorflow.")
        return None if any(part in _kept() for part in _prefixes(inner)) else _keras(inner)
    if path.split(".")[0] == "keras":
        return _keras(path)
    by_hand: dict[str, str] = hand_made()["names"]
    for part in _prefixes(path):
        if part in by_hand:
            return DeadName(old=part, new=by_hand[part])
        if part in _tensorflow_1():
            return DeadName(old=part, new=f"tensorflow.compat.v1.{part.removeprefix('tensorflow.')}")
    return None


def _keras(path: str) -> DeadName | None:
    by_hand: dict[str, str] = hand_made()["names"]
    modules: dict[str, str] = hand_made()["modules"]
    names: dict[str, str] = compared()["names"]
    for part in _prefixes(path):
        if part in by_hand and (part == path or part not in modules):
            return DeadName(old=part, new=by_hand[part], home=modules.get(part, ""))
        if part in modules:
            return _moved(part, modules[part], path)
        if part in names:
            elsewhere = f"tensorflow.{part}" if part in _kept() else ""
            return DeadName(old=part, new=names[part] or elsewhere)
    return None


def _moved(module: str, home: str, path: str) -> DeadName:
    """A name of a module that is gone: where that module's names are now, it may be gone too."""
    if path == module:
        return DeadName(old=module, new=home, home=home)
    name = home + path.removeprefix(module)
    then = dead_name(name)
    return DeadName(old=path, new=name if then is None else then.new)


def _prefixes(path: str) -> list[str]:
    """The path and everything above it, longest first."""
    parts = path.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def dead_argument(path: str, keyword: str) -> str | None:
    """What to write for a keyword that a living name no longer takes; empty to leave it out, None when it is fine."""
    path = path.removeprefix("tensorflow.") if path.startswith(f"{TF_KERAS}.") else path
    refused = {*compared()["arguments"].get(path, ()), *hand_made()["refused"].get(path, ())}
    renamed = {**hand_made()["arguments"], **hand_made()["arguments_of"].get(path, {})}
    return str(renamed.get(keyword, "")) if keyword in refused else None


def dead_method(name: str) -> str | None:
    """What to call or read on a model or layer instead; empty for nothing, None when the name is fine."""
    found: str | None = hand_made()["methods"].get(name)
    return found


def dead_method_argument(keyword: str) -> str | None:
    """What took the place of a keyword of a model's method; empty to leave it out, None when it is fine."""
    found: str | None = hand_made()["method_arguments"].get(keyword)
    return found


def dead_string(text: str) -> str | None:
    """What to write for a loss or metric given by a name that is gone, else None."""
    found: str | None = hand_made()["strings"].get(text)
    return found
