"""The layers of a rebuilt model, in topological order, nested models flattened."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import keras

from .plain import plain
from .rebuild import graph_of


class _Walk:
    """Lists the layer calls of a graph; a shared layer appears once for each call."""

    def __init__(self) -> None:
        self.layers: list[dict[str, Any]] = []

    def graph(self, model: Any, given: list[int] | None) -> list[int]:
        """Walks one graph.

        Args:
            model: A built Sequential or Functional.
            given: For a nested model, the positions that its inputs come from.

        Returns:
            The positions that its outputs come from.
        """
        graph = graph_of(model)
        at: dict[int, int] = {}
        if given is not None:
            at = dict(zip((id(tensor) for tensor in graph.inputs), given, strict=False))
        for node in _nodes(graph):
            outputs = node.output_tensors
            if given is not None and all(id(tensor) in at for tensor in outputs):
                continue
            sources = [at[id(tensor)] for tensor in node.input_tensors]
            if isinstance(node.operation, keras.Model):
                ends = self.graph(node.operation, sources)
            else:
                ends = [self.layer(node.operation, outputs[0].shape, sources)] * len(outputs)
            at.update(zip((id(tensor) for tensor in outputs), ends, strict=False))
        return [at[id(tensor)] for tensor in graph.outputs]

    def layer(self, layer: Any, shape: Iterable[int | None], inputs: list[int]) -> int:
        self.layers.append(described(layer, list(shape)) | {"inputs": inputs})
        return len(self.layers) - 1


def _nodes(graph: Any) -> list[Any]:
    """The graph's calls, inputs first; side by side in the order of `model.layers`."""
    order = {id(operation): at for at, operation in enumerate(graph.operations)}
    depths = sorted(graph._nodes_by_depth, reverse=True)
    return [
        node for depth in depths for node in sorted(graph._nodes_by_depth[depth], key=lambda n: order[id(n.operation)])
    ]


def described(layer: Any, shape: list[int | None]) -> dict[str, Any]:
    """A LayerNode without its inputs."""
    weights = getattr(layer, "weights", [])
    trainable = getattr(layer, "trainable_weights", [])
    return {
        "class_name": type(layer).__name__,
        "name": layer.name,
        "config": plain(layer.get_config()),
        "output_shape": shape,
        "parameters": sum(math.prod(weight.shape) for weight in weights),
        "trainable_parameters": sum(math.prod(weight.shape) for weight in trainable),
    }


def layers_of(model: Any) -> tuple[list[dict[str, Any]], list[int]]:
    """LayerNode records of a built model, and the positions of its outputs."""
    walk = _Walk()
    outputs = walk.graph(model, None)
    return walk.layers, outputs
