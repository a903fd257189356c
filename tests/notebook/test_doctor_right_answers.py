"""No false alarms: starters, solutions and right variants of every assignment leave the doctor without a word."""

from __future__ import annotations

import runpy
from pathlib import Path

import nbformat
import pytest

from grader.course import AssignmentFolder, Course
from grader.notebook.doctor import examine
from grader.report import Advice
from grader.variant import Variant

ROOT = Path(__file__).parents[2]
NAMES = Course(root=ROOT).names()


def folder(name: str) -> AssignmentFolder:
    return Course(root=ROOT).folder(name)


def right_variants(name: str) -> list[Variant]:
    path = ROOT / "reference" / name / "variants.py"
    return [v for v in runpy.run_path(str(path))["variants"] if v.right] if path.is_file() else []


def said(name: str, notebook: nbformat.NotebookNode) -> tuple[Advice, ...]:
    one = folder(name)
    return examine(notebook, assignment=one.assignment(hidden=True), starter=one.starter_notebook())


@pytest.mark.parametrize("name", NAMES)
def test_solution(name: str) -> None:
    assert said(name, folder(name).solution_notebook()) == ()


@pytest.mark.parametrize("name", NAMES)
def test_right_variants(name: str) -> None:
    one = folder(name)
    right = right_variants(name)
    assert {v.name: said(name, one.variant_notebook(v)) for v in right} == {v.name: () for v in right}


@pytest.mark.parametrize("name", NAMES)
def test_the_starter_lacks_its_exercises_and_nothing_else(name: str) -> None:
    one = folder(name)
    found = said(name, one.starter_notebook())
    assert {a.kind for a in found} == {"exercise"}
    assert len(found) == len(one.assignment(hidden=True).exercises)
