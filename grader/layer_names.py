"""Layer names in a model's config, taken out and put back: they don't change what a model computes.

Keras numbers layers as they are made, so the same network is `dense` in one notebook and `dense_7` in the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REFERENCES = ("keras_history", "input_layers", "output_layers")
"""Where a functional config names its layers; each a list that starts with the name."""
DEEPEST = 20


@dataclass(frozen=True, kw_only=True)
class Unnamed:
    """A config whose layers are called by their places."""

    config: Any
    names: Mapping[str, str] = field(default_factory=dict)
    """Place of each name, such as `0.2` for the third layer of the first layer, a model."""

    def placed(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """An examination's record with places for names."""
        return _renamed(record, self.names)

    def named(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record of `placed` with this config's own names."""
        return _renamed(record, {place: name for name, place in self.names.items()})


def unnamed(config: Any) -> Unnamed:
    """Takes the names out of a Keras config of any origin.

    A name that isn't there, or there twice, leaves the config as it is: it must not become equal to a sound one.
    """
    names: dict[str, str] = {}
    try:
        return Unnamed(config=_model(config, "", names, DEEPEST), names=names)
    except (_Unsound, TypeError, KeyError, AttributeError):
        return Unnamed(config=config)


class _Unsound(Exception):
    pass


def _model(entry: Any, place: str, names: dict[str, str], depth: int) -> Any:
    """`entry` with places for the names of its layers, their layers, and the references among them."""
    inner = entry.get("config")
    if not isinstance(inner, dict) or not isinstance(inner.get("layers"), list):
        return entry
    if depth == 0:
        raise _Unsound
    own: dict[str, int] = {}
    for at, layer in enumerate(inner["layers"]):
        name = layer["config"]["name"]
        if layer.get("name", name) != name or name in names or not isinstance(name, str):
            raise _Unsound
        own[name] = at
        names[name] = f"{place}{at}"
    layers = []
    for at, layer in enumerate(inner["layers"]):
        new = dict(_model(layer, f"{place}{at}.", names, depth - 1))
        new.pop("name", None)
        new["config"] = {key: value for key, value in new["config"].items() if key != "name"}
        if "inbound_nodes" in new:
            new["inbound_nodes"] = _referring(new["inbound_nodes"], own, depth)
        layers.append(new)
    ends = {key: _places(inner[key], own) for key in REFERENCES if key in inner}
    kept = {key: value for key, value in inner.items() if key != "name"}
    return {**entry, "config": {**kept, "layers": layers, **ends}}


def _referring(value: Any, own: Mapping[str, int], depth: int) -> Any:
    if depth < -DEEPEST:
        raise _Unsound
    if isinstance(value, dict):
        return {
            key: _places(part, own) if key in REFERENCES else _referring(part, own, depth - 1)
            for key, part in value.items()
        }
    return [_referring(part, own, depth - 1) for part in value] if isinstance(value, list) else value


def _places(references: Any, own: Mapping[str, int]) -> Any:
    """Numbers for the names: no text of a config can look like one."""
    if isinstance(references, str):
        if references not in own:
            raise _Unsound
        return own[references]
    if isinstance(references, dict):
        return {key: _places(part, own) for key, part in references.items()}
    return [_places(part, own) for part in references] if isinstance(references, list) else references


def _renamed(record: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    layers = []
    for layer in record.get("layers") or ():
        new = {**layer, "name": names.get(layer["name"], layer["name"])}
        if isinstance(called := (layer.get("config") or {}).get("name"), str):
            new["config"] = {**layer["config"], "name": names.get(called, called)}
        layers.append(new)
    return {**record, "layers": layers} if "layers" in record else dict(record)
