"""Outputs of a cell, capped while they arrive, so that the runner's memory stays flat."""

from __future__ import annotations

import json
import re
from typing import Any

Output = dict[str, Any]

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str, most: int) -> str:
    """Text without terminal escapes and control characters, cut to a number of characters."""
    clean = _CONTROLS.sub("", _ESCAPES.sub("", text[: 4 * most]))
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def overwrite(text: str) -> str:
    """What a terminal would still show after carriage returns and backspaces; a progress bar becomes its last state."""
    if "\b" not in text and "\r" not in text:
        return text
    lines = []
    for line in text.split("\n"):
        head = line.rstrip("\r")
        if "\b" in head:
            kept: list[str] = []
            for char in head:
                if char != "\b":
                    kept.append(char)
                elif kept and kept[-1] != "\r":
                    kept.pop()
            head = "".join(kept).rstrip("\r")
        lines.append(head.rsplit("\r", 1)[-1])
    return "\n".join(lines)


class CappedOutputs:
    """Collects one cell's outputs within a budget of bytes; what is past it is dropped and counted."""

    def __init__(self, budget: int) -> None:
        self.kept: list[Output] = []
        self.cut_bytes = 0
        self._budget = budget
        self._used = 0
        self._last = 0
        """Size of the last output."""

    def add(self, output: Output) -> None:
        """Takes one output in nbformat 4 form; stream text is joined to the stream before it."""
        if output.get("output_type") == "stream":
            self._stream(str(output.get("name", "stdout")), str(output.get("text", "")))
        else:
            size = len(json.dumps(output, default=str))
            if size > self._room():
                self.cut_bytes += size
            else:
                self._append(output, size)

    def clear(self) -> None:
        """Forgets the outputs so far, as `clear_output` asks."""
        self.kept.clear()
        self._used = self._last = 0

    def _room(self) -> int:
        return self._budget - self._used

    def _append(self, output: Output, size: int) -> None:
        self.kept.append(output)
        self._used += size
        self._last = size

    def _stream(self, name: str, text: str) -> None:
        last = self.kept[-1] if self.kept else {}
        joined = last.get("output_type") == "stream" and last.get("name") == name
        if not joined:
            if self._room() < 64:
                self.cut_bytes += len(text.encode(errors="replace"))
                return
            self._append({"output_type": "stream", "name": name, "text": ""}, 0)
            last = self.kept[-1]
        room = self._room()
        data = text.encode(errors="replace")
        if len(data) > room:
            before = str(last["text"])
            shrunk = overwrite(before)
            if shrunk != before:
                last["text"] = shrunk
                size = len(shrunk.encode(errors="replace"))
                self._used += size - self._last
                self._last = size
                room = self._room()
        taken = data[: max(0, room)]
        self.cut_bytes += len(data) - len(taken)
        last["text"] += taken.decode(errors="ignore")
        self._used += len(taken)
        self._last += len(taken)

    def finish(self) -> list[Output]:
        """The outputs as they are stored."""
        for output in self.kept:
            if output.get("output_type") == "stream":
                output["text"] = overwrite(output["text"])
        return self.kept
