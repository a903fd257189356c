"""Finds the exercises of a released notebook again in one whose cells were split, merged, copied, moved or stripped of metadata.

Marks don't depend on it: checks look at what was done, not in which cell. It tells the doctor and the report which cell
answers which exercise, and what became of the cells that were handed out.
"""

from __future__ import annotations

import ast
import copy
import difflib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.assignment import Assignment
from grader.notebook.answer_cells import answer_cells, exercise_of
from grader.notebook.attempt import essence
from grader.notebook.cell_source import parse

LIKE = 0.6
"""Least similarity (difflib's ratio) by which a cell counts as an edited one that was handed out."""
LONGEST = 1_000
"""Characters of a cell that are compared; difflib takes quadratic time."""
COMPARED = 40
"""Cells that are compared at most; a released notebook has about 25."""


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """Which cells answer which exercise, and what is to be said about it."""

    exercises: dict[str, tuple[int, ...]]
    """By exercise, positions of its cells in order: of code, and of text where it asks for an answer in words; empty
    where none was found."""
    origin: dict[int, int]
    """By position in the notebook, position of the cell in the starter that it was made from."""
    notes: tuple[str, ...] = ()
    """What was restored, and what is missing of what was handed out."""


def align(notebook: NotebookNode, starter: NotebookNode, assignment: Assignment) -> Alignment:
    """Aligns a notebook with the starter that it was made from.

    Cells are found by id, else by the same content, else by similar content in the same order. An exercise's cells are
    those of its metadata, those that were made from its cell, and those that define what only it asks for.
    """
    origin = _origins(notebook, starter)
    owners = _owners(assignment)
    names = [e.name for e in assignment.exercises]
    noted = {i: name for i, cell in enumerate(notebook.cells) if (name := exercise_of(cell)) in names}
    found: dict[str, list[int]] = {name: [] for name in names}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        first = exercise_of(starter.cells[origin[index]]) if index in origin else ""
        bound = {owners[name] for name in _bound(cell.source) if name in owners}
        for name in names:
            if name in {first, noted.get(index)} | bound:
                found[name].append(index)
    for exercise in assignment.exercises:
        if exercise.question is not None and not exercise.question.variable:
            texts = answer_cells(exercise.name, notebook, starter, origin)
            found[exercise.name] = sorted({*found[exercise.name], *texts})
    placed = {name: tuple(places) for name, places in found.items()}
    return Alignment(
        exercises=placed,
        origin=origin,
        notes=tuple(_notes(notebook, starter, assignment, origin, placed, lost=not noted)),
    )


def restored(notebook: NotebookNode, alignment: Alignment) -> NotebookNode:
    """A copy in which each exercise's first cell carries its metadata again, where no cell did."""
    made: NotebookNode = copy.deepcopy(notebook)
    present = {exercise_of(cell) for cell in made.cells}
    for name, places in alignment.exercises.items():
        free = [i for i in places if not exercise_of(made.cells[i])]
        if name not in present and free:
            made.cells[free[0]].metadata["grader"] = {"exercise": name}
    return made


def _origins(notebook: NotebookNode, starter: NotebookNode) -> dict[int, int]:
    by_id = {cell.get("id"): i for i, cell in enumerate(starter.cells)}
    given = [essence(cell.cell_type, cell.source) for cell in starter.cells]
    own = [essence(cell.cell_type, cell.source) for cell in notebook.cells]
    # Ids that a reader makes up for cells without one must not count as handed out.
    found = {
        i: by_id[cell.id]
        for i, cell in enumerate(notebook.cells)
        if cell.get("id") in by_id and starter.cells[by_id[cell.id]].cell_type == cell.cell_type
    }
    for i, content in enumerate(own):
        if i not in found and content and content in given:
            found[i] = given.index(content)
    taken = set(found.values())
    for i in [i for i, content in enumerate(own) if content and i not in found][:COMPARED]:
        cell = notebook.cells[i]
        free = [
            j
            for j, other in enumerate(starter.cells)
            if j not in taken and given[j] and other.cell_type == cell.cell_type
        ]
        scored = [(_likeness(cell.source, starter.cells[j].source), -j) for j in free]
        best, place = max(scored, default=(0.0, 0))
        if best >= LIKE:
            found[i] = -place
            taken.add(-place)
    return found


def _likeness(one: str, other: str) -> float:
    matcher = difflib.SequenceMatcher(None, one[:LONGEST], other[:LONGEST], autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= LIKE and matcher.quick_ratio() >= LIKE else 0.0


def _owners(assignment: Assignment) -> dict[str, str]:
    """By name, the one exercise that asks for it."""
    asked = Counter(name for e in assignment.exercises for name in set(e.variables))
    return {name: e.name for e in assignment.exercises for name in e.variables if asked[name] == 1}


def _bound(source: str) -> set[str]:
    """Names that a cell's own statements define, placeholders aside."""
    tree = parse(source)
    if tree is None:
        return set()
    found = set()
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found.add(statement.name)
        for node in ast.walk(statement) if isinstance(statement, ast.Assign | ast.AnnAssign | ast.With) else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return found


def _notes(
    notebook: NotebookNode,
    starter: NotebookNode,
    assignment: Assignment,
    origin: Mapping[int, int],
    placed: Mapping[str, tuple[int, ...]],
    *,
    lost: bool,
) -> Iterator[str]:
    if not origin:
        yield "The notebook was not made from the one that was handed out."
        return
    titles = {e.name: e.title for e in assignment.exercises}
    if lost and any(placed.values()):
        found = ", ".join(f"“{titles[n]}” in cell {p[0]}" for n, p in placed.items() if p)
        yield f"The cells' metadata was lost; exercises were found by their content: {found}."
    held = Counter(index for places in placed.values() for index in places)
    for index, count in held.items():
        if count > 1:
            merged = ", ".join(f"“{titles[n]}”" for n, places in placed.items() if index in places)
            yield f"Cell {index} answers several exercises: {merged}."
    order = [origin[i] for i in sorted(origin) if notebook.cells[i].cell_type == "code"]
    if any(b < a for a, b in itertools.pairwise(order)):
        yield "The cells are in another order than they were handed out."
    yield from _missing(notebook, starter)


def _missing(notebook: NotebookNode, starter: NotebookNode) -> Iterator[str]:
    """Cells of code that were handed out complete, of which some statement is no longer there."""
    own = {statement for cell in notebook.cells for statement in _statements(cell)}
    for cell in starter.cells:
        given = _statements(cell)
        calls_check = "from grader import check" in cell.source
        if given and not exercise_of(cell) and not calls_check and not own.issuperset(given):
            what = "was changed" if own & set(given) else "is missing or was changed"
            yield f"The cell that was handed out and begins `{cell.source.strip().splitlines()[0][:80]}` {what}."


def _statements(cell: NotebookNode) -> list[str]:
    """What a cell does, a line each; without imports, which everyone may write otherwise."""
    lines = essence("code", cell.source).splitlines() if cell.cell_type == "code" else []
    return [line for line in lines if not line.startswith(("Import(", "ImportFrom("))]
