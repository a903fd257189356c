"""The state of every random generator that a notebook's training can draw from, whatever Keras runs on.

TensorFlow is looked at where it is imported already, and never imported for it: on another backend it costs seconds, and
a notebook that doesn't import it can't have drawn from it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR
from keras.src.utils.rng_utils import GLOBAL_RANDOM_SEED

from .tensorflow_left import tensorflow_left

# Student code can replace these names in their modules later on.
_set_random_seed = keras.utils.set_random_seed
_python_get, _python_set = random.getstate, random.setstate
_numpy_get, _numpy_set = np.random.get_state, np.random.set_state
_NAMES = "object_name_uids"


def seed_everything(seed: int) -> None:
    """Seeds Python, NumPy, Keras, and TensorFlow or PyTorch where they are in use."""
    with tensorflow_left():
        _set_random_seed(seed)


def seed_in_force() -> int | None:
    """The seed that was set last: TensorFlow's own where Keras runs on it, else the one that Keras was given."""
    if keras.config.backend() == "tensorflow" and (eager := _eager()) is not None:
        return getattr(eager, "_seed", None)
    seed: int | None = global_state.get_global_attribute(GLOBAL_RANDOM_SEED)
    return seed


def current() -> dict[str, Any]:
    """The state of Python's, NumPy's, TensorFlow's and PyTorch's generators as plain data."""
    version, words, gauss = _python_get()
    kind, keys, at, has_gauss, cached = _numpy_get()
    state: dict[str, Any] = {
        "python": [version, list(words), gauss],
        "numpy": [str(kind), [int(key) for key in keys], int(at), int(has_gauss), float(cached)],
    }
    if (eager := _eager()) is not None:
        rng = getattr(eager, "_rng", None)
        state["tensorflow"] = [eager._seed, None if rng is None else [rng.getstate()[0], list(rng.getstate()[1])]]
    if (torch := _torch()) is not None:
        state["torch"] = torch.get_rng_state().numpy().tolist()
    return state


def put(state: Mapping[str, Any]) -> None:
    """Puts a state of `current` in force."""
    version, words, gauss = state["python"]
    _python_set((version, tuple(words), gauss))
    kind, keys, at, has_gauss, cached = state["numpy"]
    _numpy_set((kind, np.array(keys, np.uint32), at, has_gauss, cached))
    if "tensorflow" in state and (eager := _eager()) is not None:
        seed, rng = state["tensorflow"]
        eager._set_global_seed(seed)
        if rng is not None:
            eager._rng.setstate((rng[0], tuple(rng[1]), None))
    if "torch" in state and (torch := _torch()) is not None:
        torch.set_rng_state(torch.tensor(state["torch"], dtype=torch.uint8))


@contextmanager
def unchanged() -> Iterator[None]:
    """Restores random generators and Keras' automatic layer names when the block ends."""
    python, numpy = _python_get(), _numpy_get()
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    state = None if generator is None else np.asarray(generator.state).copy()
    seed = global_state.get_global_attribute(GLOBAL_RANDOM_SEED)
    names = global_state.get_global_attribute(_NAMES)
    names = None if names is None else names.copy()
    eager, torch = _eager(), _torch()
    rng = None if eager is None else getattr(eager, "_rng", None)
    seed_and_rng = (
        None if eager is None else (getattr(eager, "_seed", None), rng, None if rng is None else rng.getstate())
    )
    drawn = None if torch is None else torch.get_rng_state()
    try:
        yield
    finally:
        _python_set(python)
        _numpy_set(numpy)
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, generator)
        if generator is not None and state is not None:
            generator.state.assign(state)
        global_state.set_global_attribute(GLOBAL_RANDOM_SEED, seed)
        global_state.set_global_attribute(_NAMES, names)
        if eager is not None and seed_and_rng is not None:
            eager._seed, eager._rng, kept = seed_and_rng
            if eager._rng is not None:
                eager._rng.setstate(kept)
        if torch is not None:
            torch.set_rng_state(drawn)


def tensorflow_has_run() -> bool:
    """Whether TensorFlow's runtime, with its threads, was started in this process or before it was forked."""
    module = sys.modules.get("tensorflow.python.eager.context")
    return bool(getattr(getattr(module, "_context", None), "_initialized", False))


def _eager() -> Any:
    """TensorFlow's eager context, which holds its seed; None where TensorFlow is not imported."""
    module = sys.modules.get("tensorflow.python.eager.context")
    return None if module is None else module.context()


def _torch() -> Any:
    return sys.modules.get("torch") if keras.config.backend() == "torch" else None
