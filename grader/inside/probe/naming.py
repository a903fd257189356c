"""Canonical names of losses, metrics and optimizers, whatever way they were written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras

from ..plain import is_plain, plain

METRIC_ALIASES = {"acc": "accuracy", "ce": "crossentropy"}
"""Short forms that only `compile` understands."""


def snake(name: str) -> str:
    """`CategoricalCrossentropy` as `categorical_crossentropy`, by Keras' own rule."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _flat(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [item for part in value.values() for item in _flat(part)]
    if isinstance(value, list | tuple):
        return [item for part in value for item in _flat(part)]
    return [value]


def _in_order(value: Any, names: Any) -> Any:
    """Losses given by the outputs' names, in the outputs' order; anything else as it is."""
    if isinstance(value, Mapping) and isinstance(names, list) and set(value) == set(names):
        return [value[name] for name in names]
    return value


def _object_name(value: Any) -> str:
    """Name of a class, function, or object such as a Loss or a Metric."""
    if isinstance(value, type):
        return snake(value.__name__)
    wrapped = getattr(value, "fn", None) or getattr(value, "_fn", None)
    if type(value).__name__ in ("LossFunctionWrapper", "MeanMetricWrapper") and wrapped is not None:
        return str(getattr(wrapped, "__name__", "function"))
    name = getattr(value, "__name__", None)
    return str(name) if isinstance(name, str) else snake(type(value).__name__)


def loss_name(loss: Any) -> str:
    """Canonical name of one loss."""
    if isinstance(loss, str):
        try:
            return _object_name(keras.losses.get(loss))
        except Exception:
            return snake(loss)
    return _object_name(loss)


def metric_name(metric: Any) -> str:
    """Canonical name of one metric; `accuracy` stays, since Keras chooses its kind by the shapes."""
    if isinstance(metric, str):
        if metric.lower() in METRIC_ALIASES or metric in METRIC_ALIASES.values():
            return METRIC_ALIASES.get(metric.lower(), metric)
        try:
            return _object_name(keras.metrics.get(metric))
        except Exception:
            return loss_name(metric)
    return _object_name(metric)


def _config(value: Any) -> dict[str, Any]:
    """What of `get_config()` is plain JSON."""
    try:
        config = value.get_config()
    except Exception:
        return {}
    kept = {str(k): v for k, v in config.items() if is_plain(v)}
    schedule = config.get("learning_rate")
    if isinstance(schedule, Mapping):
        kept["learning_rate"] = plain(schedule)
    return {k: plain(v) for k, v in kept.items()}


def describe_compile(model: Any) -> dict[str, Any] | None:
    """The Compile record of a model as it is compiled now; None when it isn't."""
    if not getattr(model, "compiled", False):
        return None
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    losses = _flat(_in_order(getattr(model, "loss", None), getattr(model, "output_names", None)))
    compiled = getattr(model, "_compile_metrics", None)
    metrics = _flat(getattr(compiled, "_user_metrics", None)) + _flat(getattr(compiled, "_user_weighted_metrics", None))
    loss_config = {}
    for loss in losses:
        if isinstance(loss, keras.losses.Loss):
            loss_config.update({k: v for k, v in _config(loss).items() if k != "name"})
    return {
        "optimizer": type(optimizer).__name__ if optimizer is not None else "",
        "optimizer_config": _config(optimizer),
        "loss": ",".join(loss_name(loss) for loss in losses),
        "loss_config": loss_config,
        "metrics": [metric_name(metric) for metric in metrics],
    }
