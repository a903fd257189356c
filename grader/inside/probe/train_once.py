"""Asks for a training by what it is, and puts the answer in its place, bit for bit.

The kernel packs model, data and arguments and sends them out; it neither says what they are called nor sees where answers
are kept (`execute/trainings.py`). What can't be written down runs here, as it would anywhere.
"""

from __future__ import annotations

import json
import math
import os
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras.src.callbacks.callback_list import CallbackList
from keras.src.models.functional import Functional

from .. import fit_form, random_state, tensors
from ..fit_form import Unidentified
from ..random_state import seed_everything, unchanged
from .describe import own_config

MOST_BYTES = 6 << 30
"""Arrays of one request; a class's inputs as float64 fit, and the machine's memory still holds them twice."""
ANSWER_BYTES = 4096
OPERATIONS_PER_SECOND = 6e10
STEP_SECONDS = 1.5e-3
TRACING_SECONDS = 0.4
"""What the first fit, evaluation or prediction of a model costs, whatever its size."""
WORTHWHILE_SECONDS = 0.15
PACKING_BYTES_PER_SECOND = 5e8
LATER = ("val_", "learning_rate")
"""Figures that join an epoch's log after its last batch."""
NOT_IDENTIFIED = ("steps_per_epoch", "validation_steps")


@dataclass
class Asked:
    """A training, evaluation or prediction that was sent out."""

    how: str
    """`trained`, `stored`: here is the answer. `run`: run it here."""
    seed: int = 0
    own_seed: bool = False
    """Whether the student has seeded; their random state then went along, and stays in force until the fit is over."""
    record: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


class TrainOnce:
    """The kernel's end of the line to the store of trainings.

    Args:
        line: A connected socket whose other end the runner reads.
        seed: What each cell is seeded with; another seed in force is a student's own.
    """

    def __init__(self, line: socket.socket, seed: int | None) -> None:
        self._line = line
        self._ours = {seed}
        self._number = 0
        self._pid = os.getpid()
        self._lock = threading.Lock()

    def ask_fit(self, model: Any, arguments: Mapping[str, Any], callbacks: Sequence[Any]) -> Asked | None:
        """Sends a fit. None where it can't be identified: it runs here, and nothing is seeded."""
        try:
            arrays = _fit_arrays(arguments)
            plain = {name: fit_form.number(arguments.get(name)) for name in fit_form.ARGUMENTS}
            plain = {name: value for name, value in plain.items() if value is not None}
            record: dict[str, Any] = {
                "kind": "fit",
                "arguments": plain | {"class_weight": _class_weight(arguments.get("class_weight"))},
                "callbacks": [fit_form.state_of(callback) for callback in callbacks],
            }
            if any(arguments.get(name) is not None for name in NOT_IDENTIFIED):
                raise Unidentified("a number of steps")
            _build(model, arrays["x"])
            rows = len(arrays["x"]) * int(arguments["epochs"])
            return self._ask(model, record, arrays, _seconds(model, rows, arguments.get("batch_size"), passes=3))
        except Unidentified:
            return None

    def ask_evaluate(self, model: Any, x: Any, y: Any, sample_weight: Any, batch_size: Any) -> Asked | None:
        """Sends an evaluation."""
        try:
            arrays = {"x": _array(x, "x"), "y": _array(y, "y")}
            if sample_weight is not None:
                arrays["sample_weight"] = _array(sample_weight, "sample_weight")
            return self._ask_pass(model, "evaluate", arrays, batch_size)
        except Unidentified:
            return None

    def ask_predict(self, model: Any, x: Any, batch_size: Any) -> Asked | None:
        """Sends a prediction."""
        try:
            return self._ask_pass(model, "predict", {"x": _array(x, "x")}, batch_size)
        except Unidentified:
            return None

    def _ask_pass(self, model: Any, kind: str, arrays: dict[str, np.ndarray], batch_size: Any) -> Asked | None:
        if not model.built:
            raise Unidentified("a model without weights")
        record = {"kind": kind, "arguments": {"batch_size": fit_form.number(batch_size)}}
        seconds = _seconds(model, len(arrays["x"]), batch_size, passes=1)
        if getattr(model, f"{'test' if kind == 'evaluate' else kind}_function", None) is None:
            seconds += TRACING_SECONDS
        if (
            seconds < WORTHWHILE_SECONDS
            or sum(array.nbytes for array in arrays.values()) / PACKING_BYTES_PER_SECOND > seconds
        ):
            raise Unidentified("more to send than to compute")
        return self._ask(model, record, arrays, seconds)

    def _ask(self, model: Any, record: dict[str, Any], arrays: dict[str, np.ndarray], seconds: float) -> Asked | None:
        if os.getpid() != self._pid:
            raise Unidentified("a child process")
        with unchanged():
            record["model"] = _normal_config(model)
            arrays |= fit_form.numbered("v", model.variables)
            if record["kind"] != "predict":
                record["compile"] = _compile_config(model)
            if record["kind"] == "fit" and model.optimizer.built:
                arrays |= fit_form.numbered("o", model.optimizer.variables)
        own_seed = record["kind"] == "fit" and random_state.seed_in_force() not in self._ours
        if own_seed:
            record["random"] = random_state.current()
        if sum(array.nbytes for array in arrays.values()) > MOST_BYTES:
            raise Unidentified("too much data")
        try:
            request = tensors.packed(record, arrays)
        except (OSError, TypeError) as error:
            raise Unidentified("its data") from error
        try:
            asked = self._exchange(record["kind"], seconds, request)
        finally:
            os.close(request)
        if asked is not None:
            asked.own_seed = own_seed
        return asked

    def _exchange(self, kind: str, seconds: float, request: int) -> Asked | None:
        with self._lock:
            self._number += 1
            message = {"number": self._number, "kind": kind, "seconds": round(seconds, 3)}
            try:
                socket.send_fds(self._line, [json.dumps(message).encode()], [request])
                answer, fds = self._answer()
            except OSError as error:
                raise Unidentified("nobody answers") from error
        try:
            if answer["how"] == "none":
                return None
            record, arrays = tensors.unpacked(fds[0]) if fds else ({}, {})
        finally:
            for fd in fds:
                os.close(fd)
        return Asked(how=answer["how"], seed=int(answer["seed"]), record=record, arrays=arrays)

    def _answer(self) -> tuple[dict[str, Any], list[int]]:
        """The answer to the request just sent; one to an earlier, interrupted request is dropped."""
        while True:
            data, fds, _, _ = socket.recv_fds(self._line, ANSWER_BYTES, 1)
            if not data:
                raise ConnectionResetError
            answer = json.loads(data)
            if answer["number"] == self._number:
                return answer, fds
            for fd in fds:
                os.close(fd)

    def begin(self, asked: Asked) -> None:
        """Seeds what an identified fit starts from when it runs here, as the trainer does."""
        if not asked.own_seed:
            self._seed(asked.seed)

    def settle(self, asked: Asked) -> None:
        """Sets the random generators after an identified fit: the same, whether it ran here or elsewhere."""
        self._seed((asked.seed + 1) % (1 << 32))

    def _seed(self, seed: int) -> None:
        self._ours.add(seed)
        seed_everything(seed)


def replay_fit(
    model: Any, asked: Asked, arguments: Mapping[str, Any], callbacks: Sequence[Any], log: Any
) -> keras.callbacks.History:
    """Leaves model, callbacks and output as if the fit had run here, and returns its history."""
    record, arrays = asked.record, asked.arrays
    x, y = arguments["x"], arguments["y"]
    rows = len(x)
    if arguments["validation_split"] and arguments["validation_data"] is None:
        rows = math.floor(rows * (1.0 - arguments["validation_split"]))
    batch = arguments["batch_size"] or 32
    steps = math.ceil(rows / batch)
    _build_state(model, x[:1], y[:1], arguments.get("sample_weight"))
    fit_form.check(model.variables, fit_form.sequence("v", arrays), "weights")
    fit_form.check(model.optimizer.variables, fit_form.sequence("o", arrays), "optimizer variables")
    fit_form.check(model.metrics_variables, fit_form.sequence("m", arrays), "metrics")
    driven = CallbackList(
        [log],
        add_history=True,
        add_progbar=arguments["verbose"] != 0,
        verbose=arguments["verbose"],
        epochs=arguments["epochs"],
        steps=steps,
        model=model,
    )
    driven.on_train_begin()
    first = arguments["initial_epoch"]
    logs: dict[str, Any] = {}
    told = zip(record["epochs"], record["texts"], record["seconds"], strict=True)
    for epoch, (figures, text, seconds) in enumerate(told, first):
        logs = {key: fit_form.from_number(value) for key, value in figures.items()}
        driven.on_epoch_begin(epoch)
        _show_seconds(driven, seconds)
        driven.on_train_batch_end(steps - 1, {k: v for k, v in logs.items() if not k.startswith(LATER)})
        sys.stdout.write(text)
        for callback in driven.callbacks:
            # Not through the list, which sorts the figures: a rate that ReduceLROnPlateau added stands last.
            callback.on_epoch_end(epoch, dict(logs))
    driven.on_train_end(logs or None)
    sys.stdout.write(record["last"])
    fit_form.assign(model.variables, fit_form.sequence("v", arrays), "weights")
    fit_form.assign(model.optimizer.variables, fit_form.sequence("o", arrays), "optimizer variables")
    _take_metrics(model, arrays)
    model.stop_training = record["stop_training"]
    for place, (callback, state) in enumerate(zip(callbacks, record["callbacks"], strict=True)):
        callback.set_model(model)
        callback.set_params(driven.params)
        fit_form.take_attributes(callback, state)
        best = fit_form.sequence(f"c{place}_", arrays)
        if "best_weights" in vars(callback):
            callback.best_weights = [array.copy() for array in best] or None
    return model.history


def replay_evaluate(model: Any, asked: Asked, *, verbose: Any, return_dict: bool, x: Any, y: Any, batch: int) -> Any:
    """Leaves the metrics as if the evaluation had run here, prints its line, and returns its result."""
    results = {key: fit_form.from_number(value) for key, value in asked.record["results"].items()}
    _build_state(model, x[:1], y[:1], None)
    _take_metrics(model, asked.arrays)
    steps = math.ceil(len(x) / batch)
    driven = CallbackList(None, add_progbar=verbose != 0, verbose=verbose, epochs=1, steps=steps, model=model)
    driven.on_test_begin()
    _show_seconds(driven, asked.record["seconds"][0])
    driven.on_test_batch_end(steps - 1, dict(results))
    driven.on_test_end(dict(results))
    return results if return_dict else model._flatten_metrics_in_order(results)


def replay_predict(model: Any, asked: Asked, *, verbose: Any, x: Any, batch: int) -> np.ndarray:
    """Prints the prediction's line and returns its outputs."""
    steps = math.ceil(len(x) / batch)
    driven = CallbackList(None, add_progbar=verbose != 0, verbose=verbose, epochs=1, steps=steps, model=model)
    driven.on_predict_begin()
    _show_seconds(driven, asked.record["seconds"][0])
    driven.on_predict_batch_end(steps - 1, {"outputs": None})
    driven.on_predict_end()
    return asked.arrays["outputs"].copy()


def _show_seconds(driven: Any, seconds: float) -> None:
    """Lets the progress bar show how long it took where it was computed."""
    for callback in driven.callbacks:
        bar = getattr(callback, "progbar", None)
        if bar is not None:
            bar._start = time.time() - seconds


def _build(model: Any, x: np.ndarray) -> None:
    if not model.built:
        try:
            model.build((None, *x.shape[1:]))
        except Exception as error:
            raise Unidentified("a model that can't be built") from error
    if not model.built:
        raise Unidentified("a model that can't be built")


def _build_state(model: Any, x: np.ndarray, y: np.ndarray, sample_weight: Any) -> None:
    """Makes the variables that the first batch of a training would have made."""
    batch = (x, y) if sample_weight is None else (x, y, sample_weight[:1])
    model._symbolic_build(data_batch=batch)
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _take_metrics(model: Any, arrays: Mapping[str, np.ndarray]) -> None:
    fit_form.assign(model.metrics_variables, fit_form.sequence("m", arrays), "metrics")


def _array(value: Any, what: str) -> np.ndarray:
    if type(value) is not np.ndarray or value.dtype.name not in tensors.CODES or value.ndim == 0 or len(value) == 0:
        raise Unidentified(what)
    return value


def _fit_arrays(arguments: Mapping[str, Any]) -> dict[str, np.ndarray]:
    arrays = {"x": _array(arguments["x"], "x"), "y": _array(arguments["y"], "y")}
    if arguments.get("sample_weight") is not None:
        arrays["sample_weight"] = _array(arguments["sample_weight"], "sample_weight")
    given = arguments.get("validation_data")
    if given is not None:
        if not isinstance(given, list | tuple) or len(given) not in (2, 3):
            raise Unidentified("validation data of another form")
        for name, part in zip(("validation_x", "validation_y", "validation_weight"), given, strict=False):
            arrays[name] = _array(part, name)
    return arrays


def _class_weight(given: Any) -> list[list[float]] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping) or not all(isinstance(k, int | np.integer) for k in given):
        raise Unidentified("class weights of another form")
    return sorted([int(key), float(value)] for key, value in given.items())


def _normal_config(model: Any) -> dict[str, Any]:
    """The model's config with its names replaced by places: names don't change what is computed."""
    if type(model) not in (keras.Sequential, Functional):
        raise Unidentified(f"a {type(model).__name__}")
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise Unidentified("several inputs or outputs")
    for layer in model._flatten_layers():
        _own(layer)
    try:
        config = own_config(model)
    except Exception as error:
        raise Unidentified("its config") from error
    assert config is not None
    return _chained(_renamed(config))


def _own(layer: Any) -> None:
    if not type(layer).__module__.startswith("keras.src."):
        raise Unidentified(f"the layer {type(layer).__name__}")
    for value in vars(layer).values():
        if callable(value) and not type(value).__module__.startswith("keras.src."):
            where = str(getattr(value, "__module__", ""))
            if not where.startswith(("keras.src.", "tensorflow.", "jax.")):
                raise Unidentified("a function of the notebook's own")


def _renamed(config: dict[str, Any]) -> dict[str, Any]:
    """The config with every layer called by its place in the list of its model."""
    layers = config["config"]["layers"]
    names = {}
    for place, layer in enumerate(layers):
        old = layer.get("name", layer["config"].get("name"))
        names[old] = f"layer_{place}"

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            made = {key: renamed(item) for key, item in value.items()}
            history = made.get("keras_history")
            if isinstance(history, list) and history and history[0] in names:
                made["keras_history"] = [names[history[0]], *history[1:]]
            return made
        if isinstance(value, list):
            return [renamed(item) for item in value]
        return value

    made = []
    for place, layer in enumerate(layers):
        new = renamed(layer)
        new["config"] = {**new["config"], "name": f"layer_{place}"}
        if "layers" in new["config"]:
            new = _renamed(new)
            new["config"]["name"] = f"layer_{place}"
        if "name" in new:
            new["name"] = f"layer_{place}"
        made.append(new)
    inner = {**config["config"], "name": "model", "layers": made}
    for key in ("input_layers", "output_layers"):
        if key in inner:
            inner[key] = _ends(inner[key], names)
    return {**config, "config": inner}


def _ends(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], str) and value[0] in names:
        return [names[value[0]], *value[1:]]
    return [_ends(item, names) for item in value] if isinstance(value, list) else value


def _chained(config: dict[str, Any]) -> dict[str, Any]:
    """A chain of layers in one form, whether it was written as a functional or as a sequential model."""
    inner = config["config"]
    layers = inner["layers"]
    if config["class_name"] == "Functional" and not _is_chain(inner):
        return config
    made = [{key: value for key, value in layer.items() if key not in ("inbound_nodes", "name")} for layer in layers]
    chain: dict[str, Any] = {"name": "model", "layers": made}
    if made and made[0]["class_name"] == "InputLayer":
        first = made[0]["config"]
        # Where no input was declared, Keras puts down the shape of the first batch, rows included.
        made[0]["config"] = {**first, "batch_shape": [None, *first["batch_shape"][1:]]}
    elif inner.get("build_input_shape"):
        chain["build_input_shape"] = [None, *inner["build_input_shape"][1:]]
    return {"module": "keras", "class_name": "Sequential", "config": chain, "registered_name": None}


def _is_chain(inner: Mapping[str, Any]) -> bool:
    layers = inner["layers"]
    if layers[0]["class_name"] != "InputLayer" or layers[0]["inbound_nodes"]:
        return False
    last = [f"layer_{len(layers) - 1}", 0, 0]
    followed = all(_follows(layer["inbound_nodes"], f"layer_{place}") for place, layer in enumerate(layers[1:]))
    return followed and inner["output_layers"] in (last, [last])


def _follows(nodes: Any, name: str) -> bool:
    """Whether a layer is called once, on the output of the layer of that name and on nothing else."""
    # `training=False` is what Keras notes for a call that says nothing; the model's own mode is what counts.
    if len(nodes) != 1 or nodes[0].get("kwargs") not in ({}, {"training": False}) or len(nodes[0]["args"]) != 1:
        return False
    argument = nodes[0]["args"][0]
    if not isinstance(argument, Mapping) or argument.get("class_name") != "__keras_tensor__":
        return False
    return bool(argument["config"].get("keras_history") == [name, 0, 0])


def _compile_config(model: Any) -> dict[str, Any]:
    if not model.compiled:
        raise Unidentified("a model that is not compiled")
    for value in keras.tree.flatten(model._compile_config.config):
        module = type(value).__module__
        if callable(value) and not module.startswith("keras.src."):
            module = str(getattr(value, "__module__", ""))
            if not module.startswith("keras.src."):
                raise Unidentified("a loss or metric of the notebook's own")
    try:
        config: dict[str, Any] = json.loads(json.dumps(model.get_compile_config()))
    except Exception as error:
        raise Unidentified("its compile arguments") from error
    optimizer = config.get("optimizer")
    if isinstance(optimizer, dict):
        optimizer["config"]["name"] = "optimizer"
    return config


def _seconds(model: Any, rows: int, batch_size: Any, *, passes: int) -> float:
    """A rough guess of what the call takes on one core; only decides whether it is worth sending at first sight."""
    operations = 0
    for layer in model._flatten_layers(include_self=False):
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            places = 1
            shape = getattr(getattr(layer, "output", None), "shape", None)
            if type(layer).__name__.startswith("Conv") and shape is not None:
                places = math.prod(n or 1 for n in shape[1:-1])
            operations += math.prod(kernel.shape) * places
    steps = rows / (batch_size or 32)
    return rows * 2.0 * passes * operations / OPERATIONS_PER_SECOND + steps * STEP_SECONDS
