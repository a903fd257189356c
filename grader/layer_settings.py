"""Layer settings in canonical form: defaults and matters of taste left out, spellings made one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ACTIVATIONS = frozenset(
    {"Activation", "ReLU", "Softmax", "LeakyReLU", "ELU", "Relu", "Sigmoid", "Tanh", "LeakyRelu", "Elu", "Softplus"}
    | {"Silu", "Gelu", "Selu", "Relu6", "LogSoftmax"}
)
_FUNCTION_NAMES = {
    "softmax_v2": "softmax",
    "swish": "silu",
    "hard_swish": "hard_silu",
    "leaky_relu": "leaky_relu(0.2)",
    "log_softmax_v2": "log_softmax",
    "relu_v2": "relu",
    "relu_6": "relu6",
    "": "linear",
}
_TASTE = frozenset(
    {
        "name",
        "trainable",
        "dtype",
        "autocast",
        "seed",
        "noise_shape",
        "build_config",
        "batch_shape",
        "batch_input_shape",
    }
    | {"sparse", "ragged", "optional", "synchronized", "quantization_config", "implementation", "unroll", "stateful"}
    | {"zero_output_for_mask", "use_cudnn", "lora_rank", "lora_alpha", "input_shape", "input_dtype"}
)
_DEFAULTS: dict[str, Any] = {
    "use_bias": True,
    "center": True,
    "scale": True,
    "padding": "valid",
    "data_format": "channels_last",
    "groups": 1,
    "depth_multiplier": 1,
    "axis": -1,
    "momentum": 0.99,
    "epsilon": 0.001,
    "dropout": 0,
    "recurrent_dropout": 0,
    "unit_forget_bias": True,
    "reset_after": True,
    "recurrent_activation": "sigmoid",
    "activation": "linear",
}
_RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "LSTMCell", "GRUCell", "SimpleRNNCell", "ConvLSTM2D"})


def is_activation(kind: str) -> bool:
    """Whether a layer only applies a function without weights to each value or row."""
    return kind in _ACTIVATIONS


def activation_of(kind: str, config: Mapping[str, Any], rank: int) -> str:
    """Canonical name of the function that an activation layer applies; `rank` counts the batch."""
    if kind == "Activation":
        return function_name(config.get("activation"))
    if kind in {"LeakyReLU", "LeakyRelu"}:
        return f"leaky_relu({config.get('negative_slope', config.get('alpha', 0.3)):g})"
    if kind in {"ELU", "Elu"}:
        alpha = config.get("alpha", 1.0)
        return "elu" if alpha == 1 else f"elu({alpha:g})"
    if kind == "Softmax":
        axis = config.get("axis", -1)
        return "softmax" if axis == -1 or axis == rank - 1 else f"softmax(axis={axis})"
    if kind == "ReLU":
        return _relu(config)
    return function_name({"LogSoftmax": "log_softmax"}.get(kind, kind.lower()))


def _relu(config: Mapping[str, Any]) -> str:
    top, slope, threshold = config.get("max_value"), config.get("negative_slope") or 0, config.get("threshold") or 0
    if top is None and not threshold:
        return f"leaky_relu({slope:g})" if slope else "relu"
    if top == 6 and not slope and not threshold:
        return "relu6"
    return f"relu(max_value={top}, negative_slope={slope:g}, threshold={threshold:g})"


def function_name(value: Any) -> str:
    """Canonical name of an activation as it stands in a config: a text, a serialised function or a layer."""
    if value is None:
        return "linear"
    if isinstance(value, Mapping):
        inner, kind = value.get("config"), str(value.get("class_name", ""))
        if isinstance(inner, Mapping) and is_activation(kind):
            return activation_of(kind, inner, 0)
        return function_name(inner if isinstance(inner, str) else str(value.get("registered_name") or kind).lower())
    text = str(value).rsplit(">", 1)[-1].rsplit(".", 1)[-1]
    return _FUNCTION_NAMES.get(text, text)


def regularizer(value: Any) -> str | None:
    """A regulariser as a person writes it, e.g. `l2=0.001`; None when it does nothing."""
    if value is None:
        return None
    if isinstance(value, str):
        named = {"l1": "l1=0.01", "l2": "l2=0.01", "l1_l2": "l1=0.01, l2=0.01", "L1": "l1=0.01", "L2": "l2=0.01"}
        return named.get(value, value)
    config = value.get("config") or {}
    if not isinstance(config, Mapping) or not set(config) <= {"l1", "l2"}:
        return str(_plain(value))
    parts = [f"{key}={float(config[key]):.6g}" for key in ("l1", "l2") if config.get(key)]
    return ", ".join(parts) or None


def settings_of(kind: str, config: Mapping[str, Any], keep: frozenset[str]) -> dict[str, Any]:
    """What a layer's config says beyond Keras' defaults and matters of taste (names, dtypes, seeds, initialisers)."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        if _left_out(key, keep):
            continue
        if key.endswith("activation"):
            plain: Any = function_name(value)
        elif key.endswith("regularizer"):
            plain = regularizer(value)
        else:
            plain = _plain(value)
        if not _is_default(kind, key, plain, config):
            found[key] = plain
    return found


def _left_out(key: str, keep: frozenset[str]) -> bool:
    if key.endswith("_initializer"):
        return "initializer" not in keep
    return key not in keep and (key in _TASTE or key.startswith("renorm"))


def _is_default(kind: str, key: str, value: Any, config: Mapping[str, Any]) -> bool:
    if value is None or value is False:
        return True
    if key in {"strides", "dilation_rate"}:
        usual = _plain(config.get("pool_size")) if key == "strides" and "pool_size" in config else 1
        return value == usual or (usual == 1 and isinstance(value, list) and set(value) == {1})
    if kind in _RECURRENT and key == "activation":
        return bool(value == "tanh")
    return key in _DEFAULTS and type(value) in {bool, int, float, str} and bool(value == _DEFAULTS[key])


def _plain(value: Any) -> Any:
    """Lists for tuples, numbers to six digits, serialised objects without their modules and matters of taste."""
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        if "class_name" in value and isinstance(value.get("config"), Mapping):
            kind = str(value["class_name"])
            return {"class_name": kind, "settings": settings_of(kind, value["config"], frozenset())}
        return {str(k): _plain(v) for k, v in value.items()}
    return str(value)
