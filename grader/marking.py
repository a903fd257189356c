"""Answers that a human reads, and checks that a human decides: what a report says before and after they are marked; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from grader.assignment import ANSWER, Exercise
from grader.evidence import Provenance, Status
from grader.mark import Mark, Marks
from grader.notebook.free_text import Written
from grader.question import Question
from grader.report import Answer, Finding, Report, Verdict
from grader.score import after, exercise_scores, total, waiting

LONGEST = 20_000
"""Characters of an answer that a report keeps."""
_OPEN = "A human reads this answer; it has no mark yet."
WAITS = "A human decides; until then its points wait."
_HELD = f"This check could not be carried out on what this notebook left. {WAITS}"
_LATER = "A human reads this answer once it is handed in."
_EMPTY = "Not attempted: there is nothing but what was handed out."


def digest(text: str) -> str:
    """SHA-256 of an answer, hex; the same for answers that differ in white space only."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()


def unmarked(
    exercise: Exercise, question: Question, written: Mapping[str, Written] | None, status: Status, reason: str
) -> Finding:
    """What there is to say of an answer that nobody has read: it waits, or there is none.

    Args:
        exercise: that asks.
        question: of the exercise.
        written: the answers by exercise; None where they are not known, as in the self-check.
        status: of the submission.
        reason: for that status.
    """
    blank = Finding(
        exercise=exercise.name,
        check=ANSWER,
        title=question.asks,
        verdict=Verdict.WAITING,
        points=0.0,
        max_points=question.points,
        message=_LATER,
        # The text is the notebook's own, not something that its code says of itself.
        provenance=Provenance.VERIFIED,
    )
    if status is Status.MACHINE_ERROR:
        why = "Not graded: the grader's machine is at fault, not the notebook."
        return replace(blank, verdict=Verdict.SKIPPED, message=why)
    if status in {Status.UNREADABLE, Status.NOT_ATTEMPTED}:
        return replace(blank, verdict=Verdict.FAILED, message=reason or _EMPTY)
    if written is None:
        return blank
    found = written.get(exercise.name, Written(text=""))
    answer = Answer(
        text=found.text[:LONGEST],
        digest=digest(found.text),
        cut=max(0, len(found.text) - LONGEST),
        rubric=question.rubric,
    )
    return _open(replace(blank, answer=answer, cell=found.cell))


def with_marks(report: Report, marks: Marks) -> Report:
    """The report with the marks that are in force for its answers now, and with those that were taken back undone."""
    if report.status is Status.MACHINE_ERROR or not any(f.answer or f.held for f in report.findings):
        return report
    student = report.submission.student
    found = []
    for finding in report.findings:
        if finding.held:
            # For this file of the student's and no other, as a mark for an answer.
            mark = marks.of(student, held_name(finding), report.submission.sha256)
            found.append(held_open(finding) if mark is None else _decided(finding, mark))
        elif finding.answer is not None:
            mark = marks.of(student, finding.exercise, finding.answer.digest)
            found.append(_open(finding) if mark is None else _marked(finding, mark))
        else:
            found.append(finding)
    return _with_findings(report, tuple(found))


def held_name(finding: Finding) -> str:
    """What a mark for a held check calls its exercise."""
    return f"{finding.exercise}.{finding.check}"


def held_open(finding: Finding) -> Finding:
    """A held check about which nobody has decided."""
    said = finding.message if finding.verdict is Verdict.BROKEN and finding.message else _HELD
    return replace(finding, verdict=Verdict.BROKEN, points=0.0, message=said)


def for_students_eyes(finding: Finding) -> Finding:
    """The finding without hidden criteria, and without who gave the mark."""
    if finding.answer is None:
        return finding
    shown = tuple(c for c in finding.answer.rubric if not c.hidden)
    return replace(finding, answer=replace(finding.answer, rubric=shown, marked_by=""))


def _open(finding: Finding) -> Finding:
    """An answer without a mark: it waits, or earns nothing where nothing was written."""
    answer = finding.answer
    if answer is None:
        return finding
    bare = tuple(replace(c, given=None) for c in answer.rubric)
    verdict, message = (Verdict.WAITING, _OPEN) if answer.text else (Verdict.FAILED, _EMPTY)
    return replace(
        finding,
        verdict=verdict,
        points=0.0,
        message=message,
        flag="",
        answer=replace(answer, rubric=bare, comment="", marked_by=""),
    )


def _marked(finding: Finding, mark: Mark) -> Finding:
    answer = finding.answer
    assert answer is not None
    given = mark.points or 0.0
    said = f"{finding.exercise}: a mark of {given:g} points, of {finding.max_points:g}; it was cut"
    rubric = tuple(replace(c, given=mark.criteria.get(c.name)) for c in answer.rubric)
    return replace(
        _decided(finding, mark),
        hint="",
        flag=said if given > finding.max_points else "",
        answer=replace(answer, rubric=rubric, comment=mark.comment, marked_by=mark.marked_by),
    )


def _decided(finding: Finding, mark: Mark) -> Finding:
    points = min(mark.points or 0.0, finding.max_points)
    verdict = Verdict.PASSED if points == finding.max_points else Verdict.PARTIAL if points else Verdict.FAILED
    return replace(finding, verdict=verdict, points=points, message=mark.comment or "Read and marked by a human.")


def _with_findings(report: Report, findings: tuple[Finding, ...]) -> Report:
    exercises = exercise_scores([(e.exercise, e.title) for e in report.exercises], findings)
    score = total(e.points for e in exercises)
    return replace(
        report,
        score=None if report.score is None else after(score, report.second_attempt),
        exercises=exercises,
        findings=findings,
        waiting=waiting(findings),
    )
