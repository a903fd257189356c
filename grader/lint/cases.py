"""The notebooks that an assignment is held against: its starter, an empty model, its solution and the variants."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.assignment import Assignment
from grader.course import AssignmentFolder
from grader.errors import UsageError
from grader.recipe import FULL
from grader.variant import Variant


class CaseKind(StrEnum):
    """What must come of a case."""

    NOTHING = "nothing"
    """Earns 0."""
    RIGHT = "right"
    """Earns full marks."""
    WRONG = "wrong"
    """Loses points on the declared checks, with the declared cause named."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One notebook and what must come of it."""

    name: str
    """Unique in its assignment."""
    kind: CaseKind
    why: str
    """What it is, one sentence without a full stop."""
    notebook: NotebookNode = field(repr=False)
    variant: Variant | None = None


STARTER, STARTER_RUN, EMPTY, SOLUTION = "starter", "starter_run", "empty_model", "solution"


def cases(folder: AssignmentFolder, only: Collection[str] = ()) -> tuple[Case, ...]:
    """All cases of an assignment, in the form of its recipe in force.

    Args:
        folder: with its private part.
        only: `right`, `wrong`, `nothing` or names of cases; empty for all.

    Raises:
        UsageError: there is no such case.
        AssignmentError: a variant's change doesn't fit the solution.
    """
    form = folder.assignment(hidden=False).recipe or FULL
    meant = [v for v in folder.variants() if not v.forms or form in v.forms]
    found = (*_given(folder), *(_of_variant(folder, v) for v in meant))
    unknown = sorted(set(only) - {c.name for c in found} - set(CaseKind))
    if unknown:
        raise UsageError(
            f"{folder.name} has no case {unknown[0]!r}",
            remedy=f"{', '.join(CaseKind)}, or one of {', '.join(c.name for c in found)}",
        )
    return tuple(c for c in found if not only or {c.name, c.kind.value} & set(only))


def _given(folder: AssignmentFolder) -> tuple[Case, ...]:
    assignment, starter = folder.assignment(hidden=True), folder.starter_notebook()
    nothing = CaseKind.NOTHING
    return (
        Case(name=STARTER, kind=nothing, why="is the untouched starter", notebook=starter),
        Case(
            name=STARTER_RUN,
            kind=nothing,
            why="is the starter with one line of its own, so that it is run",
            notebook=_with_cell(starter, "print('nothing done')"),
        ),
        Case(
            name=EMPTY,
            kind=nothing,
            why="holds an empty model under each name that is asked for",
            notebook=_with_cell(starter, empty_models(assignment)),
        ),
        Case(
            name=SOLUTION, kind=CaseKind.RIGHT, why="is the instructor's solution", notebook=folder.solution_notebook()
        ),
    )


def _of_variant(folder: AssignmentFolder, variant: Variant) -> Case:
    return Case(
        name=variant.name,
        kind=CaseKind.RIGHT if variant.right else CaseKind.WRONG,
        why=variant.why,
        notebook=folder.variant_notebook(variant),
        variant=variant,
    )


def empty_models(assignment: Assignment) -> str:
    """Code that puts an empty `Sequential` under every name that a model or a function is asked for by."""
    wanted = assignment.wanted()
    names = dict.fromkeys(q.variables[0] for q in wanted.models if q.variables)
    functions = dict.fromkeys(case.function for case in wanted.functions)
    lines = [
        "import keras",
        *(f"{name} = keras.Sequential()" for name in names),
        *(f"def {name}(*arguments, **named):\n    return keras.Sequential()" for name in functions),
    ]
    return "\n".join(lines)


def _with_cell(notebook: NotebookNode, source: str) -> NotebookNode:
    made: NotebookNode = copy.deepcopy(notebook)
    made.cells.append(new_code_cell(source, id="added-by-lint"))
    return made
