"""`check(...)` in a real notebook kernel: live namespace, public checks only."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[1]
SOLUTION = nbformat.read(ROOT / "reference/tiny_mlp/solution.ipynb", as_version=4)


def run(folder: Path, cells: list[str]) -> list[str]:
    """Runs cells in a kernel that works in `folder`; returns what each of them showed."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    client.execute()
    return ["".join(_texts(cell)) for cell in notebook.cells]


def _texts(cell: nbformat.NotebookNode) -> list[str]:
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        found.append(output.get("text", "") + data.get("text/html", data.get("text/plain", "")))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The public folder alone, as students get it."""
    shutil.copytree(ROOT / "assignments/tiny_mlp", tmp_path / "tiny_mlp")
    return tmp_path / "tiny_mlp"


def answers(*exercises: str) -> list[str]:
    """The solution's cells of these exercises, and the given ones before them."""
    given = [c.source for c in SOLUTION.cells[:4] if c.cell_type == "code"]
    marked = [c for c in SOLUTION.cells if c.metadata.get("grader", {}).get("exercise") in exercises]
    return [*given, *(c.source for c in marked)]


def test_exercise_by_exercise(folder: Path) -> None:
    network = answers("network")[-1]
    shown = run(
        folder,
        [
            "from grader import check",
            *answers("softmax"),
            'check("softmax")',
            network.replace("Dense(5", "Dense(7"),
            'check("network")',
            network.replace("network", "mlp"),
            'print(check("network").report.score)',
            'check("netwrk")',
            "check()",
        ],
    )
    softmax, wrong, right, typo, everything = shown[4], shown[6], shown[8], shown[9], shown[10]
    assert "All public checks pass" in softmax
    assert "may check more" in softmax
    assert "7 units, expected 5" in wrong
    assert "first difference" in wrong
    assert "5 units" not in right
    assert "no exercise 'netwrk'" in typo
    assert "softmax" in typo
    assert "still to do" in everything
    assert "Traceback" not in "".join(shown)


def test_import_that_came_too_late_is_said(folder: Path) -> None:
    shown = run(folder, [*answers("network"), "from grader import check", 'check("training")'])
    assert "existed before Grader was imported" in shown[-1]


def test_a_notebook_away_from_its_folder_is_told_what_to_do(tmp_path: Path) -> None:
    shown = run(tmp_path, ["from grader import check", "check()"])
    assert "the assignment's files are not here" in shown[-1]
    assert "assignment='FOLDER'" in shown[-1]
