"""Recipe: a declared smaller form of an assignment, for machines on which the full one takes too long.

It changes what is asked, in the starter notebook and in the solution alike, and never a student's code behind their back.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbformat import NotebookNode

from grader.environment import BACKENDS
from grader.errors import AssignmentError

if TYPE_CHECKING:
    from grader.assignment import Assignment, Limits
    from grader.variant import Replace

FULL = "full"
"""What the assignment as it is written is called, where a name is asked for."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A smaller form of an assignment."""

    name: str
    """Lower case; what `--recipe` takes, and part of the name of its expectations."""
    why: str
    """One sentence that tells students and instructors what is smaller; every report shows it."""
    replace: tuple[Replace, ...]
    """Pieces of text, in code or in prose, that occur once in the starter and once in the solution."""
    limits: Limits | None = None
    """Other limits; None for the assignment's own."""

    def __post_init__(self) -> None:
        if not self.name.isascii() or not self.name.isidentifier() or self.name != self.name.lower():
            raise AssignmentError("a recipe's name is one word in lower case", where=f"recipe {self.name!r}")
        if self.name == FULL:
            raise AssignmentError(f"{FULL!r} is the assignment as it is written", where=f"recipe {self.name!r}")
        if self.name in BACKENDS:
            raise AssignmentError("a recipe can't have a backend's name", where=f"recipe {self.name!r}")
        if not self.replace:
            raise AssignmentError("the recipe changes nothing", where=f"recipe {self.name!r}")


def recipe_of(notebook: NotebookNode) -> str:
    """The recipe that a released notebook was made by, from its metadata; empty for the full one."""
    noted = notebook.get("metadata", {}).get("grader", {})
    return str(noted.get("recipe", "")) if isinstance(noted, dict) else ""


def smaller(notebook: NotebookNode, recipe: Recipe, *, where: str, strict: bool = True) -> NotebookNode:
    """Makes the smaller form of a notebook and notes the recipe in its metadata.

    Args:
        notebook: In its full form; left as it is.
        recipe: What to replace.
        where: The notebook, as a person would look it up.
        strict: Whether every text must be there once. False for a variant, which may have changed it.

    Raises:
        AssignmentError: a text to replace is not there exactly once.
    """
    made: NotebookNode = copy.deepcopy(notebook)
    for change in recipe.replace:
        count = sum(cell.source.count(change.old) for cell in made.cells)
        if strict and count != 1:
            raise AssignmentError(
                f"recipe {recipe.name}: {change.old!r} occurs {count} times, not once",
                where=where,
                remedy="quote a piece of text that the starter and the solution both have once",
            )
        for cell in made.cells:
            cell.source = cell.source.replace(change.old, change.new)
    noted = made.metadata.get("grader")
    made.metadata["grader"] = {**(noted if isinstance(noted, dict) else {}), "recipe": recipe.name}
    return made


def recipe_notes(assignment: Assignment, notebook: NotebookNode | None) -> tuple[str, ...]:
    """What a report says of the recipe in force, and of a notebook that was handed out by another one."""
    recipe = assignment.recipe_named(assignment.recipe)
    notes = [f"Graded by the smaller recipe {recipe.name!r} of this assignment: {recipe.why}"] if recipe else []
    given = recipe_of(notebook) if notebook is not None else ""
    if given and given != assignment.recipe:
        notes.append(
            f"The notebook was handed out by the recipe {given!r}, but graded by {assignment.recipe or FULL!r}: "
            f"--recipe {given} if that is not meant."
        )
    return tuple(notes)
