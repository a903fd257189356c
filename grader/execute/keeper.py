"""Keeps warm slots and lends them out, one job each at a time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np

from grader.assignment import Limits
from grader.errors import SlotDied
from grader.evidence import Array
from grader.execute.frames import EXAMINATION, TRAINING, Caps, Listen, file_frames, job_frames
from grader.execute.job import Ended, How, RunSpec
from grader.execute.model_files import model_files
from grader.execute.observed import Observed
from grader.execute.sandbox import DataMount, Room, Sandbox
from grader.execute.settle import code_cells, ended_of, settle_cells, write_outcome
from grader.execute.trainings import Answer, Ask, Cancel, Trainings
from grader.execute.worker import MOST_BUSY, Job, Worker
from grader.notebook.code_tests import CodeTestPlan
from grader.records import encode

__all__ = ["DataMount", "Slots"]

MARGIN_SECONDS = 20.0
"""What a run gets beyond its own limit before it is killed from outside: start of the kernel and a cell's grace."""
TRIES = 2
POLL_SECONDS = 0.1


class Slots:
    """Up to `count` warm slots, started when they are first needed; safe to use from several threads.

    Student and trusted slots never mix: a `Slots` has one role. A patient one starts another slot only for a job that has
    waited for a busy one as long as a start takes: whatever comes, that costs at most twice what knowing the future would.
    """

    def __init__(
        self,
        *,
        count: int,
        sandbox: Sandbox,
        data: DataMount,
        role: str = "student",
        trainings: Trainings | None = None,
        patient: bool = False,
        cold: bool = False,
    ) -> None:
        self._sandbox = sandbox
        self._data = data
        self._role = role
        self._trainings = trainings
        self._free = threading.Semaphore(count)
        self._patient = patient
        self._start_seconds = 0.0
        self._cold = cold
        self._lock = threading.Lock()
        self._came_back = threading.Condition(self._lock)
        self._busy = 0
        self._idle: list[Worker] = []
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self, limits: Limits) -> None:
        """Starts the first slot beside whatever the caller does next; nothing where one was started before."""
        with self._lock:
            if self._busy or self._idle or self._closed.is_set():
                return
            self._busy += 1
        threading.Thread(target=self._prepare, args=(self._room(limits, self._data),), daemon=True).start()

    def _prepare(self, room: Room) -> None:
        try:
            worker = self._start(room, self._closed)
        except Exception:  # noqa: BLE001 memory may run out too, and a slot that counts as busy for good is waited for
            # The job that needs it starts its own, and says why that fails.
            self._gone()
        else:
            self._take_in(worker)

    def idle(self) -> bool:
        """Whether a started slot waits for a job."""
        return bool(self._idle)

    def close(self) -> None:
        """Ends every slot. A job that is still running ends as cancelled."""
        self._closed.set()
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.release()
        for worker in idle:
            worker.kill()

    def run(
        self,
        notebook: bytes,
        spec: RunSpec,
        folder: Path,
        *,
        tests: CodeTestPlan | None = None,
        listen: Listen | None = None,
        cancel: threading.Event | None = None,
    ) -> Ended:
        """Runs one notebook; fills its job folder, `outcome.json` included.

        Args:
            notebook: a notebook of nbformat 4, as bytes.
            spec: what to collect, within what limits.
            tests: tests in code; the late ones leave the host when the runner asks for them.
            folder: the job folder; made if it doesn't exist.
            listen: called with each event, in this thread.
            cancel: when set, the run ends within a second.

        Raises:
            SubmissionError: the bytes are not a notebook.
            MachineError: no slot could be started.
        """
        assert self._role == "student", "a trusted slot never runs a notebook"
        cells = code_cells(notebook)
        if self._trainings is None:
            # Nobody would answer its kernel.
            spec = replace(spec, train_once=False)
        folder.mkdir(parents=True, exist_ok=True)
        encoded = encode(spec)
        (folder / "submission.ipynb").write_bytes(notebook)
        (folder / "spec.json").write_bytes(encoded)
        files = [("spec.json", encoded), ("submission.ipynb", notebook)]
        if tests is not None:
            files.append(("tests.json", tests.open))
        job = Job(
            frames=job_frames(files, "run"),
            late=file_frames("tests.json", tests.late) if tests is not None and tests.late else (),
            folder=folder,
            caps=Caps.of(spec.limits, cells=len(cells) + (tests.count if tests is not None else 0)),
            limits=spec.limits,
            seconds=spec.limits.notebook_seconds + MARGIN_SECONDS,
            listen=listen,
            ask=self._ask(self._trainings, spec.limits, cancel) if self._trainings and spec.train_once else None,
            data=replace(self._data, names=spec.datasets, source=spec.data_source),
        )
        ended, seen = self._do(job, _Either(self._closed, cancel))
        settle_cells(folder, cells, ended, seen)
        write_outcome(folder, ended)
        return ended

    def examine(
        self,
        folder: Path,
        snapshots: Sequence[int],
        inputs: Mapping[str, Array],
        *,
        limits: Limits,
        cancel: threading.Event | None = None,
    ) -> Ended:
        """Rebuilds models of a job folder and predicts; fills `examined/` and `held_out/`.

        Args:
            folder: the job folder of a run.
            snapshots: which of its model snapshots.
            inputs: held-out inputs by `NNNN-<held-out name>`, rows first; never labels.
            limits: `notebook_seconds`, `memory_bytes` and the caps on files apply.
            cancel: as in `run`.
        """
        assert self._role == "trusted", "a student's slot never examines"
        files = [("limits.json", msgspec.json.encode(limits))]
        files += [(name, (folder / name).read_bytes()) for name in model_files(folder, snapshots)]
        files += [(f"inputs/{name}.npy", _npy(array)) for name, array in inputs.items()]
        job = Job(
            frames=job_frames(files, "examine"),
            folder=folder,
            caps=Caps.of(limits, cells=0, kinds=EXAMINATION),
            limits=limits,
            seconds=limits.notebook_seconds + MARGIN_SECONDS,
        )
        return self._do(job, _Either(self._closed, cancel))[0]

    def train(
        self, request: int, seed: int, folder: Path, *, limits: Limits, cancel: Cancel | None = None
    ) -> tuple[Ended, Path | None]:
        """Does a training that a kernel asked for (`inside/train.py`).

        Args:
            request: the kernel's memory file, which is handed on as it is.
            seed: what the random generators start from.
            folder: takes the answer.
            limits: `notebook_seconds` is the time the training may take.
            cancel: as in `run`.

        Returns:
            The outcome, whose reason says why nothing was trained and whose seconds leave out what it waited for a busy
            processor, and the answer's file.
        """
        assert self._role == "trusted", "a student's slot never trains for others"
        job = Job(
            frames=job_frames([("limits.json", msgspec.json.encode(limits))], "train"),
            folder=folder,
            caps=Caps.of(limits, cells=0, kinds=TRAINING),
            limits=limits,
            seconds=limits.notebook_seconds,
            request=(request, seed),
        )
        ended, seen = self._do(job, _Either(self._closed, cancel))
        starved = float((seen.end or {}).get("starved", 0))
        # A limit is stretched only so far, here as in the kernel (inside/starvation.py).
        ended = replace(ended, seconds=max(ended.seconds - starved, ended.seconds / (1 + MOST_BUSY)))
        result = folder / "trained" / "0000.safetensors"
        return ended, result if ended.how is How.COMPLETED and not ended.reason and result.is_file() else None

    def _ask(self, trainings: Trainings, limits: Limits, cancel: Cancel | None) -> Ask:
        either = _Either(self._closed, cancel)

        def ask(request: int, message: Mapping[str, Any]) -> Answer:
            kind, guess, left = str(message["kind"]), float(message["seconds"]), float(message["left"])
            return trainings.answer(request, kind=kind, guess=guess, left=left, limits=limits, cancel=either)

        return ask

    def _do(self, job: Job, cancel: _Either) -> tuple[Ended, Observed]:
        for attempt in range(TRIES):
            seen, environment = self._once(job, cancel)
            ended = ended_of(seen, environment, job.limits, sandbox=self._sandbox.level)
            if ended.how is not How.FAILED or attempt == TRIES - 1:
                break
            # The machine's fault, as far as one can tell: once more, from the beginning, in a fresh slot.
            _forget(job)
        return ended, seen

    def _once(self, job: Job, cancel: _Either) -> tuple[Observed, dict[str, str]]:
        room = self._room(job.limits, job.data or self._data)
        with self._turn(cancel) as mine:
            if not mine:
                return Observed(cancelled=True), {}
            try:
                worker = self._borrow(room, cancel)
            except SlotDied:
                if cancel.is_set():
                    return Observed(cancelled=True), {}
                raise
            try:
                seen = worker.do(job, stopped=cancel.is_set)
            except BaseException:
                worker.kill()
                self._gone()
                raise
            self._give_back(worker, seen)
            return seen, worker.environment

    def _room(self, limits: Limits, data: DataMount) -> Room:
        return Room(
            role=self._role,
            data=data,
            scratch_bytes=limits.scratch_bytes,
            evidence_bytes=limits.evidence_bytes,
            cold=self._cold,
        )

    def _start(self, room: Room, cancel: Cancel) -> Worker:
        begun = time.monotonic()
        worker = Worker(self._sandbox, room, stopped=cancel.is_set)
        self._start_seconds = time.monotonic() - begun
        return worker

    @contextlib.contextmanager
    def _turn(self, cancel: _Either) -> Iterator[bool]:
        mine = False
        while not mine and not cancel.is_set():
            mine = self._free.acquire(timeout=POLL_SECONDS)
        try:
            yield mine and not cancel.is_set()
        finally:
            if mine:
                self._free.release()

    def _borrow(self, room: Room, cancel: _Either) -> Worker:
        begun = time.monotonic()
        with self._lock:
            # The first start under way has no length yet: it is waited for.
            while self._patient and not self._idle and self._busy and not cancel.is_set():
                if self._start_seconds and time.monotonic() > begun + self._start_seconds:
                    break
                self._came_back.wait(POLL_SECONDS)
            self._busy += 1
            fitting = next((worker for worker in self._idle if worker.room == room), None)
            other = fitting or (self._idle[-1] if self._idle else None)
            if other is not None:
                self._idle.remove(other)
        if fitting is not None:
            return fitting
        try:
            if other is not None:
                # Its mounts have other sizes than this job's limits ask for.
                other.kill()
            return self._start(room, cancel)
        except BaseException:
            self._gone()
            raise

    def _give_back(self, worker: Worker, seen: Observed) -> None:
        if seen.reusable:
            self._take_in(worker)
            return
        worker.kill()
        self._gone()

    def _take_in(self, worker: Worker) -> None:
        with self._lock:
            if not self._closed.is_set():
                self._idle.append(worker)
                self._busy -= 1
                self._came_back.notify()
                return
        worker.kill()
        self._gone()

    def _gone(self) -> None:
        with self._lock:
            self._busy -= 1
            self._came_back.notify()


class _Either:
    """Set when any of several events is."""

    def __init__(self, *events: Cancel | None) -> None:
        self._events = tuple(event for event in events if event is not None)

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)


def _forget(job: Job) -> None:
    for kind in job.caps.kinds:
        for file in (job.folder / kind).glob("*"):
            file.unlink()


def _npy(array: Array) -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
