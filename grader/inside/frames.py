"""The sandbox's end of the pipe: frames of a JSON header line and, for a file, its bytes (docs/job-folder.md)."""

from __future__ import annotations

import json
import os
import threading
from typing import Any

HEADER_BYTES = 64 << 10
"""Longest header line, newline included."""
CHUNK_BYTES = 1 << 20


class PipeBroken(Exception):
    """The other end is gone, or did not speak in frames."""


class Channel:
    """Reads and writes frames on two pipe descriptors."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._buffer = b""
        self._lock = threading.Lock()

    def event(self, event: str, **fields: Any) -> None:
        """Sends an event with its fields."""
        self._write(_header({"event": event, **fields}))

    def file(self, name: str, data: bytes | memoryview) -> None:
        """Sends a whole file."""
        self._write(_header({"file": name, "size": len(data)}), data)

    def receive(self) -> tuple[dict[str, Any], bytes] | None:
        """The next frame as (header, bytes); the bytes are empty for an event. None at the end of the pipe.

        Raises:
            PipeBroken: the pipe ended within a frame, or a header is not what the protocol says.
        """
        line = self._line()
        if line is None:
            return None
        try:
            header = json.loads(line)
        except ValueError as error:
            raise PipeBroken("a header is not JSON") from error
        if not isinstance(header, dict):
            raise PipeBroken("a header is not an object")
        size = header.get("size", 0) if "file" in header else 0
        if not isinstance(size, int) or size < 0:
            raise PipeBroken("a file has no size")
        return header, self._exactly(size)

    def _line(self) -> bytes | None:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) >= HEADER_BYTES:
                raise PipeBroken("a header is too long")
            data = os.read(self._read_fd, 64 << 10)
            if not data:
                if self._buffer:
                    raise PipeBroken("the pipe ended within a header")
                return None
            self._buffer += data
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line

    def _exactly(self, size: int) -> bytes:
        parts = [self._buffer[:size]]
        self._buffer = self._buffer[size:]
        missing = size - len(parts[0])
        while missing:
            data = os.read(self._read_fd, min(missing, CHUNK_BYTES))
            if not data:
                raise PipeBroken("the pipe ended within a file")
            parts.append(data)
            missing -= len(data)
        return b"".join(parts)

    def _write(self, *parts: bytes | memoryview) -> None:
        with self._lock:
            for part in parts:
                rest = memoryview(part)
                while rest:
                    rest = rest[os.write(self._write_fd, rest) :]


def _header(fields: dict[str, Any]) -> bytes:
    line = json.dumps(fields, separators=(",", ":")).encode() + b"\n"
    if len(line) > HEADER_BYTES:
        raise ValueError("the header is too long to send")
    return line
