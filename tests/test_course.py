"""Assignments on disk: what is found, and what is said about what is wrong."""

from pathlib import Path

import pytest

from grader.course import Course
from grader.errors import AssignmentError, NotCalibrated, UsageError
from grader.expectations import Expectations
from grader.records import encode

PUBLIC = """
from grader.assignment import Assignment, Exercise
from grader.checks.check import Check
from grader.report import Outcome

def says(name):
    return Check(name=name, title=name, judge=lambda evidence, expected: Outcome(score=1))

assignment = Assignment(name="tiny", title="Tiny", exercises=(
    Exercise(name="net", title="Net", points=3, checks=(says("open"),)),
))
"""
HIDDEN = """
from grader.checks.check import Check
from grader.report import Outcome
checks = {"net": (Check(name="secret", title="secret", judge=lambda e, x: Outcome(score=1)),)}
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    for folder, file, text in (("assignments", "assignment.py", PUBLIC), ("reference", "hidden.py", HIDDEN)):
        (tmp_path / folder / "tiny").mkdir(parents=True)
        (tmp_path / folder / "tiny" / file).write_text(text)
    return Course(root=tmp_path)


def test_hidden_checks_are_added_and_marked(course: Course) -> None:
    folder = course.folder("tiny")
    assert [(n, c.hidden) for n, c in folder.assignment(hidden=True).checks()] == [
        ("net.open", False),
        ("net.secret", True),
    ]
    assert [n for n, _ in folder.assignment(hidden=False).checks()] == ["net.open"]


def test_course_is_found_from_below(course: Course) -> None:
    assert Course.find(course.root / "assignments" / "tiny").root == course.root
    assert course.names() == ("tiny",)


def test_no_course_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--course"):
        Course.find(tmp_path)


def test_typo_in_the_name_is_answered_with_the_nearest(course: Course) -> None:
    with pytest.raises(UsageError, match="did you mean tiny"):
        course.folder("tinny")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("assignment = 1", "no Assignment called `assignment`"),
        ("x = 1\n1/0", "line 2"),
        ("def (", "SyntaxError"),
        (PUBLIC.replace('name="tiny"', 'name="other"'), "calls itself 'other'"),
        (PUBLIC.replace('says("open"),', 'says("open"), says("open")'), "two checks are called net.open"),
    ],
)
def test_faults_in_assignment_py_name_file_and_place(course: Course, text: str, said: str) -> None:
    (course.root / "assignments/tiny/assignment.py").write_text(text)
    with pytest.raises(AssignmentError) as caught:
        course.folder("tiny").assignment(hidden=False)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("checks = 3", "no `checks` by exercise"), (HIDDEN.replace('"net"', '"nat"'), "hidden checks for nat")],
)
def test_faults_in_hidden_py_name_the_file(course: Course, text: str, said: str) -> None:
    (course.root / "reference/tiny/hidden.py").write_text(text)
    with pytest.raises(AssignmentError, match=r"hidden\.py") as caught:
        course.folder("tiny").assignment(hidden=True)
    assert said in str(caught.value)


def test_missing_and_damaged_expectations(course: Course) -> None:
    folder = course.folder("tiny")
    with pytest.raises(NotCalibrated, match="grader calibrate tiny"):
        folder.expectations("none", hidden=True)
    path = folder.expectations_file("none", hidden=True)
    path.parent.mkdir()
    path.write_text('{"assignment": 3}')
    with pytest.raises(AssignmentError, match="damaged"):
        folder.expectations("none", hidden=True)
    stored = Expectations(assignment="tiny", data_source="none", seeds=(1, 2), checks={"net.open": {"a": 1}})
    path.write_bytes(encode(stored))
    assert folder.expectations("none", hidden=True) == stored


def test_without_the_reference_the_solution_is_missed_in_words(course: Course) -> None:
    with pytest.raises(AssignmentError, match=r"solution\.ipynb"):
        _ = course.folder("tiny").solution


ASKS = """
from grader.assignment import Assignment, Exercise
from grader.question import Question
from grader.report import Criterion

assignment = Assignment(name="tiny", title="Tiny", exercises=(
    Exercise(name="why", title="Why", points=2, question=Question(
        asks="Why?", points=2, rubric=(Criterion(name="open", points=1),))),
))
"""
RUBRIC = "from grader.report import Criterion\nchecks = {}\nrubrics = "


def test_a_hidden_rubric_is_added_and_marked(course: Course) -> None:
    folder = course.folder("tiny")
    (folder.public / "assignment.py").write_text(ASKS)
    (course.root / "reference/tiny/hidden.py").write_text(f"{RUBRIC}{{'why': (Criterion(name='more', points=1),)}}")
    (full,), (public,) = (folder.assignment(hidden=hidden).exercises for hidden in (True, False))
    assert full.question is not None
    assert public.question is not None
    assert [(c.name, c.hidden) for c in full.question.rubric] == [("open", False), ("more", True)]
    assert [c.name for c in public.question.rubric] == ["open"]


@pytest.mark.parametrize(
    "rubrics",
    [
        "()",
        "{'when': (Criterion(name='more', points=1),)}",
        "{'why': Criterion(name='more', points=1)}",
        "{'why': ('more',)}",
        "{'why': (Criterion(name='more', points=1.5),)}",
    ],
)
def test_a_rubric_that_does_not_fit_is_the_assignments_fault(course: Course, rubrics: str) -> None:
    folder = course.folder("tiny")
    (folder.public / "assignment.py").write_text(ASKS)
    (course.root / "reference/tiny/hidden.py").write_text(RUBRIC + rubrics)
    with pytest.raises(AssignmentError):
        folder.assignment(hidden=True)
