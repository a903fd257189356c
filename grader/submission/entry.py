"""Entry: a file found in a folder or an archive, before anybody asked whose it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SubmissionError

METADATA = "submission_metadata.yml"
"""What Gradescope's export of submissions keeps the names in."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file by its place; its bytes are read when asked for."""

    parts: tuple[str, ...]
    """Folders and file name below the root; never used as a path on this machine."""
    read: Callable[[], bytes]
    """Raises `SubmissionError` when the bytes can't or may not be had."""
    notes: tuple[str, ...] = ()
    path: Path | None = None
    """Where the file is; None inside an archive."""

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]

    @property
    def wanted(self) -> bool:
        """A notebook that a person made, rather than what systems and editors leave beside it."""
        return self.name.lower().endswith(".ipynb") and not self.hidden

    @property
    def hidden(self) -> bool:
        """In or as something that starts with a dot, or among macOS' resource forks."""
        return any(part.startswith(".") or part == "__MACOSX" for part in self.parts)


def refused(what: str, remedy: str = "") -> Callable[[], bytes]:
    """A `read` for an entry whose bytes are not taken."""

    def read() -> bytes:
        raise SubmissionError(what, remedy=remedy)

    return read


def parts_of(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Splits a name from an archive; returns its parts and a note for each oddity."""
    notes = []
    pieces = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or ".." in pieces or re.match(r"[A-Za-z]:", name):
        notes.append(
            f"the archive calls this file {name[:200]!r}, which leads out of its folder; only the name was used"
        )
    parts = tuple(p for p in pieces if p not in ("", ".", ".."))
    if parts and re.fullmatch(r"[A-Za-z]:", parts[0]):
        parts = parts[1:]
    return (parts or ("unnamed",)), tuple(notes)
