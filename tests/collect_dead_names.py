"""How the list of dead names is made: the names of old Keras releases that the installed Keras no longer has.

    python tests/collect_dead_names.py OLD/keras … > grader/notebook/dead_names_keras.json

Each OLD is an unpacked release (1.2.2, 2.0.9, 2.2.4, 2.3.1, 2.6.0, 2.11.0, 2.15.0 and tf-keras 2.21). Their sources are
read, never run: none of the old ones imports on a current Python. docs/doctor.md tells the rest.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import re
import sys
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "grader" / "notebook" / "dead_names.toml"
CALLED = {"compile", "fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "add_weight"}
OF_OPTIMIZERS = {
    "model",
    "name",
    "built",
    "constraints",
    "regularizers",
    "graph",
    "training_data",
    "sample_weights",
    "lr",
}
"""Attributes under names too common to be told from others', or found in other ways."""
HOMES = (
    "layers", "models", "utils", "optimizers", "losses", "metrics", "callbacks", "initializers", "regularizers",
    "constraints", "activations", "applications", "datasets", "preprocessing", "random", "ops", "saving",
)  # fmt: skip
INTERNAL = (
    "keras.backend.cntk_backend.", "keras.backend.theano_backend.", "keras.backend.numpy_backend.",
    "keras.backend.common.", "keras.legacy.", "keras.dtensor", "keras.estimator", "keras.utils.test_utils",
    "keras.utils.conv_utils.", "keras.utils.losses_utils.", "keras.utils.metrics_utils.", "keras.engine.training_",
)  # fmt: skip
"""Insides that no notebook names; a module without its names stands for them."""
SAMPLES: dict[str, Any] = {
    "rate": 0.1, "stddev": 0.1, "function": abs, "layer": None, "target_shape": (1,), "dims": (1,), "filepath": "x.keras",
    "implementation": 2,
}  # fmt: skip
"""Arguments to call a class with, where 1 doesn't do."""
LAYER_ARGUMENTS = {
    "self", "name", "trainable", "dtype", "autocast", "activity_regularizer", "input_shape", "input_dim", "weights",
    "batch_input_shape", "batch_shape", "input_tensor", "batch_size", "kwargs", "args", "cls",
}  # fmt: skip


class Tree:
    """The public names of one old release, by reading its sources."""

    def __init__(self, folder: Path) -> None:
        api = folder / "api" / "_v2" / "keras"
        self.root, self.package = (api, folder.name) if api.is_dir() else (folder, folder.name)
        self.folder = folder
        self._known: dict[str, dict[str, ast.AST | None]] = {}
        self.modules = {self._dotted(path): path for path in self.root.rglob("*.py") if self._public(path)}

    def _public(self, path: Path) -> bool:
        parts = path.relative_to(self.root).with_suffix("").parts
        return not any(
            (p.startswith("_") and p != "__init__") or p in {"tests", "src", "api", "protobuf"} for p in parts
        )

    def _dotted(self, path: Path) -> str:
        parts = path.relative_to(self.root).with_suffix("").parts
        return ".".join(["keras", *(p for p in parts if p != "__init__")])

    def names(self, module: str) -> dict[str, ast.AST | None]:
        """Names at the top of a module that are the package's own, with their definition where it is here."""
        if module in self._known:
            return self._known[module]
        found: dict[str, ast.AST | None] = self._known.setdefault(module, {})  # before its end: imports go in circles
        for node in _statements(_module(self.modules[module]).body):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found[node.name] = node
            elif isinstance(node, ast.Assign):
                found.update({t.id: None for t in node.targets if isinstance(t, ast.Name)})
            elif isinstance(node, ast.ImportFrom):
                found.update(self._imported(module, node))
        for name in [name for name in found if name.startswith("_")]:
            del found[name]
        return found

    def _imported(self, module: str, node: ast.ImportFrom) -> dict[str, ast.AST | None]:
        source = self._source(module, node)
        if source is None:
            return {}
        if any(alias.name == "*" for alias in node.names):
            return dict(self.names(source)) if source in self.modules else {}
        known = self.names(source) if source in self.modules else {}
        found = {}
        for alias in node.names:
            if f"{source}.{alias.name}" in self.modules or not self._reexports(module):
                continue  # what a module only uses is not offered by it
            definition = known.get(alias.name)
            if definition is None and source.startswith(f"{self.package}.src."):
                definition = self._defined_in_src(source, alias.name)
            found[alias.asname or alias.name] = definition
        return found

    def _reexports(self, module: str) -> bool:
        path = self.modules[module]
        return path.name == "__init__.py" or (
            path.parent == self.root and path.stem in {"models", "layers", "callbacks"}
        )

    def _source(self, module: str, node: ast.ImportFrom) -> str | None:
        if not node.level:
            return node.module if node.module and node.module.split(".")[0] == self.package else None
        is_package = self.modules[module].name == "__init__.py"
        base = module.split(".")[: len(module.split(".")) - node.level + is_package]
        return ".".join([*base, *([node.module] if node.module else [])])

    def _defined_in_src(self, source: str, name: str) -> ast.AST | None:
        path = self.folder.joinpath(*source.split(".")[1:]).with_suffix(".py")
        if not path.is_file():
            return None
        for node in _module(path).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
                return node
        return None

    def everything(self) -> Iterator[tuple[str, ast.AST | None]]:
        """Every module and every name in it, dotted."""
        for module in sorted(self.modules):
            yield module, None
            for name, node in self.names(module).items():
                yield f"{module}.{name}", node


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Also those under an `if` or a `try`, by which old Keras chose its backend."""
    for node in body:
        yield node
        for branch in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try):
                yield from _statements(getattr(node, branch, []))
        for handler in getattr(node, "handlers", []):
            yield from _statements(handler.body)


@functools.cache
def _module(path: Path) -> ast.Module:
    return ast.parse(path.read_text(errors="replace"))


def parameters(node: ast.AST | None) -> set[str]:
    """Names that a function or a class's constructor takes."""
    if isinstance(node, ast.ClassDef):
        node = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
    if not isinstance(node, ast.FunctionDef):
        return set()
    return {a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)} - {"self", "cls"}


@functools.cache
def resolve(dotted: str) -> Any:
    """The object of a dotted name in the installed packages, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some names only warn that they go
        return _resolved(dotted.split("."))


def _resolved(parts: list[str]) -> Any:
    for length in range(len(parts), 0, -1):
        found: Any = _imported(".".join(parts[:length]))
        for part in parts[length:] if found is not None else ():
            if not hasattr(found, part):
                found = None
                break
            found = getattr(found, part)
            found = "None" if found is None else found  # `tf.newaxis` is there, and is None
        if found is not None:
            return found
    return None


@functools.cache
def _imported(name: str) -> Any:
    above = name.rpartition(".")[0]
    if above and not (_imported(above) is not None and hasattr(_imported(above), "__path__")):
        return None
    try:
        return importlib.import_module(name)
    except Exception:  # noqa: BLE001 - whatever an old module raises, it is not there
        return None


@functools.cache
def homes() -> dict[str, list[str]]:
    """Where a final name is public in the installed Keras."""
    import keras

    found: dict[str, list[str]] = {}
    for top in sorted(vars(keras)):
        if not top.startswith("_") and not inspect.ismodule(getattr(keras, top)):
            found.setdefault(top, []).append(f"keras.{top}")
    for home in HOMES:
        for name in sorted(vars(resolve(f"keras.{home}"))):
            found.setdefault(name, []).append(f"keras.{home}.{name}")
    return found


def replacement(dotted: str) -> str:
    """Where the installed Keras keeps a name that moved; empty when it is gone for good."""
    name, area = dotted.rsplit(".", maxsplit=1)[-1], dotted.split(".")[1]
    places = homes().get(name, [])
    same = [p for p in places if p.split(".")[1] == area and p.count(".") == 2]
    if area in {"backend", "preprocessing"}:
        return (same or [p for p in places if p.startswith(("keras.ops.", "keras.utils."))] or [""])[0]
    if area in {"engine", "legacy"}:
        return min((p for p in places if p.split(".")[1] in {"layers", "models", name}), key=len, default="")
    return (same or [""])[0]


def refuses(new: str, argument: str) -> bool:
    """Whether a name of the installed Keras refuses an argument; one that takes any keyword is asked by calling it."""
    target = resolve(new)
    try:
        known = inspect.signature(target).parameters
    except (TypeError, ValueError):
        return False
    if argument in known:
        return False
    if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
        return True
    needed = [p.name for p in known.values() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    sample = {name: SAMPLES.get(name, 1) for name in needed if name != "self"}
    try:
        target(**sample, **{argument: SAMPLES.get(argument, 1)})
    except Exception as error:  # noqa: BLE001 - its text is what is looked at
        return argument in str(error) and bool(re.search("nrecognized|unexpected|not recognized", str(error)))
    return False


def methods(folder: Path) -> Iterator[tuple[str, str, set[str]]]:
    """Class, method and arguments of everything that an old release's models and layers could be asked to do."""
    wanted = {"Model", "Sequential", "Container", "Network", "Layer", "Optimizer", "Wrapper", "Trainer"}
    for path in folder.rglob("*.py"):
        if "tests" in path.parts:
            continue
        for kind in _module(path).body:
            if isinstance(kind, ast.ClassDef) and kind.name in wanted:
                for node in kind.body:
                    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                        yield kind.name, node.name, parameters(node)


def collect(folders: list[Path]) -> dict[str, Any]:
    """The whole list: names that are gone, and methods and arguments that what is left no longer has."""
    names: dict[str, str] = {}
    kept: set[str] = set()
    arguments: dict[str, set[str]] = {}
    gone: set[str] = set()
    refused: dict[str, set[str]] = {}
    for folder in folders:
        for dotted, node in Tree(folder).everything():
            if resolve(dotted) is None and not dotted.startswith(INTERNAL):
                names[dotted] = replacement(dotted)
                if resolve(f"tensorflow.{dotted}") is not None:
                    kept.add(dotted)
            new = dotted if resolve(dotted) is not None else replacement(dotted)
            for argument in parameters(node) - LAYER_ARGUMENTS if new and not new.startswith("keras.ops") else ():
                if refuses(new, argument):
                    arguments.setdefault(new, set()).add(argument)
        for kind, method, taken in methods(folder):
            new = {
                "Layer": "keras.layers.Layer",
                "Wrapper": "keras.layers.Wrapper",
                "Optimizer": "keras.Optimizer",
            }.get(kind, "keras.Sequential")
            if resolve(f"{new}.{method}") is None:
                gone.add(method)
            else:
                refused.setdefault(method, set()).update(
                    a for a in taken - LAYER_ARGUMENTS if refuses(f"{new}.{method}", a)
                )
    for new in list(arguments):
        for other in aliases(new):
            arguments.setdefault(other, set()).update(arguments[new])
    return {
        "names": {old: new for old, new in sorted(names.items()) if not implied(old, new, names)},
        "kept by tf.keras": sorted(kept),
        "arguments": {k: sorted(v) for k, v in sorted(arguments.items())},
        "methods": sorted(gone - OF_OPTIMIZERS),
        "arguments of methods": {k: sorted(v) for k, v in sorted(refused.items()) if v and k in CALLED},
        "tensorflow": tensorflow_1(),
    }


def aliases(dotted: str) -> list[str]:
    """Other public names of the same class."""
    found = resolve(dotted)
    names = (place for places in homes().values() for place in places)
    return [name for name in names if name != dotted and resolve(name) is found and inspect.isclass(found)]


def implied(old: str, new: str, names: dict[str, str]) -> bool:
    """Whether the table of moved modules already answers for a name."""
    modules: dict[str, str] = tomllib.loads(TABLE.read_text())["modules"]
    home = next((m for m in sorted(modules, key=len, reverse=True) if old.startswith(f"{m}.")), None)
    if home is None:
        return False
    moved = modules[home] + old.removeprefix(home)
    return moved == new or resolve(moved) is not None or moved in names


def tensorflow_1() -> list[str]:
    """What `tf.compat.v1` still has and `tf` no longer does, two levels deep."""
    import tensorflow as tf

    old = tf.compat.v1
    found = [name for name in dir(old) if not name.startswith("_") and resolve(f"tensorflow.{name}") is None]
    for module in (
        "train",
        "nn",
        "losses",
        "metrics",
        "image",
        "data",
        "random",
        "math",
        "summary",
        "test",
        "saved_model",
    ):
        inner = getattr(old, module)
        found += [
            f"{module}.{n}" for n in dir(inner) if not n.startswith("_") and resolve(f"tensorflow.{module}.{n}") is None
        ]
    return sorted(found)


if __name__ == "__main__":
    json.dump(collect([Path(argument) for argument in sys.argv[1:]]), sys.stdout, indent=1)
