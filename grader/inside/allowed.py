"""Which Keras configs may be built: an allow-list of Keras' own classes, held against the config as data.

Nothing of a submission's config is handed on as it came. It is copied value by value into a new one in which module
names, registered names and everything unknown are ours, so that Keras' deserialiser has nothing left to look up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from .catalogue import (
    ACTIVATION_ALIASES,
    ACTIVATIONS,
    DTYPES,
    INITIALIZERS,
    LAYERS,
    MODELS,
    OBJECTS,
    OPERATIONS,
    POLICIES,
)

MOST_LAYERS = 2000
MOST_DEPTH = 24
MOST_ITEMS = 10_000
MOST_CONSTANTS = 1 << 20
LARGEST = 1 << 31
LARGEST_BY_KEY = {
    "units": 1 << 20,
    "filters": 1 << 16,
    "input_dim": 1 << 24,
    "output_dim": 1 << 16,
    "n": 1 << 20,
    "num_heads": 1 << 10,
    "key_dim": 1 << 14,
    "num_tokens": 1 << 20,
}
"""Sizes of one layer; what they come to together is measured before anything is allocated."""
TEXT = re.compile(r"[\w .,:;/<>\-+()*$]{0,200}", re.ASCII)
NAME = re.compile(r"[^\x00-\x1f\x7f/]{1,200}")
"""Layer names may be in any script; Keras itself forbids the slash."""


class Refused(Exception):
    """A config or weights that are not rebuilt; the text is one sentence for a person, without the final stop."""


def allowed_model(config: Any) -> dict[str, Any]:
    """A safe copy of a serialised Sequential or Functional.

    Raises:
        Refused: something in it is not on the allow-list.
    """
    return _Copy().model(config, 0)


class _Copy:
    """Copies one config; counts its layers."""

    def __init__(self) -> None:
        self.layers = 0

    def model(self, value: Any, depth: int) -> dict[str, Any]:
        name, config = _class_of(value)
        _deep(depth)
        if name not in MODELS:
            raise Refused(f"{_shown(name)} is not a model that can be rebuilt")
        made = self._sequential(config, depth) if name == "Sequential" else self._functional(config, depth)
        module = "keras" if name == "Sequential" else "keras.src.models.functional"
        registered = None if name == "Sequential" else "Functional"
        return {"module": module, "class_name": name, "config": made, "registered_name": registered}

    def _sequential(self, config: Mapping[str, Any], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {
            "name": _name(config.get("name")),
            "layers": [self.layer(x, depth) for x in _list(config, "layers")],
        }
        if config.get("build_input_shape") is not None:
            made["build_input_shape"] = _shape(config["build_input_shape"])
        return made

    def _functional(self, config: Mapping[str, Any], depth: int) -> dict[str, Any]:
        layers = []
        for value in _list(config, "layers"):
            nodes = [self._node(node, depth) for node in _list(value, "inbound_nodes")]
            layers.append(self.layer(value, depth) | {"name": _name(value.get("name")), "inbound_nodes": nodes})
        ends = {key: _ends(config.get(key), 0) for key in ("input_layers", "output_layers")}
        # `trainable` of the model would be forced on all layers, each of which has its own.
        return {"name": _name(config.get("name")), "trainable": None, "layers": layers, **ends}

    def _node(self, node: Any, depth: int) -> dict[str, Any]:
        if not isinstance(node, Mapping) or not isinstance(node.get("kwargs", {}), Mapping):
            raise Refused("the model's graph has a form that Keras doesn't write")
        arguments = {_text(key): _argument(item, depth) for key, item in node.get("kwargs", {}).items()}
        return {"args": [_argument(item, depth) for item in _list(node, "args")], "kwargs": arguments}

    def layer(self, value: Any, depth: int) -> dict[str, Any]:
        name, config = _class_of(value)
        _deep(depth)
        self.layers += 1
        if self.layers > MOST_LAYERS:
            raise Refused(f"the model has more than {MOST_LAYERS} layers")
        if name in MODELS and not _is_operation(value):
            return self.model(value, depth + 1)
        module, registered = "keras.layers", None
        if _is_operation(value):
            module, registered = value["module"], name
        elif name not in LAYERS:
            raise Refused(f"{_shown(name)} is not one of Keras' own layers that can be rebuilt")
        elif value.get("registered_name") not in (None, name) or not str(value.get("module", "")).startswith("keras."):
            raise Refused(f"{_shown(name)} is a class of the notebook's own, not Keras' layer of that name")
        made = {_text(key): self.value(str(key), item, depth + 1) for key, item in config.items()}
        if name == "InputLayer":
            made = _input(made)
        return {"module": module, "class_name": name, "config": made, "registered_name": registered}

    def value(self, key: str, value: Any, depth: int) -> Any:
        """A copy of one value of a layer's config."""
        _deep(depth)
        if key == "name":
            return _name(value)
        if key.endswith("activation"):
            return self._activation(value, depth)
        if key.endswith("initializer"):
            return _initializer(value)
        if isinstance(value, Mapping):
            return self._object(value, depth) if "class_name" in value else self._mapping(value, depth)
        if isinstance(value, list | tuple):
            return [self.value("", item, depth + 1) for item in _bounded(value)]
        return _scalar(value, LARGEST_BY_KEY.get(key, LARGEST))

    def _mapping(self, value: Mapping[str, Any], depth: int) -> dict[str, Any]:
        _bounded(value)
        return {_text(key): self.value(str(key), item, depth + 1) for key, item in value.items()}

    def _activation(self, value: Any, depth: int) -> Any:
        if isinstance(value, Mapping) and value.get("class_name") == "function":
            own = str(value.get("module", "")).startswith("keras.")
            value = value.get("config")
            value = ACTIVATION_ALIASES.get(value, value) if isinstance(value, str) else value
            if not own and not _in(value, ACTIVATIONS):
                raise Refused(f"the activation {_shown(value)} is a function of the notebook's own")
        if isinstance(value, Mapping):
            return self.layer(value, depth + 1)
        if value is not None and not _in(value, ACTIVATIONS):
            raise Refused(f"{_shown(value)} is not one of Keras' own activations")
        return value

    def _object(self, value: Mapping[str, Any], depth: int) -> dict[str, Any]:
        name, config = _class_of(value)
        if name == "DTypePolicy":
            policy = config.get("name")
            if not _in(policy, POLICIES):
                raise Refused(f"the dtype policy {_shown(policy)} is not taken")
            return {"module": "keras", "class_name": name, "config": {"name": policy}, "registered_name": None}
        for module, names in OBJECTS.items():
            if name in names and str(value.get("module", "")).startswith("keras"):
                made = {_text(key): _scalar_or_list(item) for key, item in config.items()}
                return {"module": module, "class_name": name, "config": made, "registered_name": None}
        if name in ("__numpy__", "__tensor__"):
            return _constant(config, name)
        return self.layer(value, depth + 1)


def _in(value: Any, names: frozenset[str]) -> bool:
    return isinstance(value, str) and value in names


def _is_operation(value: Mapping[str, Any]) -> bool:
    return _in(value.get("class_name"), OPERATIONS.get(str(value.get("module")), frozenset()))


def _class_of(value: Any) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(value, Mapping) or not isinstance(value.get("class_name"), str):
        raise Refused("the config has a form that Keras doesn't write")
    config = value.get("config")
    if not isinstance(config, Mapping):
        raise Refused(f"the config of {_shown(value['class_name'])} has a form that Keras doesn't write")
    return value["class_name"], config


def _deep(depth: int) -> None:
    if depth > MOST_DEPTH:
        raise Refused("the config is nested too deeply")


def _list(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(found, list):
        raise Refused(f"the config's `{key}` is not a list")
    _bounded(found)
    return found


def _bounded(value: Any) -> Any:
    if not isinstance(value, Mapping | list | tuple):
        raise Refused("the config has a form that Keras doesn't write")
    if len(value) > MOST_ITEMS:
        raise Refused(f"the config has a list of more than {MOST_ITEMS:,} entries")
    return value


def _shown(name: Any) -> str:
    return re.sub(r"[^\w .:-]", "?", str(name))[:80]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not TEXT.fullmatch(value):
        raise Refused(f"the config has a text that Keras doesn't write: {_shown(value)}")
    return value


def _name(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise Refused("a layer has a name that Keras doesn't allow")
    return value


def _scalar(value: Any, largest: int = LARGEST) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > largest:
            raise Refused(f"the config has a size of {value:,}, more than the {largest:,} that are built")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Refused("the config has a number that is not finite")
        return value
    return _text(value)


def _scalar_or_list(value: Any) -> Any:
    return [_scalar(item) for item in _bounded(value)] if isinstance(value, list | tuple) else _scalar(value)


def _shape(value: Any) -> list[int | None]:
    if not isinstance(value, list | tuple) or len(value) > 8:
        raise Refused("the config has an input shape of a form that Keras doesn't write")
    if not all(n is None or (isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= LARGEST) for n in value):
        raise Refused("the config has an input shape of a form that Keras doesn't write")
    return [None, *value[1:]]


def _input(config: dict[str, Any]) -> dict[str, Any]:
    """An InputLayer's config; the batch size that Keras remembers from the first `fit` is dropped."""
    kept = {
        "batch_shape": _shape(config.get("batch_shape") or config.get("batch_input_shape")),
        "name": config.get("name"),
    }
    dtype = config.get("dtype")
    if dtype is not None and not _in(dtype, DTYPES):
        raise Refused(f"inputs of {_shown(dtype)} are not taken")
    return kept | {"dtype": dtype}


def _initializer(value: Any) -> Any:
    """Initial weights are replaced by the stored ones, so an initializer that isn't Keras' own becomes zeros."""
    if value is None:
        return None
    zeros: dict[str, Any] = {
        "module": "keras.initializers",
        "class_name": "Zeros",
        "config": {},
        "registered_name": None,
    }
    if not isinstance(value, Mapping) or not _in(value.get("class_name"), INITIALIZERS):
        return zeros
    try:
        config = {_text(key): _scalar(item) for key, item in _class_of(value)[1].items()}
    except Refused:
        return zeros
    return zeros | {"class_name": value["class_name"], "config": config}


def _constant(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A number array in a layer's arguments."""
    left = MOST_CONSTANTS

    def copy(value: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > 8:
            raise Refused("the model has a constant array that is too large")
        if isinstance(value, list):
            return [copy(item, depth + 1) for item in value]
        if isinstance(value, bool | int | float) and (isinstance(value, int) or math.isfinite(value)):
            return value
        raise Refused("the model has a constant that is not a number")

    if not _in(config.get("dtype"), DTYPES):
        raise Refused(f"constants of {_shown(config.get('dtype'))} are not taken")
    return {"class_name": name, "config": {"value": copy(config.get("value"), 0), "dtype": config["dtype"]}}


def _argument(value: Any, depth: int) -> Any:
    """An argument of a layer call in a functional graph."""
    _deep(depth)
    if isinstance(value, list | tuple):
        return [_argument(item, depth + 1) for item in _bounded(value)]
    if not isinstance(value, Mapping):
        return _scalar(value)
    if "class_name" not in value:
        return {_text(key): _argument(item, depth + 1) for key, item in _bounded(value).items()}
    name, config = _class_of(value)
    if name == "__keras_tensor__":
        history = config.get("keras_history")
        if not isinstance(history, list) or len(history) != 3:
            raise Refused("the model's graph has a form that Keras doesn't write")
        dtype = config.get("dtype")
        shape = [None if n is None else _scalar(n) for n in _bounded(config.get("shape") or [])]
        at = [_name(history[0]), *(_index(n) for n in history[1:])]
        return {"class_name": name, "config": {"shape": shape, "dtype": _text(dtype), "keras_history": at}}
    if name == "__slice__":
        return {"class_name": name, "config": {key: _scalar(config.get(key)) for key in ("start", "stop", "step")}}
    if name == "__ellipsis__":
        return {"class_name": name, "config": {}}
    if name in ("__numpy__", "__tensor__"):
        return _constant(config, name)
    raise Refused(f"a layer is called with {_shown(name)}, which can't be rebuilt")


def _index(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MOST_ITEMS:
        raise Refused("the model's graph has a form that Keras doesn't write")
    return value


def _ends(value: Any, depth: int) -> Any:
    """`input_layers` and `output_layers`: `[name, node, tensor]`, or lists or dicts of them."""
    _deep(depth)
    if isinstance(value, Mapping):
        return {_name(key): _ends(item, depth + 1) for key, item in _bounded(value).items()}
    if not isinstance(value, list):
        raise Refused("the model's graph has a form that Keras doesn't write")
    if len(value) == 3 and isinstance(value[0], str):
        return [_name(value[0]), _index(value[1]), _index(value[2])]
    return [_ends(item, depth + 1) for item in _bounded(value)]
