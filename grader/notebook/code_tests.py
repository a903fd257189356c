"""Plans where in a notebook which test in code is run: in the place that its cell or its call has there, whatever became of it."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from grader.assignment import Assignment
from grader.checks.check import CodeTest
from grader.notebook.align import Alignment, align
from grader.notebook.cell_source import parse


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeTestPlan:
    """Tests in code for one notebook, as the runner reads them (`grader/inside/planned_tests.py`)."""

    open: bytes
    """Sent along with the notebook: tests that students have, and where the others belong. Student code can read it."""
    late: bytes = b""
    """Hidden tests, sent after the student's last cell has ended; empty if there are none."""
    count: int = 0
    """Number of tests."""

    @property
    def digest(self) -> str:
        """Names the plan in a job's key."""
        return hashlib.blake2b(self.open + b"\0" + self.late, digest_size=16).hexdigest()


def planned(assignment: Assignment, notebook: NotebookNode, starter: NotebookNode) -> CodeTestPlan | None:
    """The plan for a notebook; None where the assignment has no tests in code.

    Args:
        assignment: with its hidden checks, or without.
        notebook: what was handed in.
        starter: what was handed out, or the solution that it was made from.
    """
    tests = list(assignment.code_tests())
    if not tests:
        return None
    places = _Places(notebook, starter, align(notebook, starter, assignment))
    open_ones: list[dict[str, Any]] = []
    late: list[dict[str, Any]] = []
    for test, exercise, hidden in tests:
        record = {"name": test.name, "form": test.form, "source": test.source, "after": places.of(test, exercise)}
        (late if hidden else open_ones).append(record)
    plan = {
        "tests": open_ones,
        "replaced": sorted(places.replaced),
        "places": sorted({record["after"] for record in late}),
        "late": bool(late),
        "forms": sorted({record["form"] for record in (*open_ones, *late)}),
    }
    late.sort(key=lambda record: record["after"])
    return CodeTestPlan(
        open=json.dumps(plan).encode(), late=json.dumps(late).encode() if late else b"", count=len(tests)
    )


class _Places:
    def __init__(self, notebook: NotebookNode, starter: NotebookNode, alignment: Alignment) -> None:
        self.cells = notebook.cells
        self.origin = alignment.origin
        self.exercises = alignment.exercises
        self.starter = {cell.get("id"): j for j, cell in enumerate(starter.cells)}
        self.calls = dict(_calls(notebook))
        self.replaced: set[int] = set()
        """Cells of the notebook that hold a test; Grader's own copy of it is run instead."""

    def of(self, test: CodeTest, exercise: str) -> int:
        """The cell of the notebook that a test is run after."""
        if test.cell:
            return self._of_cell(test.cell)
        if test.called in self.calls:
            return self.calls[test.called]
        if exercise in self.calls:
            return self.calls[exercise]
        own = self.exercises.get(exercise, ())
        return own[-1] if own else len(self.cells) - 1

    def _of_cell(self, name: str) -> int:
        place = self.starter.get(name)
        here = [i for i, j in self.origin.items() if j == place and self.cells[i].cell_type == "code"]
        if here:
            self.replaced.update(here)
            return max(here)
        if place is None:
            return len(self.cells) - 1
        # The cell is gone: the test belongs above the first of those that were handed out below it.
        below = [i for i, j in self.origin.items() if j > place]
        return min(below) - 1 if below else len(self.cells) - 1


def _calls(notebook: NotebookNode) -> Iterator[tuple[str, int]]:
    """What is passed to `check`, Otter's or Grader's, with the cell; the last call of a name counts, as it does for Otter."""
    for index, cell in enumerate(notebook.cells):
        tree = parse(cell.source) if cell.cell_type == "code" else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                function = node.func
                name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
                if name == "check" and isinstance(node.args[0].value, str):
                    yield node.args[0].value, index


def adopted(notebook: NotebookNode, starter: NotebookNode) -> NotebookNode:
    """A notebook that nbgrader or Otter released, with the ids and exercises that the same cells have in the starter.

    nbgrader's `grade_id` is the cell's id in the starter of an imported assignment. Cells that students must not change
    (`editable` is false in the starter) get the starter's source again.
    """
    notebook = _without_otters_own(notebook, starter)
    known = {cell.get("id"): cell for cell in starter.cells}
    changed = {i: known[name] for i, name in _names(notebook, starter).items() if name in known}
    if not changed:
        return notebook
    made: NotebookNode = notebook.copy()
    made["cells"] = [_adopted(cell, changed[i]) if i in changed else cell for i, cell in enumerate(notebook.cells)]
    return made


def _without_otters_own(notebook: NotebookNode, starter: NotebookNode) -> NotebookNode:
    """Without what Otter put into texts when it released them, which would pass for a student's own words."""
    if not any(OTTER_ANSWER in _tags(cell) for cell in notebook.cells):
        return notebook
    given = {" ".join(cell.source.split()) for cell in starter.cells}
    made: NotebookNode = notebook.copy()
    made["cells"] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell = cell.copy()  # noqa: PLW2901
            cell["source"] = _OTTER_EDGE.sub("", cell.source).strip()
            locked = cell.metadata.get("deletable") is False and cell.metadata.get("editable") is False
            if locked and " ".join(cell["source"].split()) not in given:
                cell["source"] = ""
        made["cells"].append(cell)
    return made


def _tags(cell: NotebookNode) -> tuple[str, ...]:
    tags = cell.metadata.get("tags")
    return tuple(tags) if isinstance(tags, list) else ()


def _adopted(cell: NotebookNode, own: NotebookNode) -> NotebookNode:
    made: NotebookNode = cell.copy()
    made["id"] = own.id
    metadata = dict(cell.metadata)
    if "grader" in own.metadata:
        metadata["grader"] = own.metadata.grader
    made["metadata"] = NotebookNode(metadata)
    if own.metadata.get("editable") is False and cell.cell_type == own.cell_type == "code":
        made["source"] = own.source
    return made


def _names(notebook: NotebookNode, starter: NotebookNode) -> dict[int, str]:
    """By position in the notebook, the id that the cell has in the starter."""
    found: dict[int, str] = {}
    for index, cell in enumerate(notebook.cells):
        noted = cell.metadata.get("nbgrader")
        name = noted.get("grade_id") if isinstance(noted, Mapping) else None
        if isinstance(name, str) and name not in found.values():
            found[index] = name
    if found:
        return found
    answers = [i for i, cell in enumerate(notebook.cells) if OTTER_ANSWER in _tags(cell)]
    asked = [cell.id for cell in starter.cells if OTTER_ANSWER in _tags(cell)]
    return dict(zip(answers, asked, strict=True)) if len(answers) == len(asked) else {}


_OTTER_EDGE = re.compile(r"^<!-- (?:BEGIN|END) QUESTION -->[ \t]*$", re.MULTILINE)
OTTER_ANSWER = "otter_answer_cell"
"""Tag that Otter gives the cells in which students answer; an imported starter has it too."""
