"""Reads nbgrader's source notebooks.

solution, not grade     students write code               an exercise's cell
grade, not solution     a test that is run                a check of the exercise above it
grade and solution      a human reads it                  an exercise with a question
task                    a human reads what stands below   an exercise with a question
locked                  given, not to be changed          restored before it is run
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.checks.check import CodeTest
from grader.errors import AssignmentError
from grader.interop.imported import (
    ASKS,
    LOCKED,
    TITLE,
    Imported,
    Names,
    Part,
    PartCheck,
    headings,
    new_cell,
    new_solution,
    short,
    source_notebook,
    title_of,
)
from grader.interop.nbgrader_cells import Noted, noted_of
from grader.report import Criterion

CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
"""What nbgrader puts into the place of a solution in code (`ClearSolutions.code_stub`)."""
TEXT_STUB = "YOUR ANSWER HERE"
"""And of one in words (`ClearSolutions.text_stub`)."""
MADE_UP = re.compile(r"cell-[0-9a-f]{6,}")
"""Ids that nbgrader's extension makes up."""
AUTOTEST = re.compile(r"^\s*#+\s*(?:HASHED\s+)?AUTOTEST\b", re.MULTILINE)
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def read_nbgrader(path: Path, title: str = "") -> Imported:
    """Reads a source notebook.

    Args:
        path: the notebook, or the folder `source/<assignment>` with one notebook in it.
        title: of the assignment; the notebook's first heading if empty.

    Raises:
        AssignmentError: it is no source notebook, or has something that can't be imported; names the cell.
    """
    notebook, path = source_notebook(path, "nbgrader")
    reader = _Reader(path.name, notebook)
    cells = [made for index in range(len(notebook.cells)) for made in reader.cells_of(index)]
    parts = reader.finished()
    return Imported(
        source=path.name,
        grader="nbgrader",
        title=title or title_of(reader.given, path),
        solution=new_solution(cells, notebook),
        parts=parts,
        notes=tuple(reader.notes),
    )


class _Reader:
    def __init__(self, file: str, notebook: NotebookNode) -> None:
        self.file = file
        self.notes: list[str] = []
        self.source = notebook.cells
        self.noted = [noted_of(cell, f"{file}, cell {i}") for i, cell in enumerate(notebook.cells)]
        if not any(noted is not None for noted in self.noted):
            raise AssignmentError(
                "no cell has nbgrader's metadata",
                where=file,
                remedy="name the source notebook, from nbgrader's folder `source`",
            )
        ids = [noted.grade_id for noted in self.noted if noted is not None]
        twice = next((name for name in ids if ids.count(name) > 1), "")
        if twice:
            raise AssignmentError(f"two cells have the grade_id {twice!r}", where=file, remedy="give each its own")
        self.names = Names()
        self.parts: list[Part] = []
        self.waiting: list[PartCheck] = []
        """Tests above the first exercise."""

    def cells_of(self, index: int) -> Iterator[NotebookNode]:
        """What becomes of a cell in the solution notebook."""
        cell, noted = self.source[index], self.noted[index]
        if noted is None:
            self._no_marks(cell.source, index)
            yield new_cell(cell, cell.source, **_shown(cell))
            return
        cell = cell.copy()
        cell["id"] = noted.grade_id if ID.fullmatch(noted.grade_id) else f"cell-{index}"
        if noted.task:
            yield from self._task(cell, noted, index)
        elif noted.solution:
            yield self._answer(cell, noted, index)
        elif noted.grade:
            yield self._test(cell, noted, index)
        else:
            yield new_cell(cell, cell.source, **LOCKED)

    def finished(self) -> tuple[Part, ...]:
        """The exercises that give points; cells of the others stay, without an exercise."""
        if self.waiting:
            raise AssignmentError(
                f"the test {self.waiting[0].name!r} has no cell with a solution above or below it",
                where=self.file,
                remedy="mark the cell that it tests as a solution cell (`Autograded answer`)",
            )
        kept = tuple(part for part in self.parts if part.checks or part.asks)
        if not kept:
            raise AssignmentError("no cell gives points", where=self.file, remedy="mark one as a test or as graded")
        return kept

    def _where(self, index: int) -> str:
        return f"{self.file}, cell {index}"

    def _no_marks(self, source: str, index: int) -> None:
        for mark in ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME"):
            if mark in source:
                raise AssignmentError(
                    f"{mark} stands in a cell that nbgrader would not look at",
                    where=self._where(index),
                    remedy="give the cell its kind in nbgrader's toolbar",
                )

    def _title(self, index: int, name: str) -> str:
        near = range(max(0, index - 3), index)
        above = list(headings([self.source[i] for i in near if not self._is_answer(i)]))
        return short(above[-1] if above else name, TITLE)

    def _is_answer(self, index: int) -> bool:
        noted = self.noted[index]
        return noted is not None and noted.solution

    @property
    def given(self) -> list[NotebookNode]:
        """Cells without an answer in them."""
        return [cell for i, cell in enumerate(self.source) if not self._is_answer(i)]

    def _part(self, noted: Noted, index: int) -> Part:
        number = len(self.parts) + 1
        called = f"part_{number}" if MADE_UP.fullmatch(noted.grade_id) else noted.grade_id
        name = self.names.of(called)
        part = Part(name=name, title=self._title(index, name))
        part.checks, self.waiting = self.waiting, []
        self.parts.append(part)
        return part

    def _answer(self, cell: NotebookNode, noted: Noted, index: int) -> NotebookNode:
        code = cell.cell_type == "code"
        source = _with_stub(cell.source, code=code)
        scored = noted.grade and noted.points > 0
        if noted.grade and not scored:
            self.notes.append(
                f"The cell {noted.grade_id} is to be read by a human for 0 points: it asks for none here."
            )
        if not scored and not self._tested_below(index):
            return new_cell(cell, source, **_tagged(cell, source))
        last = self.parts[-1] if self.parts else None
        # Several cells, and then the tests of all of them, are one exercise.
        part = self._part(noted, index) if scored or last is None or last.checks or last.asks else last
        if scored:
            part.asks, part.asked_points = short(part.title, ASKS), noted.points
            part.form = "code" if code else "text"
        return new_cell(cell, source, grader={"exercise": part.name}, **_tagged(cell, source))

    def _tested_below(self, index: int) -> bool:
        """Whether a test follows, with other cells of code to write at most between."""
        for noted in self.noted[index + 1 :]:
            if noted is not None and noted.tests:
                return True
            if noted is not None and noted.asks:
                return False
        return False

    def _test(self, cell: NotebookNode, noted: Noted, index: int) -> NotebookNode:
        if cell.cell_type != "code":
            raise AssignmentError(
                "a graded cell of text that is no answer", where=self._where(index), remedy="mark it as a solution too"
            )
        if AUTOTEST.search(cell.source):
            raise AssignmentError(
                "AUTOTEST lines are made into tests by nbgrader, when it releases",
                where=self._where(index),
                remedy="write what they assert; or use Grader's own checks, which take their values from your solution",
            )
        whole, shown, hidden = self._without(cell.source, "HIDDEN TESTS", index)
        test = CodeTest(name=noted.grade_id, cell=cell["id"], source=whole, points=noted.points)
        made_up = MADE_UP.fullmatch(noted.grade_id)
        called = f"{self.parts[-1].name if self.parts else 'part_1'}_test" if made_up else noted.grade_id
        name = self.names.of(called)
        told = "The test below it" if made_up else f"The test `{noted.grade_id}`"
        check = PartCheck(name=name, title=f"{told} passes.", tests=(test,), weight=noted.points)
        checks = [check]
        if hidden:
            checks = [
                PartCheck(
                    name=self.names.of(f"{name}_whole"),
                    title=f"{told} passes, with what is hidden of it.",
                    tests=(
                        CodeTest(name=f"{noted.grade_id}.whole", cell=cell["id"], source=whole, points=noted.points),
                    ),
                    weight=noted.points,
                    hidden=True,
                )
            ]
            if _does_something(shown):
                part = CodeTest(name=noted.grade_id, cell=cell["id"], source=shown, points=0.0)
                title = f"{told} passes, as far as you can see it."
                checks.insert(0, PartCheck(name=name, title=title, tests=(part,), weight=0.0))
        (self.parts[-1].checks if self.parts else self.waiting).extend(checks)
        return new_cell(cell, shown if shown.strip() else "# What is tested here is hidden.", **LOCKED)

    def _task(self, cell: NotebookNode, noted: Noted, index: int) -> Iterator[NotebookNode]:
        _, shown, scheme = self._without(cell.source, "MARK SCHEME", index)
        if not noted.points:
            self.notes.append(f"The task {noted.grade_id} gives 0 points: it asks for nothing here.")
            yield new_cell(cell, shown, **LOCKED)
            return
        part = self._part(noted, index)
        part.title = short(next(headings([new_cell(cell, shown)]), part.title), TITLE)
        part.asks, part.asked_points, part.form = short(part.title, ASKS), noted.points, "any"
        if scheme:
            part.rubric = (Criterion(name="mark scheme", points=noted.points, description=" ".join(scheme.split())),)
        yield new_cell(cell, shown, **LOCKED)
        answer = nbformat.v4.new_markdown_cell(
            _with_stub(scheme or "The answer stands in cells below the task.", code=False),
            id=f"{cell['id'][:50]}-answer",
            metadata={"grader": {"exercise": part.name}},
        )
        yield answer

    def _without(self, source: str, what: str, index: int) -> tuple[str, str, str]:
        """A cell without the marks of what is hidden in it, without what is hidden, and what that is."""
        whole: list[str] = []
        shown: list[str] = []
        hidden: list[str] = []
        inside = False
        for line in source.split("\n"):
            if f"BEGIN {what}" in line:
                if inside:
                    raise AssignmentError(f"BEGIN {what} stands in another", where=self._where(index))
                inside = True
            elif f"END {what}" in line:
                inside = False
            else:
                whole.append(line)
                (hidden if inside else shown).append(line)
        if inside:
            raise AssignmentError(f"BEGIN {what} has no END {what}", where=self._where(index))
        return "\n".join(whole), "\n".join(shown), "\n".join(hidden)


def _does_something(source: str) -> bool:
    return any(line.strip() and not line.strip().startswith("#") for line in source.splitlines())


def _shown(cell: NotebookNode) -> dict[str, Any]:
    """How a cell is shown."""
    return {key: cell.metadata[key] for key in ("slideshow", "tags") if key in cell.metadata}


def _tagged(cell: NotebookNode, source: str) -> dict[str, Any]:
    """The tag that makes all of a cell the solution, where marks can't: a cell magic has to stay on the first line."""
    tags = [*_shown(cell).get("tags", [])]
    return {"tags": [*tags, "solution"]} if source == cell.source and "BEGIN SOLUTION" not in source else _shown(cell)


def _with_stub(source: str, *, code: bool) -> str:
    """A solution cell with Grader's marks, and nbgrader's stub as what students get in the solution's place."""
    lines = source.split("\n")
    if not any("BEGIN SOLUTION" in line for line in lines):
        if code and source.lstrip().startswith("%%"):
            return source
        return "\n".join([_mark("BEGIN SOLUTION", "", code=code), *lines, *_end("", code=code)])
    made: list[str] = []
    indent = ""
    for line in lines:
        if "BEGIN SOLUTION" in line:
            indent = line[: len(line) - len(line.lstrip())]
            made.append(_mark("BEGIN SOLUTION", indent, code=code))
        elif "END SOLUTION" in line:
            made += _end(indent, code=code)
        else:
            made.append(line)
    return "\n".join(made)


def _mark(text: str, indent: str, *, code: bool) -> str:
    return f"{indent}### {text}" if code else f"<!-- {text} -->"


def _end(indent: str, *, code: bool) -> list[str]:
    stub = [f"{indent}# {line}" for line in CODE_STUB] if code else [TEXT_STUB]
    begin, end = (_mark(f"{edge} PROMPT", indent, code=code).replace("### ", "# ") for edge in ("BEGIN", "END"))
    return [_mark("END SOLUTION", indent, code=code), begin, *stub, end]
