"""The warm process: imports Keras and what it runs on once, then forks a runner for each job and clears up after it.

Started by `grader/execute` with one JSON argument (`Settings`). It reads no job itself: a runner is forked as soon as the
pipe has something to read, so nothing of one student is ever in the process that the next student's kernel comes from.
"""

from __future__ import annotations

import base64
import gc
import importlib
import json
import os
import platform
import select
import shutil
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import lockdown
from .frames import Channel, PipeBroken
from .kernel import Place
from .starvation import Starvation

STOP = 3
"""Exit status of a runner that was told to stop."""
BACKEND_PACKAGES = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib"), "torch": ("torch",)}
"""As `BACKENDS` of grader/environment.py, which is not to be seen from here."""
NEEDLESS = {
    "tensorflow": ("sklearn", "scipy", "matplotlib", "pandas"),
    "jax": ("tensorflow", "sklearn", "matplotlib", "pandas"),
    "torch": ("tensorflow", "sklearn", "matplotlib", "pandas"),
}
"""By backend, what Keras imports where it is there, and no examination or training uses: a third of the start."""
REAP_SECONDS = 5.0
CALM_SECONDS = 0.3
"""What processes that were killed with the kernel get to be gone."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the host tells a slot."""

    read_fd: int
    write_fd: int
    line_fd: int
    """A socket for memory files: a student's trainings go out by it, a trainer's come in."""
    role: str
    """`student`: runs notebooks. `trusted`: examines and trains, and never sees student code."""
    place: Place
    cold: bool
    """Whether nothing is imported before the fork: each kernel then imports TensorFlow by itself."""
    data: Mapping[str, Any]
    """What `probe/preload.py` is to keep in memory: names of data sets and their source."""
    empty: tuple[Path, ...]
    """Folders that are emptied after each job."""

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Reads the command line's argument."""
        raw: dict[str, Any] = json.loads(text)
        place = Place(
            work=Path(raw["work"]),
            evidence=Path(raw["evidence"]),
            sockets=Path(raw["sockets"]),
            level=raw["level"],
            sized=tuple(Path(folder) for folder in raw["sized"]),
            kernel_filter=base64.b64decode(raw["kernel_filter"]),
        )
        return cls(
            read_fd=raw["read_fd"],
            write_fd=raw["write_fd"],
            line_fd=raw["line_fd"],
            role=raw["role"],
            place=place,
            cold=raw["cold"],
            data=raw["data"],
            empty=tuple(Path(folder) for folder in raw["empty"]),
        )


def main() -> None:
    """Runs until the pipe ends or says stop."""
    settings = Settings.from_json(sys.argv[1])
    lockdown.hide_from_students()
    lockdown.die_with_parent()
    lockdown.adopt_orphans()
    for fd in (settings.read_fd, settings.write_fd, settings.line_fd):
        os.set_inheritable(fd, False)  # noqa: FBT003
    channel = Channel(settings.read_fd, settings.write_fd)
    if settings.cold:
        empty(settings.empty)
        channel.event("ready", environment=versions(), pid=os.getpid())
        while serve(settings, channel):
            pass
        return
    # The collector looks at every object again and again while four thousand modules load: a quarter of the start.
    gc.disable()
    environment = import_stack(settings.role)
    if settings.role == "student":
        from .probe.preload import preload

        preload(settings.data)
    # The imports leave caches behind: the first notebook finds the same world as all others.
    empty(settings.empty)
    # What is here now stays for as long as the slot: the collector of a forked kernel need not look at it, page by page.
    gc.freeze()
    gc.enable()
    if why_not_fork():
        start_cold(settings)
    channel.event("ready", environment=environment, pid=os.getpid())
    while serve(settings, channel):
        pass


def import_stack(role: str) -> dict[str, str]:
    """Imports everything that a job needs, and nothing that starts a thread or TensorFlow's runtime.

    Returns:
        Versions, as in `Evidence.environment`.
    """
    if role != "student":
        for name in NEEDLESS[os.environ.get("KERAS_BACKEND") or "tensorflow"]:
            sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # what the import system takes for "not there"
    import keras

    importlib.import_module(keras.config.backend())
    if role == "student":
        import ipykernel.kernelapp
        import ipykernel.zmqshell
        import matplotlib.pyplot
        import matplotlib_inline.config

        from . import probe, runner  # noqa: F401
        from .probe import preload, train_once  # noqa: F401

        del ipykernel, matplotlib, matplotlib_inline
    else:
        from . import examine, train  # noqa: F401
    return versions()


def start_cold(settings: Settings) -> None:
    """Starts this process again, without imports: slower for every notebook, and right where forking is not."""
    for fd in (settings.read_fd, settings.write_fd, settings.line_fd):
        os.set_inheritable(fd, True)  # noqa: FBT003
    told = json.dumps({**json.loads(sys.argv[1]), "cold": True})
    again = [told if argument == sys.argv[1] else argument for argument in sys.orig_argv]
    os.execv(sys.executable, again)  # noqa: S606 this very program


def versions() -> dict[str, str]:
    """Versions, as in `Evidence.environment`, without importing anything."""
    from importlib.metadata import version

    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    found = {name: version(name) for name in (*BACKEND_PACKAGES[backend], "keras", "numpy")}
    return {"python": platform.python_version(), "build": sys.version, "backend": backend, **found}


def why_not_fork() -> str:
    """Why this process can't be forked safely any more, or an empty text.

    A fork copies only the calling thread. TensorFlow's runtime (devices and thread pools, made on first use) would be
    copied without its threads and hang, and so would zmq's.
    """
    if sys.platform == "linux" and (threads := len(os.listdir("/proc/self/task"))) != 1:
        return f"{threads} threads are running"
    context = sys.modules.get("tensorflow.python.eager.context")
    current = getattr(context, "_context", None)
    if getattr(current, "_initialized", False):
        return "TensorFlow's runtime was started by an import"
    zmq = sys.modules.get("zmq")
    if zmq is not None and getattr(zmq.Context, "_instance", None) is not None:
        return "a zmq context exists"
    return ""


def serve(settings: Settings, channel: Channel) -> bool:
    """Waits for a job, has a runner do it, clears up. Returns whether to go on."""
    select.select([settings.read_fd], [], [])
    pid = os.fork()
    if pid == 0:
        os._exit(_job_status(settings, channel))
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == STOP:
        return False
    if status != 0:
        how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit status {os.WEXITSTATUS(status)}"
        channel.event("end", how="failed", reason=f"the runner ended with {how}")
    left = end_everything_else()
    clean = empty(settings.empty)
    channel.event("reset", clean=status == 0 and left == 0 and clean, left=left)
    return True


def _job_status(settings: Settings, channel: Channel) -> int:
    try:
        return _job(settings, channel)
    except PipeBroken:
        return STOP
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        try:
            channel.event("end", how="failed", reason=reason[:2000])
        except OSError:
            return 1
        return 0


def _job(settings: Settings, channel: Channel) -> int:
    os.setsid()
    lockdown.die_with_parent()
    files: dict[str, bytes] = {}
    while (frame := channel.receive()) is not None:
        header, data = frame
        if "file" in header:
            files[str(header["file"])] = data
        elif header.get("event") == "go":
            channel.event("started")
            _JOBS[settings.role, header["job"]](settings, channel, files)
            return 0
        else:
            break
    return STOP


def _run(settings: Settings, channel: Channel, files: Mapping[str, bytes]) -> None:
    from .runner import run_notebook

    run_notebook(channel, settings.place, files, settings.line_fd, cold=settings.cold)


def _examine(settings: Settings, channel: Channel, files: Mapping[str, bytes]) -> None:
    from .examine import examine

    limits = json.loads(files["limits.json"])
    lockdown.limit(limits, memory_headroom=1 << 30)
    for name, data in files.items():
        path = settings.place.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    os.chdir(settings.place.work)
    examine(settings.place.work, channel.file)
    channel.event("end", how="completed", reason="")


def _train(settings: Settings, channel: Channel, files: Mapping[str, bytes]) -> None:
    from .train import train

    lockdown.limit(json.loads(files["limits.json"]), memory_headroom=1 << 30)
    os.chdir(settings.place.work)
    with socket.socket(fileno=settings.line_fd) as line:
        message, fds, _, _ = socket.recv_fds(line, 4096, 1)
    starvation = Starvation(os.getpid())
    why_not = train(fds[0], json.loads(message)["seed"], channel.file)
    channel.event("end", how="completed", reason=why_not, starved=round(starvation.seconds(), 3))


_JOBS: dict[tuple[str, str], Callable[[Settings, Channel, Mapping[str, bytes]], None]] = {
    ("student", "run"): _run,
    ("trusted", "examine"): _examine,
    ("trusted", "train"): _train,
}


def end_everything_else() -> int:
    """Kills and reaps every descendant; orphans have become children of this process.

    Returns:
        How many were alive of their own, not counting those that were already ending.
    """
    calm = time.monotonic() + CALM_SECONDS
    while _reap() and time.monotonic() < calm:
        time.sleep(0.01)
    left = 0
    until = time.monotonic() + REAP_SECONDS
    while time.monotonic() < until and _reap():
        for pid in _children():
            left += 1
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)
    return left


def _reap() -> bool:
    """Collects the dead. Returns whether children are left."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True


def _children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listed:
        return [int(pid) for pid in listed.read().split()]


def empty(folders: tuple[Path, ...]) -> bool:
    """Empties folders without leaving them. Returns whether nothing is left but what is mounted there."""
    for folder in folders:
        os.chmod(folder, 0o700)
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                if not os.path.ismount(entry.path):
                    shutil.rmtree(entry.path, onerror=_make_writable)
            else:
                os.unlink(entry.path)
    return all(os.path.ismount(entry.path) for folder in folders for entry in os.scandir(folder))


def _make_writable(function: Callable[..., Any], path: str, _error: object) -> None:
    """Second try after a student took the write permission from a folder of theirs."""
    try:
        os.chmod(os.path.dirname(path), 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
    except OSError:
        pass
