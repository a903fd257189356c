"""A kernel's line to the store of trainings, seen from the host."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

from grader.execute.trainings import Answer, Ask, sealed_copy

MESSAGE_BYTES = 4096


class TrainingRequests:
    """A kernel's requests for trainings, each answered in a thread of its own."""

    def __init__(self, line: socket.socket, ask: Ask | None) -> None:
        self._line = line
        self._ask = ask
        self._since: float | None = None
        self._waited = 0.0
        self.peak = 0
        """Highest memory of a trainer that answered, in bytes."""

    def waited(self) -> float:
        """Seconds that the job has spent waiting for answers."""
        since = self._since
        return self._waited + (0.0 if since is None else time.monotonic() - since)

    def receive(self) -> None:
        """Takes a request off the line."""
        data, fds, _, _ = socket.recv_fds(self._line, MESSAGE_BYTES, 1)
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or len(fds) != 1 or self._since is not None:
            for fd in fds:
                os.close(fd)
            return
        self._since = time.monotonic()
        threading.Thread(target=self._answer, args=(fds[0], message), daemon=True).start()

    def _answer(self, request: int, message: Mapping[str, Any]) -> None:
        answer, fds = Answer(how="run"), []
        try:
            assert self._ask is not None
            answer = self._ask(request, message)
            self.peak = max(self.peak, answer.peak)
            if answer.file is not None:
                fds = [sealed_copy(answer.file)]
        except Exception:  # noqa: BLE001 else no answer would come, and the job wait for it without end
            # The machine's fault, whatever it was: the kernel trains by itself.
            answer = Answer(how="none")
        finally:
            os.close(request)
        self._waited += time.monotonic() - (self._since or time.monotonic())
        self._since = None
        told = {"token": message.get("token"), "how": answer.how, "seed": answer.seed, "seconds": answer.seconds}
        with contextlib.suppress(OSError):
            socket.send_fds(self._line, [json.dumps(told).encode()], fds)
        for fd in fds:
            os.close(fd)
