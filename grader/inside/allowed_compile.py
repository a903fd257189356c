"""Which compile configs the trainer takes: Keras' own optimizers, losses and metrics, copied value by value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from .allowed import Refused

DEPTH = 6
ITEMS = 100
KINDS: dict[str, tuple[str, type]] = {
    "keras.optimizers": ("optimizers", keras.optimizers.Optimizer),
    "keras.optimizers.schedules": ("optimizers.schedules", keras.optimizers.schedules.LearningRateSchedule),
    "keras.losses": ("losses", keras.losses.Loss),
    "keras.metrics": ("metrics", keras.metrics.Metric),
}
PLACES = {
    "optimizer": ("keras.optimizers",),
    "loss": ("keras.losses",),
    "metrics": ("keras.metrics", "keras.losses"),
    "weighted_metrics": ("keras.metrics", "keras.losses"),
}
"""From which modules the objects at a key of the config may come."""
PLAIN = ("loss_weights", "run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss")


def allowed_compile(config: Any) -> dict[str, Any]:
    """A safe copy of what `Model.get_compile_config` gives.

    Raises:
        Refused: something in it is not Keras' own.
    """
    if not isinstance(config, Mapping) or not config.get("optimizer"):
        raise Refused("the model was not compiled")
    made: dict[str, Any] = {}
    for key, value in config.items():
        if key in PLACES:
            made[key] = _copy(value, PLACES[key], 0)
        elif key in PLAIN:
            made[key] = _copy(value, (), 0)
        else:
            raise Refused(f"compile has an argument {str(key)[:40]} that is not known")
    if made.get("run_eagerly"):
        raise Refused("the model runs eagerly")
    return made


def _copy(value: Any, modules: tuple[str, ...], depth: int) -> Any:
    if depth > DEPTH:
        raise Refused("the compile config is nested too deeply")
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        if not value.isascii() or not value.replace("_", "").replace(" ", "").isalnum() or len(value) > 100:
            raise Refused("the compile config has a text that Keras doesn't write")
        return value
    if isinstance(value, list | tuple) and len(value) <= ITEMS:
        return [_copy(item, modules, depth + 1) for item in value]
    if isinstance(value, Mapping) and "class_name" in value:
        return _object(value, modules, depth)
    if isinstance(value, Mapping) and len(value) <= ITEMS:
        return {_copy(str(key), (), depth + 1): _copy(item, modules, depth + 1) for key, item in value.items()}
    raise Refused("the compile config has a form that Keras doesn't write")


def _object(value: Mapping[str, Any], modules: tuple[str, ...], depth: int) -> dict[str, Any] | str:
    name, config = value.get("class_name"), value.get("config")
    if name == "function" and isinstance(config, str):
        return _function(config, modules)
    for module in modules:
        place, kind = KINDS[module]
        room: Any = keras
        for part in place.split("."):
            room = getattr(room, part)
        found = getattr(room, name, None) if isinstance(name, str) else None
        if isinstance(found, type) and issubclass(found, kind) and isinstance(config, Mapping):
            # Only an optimizer holds another object: its schedule.
            inner = ("keras.optimizers.schedules",) if "optimizers" in module else ()
            made = {_copy(str(key), (), depth + 1): _copy(item, inner, depth + 1) for key, item in config.items()}
            if "fn" in made:
                raise Refused(f"{name} wraps a function")
            return {"module": module, "class_name": name, "config": made, "registered_name": None}
    raise Refused(f"{str(name)[:60]} is not one of Keras' own optimizers, losses or metrics")


def _function(name: str, modules: tuple[str, ...]) -> str:
    """A loss or metric that was given as Keras' function: by its name, which Keras looks up among its own."""
    for module in modules:
        if callable(getattr(getattr(keras, KINDS[module][0]), name, None)):
            return name
    raise Refused(f"{name[:60]} is not one of Keras' own functions")
