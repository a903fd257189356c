"""Keeps track of model objects and takes snapshots of them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from ..plain import digest_of, plain
from .describe import Description, describe
from .naming import describe_compile
from .writer import Writer

SNAPSHOT_BYTES = 192 << 20
"""Weights past this size are not kept."""
LINK_BYTES = 16 << 20
"""Unchanged weights up to this size are written again for each snapshot; larger ones are referred to by name."""
FULL_SNAPSHOTS = 4
"""After-fit snapshots of one model in one cell that carry weights; the cell's last state always does."""
STRONG = 64
"""Models kept alive until their cell ends."""

_weights_of = keras.Model.weights.fget  # student code can replace the property later on


@dataclass
class Tracked:
    """What is known about one model object."""

    serial: int
    ref: weakref.ref[Any]
    created: int
    compile: dict[str, Any] | None = None
    input_spec: tuple[tuple[int | None, ...], str] | None = None
    """Shape and dtype of the first data it was called with, for tracing."""
    seen: tuple[Any, ...] | None = None
    """What the last snapshot said, to skip snapshots that would say the same."""
    file: str = ""
    """Where the last written weights are."""
    file_digest: str = ""
    fits_in_cell: int = 0
    last_fit: tuple[int, str] | None = None
    """Serial of the last fit and the digest of the weights it left."""

    def says_nothing_new(self, seen: tuple[Any, ...]) -> bool:
        """Whether a snapshot would repeat the last one; a name that went away is no news.

        When the model object itself goes away is up to the garbage collector, and evidence must not depend on it.
        """
        if self.seen is None:
            return False
        return self.seen == seen or (not seen[-1] and self.seen[:-1] == seen[:-1])


def weight_arrays(model: Any) -> list[np.ndarray]:
    """The model's weights as arrays, in the order of `model.weights`; empty when it has none yet."""
    return [np.asarray(weight) for weight in _weights_of(model)]


class Models:
    """All models of a notebook, by object."""

    def __init__(self, writer: Writer, notice: Callable[[str], None], *, first: int = 0) -> None:
        self._writer = writer
        self._notice = notice
        self._by_id: dict[int, Tracked] = {}
        self._strong: dict[int, Any] = {}
        self._last = first

    def track(self, model: Any, cell: int) -> Tracked:
        """The entry of a model, made when it is seen for the first time."""
        found = self._by_id.get(id(model))
        if found is not None and found.ref() is model:
            return found
        self._last += 1
        entry = self._by_id[id(model)] = Tracked(serial=self._last, ref=weakref.ref(model), created=cell)
        return entry

    def hold(self, model: Any, cell: int) -> None:
        """Keeps a model alive until `release`, so that it can be recorded though nothing refers to it."""
        self.track(model, cell)
        self._strong[id(model)] = model
        while len(self._strong) > STRONG:
            oldest = next(iter(self._strong))
            self.snapshot(self._strong.pop(oldest), cell)

    def release(self) -> None:
        """Lets go of the models held during a cell and forgets those that are gone."""
        self._strong.clear()
        self._by_id = {key: entry for key, entry in self._by_id.items() if entry.ref() is not None}
        for entry in self._by_id.values():
            entry.fits_in_cell = 0

    def look_again(self, cells: Collection[int]) -> None:
        """Lets go of the models that were made in these cells; a snapshot of each other one is written anew.

        One that still has a name is met again as a model without a past.
        """
        self._by_id = {key: entry for key, entry in self._by_id.items() if entry.created not in cells}
        for entry in self._by_id.values():
            entry.seen = None
            entry.file = entry.file_digest = ""
            if entry.last_fit is not None and not self._writer.has("fits", entry.last_fit[0]):
                entry.last_fit = None

    def alive(self) -> list[Any]:
        """Every tracked model that still exists, in the order of creation."""
        entries = sorted(self._by_id.values(), key=lambda entry: entry.serial)
        return [model for model in (entry.ref() for entry in entries) if model is not None]

    def digest(self, model: Any) -> str:
        """Digest of the weights; empty when it has none."""
        arrays = weight_arrays(model)
        return digest_of(arrays) if arrays else ""

    def compiled(self, model: Any, cell: int) -> dict[str, Any] | None:
        """The compile in force, as it was when `compile` was called."""
        entry = self.track(model, cell)
        if entry.compile is None:
            entry.compile = describe_compile(model)
        return entry.compile

    def after_fit(self, model: Any, cell: int, fit: int) -> int | None:
        """Snapshot right after a fit; without weights when this cell already had many."""
        entry = self.track(model, cell)
        entry.fits_in_cell += 1
        entry.last_fit = (fit, self.digest(model))
        return self.snapshot(model, cell, fit=fit, with_weights=entry.fits_in_cell <= FULL_SNAPSHOTS)

    def snapshot(
        self, model: Any, cell: int, names: tuple[str, ...] = (), fit: int | None = None, *, with_weights: bool = True
    ) -> int | None:
        """Writes a snapshot unless it would say what the last one said.

        Returns:
            Its serial, or None when nothing was written.
        """
        entry = self.track(model, cell)
        arrays = weight_arrays(model)
        digest = digest_of(arrays) if arrays else ""
        compiled = self.compiled(model, cell)
        layers = tuple((type(layer).__name__, bool(layer.trainable)) for layer in _layers(model))
        seen = (digest, repr(compiled), layers, with_weights, names)
        if (fit is None and entry.says_nothing_new(seen)) or not self._writer.room("models"):
            return None
        left = entry.last_fit[0] if entry.last_fit is not None and entry.last_fit[1] == digest else None
        description = describe(model, entry.input_spec)
        if description.weights is not None:
            arrays = description.weights
            digest = digest_of(arrays)
        serial = self._writer.serial("models")
        file, why = self._place(entry, serial, arrays, digest) if with_weights else ("", "weights are kept at its end")
        record = self._record(entry, description, serial=serial, cell=cell, names=names, built=bool(arrays))
        record |= {
            "weights": file,
            "weights_digest": digest if arrays else "",
            "compile": compiled,
            "after_fit": left,
            "why_opaque": "; ".join(filter(None, (description.why, why))),
        }
        if self._writer.write("models", record, serial) is None:
            return None
        entry.seen = seen
        return serial

    def _record(self, entry: Tracked, description: Description, **extra: Any) -> dict[str, Any]:
        serial = extra.pop("serial")
        return {
            "model": entry.serial,
            "snapshot": serial,
            "created": entry.created,
            "class_name": description.class_name,
            "how": description.how,
            "config": plain(description.config) if description.config is not None else None,
            **extra,
        }

    def _place(self, entry: Tracked, serial: int, arrays: list[np.ndarray], digest: str) -> tuple[str, str]:
        """Writes weights and says under which name, or why not."""
        size = sum(array.nbytes for array in arrays)
        if not arrays:
            return "", ""
        if any(array.dtype.kind not in "biuf" for array in arrays):
            return "", "it has weights that are not numbers"
        if size > SNAPSHOT_BYTES:
            return "", f"its weights take {size >> 20} MiB, more than the {SNAPSHOT_BYTES >> 20} MiB that are kept"
        if entry.file_digest == digest and entry.file and size > LINK_BYTES:
            return entry.file, ""
        name = self._writer.write_arrays(serial, arrays)
        if not name:
            self._notice("The weights of later models were not kept: this run's space for evidence is used up.")
            return "", "no space was left for its weights"
        entry.file, entry.file_digest = name, digest
        return name, ""


def _layers(model: Any) -> list[Any]:
    try:
        return list(model._flatten_layers(include_self=False))
    except Exception:
        return []


def names_of(models: list[Any], namespace: Mapping[str, Any]) -> dict[int, tuple[str, ...]]:
    """For each model (by id), the global variables that hold it; IPython's own names don't count."""
    wanted = {id(model) for model in models}
    found: dict[int, list[str]] = {}
    for name, value in list(namespace.items()):
        if id(value) in wanted and not name.startswith("_") and name not in ("In", "Out"):
            found.setdefault(id(value), []).append(name)
    return {key: tuple(sorted(names)) for key, names in found.items()}
