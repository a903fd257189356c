"""Builds a model from an allowed config and arrays, measuring it before anything large is allocated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.models.functional import Functional

from .allowed import Refused, allowed_model

MOST_PARAMETERS = 300_000_000
MOST_ACTIVATIONS = 1 << 27
"""Numbers in the largest output of one layer for one row."""


def rebuild(config: Any, arrays: Sequence[np.ndarray] | None) -> Any:
    """A Keras model with the given weights.

    Args:
        config: Serialised Sequential or Functional, as data.
        arrays: Its weights in the order of `model.weights`; None to build it with fresh ones.

    Raises:
        Refused: the config is not allowed, or the arrays don't fit it.
    """
    safe = allowed_model(config)
    if arrays:
        _add_input(safe, arrays)
    kind = keras.Sequential if safe["class_name"] == "Sequential" else Functional
    keras.utils.set_random_seed(0)
    # Variables made in a stateless scope have a shape but no memory until the scope ends.
    with keras.StatelessScope():
        try:
            model = _build(kind, safe["config"])
            _measure(model, arrays)
        except BaseException:
            global_state.set_global_attribute("uninitialized_variables", [])
            raise
    if arrays:
        for variable, array in zip(model.weights, arrays, strict=True):
            variable.assign(array)
    return model


def unbuilt_layers(config: Any) -> list[Any]:
    """The layers of a Sequential that has no input shape, made but not built.

    Raises:
        Refused: the config is not allowed.
    """
    safe = allowed_model(config)
    with keras.StatelessScope():
        try:
            return list(_build(keras.Sequential, safe["config"]).layers)
        finally:
            global_state.set_global_attribute("uninitialized_variables", [])


def _build(kind: Any, config: dict[str, Any]) -> Any:
    try:
        return kind.from_config(config)
    except Exception as error:
        first = (str(error).strip().splitlines() or [""])[0][:200]
        raise Refused(f"Keras can't build it: {type(error).__name__}: {first}") from error


def _add_input(safe: dict[str, Any], arrays: Sequence[np.ndarray]) -> None:
    """Gives a Sequential that lost its input shape the one that its first weights tell."""
    config = safe["config"]
    if safe["class_name"] != "Sequential" or not config["layers"] or config.get("build_input_shape"):
        return
    first = config["layers"][0]
    if first["class_name"] == "InputLayer" or "batch_shape" in first["config"]:
        return
    if first["class_name"] == "Dense" and arrays[0].ndim == 2:
        config["build_input_shape"] = [None, int(arrays[0].shape[0])]
    elif first["class_name"] == "Embedding":
        config["build_input_shape"] = [None, None]


def _measure(model: Any, arrays: Sequence[np.ndarray] | None) -> None:
    if not model.built:
        raise Refused("it has no input shape, so it was never built")
    shapes = [tuple(weight.shape) for weight in model.weights]
    total = sum(math.prod(shape) for shape in shapes)
    if total > MOST_PARAMETERS:
        raise Refused(f"it has {total:,} parameters, more than the {MOST_PARAMETERS:,} that are rebuilt")
    if largest_output(model) > MOST_ACTIVATIONS:
        raise Refused("one of its layers has an output that is too large to compute")
    if arrays is not None and [array.shape for array in arrays] != shapes:
        raise Refused("its weights don't have the shapes that its layers need")


def graph_of(model: Any) -> Any:
    """The functional graph of a built model."""
    return model._functional if isinstance(model, keras.Sequential) else model


def largest_output(model: Any) -> int:
    """Numbers in the largest output of any layer, for one row; unknown dimensions count as 256."""
    graph = graph_of(model)
    largest = 1
    for node in (node for nodes in graph._nodes_by_depth.values() for node in nodes):
        if isinstance(node.operation, Functional | keras.Sequential):
            largest = max(largest, largest_output(node.operation))
        for tensor in node.output_tensors:
            largest = max(largest, math.prod(256 if n is None else n for n in tensor.shape[1:]))
    return largest
