"""nbgrader's metadata of a cell, schema version 3 and older (nbgrader/docs/source/contributor_guide/metadata.rst)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from grader.errors import AssignmentError

NEWEST = 3
"""Schema version of the cells' metadata that is known here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """nbgrader's metadata of one cell, whatever version it was written in."""

    grade_id: str
    points: float
    grade: bool
    solution: bool
    task: bool
    locked: bool

    @property
    def tests(self) -> bool:
        """Whether it is run to give points."""
        return self.grade and not self.solution

    @property
    def asks(self) -> bool:
        """Whether a human marks it."""
        return self.task or (self.grade and self.solution)


def noted_of(cell: NotebookNode, where: str) -> Noted | None:
    """A cell's metadata; None where nbgrader has nothing to do with it.

    Raises:
        AssignmentError: it is newer than what is known here, or lacks its id.
    """
    raw = cell.get("metadata", {}).get("nbgrader")
    if not isinstance(raw, Mapping):
        return None
    version = raw.get("schema_version", 0)
    if not isinstance(version, int) or version > NEWEST:
        raise AssignmentError(
            f"nbgrader's metadata has schema version {version}, newer than {NEWEST}",
            where=where,
            remedy="a newer Grader may read it",
        )
    grade, solution, task = (bool(raw.get(name, False)) for name in ("grade", "solution", "task"))
    if not (grade or solution or task or raw.get("locked", False)):
        return None
    name = raw.get("grade_id")
    if not isinstance(name, str) or not name:
        raise AssignmentError(
            "nbgrader's cell has no grade_id", where=where, remedy="give it one in nbgrader's toolbar"
        )
    locked = not solution and (grade or bool(raw.get("locked", False)))
    # Up to version 2 a cell could have points that it doesn't give, empty or negative ones.
    return Noted(
        grade_id=name,
        points=_points(raw) if grade or task else 0.0,
        grade=grade,
        solution=solution,
        task=task,
        locked=locked,
    )


def _points(raw: Mapping[str, Any]) -> float:
    try:
        return max(0.0, float(raw.get("points") or 0.0))
    except (TypeError, ValueError):
        return 0.0
