"""Workers for one assignment: which data they see, what they are asked to collect, and what names a job."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from grader import datasets
from grader.course import AssignmentFolder
from grader.environment import require_backend, versions
from grader.execute.job import RunSpec
from grader.execute.keeper import DataMount, Slots
from grader.execute.sandbox import Sandbox, inside_folder
from grader.execute.trainings import Trainings, prune
from grader.records import encode
from grader.run_spec import choose_data_source, run_spec
from grader.schedule import room_for

__all__ = [
    "Workers",
    "choose_data_source",
    "inside_digest",
    "job_key",
    "machine",
    "run_spec",
    "workers_for",
]

MOST_EXAMINATION_BYTES = 2 << 30


@dataclass(kw_only=True)
class Workers:
    """Sandboxed workers: slots for student code and, apart from them, for examination."""

    sandbox: Sandbox
    at_once: int
    data_source: datasets.Source
    datasets: tuple[str, ...] = ()
    trainings: Path | None = None
    """Folder of the store of trainings; None trains everything where it stands."""
    examinations: Path | None = None
    """Folder of the store of finished examinations; None examines everything."""
    cancel: threading.Event = field(default_factory=threading.Event)
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def under_way(self) -> int:
        """Submissions to have under way: while some are examined and judged, the student slots go on with the next."""
        return self.at_once + (self.at_once + 1) // 2

    def __enter__(self) -> Workers:
        mount = DataMount(
            datasets=datasets.keras_folder() if self.data_source == "keras" else None,
            stand_ins=datasets.stand_in_folder() if self.data_source == "stand-in" else None,
        )
        self.trusted = self._stack.enter_context(
            Slots(count=self.at_once, sandbox=self.sandbox, data=DataMount(), role="trusted", patient=True)
        )
        trainings = Trainings(self.trainings, self.trusted, machine())
        self.students = self._stack.enter_context(
            Slots(count=self.at_once, sandbox=self.sandbox, data=mount, role="student", trainings=trainings)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.cancel.set()
        self._stack.close()
        if self.examinations is not None:
            prune(self.examinations, "??/*/*", MOST_EXAMINATION_BYTES)


def workers_for(
    folder: AssignmentFolder,
    workspace: Path,
    sandbox: Sandbox,
    *,
    jobs: int | None = None,
    data: datasets.Source | None = None,
    train_once: bool = True,
    count: int = 1,
    hidden: bool = True,
) -> Workers:
    """Workers for so many submissions, as many at once as this machine and this assignment allow.

    Raises:
        DataUnavailable: real data was asked for and is not here.
        UsageError: the backend that `KERAS_BACKEND` names is not installed.
    """
    require_backend()
    assignment = folder.assignment(hidden=hidden)
    source = choose_data_source(assignment, data)
    room = jobs or room_for(assignment.limits.memory_bytes, folder.measured_peak(source, hidden=hidden))
    return Workers(
        sandbox=sandbox,
        at_once=max(1, min(room, count)),
        data_source=source,
        datasets=assignment.datasets,
        trainings=workspace / "trainings" if train_once else None,
        examinations=workspace / "examinations",
    )


def job_key(notebook: bytes, spec: RunSpec, environment: Mapping[str, str]) -> str:
    """Names a job folder by everything that a run depends on; what is made of its models is named apart."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (notebook, encode(spec), inside_digest().encode(), repr(sorted(environment.items())).encode()):
        digest.update(hashlib.blake2b(part).digest())
    return digest.hexdigest()


@functools.cache
def inside_digest() -> str:
    """Digest of the code that runs in the sandbox: after an upgrade, what older code has seen is seen again."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(inside_folder().rglob("*.py")):
        digest.update(path.name.encode() + hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


def machine() -> dict[str, str]:
    """What the bits of a training depend on beside the training itself: versions and the processor's abilities."""
    import platform
    import sys

    flags = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
        flags = next((line.split(":", 1)[1] for line in lines if line.startswith(("flags", "Features"))), "")
    return {**versions(), "python": sys.version, "processor": platform.machine(), "flags": flags}
