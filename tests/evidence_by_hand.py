"""Evidence as a run would have written it, built by hand: layers, models, fits, and a whole MNIST notebook."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.evidence import (
    CellError,
    CellRun,
    CellStatus,
    Compile,
    DataSummary,
    Evidence,
    Examined,
    Fit,
    LayerNode,
    Measurement,
    Model,
)

POLICY = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
GLOROT = {
    "module": "keras.initializers",
    "class_name": "GlorotUniform",
    "config": {"seed": None},
    "registered_name": None,
}


def regularizer(**rates: float) -> dict[str, Any]:
    """A serialised regulariser: `regularizer(l2=0.001)`."""
    name = "L1L2" if len(rates) > 1 else next(iter(rates)).upper()
    return {"module": "keras.regularizers", "class_name": name, "config": rates, "registered_name": None}


def node(
    class_name: str, shape: tuple[int | None, ...] = (), *inputs: int, parameters: int = 0, **config: Any
) -> LayerNode:
    """A layer as the examiner writes it."""
    base = {"name": class_name.lower(), "trainable": True, "dtype": POLICY}
    return LayerNode(
        class_name=class_name,
        name=config.get("name", class_name.lower()),
        config=base | config,
        output_shape=shape,
        inputs=inputs,
        parameters=parameters,
        trainable_parameters=parameters,
    )


class Net:
    """Writes layers one after another, with shapes, parameters and configs as Keras has them."""

    def __init__(self, *shape: int) -> None:
        self.nodes: list[LayerNode] = [node("InputLayer", (None, *shape), batch_shape=[None, *shape])]
        self.at = 0

    @property
    def shape(self) -> tuple[int | None, ...]:
        return self.nodes[self.at].output_shape

    def add(
        self,
        class_name: str,
        shape: tuple[int | None, ...] | None = None,
        *others: int,
        parameters: int = 0,
        **config: Any,
    ) -> Net:
        shape = self.shape if shape is None else shape
        self.nodes.append(node(class_name, shape, self.at, *others, parameters=parameters, **config))
        self.at = len(self.nodes) - 1
        return self

    def go(self, at: int) -> Net:
        """Goes on from another layer."""
        self.at = at
        return self

    def dense(self, units: int, activation: Any = "linear", **config: Any) -> Net:
        before = self.shape[-1] or 0
        base: dict[str, Any] = {
            "units": units,
            "activation": activation,
            "use_bias": True,
            "kernel_initializer": GLOROT,
            "kernel_regularizer": None,
            "bias_regularizer": None,
        }
        return self.add("Dense", (*self.shape[:-1], units), parameters=before * units + units, **(base | config))

    def activation(self, name: str, **config: Any) -> Net:
        return self.add("Activation", activation=name, **config)

    def flatten(self) -> Net:
        return self.add("Flatten", (None, math.prod(n or 1 for n in self.shape[1:])), data_format="channels_last")

    def reshape(self, *target: int) -> Net:
        return self.add("Reshape", (None, *target), target_shape=list(target))

    def dropout(self, rate: float) -> Net:
        return self.add("Dropout", rate=rate, seed=None, noise_shape=None)

    def conv(
        self, filters: int, kernel: int = 3, stride: int = 1, padding: str = "valid", activation: str = "relu"
    ) -> Net:
        _, height, _, channels = self.shape
        size = math.ceil((height or 0) / stride) if padding == "same" else ((height or 0) - kernel) // stride + 1
        return self.add(
            "Conv2D",
            (None, size, size, filters),
            parameters=(kernel * kernel * (channels or 0) + 1) * filters,
            filters=filters,
            kernel_size=[kernel, kernel],
            strides=[stride, stride],
            padding=padding,
            data_format="channels_last",
            dilation_rate=[1, 1],
            groups=1,
            activation=activation,
            use_bias=True,
        )

    def pool(self, size: int = 2) -> Net:
        _, height, width, channels = self.shape
        shape = (None, (height or 0) // size, (width or 0) // size, channels)
        return self.add(
            "MaxPooling2D",
            shape,
            pool_size=[size, size],
            padding="valid",
            strides=[size, size],
            data_format="channels_last",
        )

    def examined(self, snapshot: int = 1, outputs: tuple[int, ...] = ()) -> Examined:
        """The whole as the examiner writes it."""
        inputs = tuple(n.output_shape for n in self.nodes if n.class_name == "InputLayer")
        ends = outputs or (self.at,)
        total = sum(n.parameters for n in self.nodes)
        return Examined(
            snapshot=snapshot,
            layers=tuple(self.nodes),
            input_shapes=inputs,
            output_shapes=tuple(self.nodes[i].output_shape for i in ends),
            outputs=ends,
            parameters=total,
            trainable_parameters=total,
        )


def mnist_net() -> Net:
    """Dense 512 relu, Dense 10 softmax on 784."""
    return Net(784).dense(512, "relu").dense(10, "softmax")


def summary(array: Any, rows: int | None = None) -> DataSummary:
    """Summarises an array as the recorder does; `rows` claims another number of rows."""
    data = np.asarray(array)
    count = len(data) if rows is None else rows
    numeric = data.size > 0 and bool(np.isfinite(data).all())
    distinct = len(np.unique(data)) if data.size else None
    return DataSummary(
        shape=(count, *data.shape[1:]),
        dtype=data.dtype.name,
        minimum=float(data.min()) if numeric else None,
        maximum=float(data.max()) if numeric else None,
        mean=float(data.mean()) if numeric else None,
        std=float(data.std()) if numeric else None,
        distinct=distinct if distinct is not None and distinct <= 1000 else None,
        row_sums_to_one=bool(np.allclose(data.sum(axis=1), 1)) if data.ndim == 2 and data.size else None,
        digest=f"{hash((data.shape, count, data.tobytes())):x}",
        rows=tuple(range(min(len(data), 64))),
        sample=data[:64],
    )


def images(seed: int = 0) -> np.ndarray:
    """200 uint8 pictures of 28 × 28 with an upright bar, none symmetric."""
    random = np.random.default_rng(seed)
    data = np.zeros((200, 28, 28), "uint8")
    for picture, left in zip(data, random.integers(4, 20, 200), strict=True):
        picture[3:20, left : left + 3] = random.integers(200, 256, (17, 3))
    data[0, 3, 4] = 255
    return data


def digits() -> np.ndarray:
    """200 labels, every digit among them."""
    return np.arange(200) % 10


def pixels() -> np.ndarray:
    """The pictures as rows of 784 from 0 to 1."""
    return images().reshape(200, 784).astype("float32") / 255


def one_hot() -> np.ndarray:
    """The labels as rows of 10."""
    return np.eye(10, dtype="float32")[digits()]


def rmsprop(
    loss: str = "categorical_crossentropy",
    rate: float = 0.001,
    metrics: tuple[str, ...] = ("accuracy",),
    **loss_config: Any,
) -> Compile:
    """Compiled with RMSprop."""
    return Compile(
        optimizer="RMSprop",
        optimizer_config={"learning_rate": rate},
        loss=loss,
        loss_config=loss_config,
        metrics=metrics,
    )


def fit(number: int = 1, model: int = 1, cell: int = 5, epochs: int = 5, **changes: Any) -> Fit:
    """One fit of the MNIST notebook."""
    base: dict[str, Any] = {
        "fit": number,
        "model": model,
        "cell": cell,
        "x": summary(pixels(), 60_000),
        "y": summary(one_hot(), 60_000),
        "samples": 60_000,
        "batch_size": 128,
        "epochs": epochs,
        "epochs_run": epochs,
        "history": {
            "accuracy": [0.92 + 0.01 * e for e in range(epochs)],
            "loss": [0.3 - 0.03 * e for e in range(epochs)],
        },
        "compile": rmsprop(),
    }
    return Fit(**(base | changes))


def model(
    serial: int = 1, snapshot: int = 1, cell: int = 5, names: tuple[str, ...] = ("network",), **changes: Any
) -> Model:
    """A snapshot with weights."""
    base: dict[str, Any] = {
        "model": serial,
        "snapshot": snapshot,
        "cell": cell,
        "created": 4,
        "names": names,
        "class_name": "Sequential",
        "built": True,
        "config": {},
        "weights": f"{snapshot:04d}.npz",
        "compile": rmsprop(),
    }
    return Model(**(base | changes))


def accuracy(value: float = 0.979, snapshot: int = 1, held_out: str = "mnist-test", count: int = 10_000) -> Measurement:
    """A measurement on held-out rows."""
    return Measurement(snapshot=snapshot, held_out=held_out, metric="accuracy", value=value, count=count)


def cells(*broken: int) -> tuple[CellRun, ...]:
    """Ten cells, some of which stopped with a NameError."""
    error = CellError(name="NameError", message="name 'x' is not defined")
    return tuple(
        CellRun(index=i, status=CellStatus.ERROR, error=error) if i in broken else CellRun(index=i) for i in range(10)
    )


def mnist(**changes: Any) -> Evidence:
    """A right MNIST notebook, with whatever is changed."""
    base: dict[str, Any] = {
        "models": (model(),),
        "fits": (fit(),),
        "examined": (mnist_net().examined(),),
        "measurements": (accuracy(),),
        "cells": cells(),
        "seed": 1234,
        "data_source": "keras",
        "sandbox": "landlock",
    }
    return Evidence(**(base | changes))


def reference_runs(count: int = 5) -> list[Evidence]:
    """Runs of the reference that differ in test accuracy only."""
    values = np.linspace(0.9775, 0.9800, count)
    return [mnist(measurements=(accuracy(float(v)),), seed=i) for i, v in enumerate(values)]
