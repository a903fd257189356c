"""How long a process wanted a processor and got none: a busy machine's fault, which takes nothing of a notebook's time.

Linux counts for each thread how long it ran and how long it waited to run (`/proc/<pid>/task/<tid>/schedstat`,
Documentation/scheduler/sched-stats.rst).
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

MOST = 2.0
"""A limit becomes at most this many times itself longer: a notebook with very many busy threads starves itself."""


class Starvation:
    """Of one process, since it was made. Where the kernel doesn't count, it is always 0."""

    def __init__(self, pid: int) -> None:
        self._tasks = Path(f"/proc/{pid}/task")
        self._seconds = 0.0
        self._known = self._counts()
        self._at = time.monotonic()

    def seconds(self) -> float:
        """Of the time since the last look, the share that its threads waited of what they ran and waited together."""
        now, counts = time.monotonic(), self._counts()
        ran = waited = 0
        for thread, (run, wait) in counts.items():
            before = self._known.get(thread, (0, 0))
            ran += max(0, run - before[0])
            waited += max(0, wait - before[1])
        if waited:
            self._seconds += (now - self._at) * waited / (ran + waited)
        self._known, self._at = counts, now
        return self._seconds

    def _counts(self) -> Mapping[str, tuple[int, int]]:
        """Nanoseconds that each thread ran and waited."""
        found = {}
        try:
            threads = os.listdir(self._tasks)
        except OSError:
            return {}
        for thread in threads:
            try:
                run, wait, _ = (self._tasks / thread / "schedstat").read_text().split()
                found[thread] = int(run), int(wait)
            except (OSError, ValueError):
                continue
        return found
