"""One started slot, seen from the host: its supervisor, its pipes, and one job at a time."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.assignment import Limits
from grader.environment import versions as own_versions
from grader.errors import SlotDied
from grader.execute.frames import BadFrame, Caps, FrameReader, Listen
from grader.execute.observed import Observed
from grader.execute.pressure import Pressure
from grader.execute.sandbox import BOOT, DataMount, Launch, Room, Sandbox
from grader.execute.training_requests import TrainingRequests
from grader.execute.trainings import Ask

START_SECONDS = 300.0
"""Importing TensorFlow takes 5 s, or a minute on a busy machine without compiled bytecode."""
RESET_SECONDS = 20.0
STOP_SECONDS = 10.0
CANCEL_SECONDS = 0.1
MOST_BUSY = 2.0
"""A job's time becomes at most this many times itself longer where the machine is busy: the runner inside does the same by cell."""
LOG_BYTES = 8 << 10
CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is sent, and what may come back."""

    frames: Sequence[bytes]
    folder: Path
    caps: Caps
    limits: Limits
    seconds: float
    """Wall time after which the slot is killed from outside."""
    listen: Listen | None = None
    data: DataMount | None = None
    """What the slot has to have loaded."""
    ask: Ask | None = None
    """Answers the kernel's requests for trainings."""
    late: Sequence[bytes] = ()
    """Frames that are sent when the runner asks for them, which it does once the student's code has ended."""
    request: tuple[int, int] | None = None
    """For a trainer: the memory file to hand over, and the seed."""


def _never() -> bool:
    return False


class Worker:
    """A slot and everything that belongs to it on the host."""

    def __init__(self, sandbox: Sandbox, room: Room, *, stopped: Callable[[], bool] = _never) -> None:
        """Starts a slot and waits until it takes jobs.

        Raises:
            SlotDied: it ended before it was ready, or took too long.
        """
        self.room = room
        self.environment: dict[str, str] = {}
        self._launch = sandbox.launch(room)
        self._log = bytearray()
        self._status_buffer = b""
        self._start(sandbox.level)
        try:
            self._wait_until_ready(stopped)
        except BaseException:
            self.kill()
            raise

    def _start(self, level: str) -> None:
        to_slot, self._in = os.pipe()
        self._out, from_slot = os.pipe()
        lifeline, self._lifeline = os.pipe()
        self._status, status = os.pipe()
        self._err, err = os.pipe()
        self._line, line = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        launch = self._launch
        settings = {
            "argv": launch.command(
                [
                    "-c",
                    BOOT,
                    _slot_settings(launch, level, self.room, to_slot, from_slot, line.fileno()),
                    launch.inside,
                ]
            ),
            "env": launch.environment,
            "user": launch.user,
            "pass_fds": [to_slot, from_slot, line.fileno(), *launch.fds],
            "lifeline": lifeline,
            "status": status,
            "scratch": str(launch.folder or ""),
            "scratch_bytes": self.room.scratch_bytes + self.room.evidence_bytes,
        }
        supervisor = Path(__file__).with_name("supervisor.py")
        passed = (to_slot, from_slot, lifeline, status, line.detach(), *launch.fds)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(supervisor), json.dumps(settings)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=err,
            pass_fds=passed,
            start_new_session=True,
            cwd="/",
        )
        for fd in (*passed, err):
            os.close(fd)
        for fd in (self._in, self._out, self._status, self._err):
            os.set_blocking(fd, False)

    def _wait_until_ready(self, stopped: Callable[[], bool]) -> None:
        reader = FrameReader(None, Caps(total_bytes=0, files=0))
        until = time.monotonic() + START_SECONDS
        with selectors.DefaultSelector() as selector:
            for fd in (self._out, self._status, self._err):
                selector.register(fd, selectors.EVENT_READ)
            while time.monotonic() < until and not stopped():
                for key, _ in selector.select(CANCEL_SECONDS):
                    data = _read(key.fd)
                    if key.fd == self._err:
                        self._keep_log(data)
                    if not data:
                        selector.unregister(key.fd)
                        if key.fd != self._err:
                            raise self._died("ended before it was ready")
                    elif key.fd == self._out and self._became_ready(reader, data):
                        return
        raise self._died("did not get ready in time")

    def _became_ready(self, reader: FrameReader, data: bytes) -> bool:
        try:
            for event in reader.feed(data):
                versions = {str(name): str(text) for name, text in dict(event.get("environment", {})).items()}
                if versions.pop("build", "") != sys.version:
                    raise self._died("runs another Python than the grader")
                self.environment = {"grader": own_versions()["grader"], **versions}
                return True
        except (BadFrame, ValueError, TypeError) as error:
            raise self._died(f"said something else than ready: {error}") from error
        return False

    def _died(self, what: str) -> SlotDied:
        with contextlib.suppress(OSError):
            self._keep_log(_read(self._err))
        lines = self._log.decode(errors="replace").strip().splitlines()
        return SlotDied(
            f"a worker {what}" + (f": {lines[-1][:500]}" if lines else ""),
            remedy="see that the machine has memory left and that Keras can be imported",
        )

    def _keep_log(self, data: bytes) -> None:
        self._log += data
        del self._log[:-LOG_BYTES]

    @property
    def log(self) -> str:
        """The last that the slot wrote to stderr; it may be a student's text."""
        return self._log.decode(errors="replace")

    def do(self, job: Job, *, stopped: Callable[[], bool] = _never) -> Observed:
        """Sends a job and stores what comes of it, until the slot is reset or has to be thrown away."""
        seen = Observed(has_cells="cells" in job.caps.kinds)
        reader = FrameReader(job.folder, job.caps)
        self._order(watch=job.limits.memory_bytes, processes=job.limits.processes)
        try:
            if job.request is not None:
                request, seed = job.request
                socket.send_fds(self._line, [json.dumps({"seed": seed}).encode()], [request])
            self._exchange(job, reader, seen, stopped)
        except BadFrame as error:
            seen.bad = str(error)
        finally:
            seen.seconds = time.monotonic() - seen.begun
            reader.close()
        seen.received, seen.lost = reader.received, reader.lost()
        self._settle(seen)
        return seen

    def _exchange(self, job: Job, reader: FrameReader, seen: Observed, stopped: Callable[[], bool]) -> None:
        outgoing, late = ([memoryview(frame) for frame in frames if frame] for frames in (job.frames, job.late))
        with selectors.DefaultSelector() as selector:
            for fd in (self._out, self._status, self._err):
                selector.register(fd, selectors.EVENT_READ)
            selector.register(self._in, selectors.EVENT_WRITE)
            requests = TrainingRequests(self._line, job.ask)
            if job.ask is not None:
                selector.register(self._line, selectors.EVENT_READ)
            until, pressure = seen.begun + job.seconds, Pressure()
            while not seen.over:
                for key, _ in selector.select(CANCEL_SECONDS):
                    if key.fileobj is self._line:
                        requests.receive()
                        continue
                    if key.fd == self._in:
                        if not self._send(outgoing):
                            selector.unregister(self._in)
                        continue
                    data = _read(key.fd)
                    if not data:
                        selector.unregister(key.fd)
                    self._receive(key.fd, data, job, reader, seen)
                    if seen.asked and late:
                        if not outgoing:
                            selector.register(self._in, selectors.EVENT_WRITE)
                        outgoing += late
                        late = []
                    if seen.end is not None and job.seconds and until > time.monotonic() + RESET_SECONDS:
                        until = time.monotonic() + RESET_SECONDS
                late_by = time.monotonic() - until - requests.waited()
                seen.overdue = late_by > 0 and late_by > min(pressure.seconds(), MOST_BUSY * job.seconds)
                seen.trainer_peak = requests.peak
                seen.cancelled = stopped()

    def _receive(self, fd: int, data: bytes, job: Job, reader: FrameReader, seen: Observed) -> None:
        if fd == self._err:
            self._keep_log(data)
        elif fd == self._status:
            self._read_status(data, seen)
        elif data:
            for event in reader.feed(data):
                seen.follow(event)
                if job.listen is not None:
                    job.listen(event)

    def _read_status(self, data: bytes, seen: Observed) -> None:
        seen.exited = seen.exited or not data
        *lines, self._status_buffer = (self._status_buffer + data).split(b"\n")
        for line in lines:
            event = json.loads(line)
            if event["event"] == "peak":
                seen.peak = max(seen.peak, event["bytes"])
            elif event["event"] == "killed":
                seen.killed = event
            else:
                seen.exited = True

    def _send(self, outgoing: list[memoryview]) -> bool:
        """Writes what fits. Returns whether there is more."""
        try:
            while outgoing:
                outgoing[0] = outgoing[0][os.write(self._in, outgoing[0]) :]
                if not outgoing[0]:
                    del outgoing[0]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return False

    def _settle(self, seen: Observed) -> None:
        """Takes the peak; whatever is not clean is killed."""
        if not seen.reusable:
            self.kill(seen)
            return
        self._order(rest=True)
        until = time.monotonic() + STOP_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._status, selectors.EVENT_READ)
            known = seen.peak
            while seen.peak == known and not seen.exited and time.monotonic() < until:
                if selector.select(CANCEL_SECONDS):
                    self._read_status(_read(self._status), seen)

    def _order(self, **order: Any) -> None:
        with contextlib.suppress(OSError):
            os.write(self._lifeline, json.dumps(order).encode() + b"\n")

    def release(self) -> None:
        """Has the supervisor end the slot, without waiting for it; `kill` has to follow."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def kill(self, seen: Observed | None = None) -> None:
        """Ends the slot and every process under it, and removes its scratch folder."""
        if self._in < 0:
            return
        self.release()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if seen is not None:
            with contextlib.suppress(OSError, ValueError):
                self._read_status(_read(self._status), seen)
        for fd in (self._in, self._out, self._status, self._err):
            os.close(fd)
        self._in = -1
        self._line.close()
        if self._launch.folder is not None:
            shutil.rmtree(self._launch.folder, ignore_errors=True)


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, CHUNK)
    except BlockingIOError:
        return b""


def _slot_settings(launch: Launch, level: str, room: Room, read_fd: int, write_fd: int, line_fd: int) -> str:
    places = launch.places
    return json.dumps(
        {
            "read_fd": read_fd,
            "write_fd": write_fd,
            "line_fd": line_fd,
            "role": room.role,
            "data": {"datasets": room.data.names, "data_source": room.data.source},
            "cold": room.cold,
            "level": level,
            "work": places.work,
            "evidence": places.evidence,
            "sockets": places.sockets,
            "empty": places.empty,
            "sized": places.sized,
            "kernel_filter": base64.b64encode(launch.kernel_filter).decode(),
        }
    )
