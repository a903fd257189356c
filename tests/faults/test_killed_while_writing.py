"""A grader that is killed at any write, or whose disk is full at any size, leaves nothing that is half, double or zero.

The work happens in a process of its own, `driver.py`, whose children are killed at the n-th file operation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("driver.py")
TESTS = Path(__file__).parents[1]


def drive(kind: str, folder: Path, *more: str, prefix: tuple[str, ...] = ()) -> dict[str, object]:
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [*prefix, sys.executable, str(DRIVER), kind, str(folder), *more],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


WRITES = ["grade", "calibrate", "training", "report", "gradebook", "marks", "stand_in", "hand_out", "shared"]


@pytest.mark.parametrize("kind", ["grade", "training"])
def test_killed_at_some_writes(tmp_path: Path, kind: str) -> None:
    assert drive(kind, tmp_path, "3")["killed"] >= 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", WRITES)
def test_killed_at_many_writes(tmp_path: Path, kind: str) -> None:
    assert drive(kind, tmp_path, "40")["killed"] >= 8


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    own_mounts = ("unshare", "--user", "--map-root-user", "--mount")
    if subprocess.run([*own_mounts, "mount", "-t", "tmpfs", "none", str(tmp_path)], check=False).returncode:
        pytest.skip("no mounts of one's own here")
    assert drive("full", tmp_path, "3", prefix=own_mounts)["refused"] >= 2


@pytest.mark.slow
def test_files_past_the_size_that_is_allowed(tmp_path: Path) -> None:
    assert drive("file_size", tmp_path, "100")["refused"] >= 1
