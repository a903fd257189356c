"""What a command costs with everything that it starts: wall time, CPU time, memory."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.2
MOST_SHARE = 0.05
"""Of one core that sampling may take: a look at a process with TensorFlow takes 30 ms, and holds its memory's lock."""
CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one command and all its descendants."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of user and system time, of all cores together."""
    memory: int
    """Highest sum of proportional set sizes that was sampled, in bytes."""
    own: int = 0
    """The same of the command's own process alone: for Grader the host's side, without its slots."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            wall=self.wall + other.wall,
            cpu=self.cpu + other.cpu,
            memory=max(self.memory, other.memory),
            own=max(self.own, other.own),
        )

    def times(self, factor: float, *, once: Cost | None = None) -> Cost:
        """The same work more often, one after the other; `once` is the part of it that doesn't grow."""
        wall, cpu = (once.wall, once.cpu) if once else (0.0, 0.0)
        return Cost(
            wall=wall + max(0.0, self.wall - wall) * factor,
            cpu=cpu + max(0.0, self.cpu - cpu) * factor,
            memory=self.memory,
            own=self.own,
        )


class Failed(Exception):
    """A command ended with an exit code that says it did not work."""


def measured(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, allowed: Sequence[int] = (0,)
) -> Cost:
    """Runs a command.

    CPU time comes from a control group where one can be made (cgroup v1 `cpuacct`, root): processes that nobody waited for
    are counted there. Elsewhere it is what the children that were waited for used, which misses those.

    Raises:
        Failed: another exit code than those allowed.
    """
    with _group() as group, (cwd / "benchmark.log").open("ab") as log:
        before = os.times()
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=(lambda: (group / "cgroup.procs").write_text("0")) if group else None,  # noqa: PLW1509
        )
        peak = _Peak(process.pid)
        code = process.wait()
        wall = time.perf_counter() - begun
        peak.stop()
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        if group:
            cpu = int((group / "cpuacct.usage").read_text()) / 1e9
    if code not in allowed:
        tail = (cwd / "benchmark.log").read_text(errors="replace")[-1500:]
        raise Failed(f"{' '.join(command)} ended with {code}:\n{tail}")
    return Cost(wall=wall, cpu=cpu, memory=peak.bytes, own=peak.own)


@contextlib.contextmanager
def _group() -> Iterator[Path | None]:
    group = CGROUPS / "cpuacct" / f"grader-benchmark-{os.getpid()}-{time.monotonic_ns()}"
    try:
        group.mkdir()
    except OSError:
        yield None
        return
    try:
        yield group
    finally:
        for _ in range(50):
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.1)


class _Peak:
    """Samples the memory of a process tree."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self.own = 0
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        pause = SAMPLE_SECONDS
        while not self._over.wait(pause):
            total, begun = 0, time.perf_counter()
            with contextlib.suppress(psutil.Error):
                for process in [self._root, *self._root.children(recursive=True)]:
                    with contextlib.suppress(psutil.Error, AttributeError):
                        pss = process.memory_full_info().pss
                        total += pss
                        if process is self._root:
                            self.own = max(self.own, pss)
            self.bytes = max(self.bytes, total)
            pause = max(SAMPLE_SECONDS, (time.perf_counter() - begun) / MOST_SHARE)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
