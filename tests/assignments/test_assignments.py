"""What every assignment of this course must be, seen without running a notebook."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.course import Course
from grader.expectations import Expectations
from grader.records import decode
from grader.variant import apply

ROOT = Path(__file__).parents[2]
NAMES = Course(root=ROOT).names()


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def variants(name: str) -> tuple[Any, ...]:
    spec = importlib.util.spec_from_file_location(f"v_{name}", ROOT / f"reference/{name}/variants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: tuple[Any, ...] = module.variants
    return found


def test_there_are_assignments() -> None:
    assert {"mnist_dense", "tiny_mlp"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_clean(name: str) -> None:
    folder = Course(root=ROOT).folder(name)
    for path in (folder.starter, folder.solution):
        notebook = read(path)
        nbformat.validate(notebook)
        for cell in notebook.cells:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None


@pytest.mark.parametrize("name", NAMES)
def test_solution_is_the_starter_with_answers(name: str) -> None:
    folder = Course(root=ROOT).folder(name)
    starter, solution = read(folder.starter), read(folder.solution)
    assert [c.id for c in starter.cells] == [c.id for c in solution.cells]
    differ = [
        a.metadata.get("grader", {}).get("exercise")
        for a, b in zip(starter.cells, solution.cells, strict=True)
        if a.source != b.source
    ]
    exercises = [e.name for e in folder.assignment(hidden=False).exercises]
    assert set(differ) == set(exercises)


@pytest.mark.parametrize("name", NAMES)
def test_starter_leaves_every_exercise_open(name: str) -> None:
    for cell in read(Course(root=ROOT).folder(name).starter).cells:
        if cell.metadata.get("grader", {}).get("exercise"):
            assert any(mark in cell.source for mark in ("...", "…", "# your code"))
            code = cell.source if cell.cell_type == "code" else ""
            calls = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call)]
            assert not [c for c in calls if "Dense" in ast.dump(c) or "fit" in ast.dump(c)]


@pytest.mark.parametrize("name", NAMES)
def test_every_variant_applies_and_names_checks_that_exist(name: str) -> None:
    folder = Course(root=ROOT).folder(name)
    checks = {check for check, _ in folder.assignment(hidden=True).checks()}
    solution = read(folder.solution)
    found = variants(name)
    assert sum(v.right for v in found) >= 6
    for variant in found:
        nbformat.validate(apply(variant, solution))
        assert set(variant.fails) <= checks, variant.name


@pytest.mark.parametrize("name", NAMES)
def test_public_part_holds_nothing_hidden(name: str) -> None:
    folder = Course(root=ROOT).folder(name)
    hidden = {check for check, c in folder.assignment(hidden=True).checks() if c.hidden}
    assert hidden
    files = sorted((folder.public / "expectations").glob("*.json"))
    assert files
    for path in files:
        public = decode(path.read_bytes(), Expectations)
        assert public.reference is None
        assert not hidden & set(public.checks)
        full = decode(folder.expectations_file(path.stem, hidden=True).read_bytes(), Expectations)
        assert set(full.checks) == {check for check, _ in folder.assignment(hidden=True).checks()}
        assert json.loads(path.read_text())["seeds"]
