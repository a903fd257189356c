"""A small course, and slots that run it in milliseconds: everything on the host is real, only the sandbox's inside is made up."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from evidence_by_hand import mnist_net, model

from grader import pipeline
from grader.course import Course
from grader.execute.sandbox import Launch, Room, host_places, host_scratch, inside_folder
from grader.gradebook import Gradebook
from grader.records import encode
from grader.report import Report
from grader.submission import Submission
from grader.workers import Workers

PROGRAM = Path(__file__).with_name("fake_slot_program.py")
ASSIGNMENT = """
from grader.assignment import Assignment, Exercise, Limits
from grader.checks import ModelQuery, number, parameters

assignment = Assignment(
    name="sums",
    title="Sums",
    exercises=(
        Exercise(name="network", title="Network", points=3, checks=(parameters(ModelQuery(name="network")),)),
        Exercise(name="answer", title="Answer", points=2, checks=(number("answer"),)),
    ),
    limits=Limits(cell_seconds=5, notebook_seconds=%s),
)
"""
RIGHT = ("network = 1", "answer = 41", "answer = answer + 1")
WRONG = ("network = 1", "answer = 41")
MARKS = {"ada": 5.0, "ben": 3.0, "eve": 5.0}
"""What the class deserves."""


@dataclass(frozen=True, kw_only=True)
class FakeSandbox:
    """Starts `fake_slot_program.py` in the place of a slot."""

    faults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By role; see the program."""
    program: str = sys.executable
    """What is started; a file that may go missing."""
    level: str = "bubblewrap"

    def launch(self, room: Room) -> Launch:
        folder = host_scratch()
        places = host_places(folder, room)
        records = {
            "model": json.loads(encode(model(config={"a": 1}))),
            "examined": json.loads(encode(mnist_net().examined())),
        }
        # The examiner says it only of what it refuses.
        del records["examined"]["refused"]
        return Launch(
            argv=(self.program, str(PROGRAM)),
            inside=str(inside_folder()),
            environment={"FAKE": json.dumps({"records": records, **self.faults})},
            places=places,
            folder=folder,
        )


def notebook(*cells: str) -> nbformat.NotebookNode:
    """A notebook with the same ids each time."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    for number, cell in enumerate(made.cells):
        cell["id"] = f"c{number}"
    return made


def submission(student: str, *cells: str) -> Submission:
    """As handed in."""
    return Submission(student=student, file=f"{student}.ipynb", sha256=student, notebook=notebook(*cells))


def class_of_three() -> list[Submission]:
    """Two different right ones, and a wrong one; see `MARKS`."""
    return [submission("ada", *RIGHT), submission("ben", *WRONG), submission("eve", *RIGHT, "bonus = 1")]


def course(root: Path, seconds: float = 20) -> Course:
    """Writes the course; it is not calibrated yet."""
    for folder in ("assignments/sums", "reference/sums"):
        (root / folder).mkdir(parents=True)
    (root / "assignments/sums/assignment.py").write_text(ASSIGNMENT % seconds)
    nbformat.write(notebook(*RIGHT), root / "reference/sums/solution.ipynb")
    return Course(root=root)


def workers(workspace: Path, sandbox: FakeSandbox | None = None, at_once: int = 1) -> Workers:
    """One slot of each role, and the stores of a workspace."""
    return Workers(
        sandbox=sandbox or FakeSandbox(),
        at_once=at_once,
        data_source="none",
        trainings=workspace / "trainings",
        examinations=workspace / "examinations",
        cancel=threading.Event(),
    )


def calibrate(root: Path, workspace: Path) -> None:
    """Three runs of the solution."""
    with workers(workspace) as running:
        pipeline.calibrate(Course(root=root).folder("sums"), workspace, running, runs=3)


def grade(
    root: Path,
    workspace: Path,
    sandbox: FakeSandbox | None = None,
    *,
    submissions: list[Submission] | None = None,
    listen: Callable[[pipeline.Progress], None] = lambda _: None,
    fresh: bool = False,
) -> dict[str, Report]:
    """Grades the class into the workspace's gradebook; the reports by student."""
    with Gradebook.at(workspace / "gradebook.db", "1") as book, workers(workspace, sandbox) as running:
        grading = pipeline.Grading(
            folder=Course(root=root).folder("sums"), workspace=workspace, workers=running, listen=listen, fresh=fresh
        )
        found = pipeline.grade(grading, class_of_three() if submissions is None else submissions, book)
        return {graded.report.submission.student: graded.report for graded in found}


def scores(reports: Mapping[str, Report]) -> dict[str, float | None]:
    """By student."""
    return {student: report.score for student, report in reports.items()}


def stored_marks(workspace: Path) -> dict[str, float | None]:
    """What the gradebook would say now."""
    with Gradebook.at(workspace / "gradebook.db", "1") as book:
        return {result.student: result.report.score for result in book.latest("sums")}


def gone(workspace: Path) -> None:
    """Removes every job folder."""
    shutil.rmtree(workspace / "jobs", ignore_errors=True)
