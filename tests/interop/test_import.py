"""Sources of nbgrader and Otter as they are read: exercises, points, what is hidden, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from grader.cli import run
from grader.course import Course
from grader.errors import AssignmentError
from grader.interop import Imported, read_nbgrader, read_otter
from grader.interop.otter_code import with_marks, without_ignored
from grader.interop.otter_tests import Case, points_of
from grader.release import strip

LOCKED_TEST = {"grade": True, "locked": True, "points": 1}


def noted(source: str, name: str, *, text: bool = False, **about: Any) -> nbformat.NotebookNode:
    make = new_markdown_cell if text else new_code_cell
    return make(source, metadata={"nbgrader": {"grade_id": name, "schema_version": 3, **about}})


def saved(tmp_path: Path, *cells: nbformat.NotebookNode) -> Path:
    path = tmp_path / "hw.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return path


def nbgrader(tmp_path: Path, *cells: nbformat.NotebookNode) -> Imported:
    return read_nbgrader(saved(tmp_path, *cells))


def otter(tmp_path: Path, *cells: nbformat.NotebookNode) -> Imported:
    return read_otter(saved(tmp_path, *cells))


def checks(imported: Imported) -> dict[str, list[tuple[str, float, bool]]]:
    return {part.name: [(c.name, c.weight, c.hidden) for c in part.checks] for part in imported.parts}


@pytest.mark.parametrize(
    ("version", "points"), [(None, ""), (None, -1), (1, 1.0), (2, 1), (3, 1)], ids=["0", "0 negative", "1", "2", "3"]
)
def test_every_version_of_nbgraders_metadata_is_read(tmp_path: Path, version: int | None, points: Any) -> None:
    about = {} if version is None else {"schema_version": version}
    answer = new_code_cell("x = 1", metadata={"nbgrader": {"grade_id": "a", "solution": True, **about}})
    about = {"grade_id": "t", "grade": True, "points": points, **about}
    imported = nbgrader(tmp_path, answer, new_code_cell("assert x", metadata={"nbgrader": about}))
    assert checks(imported) == {"a": [("t", max(0.0, float(points or 0)), False)]}


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    cell = new_code_cell("x", metadata={"nbgrader": {"grade_id": "a", "solution": True, "schema_version": 4}})
    with pytest.raises(AssignmentError, match="schema version 4") as caught:
        nbgrader(tmp_path, cell)
    assert caught.value.where == "hw.ipynb, cell 0"


def test_a_test_with_a_hidden_part_gives_its_points_whole_and_hidden(tmp_path: Path) -> None:
    source = "assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(22)\n### END HIDDEN TESTS"
    imported = nbgrader(tmp_path, noted("f = bool", "f", solution=True), noted(source, "t", **LOCKED_TEST))
    assert checks(imported) == {"f": [("t", 0.0, False), ("t_whole", 1.0, True)]}
    seen, whole = (check.tests[0].source for check in imported.parts[0].checks)
    assert (seen, whole) == ("assert f(1)", "assert f(1)\nassert f(22)")
    assert "22" not in str(imported.solution)


def test_several_answers_before_their_tests_are_one_exercise(tmp_path: Path) -> None:
    imported = nbgrader(
        tmp_path,
        noted("x = 1", "first", solution=True),
        noted("y = 2", "second", solution=True),
        noted("assert x < y", "t", **LOCKED_TEST),
        noted("unasked = 3", "third", solution=True),
    )
    assert checks(imported) == {"first": [("t", 1.0, False)]}
    named = [cell.metadata.get("grader", {}).get("exercise") for cell in imported.solution.cells]
    assert named == ["first", "first", None, None]


def test_what_a_human_reads_becomes_a_question(tmp_path: Path) -> None:
    imported = nbgrader(
        tmp_path,
        new_markdown_cell("## Why?"),
        noted("Because.", "why", text=True, grade=True, solution=True, points=2),
        noted("z = 1", "draw", grade=True, solution=True, points=1.5),
        noted("Compare.\n### BEGIN MARK SCHEME\nTwo for the timing.\n### END MARK SCHEME", "task", text=True, task=True, points=3),
    )  # fmt: skip
    asked = [(p.name, p.title, p.asked_points, p.form) for p in imported.parts]
    assert asked == [("why", "Why?", 2, "text"), ("draw", "Why?", 1.5, "code"), ("task", "Compare", 3, "any")]
    assert imported.parts[2].rubric[0].description == "Two for the timing."
    handed_out = [strip(c.source, "", code=c.cell_type == "code").source for c in imported.solution.cells]
    assert handed_out[1:3] == ["YOUR ANSWER HERE", "# YOUR CODE HERE\nraise NotImplementedError()"]
    assert "timing" not in "".join(handed_out)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([new_code_cell("1")], "no cell has nbgrader's metadata"),
        ([noted("assert x", "t", **LOCKED_TEST)], "no cell with a solution"),
        ([noted("x = 1", "a", solution=True), noted("### AUTOTEST x", "t", **LOCKED_TEST)], "AUTOTEST"),
        ([noted("x = 1", "a", solution=True), noted("y", "a", solution=True)], "two cells have the grade_id 'a'"),
        ([noted("x = 1", "a", solution=True), new_code_cell("### BEGIN HIDDEN TESTS")], "would not look at"),
        ([noted("x = 1", "a", solution=True), noted("### BEGIN HIDDEN TESTS", "t", **LOCKED_TEST)], "has no END"),
    ],
)
def test_what_nbgrader_sources_can_not_be_imported_says_why(
    tmp_path: Path, cells: list[nbformat.NotebookNode], message: str
) -> None:
    with pytest.raises(AssignmentError, match=message):
        nbgrader(tmp_path, *cells)


def asked(config: str, *cells: nbformat.NotebookNode, tests: tuple[nbformat.NotebookNode, ...] = ()) -> list[Any]:
    inner = [new_raw_cell("# BEGIN SOLUTION"), *cells, new_raw_cell("# END SOLUTION")]
    if tests:
        inner += [new_raw_cell("# BEGIN TESTS"), *tests, new_raw_cell("# END TESTS")]
    return [new_raw_cell(f"# BEGIN QUESTION\n{config}"), *inner, new_raw_cell("# END QUESTION")]


def test_otters_cases_become_checks_with_its_points(tmp_path: Path) -> None:
    shown = new_output("execute_result", data={"text/plain": "4"}, execution_count=1)
    imported = otter(
        tmp_path,
        *asked(
            "name: q1.1\npoints: 3",
            new_code_cell("x = 4 # SOLUTION"),
            tests=(
                new_code_cell("x", outputs=[shown]),
                new_code_cell('""" # BEGIN TEST CONFIG\nhidden: true\npoints: 2\n""" # END TEST CONFIG\nif x:\n    y: int = 3\nelse:\n    y = 2'),
            ),
        ),
    )  # fmt: skip
    assert checks(imported) == {"q1_1": [("q1_1_1", 1.0, False), ("q1_1_2", 2.0, True)]}
    first, second = (check.tests[0] for check in imported.parts[0].checks)
    assert (first.source, first.called, first.name) == (">>> x\n4", "q1.1", "q1.1 - 1")
    assert second.source == ">>> if x:\n...     y = 3\n... else:\n...     y = 2\n"


def test_all_or_nothing_with_a_hidden_case_is_decided_by_a_hidden_check(tmp_path: Path) -> None:
    tests = (new_code_cell("assert x"), new_code_cell("# HIDDEN\nassert x > 1"))
    imported = otter(
        tmp_path, *asked("name: q\npoints: 2\nall_or_nothing: true", new_code_cell("x = 2 # SOLUTION"), tests=tests)
    )
    assert checks(imported) == {"q": [("q_seen", 0.0, False), ("q_whole", 2.0, True)]}
    assert imported.parts[0].checks[1].all_or_nothing
    assert len(imported.parts[0].checks[1].tests) == 2


@pytest.mark.parametrize(
    ("points", "own", "given"),
    [
        (None, [None, None], [0.5, 0.5]),
        (4, [None, 1.0, None], [1.5, 1.0, 1.5]),
        (None, [2.0, None], [2.0, 0.0]),
        ([1, 0.5], [None, None], [1.0, 0.5]),
        ({"each": 2}, [None, None], [2.0, 2.0]),
        (None, [0.0, 0.0], [0.0, 0.0]),
    ],
)
def test_points_are_shared_out_as_otter_does(points: Any, own: list[float | None], given: list[float]) -> None:
    cases = [Case(source="", form="doctest", hidden=False, points=p) for p in own]
    assert points_of(points, cases, "") == given


def test_otters_marks_in_code_strip_as_otter_strips_them() -> None:
    source = (
        "def f(x):\n    # BEGIN SOLUTION\n    return x\n    # END SOLUTION\n"
        "# BEGIN SOLUTION NO PROMPT\nhelper = f(1)\n# END SOLUTION\n"
        "# BEGIN SOLUTION NO PROMPT\ny = f(2)\n# END SOLUTION\n"
        '""" # BEGIN PROMPT\ny = ...  # call f\n""" # END PROMPT\n'
        "z = f(3) # SOLUTION\nprint(z) # SOLUTION NO PROMPT\nseed = 4 # SEED\nw = 5 # IGNORE"
    )
    shown = strip(with_marks(without_ignored(source)), "").source
    assert shown == "def f(x):\n    # your code\n    ...\ny = ...  # call f\nz = ..."


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([new_markdown_cell("# Hello")], "no cell begins a question"),
        ([new_raw_cell("# BEGIN TESTS")], "outside a question"),
        ([new_raw_cell("# BEGIN QUESTION\npoints: 1")], "has no name"),
        ([new_raw_cell("# BEGIN QUESTION\nname: [q")], "no YAML"),
        ([new_raw_cell("# BEGIN QUESTION\nname: q"), new_raw_cell("# END QUESTION")], "has no solution"),
        ([new_raw_cell("# BEGIN QUESTION\nname: q")], "BEGIN QUESTION has no END"),
        ([new_raw_cell("# BEGIN QUESTION\nname: q"), new_raw_cell("# END TESTS")], "has no BEGIN TESTS"),
    ],
)
def test_what_otter_sources_can_not_be_imported_says_why(
    tmp_path: Path, cells: list[nbformat.NotebookNode], message: str
) -> None:
    with pytest.raises(AssignmentError, match=message):
        otter(tmp_path, *cells)


def test_the_command_writes_an_assignment_that_reads_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = (
        'assert x == "\\u2028\'\'\'" + \'"""\'  # é\n### BEGIN HIDDEN TESTS\nassert x != """\n"""\n### END HIDDEN TESTS'
    )
    source = saved(
        tmp_path,
        new_markdown_cell('# Lists "and" \\ more'),
        noted("x = list('three words here')", "a", solution=True),
        noted(odd, "t", **LOCKED_TEST),
    )
    course = tmp_path / "course"
    (course / "assignments").mkdir(parents=True)
    assert run(["import", "nbgrader", str(source), "--course", str(course)]) == 0
    folder = Course(root=course).folder("hw")
    read = folder.assignment(hidden=True)
    assert read.title == 'Lists "and" \\ more'
    tests = {test.name: (test, hidden) for test, _, hidden in read.code_tests()}
    whole = odd.replace("### BEGIN HIDDEN TESTS\n", "").replace("\n### END HIDDEN TESTS", "")
    assert tests["t.whole"][0].source == whole
    assert tests["t.whole"][1]
    assert tests["t"][0].source == whole.split("\n")[0]
    assert "x = list" not in folder.starter.read_text()
    assert run(["import", "nbgrader", str(source), "--course", str(course)]) == 2
    assert "something already" in capsys.readouterr().err


def test_a_hidden_line_in_the_public_part_is_refused(tmp_path: Path) -> None:
    """Where an author pasted a hidden test into the text that students read."""
    source = saved(
        tmp_path,
        new_markdown_cell("We will see that `assert f(22) == 44` holds."),
        noted("f = lambda x: 2 * x", "a", solution=True),
        noted("### BEGIN HIDDEN TESTS\nassert f(22) == 44\n### END HIDDEN TESTS", "t", **LOCKED_TEST),
    )
    (tmp_path / "assignments").mkdir()
    assert run(["import", "nbgrader", str(source), "--course", str(tmp_path)]) == 3
    assert not (tmp_path / "assignments" / "hw" / "hw.ipynb").exists()
