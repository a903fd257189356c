"""Metrics from predictions and labels, computed on the host as Keras computes them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from grader.evidence import Array

F64 = npt.NDArray[np.float64]

EPSILON = 1e-7
"""Keras' `epsilon()`: probabilities are clipped to [1e-7, 1 - 1e-7] before the logarithm."""

_ALIASES = {
    "acc": "accuracy",
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "binary_accuracy": "accuracy",
    "categorical_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "crossentropy": "loss",
    "categorical_crossentropy": "loss",
    "sparse_categorical_crossentropy": "loss",
    "binary_crossentropy": "loss",
}


def measure(predictions: Array, labels: Array, metric: str) -> float:
    """One number from a model's outputs.

    Args:
        predictions: (rows, classes) probabilities or scores; (rows,) or (rows, 1) for one unit.
        labels: (rows,) class numbers or targets, or one-hot rows of the predictions' shape.
        metric: `accuracy` (largest score; for one unit above 0.5), `loss` (cross-entropy of probabilities, binary for
            one unit), `mean_absolute_error`, `mean_squared_error`, or one of Keras' aliases for these.

    Raises:
        ValueError: the shapes don't belong together, or the metric is unknown.
    """
    name = _ALIASES.get(metric, metric)
    outputs = np.asarray(predictions, dtype=np.float64)
    truth = np.asarray(labels)
    if outputs.ndim == 0 or len(outputs) == 0 or len(outputs) != len(truth):
        raise ValueError(f"predictions {outputs.shape} and labels {truth.shape} have no rows in common")
    outputs = outputs.reshape(len(outputs), -1)
    if outputs.shape[1] == 0:
        raise ValueError(f"predictions of shape {np.shape(predictions)} are empty")
    if name in ("mean_absolute_error", "mean_squared_error"):
        return _regression(outputs, truth, name)
    if name not in ("accuracy", "loss"):
        raise ValueError(f"no metric is called {metric!r}")
    return _binary(outputs[:, 0], truth, name) if outputs.shape[1] == 1 else _classes(outputs, truth, name)


def _regression(outputs: F64, labels: Array, name: str) -> float:
    targets = labels.astype(np.float64).reshape(len(labels), -1)
    if targets.shape != outputs.shape:
        raise ValueError(f"predictions {outputs.shape} do not fit targets {targets.shape}")
    difference = outputs - targets
    return float(np.mean(np.abs(difference) if name == "mean_absolute_error" else difference**2))


def _binary(outputs: F64, labels: Array, name: str) -> float:
    truth = labels.astype(np.float64).reshape(len(labels), -1)
    if truth.shape[1] != 1 or not np.isin(truth, (0.0, 1.0)).all():
        raise ValueError("one output unit needs labels of 0 and 1")
    truth = truth[:, 0]
    if name == "accuracy":
        return float(np.mean((outputs > 0.5) == (truth > 0.5)))
    p = np.clip(outputs, EPSILON, 1 - EPSILON)
    return float(-np.mean(truth * np.log(p) + (1 - truth) * np.log(1 - p)))


def _classes(outputs: F64, labels: Array, name: str) -> float:
    truth = labels.reshape(len(labels), -1)
    if truth.shape[1] == outputs.shape[1]:
        classes = truth.argmax(axis=1)
    elif truth.shape[1] == 1:
        classes = truth[:, 0].astype(np.int64)
    else:
        raise ValueError(f"predictions {outputs.shape} do not fit labels {labels.shape}")
    if classes.min() < 0 or (name == "loss" and classes.max() >= outputs.shape[1]):
        raise ValueError(f"labels up to {classes.max()} do not fit {outputs.shape[1]} output units")
    if name == "accuracy":
        return float(np.mean(outputs.argmax(axis=1) == classes))
    # Keras scales each row to sum 1 before clipping (categorical_crossentropy, from_logits=False).
    total = outputs.sum(axis=1, keepdims=True)
    p = np.clip(np.divide(outputs, total, out=np.zeros_like(outputs), where=total != 0), EPSILON, 1 - EPSILON)
    return float(-np.mean(np.log(p[np.arange(len(p)), classes])))
