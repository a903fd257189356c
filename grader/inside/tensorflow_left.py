"""Leaves TensorFlow alone where Keras runs on something else and the notebook has not imported it.

Keras asks in many places whether TensorFlow is installed, and asks by importing it: seconds and hundreds of megabytes, for
a config or a seed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras.src.utils import module_utils


@contextmanager
def tensorflow_left() -> Iterator[None]:
    """Inside the block Keras takes TensorFlow for absent, unless it is in use already."""
    lazy = module_utils.tensorflow
    before = lazy._available
    if before is None and keras.config.backend() != "tensorflow" and "tensorflow" not in sys.modules:
        lazy._available = False
    try:
        yield
    finally:
        if before is None and lazy._available is False and lazy.module is None:
            lazy._available = None
