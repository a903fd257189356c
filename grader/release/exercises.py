"""Which cells of a solution notebook answer which exercise: by metadata, or by a tag `exercise:NAME` where metadata is hard to edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.assignment import Assignment
from grader.errors import AssignmentError
from grader.notebook.answer_cells import exercise_of
from grader.release.stripping import WHOLE

TAG = "exercise:"
"""What the tag that names an exercise begins with."""
PRIVATE = "private"
"""Tag of a cell that students don't get at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where a notebook's cells stand, for messages."""

    file: str
    """As a person would look it up."""

    def cell(self, index: int) -> str:
        """File and cell; cells count from 0, as in every report."""
        return f"{self.file}, cell {index}"


def tags_of(cell: NotebookNode) -> tuple[str, ...]:
    """A cell's tags."""
    found = cell.get("metadata", {}).get("tags")
    return tuple(t for t in found if isinstance(t, str)) if isinstance(found, list) else ()


def named_exercise(cell: NotebookNode) -> str:
    """The exercise that a cell says it answers; empty if none."""
    tagged = [t.removeprefix(TAG).strip() for t in tags_of(cell) if t.startswith(TAG)]
    return exercise_of(cell) or (tagged[0] if tagged else "")


def cells_by_exercise(cells: Sequence[NotebookNode], assignment: Assignment, places: Places) -> dict[str, list[int]]:
    """Positions of each exercise's cells, in order.

    Raises:
        AssignmentError: a cell names an unknown exercise or two, or an exercise has no cell.
    """
    found: dict[str, list[int]] = {e.name: [] for e in assignment.exercises}
    for index, cell in enumerate(cells):
        name = named_exercise(cell)
        others = {t.removeprefix(TAG).strip() for t in tags_of(cell) if t.startswith(TAG)} - {name}
        if others:
            raise AssignmentError(
                f"the cell is of two exercises, {name!r} and {others.pop()!r}",
                where=places.cell(index),
                remedy="leave one of them in its metadata and tags",
            )
        if name and name not in found:
            raise AssignmentError(
                f"the cell answers exercise {name!r}, which the assignment does not have",
                where=places.cell(index),
                remedy=f"name one of {', '.join(found)}, or add the exercise to assignment.py",
            )
        if name and PRIVATE not in tags_of(cell):
            found[name].append(index)
    missing = [name for name, at in found.items() if not at]
    if missing:
        raise AssignmentError(
            f"exercise {missing[0]!r} has no cell",
            where=places.file,
            remedy=f'give its cell the tag `{TAG}{missing[0]}`, or the metadata {{"grader": {{"exercise": "{missing[0]}"}}}}',
        )
    return found


def without_solution(found: Mapping[str, list[int]], changed: Sequence[bool], places: Places) -> None:
    """Raises for an exercise in none of whose cells anything is marked: its answer would be handed out."""
    for name, at in found.items():
        if not any(changed[i] for i in at):
            raise AssignmentError(
                f"nothing is marked as the solution of exercise {name!r}, so that all of it would be released",
                where=places.cell(at[0]),
                remedy=f"put it between `# BEGIN SOLUTION` and `# END SOLUTION`, or give the cell the tag `{WHOLE}`",
            )
