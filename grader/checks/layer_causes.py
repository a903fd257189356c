"""Puts the first real difference between two networks into words, with its likely cause."""

from __future__ import annotations

from typing import Any

from grader.architecture import Layer
from grader.layer_table import Comparison, Pair, shape_text, text

_NEEDS = {
    "sigmoid": "a binary classifier needs sigmoid",
    "softmax": "a classifier of several classes needs softmax",
    "linear": "a regression needs no activation",
}


def explain(compared: Comparison) -> str:
    """One or two sentences on how the received network differs from the expected one."""
    if compared.equal:
        return "The layers are as asked for."
    if not [layer for layer in compared.received.layers if layer.kind != "Input"]:
        return "The network has no layers."
    wrong = [pair for pair in compared.pairs if not pair.same]
    first = _sentence(compared, wrong[0])
    more = len(wrong) - 1
    if not more:
        return first
    return f"{first} {more} more {'layer differs' if more == 1 else 'layers differ'}, see the table."


def _sentence(compared: Comparison, pair: Pair) -> str:
    wanted, had = pair.expected, pair.received
    if pair.rewired:
        return f"The layers are right, but {text(had)} is not connected as asked for (or the outputs are in another order)."
    if wanted is None and had is not None:
        return _extra(compared, had)
    if had is None and wanted is not None:
        return _missing(compared, wanted)
    assert wanted is not None
    assert had is not None
    if wanted.kind == "Input":
        return _inputs(wanted, had)
    if wanted.kind != had.kind:
        return f"{text(had)} stands where {text(wanted)} is expected."
    return _settings(compared, wanted, had)


def _last(compared: Comparison, layer: Layer, *, expected: bool) -> bool:
    network = compared.expected if expected else compared.received
    return any(network.layers[i] is layer for i in network.outputs)


def _extra(compared: Comparison, layer: Layer) -> str:
    layers = compared.received.layers
    place = next(i for i, other in enumerate(layers) if other is layer)
    before = layers[layer.inputs[0]] if layer.inputs else None
    if layer.kind == "Input":
        return "The network has one input too many."
    name = text(layer)
    if (
        before is not None
        and layer.kind == "Activation"
        and before.settings.get("activation") == layer.settings["function"]
    ):
        return f"{layer.settings['function']} is applied twice: once in {text(before)} and once more after it."
    if place == len(layers) - 1 and len(compared.received.outputs) == 1:
        return f"One extra layer: {layer.kind if layer.kind != 'Activation' else name} after the output."
    where = f" after {text(before)}" if before is not None and before.kind != "Input" else ""
    return f"One extra layer: {name}{where}."


def _missing(compared: Comparison, layer: Layer) -> str:
    if layer.kind == "Input":
        return f"An input of shape {shape_text(layer.shape[1:])} is missing."
    if layer.kind == "Activation":
        return f"{layer.settings['function']} is missing."
    before = compared.expected.layers[layer.inputs[0]] if layer.inputs else None
    where = f" after {text(before)}" if before is not None and before.kind != "Input" else ""
    why = ""
    if layer.kind == "Flatten":
        why = " Without it, Dense works on the last axis only."
    return f"{layer.kind if layer.kind == 'Flatten' else text(layer)} is missing{where}.{why}"


def _inputs(wanted: Layer, had: Layer) -> str:
    shape, wish = shape_text(had.shape[1:]), shape_text(wanted.shape[1:])
    sentence = f"The network takes inputs of shape {shape}, expected {wish}."
    if len(had.shape) == 3 and len(wanted.shape) == 2:
        sentence += " Flatten is missing: Dense is applied to each row of the image by itself."
    elif len(had.shape) == 4 and had.shape[1] in (1, 3) and had.shape[-1] == wanted.shape[2:3][0]:
        sentence += " The channel axis comes last in Keras."
    return sentence


def _settings(compared: Comparison, wanted: Layer, had: Layer) -> str:
    keys = [k for k in (*wanted.settings, *had.settings) if wanted.settings.get(k) != had.settings.get(k)]
    ordered = sorted(dict.fromkeys(keys), key=lambda key: _ORDER.index(key) if key in _ORDER else len(_ORDER))
    sentences = [_setting(compared, wanted, had, key) for key in ordered if not _told(ordered, key, wanted, had)]
    return " ".join(sentences[:2])


_ORDER = ("units", "filters", "kernel_size", "strides", "pool_size", "padding", "rate", "activation", "function")


def _told(keys: list[str], key: str, wanted: Layer, had: Layer) -> bool:
    """Whether another key's sentence already says it."""
    moved = {"kernel_regularizer", "bias_regularizer"} <= set(keys)
    return key == "bias_regularizer" and moved and had.settings.get(key) == wanted.settings.get("kernel_regularizer")


def _setting(compared: Comparison, wanted: Layer, had: Layer, key: str) -> str:
    wish, got = wanted.settings.get(key), had.settings.get(key)
    if key in {"activation", "function"}:
        return _activation(compared, wanted, had, str(wish or "linear"), str(got or "linear"))
    if key in {"units", "filters"}:
        last = _last(compared, had, expected=False)
        name = "The last layer" if last else had.kind
        unit = {"units": "unit", "filters": "filter"}[key]
        return f"{name} has {got} {unit if got == 1 else unit + 's'}, expected {wish}."
    if key == "strides" and isinstance(got, list) and len(set(got)) == 1 and wish is None:
        size = had.settings.get("kernel_size")
        if isinstance(size, list) and "pool_size" not in had.settings:
            written = f"{had.kind}({had.settings.get('filters', '…')}, {size[0]}, {got[0]})"
            right = f"{had.kind}({had.settings.get('filters', '…')}, ({', '.join(map(str, size))}))"
            return f"{written} means stride {got[0]}: the third number is the stride. Write {right}."
    if key == "padding":
        return f'{had.kind} has padding="{got or "valid"}", expected padding="{wish or "valid"}".'
    if key == "rate":
        return f"{had.kind} has rate {got}, expected {wish}."
    if key.endswith("regularizer"):
        return _regularizer(wanted, had, key)
    return f"{had.kind} has {key}={_shown(got)}, expected {_shown(wish)}."


def _activation(compared: Comparison, wanted: Layer, had: Layer, wish: str, got: str) -> str:
    if not _last(compared, wanted, expected=True):
        name = text(Layer(kind=had.kind, settings={k: v for k, v in had.settings.items() if k in {"units", "filters"}}))
        if got == "linear":
            return f"{wish} is missing in {name}."
        return f"{name} uses {got}, expected {'no activation' if wish == 'linear' else wish}."
    units = had.settings.get("units")
    if got == "softmax" and units == 1:
        return "The last layer is softmax with 1 unit, which always gives 1; a binary classifier needs sigmoid."
    if got == "linear":
        return f"{wish} is missing in the last layer; {_NEEDS.get(wish, f'{wish} is expected')}."
    return f"The last layer uses {got}; {_NEEDS.get(wish, f'{wish} is expected')}."


def _regularizer(wanted: Layer, had: Layer, key: str) -> str:
    wish, got = wanted.settings.get(key), had.settings.get(key)
    if got is None:
        if key == "kernel_regularizer" and had.settings.get("bias_regularizer") == wish:
            return f"{had.kind} regularises the bias only: use kernel_regularizer for the weights."
        return f"{key} is missing in {text(had)}, expected {wish}."
    return f"{had.kind} has {key} {got}, expected {wish or 'none'}."


def _shown(value: Any) -> str:
    if value is None:
        return "Keras' default"
    return f"({', '.join(map(str, value))})" if isinstance(value, list) else str(value)
