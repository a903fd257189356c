"""`pytest --grader`: items, reasons, and one grading however many processes ask."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from patient_course import patient_course

ROOT = Path(__file__).parents[1]
COUNTING = """
import grader.pipeline
original = grader.pipeline.Grading.grade

def grade(self, submissions):
    with open("graded", "a") as file:
        file.write("once ")
    return original(self, submissions)

grader.pipeline.Grading.grade = grade
"""


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), "-c", "/dev/null",
        "--grader=tiny_mlp", f"--grader-course={ROOT}", "--grader-workspace=store", "--grader-sandbox=any",
        "--grader-jobs=1", *more,
    ]  # fmt: skip
    # Other plugins take longer to load than this one to run.
    plugins = ["-p", "grader.pytest_plugin", "-p", "xdist.plugin"]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.run([*command, *plugins], cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "class").mkdir()
    shutil.copy(ROOT / "assignments/tiny_mlp/tiny_mlp.ipynb", tmp_path / "class/untouched.ipynb")
    (tmp_path / "class/broken.ipynb").write_text("{")
    return tmp_path


def cases(folder: Path, *more: str) -> dict[str, object]:
    done = run(folder, "--junitxml=found.xml", *more)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    (suite,) = JUnitXml.fromfile(str(folder / "found.xml"))
    return {f"{case.classname}::{case.name}": case for case in suite}


def test_checks_are_known_without_running_anything(folder: Path) -> None:
    done = run(folder, "--collect-only", "-q", "class/untouched.ipynb")
    lines = [line for line in done.stdout.splitlines() if "::" in line]
    assert lines[0] == "class/untouched.ipynb::the notebook runs"
    assert "class/untouched.ipynb::training::trained" in lines
    assert not (folder / "store").exists()


def test_hidden_checks_are_items_where_the_reference_is(folder: Path) -> None:
    def count(*more: str) -> int:
        done = run(folder, "--collect-only", "-q", "class/untouched.ipynb", *more)
        return sum("::" in line for line in done.stdout.splitlines())

    assert count() == count("--grader-public") + 1


def test_a_check_fails_with_its_own_words(folder: Path) -> None:
    done = run(folder, "class")
    assert "The notebook is the untouched starter." in done.stdout
    assert "points: 0/2" in done.stdout
    assert "Traceback" not in done.stdout
    assert "FAILED class/untouched.ipynb::training::trained" in done.stdout


@pytest.mark.slow
def test_processes_share_one_grading(folder: Path) -> None:
    (folder / "conftest.py").write_text(COUNTING)
    alone = cases(folder, "class")
    assert (folder / "graded").read_text() == "once "
    (folder / "graded").unlink()
    shared = cases(folder, "class", "-n", "2")
    assert (folder / "graded").read_text() == "once "
    assert {n: [type(r) for r in c.result] for n, c in alone.items()} == {
        n: [type(r) for r in c.result] for n, c in shared.items()
    }
    assert len(alone) == 2 * (len(alone) // 2) > 20


def test_it_is_there_once_installed_and_a_wrong_name_ends_the_run(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--grader=tiny_mpl", f"--grader-course={ROOT}", "-c", "/dev/null"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "did you mean tiny_mlp" in done.stderr


def test_without_the_option_notebooks_are_left_alone(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null", "class"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED


def test_loading_the_plugin_loads_nothing_else_of_ours() -> None:
    code = (
        "import pytest, sys; before = set(sys.modules); import grader.pytest_plugin; print(set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout.replace("'", '"').replace("{", "[").replace("}", "]"))) <= {
        "grader", "grader.pytest_plugin"
    }  # fmt: skip


@pytest.mark.slow
def test_verdicts_become_outcomes(folder: Path) -> None:
    solution = nbformat.read(ROOT / "reference/tiny_mlp/solution.ipynb", as_version=4)
    for cell in solution.cells:
        cell.source = cell.source.replace("np.exp(", "np.exp2(")
    nbformat.write(solution, folder / "wrong.ipynb")
    found = cases(folder, "wrong.ipynb", "-n", "2", f"--grader-course={patient_course(folder / 'course')}")
    results = {name.split("::", 1)[1]: [type(r) for r in case.result] for name, case in found.items()}
    assert results["the notebook runs"] == []
    assert [Failure] in [r for name, r in results.items() if name.startswith("softmax")]
    assert [Skipped] in results.values()
    assert [Error] not in results.values()
    assert sum(r == [] for r in results.values()) > 8
    assert '<property name="max_points" value="2' in (folder / "found.xml").read_text()
