"""The kernel process: forked from the runner, it is the one that student code runs in."""

from __future__ import annotations

import os
import resource
import secrets
import signal
import socket
import subprocess
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import lockdown, otter_stub, semaphores

MEMORY_HEADROOM = 1 << 30
KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "TZ",
    "KERAS_HOME",
    "KERAS_BACKEND",
    "GRADER_STAND_INS",
    "GRADER_EVIDENCE",
    "CUDA_VISIBLE_DEVICES",
    "TF_CPP_MIN_LOG_LEVEL",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "JAX_PLATFORMS",
    "NPROC",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MPLBACKEND",
    "JOBLIB_MULTIPROCESSING",
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a run happens inside the sandbox, and what holds it there."""

    work: Path
    """Current folder of the notebook."""
    evidence: Path
    """`$GRADER_EVIDENCE`."""
    sockets: Path
    """Folder of the kernel's sockets; the path stays far below 107 bytes."""
    level: str
    """`bubblewrap`, `landlock` or `none`."""
    sized: tuple[Path, ...] = ()
    """Writable tmpfs mounts, where the number of files is counted."""
    kernel_filter: bytes = b""
    """A seccomp program for the kernel process alone, or empty."""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A kernel that was forked and has bound its sockets."""

    pid: int
    connection: dict[str, Any]
    """As in a Jupyter connection file."""


def fork_kernel(place: Place, spec: Mapping[str, Any], line: socket.socket | None = None) -> Kernel:
    """Forks the kernel from this process, which must have neither threads nor zmq contexts nor an event loop.

    Args:
        place: where it runs.
        spec: what it collects.
        line: the kernel's end of the line for trainings; closed here.

    Raises:
        RuntimeError: the kernel ended before it could take a message.
    """
    connection: dict[str, Any] = {
        "transport": "ipc",
        "ip": str(place.sockets / "kernel"),
        "key": secrets.token_hex(16),
        "signature_scheme": "hmac-sha256",
        **{f"{name}_port": port for port, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)},
    }
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reader)
            _be_kernel(place, spec, connection, writer, line)
        except BaseException as error:
            _say(writer, f"{type(error).__name__}: {error}")
        finally:
            os._exit(70)
    os.close(writer)
    if line is not None:
        line.close()
    with open(reader, encoding="utf-8", errors="replace") as stream:
        said = stream.read(4000)
    if said != "ready":
        status = os.waitpid(pid, 0)[1]
        raise RuntimeError(f"the kernel did not start: {said or f'it ended at once, with wait status {status}'}")
    return Kernel(pid=pid, connection=connection)


def _say(fd: int, text: str) -> None:
    try:
        os.write(fd, text.encode(errors="replace")[:4000])
    except OSError:
        pass


def _be_kernel(
    place: Place, spec: Mapping[str, Any], connection: Mapping[str, Any], ready: int, line: socket.socket | None
) -> None:
    os.setsid()
    lockdown.die_with_parent()
    ready, kept = _drop_descriptors(ready, None if line is None else line.detach())
    _clean_environment()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # The supervisor ignores them, which is inherited: a notebook's own children could not be terminated.
        signal.signal(number, signal.SIG_DFL)
    lockdown.be_ordinary()
    lockdown.limit(spec["limits"], memory_headroom=MEMORY_HEADROOM)
    if place.level == "bubblewrap":
        lockdown.limit_processes(spec["limits"]["processes"])
    if place.level != "none":
        lockdown.signal_own_children_only()
    if place.kernel_filter:
        lockdown.filter_calls(place.kernel_filter)
    os.chdir(place.work)
    app = _application(place, connection)
    if place.level == "landlock":
        _without_terminals(app.shell)
        semaphores.install()
    _watch(app.shell, str(place.evidence), spec, None if kept is None else socket.socket(fileno=kept))
    _say(ready, "ready")
    os.close(ready)
    app.start()


def _drop_descriptors(ready: int, line: int | None) -> tuple[int, int | None]:
    """Leaves `/dev/null` on 0 to 2 and the two given ones; nothing else of the grader's reaches student code."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    kept = sorted(fd for fd in (ready, line) if fd is not None)
    for fd in kept:
        os.set_inheritable(fd, False)  # noqa: FBT003
    for low, high in zip([2, *kept], [*kept, _most_descriptors()], strict=True):
        os.closerange(low + 1, high)
    return ready, line


def _most_descriptors() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 65536 if soft == resource.RLIM_INFINITY else min(soft, 1 << 20)


def _clean_environment() -> None:
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    os.environ.clear()
    os.environ.update(kept)


def _application(place: Place, connection: Mapping[str, Any]) -> Any:
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    # Not a file of Jupyter's runtime folder: two kernels never share this sandbox.
    quiet = Config({"HistoryManager": {"enabled": False}, "IPKernelApp": {"log_level": 50}})
    app = IPKernelApp.instance(
        config=quiet,
        connection_file=str(place.sockets / "kernel.json"),
        transport="ipc",
        ip=connection["ip"],
        **{name: value for name, value in connection.items() if name.endswith("_port")},
    )
    app.session.key = connection["key"].encode()
    app.initialize([])
    shell = app.shell
    shell.run_line_magic("matplotlib", "inline")
    shell.ask_exit = _ask_exit
    sys.modules["grader"] = _self_check_stub()
    sys.modules.update(otter_stub.modules())
    return app


def _without_terminals(shell: Any) -> None:
    """Gives shell commands a pipe: IPython's pseudo-terminal would need `/dev/pts`, where the machine's own ones are."""

    def system(command: str) -> None:
        expanded = ["/bin/sh", "-c", shell.var_expand(command)]
        with subprocess.Popen(
            expanded, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as done:
            for line in done.stdout or ():
                print(line.decode(errors="replace"), end="")  # noqa: T201
        shell.user_ns["_exit_code"] = done.returncode

    shell.system = shell.system_piped = system


def _ask_exit() -> None:
    raise SystemExit("quit() ends this cell; the notebook goes on")


def _self_check_stub() -> types.ModuleType:
    stub = types.ModuleType("grader", "Stands in for the self-check while a notebook is graded.")

    def check(*_names: object, **_options: object) -> None:
        """Self-checks are for working on the notebook; grading runs its own."""
        print("Self-checks are skipped while grading.")  # noqa: T201

    def load_ipython_extension(shell: Any) -> None:
        """`%load_ext grader`: the magic is there, and as quiet."""
        shell.register_magic_function(check, "line", "grader")

    stub.check = stub.hint = check  # type: ignore[attr-defined]
    stub.load_ipython_extension = load_ipython_extension  # type: ignore[attr-defined]
    return stub


def _watch(shell: Any, evidence: str, spec: Mapping[str, Any], line: socket.socket | None) -> None:
    from .code_tests import CodeTests
    from .probe import install
    from .probe.preload import preload

    if spec.get("preload"):
        preload(spec)
    recorder = install(evidence, dict(spec))
    if spec.get("compat"):
        from .compat import install as put_back

        put_back(lambda name: recorder.notice(f"Stood in for {name}, which no longer exists."))
    if line is not None:
        from .probe.train_once import TrainOnce

        recorder.train_once = TrainOnce(line, spec.get("seed"))

    # Whoever holds it can run tests on the namespace: so can student code, and what comes of tests is a claim.
    shell.grader_tests = CodeTests(shell.user_ns, recorder.end)

    def started(info: Any) -> None:
        index = _index(info)
        if index is not None:
            recorder.cell_started(index)

    def ended(result: Any) -> None:
        index = _index(result.info)
        if index is not None:
            recorder.cell_ended(index)

    shell.events.register("pre_run_cell", started)
    shell.events.register("post_run_cell", ended)


def _index(info: Any) -> int | None:
    """The cell's position, which the runner sends as the Jupyter cell id of its request; no extra round trip."""
    cell_id = getattr(info, "cell_id", None)
    return int(cell_id) if isinstance(cell_id, str) and cell_id.isdecimal() else None
