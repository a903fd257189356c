"""Every case of `grader lint`, graded for real: nothing earns 0, right answers full marks, wrong ones fail the right check."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from grader import datasets
from grader.course import AssignmentFolder, Course
from grader.errors import AssignmentError
from grader.execute.sandbox import named_sandbox
from grader.lint import CaseResult, cases, lint
from grader.workers import Workers, choose_data_source

ROOT = Path(__file__).parents[2]
COURSE = Course(root=ROOT)
MOST_SECONDS = 1500.0
BUDGET_SECONDS = 3000.0
"""Of one core, before train-once and stored evidence make most of it cheaper; leaves `.ci/run` within its time."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Plan:
    """One assignment's test set in one form, and what it takes if every notebook took as long as the reference."""

    name: str
    recipe: str
    cases: tuple[str, ...]
    seconds: float


def plans() -> list[Plan]:
    """What is run here: assignments by cost, cheapest first, each in the first of its forms that fits, within BUDGET.

    `grader lint NAME` runs any of them, `make lint-all` all of them.
    """
    found = []
    for name in COURSE.names():
        whole = COURSE.folder(name)
        forms = ("", *(recipe.name for recipe in whole.assignment(hidden=False).recipes))
        priced = [plan for form in forms if (plan := _priced(whole.by(form or None), form))]
        found += [next((p for p in priced if p.seconds <= MOST_SECONDS), None)]
    chosen: list[Plan] = []
    for plan in sorted(filter(None, found), key=lambda p: p.seconds):
        if sum(p.seconds for p in chosen) + plan.seconds <= BUDGET_SECONDS:
            chosen.append(plan)
    return chosen


def _priced(folder: AssignmentFolder, recipe: str) -> Plan | None:
    assignment = folder.assignment(hidden=True)
    source = datasets.available(assignment.datasets) if assignment.datasets else "none"
    try:
        each = folder.expectations(source, hidden=True).seconds
        names = tuple(case.name for case in cases(folder))
    except AssignmentError:
        return None
    return Plan(folder.name, recipe, names, each * len(names))


@cache
def results(name: str, recipe: str, workspace: Path) -> dict[str, CaseResult]:
    """Grades all cases of an assignment once for each test process."""
    folder = COURSE.folder(name).by(recipe or None)
    source = choose_data_source(folder.assignment(hidden=True), None)
    at_once = max(1, (os.cpu_count() or 2) // 2)
    stores = {"trainings": workspace / "trainings", "examinations": workspace / "examinations"}
    with Workers(sandbox=named_sandbox("any"), at_once=at_once, data_source=source, **stores) as workers:
        return {r.name: r for r in lint(folder, workspace, workers).results}


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("variants")


CASES = [
    pytest.param(plan.name, plan.recipe, case, id=f"{plan.name}-{case}", marks=pytest.mark.xdist_group(plan.name))
    for plan in plans()
    for case in plan.cases
]


@pytest.mark.parametrize(("name", "recipe", "case"), CASES)
def test_variant(name: str, recipe: str, case: str, workspace: Path) -> None:
    assert results(name, recipe, workspace)[case].problems == ()
