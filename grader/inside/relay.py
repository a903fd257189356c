"""Sends evidence files that student code's process wrote, each once, without trusting the folder they lie in."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

KINDS = ("models", "fits", "evaluations", "predictions", "figures", "values", "functions", "notices")
FILE = re.compile(r"[0-9]{4,8}(-[a-z0-9_-]{1,64})?\.(json|npz|npy)", re.ASCII)
OWN_SERIAL = 90_000_000
"""The relay's own notices start here, past any that the recorder writes."""

Send = Callable[[str, bytes], None]


class Relay:
    """Watches `$GRADER_EVIDENCE`."""

    def __init__(self, folder: Path, send: Send, *, most_bytes: int, most_files: int) -> None:
        self._folder = folder
        self._send = send
        self._bytes = most_bytes
        self._files = most_files
        self._seen: set[str] = set()
        self._notices = 0

    def sweep(self, cell: int) -> None:
        """Sends what is new; called every half second and at the end of each cell."""
        for kind in KINDS:
            for name in self._names(kind):
                full = f"{kind}/{name}"
                if full not in self._seen:
                    self._seen.add(full)
                    self._take(full, cell)

    def _names(self, kind: str) -> list[str]:
        try:
            folder = os.open(self._folder / kind, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return []
        try:
            names = [name for name in os.listdir(folder) if FILE.fullmatch(name)]
        except OSError:
            return []
        finally:
            os.close(folder)
        # Weights before the record that names them: if the run is killed in between, nothing points into the void.
        return sorted(names, key=lambda name: (name.split(".")[0], name.endswith(".json")))

    def _take(self, name: str, cell: int) -> None:
        try:
            data = self._read(name)
        except OSError:
            data = "could not be read"
        if isinstance(data, str):
            self._notice(cell, f"{name} {data} and was dropped")
            return
        self._bytes -= len(data)
        self._files -= 1
        self._send(name, data)
        (self._folder / name).unlink(missing_ok=True)

    def _read(self, name: str) -> bytes | str:
        """The file's bytes, or why it is not taken."""
        kind, _, file = name.partition("/")
        folder = os.open(self._folder / kind, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        finally:
            os.close(folder)
        with open(fd, "rb") as stream:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                return "is no regular file"
            if self._files <= 0:
                return "is past the number of evidence files of one run"
            data = stream.read(self._bytes + 1)
        return data if len(data) <= self._bytes else "is past the size of all evidence of one run"

    def _notice(self, cell: int, text: str) -> None:
        if self._notices >= 20:
            return
        self._notices += 1
        record = {"cell": cell, "text": text[:500]}
        self._send(f"notices/{OWN_SERIAL + self._notices}.json", json.dumps(record).encode())
