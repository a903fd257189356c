"""Held-out data: prepares inputs the way a notebook did, keeps the labels on the host, and does the arithmetic."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from grader import datasets
from grader.checks import choose
from grader.checks.check import HeldOut, ModelQuery
from grader.datasets.encoding import Encoding, infer
from grader.datasets.measure import measure
from grader.errors import AssignmentError
from grader.evidence import Array, Evidence, Measurement


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One model to be tried on one held-out set."""

    snapshot: int
    held_out: HeldOut
    encoding: Encoding

    @property
    def key(self) -> str:
        """Name of its arrays in a job folder, `NNNN-<held-out name>`."""
        return f"{self.snapshot:04d}-{self.held_out.name}"


@dataclass(kw_only=True)
class Shelf:
    """The data sets of one grading run, each loaded once."""

    data_source: datasets.Source
    _loaded: dict[tuple[str, tuple[object, ...]], datasets.Dataset] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def dataset(self, held_out: HeldOut) -> datasets.Dataset:
        """The data set that a held-out set belongs to.

        Raises:
            DataUnavailable: it can't be had here.
        """
        key = (held_out.dataset, held_out.options)
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = _load(held_out, self.data_source)
            return self._loaded[key]

    def trials(self, evidence: Evidence, queries: tuple[ModelQuery, ...]) -> tuple[Trial, ...]:
        """Which models to try on which data: for each query the model it chooses, if its inputs are understood."""
        found: dict[str, Trial] = {}
        for query in queries:
            chosen = choose(evidence, query) if query.held_out else None
            if chosen is None or query.held_out is None or not chosen.fits:
                continue
            data = self.dataset(query.held_out)
            encoding = infer(data.x_train, chosen.fits[-1].x)
            if encoding is not None:
                trial = Trial(snapshot=chosen.model.snapshot, held_out=query.held_out, encoding=encoding)
                found[trial.key] = trial
        return tuple(found.values())

    def inputs(self, trial: Trial) -> Array:
        """Held-out inputs in the notebook's own encoding, rows first."""
        data = self.dataset(trial.held_out)
        rows = data.x_test if trial.held_out.split == "test" else data.x_train
        return trial.encoding.apply(rows[: trial.held_out.rows])

    def measurements(self, trial: Trial, predictions: Array) -> tuple[Measurement, ...]:
        """Every metric that applies to these predictions; none when their shape doesn't fit the labels."""
        data = self.dataset(trial.held_out)
        labels = np.asarray(data.y_test if trial.held_out.split == "test" else data.y_train)[: trial.held_out.rows]
        if len(predictions) != len(labels) or not np.isfinite(predictions).all():
            return ()
        names = ("accuracy", "loss") if labels.dtype.kind in "iub" else ("mean_absolute_error", "mean_squared_error")
        found: Mapping[str, float | None] = {name: _value(predictions, labels, name) for name in names}
        return tuple(
            Measurement(
                snapshot=trial.snapshot,
                held_out=trial.held_out.name,
                metric=name,
                value=value,
                count=len(labels),
                encoding=trial.encoding.words,
            )
            for name, value in found.items()
            if value is not None
        )


def _load(held_out: HeldOut, data_source: datasets.Source) -> datasets.Dataset:
    if held_out.load is None:
        return datasets.load(held_out.dataset, source=data_source, options=dict(held_out.options))
    try:
        (x_train, y_train), (x_test, y_test) = held_out.load()
    except Exception as error:
        raise AssignmentError(
            f"loading it failed with {type(error).__name__}: {error}",
            where=f"HeldOut {held_out.name}",
            remedy="`load` returns ((x_train, y_train), (x_test, y_test))",
        ) from error
    return datasets.Dataset(
        name=held_out.dataset, source="none", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test
    )


def _value(predictions: Array, labels: Array, metric: str) -> float | None:
    try:
        value = measure(predictions, labels, metric)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
