"""Where nothing more can be written: the work goes on, and the exit code says what it always says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")


def lint(tmp_path: Path, *, stdout: str | None = None, stderr: str | None = None) -> subprocess.CompletedProcess[str]:
    """Lints one case that needs no kernel, with an output that is full."""
    command = [sys.executable, "-m", "grader", "lint", "tiny_mlp", "--only", "starter", "--course", str(ROOT)]
    command += ["--workspace", str(tmp_path), "--sandbox", "any", "-j", "1"]
    with Path(stdout or "/dev/null").open("w") as out, Path(stderr or "/dev/null").open("w") as err:
        return subprocess.run(
            command,
            stdout=out if stdout else subprocess.PIPE,
            stderr=err if stderr else subprocess.PIPE,
            text=True,
            check=False,
        )


def test_progress_that_cannot_be_shown_stops_nothing(tmp_path: Path) -> None:
    done = lint(tmp_path, stderr="/dev/full")
    assert done.returncode == 0
    assert "1 of 1 earn 0" in done.stdout


def test_a_result_that_cannot_be_shown_is_no_failed_one(tmp_path: Path) -> None:
    done = lint(tmp_path, stdout="/dev/full")
    assert done.returncode == 3
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_neither_can_be_shown(tmp_path: Path) -> None:
    assert lint(tmp_path, stdout="/dev/full", stderr="/dev/full").returncode == 3
