"""Makes the starter from a solution notebook: solutions out, prompts and self-checks in, and nothing else carried along."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from grader.assignment import Assignment, Exercise
from grader.notebook.answer_cells import exercise_of
from grader.notebook.attempt import essence
from grader.recipe import recipe_of
from grader.release.exercises import (
    PRIVATE,
    TAG,
    Places,
    cells_by_exercise,
    named_exercise,
    tags_of,
    without_solution,
)
from grader.release.marks import Line, Part
from grader.release.stripping import WHOLE, Stripped, strip

KEPT_METADATA = ("slideshow", "cellView", "jupyter", "editable", "deletable", "name")
"""What a cell's metadata may hold beside ours and its tags: how it is shown. Anything else could carry an answer."""
IMPORT = "from grader import check"


@dataclass(frozen=True, kw_only=True)
class Removed:
    """One line of the solution that students don't get."""

    text: str
    cell: int
    """Position of its cell in the solution notebook, from 0."""
    line: int
    """In that cell, from 1."""


@dataclass(frozen=True, kw_only=True)
class Starter:
    """What students start from, and what was taken out of it."""

    notebook: NotebookNode
    removed: tuple[Removed, ...]
    prompts: str
    """What the author wrote for students in the solutions' place."""


def starter_of(
    solution: NotebookNode, assignment: Assignment, *, file: str, before: NotebookNode | None = None
) -> Starter:
    """Makes the starter.

    Args:
        solution: The source, with its marks; left as it is.
        assignment: Its exercises, those of the recipe in force.
        file: The source, as a person would look it up.
        before: The starter that was released before, whose cell ids are kept; None for the first time.

    Raises:
        AssignmentError: marks, exercises or what is left of a cell are not as they must be; names cell and line.
    """
    places = Places(file=file)
    found = cells_by_exercise(solution.cells, assignment, places)
    stripped = [_stripped(cell, places.cell(i)) for i, cell in enumerate(solution.cells)]
    without_solution(found, [s.changed for s in stripped], places)
    removed = tuple(
        Removed(text=line.text, cell=i, line=line.number) for i, s in enumerate(stripped) for line in s.removed
    )
    ids = _Ids(before)
    last = {at[-1]: name for name, at in found.items()}
    exercises = {e.name: e for e in assignment.exercises}
    checked = _checked_already(solution, assignment)
    cells: list[NotebookNode] = []
    for index, (cell, made) in enumerate(zip(solution.cells, stripped, strict=True)):
        if PRIVATE not in tags_of(cell):
            cells.append(_cell(cell, made.source, ids))
        if index in last and _asks_checks(exercises[last[index]]) and last[index] not in checked:
            cells.append(_self_check(last[index], ids))
    _import_first(cells, ids)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=_metadata(solution, assignment))
    notebook.nbformat_minor = 5
    prompts = "\n".join(text for s in stripped for text in s.prompts)
    return Starter(notebook=notebook, removed=removed, prompts=prompts)


def _stripped(cell: NotebookNode, where: str) -> Stripped:
    if PRIVATE in tags_of(cell):
        lines = (Line(n, text, Part.SOLUTION, 1) for n, text in enumerate(cell.source.split("\n"), 1))
        return Stripped(source="", removed=tuple(lines))
    return strip(cell.source, where, code=cell.cell_type == "code", whole=WHOLE in tags_of(cell))


class _Ids:
    """Ids that stay the same from release to release, so that work on an older starter is found again."""

    def __init__(self, before: NotebookNode | None) -> None:
        self.taken: set[str] = set()
        self.of_exercise: dict[str, list[str]] = {}
        self.of_content: dict[str, list[str]] = {}
        for cell in before.cells if before is not None else ():
            name = exercise_of(cell)
            known, key = (self.of_exercise, name) if name else (self.of_content, _content(cell.cell_type, cell.source))
            known.setdefault(key, []).append(cell.id)

    def of(self, kind: str, source: str, exercise: str, own: str) -> str:
        """The id of a cell: that of the release before, else its own, else one made of what it is."""
        known = self.of_exercise.get(exercise, []) if exercise else self.of_content.get(_content(kind, source), [])
        made = exercise or hashlib.blake2b(_content(kind, source).encode(), digest_size=4).hexdigest()
        for name in (*known, own, made, *(f"{made}-{n}" for n in range(2, 10_000))):
            if name and name not in self.taken:
                self.taken.add(name)
                return name
        raise AssertionError  # pragma: no cover  (a notebook has fewer cells)


def _content(kind: str, source: str) -> str:
    return f"{kind}\n{essence(kind, source)}"


def _cell(cell: NotebookNode, source: str, ids: _Ids) -> NotebookNode:
    exercise = named_exercise(cell)
    own = "" if re.fullmatch(r"cell-\d+(-x)*", cell.id) else cell.id  # such ids are made up while reading, by position
    name = ids.of(cell.cell_type, source, exercise, own)
    metadata = {k: cell.metadata[k] for k in KEPT_METADATA if k in cell.metadata}
    tags = [t for t in tags_of(cell) if t not in {WHOLE, PRIVATE} and not t.startswith(TAG)]
    if tags:
        metadata["tags"] = tags
    if exercise:
        metadata["grader"] = {"exercise": exercise}
    made = _new(cell.cell_type, source, name, metadata)
    attached = cell.get("attachments")
    shown = {k: v for k, v in attached.items() if f"attachment:{k}" in source} if isinstance(attached, Mapping) else {}
    if shown:
        made["attachments"] = shown
    return made


def _new(kind: str, source: str, name: str, metadata: dict[str, object]) -> NotebookNode:
    """A cell without outputs, whose id stands a second time where Colab keeps it: Colab drops the cell's own."""
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}.get(
        kind, nbformat.v4.new_raw_cell
    )
    made: NotebookNode = make(source, id=name, metadata={**metadata, "id": name})
    return made


def _asks_checks(exercise: Exercise) -> bool:
    return any(not check.hidden for check in exercise.checks)


def _checked_already(solution: NotebookNode, assignment: Assignment) -> set[str]:
    """Exercises for which the source holds a self-check of its own."""
    code = "\n".join(c.source for c in solution.cells if c.cell_type == "code" and PRIVATE not in tags_of(c))
    called = set(re.findall(r"^\s*check\(\s*[\"'](\w+)[\"']", code, re.MULTILINE))
    return {e.name for e in assignment.exercises if e.name in called}


def _self_check(exercise: str, ids: _Ids) -> NotebookNode:
    source = f'{IMPORT}\n\ncheck("{exercise}")'
    return _new("code", source, ids.of("code", source, "", f"check-{exercise}"), {})


def _import_first(cells: list[NotebookNode], ids: _Ids) -> None:
    """The recorder starts when the self-check is imported, so that belongs above everything that trains."""
    first = next((i for i, cell in enumerate(cells) if cell.cell_type == "code"), None)
    if first is None or IMPORT in cells[first].source or not any(IMPORT in c.source for c in cells):
        return
    source = f"{IMPORT}  # stays first: it sees the trainings below it"
    cells.insert(first, _new("code", source, ids.of("code", source, "", "grader"), {}))


def _metadata(solution: NotebookNode, assignment: Assignment) -> dict[str, object]:
    kernel = solution.metadata.get("kernelspec") or {}
    noted = {"assignment": assignment.name}
    recipe = recipe_of(solution)
    return {
        "kernelspec": {
            "display_name": str(kernel.get("display_name", "Python 3")),
            "language": "python",
            "name": str(kernel.get("name", "python3")),
        },
        "language_info": {"name": "python"},
        "grader": {**noted, "recipe": recipe} if recipe else noted,
    }
