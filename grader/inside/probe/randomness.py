"""Seeds the random generators, and puts them back after code that isn't the student's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR
from keras.src.utils.rng_utils import GLOBAL_RANDOM_SEED
from tensorflow.python.eager import context

# Student code can replace these names in their modules later on.
_set_random_seed = keras.utils.set_random_seed
_python_get, _python_set = random.getstate, random.setstate
_numpy_get, _numpy_set = np.random.get_state, np.random.set_state
_NAMES = "object_name_uids"


def seed_everything(seed: int) -> None:
    """Seeds Python, NumPy, TensorFlow and Keras."""
    _set_random_seed(seed)


@contextmanager
def unchanged() -> Iterator[None]:
    """Restores random generators and Keras' automatic layer names when the block ends."""
    python, numpy = _python_get(), _numpy_get()
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    state = None if generator is None else np.asarray(generator.state).copy()
    seed = global_state.get_global_attribute(GLOBAL_RANDOM_SEED)
    names = global_state.get_global_attribute(_NAMES)
    names = None if names is None else names.copy()
    eager = _eager_state()
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
        _restore_eager(eager)


def _eager_state() -> Any:
    """TensorFlow's own seed and the generator behind the seeds of its stateful operations."""
    eager = context.context()
    generator = getattr(eager, "_rng", None)
    return getattr(eager, "_seed", None), generator, None if generator is None else generator.getstate()


def _restore_eager(saved: Any) -> None:
    eager = context.context()
    eager._seed, generator, state = saved
    eager._rng = generator
    if generator is not None:
        generator.setstate(state)
