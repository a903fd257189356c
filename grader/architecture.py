"""Architecture in canonical form: what a network computes, whichever way it was written.

Two networks are equal when their canonical forms are: an activation argument or an Activation layer, Sequential or
functional or traced, any layer names, Flatten or Reshape that does the same. Nested models come flattened already. Initialisers,
dtypes, seeds and the trainable flag are left out; regularisers, constraints, rates, strides and padding count.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.evidence import Examined, LayerNode
from grader.layer_settings import activation_of, is_activation, settings_of

COMMUTATIVE = frozenset({"Add", "Multiply", "Average", "Maximum", "Minimum"})
"""Merging layers whose inputs may come in any order."""
_FOLDS = frozenset(
    {"Dense", "EinsumDense"}
    | {
        f"{kind}{n}D{end}"
        for kind in ("Conv", "SeparableConv", "DepthwiseConv")
        for n in (1, 2, 3)
        for end in ("", "Transpose")
    }
)
_PREPARES = frozenset({"Flatten", "Reshape", "Rescaling"})

Shape = tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of a canonical network."""

    kind: str
    """Keras class; `Input` for an input, `Activation` for an activation that stands alone."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Everything that differs from Keras' defaults, JSON values only."""
    inputs: tuple[int, ...] = ()
    """Positions of the layers it is called on."""
    shape: Shape = ()
    """Of the output, None for the batch; empty when unknown."""
    parameters: int | None = None

    @property
    def signature(self) -> str:
        """The same for layers that do the same, wherever they stand."""
        return json.dumps([self.kind, dict(self.settings)], sort_keys=True)


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network in canonical form: inputs first used come first, then the layers in the order of computation."""

    layers: tuple[Layer, ...] = ()
    outputs: tuple[int, ...] = ()

    @property
    def last_activation(self) -> str:
        """Name of the last layer's activation, `linear` when it has none; empty without layers."""
        if not self.outputs:
            return ""
        last = self.layers[self.outputs[0]]
        return str(last.settings.get("function" if last.kind == "Activation" else "activation", "linear"))

    def to_json(self) -> dict[str, Any]:
        """JSON values only; read back by `from_json`."""
        return {
            "layers": [
                {
                    "kind": layer.kind,
                    "settings": dict(layer.settings),
                    "inputs": list(layer.inputs),
                    "shape": list(layer.shape),
                    "parameters": layer.parameters,
                }
                for layer in self.layers
            ],
            "outputs": list(self.outputs),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Network:
        """Reads what `to_json` wrote."""
        layers = (
            Layer(
                kind=row["kind"],
                settings=row["settings"],
                inputs=tuple(row["inputs"]),
                shape=tuple(row["shape"]),
                parameters=row["parameters"],
            )
            for row in data["layers"]
        )
        return cls(layers=tuple(layers), outputs=tuple(data["outputs"]))


def same_shape(one: Shape, other: Shape) -> bool:
    """Whether two shapes agree where both are known (None fits any length)."""
    return len(one) == len(other) and all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


def same_layer(one: Layer, other: Layer) -> bool:
    """Whether two layers do the same, their places in the network aside."""
    if one.kind == other.kind == "Input":
        return not one.shape or not other.shape or same_shape(one.shape, other.shape)
    return one.signature == other.signature


def equal(one: Network, other: Network) -> bool:
    """Whether two canonical networks compute the same function of their weights."""
    inputs, others = _inputs(one), _inputs(other)
    if len(inputs) != len(others) or not all(map(same_layer, inputs, others)):
        return False
    hashes, other_hashes = _hashes(one), _hashes(other)
    return Counter(hashes) == Counter(other_hashes) and [hashes[i] for i in one.outputs] == [
        other_hashes[i] for i in other.outputs
    ]


def _inputs(network: Network) -> list[Layer]:
    found = [layer for layer in network.layers if layer.kind == "Input"]
    return sorted(found, key=lambda layer: json.dumps(layer.shape))


def _hashes(network: Network) -> list[str]:
    """One text a layer that stands for the layer with all that leads to it."""
    found: list[str] = []
    several = len(_inputs(network)) > 1
    for layer in network.layers:
        before = [found[i] for i in layer.inputs]
        if layer.kind in COMMUTATIVE:
            before.sort()
        own = json.dumps([layer.kind, layer.shape[1:]]) if layer.kind == "Input" and several else layer.signature
        found.append(_digest([own, before]))
    return found


def _digest(value: Any) -> str:
    return hashlib.blake2b(json.dumps(value).encode(), digest_size=16).hexdigest()


def canonical(examined: Examined, *, keep: frozenset[str] = frozenset(), lead: bool = False) -> Network:
    """Brings a rebuilt model into canonical form.

    Args:
        examined: the model as the examiner rebuilt it.
        keep: layer settings that count although they usually don't: `trainable`, `dtype`, `name`, or
            `initializer` for every initialiser.
        lead: whether a leading Flatten, Reshape or Rescaling counts as a layer. Without it, images flattened or
            scaled in the network equal images flattened or scaled before it.
    """
    graph = _Graph(examined, keep)
    graph.drop_identities()
    if not lead:
        graph.merge_leading()
    graph.fold_activations()
    return graph.network()


class _Graph:
    """Layers under construction, by number; numbers keep their meaning while layers come and go."""

    def __init__(self, examined: Examined, keep: frozenset[str]) -> None:
        nodes, outputs = _chained(examined.layers), examined.outputs or (len(examined.layers) - 1,)
        self.layers: dict[int, Layer] = {}
        shapes = iter(examined.input_shapes)
        made: int | None = None
        for i, node in enumerate(nodes):
            inputs = node.inputs
            if node.class_name == "InputLayer":
                shape = node.output_shape or tuple(node.config.get("batch_shape") or ())
                self.layers[i] = Layer(kind="Input", inputs=inputs, shape=tuple(shape), parameters=0)
                continue
            if not inputs:
                shape = next(shapes, ())
                if shape or made is None:
                    made = len(nodes) + i
                    self.layers[made] = Layer(kind="Input", shape=tuple(shape), parameters=0)
                inputs = (made,)
            self.layers[i] = _layer(node, inputs, keep)
        self.outputs = [i for i in outputs if i in self.layers]

    def bypass(self, number: int) -> None:
        """Takes a layer out; what was called on it is called on its input."""
        (before,) = self.layers.pop(number).inputs
        for i, layer in self.layers.items():
            if number in layer.inputs:
                self.layers[i] = replace(layer, inputs=tuple(before if n == number else n for n in layer.inputs))
        self.outputs = [before if n == number else n for n in self.outputs]

    def drop_identities(self) -> None:
        for i in list(self.layers):
            layer = self.layers[i]
            if len(layer.inputs) != 1:
                continue
            shape = self.layers[layer.inputs[0]].shape
            idle = layer.kind in {"Flatten", "Reshape"} and bool(shape) and layer.shape == shape
            if layer.kind == "Input" or idle or layer.settings.get("function") == "linear":
                self.bypass(i)

    def merge_leading(self) -> None:
        for i in [n for n, layer in self.layers.items() if layer.kind == "Input"]:
            while (
                len(users := self.users(i)) == 1 and self.layers[users[0]].kind in _PREPARES and i not in self.outputs
            ):
                (user,) = users
                shape = self.layers[user].shape or _reshaped(self.layers[user], self.layers[i].shape)
                self.bypass(user)
                self.layers[i] = replace(self.layers[i], shape=shape)

    def fold_activations(self) -> None:
        for i in list(self.layers):
            layer = self.layers[i]
            if layer.kind != "Activation":
                continue
            (before,) = layer.inputs
            host = self.layers[before]
            free = host.kind in _FOLDS and "activation" not in host.settings
            if free and self.users(before) == [i] and before not in self.outputs:
                self.bypass(i)
                self.layers[before] = replace(
                    host, settings={**host.settings, "activation": layer.settings["function"]}
                )

    def users(self, number: int) -> list[int]:
        return [i for i, layer in self.layers.items() if number in layer.inputs]

    def network(self) -> Network:
        """Numbers the layers in the order of computation, from the outputs back; what leads nowhere is left out."""
        order: list[int] = []
        texts: dict[int, str] = {}
        stack = [(n, False) for n in reversed(self.outputs)]
        while stack:
            number, ready = stack.pop()
            layer = self.layers[number]
            if number in texts:
                continue
            if not ready:
                stack.append((number, True))
                stack.extend((n, False) for n in reversed(layer.inputs) if n not in texts)
                continue
            before = [texts[n] for n in layer.inputs]
            texts[number] = _digest([layer.signature, sorted(before) if layer.kind in COMMUTATIVE else before])
            order.append(number)
        place = {number: i for i, number in enumerate(order)}
        layers = (replace(self.layers[n], inputs=tuple(place[i] for i in self.layers[n].inputs)) for n in order)
        return Network(layers=tuple(layers), outputs=tuple(place[n] for n in self.outputs))


def _layer(node: LayerNode, inputs: tuple[int, ...], keep: frozenset[str]) -> Layer:
    shape = tuple(node.output_shape)
    kind = node.class_name
    settings = settings_of(kind, node.config, keep)
    if is_activation(kind):
        kind, settings = "Activation", {"function": activation_of(kind, node.config, len(shape))}
    elif kind == "Flatten" or (kind == "Reshape" and len(node.config.get("target_shape") or shape[1:]) == 1):
        kind, settings = "Flatten", {}
    elif kind == "Reshape" and shape:
        settings = {"target_shape": list(shape[1:])}
    return Layer(kind=kind, settings=settings, inputs=inputs, shape=shape, parameters=node.parameters)


def _chained(nodes: tuple[LayerNode, ...]) -> tuple[LayerNode, ...]:
    """The layers of a Sequential that was never built, which come without their connections, one after another."""
    if any(node.inputs for node in nodes):
        return nodes
    after_input = (replace(node, inputs=(i,)) for i, node in enumerate(nodes[1:]))
    return (*nodes[:1], *after_input)


def _reshaped(layer: Layer, shape: Shape) -> Shape:
    if layer.kind == "Flatten" and None not in shape[1:]:
        return (None, math.prod(n for n in shape[1:] if n is not None))
    return (None, *layer.settings.get("target_shape", shape[1:]))
