"""A grading that is killed, at any moment and again and again, ends with the marks of one that was left alone."""

from __future__ import annotations

import contextlib
import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from grader.course import Course

ROOT = Path(__file__).parents[2]
CLASS = 8
LONGEST_SECONDS = 14.0
MARK = "GRADER_TEST_KILLED"


def _class(folder: Path) -> Path:
    """Some right and some wrong notebooks of the smallest assignment."""
    assignment = Course(root=ROOT).folder("tiny_mlp")
    folder.mkdir()
    chosen = sorted(assignment.variants(), key=lambda variant: variant.name)[:: 52 // CLASS][:CLASS]
    for variant in chosen:
        nbformat.write(assignment.variant_notebook(variant), folder / f"{variant.name}.ipynb")
    return folder


def _command(submissions: Path, workspace: Path) -> list[str]:
    grader = str(Path(sys.executable).with_name("grader"))
    places = ["--course", str(ROOT), "--workspace", str(workspace), "--output", str(workspace / "marks.csv")]
    return [grader, "grade", "tiny_mlp", str(submissions), *places, "--format", "csv", "--sandbox", "any", "-j", "2"]


def _marks(workspace: Path) -> list[dict[str, str]]:
    with (workspace / "marks.csv").open(newline="") as table:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(table)]


def _finished(workspace: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in workspace.glob("jobs/*/*/evidence.json")}


def _left(mark: str) -> list[str]:
    """What of a grader outlived it: its sandboxes' supervisors, which end last, and all that kept its environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                found.append(" ".join(process.cmdline())[:200])
    return found


def _kill_and_resume(folder: Path, kills: int) -> None:
    submissions = _class(folder / "class")
    calm, stormy = folder / "calm", folder / "stormy"
    subprocess.run(_command(submissions, calm), check=False, capture_output=True, timeout=400)
    chance = random.Random(20)
    known: dict[str, int] = {}
    for n in range(kills):
        mark = f"{os.getpid()}-{n}"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
        grading = subprocess.Popen(_command(submissions, stormy), env={**os.environ, MARK: mark}, **quiet)
        try:
            grading.wait(chance.uniform(0.2, LONGEST_SECONDS))
        except subprocess.TimeoutExpired:
            os.kill(grading.pid, signal.SIGKILL)
            grading.wait()
        until = time.monotonic() + 10
        while (left := _left(mark)) and time.monotonic() < until:
            time.sleep(0.2)
        assert not left, "processes outlive the grader"
        now = _finished(stormy)
        assert known.items() <= now.items(), "a finished notebook was run again"
        known = now
    done = subprocess.run(_command(submissions, stormy), check=False, capture_output=True, text=True, timeout=400)
    assert done.returncode == 1, done.stderr
    assert known.items() <= _finished(stormy).items()
    assert _marks(stormy) == _marks(calm)
    assert len(_marks(calm)) == CLASS


@pytest.mark.slow
def test_killed_twenty_times_and_resumed(tmp_path: Path) -> None:
    _kill_and_resume(tmp_path, 20)
