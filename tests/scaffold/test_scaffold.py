"""New courses and assignments: what is written, that it holds together, and what is refused."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from grader.cli import run
from grader.course import Course
from grader.errors import UsageError
from grader.lint import cases
from grader.scaffold import make_assignment, make_course


def test_a_course(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "deep"), "--title", "Deep learning"]) == 0
    assert "grader calibrate points" in capsys.readouterr().out
    root = tmp_path / "deep"
    assert {p.name for p in root.iterdir()} == {
        "assignments", "reference", "README.md", ".gitignore", ".github", ".gitlab-ci.yml"
    }  # fmt: skip
    assert (root / "README.md").read_text().startswith("# Deep learning\n")
    assert "$" not in (root / "README.md").read_text()
    assert ".grader/" in (root / ".gitignore").read_text()
    assert Course.find(root).names() == ("points",)


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    make_course(tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"
    with pytest.raises(UsageError, match="already"):
        make_course(tmp_path)


def test_an_assignment_holds_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "assignments").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(["new", "week_3", "--title", 'Say "yes" or \\ no: $5']) == 0
    folder = Course(root=tmp_path).folder("week_3")
    assignment = folder.assignment(hidden=True)
    assert assignment.title == 'Say "yes" or \\ no: $5'
    assert {c.hidden for _, c in assignment.checks()} == {True, False}
    assert folder.starter_notebook().cells[0].source.startswith('# Say "yes" or \\ no: $5\n')
    made = cases(folder)
    checks = {name for name, _ in assignment.checks()}
    assert all(set(case.variant.fails) <= checks for case in made if case.variant)
    assert sum(case.kind == "right" for case in made) >= 5
    for case in made:
        nbformat.validate(case.notebook)
        for cell in case.notebook.cells:
            if cell.cell_type == "code":
                ast.parse(cell.source)
    for path in tmp_path.rglob("*.py"):
        assert max(map(len, path.read_text().splitlines())) <= 120


@pytest.mark.parametrize("name", ["Week 3", "3rd", "class", "a-b", "../up", "", "x" * 61])
def test_names_that_would_not_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no name for an assignment"):
        make_assignment(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    make_course(tmp_path)
    with pytest.raises(UsageError, match="already"):
        make_assignment(tmp_path, "points")
