"""Bubblewrap: namespaces of its own for files, network, processes, users, IPC and host name."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.execute import seccomp
from grader.execute.sandbox import (
    SIZED_SHARES,
    DataMount,
    Launch,
    Places,
    Room,
    Sandbox,
    inside_folder,
    prefixes,
    why_not,
)

NOBODY = 65534
MIB = 1 << 20
VENV = "/grader/venv"
INSIDE = "/grader/inside"
SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
READABLE = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/fonts",
)
KERNEL_SETTINGS = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus")
ETC = {
    "/etc/passwd": f"student:x:{NOBODY}:{NOBODY}:student:/home/student:/bin/sh\n",
    "/etc/group": f"student:x:{NOBODY}:\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
}
WRITABLE = {"work": "/work", "tmp": "/tmp", "home": "/home/student", "shm": "/dev/shm"}  # noqa: S108


@dataclass(frozen=True, kw_only=True)
class Bubblewrap:
    """Starts slots under `bwrap`."""

    program: str
    user: int | None
    """User id that a root caller drops to first; None keeps the caller's, which is mapped to nobody inside."""

    level = "bubblewrap"

    def launch(self, room: Room) -> Launch:
        """A slot that sees the system's programs, the interpreter, `grader/inside` and the data, all read-only."""
        places = _places(room)
        filter_fd, argv, fds = _file(seccomp.for_bubblewrap()), [self.program, *_namespaces()], []
        environment = places.environment()
        for name, value in environment.items():
            argv += ["--setenv", name, value]
        argv += [*_system(), *_interpreter()]
        for path, text in ETC.items():
            fds.append(_file(text.encode()))
            argv += ["--ro-bind-data", str(fds[-1]), path]
        argv += [*_writable(room, places), *_data(room, places)]
        argv += ["--ro-bind", str(inside_folder()), INSIDE, "--remount-ro", "/dev", "--remount-ro", "/"]
        argv += ["--seccomp", str(filter_fd), "--chdir", "/", "--", _python()]
        return Launch(
            argv=tuple(argv),
            inside=INSIDE,
            environment={"PATH": environment["PATH"]},
            places=places,
            user=self.user,
            fds=(filter_fd, *fds),
        )


def _places(room: Room) -> Places:
    own = ("/evidence", "/run/kernel", "/keras")
    mounts = (*WRITABLE.values(), *own)
    return Places(
        work=WRITABLE["work"],
        home=WRITABLE["home"],
        tmp=WRITABLE["tmp"],
        evidence=own[0],
        sockets=own[1],
        keras=own[2],
        stand_ins="/grader/stand-ins" if room.data.stand_ins is not None else "",
        empty=mounts,
        sized=mounts,
    )


def _namespaces() -> list[str]:
    return [
        *("--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY), "--disable-userns", "--cap-drop", "ALL"),
        *("--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--hostname", "grader", "--clearenv", "--new-session", "--die-with-parent"),
    ]


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for path in SYSTEM:
        if os.path.islink(path):
            yield from ("--symlink", os.readlink(path), path)
        elif os.path.isdir(path):
            yield from ("--ro-bind", path, path)
    for path in READABLE:
        yield from ("--ro-bind-try", path, path)
    yield from ("--proc", "/proc")
    for path in KERNEL_SETTINGS:
        # Even without capabilities, a sandbox that root started could write settings of the host here.
        yield from ("--ro-bind-try", path, path)
    yield from ("--dev", "/dev")


def _interpreter() -> Iterator[str]:
    for prefix in prefixes():
        if prefix == Path(sys.prefix) and sys.prefix != sys.base_prefix:
            # A virtual environment often lies in a checkout; a name of its own keeps the checkout's path out.
            yield from ("--ro-bind", str(prefix), VENV)
        elif Path("/usr") not in (prefix, *prefix.parents):
            yield from ("--ro-bind", str(prefix), str(prefix))


def _python() -> str:
    if sys.prefix == sys.base_prefix:
        return sys.executable
    return f"{VENV}/{Path(sys.executable).relative_to(sys.prefix)}"


def _writable(room: Room, places: Places) -> Iterator[str]:
    for name, path in WRITABLE.items():
        size = max(MIB, int(room.scratch_bytes * SIZED_SHARES[name]))
        yield from ("--size", str(size), "--tmpfs", path)
    yield from ("--size", str(room.evidence_bytes + MIB), "--tmpfs", places.evidence)
    for path in (places.sockets, places.keras):
        yield from ("--size", str(16 * MIB), "--tmpfs", path)


def _data(room: Room, places: Places) -> Iterator[str]:
    if room.data.datasets is not None:
        yield from ("--ro-bind", str(room.data.datasets.resolve()), f"{places.keras}/datasets")
    if room.data.stand_ins is not None:
        yield from ("--ro-bind", str(room.data.stand_ins.resolve()), places.stand_ins)


def _file(data: bytes) -> int:
    """A descriptor to read these bytes from."""
    fd = os.memfd_create("grader")
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def probe() -> Sandbox | str:
    """Bubblewrap if one real call of the interpreter works under it, else why not.

    As root the user id is dropped first where the interpreter can still be reached then, and kept where it can't.
    """
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed"
    why = ""
    for user in (NOBODY, None) if os.geteuid() == 0 else (None,):
        sandbox = Bubblewrap(program=program, user=user)
        why = _try(sandbox)
        if not why:
            return sandbox
    return f"bubblewrap does not work: {why}"


def _try(sandbox: Bubblewrap) -> str:
    launch = sandbox.launch(Room(role="student", data=DataMount(), scratch_bytes=8 * MIB, evidence_bytes=MIB))
    try:
        return why_not(launch)
    finally:
        for fd in launch.fds:
            os.close(fd)
