"""The machine fails in the middle of grading: nobody gets a zero for it, the others get their marks, and a run resumes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import fake_slots
import pytest
from fake_slots import MARKS, FakeSandbox

import grader
from grader import pipeline
from grader.course import Course
from grader.evidence import Status
from grader.examination import Examinations
from grader.execute import keeper
from grader.execute.frames import FrameReader
from grader.execute.trainings import Trainings
from grader.execute.worker import Worker
from grader.gradebook import Gradebook
from grader.held_out import Shelf
from grader.job_folder import JobFolder
from grader.pipeline import grading, observing


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    fake_slots.course(folder, seconds=2)
    fake_slots.calibrate(folder, folder / ".calibration")
    return folder


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "MARGIN_SECONDS", 0.5)


def ungraded(report) -> bool:
    return report.status is Status.MACHINE_ERROR and report.score is None


def test_a_job_folder_that_goes_while_the_notebook_runs(root: Path, tmp_path: Path) -> None:
    def listen(progress: pipeline.Progress) -> None:
        if progress.student == "ada" and progress.stage == "running" and progress.cell == 2:
            fake_slots.gone(tmp_path)

    slow = FakeSandbox(faults={"student": {"seconds": 0.1}})
    found = fake_slots.grade(root, tmp_path, slow, listen=listen)
    assert ungraded(found["ada"])
    assert all(ungraded(report) or report.score == MARKS[student] for student, report in found.items())
    assert fake_slots.scores(fake_slots.grade(root, tmp_path)) == MARKS


def test_a_job_folder_that_goes_before_the_models_are_examined(root: Path, tmp_path: Path) -> None:
    def listen(progress: pipeline.Progress) -> None:
        if progress.student == "ada" and progress.stage == "examining":
            fake_slots.gone(tmp_path)

    found = fake_slots.grade(root, tmp_path, listen=listen)
    assert ungraded(found["ada"])
    assert all(ungraded(report) or report.score == MARKS[student] for student, report in found.items())
    assert fake_slots.scores(fake_slots.grade(root, tmp_path)) == MARKS


def test_job_folders_that_are_gone_when_stored_evidence_is_judged_again(root: Path, tmp_path: Path) -> None:
    fake_slots.grade(root, tmp_path)
    fake_slots.gone(tmp_path)
    with Gradebook.at(tmp_path / "gradebook.db", "1") as book:
        again = list(pipeline.regrade(Course(root=root).folder("sums"), tmp_path, book))
    assert all(ungraded(report) for report in again)
    assert "run it again" in again[0].reason
    assert fake_slots.stored_marks(tmp_path) == MARKS, "the marks stand"


def test_stored_evidence_that_is_damaged(root: Path, tmp_path: Path) -> None:
    fake_slots.grade(root, tmp_path)
    for file in tmp_path.glob("jobs/sums/*/evidence.json"):
        file.write_bytes(file.read_bytes()[:100])
    with Gradebook.at(tmp_path / "gradebook.db", "1") as book:
        again = list(pipeline.regrade(Course(root=root).folder("sums"), tmp_path, book))
    assert all(ungraded(report) for report in again)
    assert fake_slots.stored_marks(tmp_path) == MARKS
    assert fake_slots.scores(fake_slots.grade(root, tmp_path)) == MARKS


@pytest.mark.parametrize("file", ["models/0001.json", "values/0001.json", "cells/0001.json"])
def test_a_record_that_is_gone_from_a_run_that_is_over(root: Path, tmp_path: Path, file: str) -> None:
    fake_slots.grade(root, tmp_path)
    for folder in tmp_path.glob("jobs/sums/*"):
        (folder / "evidence.json").unlink()
        (folder / file).write_bytes(b"")
    assert fake_slots.scores(fake_slots.grade(root, tmp_path)) == MARKS


def test_a_known_examination_that_is_damaged(root: Path, tmp_path: Path) -> None:
    fake_slots.grade(root, tmp_path)
    known = list(tmp_path.glob("examinations/*/*/examined.json"))
    assert known
    for damage in (b"", b"{}", b'{"unpredicted": {}}', b"[]", b"\xff"):
        for file in known:
            file.write_bytes(damage)
        assert fake_slots.scores(fake_slots.grade(root, tmp_path, fresh=True)) == MARKS, damage


@pytest.mark.parametrize("where", ["first", "cell", "end"])
def test_a_kernel_that_never_answers(root: Path, tmp_path: Path, where: str) -> None:
    begun = time.monotonic()
    found = fake_slots.grade(
        root, tmp_path, FakeSandbox(faults={"student": {"hang": where}}), submissions=fake_slots.class_of_three()[:1]
    )
    assert time.monotonic() - begun < 60, "a busy machine may stretch the limits to three times themselves"
    if where == "first":
        # No line of the notebook ran: that is not the student's.
        assert ungraded(found["ada"])
        assert fake_slots.scores(fake_slots.grade(root, tmp_path)) == MARKS
    elif where == "cell":
        assert found["ada"].status is Status.TIMEOUT
    else:
        assert fake_slots.scores(found) == {"ada": 5}, "all was said before it stopped answering"


@pytest.mark.parametrize("where", ["start", "first"])
def test_an_examiner_that_never_answers(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr("grader.execute.worker.START_SECONDS", 1.0)
    stuck = FakeSandbox(faults={"trusted": {"hang": where}})
    found = fake_slots.grade(root, tmp_path, stuck, submissions=fake_slots.class_of_three()[:1])
    assert ungraded(found["ada"])
    assert fake_slots.scores(fake_slots.grade(root, tmp_path)) == MARKS


def test_a_sandbox_program_that_goes_halfway(root: Path, tmp_path: Path) -> None:
    program = tmp_path / "sandbox"
    program.write_text(f'#!/bin/sh\nexec {shutil.which("env")} python3 "$@"\n')
    program.chmod(0o755)

    def listen(progress: pipeline.Progress) -> None:
        if progress.student == "ada" and progress.stage == "running":
            program.unlink(missing_ok=True)

    sandbox = FakeSandbox(program=str(program), faults={"student": {"hang": "cell"}})
    found = fake_slots.grade(root, tmp_path, sandbox, listen=listen)
    assert all(ungraded(report) for report in found.values())
    assert "sandbox" in found["eve"].reason
    assert fake_slots.scores(fake_slots.grade(root, tmp_path)) == MARKS


PLACES = {
    "feed": (FrameReader, "feed"),
    "start": (Worker, "_start"),
    "ready": (Worker, "_wait_until_ready"),
    "do": (Worker, "do"),
    "settle": (Worker, "_settle"),
    "outcome": (keeper, "write_outcome"),
    "read": (JobFolder, "read"),
    "examined": (observing, "examined"),
    "known": (Examinations, "take"),
    "kept": (Examinations, "keep"),
    "measured": (Shelf, "measurements"),
    "shared": (observing, "share"),
    "save": (JobFolder, "save"),
    "judge": (grading, "judge"),
    "judged": ("grader.judge", "_suspicions"),
    "answers_in": (grading, "answers_in"),
    "with_marks": (grading, "with_marks"),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("before", [0, 2])
def test_the_grader_is_out_of_memory(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, before: int
) -> None:
    where = PLACES[place]
    times = iter([*([False] * before), True])
    whole = getattr(__import__(where[0], fromlist=["x"]) if isinstance(where[0], str) else where[0], where[1])

    def short(*args, **more):
        if next(times, False):
            raise MemoryError
        return whole(*args, **more)

    if isinstance(where[0], str):
        monkeypatch.setattr(f"{where[0]}.{where[1]}", short)
    else:
        monkeypatch.setattr(where[0], where[1], short)
    found = fake_slots.grade(root, tmp_path)
    wrong = [student for student, report in found.items() if report.score != MARKS[student]]
    assert len(wrong) <= 1
    assert all(ungraded(found[student]) for student in wrong)
    assert fake_slots.scores(fake_slots.grade(root, tmp_path)) == MARKS


@pytest.mark.timeout(60)
def test_out_of_memory_while_the_examiner_is_made_ready(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That happens beside the first notebook; whoever needs the examiner then must not wait for it without end."""
    failed = []

    def short(sandbox, room, **more):
        if room.role == "trusted" and not failed:
            failed.append(room)
            raise MemoryError
        return Worker(sandbox, room, **more)

    monkeypatch.setattr(keeper, "Worker", short)
    assert fake_slots.scores(fake_slots.grade(root, tmp_path)) == MARKS
    assert failed


def test_a_killed_grader_leaves_no_scratch_folder(root: Path, tmp_path: Path) -> None:
    program = (
        "import sys, fake_slots; from pathlib import Path; s = fake_slots.FakeSandbox(faults={'student': {'hang': 'cell'}})\n"
        "fake_slots.grade(Path(sys.argv[1]), Path(sys.argv[2]), s)"
    )
    scratch = Path(tempfile.mkdtemp(prefix="grader-test-"))
    environment = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(Path(fake_slots.__file__).parent)}
    grading = subprocess.Popen([sys.executable, "-c", program, str(root), str(tmp_path)], env=environment)
    try:
        until = time.monotonic() + 30
        while not list(scratch.glob("grader-*/work")) and time.monotonic() < until:
            time.sleep(0.05)
        assert list(scratch.glob("grader-*/work"))
        time.sleep(0.5)
        os.kill(grading.pid, signal.SIGKILL)
        grading.wait()
        until = time.monotonic() + 10
        while list(scratch.glob("grader-*")) and time.monotonic() < until:
            time.sleep(0.05)
        assert not list(scratch.glob("grader-*"))
    finally:
        grading.kill()
        shutil.rmtree(scratch, ignore_errors=True)


def test_what_a_killed_training_left_is_cleared_in_time(tmp_path: Path) -> None:
    for name, age in (("old", 3 * 24 * 3600), ("new", 3600)):
        (tmp_path / f".training-{name}").mkdir()
        os.utime(tmp_path / f".training-{name}", (time.time() - age,) * 2)
    Trainings(tmp_path, None, {})
    assert [path.name for path in tmp_path.iterdir()] == [".training-new"]


def test_a_clock_that_jumps(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import grader.gradebook.store as store

    real, times = store.datetime, iter(range(1000))

    class Jumping(real):
        @classmethod
        def now(cls, tz=None):
            return real(2000 + (next(times) * 37) % 60, 1, 1, tzinfo=tz)

    monkeypatch.setattr(store, "datetime", Jumping)
    monkeypatch.setattr(time, "time", lambda: (next(times) * 1e7) % 4e9)
    for marks in ({"ada": 5.0}, {"ada": 3.0}, {"ada": 5.0}, {"ada": 3.0}):
        cells = fake_slots.RIGHT if marks["ada"] == 5 else fake_slots.WRONG
        found = fake_slots.grade(root, tmp_path, submissions=[fake_slots.submission("ada", *cells)])
        assert fake_slots.scores(found) == fake_slots.stored_marks(tmp_path) == marks, "the last one graded counts"


def test_no_deadline_hangs_on_the_clock_that_jumps() -> None:
    package = Path(grader.__file__).parent
    # The store of trainings compares the times of files with it, which can at worst remove too much of a cache.
    timing = [p for p in (package / "execute").rglob("*.py") if p.name != "trainings.py"]
    timing += [*(package / "schedule").rglob("*.py"), package / "inside/runner.py"]
    for file in [*timing, package / "inside/slot.py", package / "inside/kernel.py"]:
        text = file.read_text()
        assert "time.time(" not in text, file
        assert "datetime.now" not in text, file
