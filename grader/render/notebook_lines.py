"""Where the lines of a notebook's cells stand in its file, for places that show files and no notebooks."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

_BLANK = re.compile(r"[ \t\r\n]*")


class NotebookLines:
    """Lines of the file, from 1, by cell (counting every cell from 0) and line in the cell (from 1).

    Args:
        text: The file as it came. Of one that is no notebook of nbformat 4, no line is known.
    """

    def __init__(self, text: str) -> None:
        try:
            self._cells = [list(_source(text, at)) or [at] for at, _ in _elements(text, _member(text, 0, "cells"))]
        except (ValueError, LookupError, RecursionError):
            self._cells = []
        ends = accumulate(len(line) for line in text.split("\n")[:-1])
        self._newlines = [end + number for number, end in enumerate(ends)]

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self._cells)

    def line(self, cell: int | None, line: int = 1) -> int | None:
        """Line in the file; the last one that the cell has if it has fewer, None for a cell that there isn't."""
        if cell is None or not 0 <= cell < len(self._cells):
            return None
        places = self._cells[cell]
        return bisect_right(self._newlines, places[min(max(line, 1), len(places)) - 1] - 1) + 1


def _source(text: str, cell: int) -> Iterator[int]:
    """Offset of each line of the cell's source; all lines of a source that is one string stand on one line."""
    at = _member(text, cell, "source")
    for begin, value in _elements(text, at) if text[at] == "[" else [(at, _value(text, at)[0])]:
        if not isinstance(value, str):
            raise ValueError("a line is no string")
        # Only the last piece may lack its line end; one that holds several lines stands on one line of the file.
        yield from [begin] * max(1, len(value.splitlines()))


def _member(text: str, at: int, name: str) -> int:
    """Offset of the value that an object has by this name; the last one, as JSON readers take it."""
    found = None
    at = _expect(text, at, "{")
    while text[at] != "}":
        key, end = _value(text, at)
        at = _expect(text, end, ":")
        if key == name:
            found = at
        at = _next(text, _value(text, at)[1])
    if found is None:
        raise LookupError(name)
    return found


def _elements(text: str, at: int) -> Iterator[tuple[int, object]]:
    """Offset and value of each element of an array."""
    at = _expect(text, at, "[")
    while text[at] != "]":
        value, end = _value(text, at)
        yield at, value
        at = _next(text, end)


def _value(text: str, at: int) -> tuple[object, int]:
    return json.JSONDecoder().raw_decode(text, at)


def _expect(text: str, at: int, sign: str) -> int:
    """The offset of what comes after a sign."""
    at = _skip(text, at)
    if text[at : at + 1] != sign:
        raise ValueError(f"{sign} is missing at {at}")
    return _skip(text, at + 1)


def _next(text: str, at: int) -> int:
    """The offset of what comes after a value: past the comma, or at the closing bracket."""
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at : at + 1] == "," else at


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
