"""Stored evidence judged again, and reports with the marks in force; nothing is run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import nbformat

from grader.assignment import Assignment
from grader.course import AssignmentFolder
from grader.environment import NOTICE
from grader.errors import AssignmentError, EvidenceError
from grader.evidence import Evidence, Status
from grader.expectations import Expectations
from grader.gradebook import Gradebook, StoredResult
from grader.job_folder import JobFolder
from grader.judge import as_second_attempt, judge
from grader.mark import Marks
from grader.marking import with_marks
from grader.notebook.doctor.link import advised
from grader.notebook.free_text import Written, answers_in
from grader.report import Report

BATCH = 100
"""Results of a regrade that are stored at once."""


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
