"""The real nbgrader and Otter, each in an environment of its own (`.ci/peers`), and a course to import into."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.cli import run

PLACES = ("GRADER_TEST_PEERS", "GRADER_BENCHMARK_ENVIRONMENTS")
"""Environment variables that name the folder with both environments; `benchmarks` makes larger ones, which do as well."""

Peer = Callable[..., str]


def programs(name: str) -> Path:
    """The folder of a peer's programs; skips the test where it isn't."""
    folders = [Path(os.environ[place]) / name for place in PLACES if os.environ.get(place)]
    found = next((folder / "bin" for folder in folders if (folder / ".ready").is_file()), None)
    if found is None:
        pytest.skip(f"{name} is not here: `.ci/peers FOLDER`, and GRADER_TEST_PEERS=FOLDER")
    return found


def peer(name: str) -> Peer:
    """Runs one of the peer's programs and returns what it printed."""
    folder = programs(name)

    def call(*arguments: str, cwd: Path) -> str:
        env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(
            [str(folder / arguments[0]), *arguments[1:]], cwd=cwd, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="session")
def nbgrader() -> Peer:
    return peer("nbgrader")


@pytest.fixture(scope="session")
def otter() -> Peer:
    return peer("otter")


class Imported:
    """A course with one imported assignment."""

    def __init__(self, root: Path, kind: str, source: Path, name: str) -> None:
        self.root, self.name = root, name
        (root / "assignments").mkdir(parents=True)
        assert run(["import", kind, str(source), "--name", name, "--course", str(root)]) == 0
        assert run(["calibrate", name, "--runs", "2", "--sandbox", "any", "--course", str(root)]) == 0

    def starter(self) -> Path:
        return self.root / "assignments" / self.name / f"{self.name}.ipynb"

    def solution(self) -> Path:
        return self.root / "reference" / self.name / "solution.ipynb"

    def grade(self, folder: Path) -> Mapping[str, dict[str, Any]]:
        """Reports by student."""
        out = self.root / "out" / folder.name
        arguments = ["grade", self.name, str(folder), "--course", str(self.root), "--sandbox", "any", "--jobs", "1"]
        assert run([*arguments, "--format", "json", "--output", str(out)]) in {0, 1}
        reports = json.loads((out / "class.json").read_text())["reports"]
        return {report["submission"]["student"]: report for report in reports}


def points(report: Mapping[str, Any], exercise: str = "") -> dict[str, float]:
    """Points by check, of one exercise or of all."""
    found = [f for f in report["findings"] if exercise in {"", f["exercise"]} and f["check"] != "answer"]
    return {f["check"]: f["points"] for f in found}


def answers(report: Mapping[str, Any]) -> dict[str, str]:
    """Verdict by exercise, of what a human marks."""
    return {f["exercise"]: f["verdict"] for f in report["findings"] if f["check"] == "answer"}
