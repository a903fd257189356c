"""The examiner: rebuilds models from inert files and predicts; runs where no student code ever ran."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from .allowed import Refused
from .arrays import read_npy, read_weights
from .layers import described, layers_of
from .plain import plain
from .rebuild import largest_output, rebuild, unbuilt_layers
from .tensorflow_left import tensorflow_left

Send = Callable[[str, bytes], None]
CONFIG_BYTES = 8 << 20
BATCH = 512
BATCH_NUMBERS = 1 << 26
"""Numbers of the largest layer output of one batch."""
NPZ = re.compile(r"[0-9]{4,8}\.npz", re.ASCII)
INPUT = re.compile(r"([0-9]{4,8})-([a-z0-9_-]{1,64})\.npy", re.ASCII)


@tensorflow_left()
def examine(folder: Path, send: Send, *, tidy: Callable[[], object] = keras.utils.clear_session) -> None:
    """Rebuilds every model of a job folder and predicts its held-out inputs.

    Args:
        folder: Holds `models/NNNN.json` and `.npz`, and `inputs/NNNN-<held-out name>.npy`.
        send: Takes each file of the answer, `examined/NNNN.json` and `held_out/NNNN-<name>.npy`.
        tidy: Called after each model; a student's own kernel keeps its Keras session.
    """
    for path in sorted((folder / "models").glob("*.json")):
        if not path.stem.isdecimal():
            continue
        inputs = _inputs(folder / "inputs", int(path.stem))
        record, model = _examined(path, inputs)
        send(f"examined/{path.stem}.json", json.dumps(record, allow_nan=False).encode())
        for name, file in inputs.items():
            outputs = None if model is None or name in record["unpredicted"] else _predict(model, file)
            if outputs is not None:
                send(f"held_out/{path.stem}-{name}.npy", outputs)
        del model
        tidy()


def _inputs(folder: Path, snapshot: int) -> dict[str, Path]:
    found = [(INPUT.fullmatch(path.name), path) for path in sorted(folder.glob("*.npy"))]
    return {match[2]: path for match, path in found if match is not None and int(match[1]) == snapshot}


def _examined(path: Path, inputs: Mapping[str, Path]) -> tuple[dict[str, Any], Any]:
    """The Examined record of one snapshot, and the model where it can predict."""
    record: dict[str, Any] = {"snapshot": int(path.stem), "unpredicted": {}}
    source: Mapping[str, Any] = {}
    try:
        source = _read(path)
        arrays = _arrays(path.parent, source)
        model = rebuild(source["config"], arrays)
        record |= _facts(model)
    except Refused as refusal:
        return record | _unbuilt(source) | {"refused": str(refusal)}, None
    except (Exception, RecursionError) as error:
        return record | {"refused": f"it can't be rebuilt: {type(error).__name__}"}, None
    why = "" if arrays is not None else source.get("why_opaque") or "its weights were not kept"
    record["unpredicted"] = {name: text for name in inputs if (text := why or _unfit(model, inputs[name]))}
    return record, model


def _read(path: Path) -> Mapping[str, Any]:
    if path.stat().st_size > CONFIG_BYTES:
        raise Refused("its config is too large")
    try:
        source = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Refused("its record is not JSON") from error
    if not isinstance(source, dict):
        raise Refused("its record is not a model's")
    if source.get("config") is None:
        raise Refused(str(source.get("why_opaque") or "it was recorded without a config")[:500])
    return source


def _arrays(folder: Path, source: Mapping[str, Any]) -> list[np.ndarray] | None:
    """Its weights; an empty list for a model without any, None when they were not kept."""
    name = source.get("weights")
    if not name:
        return None if source.get("built") else []
    if not isinstance(name, str) or not NPZ.fullmatch(name):
        raise Refused("its record names a weights file that can't be")
    return read_weights(folder / name)


def _facts(model: Any) -> dict[str, Any]:
    layers, outputs = layers_of(model)
    return {
        "layers": layers,
        "outputs": outputs,
        "input_shapes": [list(tensor.shape) for tensor in model.inputs],
        "output_shapes": [list(tensor.shape) for tensor in model.outputs],
        "parameters": sum(math.prod(weight.shape) for weight in model.weights),
        "trainable_parameters": sum(math.prod(weight.shape) for weight in model.trainable_weights),
    }


def _unbuilt(source: Mapping[str, Any]) -> dict[str, Any]:
    """The layers of a Sequential that was never built: without shapes, but not nothing."""
    try:
        if source.get("built") or source["config"]["class_name"] != "Sequential":
            return {}
        return {"layers": plain([described(layer, []) for layer in unbuilt_layers(source["config"])])}
    except Exception:
        return {}


def _unfit(model: Any, path: Path) -> str:
    """Why a held-out set can't be given to the model, or an empty text."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        return f"the model has {len(model.inputs)} inputs and {len(model.outputs)} outputs"
    with path.open("rb") as file:
        try:
            shape = _npy_shape(file)
        except (ValueError, OSError):
            return "the held-out inputs can't be read"
    wanted = tuple(model.inputs[0].shape)
    if len(shape) != len(wanted) or any(b not in (None, a) for a, b in zip(shape[1:], wanted[1:], strict=True)):
        return f"the model takes inputs of shape {wanted}, the held-out rows have {(None, *shape[1:])}"
    return ""


def _npy_shape(file: Any) -> tuple[int, ...]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return tuple(read(file)[0])


def _predict(model: Any, path: Path) -> bytes | None:
    """The model's outputs as a float32 `.npy`; None when it can't compute them."""
    try:
        rows = read_npy(path.read_bytes())
        batch = max(1, min(BATCH, BATCH_NUMBERS // largest_output(model)))
        # Without the pipeline that `predict` builds around it, which costs more than a small network's outputs.
        parts = [model.predict_on_batch(rows[at : at + batch]) for at in range(0, len(rows), batch)]
        outputs = np.concatenate(parts).astype(np.float32, copy=False)
    except Exception:
        return None
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(outputs), allow_pickle=False)
    return stream.getvalue()
