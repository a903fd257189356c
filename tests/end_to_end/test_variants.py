"""Every case of `grader lint`, graded for real: nothing earns 0, right answers full marks, wrong ones fail the right check."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from grader.course import AssignmentFolder, Course
from grader.execute.sandbox import named_sandbox
from grader.lint import CaseResult, cases, lint
from grader.workers import Workers, choose_data_source

ROOT = Path(__file__).parents[2]
COURSE = Course(root=ROOT)

pytestmark = pytest.mark.slow


@cache
def smallest(name: str) -> AssignmentFolder:
    """An assignment in its smallest form: some take half an hour in their full one."""
    folder = COURSE.folder(name)
    recipes = folder.assignment(hidden=False).recipes
    return folder.by(recipes[-1].name) if recipes else folder


@cache
def results(name: str, workspace: Path) -> dict[str, CaseResult]:
    """Grades all cases of an assignment once for each test process."""
    folder = smallest(name)
    source = choose_data_source(folder.assignment(hidden=True), None)
    at_once = max(1, (os.cpu_count() or 2) // 2)
    trainings = workspace / "trainings"
    with Workers(sandbox=named_sandbox("any"), at_once=at_once, data_source=source, trainings=trainings) as workers:
        return {r.name: r for r in lint(folder, workspace, workers).results}


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("variants")


CASES = [
    pytest.param(name, case.name, id=f"{name}-{case.name}", marks=pytest.mark.xdist_group(f"variants-{name}"))
    for name in COURSE.names()
    for case in cases(smallest(name))
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_variant(name: str, case: str, workspace: Path) -> None:
    assert results(name, workspace)[case].problems == ()
