"""The class of `make demo`: what examples/README.md promises about each submission."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from grader.course import Course
from grader.execute.sandbox import named_sandbox
from grader.pipeline import Grading
from grader.report import Report, Verdict
from grader.submission import collect
from grader.workers import Workers, choose_data_source

ROOT = Path(__file__).parents[2]
TABLE = {
    name: (status.strip(), re.findall(r"`(\w+\.\w+)`", fails))
    for name, status, fails in re.findall(
        r"^\| `(\w+)\.ipynb` \|[^|]+\|([^|]+)\|([^|]+)\|$", (ROOT / "examples/README.md").read_text(), re.MULTILINE
    )
}
STATUS = {"errors": "student_error", "not attempted": "not_attempted"}
CAUSE = {
    "chen_wei": "not scaled",
    "priya_sharma": "relu",
    "joao_pereira": "256 units, expected 512",
    "anna_kowalska": "2 epochs, expected 5",
    "yuki_tanaka": "Cell 9 stopped with NameError",
    "omar_haddad": "first_digit",
    "ingrid_larsen": "line",
    "min_jun_park": "untouched starter",
}
FOLLOWS = {
    "chen_wei": {"training.accuracy_curve", "data.preprocess_more", "evaluation.accuracy"},
    "priya_sharma": {
        "training.accuracy_curve",
        "network.trainable_parameters",
        "evaluation.accuracy",
        "prediction.predicted",
    },
    "joao_pereira": {"training.accuracy_curve", "network.trainable_parameters", "evaluation.accuracy"},
    "anna_kowalska": {"training.accuracy_curve", "evaluation.accuracy"},
}
"""Checks that may fail as a consequence of the mistake itself."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample")]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    folder = Course(root=ROOT).folder("mnist_dense")
    found = collect([ROOT / "examples/class"])
    source = choose_data_source(folder.assignment(hidden=True), None)
    with Workers(
        sandbox=named_sandbox("any"), at_once=max(1, (os.cpu_count() or 2) // 2), data_source=source
    ) as workers:
        grading = Grading(folder=folder, workspace=tmp_path_factory.mktemp("sample"), workers=workers)
        return {g.submission.student: g.report for g in grading.grade(found)}


def test_the_table_names_every_submission(reports: dict[str, Report]) -> None:
    assert set(TABLE) == set(reports)
    assert len(TABLE) == 12


@pytest.mark.parametrize("student", sorted(TABLE))
def test_submission_comes_out_as_promised(reports: dict[str, Report], student: str) -> None:
    status, fails = TABLE[student]
    report = reports[student]
    assert report.status == STATUS.get(status, status)
    missed = {f"{f.exercise}.{f.check}" for f in report.findings if f.verdict is not Verdict.PASSED}
    assert set(fails) <= missed
    if status in {"graded", "timeout"}:
        assert missed - set(fails) <= FOLLOWS.get(student, set())
    if not missed:
        assert report.score == report.max_score
    said = " ".join([report.reason, *(f.message for f in report.findings)])
    assert CAUSE.get(student, "") in said
