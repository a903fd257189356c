"""The host's end of the pipe: frames from a sandbox, taken apart without trusting a byte of them (docs/job-folder.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from grader.assignment import Limits

HEADER_BYTES = 64 << 10
"""Longest header line, newline included."""
OBSERVED = (
    "cells",
    "outputs",
    "models",
    "fits",
    "evaluations",
    "predictions",
    "figures",
    "values",
    "functions",
    "tests",
    "notices",
)
EXAMINATION = ("examined", "held_out")
TRAINING = ("trained",)
KINDS = "|".join(OBSERVED + EXAMINATION + TRAINING)
NAME = re.compile(rf"({KINDS})/[0-9]{{4,8}}(-[a-z0-9_-]{{1,64}})?\.(json|npz|npy|safetensors)", re.ASCII)
EVENTS = ("ready", "started", "cell_start", "cell_end", "tests", "end", "reset")
CELL_EVENTS = ("cell_start", "cell_end")
FRAMING_BYTES = 64 << 20
"""What outputs and cell records may add to `Limits.evidence_bytes`, before outputs are counted by their own limit."""


class BadFrame(Exception):
    """The sandbox broke the protocol; the text says how."""


@dataclass(frozen=True, kw_only=True)
class Caps:
    """What one job may send."""

    total_bytes: int
    files: int
    kinds: tuple[str, ...] = OBSERVED
    """Folders that the job may fill."""

    @classmethod
    def of(cls, limits: Limits, *, cells: int, kinds: tuple[str, ...] = OBSERVED) -> Caps:
        """Caps that an honest runner never reaches: evidence, and two files a cell."""
        return cls(
            total_bytes=limits.evidence_bytes + FRAMING_BYTES + cells * 8 * limits.output_bytes,
            files=limits.evidence_files + 2 * cells + 64,
            kinds=kinds,
        )


class FrameReader:
    """Takes bytes as they arrive; stores files in a folder and returns events.

    A file appears under its name only when all its bytes have come.
    """

    def __init__(self, folder: Path | None, caps: Caps) -> None:
        self._folder = folder
        self._bytes = caps.total_bytes
        self._files = caps.files
        self._kinds = caps.kinds
        self._seen: set[str] = set()
        self._buffer = bytearray()
        self._missing = 0
        self._name = ""
        self._stream: BinaryIO | None = None
        self.received: dict[str, int] = {}
        """Bytes of each complete file by its name, in the order of their arrival."""
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Mapping[str, Any]]:
        """Events among the bytes so far, in order; files are stored on the way.

        Raises:
            BadFrame: anything that the protocol doesn't allow. What came before is kept.
        """
        self._buffer += data
        while self._buffer:
            if self._stream is not None:
                self._fill()
            elif (line := self._line()) is None:
                return
            else:
                header = _parse(line)
                if "file" in header:
                    self._begin(header)
                else:
                    yield _event(header)

    def close(self) -> None:
        """Drops a file that was cut off."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            try:
                stream.close()
            finally:
                # Closing writes what is left, which a full disk refuses.
                self._temporary().unlink(missing_ok=True)

    def lost(self) -> list[str]:
        """Received files that are no longer there as they came: somebody else was at the folder."""
        return [name for name, size in self.received.items() if not is_there(self._folder, name, size)]

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, HEADER_BYTES)
        if end < 0:
            if len(self._buffer) >= HEADER_BYTES:
                raise BadFrame(f"a header is longer than {HEADER_BYTES:,} bytes")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _begin(self, header: Mapping[str, Any]) -> None:
        name, size = header["file"], header.get("size")
        if self._folder is None:
            raise BadFrame("a file came where none was asked for")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise BadFrame(f"a file called {str(name)[:80]!r} is not taken")
        if name.partition("/")[0] not in self._kinds:
            raise BadFrame(f"{name} does not belong to this kind of job")
        if name in self._seen:
            raise BadFrame(f"{name} came twice")
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise BadFrame(f"{name} has no size")
        if size > self._bytes:
            raise BadFrame(f"{name} with {size:,} bytes is past the cap on everything that one job sends")
        if self._files <= 0:
            raise BadFrame(f"{name} is past the cap on the number of files")
        self._seen.add(name)
        self._bytes -= size
        self._files -= 1
        self._name, self._missing, self._size = name, size, size
        self._temporary().parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._temporary().open("wb")
        if size == 0:
            self._finish()

    def _fill(self) -> None:
        assert self._stream is not None
        part = bytes(self._buffer[: self._missing])
        del self._buffer[: len(part)]
        self._stream.write(part)
        self._missing -= len(part)
        if self._missing == 0:
            self._finish()

    def _finish(self) -> None:
        assert self._stream is not None
        assert self._folder is not None
        self._stream.close()
        self._stream = None
        self._temporary().rename(self._folder / self._name)
        self.received[self._name] = self._size

    def _temporary(self) -> Path:
        assert self._folder is not None
        kind, _, file = self._name.partition("/")
        return self._folder / kind / f".{file}.tmp"


def is_there(folder: Path | None, name: str, size: int) -> bool:
    """Whether a received file still has its bytes."""
    try:
        return folder is not None and (folder / name).stat().st_size == size
    except OSError:
        return False


def _parse(line: bytes) -> Mapping[str, Any]:
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"a header is not JSON: {line[:80]!r}") from error
    if not isinstance(header, dict):
        raise BadFrame(f"a header is not an object: {line[:80]!r}")
    return header


def _event(header: Mapping[str, Any]) -> Mapping[str, Any]:
    if header.get("event") not in EVENTS:
        raise BadFrame(f"{str(header.get('event'))[:80]!r} is not an event")
    cell = header.get("cell", None if header["event"] in CELL_EVENTS else 0)
    if isinstance(cell, bool) or not isinstance(cell, int) or not 0 <= cell < 1_000_000:
        raise BadFrame(f"{str(cell)[:80]!r} is not a cell")
    return header


def job_frames(files: Iterable[tuple[str, bytes]], job: str) -> list[bytes]:
    """The frames that start a job: its files, then `go`."""
    frames = [part for name, data in files for part in file_frames(name, data)]
    return [*frames, _line({"event": "go", "job": job})]


def file_frames(name: str, data: bytes) -> list[bytes]:
    """The frame of one file."""
    return [_line({"file": name, "size": len(data)}), data]


def _line(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


Listen = Callable[[Mapping[str, Any]], None]
"""Called with each event of a job, in the thread that runs it."""
