"""A notebook that dies of dead names, graded for real: the cause is named, and a second attempt costs what the policy says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Compat
from grader.course import Course
from grader.execute.sandbox import named_sandbox
from grader.gradebook import Gradebook
from grader.pipeline import Grading, grade, regrade
from grader.report import Report
from grader.submission import Submission
from grader.workers import Workers

FOLDER = Course(root=Path(__file__).parents[2]).folder("tiny_mlp")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("second_attempt")]


def submission() -> Submission:
    notebook = FOLDER.solution_notebook()
    for cell in notebook.cells:
        cell.source = cell.source.replace("learning_rate=0.1", "lr=0.1").replace("epochs=60", "nb_epoch=60")
    return Submission(student="ada", file="ada.ipynb", sha256="", notebook=notebook)


def graded(workspace: Path, policy: Compat | None) -> Report:
    with (
        Workers(sandbox=named_sandbox("any"), at_once=1, data_source="none") as workers,
        Gradebook.at(workspace / "gradebook.db", "test") as gradebook,
    ):
        grading = Grading(folder=FOLDER, workspace=workspace, workers=workers)
        grading.assignment = replace(grading.assignment, compat=policy)
        return next(grade(grading, [submission()], gradebook)).report


def test_every_failed_check_that_follows_names_the_cause(tmp_path: Path) -> None:
    report = graded(tmp_path, None)
    assert report.status == "student_error", report.reason
    assert report.second_attempt is None
    hints = {
        f"{f.exercise}.{f.check}": f.hint for f in report.findings if f.verdict == "failed" and f.exercise != "softmax"
    }
    assert len(hints) >= 5
    for check, hint in hints.items():
        causes = ["learning_rate=0.1"] if check.startswith("network.") else ["learning_rate=0.1", "epochs=60"]
        assert any(cause in hint for cause in causes), check


def test_a_second_attempt_costs_what_the_assignment_says(tmp_path: Path) -> None:
    report = graded(tmp_path, Compat(deduction=0.25))
    assert report.second_attempt is not None
    assert report.second_attempt.deduction == 0.25
    assert report.score == pytest.approx(0.75 * (report.max_score - report.waiting))
    assert (report.second_attempt.first_score or 0) < report.score
    assert "Stood in for lr=, which no longer exists." in report.notes
    assert any(a.new == "learning_rate=0.1" for a in report.advice)
    with Gradebook.at(tmp_path / "gradebook.db", "test") as gradebook:
        (again,) = regrade(FOLDER, tmp_path, gradebook)
    assert again.second_attempt == report.second_attempt
    assert again.score == report.score
    assert again.advice == report.advice
