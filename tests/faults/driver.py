"""Does something in a child process again and again, kills it at another file operation each time, and looks what is left.

`python driver.py KIND FOLDER [MOST]` prints how often; MOST bounds the places, spread over all there are.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import fake_slots
import nbformat
import sqlalchemy
from fake_slots import MARKS

from grader.assignment import Assignment, Exercise, Limits
from grader.checks import Check, Outcome
from grader.cli.output import Destination
from grader.cli.results import Results
from grader.course import Course
from grader.datasets import standins
from grader.errors import GraderError
from grader.evidence import CellRun, Evidence
from grader.execute.job import Ended, How
from grader.execute.trainings import Trainings
from grader.expectations import Expectations
from grader.gradebook import Gradebook
from grader.hand_out import hand_out as handed_out
from grader.inside import tensors
from grader.job_folder import JobFolder
from grader.judge import judge
from grader.mark import Mark, Marks
from grader.marking import with_marks
from grader.pipeline import remark
from grader.report import SubmissionId
from grader.shared_files import LARGE_BYTES, SHARED, prune, share

SIZES = tuple(pages << 12 for pages in (1, 10, 24, 28, 34, 38, 45, 64, 100))
CHANGES = {
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.mkdir",
    "shutil.rmtree",
    "shutil.copyfile",
    "os.utime",
    "os.link",
    "sqlite3.connect",
}


class Countdown:
    """Kills this process at the n-th change of a file; counts them when n is 0."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.count = 0
        self.done = False

    def install(self) -> None:
        sys.addaudithook(self._audit)
        synced = os.fsync

        def fsync(fd: int) -> None:
            self.step()
            synced(fd)

        os.fsync = fsync
        for event in ("before_cursor_execute", "commit"):
            sqlalchemy.event.listen(sqlalchemy.engine.Engine, event, lambda *_: self.step())

    def _audit(self, event: str, args: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or event in CHANGES:
            self.step()

    def step(self) -> None:
        self.count += not self.done
        if self.count == self.place and not self.done:
            os.kill(os.getpid(), signal.SIGKILL)


def in_a_child(work: Callable[[], object], place: int = 0) -> tuple[bool, int]:
    """Whether it got to its end, and the number of changes."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        countdown = Countdown(place)
        countdown.install()
        try:
            work()
            countdown.done = True
            os.write(write, json.dumps(countdown.count).encode())
        except BaseException:  # noqa: BLE001 this process ends here
            sys.excepthook(*sys.exc_info())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        data = told.read()
    _, status = os.waitpid(pid, 0)
    assert data or os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "it failed by itself"
    return bool(data), json.loads(data) if data else 0


def everywhere(folder: Path, most: int, work: Callable[[Path], object], look: Callable[[Path], None]) -> int:
    """Kills at up to `most` places, each in a folder of its own; looks at what is left, and after doing it again."""
    whole = folder / "whole"
    finished, count = in_a_child(lambda: work(whole))
    assert finished
    places = sorted({1 + n * count // min(most, count) for n in range(min(most, count))} | {count})
    killed = 0
    for place in places:
        room = folder / f"at-{place}"
        shutil.copytree(folder / "before", room) if (folder / "before").exists() else room.mkdir()
        finished, _ = in_a_child(lambda room=room: work(room), place)
        killed += not finished
        try:
            look(room)
            assert in_a_child(lambda room=room: work(room))[0], "it can't be done again"
            look(room)
        except Exception as error:
            raise AssertionError(f"after a kill at {place} of {count}: {error}") from error
        shutil.rmtree(room)
    return killed


def grade(folder: Path, most: int) -> int:
    """Job folders, the examination store and the gradebook, by a whole grading."""
    fake_slots.course(folder / "course")
    fake_slots.calibrate(folder / "course", folder / "calibration")

    def work(room: Path) -> None:
        known = {path: path.stat().st_mtime_ns for path in room.glob("jobs/*/*/evidence.json")}
        assert fake_slots.scores(fake_slots.grade(folder / "course", room)) == MARKS
        assert all(path.stat().st_mtime_ns == then for path, then in known.items()), "graded twice"
        assert fake_slots.stored_marks(room) == MARKS

    def look(room: Path) -> None:
        for path in room.glob("jobs/*/*/evidence.json"):
            JobFolder(path=path.parent).load()
        for path in room.glob("examinations/*/*/examined.json"):
            json.loads(path.read_bytes())
        if (room / "gradebook.db").exists():
            assert fake_slots.stored_marks(room).items() <= MARKS.items()

    return everywhere(folder, most, work, look)


def calibrate(folder: Path, most: int) -> int:
    """Expectations: the old ones or the new ones, and what is public belongs to them."""

    def work(room: Path) -> None:
        if not (room / "course").exists():
            fake_slots.course(room / "course")
        fake_slots.calibrate(room / "course", room / "workspace")

    fake_slots.course(folder / "before" / "course")

    def look(room: Path) -> None:
        for path in room.glob("course/*/sums/expectations/*.json"):
            assert json.loads(path.read_bytes())["checks"]["network.parameters"]
        names = {path.name for path in room.glob("course/*/sums/expectations/*.json")}
        assert names <= {"none.json"}

    return everywhere(folder, most, work, look)


class Trainer:
    """Trains in no time."""

    def train(self, request: int, seed: int, folder: Path, *, limits: Limits, cancel: object) -> tuple[Ended, Path]:
        del request, seed, limits, cancel
        result = folder / "result"
        result.write_bytes(b"w" * 100_000)
        return Ended(how=How.COMPLETED, seconds=2.0), result

    def idle(self) -> bool:
        return False


def training(folder: Path, most: int) -> int:
    """The store of trainings holds whole answers only, and a lock that is left stops nobody."""

    def work(room: Path) -> None:
        store = Trainings(room / "trainings", Trainer(), {})
        request = tensors.packed({"text": "a"}, {})
        answer = store.answer(request, kind="fit", guess=10.0, left=60.0, limits=Limits())
        assert answer.how in {"trained", "stored"}

    def look(room: Path) -> None:
        for path in room.glob("trainings/*/*.safetensors"):
            assert path.stat().st_size == 100_000

    return everywhere(folder, most, work, look)


def report(folder: Path, most: int) -> int:
    """Every format in a folder: the old file or the new one."""
    fake_slots.course(folder / "course")
    fake_slots.calibrate(folder / "course", folder / "calibration")
    reports = fake_slots.grade(folder / "course", folder / "workspace")
    formats = ("json", "csv", "html", "markdown", "junit")

    def work(room: Path) -> None:
        results = Results()
        for one in reports.values():
            results.add(one)
        destination = Destination.choose(formats, room / "out", audience=None, student=None)
        with contextlib.redirect_stderr(io.StringIO()):
            destination.write(results)

    def look(room: Path) -> None:
        ends = {".json": "}", ".csv": "\n", ".html": "</html>", ".md": "", ".xml": ">"}
        for path in room.glob("out/[!.]*"):
            text = path.read_text()
            assert text.rstrip(" \n").endswith(ends[path.suffix].rstrip("\n")), path
            assert text, path

    return everywhere(folder, most, work, look)


def gradebook(folder: Path, most: int) -> int:
    """Results come in whole batches."""
    fake_slots.course(folder / "course")
    fake_slots.calibrate(folder / "course", folder / "calibration")
    reports = list(fake_slots.grade(folder / "course", folder / "workspace").values())

    def work(room: Path) -> None:
        with Gradebook.at(room / "gradebook.db", "1") as book:
            run = book.start("sums", kind="grade", data_source="none")
            book.add(run, [(one, "job") for one in reports])
            book.finish(run)

    def look(room: Path) -> None:
        with Gradebook.at(room / "gradebook.db", "1") as book:
            found = {result.student: result.report.score for result in book.latest("sums")}
        assert found in ({}, MARKS)

    return everywhere(folder, most, work, look)


def marks(folder: Path, most: int) -> int:
    """A human's decision and the report that has it; a decision that was kept is in every later report."""
    held = Check(
        name="held", title="held", judge=lambda evidence, _: Outcome(score=float(evidence.cells[0].index == 0))
    )
    assignment = Assignment(
        name="sums", title="Sums", exercises=(Exercise(name="run", title="Run", points=4, checks=(held,)),)
    )
    known = Expectations(
        assignment="sums", data_source="none", seeds=(1,), checks={}, reference=Evidence(cells=(CellRun(index=0),))
    )
    one = judge(assignment, Evidence(), known, submission=SubmissionId(student="ada", file="", sha256="a"))
    (folder / "before").mkdir()
    with Gradebook.at(folder / "before/gradebook.db", "1") as book:
        book.add(book.start("sums", kind="grade", data_source="none"), [(one, "job")])

    def work(room: Path) -> None:
        with Gradebook.at(room / "gradebook.db", "1") as book:
            if not book.mark_trail("sums"):
                book.mark("sums", [Mark(student="ada", exercise="run.held", points=3, answer="a")])
            remark("sums", {"ada"}, book)

    def look(room: Path) -> None:
        with Gradebook.at(room / "gradebook.db", "1") as book:
            trail = book.mark_trail("sums")
            (found,) = book.latest("sums")
        assert len(trail) <= 1
        assert (found.report.score, found.report.waiting) in ((0, 4), (3, 0))
        assert with_marks(found.report, Marks(trail)).score == 3 * len(trail)

    return everywhere(folder, most, work, look)


def stand_in(folder: Path, most: int) -> int:
    """A stand-in is whole, or made again when it is wanted."""

    def work(room: Path) -> None:
        os.environ["GRADER_CACHE"] = str(room)
        arrays = standins.read("boston_housing")
        assert {name: array.shape for name, array in arrays.items()} == {"x": (506, 13), "y": (506,)}

    return everywhere(folder, most, work, lambda room: work(room) if room.exists() else None)


def shared(folder: Path, most: int) -> int:
    """Files that are kept once stay whole under each of their names."""
    weights = b"w" * LARGE_BYTES
    for job in ("a", "b", "c"):
        (folder / "before" / job).mkdir(parents=True)
        (folder / "before" / job / "0001.npz").write_bytes(weights)

    def work(room: Path) -> None:
        if not room.exists():
            shutil.copytree(folder / "before", room)
        prune(room / SHARED)
        for job in ("a", "b", "c"):
            share(room / job, room / SHARED)

    def look(room: Path) -> None:
        assert all((room / job / "0001.npz").read_bytes() == weights for job in ("a", "b", "c"))

    return everywhere(folder, most, work, look)


def hand_out(folder: Path, most: int) -> int:
    """What is given to a class is whole, or not there."""
    fake_slots.course(folder / "course")
    nbformat.write(fake_slots.notebook("network = ..."), folder / "course/assignments/sums/sums.ipynb")
    fake_slots.calibrate(folder / "course", folder / "calibration")
    source = Course(root=folder / "course").folder("sums")
    files: set[str] = set()

    def work(room: Path) -> None:
        if not (room / "sums").exists():
            room.mkdir(exist_ok=True)
            handed_out(source, room)

    def look(room: Path) -> None:
        found = {str(path.relative_to(room)) for path in room.glob("sums/**/*") if path.is_file()}
        assert found in (set(), files)

    work(folder / "known")
    files |= {str(p.relative_to(folder / "known")) for p in folder.glob("known/sums/**/*") if p.is_file()}
    assert len(files) >= 3
    return everywhere(folder, most, work, look)


def refusals(folder: Path, most: int, limit: Callable[[int], None], free: Callable[[], None]) -> int:
    """Grades with ever less room; what is refused is said and no mark, and when there is room again it goes on."""
    fake_slots.course(folder / "course")
    fake_slots.calibrate(folder / "course", folder / "calibration")
    workspace = folder / "workspace"
    workspace.mkdir()
    refused = 0
    for size in SIZES[:: -(-len(SIZES) // most)]:
        free()
        for path in workspace.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        pid = os.fork()
        if pid == 0:
            try:
                limit(size)
                os._exit(_refused(folder))
            except BaseException:  # noqa: BLE001 likewise
                sys.excepthook(*sys.exc_info())
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert code in {0, 3}, f"{size} bytes: exit {code}"
        refused += code == 3
        free()
        if (workspace / "gradebook.db").exists():
            stored = fake_slots.stored_marks(workspace)
            assert all(score in (None, MARKS[student]) for student, score in stored.items()), stored
        assert fake_slots.scores(fake_slots.grade(folder / "course", workspace)) == MARKS
        assert fake_slots.stored_marks(workspace) == MARKS
    return refused


def _refused(folder: Path) -> int:
    try:
        found = fake_slots.scores(fake_slots.grade(folder / "course", folder / "workspace"))
    except GraderError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    wrong = {student for student, score in found.items() if score != MARKS[student]}
    assert all(found[student] is None for student in wrong), found
    return 3 if wrong else 0


def full(folder: Path, most: int) -> int:
    """A file system of its own; needs mounts of one's own."""

    def room(size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(folder / "workspace")], check=True)

    def free() -> None:
        if not os.path.ismount(folder / "workspace"):
            subprocess.run(["mount", "-t", "tmpfs", "none", str(folder / "workspace")], check=True)
        room(100 << 20)

    return refusals(folder, most, room, free)


def file_size(folder: Path, most: int) -> int:
    """No file may be longer: the system refuses what is past it."""

    def limit(size: int) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return refusals(folder, most, limit, lambda: None)


def main() -> None:
    kind, folder, most = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
    if kind in {"full", "file_size"}:
        told = {"refused": globals()[kind](folder, most)}
    else:
        told = {"killed": globals()[kind](folder, most)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
