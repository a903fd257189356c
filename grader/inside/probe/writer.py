"""Writes records as files, one an observation, within caps that keep a whole run under its limits."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..plain import plain

FROM_CHILDREN = ("models", "fits", "evaluations", "predictions")
"""Kinds whose records say which process they come from."""
RECORD_BYTES = 8 << 20
"""Largest JSON file."""
COUNTS = {
    "models": 1000,
    "fits": 600,
    "evaluations": 300,
    "predictions": 300,
    "figures": 200,
    "values": 500,
    "functions": 400,
    "notices": 100,
}
"""Most files of each kind."""
CHILDREN = 32
"""Child processes of a notebook that are recorded."""
SERIALS = 10_000
"""Each child process numbers its records from a multiple of this on; more than any of COUNTS."""
SHARE = 0.75
"""Share of the run's evidence caps that the recorder uses; the rest is for cells and their outputs."""


class _Written(NamedTuple):
    """What a record is about."""

    kind: str
    serial: int
    cell: int
    created: int | None
    model: int | None
    weights: str


class Writer:
    """Numbers and writes records; says once for each kind when a cap is reached.

    Args:
        folder: The evidence folder; one folder a kind is made in it.
        most_bytes: Cap on all files of the run together.
        most_files: Cap on their number.
    """

    def __init__(self, folder: Path, most_bytes: int, most_files: int) -> None:
        self.folder = folder
        self.left_bytes = int(most_bytes * SHARE)
        self.left_files = int(most_files * SHARE)
        self.process = 0
        """0 for the kernel, n for the n-th child process that recorded something."""
        self._serials: dict[str, int] = {}
        self._written: list[_Written] = []
        self._gone: dict[str, int] = {}
        """Records of each kind that were taken back; they make room for others."""
        self._full: set[str] = set()
        self._lock = threading.RLock()
        self.on_full: Callable[[str], object] = str
        """Called once with each kind that reached its cap."""

    def in_child(self) -> Writer | None:
        """The writer of a process forked from this one; None past the number of processes that are recorded.

        It takes a part of what is left. That all processes together stay within the caps is seen to where files are
        taken, outside student code.
        """
        other = Writer(self.folder, 0, 0)
        for number in range(1, CHILDREN + 1):
            try:
                (self.folder / "processes" / str(number)).mkdir(parents=True)
            except FileExistsError:
                continue
            other.process = number
            other.left_bytes, other.left_files = self.left_bytes // 4, self.left_files // 4
            return other
        return None

    def serial(self, kind: str) -> int:
        """The number of the next record of a kind, counted from 1."""
        with self._lock:
            self._serials[kind] = self._serials.get(kind, 0) + 1
            return self.process * SERIALS + self._serials[kind]

    def room(self, kind: str, size: int = 0) -> bool:
        """Whether another record of this kind and size still fits; the first refusal is reported."""
        with self._lock:
            kept = self._serials.get(kind, 0) - self._gone.get(kind, 0)
            if kept < COUNTS[kind] and self.left_files > 0 and size <= self.left_bytes:
                return True
            if kind not in self._full:
                self._full.add(kind)
                self.on_full(kind)
            return False

    def write(self, kind: str, record: Mapping[str, Any], serial: int | None = None) -> int | None:
        """Writes one record.

        Returns:
            Its serial, or None when it didn't fit the caps.
        """
        if self.process and kind in FROM_CHILDREN:
            record = {**record, "process": self.process}
        data = json.dumps(plain(record), allow_nan=False, separators=(",", ":")).encode()
        with self._lock:
            if len(data) > RECORD_BYTES or not self.room(kind, len(data)):
                return None
            number = self.serial(kind) if serial is None else serial
            self._place(f"{kind}/{number:04d}.json", lambda path: path.write_bytes(data))
            whose, weights = record.get("model"), str(record.get("weights") or "")
            self._written.append(_Written(kind, number, record.get("cell", 0), record.get("created"), whose, weights))
            return number

    def take_back(self, cells: Collection[int]) -> None:
        """Removes what was written in these runs of cells, and everything about models that were made in them."""
        with self._lock:
            models = {w.model for w in self._written if w.kind == "models" and w.created in cells}
            written, self._written = self._written, []
            gone: list[_Written] = []
            for w in written:
                about = w.cell in cells or (w.model is not None and w.model in models)
                (gone if about else self._written).append(w)
            needed = {w.weights for w in self._written}
            for w in gone:
                self._gone[w.kind] = self._gone.get(w.kind, 0) + 1
                self._remove(f"{w.kind}/{w.serial:04d}.json")
                if w.weights and w.weights not in needed:
                    self._remove(f"models/{w.weights}")

    def has(self, kind: str, serial: int) -> bool:
        """Whether this record was written and not taken back."""
        return any(w.kind == kind and w.serial == serial for w in self._written)

    def _remove(self, name: str) -> None:
        path = self.folder / name
        if path.is_file():
            self.left_bytes += path.stat().st_size
            self.left_files += 1
            path.unlink()

    def write_arrays(self, serial: int, arrays: Sequence[np.ndarray]) -> str:
        """Writes the weights of snapshot `serial`.

        Returns:
            The file's name, or an empty text when they didn't fit.
        """
        size = sum(array.nbytes for array in arrays)
        if size > self.left_bytes:
            return ""

        def save(path: Path) -> None:
            with path.open("wb") as file:
                np.savez(file, allow_pickle=False, **{f"w{i:04d}": array for i, array in enumerate(arrays)})

        self._place(f"models/{serial:04d}.npz", save)
        return f"{serial:04d}.npz"

    def _place(self, name: str, save: Callable[[Path], object]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.tmp")
        save(draft)
        self.left_bytes -= draft.stat().st_size
        self.left_files -= 1
        draft.replace(path)
