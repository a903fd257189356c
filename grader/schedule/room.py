"""How many notebooks run at once: as many as there are cores, and as memory holds."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

SPARE = 1.2
"""A student's notebook may take a little more than the reference's ever did."""
LEAST_BYTES = 1 << 30
KEPT_BYTES = 1 << 30
"""Left to the system and to the grader itself."""
CGROUP_FILES = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)
"""Limit and use, as version 2 and version 1 of control groups have them."""


def room_for(limit: int, peak: int, *, cores: int | None = None, memory: int | None = None) -> int:
    """Notebooks at once, at least one.

    Args:
        limit: What one notebook may take at most, in bytes.
        peak: What the reference took at its highest, worker and trainer included; 0 where that is not known. Then a quarter
            of the limit is assumed.
        cores: Instead of those that this process may use.
        memory: Instead of what is available now, in bytes.
    """
    expected = min(limit, int(peak * SPARE)) if peak else limit // 4
    held = (available_memory() if memory is None else memory) - KEPT_BYTES
    return max(1, min(usable_cores() if cores is None else cores, held // max(expected, LEAST_BYTES)))


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> int:
    """Bytes that can be had now: of the machine, and of the container where there is one."""
    found = [int(psutil.virtual_memory().available)]
    for limit, used in CGROUP_FILES:
        try:
            found.append(int(Path(limit).read_text("ascii")) - int(Path(used).read_text("ascii")))
        except (OSError, ValueError):
            continue  # no such kind of control group, or one without a limit
    return max(0, min(found))
