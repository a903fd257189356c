"""Train once: the store of trainings, and who may add to it.

A kernel sends what it wants trained as one sealed memory file; its content's hash, taken here, is the training's identity.
An identity that is known is answered from the store, an unknown one is trained in a sandbox where no student code ever ran.
Nothing here reads what a kernel sends beyond hashing it, and no kernel sees a path of the store.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from grader.assignment import Limits
from grader.errors import GraderError
from grader.execute.job import Ended, How

SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
MOST_REQUEST_BYTES = 8 << 30
MOST_STORE_BYTES = 10 << 30
AT_FIRST_SIGHT_SECONDS = 1.0
AT_LEISURE_SECONDS = 0.05
"""From here on a training is worth an idle trainer's time at first sight; below, asking costs as much as the training."""
PASS_FACTOR = 5
"""An evaluation or prediction is rarely asked for again without its training, and starts slower than it runs."""
OFTEN = 3
"""How often a short training has come when it is worth keeping."""
BACKGROUND = 1
"""Trainings for the store that nobody waits for, at a time."""
KINDS = ("fit", "evaluate", "predict")
SHORTEST_SECONDS = 1.0
LEFT_SECONDS = 2 * 24 * 3600.0
FORMAT = b"1"


class Trainer(Protocol):
    """Does a training in a sandbox."""

    def idle(self) -> bool:
        """Whether it could begin one at once."""

    def train(
        self, request: int, seed: int, folder: Path, *, limits: Limits, cancel: Cancel | None
    ) -> tuple[Ended, Path | None]:
        """Trains what a request says; see `Slots.train`."""


class Cancel(Protocol):
    """Anything that can be set, as an event."""

    def is_set(self) -> bool:
        """Whether to stop."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes of a request."""

    how: str
    """`trained`, `stored`: here it is. `run`: the kernel does it. `none`: it has no identity. `over`: it took too long."""
    seed: int = 0
    seconds: float = 0.0
    """What counts against the cell."""
    file: Path | None = None
    peak: int = 0
    """What the trainer took at its highest, in bytes."""


class Trainings:
    """The store, shared by all slots of a grader; safe to use from several threads and several graders.

    Args:
        folder: Where it lies; never within reach of a sandbox. None keeps nothing: everything is trained where it stands,
            with the same random numbers as elsewhere.
        trainer: Trains what is unknown.
        environment: Versions and processor: the same training on others has other bits.
        most_bytes: Size of the store; the least recently used trainings go first.
        at_first_sight: A training guessed to take fewer seconds is left to the kernel where all trainers are busy, since it
            would wait for one about as long. When it keeps coming it is trained for the store, while the kernel goes on.
        at_leisure: The same where a trainer has nothing to do.
    """

    def __init__(
        self,
        folder: Path | None,
        trainer: Trainer,
        environment: Mapping[str, str],
        *,
        most_bytes: int = MOST_STORE_BYTES,
        at_first_sight: float = AT_FIRST_SIGHT_SECONDS,
        at_leisure: float = AT_LEISURE_SECONDS,
    ) -> None:
        self._folder = folder
        self._trainer = trainer
        self._salt = repr(sorted(environment.items())).encode()
        self._most_bytes = most_bytes
        self.at_first_sight = at_first_sight
        self.at_leisure = at_leisure
        self._seen: Counter[str] = Counter()
        self._background = threading.Semaphore(BACKGROUND)
        self._lock = threading.Lock()
        self._under_way: dict[str, threading.Lock] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            _clear(folder)

    def answer(
        self, request: int, *, kind: str, guess: float, left: float, limits: Limits, cancel: Cancel | None = None
    ) -> Answer:
        """Answers one request; blocks while it is trained.

        Args:
            request: Descriptor of a memory file from a kernel. It stays open.
            kind: `fit`, `evaluate` or `predict`, as the kernel says; only decides what is worth keeping.
            guess: Seconds it may take, as the kernel says; likewise.
            left: Seconds that the cell has left.
            limits: Memory and sizes of the trainer.
            cancel: Ends the wait.
        """
        if kind not in KINDS or not _is_sealed(request):
            return Answer(how="none")
        name = self._identity(request)
        seed = int(name[:8], 16)
        if self._folder is None:
            return Answer(how="run", seed=seed)
        file = self._folder / name[:2] / f"{name}.safetensors"
        if self._use(file):
            return Answer(how="stored", seed=seed, file=file)
        if file.with_suffix(".refused").exists():
            return Answer(how="run", seed=seed)
        limits = replace(limits, notebook_seconds=max(SHORTEST_SECONDS, left))
        if guess < self.at_first_sight * (1 if kind == "fit" else PASS_FACTOR):
            with self._lock:
                self._seen[name] += 1
                often = self._seen[name] >= OFTEN
                under_way = name in self._under_way and self._under_way[name].locked()
            if under_way or (guess >= self.at_leisure and self._trainer.idle()):
                return self._now(request, seed, file, limits, cancel)
            if often and self._background.acquire(blocking=False):
                job = (os.dup(request), seed, file, limits, cancel)
                threading.Thread(target=self._in_background, args=job, daemon=True).start()
            return Answer(how="run", seed=seed)
        return self._now(request, seed, file, limits, cancel)

    def _in_background(self, request: int, seed: int, file: Path, limits: Limits, cancel: Cancel | None) -> None:
        try:
            # A fault of the machine leaves the store as it was.
            with contextlib.suppress(OSError, GraderError):
                self._now(request, seed, file, limits, cancel)
        finally:
            self._background.release()
            os.close(request)

    def _now(self, request: int, seed: int, file: Path, limits: Limits, cancel: Cancel | None) -> Answer:
        with self._only_one(file, cancel) as mine:
            if not mine:
                return Answer(how="run", seed=seed)
            if self._use(file):
                return Answer(how="stored", seed=seed, file=file)
            if file.with_suffix(".refused").exists():
                return Answer(how="run", seed=seed)
            return self._train(request, seed, file, limits, cancel)

    def _identity(self, request: int) -> str:
        from blake3 import blake3

        hasher = blake3(FORMAT + self._salt)
        with mmap.mmap(request, os.fstat(request).st_size, mmap.MAP_SHARED, mmap.PROT_READ) as memory:
            hasher.update(memory)
        return hasher.hexdigest(16)

    @contextlib.contextmanager
    def _only_one(self, file: Path, cancel: Cancel | None) -> Iterator[bool]:
        """One training of an identity at a time, also among several graders. Gives False when cancelled."""
        with self._lock:
            lock = self._under_way.setdefault(file.stem, threading.Lock())
        mine = False
        while not mine and not (cancel is not None and cancel.is_set()):
            mine = lock.acquire(timeout=0.2)
        try:
            if not mine:
                yield False
                return
            file.parent.mkdir(exist_ok=True)
            with file.with_suffix(".lock").open("w") as held:
                yield _flock(held.fileno(), cancel)
        finally:
            if mine:
                file.with_suffix(".lock").unlink(missing_ok=True)
                lock.release()

    def _train(self, request: int, seed: int, file: Path, limits: Limits, cancel: Cancel | None) -> Answer:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(dir=file.parent.parent, prefix=".training-") as scratch:
            ended, result = self._trainer.train(request, seed, Path(scratch), limits=limits, cancel=cancel)
            if result is not None:
                os.replace(result, file)
                prune(file.parent.parent, "??/*.safetensors", self._most_bytes)
                return Answer(how="trained", seed=seed, seconds=ended.seconds, file=file, peak=ended.peak_memory)
        if ended.how is How.NOTEBOOK_TIMEOUT:
            return Answer(how="over", seed=seed, seconds=time.monotonic() - begun)
        if ended.how is How.COMPLETED:
            file.with_suffix(".refused").write_text(ended.reason)
        return Answer(how="run", seed=seed)

    def _use(self, file: Path) -> bool:
        try:
            os.utime(file)
        except OSError:
            return False
        return True


def _clear(folder: Path) -> None:
    """Removes the scratch folders that killed graders left; no training takes so long."""
    for left in folder.glob(".training-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def prune(folder: Path, pattern: str, most_bytes: int) -> None:
    """Removes the least recently used files of a store until it is within its size."""
    known = []
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError):
            about = path.stat()
            known.append((about.st_mtime, about.st_size, path))
    total = sum(size for _, size, _ in known)
    for _, size, path in sorted(known):
        if total <= most_bytes:
            return
        path.unlink(missing_ok=True)
        total -= size


def sealed_copy(file: Path) -> int:
    """A stored training as a memory file that a sandbox may hold.

    The descriptor of the file itself could be reopened for writing by whoever runs as the same user.

    Raises:
        OSError: it is gone, or there is no memory.
    """
    fd = os.memfd_create("training", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with file.open("rb") as source:
            while os.sendfile(fd, source.fileno(), None, 1 << 30):
                pass
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS | fcntl.F_SEAL_SEAL)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _is_sealed(fd: int) -> bool:
    """Whether a descriptor from a sandbox is memory of a bearable size that nobody can change any more."""
    try:
        size = os.fstat(fd).st_size
        return fcntl.fcntl(fd, fcntl.F_GET_SEALS) & SEALS == SEALS and 0 < size <= MOST_REQUEST_BYTES
    except OSError:
        return False


def _flock(fd: int, cancel: Cancel | None) -> bool:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if cancel is not None and cancel.is_set():
                return False
            time.sleep(0.2)
        else:
            return True


Ask = Callable[[int, Mapping[str, object]], Answer]
"""Called with a kernel's memory file and message, in a thread of its own."""
