"""Runs one notebook beside its kernel, inside the sandbox, and sends what comes of it down the pipe."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode, v4

from .code_tests import request
from .frames import Channel
from .kernel import Kernel, Place, fork_kernel
from .line import Line
from .memory import ran_out
from .messages import CellClient
from .outputs import CappedOutputs, plain
from .planned_tests import (
    FILE,
    MOST_TESTS,
    PlannedTests,
    ask_for_late,
    begin_request,
    canary,
    failure_of,
    keep_request,
    restore_request,
    value_of,
)
from .relay import Relay
from .starvation import MOST, Starvation

GRACE_SECONDS = 5.0
"""What a cell gets after the interrupt, before its kernel is killed."""
SWEEP_SECONDS = 0.5
READY_SECONDS = 60.0
MOST_FILES = 200_000
"""Files and folders in the writable places; a tmpfs bounds bytes, not entries, and each costs kernel memory."""
MESSAGE_CHARACTERS = 4_000
TRACEBACK_CHARACTERS = 20_000


@dataclass(kw_only=True)
class Verdict:
    """How the notebook ended; the fields of the `end` event."""

    how: str = "completed"
    reason: str = ""
    limits_hit: int = 0
    """Cells that hit a limit; the host throws such a slot away."""


@dataclass(kw_only=True)
class CellResult:
    """`CellRun` of grader/evidence.py, as it is sent."""

    index: int
    cell_id: str = ""
    status: str = "ok"
    seconds: float = 0.0
    error: dict[str, str] | None = None
    limit: str = ""
    cut_bytes: int = 0
    outputs: list[dict[str, Any]] = field(default_factory=list)

    def send(self, channel: Channel) -> None:
        """Sends the cell's two files."""
        record = {name: value for name, value in vars(self).items() if name != "outputs"}
        channel.file(f"outputs/{self.index:04d}.json", _json(self.outputs))
        channel.file(f"cells/{self.index:04d}.json", _json(record))


class Runner(NotebookClient):
    """nbclient's cell execution, with outside time limits, instant notice of a dead kernel, and capped outputs."""

    clear_before_next_output: bool
    """nbclient's own; set when a `clear_output(wait=True)` came."""

    def __init__(
        self,
        notebook: NotebookNode,
        *,
        channel: Channel,
        kernel: Kernel,
        limits: Mapping[str, Any],
        sized: tuple[Path, ...] = (),
        line: Line | None = None,
        tests: PlannedTests | None = None,
    ) -> None:
        super().__init__(
            notebook,
            allow_errors=True,
            store_widget_state=False,
            record_timing=False,
            iopub_timeout=10,
            timeout=None,
        )
        self._channel = channel
        self._kernel = kernel
        self._limits = limits
        self._sized = sized
        self._line = line
        self._tests = tests or PlannedTests()
        self._tested = 0
        self._sweeping = True
        self._death = asyncio.Event()
        self._wait_status: int | None = None
        self._collected = CappedOutputs(0)
        self._reply: Mapping[str, Any] = {}
        self._verdict = Verdict()
        self._limits_hit = 0
        self._deadline = time.monotonic() + limits["notebook_seconds"]
        self.cell_now = -1
        self.on_cell_executed = self._keep_reply

    # What nbclient asks of a kernel manager, answered for a kernel that it did not start.

    async def _async_check_alive(self) -> None:
        if self._death.is_set():
            raise DeadKernelError("Kernel died")

    async def _async_poll_kernel_alive(self) -> None:
        await self._death.wait()
        if self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()

    async def _keep_reply(self, *, execute_reply: Mapping[str, Any], **_cell: Any) -> None:
        self._reply = execute_reply

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> None:
        """Keeps an output within the cell's budget; `outs` stays empty."""
        del outs, display_id, cell_index
        if self.clear_before_next_output:
            self._collected.clear()
            self.clear_before_next_output = False
        try:
            self._collected.add(dict(v4.output_from_msg(msg)))
        except Exception:
            # Well-formed and still no output: of a kind that the protocol doesn't know, or nested without end.
            return

    def clear_output(self, outs: list[Any], msg: dict[str, Any], cell_index: int) -> None:
        """Follows `clear_output(wait=…)`."""
        del outs, cell_index
        if msg["content"].get("wait"):
            self.clear_before_next_output = True
        else:
            self._collected.clear()

    def handle_comm_msg(self, outs: list[Any], msg: dict[str, Any], cell_index: int) -> None:
        """Widgets have no front end here."""

    def _update_display_id(self, display_id: str, msg: dict[str, Any]) -> None:
        """Outputs that were sent stay as they are."""

    async def run(self, relay: Relay) -> Verdict:
        """Runs every code cell, also after errors, until the notebook's time is over or the kernel is dead."""
        loop = asyncio.get_running_loop()
        pidfd = os.pidfd_open(self._kernel.pid)
        loop.add_reader(pidfd, self._reap)
        if self._line is not None:
            self._line.attach(loop)
        sweeper = asyncio.create_task(self._sweep(relay))
        try:
            await self._connect()
            await self._test_in_place(-1)
            for index, cell in enumerate(self.nb.cells):
                if cell.cell_type == "code":
                    await self._run_cell(index, cell, relay)
                if self._verdict.how == "completed":
                    await self._test_in_place(index)
                if self._verdict.how != "completed":
                    break
            if self._tests.forms and self._verdict.how == "completed":
                await self._test_at_the_end(relay)
        finally:
            sweeper.cancel()
            loop.remove_reader(pidfd)
            os.close(pidfd)
            self.kill()
        self._verdict.limits_hit = self._limits_hit
        return self._verdict

    def kill(self) -> None:
        """Ends the kernel and its process group."""
        if self._wait_status is None:
            os.killpg(self._kernel.pid, signal.SIGKILL)
            self._wait_status = os.waitpid(self._kernel.pid, 0)[1]

    def _reap(self) -> None:
        if self._wait_status is None:
            pid, status = os.waitpid(self._kernel.pid, os.WNOHANG)
            if pid:
                self._wait_status = status
                asyncio.get_running_loop().call_soon(self._death.set)

    async def _connect(self) -> None:
        self.kc = CellClient()
        self.kc.load_connection_info(self._kernel.connection)
        self.kc.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            self.kc.kernel_info()
            try:
                await self.kc.shell_channel.get_msg(timeout=5)
                # A message on iopub proves the subscription, without which the first cell's output would be lost.
                await self.kc.iopub_channel.get_msg(timeout=0.5)
            except Exception:
                await self._async_check_alive()
            else:
                return
        raise RuntimeError("the kernel did not answer")

    async def _sweep(self, relay: Relay) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sweep(relay, max(0, self.cell_now))
            if self._verdict.how == "completed" and _entries_used(self._sized) > MOST_FILES:
                reason = f"cell {self.cell_now} made more than {MOST_FILES:,} files"
                self._verdict = Verdict(how="limit", reason=reason)
                os.killpg(self._kernel.pid, signal.SIGKILL)

    def sweep(self, relay: Relay, cell: int) -> None:
        """Sends what the notebook left, until late tests begin: what they leave could hold them."""
        if self._sweeping:
            relay.sweep(cell)

    async def _test_in_place(self, index: int) -> None:
        """Runs the open tests that stand after a cell, and keeps the namespace for late ones."""
        for test in self._tests.open.get(index, ()):
            if self._verdict.how == "completed":
                await self._test(test)
        if index in self._tests.places and self._verdict.how == "completed":
            await self._send(keep_request(index), index)

    async def _test_at_the_end(self, relay: Relay) -> None:
        """Runs the tests that come now, when the student's code has ended; no test ends the notebook otherwise than it did."""
        self.sweep(relay, max(0, self.cell_now))
        self._sweeping = False
        ended = self._verdict
        await self._send(begin_request(), -1)
        for form in self._tests.forms:
            await self._test(canary(form))
        for test in ask_for_late(self._channel) if self._tests.late else ():
            if self._verdict.how == "completed":
                await self._send(restore_request(test), test["after"])
                await self._test(test)
        self._verdict = ended

    async def _test(self, test: Mapping[str, Any]) -> None:
        result = await self._send(request(test), test["after"])
        outputs = self._collected.finish()
        if test["form"] != "cell" and result.status == "ok" and (failed := failure_of(outputs)):
            result.status = "error"
            result.error = {"name": "TestFailed", "message": plain(failed, MESSAGE_CHARACTERS), "traceback": ""}
        self._tested += 1
        if self._tested <= MOST_TESTS:
            record = {
                "test": test["name"],
                "cell": max(0, test["after"]),
                "status": result.status,
                "seconds": result.seconds,
                "error": result.error,
                "value": value_of(outputs) if test["form"] == "cell" else None,
            }
            self._channel.file(f"tests/{self._tested:04d}.json", _json(record))

    async def _send(self, code: str, place: int) -> CellResult:
        """Runs code that is no cell of the notebook, within the time of one."""
        result = CellResult(index=place)
        self.kc.cell = -1
        self._collected = CappedOutputs(self._limits["output_bytes"])
        self._reply = {}
        begun = time.monotonic()
        await self._execute(place, v4.new_code_cell(code), result)
        result.seconds = round(time.monotonic() - begun, 3)
        self._limits_hit += bool(result.limit)
        return result

    async def _run_cell(self, index: int, cell: NotebookNode, relay: Relay) -> None:
        result = CellResult(index=index, cell_id=cell.id)
        if cell.source.strip():
            self.cell_now = self.kc.cell = index
            self._collected = CappedOutputs(self._limits["output_bytes"])
            self._reply = {}
            self._channel.event("cell_start", cell=index)
            begun = time.monotonic()
            await self._execute(index, cell, result)
            result.seconds = round(time.monotonic() - begun, 3)
        else:
            self._channel.event("cell_start", cell=index)
        self._limits_hit += bool(result.limit)
        result.outputs = self._collected.finish() if cell.source.strip() else []
        result.cut_bytes = self._collected.cut_bytes if cell.source.strip() else 0
        self.sweep(relay, index)
        result.send(self._channel)
        self._channel.event("cell_end", cell=index)

    async def _execute(self, index: int, cell: NotebookNode, result: CellResult) -> None:
        left = self._deadline - time.monotonic()
        allowed = min(self._limits["cell_seconds"], max(0.0, left))
        task = asyncio.ensure_future(self.async_execute_cell(cell, index, store_history=True))
        interrupted = not await self._within(task, allowed)
        killed = interrupted and not await self._interrupt(task)
        try:
            await task
        except DeadKernelError:
            self._died(index, result, killed=killed)
        self._add_error(result)
        if interrupted:
            self._timed_out(index, result, whole=left < self._limits["cell_seconds"], killed=killed)

    async def _within(self, task: asyncio.Future[Any], allowed: float) -> bool:
        """Waits for a cell. Returns whether it ended in time.

        Waiting for a training elsewhere, or for a processor that others keep busy, takes none of it.
        """
        line, starvation, begun = self._line, Starvation(self._kernel.pid), time.monotonic()
        before, spared = line.spared() if line else 0.0, 0.0
        if line:
            line.over = False
        while not task.done() and not (line and line.over):
            elsewhere = line.spared() - before if line else 0.0
            spared = elsewhere + min(starvation.seconds(), MOST * allowed)
            left = begun + allowed + spared - time.monotonic()
            if left <= 0 and not (line and line.pending):
                break
            if line:
                line.seconds_left = left
            await asyncio.wait({task}, timeout=min(max(left, 0.0) + 0.01, SWEEP_SECONDS))
        self._deadline += spared
        return task.done()

    async def _interrupt(self, task: asyncio.Future[Any]) -> bool:
        """Interrupts the kernel's process group. Returns whether that ended the cell; otherwise the kernel is dead."""
        if self._wait_status is None:
            os.killpg(self._kernel.pid, signal.SIGINT)
        done, _ = await asyncio.wait({task}, timeout=GRACE_SECONDS)
        if not done and self._wait_status is None:
            os.killpg(self._kernel.pid, signal.SIGKILL)
            await self._death.wait()
        return bool(done)

    def _timed_out(self, index: int, result: CellResult, *, whole: bool, killed: bool) -> None:
        cell_seconds, notebook_seconds = self._limits["cell_seconds"], self._limits["notebook_seconds"]
        result.status = "timeout"
        result.limit = f"{notebook_seconds:g} s for the whole notebook" if whole else f"{cell_seconds:g} s for one cell"
        if whole:
            reason = f"cell {index} was running when the notebook's {notebook_seconds:g} s were over"
            self._verdict = Verdict(how="notebook_timeout", reason=reason)
        elif killed:
            reason = (
                f"cell {index} passed its {cell_seconds:g} s and could not be interrupted, so its kernel was killed"
            )
            self._verdict = Verdict(how="notebook_timeout", reason=reason)

    def _died(self, index: int, result: CellResult, *, killed: bool) -> None:
        if killed:
            return
        result.status = "kernel_died"
        how = _how_it_ended(self._wait_status or 0)
        result.error = {"name": "KernelDied", "message": f"the kernel {how}", "traceback": ""}
        status = self._wait_status or 0
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
            result.limit = f"{self._limits['cpu_seconds']:g} s of CPU time"
            self._verdict = Verdict(how="limit", reason=f"cell {index} passed {result.limit}")
        if self._verdict.how == "completed":
            self._verdict = Verdict(how="kernel_died", reason=f"the kernel {how} in cell {index}")
        elif not result.limit:
            result.limit = f"{MOST_FILES:,} files"

    def _add_error(self, result: CellResult) -> None:
        content = self._reply.get("content", {})
        if result.status != "ok" or content.get("status") != "error":
            return
        name, lines = str(content.get("ename", "Error")), content.get("traceback", [])
        result.status = "error"
        result.error = {
            "name": plain(name, 200),
            "message": plain(str(content.get("evalue", "")), MESSAGE_CHARACTERS),
            "traceback": plain("\n".join(str(line) for line in lines), TRACEBACK_CHARACTERS),
        }
        if ran_out(name, str(content.get("evalue", ""))):
            result.limit = f"{self._limits['memory_bytes'] / (1 << 30):g} GiB of memory"


def run_notebook(channel: Channel, place: Place, files: Mapping[str, bytes], line_fd: int, *, cold: bool) -> None:
    """The whole job: fork the kernel, run the notebook, send `end`; a cold kernel has its data sets still to load."""
    spec = json.loads(files["spec.json"])
    tests = PlannedTests.from_json(files.get(FILE))
    notebook = tests.without_replaced(_bare(json.loads(files["submission.ipynb"])))
    line, kernel_end = Line.open(line_fd) if spec.get("train_once") else (None, None)
    kernel = fork_kernel(place, spec | {"preload": cold}, kernel_end)
    relay = Relay(
        place.evidence,
        channel.file,
        most_bytes=spec["limits"]["evidence_bytes"],
        most_files=spec["limits"]["evidence_files"],
    )

    async def run() -> Verdict:
        runner = Runner(
            notebook,
            channel=channel,
            kernel=kernel,
            limits=spec["limits"],
            sized=place.sized,
            line=line,
            tests=tests,
        )
        verdict = await runner.run(relay)
        runner.sweep(relay, 0)
        return verdict

    verdict = asyncio.run(run())
    channel.event("end", how=verdict.how, reason=verdict.reason, limits_hit=verdict.limits_hit)


def _bare(notebook: Mapping[str, Any]) -> NotebookNode:
    """The cells' code and nothing else: tags, kernelspec and stored outputs would steer the execution."""
    cells = []
    for cell in notebook["cells"]:
        source = cell.get("source", "")
        cells.append(
            NotebookNode(
                cell_type=str(cell.get("cell_type", "raw")),
                id=str(cell.get("id", ""))[:64],
                source=source if isinstance(source, str) else "".join(str(part) for part in source),
                metadata=NotebookNode(),
                outputs=[],
                execution_count=None,
            )
        )
    return NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5)


def _how_it_ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return f"was killed by {signal.Signals(number).name}"
        except ValueError:
            return f"was killed by signal {number}"
    return f"ended by itself with exit status {os.WEXITSTATUS(status)}"


def _entries_used(folders: tuple[Path, ...]) -> int:
    used = 0
    for folder in folders:
        about = os.statvfs(folder)
        used = max(used, about.f_files - about.f_ffree)
    return used


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, default=str, allow_nan=False).encode()
    except ValueError:
        finite = json.loads(json.dumps(value, default=str), parse_constant=lambda _: None)
        return json.dumps(finite).encode()
