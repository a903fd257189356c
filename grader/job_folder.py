"""Reads a job folder (docs/job-folder.md) into Evidence, with caps, and keeps the result beside it."""

from __future__ import annotations

import os
import tempfile
import tokenize
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from grader.errors import EvidenceError
from grader.evidence import (
    Array,
    CellRun,
    CellStatus,
    CodeTestRun,
    Evaluation,
    Evidence,
    Examined,
    Figure,
    Fit,
    FunctionResult,
    Model,
    Notice,
    Prediction,
    Status,
    Value,
)
from grader.execute.frames import is_there
from grader.execute.job import Ended, How
from grader.records import decode, encode

RECORD_BYTES = 16 << 20
"""Largest JSON record that is read."""
ALL_RECORDS_BYTES = 96 << 20
"""Largest sum of JSON records that is read of one run. A forged list of noughts takes sixteen times its size in memory."""
ARRAY_FILE_BYTES = 256 << 20
"""Largest array file that is read."""
MOST_NOTICES = 150
"""The recorder and the relay together write fewer."""
SERIAL = {"models": "snapshot", "fits": "fit", "figures": "figure"}
"""The field that holds a record's number, which its file is named by. One that says otherwise could speak for another."""

Record = TypeVar("Record")


@dataclass
class _Taken:
    """What was read of one run so far."""

    size: int = 0
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class JobFolder:
    """One run of one notebook on disk."""

    path: Path

    @property
    def evidence_file(self) -> Path:
        """The Evidence as one file; exists once the job is through."""
        return self.path / "evidence.json"

    def ran(self) -> Ended | None:
        """How the notebook's run ended, if it is over, was not the machine's fault, and all that it sent is still there.

        After a power cut a file can be empty that was complete before.
        """
        try:
            ended = decode((self.path / "outcome.json").read_bytes(), Ended, where=str(self.path))
        except (OSError, EvidenceError):
            return None
        if not all(is_there(self.path, name, size) for name, size in ended.received.items()):
            return None
        return None if ended.how in (How.FAILED, How.CANCELLED) else ended

    def if_whole(self, evidence: Evidence, files: Collection[str]) -> Evidence:
        """The evidence, unless one of the files that it was read from is gone: what is missing then was not seen, and is no fault."""
        gone = [name for name in files if not (self.path / name).is_file()]
        if not gone or evidence.status is Status.MACHINE_ERROR:
            return evidence
        reason = f"{len(gone)} files of the job folder, such as {gone[0]}, went while it was read"
        return replace(evidence, status=Status.MACHINE_ERROR, reason=reason)

    def finished(self) -> bool:
        """Whether the evidence is complete."""
        return self.evidence_file.is_file()

    def load(self) -> Evidence:
        """The stored evidence.

        Raises:
            EvidenceError: it is damaged.
        """
        return decode(self.evidence_file.read_bytes(), Evidence, where=str(self.evidence_file))

    def save(self, evidence: Evidence) -> None:
        """Writes the evidence atomically."""
        write_atomically(self.evidence_file, encode(evidence))

    def further(self) -> list[str]:
        """Names of the job folders of the same notebook with other seeds, in the order they were run."""
        try:
            return msgspec.json.decode((self.path / "further.json").read_bytes(), type=list[str])
        except (OSError, msgspec.DecodeError):
            return []

    def save_further(self, names: Sequence[str]) -> None:
        """Keeps them; nothing is written where there are none and were none."""
        if list(names) != self.further():
            write_atomically(self.path / "further.json", msgspec.json.encode(list(names)))

    def outputs(self) -> dict[int, list[dict[str, Any]]]:
        """Outputs of each cell by its index, in nbformat 4 form; damaged ones are left out."""
        found: dict[int, list[dict[str, Any]]] = {}
        for path in sorted((self.path / "outputs").glob("*.json")):
            if path.stem.isdigit() and path.stat().st_size <= RECORD_BYTES:
                try:
                    found[int(path.stem)] = msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
                except (msgspec.DecodeError, RecursionError):
                    continue
        return found

    def predictions(self, snapshot: int, held_out: str) -> Array | None:
        """What the examiner predicted for a held-out set; rows first. None when it didn't.

        Raises:
            EvidenceError: the file is not an ordinary array of numbers.
        """
        path = self.path / "held_out" / f"{snapshot:04d}-{held_out}.npy"
        if not path.is_file():
            return None
        if path.stat().st_size > ARRAY_FILE_BYTES:
            raise EvidenceError("the array is too large", where=str(path))
        try:
            with path.open("rb") as file:
                # Not `np.load`, which takes archives as well.
                array: Array = np.lib.format.read_array(file, allow_pickle=False)
        except (ValueError, OSError, EOFError, TypeError, SyntaxError, RecursionError, tokenize.TokenError) as error:
            raise EvidenceError(f"not an array: {error}", where=str(path)) from error
        if array.dtype.kind not in "biuf":
            raise EvidenceError(f"an array of {array.dtype}", where=str(path))
        return array

    def read(self, ended: Ended, *, seed: int, data_source: str) -> Evidence:
        """Collects every record of the folder; damaged ones become notices, never an error."""
        taken = _Taken()
        cells = self._records("cells", CellRun, taken)
        status, reason = status_of(ended, cells)
        models = self._records("models", Model, taken)
        fits = self._records("fits", Fit, taken)
        return Evidence(
            status=status,
            reason=reason,
            cells=cells,
            # Serials count in each process apart; over the whole notebook, the cell tells what came first.
            models=tuple(sorted(models, key=lambda m: (m.cell, m.snapshot))),
            fits=tuple(sorted(fits, key=lambda f: (f.cell, f.fit))),
            evaluations=self._records("evaluations", Evaluation, taken),
            predictions=self._records("predictions", Prediction, taken),
            figures=self._records("figures", Figure, taken),
            values=self._records("values", Value, taken),
            functions=self._records("functions", FunctionResult, taken),
            tests=self._records("tests", CodeTestRun, taken),
            examined=self._records("examined", Examined, taken),
            notices=(*self._records("notices", Notice, taken), *taken.notices)[:MOST_NOTICES],
            seed=seed,
            data_source=data_source,
            sandbox=ended.sandbox,
            environment=dict(ended.environment),
            seconds=ended.seconds,
            peak_memory=ended.peak_memory,
        )

    def examined(self) -> tuple[Examined, ...]:
        """What the examiner made of the models."""
        return self._records("examined", Examined, _Taken())

    def _records(self, kind: str, record: type[Record], taken: _Taken) -> tuple[Record, ...]:
        found: list[Record] = []
        for path in sorted((self.path / kind).glob("*.json")):
            try:
                size = path.stat().st_size
                if size > RECORD_BYTES:
                    raise EvidenceError(f"more than {RECORD_BYTES} bytes", where=path.name)
                taken.size += size
                if taken.size > ALL_RECORDS_BYTES:
                    raise EvidenceError(f"past the {ALL_RECORDS_BYTES} bytes of all records", where=path.name)
                one = decode(path.read_bytes(), record, where=f"{kind}/{path.name}")
                serial = getattr(one, SERIAL[kind]) if kind in SERIAL else None
                if serial is not None and path.stem != f"{serial:04d}":
                    raise EvidenceError(f"it calls itself number {serial}", where=f"{kind}/{path.name}")
                found.append(one)
            except EvidenceError as error:
                taken.notices.append(Notice(cell=-1, text=f"Left out: {error}"))
        return tuple(found)


def status_of(ended: Ended, cells: tuple[CellRun, ...]) -> tuple[Status, str]:
    """The status of a submission from how its run ended, with one sentence on why."""
    outside: Mapping[How, Status] = {
        How.FAILED: Status.MACHINE_ERROR,
        How.CANCELLED: Status.MACHINE_ERROR,
        How.NOTEBOOK_TIMEOUT: Status.TIMEOUT,
        How.OUT_OF_MEMORY: Status.OUT_OF_MEMORY,
        How.KERNEL_DIED: Status.KERNEL_DIED,
        How.LIMIT: Status.STUDENT_ERROR,
    }
    if ended.how in outside:
        return outside[ended.how], ended.reason
    late = [c for c in cells if c.status is CellStatus.TIMEOUT]
    if late:
        return Status.TIMEOUT, f"Cell {late[0].index} was stopped: {late[0].limit or 'over its time limit'}."
    wrong = [c for c in cells if c.status is CellStatus.ERROR]
    if wrong:
        error = wrong[0].error
        return Status.STUDENT_ERROR, f"Cell {wrong[0].index} ended with {error.name if error else 'an error'}."
    return Status.GRADED, ""


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file so that a reader sees the old or the new content, never half of it, even after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
