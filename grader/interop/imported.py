"""What an importer makes of another grader's source notebook, before it is written as an assignment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode

from grader.checks.check import CodeTest
from grader.errors import AssignmentError, SubmissionError
from grader.report import Criterion
from grader.submission import read_notebook

TITLE = 80
"""Characters of an exercise's title."""
ASKS = 200
"""Characters of a question."""


@dataclass(frozen=True, kw_only=True)
class PartCheck:
    """One check of tests in code."""

    name: str
    title: str
    tests: tuple[CodeTest, ...]
    weight: float
    hidden: bool = False
    all_or_nothing: bool = False
    hint: str = ""


@dataclass(kw_only=True)
class Part:
    """An exercise to be."""

    name: str
    title: str
    checks: list[PartCheck] = field(default_factory=list)
    asks: str = ""
    """What a human reads and marks; empty if nothing."""
    asked_points: float = 0.0
    form: Literal["text", "code", "any"] = "text"
    """Of the answer that a human reads, as in `Question`."""
    rubric: tuple[Criterion, ...] = ()
    """What markers see and students don't."""

    @property
    def points(self) -> float:
        """Points of the tests and of what a human marks."""
        return sum(check.weight for check in self.checks) + self.asked_points


@dataclass(frozen=True, kw_only=True)
class Imported:
    """An assignment to be."""

    source: str
    """Name of the file that it comes from."""
    grader: str
    """`nbgrader` or `Otter`."""
    title: str
    solution: NotebookNode
    """With Grader's marks, without tests that students must not see."""
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    """What the instructor should know."""


class Names:
    """Names for exercises and checks: one word in lower case, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, text: str) -> str:
        """A name made of a text, with a number behind it where it is taken."""
        made = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower() or "part"
        for name in (made, *(f"{made}_{n}" for n in range(2, 10_000))):
            if name not in self._taken:
                self._taken.add(name)
                return name
        raise AssertionError  # pragma: no cover  (a notebook has fewer cells)


def source_notebook(path: Path, kind: str) -> tuple[NotebookNode, Path]:
    """Reads a source notebook, or the only one of a folder.

    Raises:
        AssignmentError: there is none, or several, or it is no notebook.
    """
    if path.is_dir():
        found = sorted(p for p in path.glob("*.ipynb") if not p.name.startswith("."))
        if len(found) != 1:
            names = ", ".join(p.name for p in found) or "none"
            raise AssignmentError(
                f"{len(found)} notebooks are there: {names}",
                where=str(path),
                remedy=f"name one: each becomes an assignment, grader import {kind} {path / 'NOTEBOOK.ipynb'}",
            )
        path = found[0]
    if not path.is_file():
        raise AssignmentError("there is no such file", where=str(path), remedy=f"name {kind}'s source notebook")
    if path.suffix != ".ipynb":
        raise AssignmentError(
            f"a source in {path.suffix or 'a form without a suffix'} is not read",
            where=str(path),
            remedy="convert it to .ipynb first, e.g. with jupytext",
        )
    try:
        return read_notebook(path.read_bytes()), path
    except SubmissionError as error:
        raise AssignmentError(error.what, where=str(path), remedy="open it in Jupyter and save it again") from error


def headings(cells: Sequence[NotebookNode], *, marked: bool = False) -> Iterator[str]:
    """Of each cell of text its heading, else its first line with a word in it; without marks.

    Args:
        cells: of a notebook.
        marked: real headings only.
    """
    for cell in cells:
        if cell.cell_type == "markdown":
            lines = [line for line in cell.source.splitlines() if re.search(r"\w", plain(line))]
            first = [line for line in lines if line.lstrip().startswith("#")] or ([] if marked else lines)
            if first:
                yield plain(first[0])


def plain(line: str) -> str:
    """A line of Markdown without marks and comments, on one line."""
    bare = re.sub(r"<[^>]*>|[*_`#]+|^\s*[-+]\s", "", line)
    return " ".join(bare.split()).strip(" :.")


def short(text: str, most: int) -> str:
    """A text cut to a number of characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def new_solution(cells: Sequence[NotebookNode], source: NotebookNode) -> NotebookNode:
    """A notebook of these cells, with ids of its own where they have none or one twice."""
    seen: set[str] = set()
    for number, cell in enumerate(cells):
        if not cell.get("id") or cell["id"] in seen:
            cell["id"] = f"part-{number}"
        seen.add(cell["id"])
    kernel = source.metadata.get("kernelspec")
    metadata: dict[str, Any] = {"kernelspec": kernel} if kernel else {}
    made: NotebookNode = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    made.nbformat_minor = 5
    return made


def new_cell(cell: NotebookNode, source: str, **metadata: Any) -> NotebookNode:
    """A cell of the same kind and id, without outputs."""
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    made: NotebookNode = make.get(cell.cell_type, nbformat.v4.new_raw_cell)(source, metadata=metadata)
    if cell.get("id"):
        made["id"] = cell["id"]
    if cell.get("attachments"):
        made["attachments"] = cell["attachments"]
    return made


def title_of(cells: Sequence[NotebookNode], path: Path) -> str:
    """The notebook's first heading, else the file's name."""
    return short(next(headings(cells, marked=True), path.stem), TITLE)


LOCKED = {"editable": False, "deletable": False}
"""Metadata of a cell that students must leave alone; what they change in it is undone before it is run."""
