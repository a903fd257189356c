"""Checks as pytest items: `pytest --grader mnist_dense notebook.ipynb`.

pytest loads this file in every run, so it imports nothing but pytest until `--grader` is given. A notebook is graded once,
when the first of its checks is asked for; under xdist the first process to ask grades them all, and the others wait.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.course import AssignmentFolder
    from grader.report import Finding, Report

RUNS = "the notebook runs"
"""Name of the item that stands for the run itself."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's options."""
    group = parser.getgroup("grader", "grading notebooks")
    group.addoption("--grader", metavar="ASSIGNMENT", help="Collect notebooks as submissions of this assignment.")
    group.addoption("--grader-course", metavar="DIR", help="Folder that holds assignments/ and reference/.")
    group.addoption("--grader-workspace", metavar="DIR", help="Where evidence is kept; .grader in the course.")
    group.addoption("--grader-public", action="store_true", help="Public checks only, also where the reference is.")
    group.addoption("--grader-data", choices=["keras", "stand-in"], help="Data source.")
    group.addoption("--grader-recipe", metavar="NAME", help="The assignment's smaller form by this name.")
    group.addoption("--grader-jobs", type=int, metavar="N", help="Notebooks at once.")
    group.addoption(
        "--grader-sandbox",
        choices=["auto", "any", "bubblewrap", "landlock", "none"],
        default="auto",
        help="auto: the best isolation that works here, else none of them passes.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Reads the assignment, so that a wrong name ends the run at once."""
    if config.getoption("--grader") is None:
        return
    from grader.errors import GraderError

    try:
        config.stash[_GRADES] = _Grades(config)
    except GraderError as error:
        raise pytest.UsageError(f"--grader: {error}") from error


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes what the processes shared."""
    if (grades := config.stash.get(_GRADES, None)) is not None:
        grades.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a process of xdist's where results are shared."""
    if (grades := node.config.stash.get(_GRADES, None)) is not None:
        node.workerinput["grader_shared"] = str(grades.shared)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Which assignment, and whether hidden checks are among the items."""
    grades = config.stash.get(_GRADES, None)
    if grades is None:
        return None
    return f"grader: {grades.folder.name}, {'with' if grades.hidden else 'without'} hidden checks"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Notebooks are submissions."""
    if parent.config.stash.get(_GRADES, None) is None or file_path.suffix != ".ipynb":
        return None
    if file_path.is_relative_to(parent.config.rootpath):
        return NotebookFile.from_parent(parent, path=file_path)
    # pytest has no name of its own for a file that is not below the root.
    name = Path(os.path.relpath(file_path, parent.config.rootpath)).as_posix()
    return NotebookFile.from_parent(parent, path=file_path, nodeid=name)


class CheckFailed(Exception):
    """A check that failed or passed in part; its text is what the student reads."""


class NotGraded(Exception):
    """A fault of the machine, the grader or the assignment: an error in pytest's words, no failure."""


class NotebookFile(pytest.File):
    """A submission; its items are known without running it."""

    def collect(self) -> Iterable[pytest.Item]:
        """The run, and each check."""
        yield CheckItem.from_parent(self, name=RUNS, finding=None)
        grades = self.config.stash[_GRADES]
        grades.paths.append(self.path)
        for finding in grades.asked():
            name = f"{finding.exercise}::{finding.check}"
            yield CheckItem.from_parent(self, name=name, finding=finding)


class CheckItem(pytest.Item):
    """One check of one notebook; without a check, its run."""

    def __init__(self, *, finding: Finding | None, **more: Any) -> None:
        super().__init__(**more)
        self._asked = finding
        self._found: Finding | None = None

    def setup(self) -> None:
        """Has the notebook graded, if it isn't yet; what is no student's fault ends here."""
        from grader.evidence import Status
        from grader.report import Verdict

        self._report = report = self.config.stash[_GRADES].report(self.path)
        if report.status is Status.MACHINE_ERROR:
            raise NotGraded(report.reason)
        if self._asked is None:
            return
        key = (self._asked.exercise, self._asked.check)
        self._found = found = next((f for f in report.findings if (f.exercise, f.check) == key), None)
        if found is None:
            pytest.skip("not looked at")
        self.user_properties += [("points", found.points), ("max_points", found.max_points)]
        if found.verdict in {Verdict.SKIPPED, Verdict.WAITING}:
            pytest.skip(found.message or found.title)
        if found.verdict is Verdict.BROKEN:
            raise NotGraded(found.message)

    def runtest(self) -> None:
        """Fails with the check's own words."""
        from grader.evidence import Status
        from grader.report import Verdict

        if self._found is None and self._report.status is not Status.GRADED:
            raise CheckFailed("\n".join(_run(self._report)))
        if self._found is not None and self._found.verdict is not Verdict.PASSED:
            raise CheckFailed("\n".join(_reason(self._found)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *more: Any) -> Any:
        """No traceback: it would be of the grader."""
        if isinstance(excinfo.value, CheckFailed | NotGraded):
            from grader.render.escape import visible

            return visible(str(excinfo.value), keep="\n")
        return super().repr_failure(excinfo, *more)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The notebook and, once it is known, the line of the cell."""
        return self.path, None, self.name if self._asked is None else f"{self.name}: {self._asked.title}"


def _run(report: Report) -> Iterator[str]:
    from grader.render import wording

    yield report.reason or wording.STATUS_SENTENCE[report.status]
    for failure in wording.failures(report.cells):
        yield f"cell {failure.cell.index}: {wording.what_happened(failure.cell)}"


def _reason(finding: Finding) -> Iterator[str]:
    from grader.render import wording

    cell = f" (cell {finding.cell})" if finding.cell is not None else ""
    yield f"{finding.message or finding.title}{cell}"
    for label, text in (("expected", finding.expected), ("received", finding.received), ("try", finding.hint)):
        if text:
            yield f"{label}: {text}"
    yield f"points: {wording.earned(finding)}"


class _Grades:
    """What this run's notebooks came to; shared by the processes of one run."""

    def __init__(self, config: pytest.Config) -> None:
        from grader.course import Course

        self._config = config
        course = Course.find(Path(config.getoption("--grader-course") or config.invocation_params.dir))
        self.folder: AssignmentFolder = course.folder(config.getoption("--grader")).by(
            config.getoption("--grader-recipe")
        )
        self.hidden = self.folder.private is not None and not config.getoption("--grader-public")
        self._workspace = Path(config.getoption("--grader-workspace") or course.root / ".grader").absolute()
        self.paths: list[Path] = []
        self._reports: dict[Path, Report] = {}
        told = getattr(config, "workerinput", {}).get("grader_shared")
        self._own = None if told else tempfile.TemporaryDirectory(prefix="grader-pytest-")
        self.shared = Path(told or (self._own.name if self._own else ""))

    def close(self) -> None:
        if self._own is not None:
            self._own.cleanup()

    def asked(self) -> tuple[Finding, ...]:
        """Every check of the assignment, as it is judged where nothing was done."""
        from grader.evidence import Evidence, Status
        from grader.judge import judge
        from grader.report import SubmissionId

        nobody = SubmissionId(student="", file="", sha256="")
        nothing = Evidence(status=Status.NOT_ATTEMPTED)
        return judge(self.folder.assignment(hidden=self.hidden), nothing, None, submission=nobody).findings

    def report(self, path: Path) -> Report:
        """The notebook's report; the first call grades every notebook that was collected."""
        if path not in self._reports:
            with self._alone():
                self._read()
                if path not in self._reports:
                    self._grade()
        return self._reports[path]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        import fcntl

        with (self.shared / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _kept(self, path: Path) -> Path:
        from hashlib import sha256

        return self.shared / f"{sha256(str(path).encode(errors='surrogateescape')).hexdigest()}.json"

    def _read(self) -> None:
        from grader.records import decode
        from grader.report import Report

        for path in self.paths:
            if (kept := self._kept(path)).is_file():
                self._reports[path] = decode(kept.read_bytes(), Report, where=str(path))

    def _grade(self) -> None:
        from grader.execute.sandbox import named_sandbox
        from grader.job_folder import write_atomically
        from grader.pipeline import Grading
        from grader.records import encode
        from grader.submission import collect
        from grader.workers import workers_for

        paths = list(dict.fromkeys(self.paths))
        found = collect(paths)
        option = self._config.getoption
        workers = workers_for(
            self.folder,
            self._workspace,
            named_sandbox(option("--grader-sandbox")),
            jobs=option("--grader-jobs"),
            data=option("--grader-data"),
            count=len(paths),
            hidden=self.hidden,
        )
        with workers:
            grading = Grading(folder=self.folder, workspace=self._workspace, workers=workers, hidden=self.hidden)
            for graded in grading.grade(found):
                path = paths[found.students.index(graded.submission.student)]
                self._reports[path] = graded.report
                write_atomically(self._kept(path), encode(graded.report))


_GRADES = pytest.StashKey[_Grades]()
