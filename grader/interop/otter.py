"""Reads source notebooks of Otter Assign, in its format of raw cells (otter/assign/notebook_transformer.py, otter 1 to 7).

# BEGIN QUESTION … # END QUESTION          an exercise; its points, and whether a human reads it
# BEGIN PROMPT … # END PROMPT              given to students
# BEGIN SOLUTION … # END SOLUTION          an exercise's cells, with marks in their code
# BEGIN TESTS … # END TESTS                its checks, a cell each
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.errors import AssignmentError
from grader.interop.config import yaml_of
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
from grader.interop.otter_code import with_marks, without_ignored
from grader.interop.otter_tests import Case, case_of, code_test, points_of
from grader.notebook.code_tests import OTTER_ANSWER

ANSWER = "_Type your answer here, replacing this text._"
"""What Otter puts into the place of an answer in words."""
_EDGE = re.compile(r"#\s+(begin|end)\s+(question|prompt|solution|tests)\s*", re.IGNORECASE)
_CONFIG = re.compile(r"#\s+assignment\s+config\s*", re.IGNORECASE)
_IGNORED = re.compile(r"(##\s*ignore\s*##\s*|#\s*ignore\s*)", re.IGNORECASE)
_OLD = re.compile(r"^(```\s*)?\s*#?\s*BEGIN (QUESTION|ASSIGNMENT)\b|^```\s*BEGIN ", re.MULTILINE)
_PLUGIN = re.compile(r"#\s+(begin|end)?\s*plugin", re.IGNORECASE)


def read_otter(path: Path, title: str = "") -> Imported:
    """Reads a source notebook.

    Args:
        path: the notebook, or a folder with one in it.
        title: of the assignment; the notebook's first heading if empty.

    Raises:
        AssignmentError: it is no source notebook, or has something that can't be imported; names the cell.
        UsageError: PyYAML is not installed.
    """
    notebook, path = source_notebook(path, "otter")
    reader = _Reader(path.name)
    cells = reader.read(_unfenced(notebook.cells))
    if not reader.parts:
        old = any(_OLD.search(cell.source) for cell in notebook.cells)
        raise AssignmentError(
            "no cell begins a question",
            where=path.name,
            remedy="this is the format of Otter before version 4, with Markdown fences: convert it to raw cells first"
            if old
            else "name the source of Otter Assign, with raw cells `# BEGIN QUESTION`",
        )
    return Imported(
        source=path.name,
        grader="Otter",
        title=title or title_of([c for c in cells if OTTER_ANSWER not in c.metadata.get("tags", [])], path),
        solution=new_solution(cells, notebook),
        parts=tuple(reader.parts),
        notes=tuple(dict.fromkeys(reader.notes)),
    )


def _unfenced(cells: list[NotebookNode]) -> Iterator[tuple[int, NotebookNode]]:
    """Cells with their position; a Markdown fence of the language `otter` is a raw cell."""
    for index, cell in enumerate(cells):
        if cell.cell_type != "markdown" or "```otter" not in cell.source:
            yield index, cell
            continue
        parts = re.split(r"^```otter\s*\n(.*?)^```[ \t]*$\n?", cell.source, flags=re.MULTILINE | re.DOTALL)
        for number, part in enumerate(parts):
            if part.strip():
                make = nbformat.v4.new_raw_cell if number % 2 else nbformat.v4.new_markdown_cell
                yield index, make(part.strip("\n"))


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.notes: list[str] = []
        self.parts: list[Part] = []
        self.names = Names()
        self.ok_format = True
        self.where = file
        self.block: list[str] = []
        """Open blocks, the outer one first."""
        self.question: _Question | None = None

    def read(self, cells: Iterator[tuple[int, NotebookNode]]) -> list[NotebookNode]:
        """The cells of the solution notebook."""
        made: list[NotebookNode] = []
        for index, cell in cells:
            self.where = f"{self.file}, cell {index}"
            lines = cell.source.split("\n")
            if _IGNORED.match(lines[0]):
                continue
            edge = _EDGE.match(lines[0]) if cell.cell_type == "raw" else None
            if edge:
                made += self._edge(edge[1].lower(), edge[2].lower(), cell)
            elif cell.cell_type == "raw" and _CONFIG.match(lines[0]):
                self._assignment(yaml_of(cell.source, self.where))
            elif cell.cell_type == "raw" and _PLUGIN.match(lines[0]):
                self.notes.append("Plugins are left out.")
            elif self.question is not None:
                self.question.add(cell, self.block[-1], self)
            else:
                made.append(_given(cell))
        if self.block:
            raise AssignmentError(f"BEGIN {self.block[-1].upper()} has no END", where=self.file)
        return made

    def _assignment(self, config: dict[str, Any]) -> None:
        tests = config.get("tests")
        if isinstance(tests, dict):
            self.ok_format = bool(tests.get("ok_format", True))
        if config.get("files"):
            self.notes.append(f"Its files are not copied: {config['files']}. Put what the notebook needs beside it.")
        if config.get("seed") or (isinstance(config.get("generate"), dict) and config["generate"].get("seed")):
            self.notes.append("Its seed is left out: Grader sets one before each cell.")

    def _edge(self, side: str, what: str, cell: NotebookNode) -> list[NotebookNode]:
        if side == "begin":
            if (what == "question") != (not self.block) or len(self.block) > 1:
                inside = f" inside the {self.block[-1]}" if self.block else " outside a question"
                raise AssignmentError(f"BEGIN {what.upper()} stands{inside}", where=self.where)
            self.block.append(what)
            if what == "question":
                self.question = _Question(yaml_of(cell.source, self.where), self.where)
            return []
        if not self.block or self.block[-1] != what:
            raise AssignmentError(f"END {what.upper()} has no BEGIN {what.upper()}", where=self.where)
        self.block.pop()
        if what != "question" or self.question is None:
            return []
        question, self.question = self.question, None
        return question.finish(self)


def _given(cell: NotebookNode, **metadata: Any) -> NotebookNode:
    shown = {"tags": [*cell.metadata.get("tags", [])]} if cell.metadata.get("tags") else {}
    if cell.cell_type == "code":
        return new_cell(cell, with_marks(without_ignored(cell.source), given=True), **shown, **metadata)
    return new_cell(cell, cell.source, **shown, **metadata)


class _Question:
    def __init__(self, config: dict[str, Any], where: str) -> None:
        if "name" not in config:
            raise AssignmentError("the question has no name", where=where, remedy="a line `name: q1`")
        self.where = where
        self.name = str(config["name"])
        self.points = config.get("points")
        self.manual = bool(config.get("manual", False))
        self.all_or_nothing = bool(config.get("all_or_nothing", False))
        self.cells: list[tuple[str, NotebookNode]] = []
        """What stands in it, with the block that it stands in."""
        self.cases: list[Case] = []

    def add(self, cell: NotebookNode, block: str, reader: _Reader) -> None:
        """Takes a cell."""
        if block != "tests":
            self.cells.append((block, cell))
        elif cell.cell_type != "code":
            raise AssignmentError("a cell in TESTS that is no code", where=reader.where)
        elif cell.source.strip():
            self.cases.append(case_of(cell, ok_format=reader.ok_format, where=reader.where))

    def finish(self, reader: _Reader) -> list[NotebookNode]:
        """Makes the exercise, and its cells of the solution notebook."""
        texts = [cell for block, cell in self.cells if block == "question"]
        title = short(next(headings(texts), self.name), TITLE)
        part = Part(name=reader.names.of(self.name), title=title)
        words = [c for block, c in self.cells if block == "solution" and c.cell_type == "markdown"]
        code = [c for block, c in self.cells if block == "solution" and c.cell_type == "code"]
        if not words and not code:
            raise AssignmentError(
                f"question {self.name} has no solution",
                where=self.where,
                remedy="put the solution between `# BEGIN SOLUTION` and `# END SOLUTION`",
            )
        if self.manual:
            self._ask(part, reader, code=not words)
        elif words and not code:
            raise AssignmentError(f"question {self.name} asks for words, and is not `manual: true`", where=self.where)
        self._add_checks(part, reader)
        if part.checks or part.asks:
            reader.parts.append(part)
        return list(self._cells(part, words))

    def _ask(self, part: Part, reader: _Reader, *, code: bool) -> None:
        points = points_of(self.points, (), self.where) if isinstance(self.points, list) else self.points
        if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
            reader.notes.append(f"Question {self.name} gives no points in Otter; here it gives 1, by a human.")
            points = 1
        part.asks, part.asked_points = short(part.title, ASKS), float(points)
        part.form = "code" if code else "text"

    def _add_checks(self, part: Part, reader: _Reader) -> None:
        if not self.cases:
            return
        points = points_of(None if self.manual else self.points, self.cases, self.where)
        if self.manual:
            reader.notes.append(f"The tests of question {self.name} give no points: a human marks it.")
            points = [0.0] * len(points)
        tests = [
            code_test(case, self.name, n, p) for n, (case, p) in enumerate(zip(self.cases, points, strict=True), 1)
        ]
        if self.all_or_nothing and not self.manual:
            self._add_all_or_nothing(part, reader, tests, sum(points))
            return
        for case, test in zip(self.cases, tests, strict=True):
            check = PartCheck(
                name=reader.names.of(test.name),
                title=f"The test `{test.name}` passes.",
                tests=(test,),
                weight=test.points,
                hidden=case.hidden,
                hint=case.hint,
            )
            part.checks.append(check)

    def _add_all_or_nothing(self, part: Part, reader: _Reader, tests: list[Any], points: float) -> None:
        """All cases decide together; where some are hidden, those that students see give no points of their own."""
        hidden = any(case.hidden for case in self.cases)
        shown = [test for case, test in zip(self.cases, tests, strict=True) if not case.hidden]
        whole = PartCheck(
            name=reader.names.of(f"{self.name}_whole"),
            title=f"All tests of {self.name} pass.",
            tests=tuple(tests),
            weight=points,
            hidden=hidden,
            all_or_nothing=True,
        )
        if hidden and shown:
            title = f"The tests of {self.name} that you can see pass."
            name = reader.names.of(f"{self.name}_seen")
            part.checks.append(PartCheck(name=name, title=title, tests=tuple(shown), weight=0.0))
        part.checks.append(whole)

    def _cells(self, part: Part, words: list[NotebookNode]) -> Iterator[NotebookNode]:
        """Prompts and solutions; an answer in words is one cell, whose prompt students get."""
        noted = {"grader": {"exercise": part.name}, "tags": [OTTER_ANSWER]} if part.checks or part.asks else {}
        prompts = [c.source for block, c in self.cells if block == "prompt" and c.cell_type == "markdown"]
        for block, cell in self.cells:
            if block == "question":
                yield _given(cell, **LOCKED)
            elif block == "prompt" and not (cell.cell_type == "markdown" and words):
                yield new_cell(cell, cell.source, tags=[OTTER_ANSWER])
            elif block == "solution" and cell.cell_type == "code":
                yield new_cell(cell, with_marks(without_ignored(cell.source)), **noted)
            elif block == "solution" and cell is not words[0]:
                yield new_cell(cell, cell.source, tags=["private"])
            elif block == "solution":
                asked = self.manual or prompts
                yield _answer(cell, "\n\n".join(prompts) or ANSWER, noted) if asked else _private(cell)


def _private(cell: NotebookNode) -> NotebookNode:
    return new_cell(cell, cell.source, tags=["private"])


def _answer(cell: NotebookNode, prompt: str, noted: dict[str, Any]) -> NotebookNode:
    lines = ["<!-- BEGIN SOLUTION -->", cell.source, "<!-- END SOLUTION -->"]
    lines += ["<!-- BEGIN PROMPT -->", prompt, "<!-- END PROMPT -->"]
    return new_cell(cell, "\n".join(lines), **noted)
