"""A model as data: its own Keras config, or that of the graph its `call` draws."""

from __future__ import annotations

import inspect
import json
import warnings
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras.src.models.functional import Functional

from ..plain import plain
from ..random_state import unchanged
from .quiet import swallowed

CONFIG_BYTES = 4 << 20
"""Largest config that is kept; a student's constant of a million numbers would be part of it."""
TOLERANCE = 1e-4

# Student code can replace these on the classes later on.
_sequential_config = keras.Sequential.get_config
_functional_config = Functional.get_config
_convert = keras.ops.convert_to_numpy


@dataclass(frozen=True)
class Description:
    """What a snapshot says about a model beyond its weights."""

    class_name: str
    how: str
    config: dict[str, Any] | None = None
    why: str = ""
    weights: list[np.ndarray] | None = None
    """Weights in the traced model's order; None where the model's own order holds."""


def describe(model: Any, input_spec: tuple[tuple[int | None, ...], str] | None) -> Description:
    """Describes a model without changing it.

    Args:
        model: Any Keras model.
        input_spec: Shape (with batch dimension) and dtype of data it was called with, if any was seen.
    """
    kind = type(model)
    with unchanged(), swallowed(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            config = own_config(model)
            if config is not None:
                return Description(kind.__name__, "config", config)
            traced = _traced(model, input_spec)
        except Exception as error:
            return Description(kind.__name__, "opaque", why=_reason(model, error))
    if isinstance(traced, str):
        return Description(kind.__name__, "opaque", why=traced)
    config, weights = traced
    return Description(kind.__name__, "traced", config, weights=weights)


def own_config(model: Any) -> dict[str, Any] | None:
    """The config of a sequential or functional model, also of a subclass that leaves `call` alone; else None."""
    kind = type(model)
    if isinstance(model, keras.Sequential) and kind.call is keras.Sequential.call:
        return _checked({"module": "keras", "class_name": "Sequential", "config": _sequential_config(model)})
    if isinstance(model, Functional) and kind.call is Functional.call:
        graph = model if kind is Functional else Functional(model.inputs, model.outputs, name=model.name)
        return _checked({"module": "keras", "class_name": "Functional", "config": _functional_config(graph)})
    return None


def _checked(config: dict[str, Any]) -> dict[str, Any]:
    config = plain(config) | {"registered_name": None}
    size = len(json.dumps(config))
    if size > CONFIG_BYTES:
        raise ValueError(f"its config takes {size >> 20} MiB")
    return config


def _reason(model: Any, error: Exception) -> str:
    first = str(error).strip().splitlines()
    return f"{type(model).__name__} can't be written down as layers: {type(error).__name__}: {(first or [''])[0][:300]}"


def _spec_of(model: Any, seen: tuple[tuple[int | None, ...], str] | None) -> tuple[tuple[int | None, ...], str] | None:
    if seen is not None:
        return seen
    shapes = getattr(model, "_build_shapes_dict", None) or {}
    if len(shapes) == 1:
        shape = next(iter(shapes.values()))
        if isinstance(shape, list | tuple) and shape and all(n is None or isinstance(n, int) for n in shape):
            return (None, *shape[1:]), "float32"
    return None


def _traced(
    model: Any, seen: tuple[tuple[int | None, ...], str] | None
) -> tuple[dict[str, Any], list[np.ndarray]] | str:
    """Config and weights of the functional model that `call` draws, or why there is none."""
    name = type(model).__name__
    if not model.weights and not model.built:
        return f"{name} has not been called on data yet, so it has no shapes"
    spec = _spec_of(model, seen)
    if spec is None:
        return f"{name} takes inputs of a form that can't be traced"
    graphs = []
    layers = list(model._flatten_layers(include_self=False))
    nodes = [(layer, len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers]
    try:
        for training in (True, False) if _takes_training(model) else (None,):
            try:
                graph = _draw(model, spec, training=training)
            except Exception as error:
                failure = error
                continue
            config = _checked({"module": "keras", "class_name": "Functional", "config": _functional_config(graph)})
            graphs.append((graph, config))
        if not graphs:
            return _reason(model, failure)
        for graph, config in graphs:
            if _agree(model, graph, spec):
                return config, [np.asarray(weight) for weight in graph.weights]
        return f"{name} computes something else than the layers that its call passes through"
    finally:
        for layer, inbound, outbound in nodes:
            del layer._inbound_nodes[inbound:]
            del layer._outbound_nodes[outbound:]


def _takes_training(model: Any) -> bool:
    return "training" in inspect.signature(type(model).call).parameters


def _draw(model: Any, spec: tuple[tuple[int | None, ...], str], *, training: bool | None) -> Any:
    inputs = keras.Input(shape=spec[0][1:], dtype=spec[1])
    arguments = {} if training is None else {"training": training}
    outputs = model.call(inputs, **arguments)
    return Functional(inputs, outputs, name=model.name)


def _agree(model: Any, graph: Any, spec: tuple[tuple[int | None, ...], str]) -> bool:
    """Whether graph and model give the same outputs on two made rows, in inference mode."""
    shape = (2, *(8 if n is None else n for n in spec[0][1:]))
    rows = np.random.default_rng(0).random(shape)
    batch = (rows * 2).astype(spec[1]) if "int" in spec[1] else rows.astype(spec[1])
    arguments = {"training": False} if _takes_training(model) else {}
    mine = keras.tree.flatten(model(batch, **arguments))
    drawn = keras.tree.flatten(graph(batch, training=False))
    return len(mine) == len(drawn) and all(
        np.allclose(_convert(a), _convert(b), rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
        for a, b in zip(mine, drawn, strict=True)
    )
