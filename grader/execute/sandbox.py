"""Which isolation works here, and how a slot is started under it."""

from __future__ import annotations

import functools
import importlib.resources
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.environment import backend
from grader.errors import SandboxUnavailable

BOOT = (
    "import importlib.util as u,sys;"
    "s=u.spec_from_file_location('inside',sys.argv[2]+'/__init__.py',submodule_search_locations=[sys.argv[2]]);"
    "m=sys.modules['inside']=u.module_from_spec(s);s.loader.exec_module(m);"
    "from inside.slot import main;main()"
)
"""Imports the folder `inside` alone, by its path: no folder above it has to be readable."""
PROBE_SECONDS = 30
LAST = "or pass --no-sandbox for notebooks that you trust like your own programs"
SIZED_SHARES = {"work": 0.5, "tmp": 0.25, "home": 0.125, "shm": 0.125}
"""How `Limits.scratch_bytes` is divided among the writable places."""


@dataclass(frozen=True, kw_only=True)
class DataMount:
    """Folders with data that are readable inside."""

    datasets: Path | None = None
    """Keras' cache of real data sets; appears as `$KERAS_HOME/datasets`."""
    stand_ins: Path | None = None
    """Generated stand-ins; appears as `$GRADER_STAND_INS`."""
    names: tuple[str, ...] = ()
    """Data sets, by `keras.datasets` name, that a student's slot loads once for all its notebooks."""
    source: str = "none"
    """As in `RunSpec.data_source`."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a slot is to have inside."""

    role: str
    """`student` or `trusted`."""
    data: DataMount
    scratch_bytes: int
    evidence_bytes: int
    cold: bool = False
    """Whether each notebook imports TensorFlow by itself instead of being forked from a process that has."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Paths as the slot sees them."""

    work: str
    home: str
    tmp: str
    evidence: str
    sockets: str
    keras: str
    stand_ins: str = ""
    empty: tuple[str, ...] = ()
    """What is emptied between jobs."""
    sized: tuple[str, ...] = ()
    """Which of them are mounts of their own, whose files can be counted."""

    def environment(self) -> dict[str, str]:
        """The whole environment inside; nothing of the caller's."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": self.home,
            "TMPDIR": self.tmp,
            "LANG": "C.UTF-8",
            "USER": "student",
            "LOGNAME": "student",
            "KERAS_HOME": self.keras,
            "KERAS_BACKEND": backend(),
            "GRADER_EVIDENCE": self.evidence,
            "CUDA_VISIBLE_DEVICES": "-1",
            # 3: TensorFlow says that it found no GPU at level "error" into the first cell that trains.
            "TF_CPP_MIN_LOG_LEVEL": "3",
            # One thread a slot: slots run side by side, and the number of threads is fixed before the fork.
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_NUM_INTEROP_THREADS": "1",
            # The same for XLA, which JAX computes with.
            "JAX_PLATFORMS": "cpu",
            "NPROC": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            # scikit-learn's n_jobs: in this process, one after the other, so that seeds and records hold for each fit.
            "JOBLIB_MULTIPROCESSING": "0",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            **({"GRADER_STAND_INS": self.stand_ins} if self.stand_ins else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How a command is started."""

    argv: tuple[str, ...]
    """Comes before the interpreter's own arguments; the interpreter is its last item."""
    inside: str
    """The folder `grader/inside`, as the slot sees it."""
    environment: dict[str, str]
    places: Places
    user: int | None = None
    """User and group id to drop to first."""
    fds: tuple[int, ...] = ()
    """Descriptors that the sandbox program reads; the starter closes its own."""
    folder: Path | None = None
    """Scratch folder on the host, to be removed with the slot."""
    kernel_filter: bytes = b""
    """Seccomp program for the kernel process."""

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The whole command line of a Python program inside."""
        return [*self.argv, "-I", "-B", *arguments]


class Sandbox(Protocol):
    """One way of isolating a slot."""

    @property
    def level(self) -> str:
        """`bubblewrap`, `landlock` or `none`; stands beside every mark."""

    def launch(self, room: Room) -> Launch:
        """How to start a slot in such a room."""


def inside_folder() -> Path:
    """The folder with everything that runs in a sandbox."""
    return Path(str(importlib.resources.files("grader"))).resolve() / "inside"


def prefixes() -> tuple[Path, ...]:
    """Folders that the interpreter really lives in: its own prefix, the virtual environment, what links lead to."""
    executable = Path(sys.executable).resolve()
    found = (Path(sys.base_prefix), Path(sys.base_prefix).resolve(), executable.parent.parent, Path(sys.prefix))
    return tuple(dict.fromkeys(found))


def host_scratch() -> Path:
    """A new scratch folder, with a path short enough for a socket below it (107 bytes in all)."""
    base = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="grader-", dir=base if len(base) < 60 else "/tmp"))  # noqa: S108


def host_places(folder: Path, room: Room) -> Places:
    """The writable places in a scratch folder on the host, for levels without mounts of their own."""
    names = ("work", "home", "tmp", "evidence", "sockets", "keras")
    for name in names:
        (folder / name).mkdir(mode=0o700)
    if room.data.datasets is not None:
        (folder / "keras" / "datasets").symlink_to(room.data.datasets.resolve())
    stand_ins = str(room.data.stand_ins.resolve()) if room.data.stand_ins is not None else ""
    paths = {name: str(folder / name) for name in names}
    emptied = tuple(path for name, path in paths.items() if name != "keras")
    return Places(
        work=paths["work"],
        home=paths["home"],
        tmp=paths["tmp"],
        evidence=paths["evidence"],
        sockets=paths["sockets"],
        keras=paths["keras"],
        stand_ins=stand_ins,
        empty=emptied,
    )


def why_not(launch: Launch) -> str:
    """Starts the interpreter once. Returns why that does not work, or an empty text.

    The versions are compared because hiding a folder can swap the library that an interpreter loads.
    """
    user = launch.user
    try:
        done = subprocess.run(
            launch.command(["-S", "-c", "import sys; print(sys.version)"]),
            env=launch.environment,
            pass_fds=launch.fds,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            check=False,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if done.returncode != 0:
        return (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
    if done.stdout.strip() != sys.version:
        return f"another interpreter answers inside ({done.stdout.strip()})"
    return ""


class Unconfined:
    """No isolation at all: the notebook runs with everything the caller may do."""

    level = "none"

    def launch(self, room: Room) -> Launch:
        """Starts the interpreter itself, in a scratch folder and with a clean environment."""
        folder = host_scratch()
        places = host_places(folder, room)
        return Launch(
            argv=(sys.executable,),
            inside=str(inside_folder()),
            environment=places.environment(),
            places=places,
            folder=folder,
        )


@functools.cache
def _found(name: str) -> Sandbox | str:
    """A working sandbox, or why it doesn't work; found out with one real call and kept for this process."""
    if why := elsewhere():
        return why
    from grader.execute.bubblewrap import probe as bubblewrap
    from grader.execute.landlock import probe as landlock

    probes: dict[str, Callable[[], Sandbox | str]] = {"bubblewrap": bubblewrap, "landlock": landlock}
    return probes[name]()


def available_sandboxes() -> tuple[Sandbox, ...]:
    """Every level of isolation that works here, best first."""
    return tuple(found for name in ("bubblewrap", "landlock") if not isinstance(found := _found(name), str))


def best_sandbox(*, allow_none: bool) -> Sandbox:
    """The strongest isolation that works here.

    Args:
        allow_none: whether to go on without any, which is what `--no-sandbox` asks for when nothing works.

    Raises:
        SandboxUnavailable: nothing works, and `allow_none` is false.
    """
    for sandbox in available_sandboxes():
        return sandbox
    if allow_none:
        return Unconfined()
    raise SandboxUnavailable(
        f"notebooks can't be isolated here: {_found('bubblewrap')}; {_found('landlock')}",
        remedy=f"{remedy('bubblewrap')}; {LAST}",
    )


def named_sandbox(name: str) -> Sandbox:
    """The sandbox of a level by name; `auto` for the best one, `any` for the best one or none where nothing works.

    Raises:
        SandboxUnavailable: it doesn't work here.
    """
    if name == "auto":
        return best_sandbox(allow_none=False)
    if name == "any":
        return best_sandbox(allow_none=True)
    if name == "none":
        return Unconfined()
    if why := absent(name):
        raise SandboxUnavailable(why, remedy=f"{remedy(name)}; {LAST}")
    found = _found(name)
    assert not isinstance(found, str)
    return found


def absent(name: str) -> str:
    """Why a level of isolation does not work here; empty when it does."""
    found = _found(name)
    return found if isinstance(found, str) else ""


def elsewhere() -> str:
    """What is said where notebooks can't be run at all; empty on Linux."""
    if system() == "Linux":
        return ""
    known = {"Darwin": "macOS", "Windows": "Windows"}.get(system(), system() or "this system")
    return f"{known} has none of the isolation that Grader uses, and Grader runs notebooks on Linux only"


def system() -> str:
    """`Linux`, `Darwin` or `Windows`."""
    return platform.system()


def remedy(name: str) -> str:
    """What to install or allow for a level of isolation."""
    if elsewhere():
        return "grade on Linux, or in a Linux container or virtual machine (docs/containers.md)"
    if name == "landlock":
        return "use a kernel of 6.12 or newer that has Landlock on (`lsm=` at boot names it), on x86_64 or aarch64"
    if shutil.which("bwrap") is None:
        return "install bubblewrap (`apt install bubblewrap`, `dnf install bubblewrap`)"
    return (
        "allow unprivileged user namespaces (`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` on Ubuntu; "
        "in a container, see docs/containers.md)"
    )
