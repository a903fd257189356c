"""Waiting for a busy processor is not the notebook's fault; waiting for anything else is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from grader.inside.starvation import Starvation

BUSY = "import os\nos.sched_setaffinity(0, {%d})\nwhile True: pass"


@pytest.fixture
def rivals() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Three processes that want the same processor."""
    processor = min(os.sched_getaffinity(0))
    started = [subprocess.Popen([sys.executable, "-c", BUSY % processor]) for _ in range(3)]
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_a_process_that_shares_its_processor_starves(rivals: list[subprocess.Popen[bytes]]) -> None:
    time.sleep(0.3)
    starvation, begun = Starvation(rivals[0].pid), time.monotonic()
    while time.monotonic() < begun + 1.5:
        time.sleep(0.1)
        seconds = starvation.seconds()
    assert 0.3 * 1.5 < seconds <= time.monotonic() - begun


def test_a_process_that_sleeps_does_not() -> None:
    with subprocess.Popen(["sleep", "30"]) as sleeper:
        time.sleep(0.2)
        starvation = Starvation(sleeper.pid)
        time.sleep(0.5)
        assert starvation.seconds() < 0.1
        sleeper.kill()


def test_a_process_that_is_gone_does_not() -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    assert Starvation(gone.pid).seconds() == 0
