"""What a sandboxed worker is asked to do, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from grader.assignment import Limits
from grader.checks.check import FunctionCase


class How(StrEnum):
    """How a job ended, seen from outside the sandbox."""

    COMPLETED = "completed"
    NOTEBOOK_TIMEOUT = "notebook_timeout"
    OUT_OF_MEMORY = "out_of_memory"
    KERNEL_DIED = "kernel_died"
    LIMIT = "limit"
    """Another limit: evidence size or count, CPU time."""
    FAILED = "failed"
    """The worker's own fault; nothing is known about the student's work."""
    CANCELLED = "cancelled"
    """Ctrl-C."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSpec:
    """What a run of a notebook collects; crosses into the sandbox as `spec.json`. Nothing secret belongs in it."""

    seed: int
    variables: tuple[str, ...] = ()
    functions: tuple[FunctionCase, ...] = ()
    limits: Limits = field(default_factory=Limits)
    datasets: tuple[str, ...] = ()
    """By `keras.datasets` name."""
    weights: tuple[str, ...] = ()
    """Modules of `keras.applications` whose weights are made where Keras' cache has none (`inside/probe/pretrained.py`)."""
    train_once: bool = False
    """Whether the kernel may have its trainings answered from the store (`execute/trainings.py`)."""
    compat: bool = False
    """Whether names that Keras has removed are put back (`inside/compat.py`)."""
    data_source: str = "none"
    """`keras`: Keras' own loaders on the mounted cache. `stand-in`: `load_data` is answered from the mounted stand-ins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """`outcome.json`."""

    how: How
    reason: str = ""
    """One sentence for a person, naming cell and limit where there is one."""
    cell: int | None = None
    """The cell that was running."""
    seconds: float = 0.0
    peak_memory: int = 0
    """Highest proportional set size of the whole run, in bytes."""
    sandbox: str = ""
    """Isolation level: `bubblewrap`, `landlock`, `none`."""
    environment: dict[str, str] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    """Bytes of each file that the run sent, by its name in the job folder."""
