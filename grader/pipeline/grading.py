"""A class of submissions, each on its way to a report; one bad notebook never stops the others."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.assignment import Compat
from grader.course import AssignmentFolder
from grader.early import Early
from grader.errors import MachineError
from grader.evidence import Evidence, Status
from grader.execute.job import RunSpec
from grader.gradebook import Gradebook
from grader.held_out import Shelf
from grader.job_folder import JobFolder
from grader.judge import as_second_attempt, judge
from grader.mark import Marks
from grader.marking import with_marks
from grader.notebook.align import align, restored
from grader.notebook.attempt import attempted
from grader.notebook.code_tests import CodeTestPlan, adopted, planned
from grader.notebook.doctor import examine as doctor
from grader.notebook.doctor.link import advised, died_of_dead_names
from grader.notebook.free_text import Written, answers_in
from grader.pipeline.notes import identity, own_fault, run_notes
from grader.pipeline.observing import around, observe, sources_of, stored_evidence
from grader.recipe import recipe_notes
from grader.report import Advice, Report, Severity
from grader.rerun import undecided
from grader.schedule import run_all
from grader.shared_files import SHARED, prune
from grader.submission import Submission
from grader.workers import Workers, job_key, run_spec


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Something happened to one submission."""

    student: str
    stage: str
    """`running`, `training`, `examining`, `done`."""
    passed: tuple[str, ...] = ()
    """While `training`: titles of the open checks that are passed already."""
    cell: int | None = None
    cells: int = 0
    """Number of code cells, once known."""
    report: Report | None = None
    """Once done."""


Listen = Callable[[Progress], None]


@dataclass(frozen=True, kw_only=True)
class Graded:
    """One submission's way through the pipeline."""

    submission: Submission
    report: Report
    job: JobFolder | None
    """Where its evidence is; None when nothing was run."""
    reused: bool = False
    """Whether stored evidence was judged again instead of running the notebook."""


@dataclass(kw_only=True)
class Grading:
    """Grades submissions of one assignment."""

    folder: AssignmentFolder
    workspace: Path
    workers: Workers
    hidden: bool = True
    """False for `grader check`: public checks and public expectations only."""
    fresh: bool = False
    """Run again even where evidence is stored."""
    cell_seconds: float | None = None
    """Overrides the assignment's time limit of one cell."""
    compat: bool = False
    """Give a notebook that dies of removed names a second attempt, also where the assignment doesn't say so."""
    listen: Listen = lambda _: None

    def __post_init__(self) -> None:
        self.assignment = self.folder.assignment(hidden=self.hidden)
        self.expectations = self.folder.expectations(self.workers.data_source, hidden=self.hidden)
        self.spec = run_spec(self.assignment, self.workers.data_source, self.assignment.seed)
        if self.cell_seconds is not None:
            self.spec = replace(self.spec, limits=replace(self.spec.limits, cell_seconds=self.cell_seconds))
        self.wanted = self.assignment.wanted()
        self.shelf = Shelf(data_source=self.workers.data_source)
        self._under_way: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._starter = self.folder.starter_notebook() if self.folder.starter.is_file() else None

    def grade(self, submissions: Iterable[Submission]) -> Iterator[Graded]:
        """Grades each submission; yields in the order of finishing. One bad notebook never stops the others."""
        prune(self.workspace / "jobs" / self.assignment.name / SHARED)
        for _, graded in run_all(submissions, self._one, at_once=self.workers.under_way, cancel=self.workers.cancel):
            self.listen(Progress(student=graded.submission.student, stage="done", report=graded.report))
            yield graded

    def _one(self, submission: Submission) -> Graded:
        try:
            return self._graded(submission)
        except Exception as error:  # noqa: BLE001 a fault of ours must not stop the class, and is reported as ours
            return self.at_fault(submission, error)

    def at_fault(self, submission: Submission, error: Exception) -> Graded:
        """A submission that could not be graded through the grader's own fault: without a mark, never zero."""
        report = Report(
            assignment=self.assignment.name,
            title=self.assignment.title,
            submission=identity(submission),
            status=Status.MACHINE_ERROR,
            reason=own_fault(error),
            score=None,
            max_score=sum(exercise.points for exercise in self.assignment.exercises),
            data_source=self.spec.data_source,
            recipe=self.assignment.recipe,
            sandbox=self.workers.sandbox.level,
        )
        return Graded(submission=submission, report=report, job=None)

    def _graded(self, submission: Submission) -> Graded:
        if self.wanted.tests and submission.notebook is not None and self._starter is not None:
            submission = replace(submission, notebook=adopted(submission.notebook, self._starter))
        graded = self._attempt(submission, self.spec)
        if submission.notebook is None:
            return graded
        notebook, restorations = self._aligned(submission.notebook)
        advice = self._advice(notebook)
        policy = self.assignment.compat or (Compat() if self.compat else None)
        if policy is not None and died_of_dead_names(graded.report, advice):
            first = graded.report.score
            second = self._attempt(submission, replace(self.spec, compat=True))
            report = as_second_attempt(second.report, policy.deduction, first)
            if (report.score or 0.0) > (first or 0.0):
                graded = replace(second, report=report)
        report = advised(graded.report, advice, notebook, self.assignment)
        return replace(graded, report=replace(report, notes=(*report.notes, *restorations)))

    def _aligned(self, notebook: NotebookNode) -> tuple[NotebookNode, tuple[str, ...]]:
        """The notebook with its exercises marked, as the doctor reads it, and what is to be said; marks don't need it."""
        if self._starter is None:
            return notebook, ()
        try:
            found = align(notebook, self._starter, self.assignment)
            return restored(notebook, found), found.notes
        except Exception as error:  # noqa: BLE001 as with advice: its failure must not cost the marks
            return notebook, (f"Its cells could not be aligned, {type(error).__name__}: {error}. A fault of Grader.",)

    def _advice(self, notebook: NotebookNode) -> tuple[Advice, ...]:
        try:
            return doctor(notebook, assignment=self.assignment, starter=self._starter)
        except Exception as error:  # noqa: BLE001 advice is worth no points: its failure must not cost the marks
            failed = f"the notebook doctor failed here, {type(error).__name__}: {error}"
            return (
                Advice(kind="habit", severity=Severity.MAY_SURPRISE, cell=None, what=failed, why="a fault of Grader"),
            )

    def _attempt(self, submission: Submission, spec: RunSpec) -> Graded:
        job: JobFolder | None = None
        reused = False
        further: tuple[Evidence, ...] = ()
        try:
            evidence, job, reused = self._evidence(submission, spec)
            if job is not None:
                further = self._further(submission, evidence, job, spec)
        except Exception as error:  # noqa: BLE001 a fault of ours must not stop the class, and is reported as ours
            evidence = Evidence(
                status=Status.MACHINE_ERROR, reason=own_fault(error), sandbox=self.workers.sandbox.level
            )
        answers = answers_in(submission.notebook, self._starter, self.assignment, evidence)
        report = self._judged(submission, evidence, further, answers)
        lost = answers is None and submission.notebook is not None
        notes = (
            *submission.notes,
            *(["Its answers in words could not be collected, a fault of Grader; they wait."] if lost else []),
            *recipe_notes(self.assignment, submission.notebook),
            *run_notes(evidence),
            *report.notes,
        )
        report = replace(report, notes=tuple(dict.fromkeys(notes)))
        return Graded(submission=submission, report=report, job=job, reused=reused)

    def _judged(
        self,
        submission: Submission,
        evidence: Evidence,
        further: Sequence[Evidence],
        answers: Mapping[str, Written] | None = None,
    ) -> Report:
        who = identity(submission)
        return judge(self.assignment, evidence, self.expectations, submission=who, further=further, written=answers)

    def _further(
        self, submission: Submission, evidence: Evidence, job: JobFolder, first: RunSpec
    ) -> tuple[Evidence, ...]:
        """Evidence of the runs with other seeds that the re-run rule asks for; each in a job folder of its own.

        Raises:
            MachineError: such a run could not be made, so that the mark is open.
        """
        found: list[Evidence] = []
        jobs: list[str] = []
        while undecided(
            self.assignment.rerun, self._judged(submission, evidence, found).findings, self.assignment.models_by_check()
        ):
            spec = replace(first, seed=self.assignment.rerun.seed(first.seed, len(found) + 1))
            again, folder, _ = self._evidence(submission, spec)
            if again.status is Status.MACHINE_ERROR or folder is None:
                raise MachineError(f"near a bound it could not be trained again: {again.reason}")
            found.append(again)
            jobs.append(folder.path.name)
        job.save_further(jobs)
        return tuple(found)

    def _evidence(self, submission: Submission, spec: RunSpec) -> tuple[Evidence, JobFolder | None, bool]:
        base = Evidence(seed=spec.seed, data_source=spec.data_source, sandbox=self.workers.sandbox.level)
        if submission.notebook is None:
            return replace(base, status=Status.UNREADABLE, reason=submission.problem), None, False
        if self._starter is not None and not attempted(submission.notebook, self._starter):
            reason = "The notebook is the untouched starter."
            return replace(base, status=Status.NOT_ATTEMPTED, reason=reason), None, False
        notebook = nbformat.writes(submission.notebook, version=4).encode()
        tests = None if self._starter is None else planned(self.assignment, submission.notebook, self._starter)
        key = job_key(notebook, spec, around(self.workers, tests))
        job = JobFolder(path=self.workspace / "jobs" / self.assignment.name / key)
        with self._only_one(key):
            if self.fresh:
                shutil.rmtree(job.path, ignore_errors=True)
            if (stored := stored_evidence(job, self.wanted)) is not None:
                return stored, job, True
            cells = sum(cell.cell_type == "code" for cell in submission.notebook.cells)
            return self._observe(submission, notebook, spec, job, cells, tests), job, False

    def _observe(
        self,
        submission: Submission,
        notebook: bytes,
        spec: RunSpec,
        job: JobFolder,
        cells: int,
        tests: CodeTestPlan | None,
    ) -> Evidence:
        student = submission.student
        early = Early(
            sources=sources_of(notebook),
            job=job,
            spec=spec,
            findings=lambda evidence: self._judged(submission, evidence, ()).findings,
        )

        def listen(event: Mapping[str, Any]) -> None:
            if event.get("event") == "cell_start":
                cell = event.get("cell")
                self.listen(Progress(student=student, stage="running", cell=cell, cells=cells))
                if passed := early.passed(cell):
                    self.listen(Progress(student=student, stage="training", cell=cell, cells=cells, passed=passed))
            elif event.get("event") == "end":
                self.listen(Progress(student=student, stage="examining", cells=cells))

        self.listen(Progress(student=student, stage="running", cells=cells))
        return observe(notebook, spec, self.wanted, job, self.workers, self.shelf, listen, tests)

    def _only_one(self, key: str) -> threading.Lock:
        # Two students can hand in the same bytes: the second waits and finds the first one's evidence.
        with self._guard:
            return self._under_way.setdefault(key, threading.Lock())


def grade(grading: Grading, submissions: Iterable[Submission], gradebook: Gradebook | None) -> Iterator[Graded]:
    """Grades and keeps every result in the gradebook as soon as it is there."""
    name = grading.assignment.name
    run = gradebook.start(name, kind="grade", data_source=grading.spec.data_source) if gradebook else 0
    for each in grading.grade(submissions):
        try:
            graded = replace(each, report=_marked(each.report, gradebook))
        except Exception as error:  # noqa: BLE001 as within grading: it must not stop the class
            graded = grading.at_fault(each.submission, error)
        if gradebook:
            gradebook.add(run, [(graded.report, graded.job.path.name if graded.job else "")])
        yield graded
    if gradebook:
        gradebook.finish(run)


def _marked(report: Report, gradebook: Gradebook | None) -> Report:
    """The report with its marks as they are now: people mark while a class is being graded."""
    if gradebook is None or not any(finding.answer for finding in report.findings):
        return report
    return with_marks(report, Marks(gradebook.mark_trail(report.assignment)))
