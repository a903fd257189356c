"""Answers that a human reads, from real notebooks to reports with marks: graded, marked in all ways, graded again."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.cli import run
from grader.gradebook import Gradebook
from grader.report import Report

ASSIGNMENT = """
from grader.assignment import Assignment, Exercise, Limits
from grader.checks import number
from grader.question import Question
from grader.report import Criterion

assignment = Assignment(
    name="curves",
    title="Reading curves",
    exercises=(
        Exercise(name="count", title="Count", points=3, checks=(number("best"),)),
        Exercise(
            name="why",
            title="Why it stops there",
            points=2,
            question=Question(
                asks="Why is training stopped there?",
                points=2,
                rubric=(Criterion(name="sees", points=1, description="Says which curve turns."),),
            ),
        ),
        Exercise(
            name="name",
            title="A name",
            points=1,
            question=Question(asks="What is this called?", points=1, variable="called"),
        ),
    ),
    limits=Limits(cell_seconds=20, notebook_seconds=60),
)
"""
HIDDEN = """
from grader.checks import number
from grader.report import Criterion

checks = {"count": (number("best", name="secret_best"),)}
rubrics = {"why": (Criterion(name="SECRET", points=1, description="Says overfitting or learns by heart."),)}
"""
STARTER = "*Write one or two sentences here, in place of these.*"
GOOD = "The validation loss turns upwards while the training loss falls: it learns by heart."
HOSTILE = '=HYPERLINK("http://evil.example")\n<script>alert(1)</script> \x1b[31mred\u202e'


def notebook(best: str = "4", why: str = STARTER, called: str = "...") -> nbformat.NotebookNode:
    v4 = nbformat.v4
    marked = {"why": {"grader": {"exercise": "why"}}, "name": {"grader": {"exercise": "name"}}}
    cells = [
        v4.new_markdown_cell("# Curves", id="intro"),
        v4.new_code_cell(f"best = {best}", id="count", metadata={"grader": {"exercise": "count"}}),
        v4.new_markdown_cell("## Why?\n\nWhy is training stopped there?", id="ask-why"),
        v4.new_markdown_cell(why, id="why", metadata=marked["why"]),
        v4.new_code_cell(f"called = {called}", id="name", metadata=marked["name"]),
    ]
    return v4.new_notebook(cells=cells)


CLASS = {
    "ana": notebook(why=GOOD, called='"over" + "fitting"'),
    "bo": notebook(best="5", why=GOOD.replace(": ", ":\n"), called='"overfitting"'),
    "cy": notebook(why=HOSTILE, called="'Overtraining'"),
    "di": notebook(),
    "ed": notebook(best="4", why=f"{STARTER}\n\nNo idea.\n", called="None\nraise ValueError"),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("curves")
    for name, text in (("assignments/curves/assignment.py", ASSIGNMENT), ("reference/curves/hidden.py", HIDDEN)):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(text)
    nbformat.write(notebook(why=GOOD, called='"overfitting"'), root / "reference/curves/solution.ipynb")
    nbformat.write(notebook(best="..."), root / "assignments/curves/curves.ipynb")
    (root / "class").mkdir()
    for name, content in CLASS.items():
        nbformat.write(content, root / f"class/{name}.ipynb")
    before = Path.cwd()
    os.chdir(root)
    try:
        assert run(["calibrate", "curves", "--runs", "2", "--sandbox", "any"]) == 0
        assert grade("first") == 1
        yield root
    finally:
        os.chdir(before)


def grade(out: str) -> int:
    formats = [word for name in ("json", "html", "csv", "markdown", "junit") for word in ("--format", name)]
    return run(["grade", "curves", "class", "--sandbox", "any", *formats, "-o", out])


def reports(out: str) -> dict[str, Any]:
    return {r["submission"]["student"]: r for r in json.loads(Path(out, "class.json").read_text())["reports"]}


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {f["exercise"]: f["verdict"] for f in report["findings"] if f["check"] == "answer"}


def stored(root: Path) -> dict[str, Report]:
    with Gradebook.at(root / ".grader/gradebook.db", "test") as book:
        return {r.student: r.report for r in book.latest("curves")}


def test_answers_wait_and_hold_nothing_up(course: Path) -> None:
    found = reports("first")
    assert (found["ana"]["score"], found["ana"]["waiting"], found["ana"]["max_score"]) == (3, 3, 6)
    assert (found["bo"]["score"], found["bo"]["waiting"]) == (0, 3)
    assert verdicts(found["ana"]) == {"why": "waiting", "name": "waiting"}
    assert verdicts(found["ed"]) == {"why": "waiting", "name": "failed"}
    assert verdicts(found["di"]) == {"why": "failed", "name": "failed"}
    answers = {s: [f["answer"]["text"] for f in r["findings"] if f["answer"]] for s, r in found.items()}
    assert answers["ana"] == [GOOD, "overfitting"]
    assert answers["ed"] == ["No idea.", ""]
    assert answers["di"] == ["", ""]
    (row, *_) = csv.DictReader(io.StringIO(Path("first/class.csv").read_text()))
    assert (row["student"], row["score"], row["waiting"]) == ("ana", "3", "3")


def test_each_page_says_what_is_open_and_no_page_for_a_student_shows_the_hidden_rubric(course: Path) -> None:
    page = Path("first/ana.html").read_text()
    assert "3 points wait for a human" in page
    assert "Says which curve turns." in page
    for student in CLASS:
        assert "SECRET" not in Path(f"first/{student}.html").read_text()
        assert "Says overfitting" not in Path(f"first/{student}.html").read_text()
    assert "SECRET" in json.dumps(reports("first")["ana"])
    assert "7 answers wait for a mark: grader mark curves" in Path("first/index.html").read_text()
    assert "7 answers wait for a mark" in Path("first/class.md").read_text()
    hostile = Path("first/cy.html").read_text()
    assert "<script>alert" not in hostile
    assert "\x1b" not in hostile
    assert Path("first/class.xml").read_text().count("<skipped") == 7


def test_marks_from_the_terminal_from_sheets_and_what_becomes_of_them(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["mark", "curves", "--list", "--anonymous"]) == 0
    listed = capsys.readouterr().out
    assert "5 different answers, 7 answers to mark" in listed
    assert "student-" in listed
    assert "ana" not in listed

    # At the terminal: the same answer of two students is shown once and marked once; then stop.
    monkeypatch.setattr("sys.stdin", io.StringIO("3\n1+0.5\nWhich curve?\nq\n"))
    assert run(["mark", "curves", "--exercise", "why", "--by", "tutor"]) == 0
    shown = capsys.readouterr().out
    assert "by ana, bo" in shown
    assert "SECRET" in shown
    assert f"Solution: {GOOD}"[:40] in shown
    assert "3 is more than the 2 points there are" in shown
    assert stored(course)["ana"].score == stored(course)["bo"].score + 3 == 4.5
    assert stored(course)["ana"].waiting == 1

    # In a sheet: what waits goes out, is filled in, and comes back.
    assert run(["mark", "curves", "--export", "marks.csv"]) == 0
    table = list(csv.DictReader(io.StringIO(Path("marks.csv").read_text("utf-8-sig"), newline="")))
    assert [row["exercise"] for row in table] == ["why", "why", "name", "name"]
    assert not any(cell.lstrip()[:1] in set("=+-@") for row in table for cell in row.values() if cell)
    for row in table:
        row["points"] = {"why": "0,5", "name": "1"}[row["exercise"]]
        row["comment"] = "=well"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(table[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(table)
    Path("back.csv").write_text(out.getvalue(), "utf-8")
    assert run(["mark", "curves", "--import", "back.csv"]) == 0
    assert "5 marks taken" in capsys.readouterr().out
    assert run(["mark", "curves", "--import", "back.csv"]) == 0
    assert "0 marks taken; 5 were there already" in capsys.readouterr().out
    assert stored(course)["cy"].score == 4.5
    assert stored(course)["cy"].waiting == 0

    # Regrading and grading again keep them; a changed answer waits again, and its old mark stays in the history.
    assert run(["regrade", "curves", "--format", "json", "-o", "again.json"]) == 1
    again = {r["submission"]["student"]: r for r in json.loads(Path("again.json").read_text())["reports"]}
    assert (again["ana"]["score"], again["ana"]["waiting"]) == (5.5, 0)
    (why, name) = [f for f in again["ana"]["findings"] if f["check"] == "answer"]
    assert (why["verdict"], why["points"], why["message"]) == ("partial", 1.5, "Which curve?")
    assert [c["given"] for c in why["answer"]["rubric"]] == [1, 0.5]
    assert name["answer"]["comment"] == "=well"
    nbformat.write(notebook(why=f"{GOOD} And more.", called='"overfitting"'), course / "class/ana.ipynb")
    assert grade("second") == 1
    second = reports("second")
    assert verdicts(second["ana"]) == {"why": "waiting", "name": "passed"}
    assert verdicts(second["bo"])["why"] == "partial"
    assert "Which curve?" in Path("second/bo.html").read_text()
    assert "tutor" not in Path("second/bo.html").read_text()
    with Gradebook.at(course / ".grader/gradebook.db", "test") as book:
        (first, *_) = [m for m in book.mark_trail("curves") if m.student == "ana"]
    assert (first.points, first.comment, first.marked_by) == (1.5, "Which curve?", "tutor")
