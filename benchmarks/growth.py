"""How the cost of a class grows with the number of submissions, when nothing has to be run."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

from benchmarks.measured import Cost, measured

DISTINCT = 10
"""Trivial notebooks that are really run; all others are copies of them, whose evidence is at hand."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One class size."""

    submissions: int
    grade: Cost
    """`grader grade` over stored evidence."""
    regrade: Cost


def growth(folder: Path, sizes: tuple[int, ...]) -> list[Step]:
    """Grades and regrades classes of growing size."""
    steps = []
    for count in sizes:
        course = folder / f"growth-{count}"
        _course(course)
        few = _class(course / "few", DISTINCT)
        grader = str(Path(sys.executable).with_name("grader"))
        places = ["--course", str(course), "--output", str(course / "marks.csv")]
        grade = [grader, "grade", "trivial", "--format", "csv", "--sandbox", "any", *places]
        measured([*grade, str(few)], cwd=course, allowed=(0, 1))
        # The first ten filled the store of evidence; the gradebook starts anew.
        shutil.rmtree(few)
        (course / ".grader" / "gradebook.db").unlink()
        many = _class(course / "many", count)
        graded = measured([*grade, str(many)], cwd=course, allowed=(0, 1))
        again = measured([grader, "regrade", "trivial", "--format", "csv", *places], cwd=course, allowed=(0, 1))
        steps.append(Step(submissions=count, grade=graded, regrade=again))
        shutil.rmtree(course)
    return steps


def _class(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for n in range(count):
        cell = nbformat.v4.new_code_cell(f"answer = {n % DISTINCT}")
        cell.id = "answer"
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / f"student{n:05d}.ipynb")
    return folder


def _course(course: Path) -> None:
    public, secret = course / "assignments" / "trivial", course / "reference" / "trivial"
    for folder in (public, secret):
        (folder / "expectations").mkdir(parents=True)
    (public / "assignment.py").write_text(
        """from grader.assignment import Assignment, Exercise
from grader.checks import number

assignment = Assignment(
    name="trivial", title="Trivial", exercises=(Exercise(name="answer", title="Answer", points=10, checks=(number("answer"),)),)
)
"""
    )
    (secret / "hidden.py").write_text("checks = {}\n")
    cell = nbformat.v4.new_code_cell("answer = 3")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), secret / "solution.ipynb")
    command = [str(Path(sys.executable).with_name("grader")), "calibrate", "trivial", "--runs", "2"]
    measured([*command, "--course", str(course), "--sandbox", "any"], cwd=course)
