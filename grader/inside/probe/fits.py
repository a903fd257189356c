"""Records `fit` and `train_on_batch`."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras

from ..plain import finite
from .summary import Summaries

if TYPE_CHECKING:
    from .train_once import Asked

FIT_DEFAULTS: dict[str, Any] = {
    "x": None,
    "y": None,
    "batch_size": None,
    "epochs": 1,
    "verbose": "auto",
    "callbacks": None,
    "validation_split": 0.0,
    "validation_data": None,
    "shuffle": True,
    "class_weight": None,
    "sample_weight": None,
    "initial_epoch": 0,
    "steps_per_epoch": None,
}
"""Arguments of `Model.fit` in their order, with Keras' own defaults."""
PIPELINE_DEPTH = 32
MAX_EPOCHS = 10_000
ALLOWED_EXTRAS = ("learning_rate", "lr")
"""History keys that Keras' own callbacks add after the recorder has looked."""


class EpochLog(keras.callbacks.Callback):
    """The recorder's own history: sees the logs of each epoch before any other callback can change them."""

    async_safe = True

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float | None]] = {}
        self.epochs = 0

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Keeps the epoch's figures."""
        self.epochs += 1
        if self.epochs <= MAX_EPOCHS:
            for key, value in (logs or {}).items():
                self.history.setdefault(str(key), []).append(finite(value))


@dataclass
class FitCall:
    """One running `fit`."""

    model: Any
    arguments: dict[str, Any]
    log: EpochLog
    before: str
    started: float = field(default_factory=time.perf_counter)
    asked: Asked | None = None
    """What came of asking for an identical training."""

    @property
    def trained(self) -> str:
        """Where it was trained: `kernel`, `trainer`, or `stored` for an earlier, identical training."""
        return {"trained": "trainer", "stored": "stored"}.get(self.asked.how if self.asked else "", "kernel")


def given_callbacks(given: Any) -> list[Any] | None:
    """The callbacks that the notebook passed, as a list; None for Keras' own container, which has a state already."""
    if isinstance(given, keras.callbacks.CallbackList):
        return None
    return list(given) if isinstance(given, list | tuple) else [] if given is None else [given]


def bound(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a `fit` call by name, defaults filled in."""
    return {**FIT_DEFAULTS, **dict(zip(FIT_DEFAULTS, args, strict=False)), **kwargs}


def with_log(args: tuple[Any, ...], kwargs: dict[str, Any], log: EpochLog) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The same call with the recorder's callback in front of the student's."""
    at = list(FIT_DEFAULTS).index("callbacks")
    given = args[at] if len(args) > at else kwargs.get("callbacks")
    if isinstance(given, keras.callbacks.CallbackList):
        given.callbacks.insert(0, log)
        log.set_model(given._model)
        return args, kwargs
    listed = list(given) if isinstance(given, list | tuple) else [] if given is None else [given]
    merged = [log, *listed]
    if len(args) > at:
        return (*args[:at], merged, *args[at + 1 :]), kwargs
    return args, {**kwargs, "callbacks": merged}


def callback_names(given: Any) -> list[str]:
    """Class names of the callbacks that the notebook passed."""
    if isinstance(given, keras.callbacks.CallbackList):
        given = given.callbacks
    listed = given if isinstance(given, list | tuple) else [] if given is None else [given]
    return [type(callback).__name__ for callback in listed if not isinstance(callback, EpochLog)]


def pipeline_rows(data: Any) -> int:
    """Rows of a tf.data pipeline that ends in `batch`, 0 when unknown."""
    for _ in range(PIPELINE_DEPTH):
        kind = type(data).__name__
        inner = getattr(data, "_input_dataset", None)
        if inner is None:
            return 0
        if "Batch" in kind:
            count = int(inner.cardinality().numpy())
            return count if 0 < count < 1 << 40 else 0
        data = inner
    return 0


def fit_record(call: FitCall, summaries: Summaries) -> dict[str, Any]:
    """The part of a Fit record that follows from its arguments and its epochs."""
    given = call.arguments
    x, y = given["x"], given["y"]
    data = summaries.of(x)
    rows = data["shape"][0] if data.get("shape") else 0
    is_array = bool(rows)
    split = float(given["validation_split"] or 0.0)
    batch = int(given["batch_size"] or 32) if is_array else None
    samples = rows if is_array else pipeline_rows(x)
    if is_array and split and given["validation_data"] is None:
        samples = math.floor(rows * (1.0 - split))
    if is_array and given["steps_per_epoch"]:
        samples = min(samples, int(given["steps_per_epoch"]) * (batch or 1))
    record = {
        "x": data,
        "y": summaries.of(y),
        "samples": samples,
        "validation_split": split,
        "batch_size": batch,
        "epochs": int(given["epochs"]),
        "epochs_run": call.log.epochs,
        "initial_epoch": int(given["initial_epoch"] or 0),
        "shuffle": bool(given["shuffle"]),
        "callbacks": callback_names(given["callbacks"]),
        "weighted": given["class_weight"] is not None or given["sample_weight"] is not None,
        "history": _history(call),
        "weights_before": call.before,
        "seconds": time.perf_counter() - call.started,
        "trained": call.trained,
    }
    return record | _validation(given["validation_data"], summaries)


def _history(call: FitCall) -> dict[str, list[float | None]]:
    history = dict(call.log.history)
    kept = getattr(getattr(call.model, "history", None), "history", None)
    for key in ALLOWED_EXTRAS:
        values = kept.get(key) if isinstance(kept, Mapping) else None
        if isinstance(values, list) and len(values) == call.log.epochs:
            history.setdefault(key, [finite(value) for value in values[:MAX_EPOCHS]])
    return history


def _validation(given: Any, summaries: Summaries) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, list | tuple) and len(given) in (2, 3):
        return {"validation_x": summaries.of(given[0]), "validation_y": summaries.of(given[1])}
    return {"validation_x": summaries.of(given)}


@dataclass
class Batches:
    """The `train_on_batch` calls of one model in one cell."""

    model: Any
    x: dict[str, Any]
    y: dict[str, Any]
    before: str
    weighted: bool
    batch_size: int = 0
    calls: int = 0
    samples: int = 0
    started: float = field(default_factory=time.perf_counter)
    last: dict[str, float | None] = field(default_factory=dict)
    ended: float = 0.0

    def add(self, x: Any) -> None:
        """Counts one call."""
        shape = getattr(x, "shape", None)
        rows = int(shape[0]) if shape else len(x) if hasattr(x, "__len__") else 0
        self.batch_size = self.batch_size or rows
        self.calls += 1
        self.samples += rows
        self.ended = time.perf_counter()

    def record(self) -> dict[str, Any]:
        """The part of the Fit record that follows from the calls; one epoch, since Keras knows of none."""
        return {
            "method": "train_on_batch",
            "x": self.x,
            "y": self.y,
            "samples": self.samples,
            "batch_size": self.batch_size or None,
            "epochs": 1,
            "epochs_run": 1,
            "shuffle": False,
            "weighted": self.weighted,
            "history": {key: [value] for key, value in self.last.items()},
            "weights_before": self.before,
            "seconds": self.ended - self.started,
        }
