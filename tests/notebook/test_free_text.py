"""Answers in words are found wherever a student wrote them, and what was handed out is none."""

from __future__ import annotations

import copy

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment import Assignment, Exercise
from grader.checks import number
from grader.evidence import Evidence, Value
from grader.notebook.answer_cells import exercise_of
from grader.notebook.free_text import answers_in, written

V4 = nbformat.v4
PLACE = "**Your answer**\n\n*(two sentences at most)*"


def asking() -> Assignment:
    from grader.question import Question

    return Assignment(
        name="a",
        title="A",
        exercises=(
            Exercise(name="count", title="Count", points=1, checks=(number("best"),), variables=("best",)),
            Exercise(name="why", title="Why", points=2, question=Question(asks="Why?", points=2)),
            Exercise(
                name="both",
                title="Both",
                points=3,
                checks=(number("turn"),),
                variables=("turn",),
                question=Question(asks="And why there?", points=2),
            ),
            Exercise(name="word", title="Word", points=1, question=Question(asks="?", points=1, variable="word")),
        ),
    )


ASSIGNMENT = asking()


def marked(exercise: str) -> dict[str, object]:
    return {"grader": {"exercise": exercise}}


def starter() -> nbformat.NotebookNode:
    return V4.new_notebook(
        cells=[
            V4.new_markdown_cell("# Title of it all", id="intro"),
            V4.new_code_cell("best = ...", id="count", metadata=marked("count")),
            V4.new_markdown_cell("## Why does it stop?", id="ask-why"),
            V4.new_markdown_cell(PLACE, id="why", metadata=marked("why")),
            V4.new_markdown_cell("## Where does it turn?", id="ask-both"),
            V4.new_code_cell("turn = ...", id="turn", metadata=marked("both")),
            V4.new_markdown_cell("And why there? *Answer below this line.*", id="both", metadata=marked("both")),
            V4.new_code_cell('word = "your word"', id="word", metadata=marked("word")),
        ]
    )


def cell_of(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == name)


def answers(notebook: nbformat.NotebookNode, evidence: Evidence | None = None) -> dict[str, str]:
    return {name: found.text for name, found in written(notebook, starter(), ASSIGNMENT, evidence).items()}


def test_what_was_handed_out_is_no_answer() -> None:
    assert answers(starter()) == {"why": "", "both": "", "word": ""}
    assert written(starter(), starter(), ASSIGNMENT)["why"].cell == 3


@pytest.mark.parametrize(
    "text",
    [
        "It learns by heart.",
        f"{PLACE}\n\nIt learns by heart.",
        "**Your answer**\n\nIt learns by heart.",
        "It learns by heart.\n\n*(two sentences at most)*",
        "  **your answer:**\nIt learns by heart.  \n\n",
    ],
)
def test_the_answer_is_what_the_student_wrote(text: str) -> None:
    notebook = starter()
    cell_of(notebook, "why").source = text
    assert answers(notebook) == {"why": "It learns by heart.", "both": "", "word": ""}


@pytest.mark.parametrize("text", ["", "  \n", "…", "---", "*your answer*", "Two sentences at most!"])
def test_nothing_of_ones_own_is_no_answer(text: str) -> None:
    notebook = starter()
    cell_of(notebook, "why").source = text
    assert answers(notebook)["why"] == ""


def test_formulas_and_lists_keep_their_lines() -> None:
    text = "It is\n\n$$\n-\\ln p\n$$\n\n- first\n- second\n\n```python\nx = 1\n```"
    notebook = starter()
    cell_of(notebook, "why").source = text
    assert answers(notebook)["why"] == text


def test_cells_of_ones_own_below_the_place() -> None:
    notebook = starter()
    notebook.cells[4:4] = [V4.new_markdown_cell("It learns"), V4.new_code_cell("1"), V4.new_markdown_cell("by heart.")]
    notebook.cells.insert(1, V4.new_markdown_cell("my notes"))
    assert answers(notebook)["why"] == "It learns\n\nby heart."


def test_a_cell_in_the_place_of_the_deleted_one() -> None:
    notebook = starter()
    notebook.cells[3:4] = [V4.new_markdown_cell("It learns by heart.")]
    assert answers(notebook)["why"] == "It learns by heart."


def test_the_place_turned_into_code_or_copied() -> None:
    notebook = starter()
    notebook.cells[3] = V4.new_code_cell("It learns by heart.", id="why", metadata=marked("why"))
    assert answers(notebook)["why"] == "It learns by heart."
    notebook.cells.append(copy.deepcopy(notebook.cells[3]))
    assert answers(notebook)["why"] == "It learns by heart."


def test_metadata_and_ids_lost() -> None:
    notebook = starter()
    cell_of(notebook, "why").source = "It learns by heart."
    cell_of(notebook, "both").source += "\nThere it turns."
    for index, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"c{index}", nbformat.from_dict({})
    found = answers(notebook)
    assert found["why"] == "It learns by heart."
    assert found["both"] == "There it turns."


def test_text_beside_code_does_not_hold_the_code() -> None:
    notebook = starter()
    cell_of(notebook, "turn").source = "turn = 4"
    cell_of(notebook, "both").source += "\n\nThere it turns."
    assert answers(notebook)["both"] == "There it turns."


def test_an_answer_beside_its_place_is_no_empty_one() -> None:
    notebook = starter()
    cell_of(notebook, "ask-why").source += "\n\nIt learns by heart."
    assert answers(notebook) == {"why": "It learns by heart.", "both": "", "word": ""}
    assert written(notebook, starter(), ASSIGNMENT)["why"].cell == 2
    notebook = starter()
    notebook.cells.insert(3, V4.new_markdown_cell("It learns by heart."))
    assert answers(notebook)["why"] == "It learns by heart."
    notebook = starter()
    notebook.cells.append(V4.new_markdown_cell("overfitting"))
    assert answers(notebook) == {"why": "", "both": "", "word": "overfitting"}
    cell_of(notebook, "word").source = 'word = "overtraining"'
    assert answers(notebook)["word"] == "overtraining"


def test_a_text_under_a_name() -> None:
    notebook = starter()
    cell_of(notebook, "word").source = 'word = "over"\nword = """overfitting\n"""'
    assert answers(notebook)["word"] == "overfitting"
    cell_of(notebook, "word").source = 'n = 4\nword = "over" + f"fits after {n}"'
    assert answers(notebook)["word"] == "overfits after"
    cell_of(notebook, "word").source = 'word = "over"\nword = None'
    assert answers(notebook)["word"] == ""
    cell_of(notebook, "word").source = 'word = "Your word."'
    assert answers(notebook)["word"] == ""
    made = Evidence(values=(Value(name="word", cell=7, kind="text", value="made by code"),))
    assert answers(notebook, made)["word"] == "made by code"
    assert answers(notebook, Evidence(values=(Value(name="word", cell=7, kind="none"),)))["word"] == ""


def test_a_fault_of_ours_is_no_empty_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.notebook.free_text.align", lambda *_: 1 / 0)
    assert answers_in(starter(), starter(), ASSIGNMENT, Evidence()) is None
    assert answers_in(None, starter(), ASSIGNMENT, Evidence()) is None


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.tuples(st.sampled_from(("code", "markdown", "raw")), st.text(max_size=40)), max_size=5),
    at=st.integers(0, 8),
    cut=st.integers(0, 8),
)
def test_wild_notebooks_never_raise_and_lose_no_word_in_the_place(
    cells: list[tuple[str, str]], at: int, cut: int
) -> None:
    notebook = starter()
    cell_of(notebook, "why").source = "Heureka, it learns by heart."
    notebook.cells[at:at] = [getattr(V4, f"new_{kind}_cell")(source) for kind, source in cells]
    for cell in notebook.cells[:cut]:
        if exercise_of(cell) != "why":
            notebook.cells.remove(cell)
    assert "Heureka, it learns by heart." in answers(notebook)["why"]
