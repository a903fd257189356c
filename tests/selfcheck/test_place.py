"""Where the public part of the assignment is found: beside the notebook, above it, inside it, or where the student says."""

from __future__ import annotations

import shutil
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.course import AssignmentFolder
from grader.errors import UsageError
from grader.kit import SUFFIX
from grader.selfcheck.place import find, own_file
from grader.submission import read_notebook


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AssignmentFolder]:
    """Looks from a folder; nothing of Jupyter's around."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)

    def look(here: Path, named: str | Path | None = None, **caller: Any) -> AssignmentFolder:
        monkeypatch.chdir(here)
        return find(named, caller, tmp_path / "kits")

    return look


def test_the_small_file_beside_it(found: Any, handed_out: Path, tmp_path: Path) -> None:
    shutil.copy(handed_out / f"tiny_mlp{SUFFIX}", tmp_path / f"whatever{SUFFIX}")
    folder = found(tmp_path)
    assert folder.name == "tiny_mlp"
    assert folder.assignment(hidden=False).exercises
    assert folder.expectations("none", hidden=False).checks


def test_of_several_files_the_one_of_the_notebook(found: Any, handed_out: Path, tmp_path: Path) -> None:
    for name in ("tiny_mlp", "other"):
        shutil.copy(handed_out / f"tiny_mlp{SUFFIX}", tmp_path / f"{name}{SUFFIX}")
    with pytest.raises(UsageError, match="other, tiny_mlp"):
        found(tmp_path)
    notebook = shutil.copy(handed_out / "tiny_mlp.ipynb", tmp_path / "renamed.ipynb")
    assert found(tmp_path, __vsc_ipynb_file__=str(notebook)).name == "tiny_mlp"


def test_the_notebook_alone_carries_it(
    found: Any, notebook_alone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert found(notebook_alone.parent).name == "tiny_mlp", "the only one in its folder"
    (notebook_alone.parent / "notes.ipynb").write_text("{}")
    (notebook_alone.parent / "broken.ipynb").write_text("{")
    assert found(notebook_alone.parent).name == "tiny_mlp"
    monkeypatch.setenv("JPY_SESSION_NAME", f"somewhere/of/the/server/{notebook_alone.name}")
    monkeypatch.chdir(notebook_alone.parent)
    assert own_file({}) == notebook_alone.resolve()
    assert find(None, {}, tmp_path / "kits").name == "tiny_mlp"


def test_on_colab_the_page_is_asked(
    found: Any, handed_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as that can be tried here: the answer has the form that other projects rely on."""
    notebook = read_notebook((handed_out / "tiny_mlp.ipynb").read_bytes())
    asked: list[str] = []

    def blocking_request(what: str, request: str = "", timeout_sec: float = 5) -> dict[str, Any]:
        asked.append(what)
        return {"ipynb": notebook}

    page = types.ModuleType("google.colab._message")
    page.blocking_request = blocking_request  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab._message", page)
    assert found(tmp_path).name == "tiny_mlp"
    assert asked == ["get_ipynb"]
    del page.blocking_request
    with pytest.raises(UsageError, match="not here"):
        found(tmp_path)


@pytest.mark.parametrize("how", ["file", "folder of the file", "folder of the course", "notebook"])
def test_where_the_student_says(found: Any, handed_out: Path, tmp_path: Path, how: str) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(handed_out / f"tiny_mlp{SUFFIX}", alone)
    places = {
        "file": alone / f"tiny_mlp{SUFFIX}",
        "folder of the file": alone,
        "folder of the course": Path(__file__).parents[2] / "assignments" / "tiny_mlp",
        "notebook": handed_out / "tiny_mlp.ipynb",
    }
    assert found(tmp_path, places[how]).name == "tiny_mlp"
    assert found(tmp_path, str(places[how])).name == "tiny_mlp"


@pytest.mark.parametrize("named", [None, "nowhere", "empty", "notes.ipynb", "notes.txt"])
def test_where_there_is_nothing_it_says_what_to_do(found: Any, tmp_path: Path, named: str | None) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.ipynb").write_text('{"cells": [], "metadata": {}}')
    (tmp_path / "notes.txt").write_text("no kit")
    with pytest.raises(UsageError) as refused:
        found(tmp_path, named)
    assert refused.value.remedy


def test_in_the_course_the_folder_itself(found: Any) -> None:
    public = Path(__file__).parents[2] / "assignments" / "mnist_dense"
    assert found(public).public.resolve() == public.resolve()
