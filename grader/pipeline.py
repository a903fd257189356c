"""The order of the steps, and the only place that knows it.

Submission ─► run (sandbox) ─► examine (fresh sandbox) ─► measure ─► Evidence ─► judge ─► Report ─► gradebook
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.assignment import Assignment, Compat
from grader.calibration import establish, public_part, readable
from grader.checks.check import Wanted
from grader.course import AssignmentFolder
from grader.early import Early
from grader.environment import NOTICE, versions
from grader.errors import AssignmentError, EvidenceError, GraderError, MachineError
from grader.evidence import CellStatus, Evidence, Status
from grader.examination import examination_key, examined
from grader.execute.job import RunSpec
from grader.expectations import Expectations
from grader.gradebook import Gradebook, StoredResult
from grader.held_out import Shelf
from grader.job_folder import JobFolder, write_atomically
from grader.judge import as_second_attempt, judge
from grader.mark import Marks
from grader.marking import with_marks
from grader.notebook.align import align, restored
from grader.notebook.attempt import attempted
from grader.notebook.causes import fold
from grader.notebook.code_tests import CodeTestPlan, adopted, planned
from grader.notebook.doctor import examine as doctor
from grader.notebook.doctor.link import advised, died_of_dead_names
from grader.notebook.free_text import Written, answers_in
from grader.recipe import recipe_notes
from grader.report import Advice, Report, Severity, SubmissionId
from grader.rerun import undecided
from grader.schedule import run_all
from grader.shared_files import SHARED, prune, share
from grader.submission import Submission
from grader.workers import Workers, job_key, run_spec

BATCH = 100
"""Results of a regrade that are stored at once."""


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


def observe(
    notebook: bytes,
    spec: RunSpec,
    wanted: Wanted,
    job: JobFolder,
    workers: Workers,
    shelf: Shelf,
    listen: Callable[[Mapping[str, Any]], None] | None = None,
    tests: CodeTestPlan | None = None,
) -> Evidence:
    """Runs a notebook, rebuilds its models in another sandbox, measures them, and stores the evidence.

    A run that is over is not repeated; its models are examined again where what is asked of them has changed.
    What can't be established through the machine's fault is said in the status, and such evidence is not stored.
    """
    ended = job.ran()
    if ended is None:
        if job.path.exists():
            shutil.rmtree(job.path)
        job.path.mkdir(parents=True)
        # Its models will be examined: that worker starts meanwhile.
        workers.trusted.prepare(spec.limits)
        ended = workers.students.run(notebook, spec, job.path, tests=tests, listen=listen, cancel=workers.cancel)
    for kind in ("examined", "held_out"):
        shutil.rmtree(job.path / kind, ignore_errors=True)
    evidence = job.read(ended, seed=spec.seed, data_source=spec.data_source)
    if evidence.status is not Status.MACHINE_ERROR:
        evidence = replace(evidence, cells=fold(evidence.cells, _sources(notebook)))
        evidence = examined(evidence, wanted.models, job, workers, shelf, spec)
    if evidence.status is not Status.MACHINE_ERROR:
        evidence = replace(evidence, examination=examination_key(wanted.models))
        share(job.path / "models", job.path.parent / SHARED)
        job.save(evidence)
    return evidence


def stored_evidence(job: JobFolder, wanted: Wanted) -> Evidence | None:
    """The evidence of an earlier run, if it says what is asked for now."""
    if not job.finished():
        return None
    try:
        evidence = job.load()
    except EvidenceError:
        return None
    return evidence if evidence.examination == examination_key(wanted.models) else None


def _sources(notebook: bytes) -> dict[int, str]:
    cells = nbformat.reads(notebook.decode(), as_version=4).cells
    return {index: str(cell.source) for index, cell in enumerate(cells) if cell.cell_type == "code"}


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
            submission=_identity(submission),
            status=Status.MACHINE_ERROR,
            reason=_own_fault(error),
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
                status=Status.MACHINE_ERROR, reason=_own_fault(error), sandbox=self.workers.sandbox.level
            )
        answers = answers_in(submission.notebook, self._starter, self.assignment, evidence)
        report = self._judged(submission, evidence, further, answers)
        lost = answers is None and submission.notebook is not None
        notes = (
            *submission.notes,
            *(["Its answers in words could not be collected, a fault of Grader; they wait."] if lost else []),
            *recipe_notes(self.assignment, submission.notebook),
            *_notes(evidence),
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
        who = _identity(submission)
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
        key = job_key(notebook, spec, _around(self.workers, tests))
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
            sources=_sources(notebook),
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


def regrade(folder: AssignmentFolder, workspace: Path, gradebook: Gradebook) -> Iterator[Report]:
    """Judges the stored evidence of every student's newest result again, by name. Executes nothing.

    Results without stored evidence (unreadable files, untouched starters, machine faults) keep their status.

    Raises:
        AssignmentError: nothing was graded yet.
    """
    assignment = folder.assignment(hidden=True)
    known: dict[tuple[str, str], tuple[Assignment, Expectations]] = {}
    marks = Marks(gradebook.mark_trail(assignment.name))
    run = 0
    results: list[tuple[Report, str]] = []
    for result in gradebook.each_latest(assignment.name):
        run = run or gradebook.start(assignment.name, kind="regrade", data_source=result.report.data_source)
        report = with_marks(_judged_again(result, folder, workspace, known), marks)
        results.append((report, result.job))
        yield report
        if len(results) >= BATCH:
            gradebook.add(run, results)
            results.clear()
    if not run:
        raise AssignmentError(
            "nothing was graded yet", where=assignment.name, remedy=f"grader grade {assignment.name} FOLDER"
        )
    gradebook.add(run, results)
    gradebook.finish(run)


def remark(assignment: str, students: Collection[str], gradebook: Gradebook) -> int:
    """Stores the results of these students again with the marks that are in force now; returns how many there are."""
    marks = Marks(gradebook.mark_trail(assignment))
    results = [
        (with_marks(result.report, marks), result.job)
        for result in gradebook.each_latest(assignment)
        if result.student in students
    ]
    if results:
        run = gradebook.start(assignment, kind="mark", data_source=results[0][0].data_source)
        gradebook.add(run, results)
        gradebook.finish(run)
    return len(results)


def _judged_again(
    result: StoredResult,
    folder: AssignmentFolder,
    workspace: Path,
    known: dict[tuple[str, str], tuple[Assignment, Expectations]],
) -> Report:
    job = JobFolder(path=workspace / "jobs" / folder.name / result.job)
    further: list[Evidence] = []
    if result.job:
        try:
            evidence = job.load()
            further = [JobFolder(path=job.path.with_name(name)).load() for name in job.further()]
        except (OSError, EvidenceError) as error:
            # Judged without its evidence, it would be worth nothing. The mark that it has stands.
            old = result.report
            lost = f"The stored evidence is gone or damaged: run it again with grader grade {folder.name}. {error}"
            evidence = Evidence(
                status=Status.MACHINE_ERROR, reason=lost, data_source=old.data_source, sandbox=old.sandbox
            )
    else:
        old = result.report
        evidence = Evidence(status=old.status, reason=old.reason, data_source=old.data_source, sandbox=old.sandbox)
    key = (evidence.data_source, result.report.recipe)
    if key not in known:
        form = folder.by(result.report.recipe)
        known[key] = form.assignment(hidden=True), form.expectations(evidence.data_source, hidden=True)
    form_of, expectations = known[key]
    who = result.report.submission
    answers = _written_before(result.report, form_of, folder.by(result.report.recipe), job, evidence)
    report = judge(form_of, evidence, expectations, submission=who, further=further, written=answers)
    return _as_before(report, result.report, form_of, job)


def _written_before(
    old: Report, assignment: Assignment, folder: AssignmentFolder, job: JobFolder, evidence: Evidence
) -> Mapping[str, Written] | None:
    """The answers in a submission as it was kept, else those of its last report."""
    submitted = job.path / "submission.ipynb"
    if submitted.is_file():
        starter = folder.starter_notebook() if folder.starter.is_file() else None
        return answers_in(nbformat.read(submitted, as_version=4), starter, assignment, evidence)
    return {f.exercise: Written(text=f.answer.text, cell=f.cell) for f in old.findings if f.answer} or None


def calibrate(
    folder: AssignmentFolder,
    workspace: Path,
    workers: Workers,
    *,
    runs: int,
    listen: Callable[[int, Evidence], None] = lambda _done, _evidence: None,
) -> Expectations:
    """Runs the reference with k seeds and writes the expectations, all of them and the public part.

    Raises:
        AssignmentError: the reference fails, or its runs disagree on what should be a fact.
        MachineError: a run could not be made.
    """
    assignment = folder.assignment(hidden=True)
    evidence = run_reference(
        folder, workspace, workers, seeds=[assignment.seed + n for n in range(runs)], listen=listen
    )
    expectations = establish(assignment, evidence)
    for hidden, kept in ((True, expectations), (False, public_part(expectations, assignment))):
        path = folder.expectations_file(workers.data_source, hidden=hidden)
        write_atomically(path, readable(kept))
    return expectations


def run_reference(
    folder: AssignmentFolder,
    workspace: Path,
    workers: Workers,
    *,
    seeds: Sequence[int],
    listen: Callable[[int, Evidence], None] = lambda _done, _evidence: None,
) -> list[Evidence]:
    """Evidence of the solution notebook, one run a seed, in the order of the seeds."""
    assignment = folder.assignment(hidden=True)
    wanted = assignment.wanted()
    shelf = Shelf(data_source=workers.data_source)
    solution = folder.solution_notebook()
    notebook = nbformat.writes(solution, version=4).encode()
    tests = planned(assignment, solution, solution)

    def one(seed: int) -> Evidence:
        spec = run_spec(assignment, workers.data_source, seed)
        key = job_key(notebook, spec, _around(workers, tests))
        job = JobFolder(path=workspace / "reference" / assignment.name / key)
        return stored_evidence(job, wanted) or observe(notebook, spec, wanted, job, workers, shelf, tests=tests)

    found: dict[int, Evidence] = {}
    for seed, evidence in run_all(seeds, one, at_once=workers.under_way, cancel=workers.cancel):
        if evidence.status is Status.MACHINE_ERROR:
            raise MachineError(f"the reference could not be run: {evidence.reason}", where=str(folder.solution))
        found[seed] = evidence
        listen(len(found), evidence)
    return [found[seed] for seed in seeds]


def _as_before(report: Report, old: Report, assignment: Assignment, job: JobFolder) -> Report:
    """What regrading doesn't look at again: notes, the doctor's advice, and which attempt it was."""
    told = [note for note in report.notes if note.startswith(NOTICE)]
    report = replace(report, notes=(*(n for n in old.notes if not n.startswith(NOTICE)), *told))
    if old.second_attempt is not None:
        deduction = assignment.compat.deduction if assignment.compat is not None else old.second_attempt.deduction
        report = as_second_attempt(report, deduction, old.second_attempt.first_score)
    submitted = job.path / "submission.ipynb"
    notebook = nbformat.read(submitted, as_version=4) if submitted.is_file() else None
    return advised(report, old.advice, notebook, assignment)


def _around(workers: Workers, tests: CodeTestPlan | None) -> dict[str, str]:
    """What a run depends on beside the notebook and what is collected of it."""
    around = {"sandbox": workers.sandbox.level, **versions()}
    return around if tests is None else {**around, "tests": tests.digest}


def _own_fault(error: Exception) -> str:
    if isinstance(error, GraderError | OSError):
        return f"{error}"
    if isinstance(error, MemoryError):
        return "The grader was out of memory. Grade it again with fewer notebooks at once (--jobs)."
    return f"A fault of Grader itself, {type(error).__name__}: {error}"


def _identity(submission: Submission) -> SubmissionId:
    return SubmissionId(student=submission.student, file=submission.file, sha256=submission.sha256)


_SHARED = re.compile(r"'(/(?:tmp|var/tmp|dev/shm)/[^']{1,200})'")
"""Paths that are a sandbox's own under bubblewrap, and the machine's under Landlock."""


def _notes(evidence: Evidence) -> tuple[str, ...]:
    notes = []
    if evidence.data_source == "stand-in":
        notes.append("Run on stand-in data: the real data set is not on this machine.")
    if evidence.sandbox not in {"bubblewrap", "live", ""}:
        told = {
            "landlock": "Run with reduced isolation: landlock, without bubblewrap.",
            "none": "Run without isolation.",
        }
        notes.append(told.get(evidence.sandbox, f"Run with reduced isolation: {evidence.sandbox}."))
    if evidence.sandbox == "landlock":
        notes += [
            f"Cell {c.index} was refused {refused[1]}: there, isolation by Landlock has no room of the notebook's own. "
            "Grade it again where bubblewrap works before it costs a mark."
            for c in evidence.cells
            if c.error is not None
            and c.error.name == "PermissionError"
            and (refused := _SHARED.search(c.error.message)) is not None
        ]
    cut = [c.index for c in evidence.cells if c.cut_bytes]
    if cut:
        notes.append(f"Output was cut in cell {', '.join(map(str, cut))}.")
    stopped = [c for c in evidence.cells if c.limit and c.status is not CellStatus.OK]
    notes.extend(f"Cell {c.index} hit a limit: {c.limit}." for c in stopped)
    again = sum(fit.trained == "stored" for fit in evidence.fits)
    if again:
        notes.append(
            f"{again} of {len(evidence.fits)} trainings were done before, bit for bit, and were taken from there."
        )
    notes.extend(n.text for n in evidence.notices)
    return tuple(notes)
