"""Semaphores for `multiprocessing` where named ones can't be had: beside Landlock, `/dev/shm` is the whole machine's.

A counter of the kernel's (eventfd(2), EFD_SEMAPHORE) does what `sem_open` does, for processes that are forked; it has
neither a name nor a file, and ends with its last process. The methods are those of CPython's `_multiprocessing.SemLock`
(Modules/_multiprocessing/semaphore.c).
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from typing import Any

RECURSIVE = 0
"""Kind of a lock that its owner may take again; any other is a semaphore."""


class CounterLock:
    """A semaphore or lock that forked processes share."""

    SEM_VALUE_MAX = 0x7FFFFFFF

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: object) -> None:
        del name, unlink
        if value < 0:
            raise ValueError("a semaphore's value is 0 or more")
        self.handle = os.eventfd(value, os.EFD_SEMAPHORE | os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.kind = kind
        self.maxvalue = maxvalue
        self.name = None
        self._taken = 0
        self._owner = 0

    def __del__(self) -> None:
        try:
            os.close(self.handle)
        except (OSError, AttributeError):
            pass

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002 the original's
        """Takes one, waiting for it as told; whether it did."""
        if self.kind == RECURSIVE and self._is_mine():
            self._taken += 1
            return True
        until = None if timeout is None else time.monotonic() + max(0.0, timeout)
        while not self._take():
            left = None if until is None else until - time.monotonic()
            if not block or (left is not None and left <= 0):
                return False
            waiting = select.poll()
            waiting.register(self.handle, select.POLLIN)
            waiting.poll(None if left is None else left * 1000)
        self._taken += 1
        self._owner = threading.get_ident()
        return True

    def _take(self) -> bool:
        try:
            os.eventfd_read(self.handle)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Gives one back.

        Raises:
            AssertionError: it is somebody else's lock.
            ValueError: there were none out.
        """
        if self.kind == RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._taken > 1:
                self._taken -= 1
                return
        elif self._get_value() >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._taken -= 1
        os.eventfd_write(self.handle, 1)

    def _count(self) -> int:
        return self._taken

    def _is_mine(self) -> bool:
        return self._taken > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        with open(f"/proc/self/fdinfo/{self.handle}", encoding="ascii") as described:
            return next(int(line.split()[1], 16) for line in described if line.startswith("eventfd-count:"))

    def _is_zero(self) -> bool:
        return self._get_value() == 0

    def _after_fork(self) -> None:
        self._taken = 0

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def install() -> None:
    """Has `multiprocessing` of this process use them, and keep shared arrays in `$TMPDIR`."""
    import multiprocessing.heap
    import multiprocessing.synchronize

    changed: Any = sys.modules["_multiprocessing"]
    changed.SemLock = CounterLock
    shared: Any = multiprocessing.heap.Arena
    shared._dir_candidates = []
