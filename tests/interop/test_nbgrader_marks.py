"""The same submissions graded by the real nbgrader and by Grader: the same points for every test, and in total."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from interop.conftest import Imported, Peer, answers, points, programs
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.interop import read_nbgrader

pytestmark = [pytest.mark.slow, pytest.mark.peers, pytest.mark.xdist_group("nbgrader")]

SCORES = """
import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    print(json.dumps({s.student.id: {g.name: [g.auto_score, g.max_score] for n in s.notebooks for g in n.grades}
                      for s in book.assignment_submissions("ASSIGNMENT")}))
"""


def noted(source: str, name: str, *, text: bool = False, **fields: Any) -> nbformat.NotebookNode:
    about = {"schema_version": 3, "grade_id": name, "grade": False, "locked": False, "solution": False, "task": False}
    make = new_markdown_cell if text else new_code_cell
    return make(source, id=name, metadata={"nbgrader": about | fields})


TEST = {"grade": True, "locked": True}
READ = {"grade": True, "solution": True}
SOURCE = [
    new_markdown_cell("# Lists\n\n## Part A"),
    noted("data = [3, 1, 2]", "given", locked=True),
    noted(
        "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n\nresult = double(4)",
        "double",
        solution=True,
    ),
    noted(
        'assert double(1) == 2, "one and one"\n### BEGIN HIDDEN TESTS\nassert double(-30) == -60\nassert result == 8\n'
        "### END HIDDEN TESTS",
        "doubles",
        points=2,
        **TEST,
    ),
    new_markdown_cell("## Part B"),
    noted("ordered = sorted(data)\nresult = ordered[0]", "order", solution=True),
    noted(
        "### BEGIN HIDDEN TESTS\nearned = 0\nif ordered[0] == 1:\n    earned += 1.25\nif ordered == [1, 2, 3]:\n"
        "    earned += 1.75\nearned\n### END HIDDEN TESTS",
        "in_order",
        points=3,
        **TEST,
    ),
    noted("assert data == [3, 1, 2]\nassert result == 1", "untouched", points=1, **TEST),
    noted("Because sorted makes a copy.", "why", text=True, points=2, **READ),
    noted("reversed_list = list(reversed(ordered))", "backwards", points=2, **READ),
    noted(
        "Compare two ways of sorting.\n### BEGIN MARK SCHEME\nTwo points for the timing.\n### END MARK SCHEME",
        "compare",
        text=True,
        task=True,
        locked=True,
        points=3,
    ),
]
RIGHT = {
    "double": "def double(x):\n    return x + x\n\nresult = double(4)",
    "order": "ordered = list(data)\nordered.sort()\nresult = min(data)",
    "why": "It copies.",
    "backwards": "reversed_list = ordered[::-1]",
    "timeit": "import timeit",
}
STUDENTS: Mapping[str, Mapping[str, str | None]] = {
    "right": RIGHT,
    "partly": {
        "double": "def double(x):\n    return abs(x) * 2\n\nresult = 8",
        "order": "ordered = [1, 3, 2]\nresult = 1",
    },
    "wrong": {**RIGHT, "double": "def double(x):\n    return x\n\nresult = 8", "order": "ordered = undefined"},
    "cheater": {
        **RIGHT,
        "given": "data = [1, 2, 3]",
        "doubles": "pass",
        "double": "double = None",
        "untouched": "pass",
    },
    "in_place": {**RIGHT, "order": "data.sort()\nordered = data\nresult = 1"},
    "nothing": {},
}
"""What each student writes, by cell; None deletes a cell."""


def write(cells: list[nbformat.NotebookNode], path: Path) -> None:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


def hand_in(released: Path, changes: Mapping[str, str | None], path: Path) -> None:
    """Writes a student's notebook: what was released, with some cells changed or gone."""
    notebook = nbformat.read(released, as_version=4)
    kept = []
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        new = changes.get(name, cell.source)
        if new is not None:
            cell.source = new
            kept.append(cell)
        if name in TASKS and TASKS[name] in changes:
            kept.append(new_code_cell(changes[TASKS[name]]))
    notebook.cells = kept
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


class Course:
    """nbgrader's course and Grader's, with the same submissions."""

    def __init__(self, nbgrader: Peer, root: Path, name: str, source: Path) -> None:
        self.theirs = root / "nbgrader"
        self.theirs.mkdir(parents=True)
        (self.theirs / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'course'\n")
        self.name, self.nbgrader = name, nbgrader
        place = self.theirs / "source" / name / f"{name}.ipynb"
        place.parent.mkdir(parents=True)
        shutil.copy(source, place)
        for picture in source.parent.glob("*.png"):
            shutil.copy(picture, place.parent)
        nbgrader("nbgrader", "generate_assignment", name, cwd=self.theirs)
        self.released = self.theirs / "release" / name / f"{name}.ipynb"
        self.ours = Imported(root / "grader", "nbgrader", place, name)
        self.handed_in = root / "handed_in"

    def hand_in(self, students: Mapping[str, Mapping[str, str | None]]) -> None:
        for student, changes in students.items():
            theirs = self.theirs / "submitted" / student / self.name / f"{self.name}.ipynb"
            hand_in(self.released, changes, theirs)
            self.handed_in.mkdir(exist_ok=True)
            shutil.copy(theirs, self.handed_in / f"{student}.ipynb")

    def their_points(self) -> dict[str, dict[str, tuple[float | None, float]]]:
        """By student and graded cell: points, None where a human gives them, and most points."""
        self.nbgrader("nbgrader", "autograde", self.name, cwd=self.theirs)
        printed = self.nbgrader("python", "-c", SCORES.replace("ASSIGNMENT", self.name), cwd=self.theirs)
        return dict(json.loads(printed))


def ours_by_test(report: Mapping[str, Any]) -> dict[str, float]:
    """Points by nbgrader's name of the test: its hidden form gives them, where there is one."""
    found: dict[str, float] = {}
    for name, earned in points(report).items():
        test = name.removesuffix("_whole")
        found[test] = found.get(test, 0.0) + earned
    return found


TASKS = {"compare": "timeit", "cell-938593c4a215c6cc": "never"}
"""What answers to nbgrader's tasks hold, where there are any."""
MADE_UP = {"cell-938593c4a215c6cc": "part_5"}
"""Names that Grader gives exercises in the place of ids that nbgrader made up."""


def agree(theirs: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    """Compares every graded cell and the sum."""
    ours, read = ours_by_test(report), answers(report)
    for cell, (earned, _most) in theirs.items():
        if cell in ours:
            assert ours[cell] == pytest.approx(earned), (report["submission"]["student"], cell)
        else:
            # nbgrader gives 0 for an answer that is still what was handed out, and leaves any other to a human; a task
            # it leaves in any case.
            written = earned is None and (cell not in TASKS or TASKS[cell] in str(report["findings"]))
            assert read[MADE_UP.get(cell, cell)] == ("waiting" if written else "failed"), (
                report["submission"]["student"],
                cell,
            )
    assert report["score"] == pytest.approx(sum(earned or 0.0 for earned, _ in theirs.values()))
    assert report["max_score"] == pytest.approx(sum(most for _, most in theirs.values()))


@pytest.fixture(scope="module")
def lists(nbgrader: Peer, tmp_path_factory: pytest.TempPathFactory) -> Course:
    root = tmp_path_factory.mktemp("lists")
    write(SOURCE, root / "lists.ipynb")
    course = Course(nbgrader, root, "lists", root / "lists.ipynb")
    course.hand_in(STUDENTS)
    return course


def test_the_same_points_for_every_test_and_every_student(lists: Course) -> None:
    theirs = lists.their_points()
    reports = lists.ours.grade(lists.handed_in)
    assert set(theirs) == set(reports) == set(STUDENTS)
    for student in STUDENTS:
        agree(theirs[student], reports[student])
    # That they agree is worth something only if the marks differ.
    assert {student: report["score"] for student, report in reports.items()} == {
        "right": 6, "partly": 2.25, "wrong": 0, "cheater": 4, "in_place": 5, "nothing": 0,
    }  # fmt: skip


def test_a_test_that_was_deleted_is_run_where_it_stood(lists: Course, tmp_path: Path) -> None:
    """nbgrader gives 0 for it without a word; here the deletion changes nothing."""
    hand_in(
        lists.released,
        {**RIGHT, "in_order": None, "doubles": None, "untouched": None},
        tmp_path / "class" / "gone.ipynb",
    )
    hand_in(lists.released, {**STUDENTS["wrong"], "in_order": None, "doubles": None}, tmp_path / "class" / "bad.ipynb")
    reports = lists.ours.grade(tmp_path / "class")
    assert reports["gone"]["score"] == 6
    assert reports["bad"]["score"] == 0


def test_students_see_nothing_of_hidden_tests_and_mark_schemes(lists: Course) -> None:
    public = lists.ours.starter().parent
    released = "\n".join(p.read_text() for p in public.rglob("*") if p.suffix in {".py", ".ipynb", ".json"})
    for hidden in ("-60", "result == 8", "earned", "for the timing", "return 2 * x", "sorted(data)"):
        assert hidden not in released, hidden
    assert "double(1) == 2" in released
    reference = "\n".join(p.read_text() for p in lists.ours.solution().parent.glob("*.*"))
    assert "for the timing" in reference


def test_the_imported_solution_and_starter_grade_as_they_must(lists: Course, tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    shutil.copy(lists.ours.solution(), folder / "teacher.ipynb")
    shutil.copy(lists.ours.starter(), folder / "untouched.ipynb")
    reports = lists.ours.grade(folder)
    assert sum(points(reports["teacher"]).values()) == 6
    assert set(answers(reports["teacher"]).values()) == {"waiting"}
    assert reports["untouched"]["status"] == "not_attempted"


def test_nbgraders_own_example_course(nbgrader: Peer, tmp_path: Path) -> None:
    nbgrader("nbgrader", "quickstart", "course101", cwd=tmp_path)
    course = Course(
        nbgrader, tmp_path / "both", "problem1", tmp_path / "course101" / "source" / "ps1" / "problem1.ipynb"
    )
    squares = "def squares(n):\n    if n < 1:\n        raise ValueError\n    return [k * k for k in range(1, n + 1)]"
    course.hand_in(
        {
            "right": {"squares": squares, "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))"},
            "partly": {
                "squares": squares.replace("n < 1", "n < -3"),
                "sum_of_squares": "def sum_of_squares(n):\n    return sum(k * k for k in range(n + 1))",
            },
            "nothing": {},
        }
    )
    theirs = course.their_points()
    reports = course.ours.grade(course.handed_in)
    for student, graded in theirs.items():
        agree(graded, reports[student])
    assert {student: report["score"] for student, report in reports.items()} == {
        "right": 3,
        "partly": 1.5,
        "nothing": 0,
    }


def test_nbgraders_own_files_of_every_version_read_alike() -> None:
    """The same assignment, in the files that nbgrader's own tests have of it."""
    (files,) = programs("nbgrader").parent.glob("lib/python3*/site-packages/nbgrader/tests/apps/files")
    found = []
    for name in ("test-v0", "test-v1", "test-v2", "test"):
        parts = read_nbgrader(files / f"{name}.ipynb").parts
        found.append([(p.name, p.points, p.asked_points, [(c.name, c.tests) for c in p.checks]) for p in parts])
    assert found[0] == found[1] == found[2] == found[3]
    assert [name for name, *_ in found[0]][:2] == ["squares", "sum_of_squares"]
