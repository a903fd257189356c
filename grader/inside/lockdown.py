"""What a process of the sandbox does to itself before it runs anything of a student's: Linux calls by ctypes."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Mapping

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
SYS_LANDLOCK_CREATE_RULESET = 444
SYS_LANDLOCK_RESTRICT_SELF = 446
SCOPE_ABSTRACT_UNIX_SOCKET = 1
SCOPE_SIGNAL = 2


def _prctl(option: int, value: int) -> bool:
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0)


def hide_from_students() -> None:
    """No ptrace, no `/proc/<pid>/mem`, `fd` or `environ` for other processes of the same user."""
    _prctl(PR_SET_DUMPABLE, 0)


def be_ordinary() -> None:
    """Takes `hide_from_students` back, so that a student's process can read its own `/proc/self`."""
    _prctl(PR_SET_DUMPABLE, 1)


def die_with_parent() -> None:
    """SIGKILL when the parent's thread ends; a second line behind the supervisor."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Descendants whose parents die become this process' children, so none can slip out of its tree."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def signal_own_children_only() -> bool:
    """Landlock scoping (ABI 6): this process and its children can signal each other and nothing else.

    Without it a student's process, which has the same user id as the runner, could kill it.

    Returns:
        Whether the kernel offers it.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    # struct landlock_ruleset_attr: handled_access_fs, handled_access_net, scoped
    attributes = ctypes.create_string_buffer(struct.pack("=QQQ", 0, 0, SCOPE_SIGNAL))
    fd = libc.syscall(SYS_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(24), 0)
    if fd < 0:
        return False
    try:
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        return bool(libc.syscall(SYS_LANDLOCK_RESTRICT_SELF, fd, 0) == 0)
    finally:
        os.close(fd)


def filter_calls(program: bytes) -> None:
    """Installs a seccomp program (`struct sock_filter[]`) for this process and its children.

    Raises:
        OSError: the kernel refused it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: unsigned short len, then the pointer at its natural alignment
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp filter refused")


def limit(limits: Mapping[str, int], *, memory_headroom: int) -> None:
    """Sets the limits that the kernel itself enforces on one process.

    Args:
        limits: `Limits` of the run, by field name.
        memory_headroom: bytes by which the data segment may pass `memory_bytes`. The supervisor's watchdog, which sees
            the whole tree, is meant to fire first; this one turns a single absurd allocation into a `MemoryError`.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, limits["file_bytes"])
    cpu = max(1, int(limits["cpu_seconds"]))
    _limit(resource.RLIMIT_CPU, cpu, cpu + 5)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_DATA, _data_bytes() + limits["memory_bytes"] + memory_headroom)


def limit_processes(count: int) -> None:
    """RLIMIT_NPROC; only inside a user namespace, where it counts the sandbox alone."""
    _limit(resource.RLIMIT_NPROC, count)


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    _, most = resource.getrlimit(which)
    hard = soft if hard is None else hard
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(which, (soft, hard))


def _data_bytes() -> int:
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith("VmData:"):
                return int(line.split()[1]) << 10
    return 0
