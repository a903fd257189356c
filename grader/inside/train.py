"""The trusted trainer: does a `fit`, `evaluate` or `predict` that a kernel asked for, where no student code ever ran."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from . import fit_form, random_state, tensors
from .allowed import Refused
from .allowed_compile import allowed_compile
from .fit_form import Unidentified
from .memory import ran_out
from .rebuild import rebuild

Send = Callable[[str, bytes], None]
ANSWER = "trained/0000.safetensors"


class Epochs(keras.callbacks.Callback):
    """Keeps each epoch's figures as the other callbacks left them, what they printed, and how long it took."""

    def __init__(self, printed: io.StringIO) -> None:
        super().__init__()
        self.logs: list[dict[str, Any]] = []
        self.batch: list[dict[str, Any]] = []
        self.texts: list[str] = []
        self.seconds: list[float] = []
        self._printed = printed
        self._begun = 0.0
        self._last: Mapping[str, Any] = {}

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Starts the clock."""
        self._begun = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Takes the figures."""
        self.logs.append(fit_form.logs_of(logs))
        self.seconds.append(time.perf_counter() - self._begun)
        self.texts.append(self._printed.getvalue())
        self._printed.seek(0)
        self._printed.truncate()


def train(request: int, seed: int, send: Send) -> str:
    """Does what a request says and sends the answer as one safetensors file.

    Args:
        request: Descriptor of the request, as `probe/train_once.py` packs it.
        seed: What the random generators are seeded with, unless the request brings its own state.
        send: Takes the answer's file.

    Returns:
        Why it was not done; empty when it was. The kernel then does it itself, and meets the same error there.
    """
    try:
        record, arrays = tensors.unpacked(request)
        model = _model(record, arrays)
        if record.get("random"):
            random_state.put(record["random"])
        else:
            random_state.seed_everything(seed)
        answer, results = {"fit": _fit, "evaluate": _evaluate, "predict": _predict}[record["kind"]](
            model, record, arrays
        )
    except (Refused, Unidentified) as reason:
        return str(reason)
    except Exception as error:
        if ran_out(type(error).__name__, str(error)):
            raise  # says nothing about the request, so it must not be remembered as refused
        return f"{type(error).__name__} while training"
    with tempfile.TemporaryFile() as file:
        tensors.write(file.fileno(), answer, results)
        file.seek(0)
        send(ANSWER, file.read())
    return ""


def _model(record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    model = rebuild(record["model"], None)
    fit_form.assign(model.variables, fit_form.sequence("v", arrays), "weights")
    if record["kind"] == "predict":
        return model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.compile_from_config(allowed_compile(record["compile"]))
    optimizer = fit_form.sequence("o", arrays)
    if optimizer:
        model.optimizer.build(model.trainable_variables)
        fit_form.assign(model.optimizer.variables, optimizer, "optimizer variables")
    return model


def _fit(
    model: Any, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    printed = io.StringIO()
    epochs = Epochs(printed)
    callbacks = [fit_form.callback_from(item) for item in record["callbacks"]]
    arguments = {name: value for name, value in record["arguments"].items() if name in fit_form.ARGUMENTS}
    weights = record["arguments"].get("class_weight")
    validation = tuple(arrays[name] for name in ("validation_x", "validation_y", "validation_weight") if name in arrays)
    with contextlib.redirect_stdout(printed):
        model.fit(
            arrays["x"],
            arrays["y"],
            sample_weight=arrays.get("sample_weight"),
            class_weight=None if weights is None else {int(key): float(value) for key, value in weights},
            validation_data=validation or None,
            callbacks=[*callbacks, epochs],
            verbose=0,
            **arguments,
        )
    results = _state(model)
    for place, callback in enumerate(callbacks):
        best = vars(callback).get("best_weights")
        if best is not None:
            results |= fit_form.numbered(f"c{place}_", best)
    answer = {
        "kind": "fit",
        "epochs": epochs.logs,
        "texts": epochs.texts,
        "last": printed.getvalue(),
        "seconds": epochs.seconds,
        "stop_training": bool(model.stop_training),
        "callbacks": [fit_form.attributes_of(callback) for callback in callbacks],
    }
    return answer, results


def _state(model: Any) -> dict[str, np.ndarray]:
    return {
        **fit_form.numbered("v", model.variables),
        **fit_form.numbered("o", model.optimizer.variables),
        **fit_form.numbered("m", model.metrics_variables),
    }


def _evaluate(
    model: Any, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    begun = time.perf_counter()
    results = model.evaluate(
        arrays["x"],
        arrays["y"],
        sample_weight=arrays.get("sample_weight"),
        batch_size=record["arguments"]["batch_size"],
        return_dict=True,
        verbose=0,
    )
    answer = {"kind": "evaluate", "results": fit_form.logs_of(results), "seconds": [time.perf_counter() - begun]}
    return answer, fit_form.numbered("m", model.metrics_variables)


def _predict(
    model: Any, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    begun = time.perf_counter()
    outputs = model.predict(arrays["x"], batch_size=record["arguments"]["batch_size"], verbose=0)
    if not isinstance(outputs, np.ndarray):
        raise Unidentified("several outputs")
    answer = {"kind": "predict", "seconds": [time.perf_counter() - begun]}
    return answer, {"outputs": outputs}
