"""Where tests in code are run in a notebook, whatever became of the cells that held them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell as code
from nbformat.v4 import new_markdown_cell as text
from nbformat.v4 import new_notebook

from grader.assignment import Assignment, Exercise
from grader.checks import CodeTest, code_tests
from grader.notebook.code_tests import adopted, planned

ANSWER = {"grader": {"exercise": "e"}}
STARTER = new_notebook(
    cells=[
        code("given = [1, 2]", id="given", metadata={"editable": False, "deletable": False}),
        code("x = ...", id="answer", metadata={**ANSWER, "tags": ["otter_answer_cell"]}),
        code("assert x == 1", id="t1"),
        text("## And now", id="words"),
        code("print('the end')", id="end"),
    ]
)
OPEN = CodeTest(name="t1", cell="t1", source="assert x == 1")
HIDDEN = CodeTest(name="t1.whole", cell="t1", source="assert x == 1\nassert secret")


def assignment(*tests: CodeTest, hidden: Sequence[CodeTest] = ()) -> Assignment:
    checks = [code_tests(t, name=f"o{n}") for n, t in enumerate(tests)]
    checks += [code_tests(t, name=f"h{n}", hidden=True) for n, t in enumerate(hidden)]
    return Assignment(name="a", title="A", exercises=(Exercise(name="e", title="E", points=1, checks=tuple(checks)),))


def places(notebook: NotebookNode, *tests: CodeTest) -> tuple[list[int], list[int]]:
    """Cells that the tests are run after, and those that they replace."""
    made = planned(assignment(*tests), notebook, STARTER)
    assert made is not None
    plan = json.loads(made.open)
    return [test["after"] for test in plan["tests"]], plan["replaced"]


def own(*changes: tuple[int, str | None]) -> NotebookNode:
    notebook: NotebookNode = nbformat.from_dict(json.loads(json.dumps(STARTER)))
    for index, source in sorted(changes, reverse=True):
        if source is None:
            del notebook.cells[index]
        else:
            notebook.cells[index].source = source
    return notebook


def test_a_test_replaces_its_cell_also_where_the_student_changed_it() -> None:
    assert places(own((1, "x = 1")), OPEN) == ([2], [2])
    assert places(own((2, "pass")), OPEN) == ([2], [2])


def test_a_deleted_test_is_run_above_what_came_below_it() -> None:
    notebook = own((2, None))
    assert places(notebook, OPEN) == ([1], [])
    notebook.cells.insert(2, code("x = 1  # in a cell of their own"))
    assert places(notebook, OPEN) == ([2], [])


def test_a_called_test_is_run_at_its_last_call_else_behind_its_exercise() -> None:
    called = CodeTest(name="q", called="q1", source="x")
    notebook = own((3, None))
    assert places(notebook, called) == ([1], [])
    notebook.cells += [code("grader.check('q1')"), code("x = 2"), code("grader.check('q1')"), code("x = 3")]
    assert places(notebook, called) == ([6], [])
    assert places(new_notebook(cells=[code("1"), code("check('e')"), code("2")]), called) == ([1], [])


def test_hidden_tests_are_in_no_part_that_is_sent_with_the_notebook() -> None:
    made = planned(assignment(OPEN, hidden=[HIDDEN]), STARTER, STARTER)
    assert made is not None
    assert b"secret" not in made.open
    assert b"secret" in made.late
    assert json.loads(made.open)["places"] == [2]
    other = planned(assignment(OPEN, hidden=[CodeTest(name="t1.whole", cell="t1", source="other")]), STARTER, STARTER)
    assert other is not None
    assert other.digest != made.digest
    assert planned(assignment(), STARTER, STARTER) is None


def test_a_cell_of_nbgraders_release_is_known_by_its_grade_id() -> None:
    def released(source: str, name: str) -> NotebookNode:
        return code(source, metadata={"nbgrader": {"grade_id": name}})

    notebook = new_notebook(
        cells=[released("given = [3]", "given"), released("x = 1", "answer"), released("pass", "t1")]
    )
    taken = adopted(notebook, STARTER)
    assert [cell.id for cell in taken.cells] == ["given", "answer", "t1"]
    assert taken.cells[0].source == "given = [1, 2]"
    assert taken.cells[1].metadata["grader"] == {"exercise": "e"}
    assert notebook.cells[0].source == "given = [3]"


def test_answers_in_otters_release_are_known_by_its_tag_and_its_own_texts_go() -> None:
    locked = {"editable": False, "deletable": False}
    answer = code("x = 1", metadata={"tags": ["otter_answer_cell"]})
    asked = text("<!-- BEGIN QUESTION -->\n\n## And now", metadata=locked)
    submit = text("## Submission\n\nSave first.", metadata=locked)
    taken = adopted(new_notebook(cells=[asked, answer, submit]), STARTER)
    assert [cell.source for cell in taken.cells] == ["## And now", "x = 1", ""]
    assert taken.cells[1].id == "answer"
