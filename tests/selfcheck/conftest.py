"""tiny_mlp as students get it, and the instructor's answers to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from grader.course import Course
from grader.hand_out import hand_out

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole folder."""
    return hand_out(Course(root=ROOT).folder("tiny_mlp"), tmp_path_factory.mktemp("class"))


@pytest.fixture
def notebook_alone(handed_out: Path, tmp_path: Path) -> Path:
    """The notebook and nothing else."""
    return Path(shutil.copy(handed_out / "tiny_mlp.ipynb", tmp_path / "my homework.ipynb"))


@pytest.fixture
def two_files(handed_out: Path, tmp_path: Path) -> Path:
    """A folder with the notebook, as plain text, and the small file beside it."""
    shutil.copy(handed_out / "tiny_mlp.grader.json", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def cells() -> dict[str, str]:
    """The solution's code by exercise; the given cells above the first one under `given`."""
    notebook = nbformat.read(ROOT / "reference/tiny_mlp/solution.ipynb", as_version=4)
    code = [c for c in notebook.cells if c.cell_type == "code" and "check(" not in c.source]
    named = {c.metadata["grader"]["exercise"]: c.source for c in code if "grader" in c.metadata}
    first = next(i for i, c in enumerate(code) if "grader" in c.metadata)
    return {"given": "\n".join(c.source for c in code[:first]), **named}
