"""Variant: the reference solution with one declared change, and what must come of it.

An assignment is only as good as the wrong answers it catches and the right ones it accepts. `reference/<name>/variants.py`
lists both as changes of the solution notebook, so that they follow it when it changes.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TypeAlias

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.errors import AssignmentError


@dataclass(frozen=True)
class Replace:
    """Replaces a piece of text that occurs exactly once in the solution's code."""

    old: str
    new: str


@dataclass(frozen=True)
class Rewrite:
    """Replaces the whole code of one exercise's cell."""

    exercise: str
    source: str


@dataclass(frozen=True)
class Cells:
    """Replaces all cells: a notebook out of the template, without the template's metadata."""

    sources: tuple[str, ...]
    """Code of each cell, in order."""
    texts: tuple[str, ...] = ()
    """Markdown of cells below them: answers that a human reads."""


Change: TypeAlias = Replace | Rewrite | Cells


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way of answering, right or wrong."""

    name: str
    """Snake case, unique in its assignment."""
    why: str
    """What the student did, one sentence."""
    change: tuple[Change, ...]
    """Applied in order; each sees the result of the one before."""
    right: bool = False
    """A right answer written otherwise: full marks."""
    fails: tuple[str, ...] = ()
    """Ids, `exercise.check`, of the checks that must fail or be partial."""
    cause: str = ""
    """Words that a message or hint of those findings must contain, in any case."""
    forms: tuple[str, ...] = ()
    """Recipes, or `full`, in whose form it is such an answer; empty for all. A smaller recipe may not show what is wrong."""

    def __post_init__(self) -> None:
        if self.right and (self.fails or self.cause):
            raise AssignmentError(
                "a right variant fails nothing", where=self.name, remedy="drop `right`, or `fails` and `cause`"
            )
        if not self.right and not (self.fails and self.cause):
            raise AssignmentError(
                "a wrong variant needs the checks that it fails and the cause to be named",
                where=self.name,
                remedy='add fails=("exercise.check",) and cause="…", or right=True',
            )


def apply(variant: Variant, solution: NotebookNode) -> NotebookNode:
    """Makes the variant's notebook.

    Args:
        variant: What to change.
        solution: The reference solution; left as it is.

    Returns:
        A new notebook without outputs.

    Raises:
        AssignmentError: a text to replace is not there exactly once, or an exercise has no cell.
    """
    notebook: NotebookNode = copy.deepcopy(solution)
    for change in variant.change:
        if isinstance(change, Replace):
            _replace(notebook, change, variant.name)
        elif isinstance(change, Rewrite):
            _cell_of(notebook, change.exercise, variant.name).source = change.source.strip("\n")
        else:
            notebook.cells = [
                new_code_cell(source.strip("\n"), id=f"cell-{i}") for i, source in enumerate(change.sources)
            ]
            notebook.cells += [new_markdown_cell(text, id=f"text-{i}") for i, text in enumerate(change.texts)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    return notebook


def _replace(notebook: NotebookNode, change: Replace, where: str) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    count = sum(cell.source.count(change.old) for cell in code)
    if count != 1:
        raise AssignmentError(
            f"{change.old!r} occurs {count} times in the solution's code, not once",
            where=f"variant {where}",
            remedy="quote a longer or more recent piece of the solution",
        )
    for cell in code:
        cell.source = cell.source.replace(change.old, change.new)


def _cell_of(notebook: NotebookNode, exercise: str, where: str) -> NotebookNode:
    found = [c for c in notebook.cells if c.metadata.get("grader", {}).get("exercise") == exercise]
    if len(found) != 1:
        raise AssignmentError(
            f"{len(found)} cells of the solution belong to exercise {exercise!r}, not one",
            where=f"variant {where}",
            remedy='give the cell the metadata {"grader": {"exercise": "' + exercise + '"}}',
        )
    return found[0]
