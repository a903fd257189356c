"""The same submissions graded by the real Otter and by Grader: the same points for every question, and in total."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from interop.conftest import Imported, Peer, answers
from nbformat.v4 import new_code_cell as code
from nbformat.v4 import new_markdown_cell as text
from nbformat.v4 import new_output
from nbformat.v4 import new_raw_cell as raw

pytestmark = [pytest.mark.slow, pytest.mark.peers, pytest.mark.xdist_group("otter")]


def shown(source: str, output: str) -> nbformat.NotebookNode:
    """A test cell whose last line showed something, which its doctest expects."""
    result = new_output("execute_result", data={"text/plain": output}, execution_count=1)
    return code(source, outputs=[result])


def question(
    config: str, asked: str, answer: Sequence[nbformat.NotebookNode], tests: Sequence[nbformat.NotebookNode] = ()
) -> list[nbformat.NotebookNode]:
    cells = [raw(f"# BEGIN QUESTION\n{config}"), text(asked)]
    cells += [raw("# BEGIN SOLUTION"), *answer, raw("# END SOLUTION")]
    if tests:
        cells += [raw("# BEGIN TESTS"), *tests, raw("# END TESTS")]
    return [*cells, raw("# END QUESTION")]


CONFIG = "# ASSIGNMENT CONFIG\nname: hw\nrun_tests: true\ncheck_all_cell: true\nexport_cell:\n  pdf: false\n"
DOCTESTS = [
    raw(CONFIG),
    text("# Numbers"),
    code("import numpy as np  # IGNORE\nimport math"),
    *question(
        "name: q1\npoints: 4",
        "**Question 1.** Write `square`.",
        [
            code(
                "def square(x):\n    # BEGIN SOLUTION\n    return x * x\n    # END SOLUTION\nnine = square(3) # SOLUTION\n"
                "# BEGIN SOLUTION NO PROMPT\nside_by_side = (nine, square(4))\n# END SOLUTION"
            )
        ],
        [
            shown("square(2) == 4", "True"),
            shown(
                '""" # BEGIN TEST CONFIG\npoints: 1\nfailure_message: Mind the sign.\n""" # END TEST CONFIG\nsquare(-1)',
                "1",
            ),
            code("# HIDDEN\nassert nine == 9\nfor k in range(3):\n    assert square(k) == k ** 2"),
        ],
    ),
    *question(
        "name: q2\npoints: 2\nall_or_nothing: true",
        "**Question 2.** Now `nine` is a mean.",
        [code("numbers = [1, 2, 6]\nnine = math.fsum(numbers) / 3 # SOLUTION")],
        [shown("nine > 1", "True"), shown("# HIDDEN\nround(nine, 3)", "3.0")],
    ),
    *question(
        "name: q3\npoints:\n  - 0.5\n  - 1",
        "**Question 3.** A sentence.",
        [code('sentence = " ".join(["three", "words", "here"]) # SOLUTION')],
        [shown("len(sentence.split())", "3"), shown("sentence", "'three words here'")],
    ),
    *question("name: q4\nmanual: true\npoints: 3", "**Question 4.** Why?", [text("Because a square has two sides.")]),
    *question(
        "name: q5\nmanual: true\npoints: 1", "**Question 5.** Draw.", [code("drawing = list(range(100)) # SOLUTION")]
    ),
]
EXCEPTIONS = [
    raw(CONFIG + "tests:\n  ok_format: false\n"),
    text("# Words"),
    *question(
        "name: q1\npoints: 3",
        "**Question 1.** Write `shout`.",
        [code("def shout(word):\n    return word.upper() # SOLUTION")],
        [
            code("def test_upper(shout):\n    assert shout('a') == 'A', 'not loud'"),
            code('""" # BEGIN TEST CONFIG\nhidden: true\npoints: 2\n""" # END TEST CONFIG\ndef test_all(env):\n    assert env["shout"]("abc") == "ABC"\n    assert "missing" not in env'),
        ],
    ),
    *question(
        "name: q2",
        "**Question 2.** Its length.",
        [code("length = len(shout('four')) # SOLUTION")],
        [code("def test_length(length, nothing):\n    assert nothing is None\n    assert length == 4")],
    ),
]  # fmt: skip
RIGHT = {
    "q1": "def square(x):\n    return x ** 2\nnine = 9",
    "q2": "numbers = [1, 2, 6]\nnine = sum(numbers) / len(numbers)",
    "q3": "sentence = 'three words here'",
    "q4": "Two sides of one length.",
    "q5": "drawing = [*range(10)]",
}
STUDENTS: Mapping[str, Mapping[str, str]] = {
    "right": RIGHT,
    "partly": {
        **RIGHT,
        "q1": "def square(x):\n    return x * abs(x)\nnine = 9",
        "q2": "numbers = [1, 2, 6]\nnine = 2.5",
        "q3": "sentence = 'three other words'",
    },
    "wrong": {
        "q1": "def square(x):\n    raise ValueError('no')\nnine = 8",
        "q2": "nine = numbrs",
        "q3": "sentence = 4",
    },
    "nothing": {},
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "right": {"q1": "def shout(word):\n    return str.upper(word)", "q2": "length = 4"},
    "partly": {"q1": "def shout(word):\n    return 'A'", "q2": "length = 4.5"},
    "nothing": {},
}


def hand_in(released: Path, changes: Mapping[str, str], path: Path) -> None:
    """Writes a student's notebook: what Otter released, with what stands between two of its cells changed."""
    notebook = nbformat.read(released, as_version=4)
    asked = ""
    for cell in notebook.cells:
        if "**Question" in cell.source:
            asked = f"q{cell.source.split('**Question ')[1][0]}"
        elif "otter_answer_cell" in cell.metadata.get("tags", []) and asked in changes:
            cell.source = changes[asked]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


class Course:
    """Otter's assignment and Grader's, with the same submissions."""

    def __init__(self, otter: Peer, root: Path, name: str, cells: Sequence[nbformat.NotebookNode]) -> None:
        self.otter, self.root = otter, root
        source = root / "otter" / f"{name}.ipynb"
        source.parent.mkdir(parents=True)
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=list(cells), metadata=kernel), source)
        otter("otter", "assign", source.name, "dist", "--no-pdfs", cwd=source.parent)
        self.released = source.parent / "dist" / "student" / source.name
        self.archive = next((source.parent / "dist" / "autograder").glob("*.zip"))
        self.ours = Imported(root / "grader", "otter", source, name)
        self.handed_in = root / "handed_in"

    def hand_in(self, students: Mapping[str, Mapping[str, str]]) -> None:
        for student, changes in students.items():
            hand_in(self.released, changes, self.handed_in / f"{student}.ipynb")

    def their_points(self, student: str) -> dict[str, tuple[float, float]]:
        """By question: points, and most points."""
        out = self.root / "results" / student
        out.mkdir(parents=True)
        # Otter looks for the tests of a notebook by the name that it was handed out under.
        notebook = out / self.released.name
        shutil.copy(self.handed_in / f"{student}.ipynb", notebook)
        self.otter("otter", "run", "-a", str(self.archive), "-o", str(out), "--no-logo", str(notebook), cwd=out)
        tests = json.loads((out / "results.json").read_text())["tests"]
        return {t["name"]: (t["score"], t["max_score"]) for t in tests if t.get("max_score") is not None}


def by_question(report: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Points and most points of the exercises that tests decide."""
    read = answers(report)
    return {e["exercise"]: (e["points"], e["max_points"]) for e in report["exercises"] if e["exercise"] not in read}


def agree(course: Course, students: Mapping[str, Any]) -> dict[str, float]:
    """Compares every question of every student; returns Grader's sums."""
    reports = course.ours.grade(course.handed_in)
    for student in students:
        theirs, ours = course.their_points(student), by_question(reports[student])
        assert set(theirs) == set(ours)
        for name, (earned, most) in theirs.items():
            assert ours[name] == (pytest.approx(earned), pytest.approx(most)), (student, name)
        assert reports[student]["score"] == pytest.approx(sum(earned for earned, _ in theirs.values()))
    return {student: report["score"] for student, report in reports.items()}


@pytest.fixture(scope="module")
def numbers(otter: Peer, tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course(otter, tmp_path_factory.mktemp("numbers"), "hw", DOCTESTS)
    course.hand_in(STUDENTS)
    return course


def test_doctests_give_the_same_points(numbers: Course) -> None:
    assert agree(numbers, STUDENTS) == {"right": 7.5, "partly": 3.5, "wrong": 0, "nothing": 0}


def test_exception_tests_give_the_same_points(otter: Peer, tmp_path: Path) -> None:
    course = Course(otter, tmp_path, "words", EXCEPTIONS)
    course.hand_in(WORDS)
    assert agree(course, WORDS) == {"right": 4, "partly": 1, "nothing": 0}


def test_answers_in_otters_notebook_wait_for_a_human(numbers: Course) -> None:
    reports = numbers.ours.grade(numbers.handed_in)
    assert answers(reports["right"]) == {"q4": "waiting", "q5": "waiting"}
    assert answers(reports["nothing"]) == {"q4": "failed", "q5": "failed"}
    written = {f["exercise"]: f["answer"]["text"] for f in reports["right"]["findings"] if f["answer"]}
    assert written == {"q4": RIGHT["q4"], "q5": RIGHT["q5"]}


def test_a_notebook_without_check_cells_is_graded_where_the_answers_stand(numbers: Course, tmp_path: Path) -> None:
    notebook = nbformat.read(numbers.handed_in / "right.ipynb", as_version=4)
    notebook.cells = [c for c in notebook.cells if "grader." not in c.source]
    (tmp_path / "class").mkdir()
    nbformat.write(notebook, tmp_path / "class" / "bare.ipynb")
    assert numbers.ours.grade(tmp_path / "class")["bare"]["score"] == 7.5


def test_students_see_nothing_of_hidden_tests(numbers: Course, tmp_path: Path) -> None:
    public = numbers.ours.starter().parent
    released = "\n".join(p.read_text() for p in public.rglob("*") if p.suffix in {".py", ".ipynb", ".json"})
    for hidden in ("k ** 2", "round(nine", "return x * x", "fsum", "has two sides", "side_by_side", "IGNORE"):
        assert hidden not in released, hidden
    assert "square(-1)" in released
    assert "Mind the sign." in released


def test_the_imported_solution_and_starter_grade_as_they_must(numbers: Course, tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    shutil.copy(numbers.ours.solution(), folder / "teacher.ipynb")
    shutil.copy(numbers.ours.starter(), folder / "untouched.ipynb")
    reports = numbers.ours.grade(folder)
    assert reports["teacher"]["score"] == 7.5
    assert reports["untouched"]["status"] == "not_attempted"
