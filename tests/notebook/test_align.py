"""Alignment finds every exercise again, whatever became of the cells, and never raises."""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.course import Course
from grader.notebook.align import align, restored
from grader.notebook.answer_cells import exercise_of

COURSE = Course(root=Path(__file__).parents[2])
NAMES = ("mnist_dense", "tiny_mlp")
READ = {
    name: (folder.assignment(hidden=True), folder.starter_notebook(), folder.solution_notebook())
    for name in NAMES
    for folder in [COURSE.folder(name)]
}


def code(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source)


def stripped(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Without ids and metadata."""
    made = copy.deepcopy(notebook)
    for index, cell in enumerate(made.cells):
        cell.id, cell.metadata = f"cell-{index}", nbformat.from_dict({})
    return made


@pytest.mark.parametrize("name", NAMES)
def test_an_orderly_solution_needs_no_words(name: str) -> None:
    assignment, starter, solution = READ[name]
    found = align(solution, starter, assignment)
    assert found.notes == ()
    for exercise, places in found.exercises.items():
        assert exercise_of(solution.cells[places[0]]) == exercise


@pytest.mark.parametrize("name", NAMES)
def test_lost_metadata_is_put_back(name: str) -> None:
    assignment, starter, solution = READ[name]
    bare = stripped(solution)
    found = align(bare, starter, assignment)
    assert "metadata was lost" in found.notes[0]
    again = restored(bare, found)
    asked = [e for e in assignment.exercises if e.variables]
    for exercise in asked:
        (place,) = [i for i, cell in enumerate(again.cells) if exercise_of(cell) == exercise.name]
        assert exercise_of(solution.cells[place]) == exercise.name
    assert not any(exercise_of(cell) for cell in bare.cells)


def test_merged_cells() -> None:
    assignment, starter, solution = READ["mnist_dense"]
    made = stripped(solution)
    whole = code("\n".join(cell.source for cell in made.cells if cell.cell_type == "code"))
    made.cells = [made.cells[0], whole]
    found = align(made, starter, assignment)
    assert found.exercises["data"] == found.exercises["training"] == (1,)
    assert any("Cell 1 answers several exercises" in note for note in found.notes)
    assert not any("missing" in note for note in found.notes)


def test_a_deleted_cell_and_a_changed_one_are_named() -> None:
    assignment, starter, solution = READ["mnist_dense"]
    made = copy.deepcopy(solution)
    made.cells = [cell for cell in made.cells if cell.id != "load"]
    (look,) = [cell for cell in made.cells if cell.id == "look"]
    look.source = look.source.replace("subplots(1, 8", "subplots(2, 4")
    made.cells[1].source += "\nimport json"
    notes = align(made, starter, assignment).notes
    assert any("(train_images" in note and "missing" in note for note in notes)
    assert any("`fig, axes" in note and note.endswith("was changed.") for note in notes)
    assert len(notes) == 2


def test_another_order_and_another_notebook() -> None:
    assignment, starter, solution = READ["mnist_dense"]
    made = copy.deepcopy(solution)
    made.cells.reverse()
    assert "another order" in " ".join(align(made, starter, assignment).notes)
    own = nbformat.v4.new_notebook(cells=[code("total = 1 + 1")])
    assert align(own, starter, assignment).notes == ("The notebook was not made from the one that was handed out.",)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_whatever_happens_to_the_cells_the_exercises_are_found(data: st.DataObject) -> None:
    assignment, starter, solution = READ[data.draw(st.sampled_from(NAMES))]
    made = stripped(solution) if data.draw(st.booleans()) else copy.deepcopy(solution)
    for _ in range(data.draw(st.integers(0, 5))):
        _disturb(made, data)
    found = align(made, starter, assignment)
    for exercise in assignment.exercises:
        assert not exercise.variables or found.exercises[exercise.name], exercise.name
    again = restored(made, found)
    assert [cell.source for cell in again.cells] == [cell.source for cell in made.cells]


def _disturb(made: nbformat.NotebookNode, data: st.DataObject) -> None:
    """One split between statements, merge of neighbours, copy, or move."""
    at = data.draw(st.integers(0, len(made.cells) - 1))
    cell = made.cells[at]
    match data.draw(st.sampled_from(("split", "merge", "copy", "move"))):
        case "split" if cell.cell_type == "code" and "\n\n\n" in cell.source:
            first, second = cell.source.split("\n\n\n", 1)
            made.cells[at : at + 1] = [code(first), code(second)]
        case "merge" if at + 1 < len(made.cells) and cell.cell_type == made.cells[at + 1].cell_type == "code":
            made.cells[at : at + 2] = [code(f"{cell.source}\n{made.cells[at + 1].source}")]
        case "copy":
            made.cells.insert(data.draw(st.integers(0, len(made.cells))), code(cell.source))
        case "move":
            made.cells.insert(data.draw(st.integers(0, len(made.cells) - 1)), made.cells.pop(at))


@settings(max_examples=40, deadline=None)
@given(sources=st.lists(st.tuples(st.sampled_from(("code", "markdown", "raw")), st.text(max_size=60)), max_size=6))
def test_wild_notebooks_never_raise(sources: list[tuple[str, str]]) -> None:
    assignment, starter, _ = READ["tiny_mlp"]
    cells = [getattr(nbformat.v4, f"new_{kind}_cell")(source) for kind, source in sources]
    made = nbformat.v4.new_notebook(cells=cells)
    restored(made, align(made, starter, assignment))
