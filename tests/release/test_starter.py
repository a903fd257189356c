"""The starter: what is in it, that its cells are found again in what students hand in, and what a source must have."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from release.front_ends import FRONT_ENDS, saved_by

from grader.course import AssignmentFolder
from grader.errors import AssignmentError
from grader.notebook.align import align
from grader.notebook.answer_cells import exercise_of
from grader.notebook.attempt import attempted
from grader.release import starter_of
from grader.submission import read_notebook

FILE = "reference/points/solution.ipynb"
ANSWERS = {
    "standardize": "def standardize(x):\n    m = x.mean(0)\n    return (x - m) / x.std(0)",
    "network": "network = keras.Sequential()\nnetwork.add(keras.layers.Dense(16))",
}


def source(folder: AssignmentFolder) -> nbformat.NotebookNode:
    return read_notebook(folder.solution.read_bytes())


def made(folder: AssignmentFolder, notebook: nbformat.NotebookNode, **named: Any) -> nbformat.NotebookNode:
    return starter_of(notebook, folder.assignment(hidden=False), file=FILE, **named).notebook


def cell_of(notebook: nbformat.NotebookNode, exercise: str) -> nbformat.NotebookNode:
    return next(c for c in notebook.cells if exercise_of(c) == exercise)


def answered(starter: nbformat.NotebookNode) -> nbformat.NotebookNode:
    work = nbformat.from_dict(starter)
    for name, text in ANSWERS.items():
        cell_of(work, name).source = text
    return work


def code(text: str, **metadata: Any) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(text, metadata=metadata)


def test_the_example(folder: AssignmentFolder) -> None:
    starter = made(folder, source(folder))
    nbformat.validate(starter)
    assert [c.id for c in starter.cells] == [
        "intro", "grader", "load", "ask-standardize", "standardize", "check-standardize", "ask-network", "network",
        "check-network",
    ]  # fmt: skip
    assert cell_of(starter, "standardize").source.endswith("    # your code\n    ...")
    assert starter.cells[5].source == 'from grader import check\n\ncheck("standardize")'
    assert starter.metadata.grader == {"assignment": "points"}


def test_nothing_is_carried_along(folder: AssignmentFolder) -> None:
    notebook = source(folder)
    cell = cell_of(notebook, "network")
    cell.outputs = [nbformat.v4.new_output("stream", text="network = keras.Sequential(")]
    cell.execution_count = 7
    cell.metadata |= {"history": "network.fit(…)", "tags": ["solution", "hide"], "collapsed": True}
    notebook.metadata["widgets"] = {"state": "secret"}
    notebook.cells[0].attachments = {"answer.png": {"image/png": "AAAA"}}
    notebook.cells.append(code("plot(network)  # for me", tags=["private"]))
    starter = made(folder, notebook)
    assert cell_of(starter, "network").metadata == {
        "tags": ["hide"],
        "grader": {"exercise": "network"},
        "id": "network",
    }
    text = nbformat.writes(starter)
    assert not any(word in text for word in ("Sequential", "secret", "network.fit", "AAAA", "for me"))
    assert all(c.get("execution_count") is None and not c.get("outputs") for c in starter.cells)


def test_exercises_by_tag_and_self_checks_of_the_authors_own(folder: AssignmentFolder) -> None:
    notebook = source(folder)
    cell_of(notebook, "network").metadata = nbformat.from_dict({"tags": ["exercise:network"]})
    notebook.cells.append(code('from grader import check\ncheck("network")  # how far are you?'))
    starter = made(folder, notebook)
    assert cell_of(starter, "network").metadata == {"grader": {"exercise": "network"}, "id": "network"}
    assert sum('check("network")' in c.source for c in starter.cells) == 1
    assert sum('check("standardize")' in c.source for c in starter.cells) == 1


@pytest.mark.parametrize("front_end", FRONT_ENDS)
def test_exercises_are_found_again_after(front_end: str, folder: AssignmentFolder) -> None:
    starter = made(folder, source(folder))
    assignment = folder.assignment(hidden=True)
    work = read_notebook(saved_by(front_end, answered(starter)))
    found = align(work, starter, assignment)
    for name, text in ANSWERS.items():
        assert [work.cells[i].source for i in found.exercises[name]] == [text]
    if front_end != "colab_without_metadata":
        assert found.notes == ()
        assert [work.cells[i].id for i in sorted(found.origin)] == [c.id for c in starter.cells]
    assert attempted(work, starter)
    assert not attempted(read_notebook(saved_by(front_end, starter)), starter)


def test_work_on_an_older_starter_is_found_in_a_new_release(folder: AssignmentFolder) -> None:
    first = made(folder, source(folder))
    work = answered(first)

    changed = source(folder)
    for cell in changed.cells:  # the author saved it by Colab: other ids, or none
        cell.id = f"new-{cell.id}"
    network = cell_of(changed, "network")
    network.source = network.source.replace("# # your code: compile it and train it", "# # write it here")
    changed.cells.insert(2, nbformat.v4.new_markdown_cell("A word more.", id="word"))
    changed.cells.insert(3, code("print('one more cell')"))
    changed.cells[1].source += "\nassert len(points) == 1000"
    second = made(folder, changed, before=first)

    assert "# write it here" in cell_of(second, "network").source
    for name in ANSWERS:
        assert cell_of(second, name).id == cell_of(first, name).id
    found = align(work, second, folder.assignment(hidden=True))
    for name, text in ANSWERS.items():
        assert [work.cells[i].source for i in found.exercises[name]] == [text]
    again = made(folder, changed, before=second)
    assert nbformat.writes(again) == nbformat.writes(second)


def test_ids_without_an_earlier_release_don_t_depend_on_the_place(folder: AssignmentFolder) -> None:
    bare = source(folder)
    for index, cell in enumerate(bare.cells):
        cell.id = f"cell-{index}"  # as the reader calls cells without an id
    one = made(folder, bare)
    bare.cells.insert(0, nbformat.v4.new_markdown_cell("First of all."))
    for index, cell in enumerate(bare.cells):
        cell.id = f"cell-{index}"
    other = made(folder, bare)
    assert [c.id for c in one.cells] == [c.id for c in other.cells[1:]]
    assert cell_of(one, "network").id == "network"


def without_exercise(notebook: nbformat.NotebookNode) -> None:
    cell_of(notebook, "network").metadata = nbformat.from_dict({})


def unmarked(notebook: nbformat.NotebookNode) -> None:
    cell = cell_of(notebook, "network")
    cell.source = "\n".join(x for x in cell.source.split("\n") if not x.startswith("#"))


def unknown(notebook: nbformat.NotebookNode) -> None:
    notebook.cells[1].metadata["tags"] = ["exercise:nework"]


def two(notebook: nbformat.NotebookNode) -> None:
    cell_of(notebook, "network").metadata["tags"] = ["exercise:standardize"]


def unbalanced(notebook: nbformat.NotebookNode) -> None:
    cell = cell_of(notebook, "standardize")
    cell.source = cell.source.replace("    # END SOLUTION", "")


@pytest.mark.parametrize(
    ("spoil", "where", "words"),
    [
        (without_exercise, FILE, "'network' has no cell"),
        (unmarked, f"{FILE}, cell 5", "nothing is marked"),
        (unknown, f"{FILE}, cell 1", "'nework'"),
        (two, f"{FILE}, cell 5", "two exercises"),
        (unbalanced, f"{FILE}, cell 3, line 3", "no END SOLUTION"),
    ],
)
def test_faults_of_the_source(spoil: Any, where: str, words: str, folder: AssignmentFolder) -> None:
    notebook = source(folder)
    spoil(notebook)
    with pytest.raises(AssignmentError, match=words) as caught:
        made(folder, notebook)
    assert caught.value.where == where
    assert caught.value.remedy
