"""The notebook doctor: what to change in a notebook, found without running it (docs/doctor.md)."""

from __future__ import annotations

from collections.abc import Callable

from nbformat import NotebookNode

from grader.assignment import Assignment, Limits
from grader.notebook.doctor.cells import code_cells
from grader.notebook.doctor.dead import dead
from grader.notebook.doctor.effort import long_trainings
from grader.notebook.doctor.exercises import missing_answers, missing_exercises
from grader.notebook.doctor.files import file_names
from grader.notebook.doctor.keys import history_keys
from grader.notebook.doctor.modules import installed_here, missing_modules
from grader.notebook.doctor.sightings import look
from grader.notebook.doctor.surroundings import surroundings
from grader.notebook.doctor.syntax import syntax
from grader.notebook.doctor.undefined import undefined
from grader.report import Advice, Severity

__all__ = ["examine"]

MOST = 200
"""Pieces of advice on one notebook."""


def examine(
    notebook: NotebookNode,
    *,
    assignment: Assignment | None = None,
    starter: NotebookNode | None = None,
    installed: Callable[[str], bool] = installed_here,
) -> tuple[Advice, ...]:
    """Reads a notebook and says what to change, without running it.

    Args:
        notebook: nbformat 4.
        assignment: what it answers; adds missing exercises and the assignment's own time limit.
        starter: the notebook as it was handed out, to tell untouched cells.
        installed: whether a top-level module can be imported where notebooks are graded.

    Returns:
        Advice by cell and line, each thing once a cell; what concerns no cell comes last.
    """
    cells = code_cells(notebook)
    seen = look(cells)
    limits = assignment.limits if assignment is not None else Limits()
    found = [
        *syntax(cells),
        *dead(seen),
        *history_keys(seen),
        *file_names(seen),
        *undefined(cells),
        *missing_modules(seen, installed),
        *surroundings(seen),
        *long_trainings(seen, limits.cell_seconds),
        *(missing_exercises(seen, assignment, starter) if assignment is not None else ()),
        *(missing_answers(notebook, assignment, starter) if assignment is not None else ()),
    ]
    once = {(a.cell, a.kind, a.what, a.old): a for a in reversed(found)}
    return tuple(sorted(once.values(), key=_place)[:MOST])


def _place(advice: Advice) -> tuple[float, int, bool, str]:
    cell = float("inf") if advice.cell is None else advice.cell
    return cell, advice.line or 0, advice.severity is not Severity.BREAKS, advice.what
