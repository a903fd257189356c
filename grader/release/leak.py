"""Looks through everything that students would get for what they must not see."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import AssignmentError
from grader.release.secret import Secret, squeezed

PRIVATE_FILES = frozenset({"hidden.py", "variants.py", "headlines.py", "solution.ipynb"})
"""Names of files that belong to the reference."""
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.]*\d)")
SHOWN = 10
"""Leaks that an error lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One line of a file that students would get."""

    where: str
    """File and place in it, as a person would look it up."""
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """Something hidden, found where students would see it."""

    where: str
    what: str
    """One sentence without a full stop."""


def refuse(leaks: Iterable[Leak]) -> None:
    """Raises if anything would leak.

    Raises:
        AssignmentError: names each place, file, cell and line.
    """
    found = list(dict.fromkeys(leaks))
    if not found:
        return
    rest = [f"\n  {leak.where}: {leak.what}" for leak in found[1:SHOWN]]
    more = f"\n  … and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    raise AssignmentError(
        f"{found[0].what}; nothing is released{''.join(rest)}{more}",
        where=found[0].where,
        remedy="take it out there, or mark it as solution too; put `# GIVEN` behind a line of the solution that students may see",
    )


def pieces_of(path: Path, data: bytes, shown: str) -> Iterator[Piece]:
    """A file line by line: of a notebook the sources, and every text in its metadata and outputs.

    Args:
        path: For the kind of file.
        data: What is in it.
        shown: How to call the file.
    """
    content: Any = None
    if path.suffix in {".ipynb", ".json"}:
        try:
            content = json.loads(data)
        except (ValueError, RecursionError):
            content = None
    if path.suffix == ".ipynb" and isinstance(content, dict) and isinstance(content.get("cells"), list):
        for index, cell in enumerate(content["cells"]):
            yield from _of_cell(cell, f"{shown}, cell {index}")
        yield from _leaves({k: v for k, v in content.items() if k != "cells"}, f"{shown}, metadata")
    elif content is not None:
        yield from _leaves(content, shown)
    else:
        yield from _lines(data.decode("utf-8", "replace"), shown)


def _of_cell(cell: Any, where: str) -> Iterator[Piece]:
    if not isinstance(cell, dict):
        yield from _leaves(cell, where)
        return
    source = cell.get("source", "")
    yield from _lines("".join(source) if isinstance(source, list) else str(source), where)
    for part in ("metadata", "outputs", "attachments"):
        yield from _leaves(cell.get(part), f"{where}, {part}")


def _lines(text: str, where: str) -> Iterator[Piece]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield Piece(where=f"{where}, line {number}", text=line)


def _leaves(content: Any, where: str) -> Iterator[Piece]:
    """Every text, key and number of a JSON value."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield Piece(where=where, text=str(key))
            yield from _leaves(value, where)
    elif isinstance(content, list):
        if content and all(isinstance(x, str) for x in content):
            yield from (Piece(where=where, text=line) for line in "".join(content).splitlines())
        for value in content:
            yield from _leaves(value, where)
    elif isinstance(content, str):
        yield from (Piece(where=where, text=line) for line in content.splitlines())
    elif content is not None and not isinstance(content, bool):
        yield Piece(where=where, text=repr(content))


def leaks_in(pieces: Iterable[Piece], secrets: Iterable[Secret]) -> Iterator[Leak]:
    """Every secret in every piece; a part of a longer word or number is none."""
    by_start: dict[str, list[Secret]] = defaultdict(list)
    numbers: dict[float, Secret] = {}
    for secret in secrets:
        if NUMBER.fullmatch(secret.text):
            numbers[abs(float(secret.text))] = secret
        else:
            by_start[secret.text[:3]].append(secret)
    for piece in pieces:
        text = squeezed(piece.text)
        for start in {text[i : i + 3] for i in range(len(text) - 2)} & by_start.keys():
            for secret in by_start[start]:
                if _whole(secret.text, text):
                    yield _leak(piece, secret)
        for number in NUMBER.findall(piece.text) if numbers else ():
            if abs(float(number)) in numbers:
                yield _leak(piece, numbers[abs(float(number))])


def _whole(secret: str, text: str) -> bool:
    at = text.find(secret)
    while at >= 0:
        after = text[at + len(secret) : at + len(secret) + 1]
        before = text[at - 1 : at] if at else ""
        if not (_word(before) and _word(secret[0])) and not (_word(after) and _word(secret[-1])):
            return True
        at = text.find(secret, at + 1)
    return False


def _word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _leak(piece: Piece, secret: Secret) -> Leak:
    shown = secret.shown if len(secret.shown) <= 80 else f"{secret.shown[:77]}…"
    return Leak(where=piece.where, what=f"{secret.what} would be released: `{shown}` ({secret.where})")


def foreign_files(files: Mapping[str, bytes], private: Path) -> Iterator[Leak]:
    """Files of the reference among those that students would get, by name or by content."""
    own = {
        hashlib.sha256(p.read_bytes()).digest(): p
        for p in sorted(private.rglob("*"))
        if p.is_file() and p.stat().st_size and "__pycache__" not in p.parts
    }
    for shown, data in files.items():
        if Path(shown).name in PRIVATE_FILES:
            yield Leak(where=shown, what="a file of the reference would be released")
        elif (twin := own.get(hashlib.sha256(data).digest())) is not None:
            yield Leak(where=shown, what=f"the same file is in the reference, as {twin.name}")
