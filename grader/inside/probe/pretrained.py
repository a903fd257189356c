"""Puts seeded weights where Keras would fetch trained ones, on a machine that has none and no way to get them.

`keras.applications.VGG16` stays Keras' own function: only the one name through which its module reaches the weights file is
replaced. A file in Keras' cache is used as it is; where there is none, one of the same form is made, and said.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

SEED = 16
MADE = {"vgg16": "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"}
"""The file without the classifier, by application; the one with it is not made: its thousand classes would mean nothing."""


def serve_weights(
    names: Sequence[str], say: Callable[[str], None], aside: Callable[[], AbstractContextManager[None]]
) -> None:
    """Answers for the weights files of these applications; call it before student code.

    Args:
        names: modules of `keras.applications`, e.g. `vgg16`.
        say: takes the sentence that reports show: which weights they are. Without any, a network was asked for with none.
        aside: makes a context in which models are not recorded, and random numbers are as before afterwards.
    """
    for name in names:
        if name in MADE:
            _point(name, say, aside)


def _point(name: str, say: Callable[[str], None], aside: Callable[[], AbstractContextManager[None]]) -> None:
    module = importlib.import_module(f"keras.src.applications.{name}")
    keras_own = module.file_utils
    if isinstance(keras_own, SimpleNamespace):
        return

    def get_file(fname: str | None = None, origin: str | None = None, *args: Any, **kwargs: Any) -> str:
        """Path of the local file that belongs to this address, made if need be, else Keras' own answer."""
        cached = Path(os.environ.get("KERAS_HOME", "")) / "models" / str(fname)
        if cached.is_file():
            say(f"The weights of {name.upper()} are the ones from Keras' cache.")
            return str(cached)
        if fname != MADE[name]:
            return str(keras_own.get_file(fname, origin, *args, **kwargs))
        path = Path(tempfile.gettempdir()) / f"{name}_seeded.weights.h5"
        if not path.is_file():
            with aside():
                _make(module, path)
        text = f"The weights of {name.upper()} are seeded random numbers: the ones trained on ImageNet are not on this machine."
        sys.stdout.write(text + "\n")
        say(text)
        return str(path)

    module.file_utils = SimpleNamespace(  # type: ignore[attr-defined]
        **{key: getattr(keras_own, key) for key in dir(keras_own) if not key.startswith("__")} | {"get_file": get_file}
    )


def _make(module: Any, path: Path) -> None:
    """Writes weights of the size that keeps signals alive through layers of ReLU (He and others, 2015, arXiv:1502.01852)."""
    random = np.random.default_rng(SEED)
    model = getattr(module, module.__name__.rsplit(".", 1)[-1].upper())(weights=None, include_top=False)
    for weight in model.weights:
        fan_in = int(np.prod(weight.shape[:-1]))
        spread = np.sqrt(2 / fan_in) if len(weight.shape) > 1 else 0.0
        weight.assign((random.standard_normal(weight.shape) * spread).astype("float32"))
    model.save_weights(path)
