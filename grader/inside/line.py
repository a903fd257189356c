"""The runner's part in train-once: hands a kernel's requests out and the answers in, and stops the clock meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import time
from typing import Any

MESSAGE_BYTES = 4096
MOST_REQUESTS = 1000


class Line:
    """Between one kernel and the host.

    The kernel's messages are untrusted: a number, a kind and a guess of seconds are all that is passed on, one at a time,
    with one descriptor.
    """

    def __init__(self, host: socket.socket, kernel: socket.socket) -> None:
        self._host = host
        self._kernel = kernel
        # An answer to an earlier job, whose runner died while it waited, bears another token.
        self._token = secrets.token_hex(8)
        self._number = 0
        self._requests = 0
        self._asked_at: float | None = None
        self._spared = 0.0
        self.over = False
        """Whether a training took longer than the cell may."""
        self.seconds_left = 0.0
        """What the running cell has left."""

    @classmethod
    def open(cls, line_fd: int) -> tuple[Line, socket.socket]:
        """A line on the slot's own socket, and the end that goes to the kernel."""
        mine, kernels = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        host = socket.socket(fileno=line_fd)
        host.setblocking(False)  # noqa: FBT003
        mine.setblocking(False)  # noqa: FBT003
        return cls(host, mine), kernels

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Starts to pass messages on."""
        loop.add_reader(self._kernel, self._from_kernel, loop)
        loop.add_reader(self._host, self._from_host)

    @property
    def pending(self) -> bool:
        """Whether the kernel waits for an answer."""
        return self._asked_at is not None

    def spared(self) -> float:
        """Seconds so far that don't count against the cell."""
        waiting = 0.0 if self._asked_at is None else time.monotonic() - self._asked_at
        return self._spared + waiting

    def _from_kernel(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self._kernel, MESSAGE_BYTES, 1)
        except OSError:
            data, fds = b"", []
        try:
            if not data:
                loop.remove_reader(self._kernel)
                return
            self._ask(json.loads(data), fds)
        except (ValueError, KeyError, TypeError, OSError, RecursionError):
            self._answer({"how": "none"}, [])
        finally:
            for fd in fds:
                os.close(fd)

    def _ask(self, message: Any, fds: list[int]) -> None:
        self._number, kind, seconds = int(message["number"]), str(message["kind"])[:20], float(message["seconds"])
        self._requests += 1
        if len(fds) != 1 or self.pending or self._requests > MOST_REQUESTS:
            self._answer({"how": "none"}, [])
            return
        asked = {"token": self._token, "kind": kind, "seconds": seconds, "left": round(self.seconds_left, 3)}
        socket.send_fds(self._host, [json.dumps(asked).encode()], fds)
        self._asked_at = time.monotonic()

    def _from_host(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self._host, MESSAGE_BYTES, 1)
        except OSError:
            return
        try:
            answer = json.loads(data) if data else {}
            if answer.get("token") == self._token and self._asked_at is not None:
                # Computing counts, queueing and waiting for somebody else's identical training don't.
                waited = time.monotonic() - self._asked_at
                self._asked_at = None
                self._spared += max(0.0, waited - float(answer["seconds"]))
                self.over = answer["how"] == "over"
                if not self.over:
                    self._answer({"how": answer["how"], "seed": answer["seed"]}, fds)
        finally:
            for fd in fds:
                os.close(fd)

    def _answer(self, answer: dict[str, Any], fds: list[int]) -> None:
        try:
            socket.send_fds(self._kernel, [json.dumps(answer | {"number": self._number}).encode()], fds)
        except OSError:
            return
