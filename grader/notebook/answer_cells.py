"""Finds the cells that hold an answer in words: the exercise's own, or what a student wrote in its place."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from nbformat import NotebookNode


def exercise_of(cell: NotebookNode) -> str:
    """The exercise that a cell's metadata names; empty if none."""
    noted = cell.get("metadata", {}).get("grader")
    name = noted.get("exercise") if isinstance(noted, Mapping) else None
    return name if isinstance(name, str) else ""


def answer_cells(
    name: str,
    notebook: NotebookNode,
    starter: NotebookNode,
    origin: Mapping[int, int],
) -> list[int]:
    """Positions of the cells with an exercise's answer in words, in order.

    They are the exercise's own cells, by metadata or origin, and the student's own texts right below them. Where the
    exercise's cell is gone, they are the student's own texts in its place. A cell that was turned into code counts
    where the exercise asks for no code.

    Args:
        name: of the exercise.
        notebook: what was handed in.
        starter: what was handed out.
        origin: by position in the notebook, position of the cell in the starter that it was made from.
    """
    beside_code = any(exercise_of(cell) == name and cell.cell_type == "code" for cell in starter.cells)
    marked = [
        i
        for i, cell in enumerate(notebook.cells)
        if name in {exercise_of(cell), exercise_of(starter.cells[origin[i]]) if i in origin else ""}
        and not (cell.cell_type == "code" and beside_code)
    ]
    anchors = marked or _before(name, notebook, starter, origin)
    below = [i for anchor in anchors for i in _own_below(anchor, notebook, origin)]
    return sorted({*marked, *below})


def cells_beside(name: str, notebook: NotebookNode, starter: NotebookNode, origin: Mapping[int, int]) -> list[int]:
    """Positions of the texts around an exercise's place, where an answer may stand that is not in it.

    They are the texts that were handed out right above it (the question itself, into which some write), and the student's
    own texts below those and around the place.
    """
    places = [j for j, cell in enumerate(starter.cells) if exercise_of(cell) == name]
    above = itertools.takewhile(
        lambda j: starter.cells[j].cell_type != "code" and not exercise_of(starter.cells[j]),
        range(min(places, default=0) - 1, -1, -1),
    )
    asked = {*above}
    found = {i for i, j in origin.items() if j in asked}
    at = {i for i, j in origin.items() if j in places}
    found.update(i for anchor in found | at for i in _own_below(anchor, notebook, origin))
    found.update(i for anchor in at for i in _own_above(anchor, notebook, origin))
    return sorted(found)


def _before(
    name: str,
    notebook: NotebookNode,
    starter: NotebookNode,
    origin: Mapping[int, int],
) -> list[int]:
    """The last cell that is still there of those handed out before the exercise's; −1 for the top of the notebook."""
    texts = [j for j, cell in enumerate(starter.cells) if cell.cell_type != "code" and exercise_of(cell) == name]
    if not texts:
        return []
    now = {came_from: i for i, came_from in sorted(origin.items(), reverse=True) if i < len(notebook.cells)}
    return [next((now[j] for j in range(texts[0] - 1, -1, -1) if j in now), -1)]


def _own_below(anchor: int, notebook: NotebookNode, origin: Mapping[int, int]) -> Iterator[int]:
    return _own_texts(range(anchor + 1, len(notebook.cells)), notebook, origin)


def _own_above(anchor: int, notebook: NotebookNode, origin: Mapping[int, int]) -> Iterator[int]:
    return _own_texts(range(anchor - 1, -1, -1), notebook, origin)


def _own_texts(path: Iterable[int], notebook: NotebookNode, origin: Mapping[int, int]) -> Iterator[int]:
    """The student's own texts on the way to the next cell that was handed out."""
    for i in itertools.takewhile(lambda i: i not in origin, path):
        if notebook.cells[i].cell_type != "code" and not exercise_of(notebook.cells[i]):
            yield i
