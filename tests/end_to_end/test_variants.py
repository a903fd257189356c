"""Every declared variant of a solution, graded for real: right ones get full marks, wrong ones fail the right check."""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.course import AssignmentFolder, Course
from grader.execute.sandbox import named_sandbox
from grader.pipeline import Grading
from grader.report import Report
from grader.submission import Submission
from grader.variant import Variant, apply
from grader.workers import Workers, choose_data_source

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = Course(root=ROOT).names()

pytestmark = pytest.mark.slow


@cache
def variants(name: str) -> dict[str, Variant]:
    path = ROOT / "reference" / name / "variants.py"
    spec = importlib.util.spec_from_file_location(f"variants_of_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {v.name: v for v in module.variants}


@cache
def reports(name: str, workspace: Path) -> dict[str, Report]:
    """Grades all variants of an assignment once for each test process."""
    folder: AssignmentFolder = Course(root=ROOT).folder(name)
    solution: Any = nbformat.read(folder.solution, as_version=4)
    found = [
        Submission(student=v.name, file=f"{v.name}.ipynb", sha256="", notebook=apply(v, solution))
        for v in variants(name).values()
    ]
    source = choose_data_source(folder.assignment(hidden=True), None)
    with Workers(
        sandbox=named_sandbox("any"), at_once=max(1, (os.cpu_count() or 2) // 2), data_source=source
    ) as workers:
        grading = Grading(folder=folder, workspace=workspace, workers=workers)
        return {g.submission.student: g.report for g in grading.grade(found)}


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("variants")


CASES = [
    pytest.param(name, variant, id=f"{name}-{variant}", marks=pytest.mark.xdist_group(f"variants-{name}"))
    for name in ASSIGNMENTS
    for variant in variants(name)
]


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_variant(name: str, variant: str, workspace: Path) -> None:
    declared = variants(name)[variant]
    report = reports(name, workspace)[variant]
    verdicts = {f"{f.exercise}.{f.check}": str(f.verdict) for f in report.findings}
    if declared.right:
        assert {check: v for check, v in verdicts.items() if v != "passed"} == {}
        assert report.score == report.max_score
    else:
        assert {
            check: verdicts[check] for check in declared.fails if verdicts[check] not in {"failed", "partial"}
        } == {}
        said = " ".join([report.reason, *report.notes, *(f"{f.message} {f.hint} {f.flag}" for f in report.findings)])
        assert declared.cause.lower() in said.lower()
        assert report.score is not None
        assert report.score < report.max_score
