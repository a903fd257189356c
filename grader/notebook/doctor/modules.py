"""Imports of packages that are not installed where notebooks are graded: a missing module is no wrong answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec

from grader.notebook.dead_names import dead_name
from grader.notebook.doctor.sightings import Import, Sightings
from grader.report import Advice, Severity

KIND = "missing_module"
_INSTEAD = {
    "torch": "the same network with keras.Sequential and keras.layers",
    "torchvision": "keras.datasets, keras.applications",
    "pytorch_lightning": "model.compile and model.fit",
    "cv2": "PIL.Image, keras.utils.load_img",
    "seaborn": "matplotlib.pyplot",
    "pandas": "numpy",
    "tqdm": "(leave it out: Keras draws its own progress bar)",
    "theano": "(leave it out)",
    "cPickle": "pickle",
    "urllib2": "urllib.request",
    "StringIO": "io",
    "Tkinter": "tkinter",
    "scikeras": "keras.wrappers",
    "tensorflow_datasets": "keras.datasets",
    "tensorflow_addons": "keras.layers, keras.optimizers, keras.metrics",
    "keras_preprocessing": "keras.utils",
    "keras_applications": "keras.applications",
    "livelossplot": "history.history and matplotlib.pyplot",
    "extra_keras_datasets": "keras.datasets",
    "mnist": "keras.datasets.mnist",
    "plotly": "matplotlib.pyplot",
    "tflearn": "keras",
    "mxnet": "keras",
    "jax": "keras.ops",
}
_OTHER_FRAMEWORKS = {"torch", "torchvision", "pytorch_lightning", "mxnet", "tflearn", "paddle", "jax", "flax", "theano"}


def installed_here(module: str) -> bool:
    """Whether a top-level module can be imported; the sandbox runs the interpreter and the packages of this process."""
    if module in sys.stdlib_module_names:
        return True
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def missing_modules(seen: Sightings, installed: Callable[[str], bool]) -> Iterator[Advice]:
    """Advice on each package that is wanted and not there, at its first import in each cell."""
    told: set[tuple[int, str]] = set()
    for one in seen.imports:
        top = one.module.split(".")[0]
        dead = dead_name(one.path) is not None or one.path.startswith("google.colab")
        if not (one.guarded or dead or (one.cell, top) in told or installed(top)):
            told.add((one.cell, top))
            yield _advice(one, top)


def _advice(one: Import, top: str) -> Advice:
    what = f"`{top}` is not installed where notebooks are graded"
    if top in _OTHER_FRAMEWORKS:
        what = f"this is {_name(top)}, and the assignment is about Keras"
    return Advice(
        kind=KIND,
        severity=Severity.BREAKS,
        cell=one.cell,
        line=one.line,
        what=what,
        why="the cell stops with a ModuleNotFoundError; that says nothing about the answer",
        old=f"import {one.path}" if one.plain else f"from {one.module} import {one.bound}",
        new=_INSTEAD.get(top, ""),
    )


def _name(top: str) -> str:
    return {"torch": "PyTorch", "torchvision": "PyTorch", "pytorch_lightning": "PyTorch", "theano": "Theano"}.get(
        top, top
    )
