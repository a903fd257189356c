"""`grader mark` on a gradebook made by hand: what is typed, what comes of it, and what is said when called wrongly."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment, Exercise
from grader.checks import custom
from grader.cli import run
from grader.course import Course
from grader.evidence import CellRun, Evidence
from grader.expectations import Expectations
from grader.gradebook import Gradebook
from grader.judge import judge
from grader.mark import Marks
from grader.marking import with_marks
from grader.notebook.free_text import Written
from grader.report import SubmissionId

ASSIGNMENT = """
from grader.assignment import Assignment, Exercise
from grader.question import Question
from grader.report import Criterion

def ask(name):
    rubric = (Criterion(name="sees", points=1), Criterion(name="explains", points=1))
    question = Question(asks=f"Why {name}?", points=2, rubric=rubric)
    return Exercise(name=name, title=name.title(), points=2, question=question)

assignment = Assignment(name="words", title="Words", exercises=(ask("first"), ask("second")))
"""
ANSWERS = {
    "ana": ("By heart.", "Because."),
    "bo": ("By heart.", ""),
    "cy": ("\x1b[31m=red\u202e [bold]x[/]", "Because."),
}


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    (tmp_path / "assignments/words").mkdir(parents=True)
    (tmp_path / "assignments/words/assignment.py").write_text(ASSIGNMENT)
    monkeypatch.chdir(tmp_path)
    return Course(root=tmp_path)


@pytest.fixture
def book(course: Course) -> Gradebook:
    assignment: Assignment = course.folder("words").assignment(hidden=False)
    book = Gradebook.at(course.root / ".grader/gradebook.db", "test")
    reports = [
        judge(
            assignment,
            Evidence(),
            None,
            submission=SubmissionId(student=student, file="", sha256=""),
            written={name: Written(text=t, cell=1) for name, t in zip(("first", "second"), texts, strict=True)},
        )
        for student, texts in ANSWERS.items()
    ]
    book.add(book.start("words", kind="grade", data_source="none"), [(report, "job") for report in reports])
    return book


@pytest.fixture
def type_(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def go(*lines: str, options: tuple[str, ...] = ()) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return run(["mark", "words", "--by", "tutor", *options])

    return go


def points(book: Gradebook) -> list[tuple[str, str, float | None, str]]:
    return [(m.student, m.exercise, m.points, m.comment) for m in book.mark_trail("words")]


def test_one_keystroke_marks_the_same_answer_of_all(book: Gradebook, type_, capsys) -> None:
    assert type_("2", "Good.", "", "?", "two", "0.5+1", "") == 0
    shown = capsys.readouterr().out
    assert "3 different answers, 5 answers to mark" in shown
    assert "by ana, bo" in shown
    assert "'two' is no number of points" in shown
    assert shown.count("q: stop") == 2
    assert points(book) == [
        ("ana", "first", 2, "Good."),
        ("bo", "first", 2, "Good."),
        ("ana", "second", 1.5, ""),
        ("cy", "second", 1.5, ""),
    ]
    assert {r.student: (r.report.score, r.report.waiting, r.job) for r in book.latest("words")} == {
        "ana": (3.5, 0, "job"),
        "bo": (2, 0, "job"),
        "cy": (1.5, 2, "job"),
    }
    assert type_("q") == 0
    assert "\n1 answer to mark" in capsys.readouterr().out


def test_apart_back_and_stop(book: Gradebook, type_, capsys) -> None:
    assert type_("s", "1", "", "b", "0", "Read again.", "2", "", "q") == 0
    assert points(book) == [("ana", "first", 1, ""), ("ana", "first", 0, "Read again."), ("bo", "first", 2, "")]
    assert "Mark in force: 1 by tutor" in capsys.readouterr().out


@pytest.mark.parametrize("typed", [("2",), ("2", "Good."), ()])
def test_the_end_of_what_is_typed_loses_nothing(book: Gradebook, type_, typed: tuple[str, ...]) -> None:
    assert type_(*typed) == 0
    assert [p[2] for p in points(book)] == [2, 2] * bool(typed)
    assert {r.report.score for r in book.latest("words")} == ({2, 0} if typed else {0})


def test_nothing_of_an_answer_reaches_the_terminal_as_it_is(book: Gradebook, type_, capsys) -> None:
    assert type_("", "", "") == 0
    shown = capsys.readouterr().out
    assert not set(shown) & set("\x1b\u202e")
    assert "[bold]x[/]" in shown


def test_names_are_left_out_and_all_of_it_is_shown(book: Gradebook, type_, capsys) -> None:
    assert type_("q", options=("--anonymous", "--all", "--each")) == 0
    shown = capsys.readouterr().out
    assert "\n6 answers to mark" in shown
    assert "(nothing)" in shown
    assert not [name for name in ANSWERS if f" {name} " in shown]


def test_an_empty_place_can_be_marked(book: Gradebook, type_) -> None:
    assert type_("1", "It stands in cell 9.", options=("--student", "bo", "--exercise", "second", "--all")) == 0
    (bo,) = [r.report for r in book.latest("words") if r.student == "bo"]
    assert bo.score == 1


def test_a_sheet_goes_out_once_and_a_fault_takes_no_mark(book: Gradebook, type_, capsys) -> None:
    assert run(["mark", "words", "--export", "m.json"]) == 0
    assert run(["mark", "words", "--export", "m.json"]) == 2
    assert "there is a sheet already" in capsys.readouterr().err
    Path("m.json").write_text(Path("m.json").read_text().replace('"points": ""', '"points": "7"', 1))
    assert run(["mark", "words", "--import", "m.json"]) == 2
    assert "answers[0], column points: 7 is more than the 2 points there are" in capsys.readouterr().err
    assert points(book) == []
    Path("m.json").write_text(Path("m.json").read_text().replace('"7"', '"1"'))
    assert run(["mark", "words", "--import", "m.json", "--by", "tutor"]) == 0
    assert [p[:3] for p in points(book)] == [("ana", "first", 1), ("bo", "first", 1)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--exercise", "third"), "one of first, second"),
        (("--student", "zoe"), "nothing of 'zoe' was graded"),
        (("--export", "m.xlsx"), "neither .csv nor .json"),
        (("--export", "m.csv", "--list"), "four things"),
    ],
)
def test_called_wrongly(book: Gradebook, options: tuple[str, ...], said: str, capsys) -> None:
    assert run(["mark", "words", *options]) == 2
    assert said in capsys.readouterr().err


@pytest.fixture
def held(course: Course) -> Gradebook:
    """Ana's records break a check; Bo's don't."""

    def ran(student: Evidence) -> bool:
        """The first cell ran."""
        return student.cells[0].index == 0

    assignment = Assignment(
        name="words", title="Words", exercises=(Exercise(name="run", title="Run", points=4, checks=(custom()(ran),)),)
    )
    whole = Evidence(cells=(CellRun(index=0),))
    known = Expectations(assignment="words", data_source="none", seeds=(1,), checks={}, reference=whole)
    book = Gradebook.at(course.root / ".grader/gradebook.db", "test")
    who = {name: SubmissionId(student=name, file="", sha256=f"{name}'s") for name in ("ana", "bo")}
    reports = [
        judge(assignment, evidence, known, submission=who[name])
        for name, evidence in (("ana", Evidence()), ("bo", whole))
    ]
    book.add(book.start("words", kind="grade", data_source="none"), [(report, "job") for report in reports])
    return book


def test_a_check_that_broke_on_one_notebook_is_decided_by_a_human(held: Gradebook, capsys) -> None:
    def ana() -> tuple[float | None, float, bool]:
        (report,) = [r.report for r in held.latest("words") if r.student == "ana"]
        return report.score, report.waiting, report.needs_human

    assert run(["mark", "words", "--list"]) == 0
    shown = capsys.readouterr().out
    assert "run.ran  ana  4 points" in shown
    assert "IndexError" in shown
    assert ana() == (0, 4, True)
    decided = ["mark", "words", "--student", "ana", "--check", "run.ran"]
    assert run([*decided, "--points", "5"]) == 2
    assert run([*decided, "--points", "3", "--comment", "It did.", "--by", "tutor"]) == 0
    assert ana() == (3, 0, False)
    (report,) = [r.report for r in held.latest("words") if r.student == "ana"]
    assert report.findings[0].message == "It did."
    # For this file alone: what ana hands in next waits again.
    later = replace(report, submission=replace(report.submission, sha256="another"))
    assert with_marks(later, Marks(held.mark_trail("words"))).waiting == 4
    assert run(decided) == 0
    assert ana() == (0, 4, True)


def test_only_a_held_check_is_decided_so(held: Gradebook, capsys) -> None:
    assert run(["mark", "words", "--student", "bo", "--check", "run.ran", "--points", "4"]) == 2
    assert "--student ana --check run.ran" in capsys.readouterr().err


def test_nothing_to_mark(course: Course, capsys) -> None:
    assert run(["mark", "words"]) == 2
    assert "grader grade words FOLDER" in capsys.readouterr().err
    root = Path(__file__).parents[2]
    assert run(["mark", "mnist_dense", "--course", str(root), "--workspace", str(course.root)]) == 2
    assert "no question that a human reads" in capsys.readouterr().err
