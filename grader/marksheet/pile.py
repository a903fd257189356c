"""The answers to be marked: each distinct one once, with all students who gave it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from grader.mark import Mark, Marks
from grader.marking import with_marks
from grader.render.escape import visible
from grader.report import Answer, Report, Verdict


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One answer to one question, of all students who gave it and have the same mark for it."""

    exercise: str
    title: str
    """Of the exercise."""
    asks: str
    """The question."""
    points: float
    """Most that it earns."""
    answer: Answer
    students: tuple[str, ...]
    mark: Mark | None = None
    """The mark in force for it; None while it waits, and where nothing was written."""


def pile(reports: Iterable[Report], marks: Marks, *, everything: bool = False) -> tuple[Batch, ...]:
    """The answers that wait for a mark, exercise by exercise, those of most students first.

    The order says nothing about who wrote an answer.

    Args:
        reports: the newest of each student.
        marks: all that were given.
        everything: also the answers that have a mark, and the places where nothing was written.
    """
    found: dict[tuple[object, ...], Batch] = {}
    place: dict[str, int] = {}
    for report in reports:
        student = report.submission.student
        titles = {e.exercise: e.title for e in report.exercises}
        for position, finding in enumerate(with_marks(report, marks).findings):
            place.setdefault(finding.exercise, position)
            if finding.answer is None or (finding.verdict is not Verdict.WAITING and not everything):
                continue
            mark = marks.of(student, finding.exercise, finding.answer.digest)
            same = (
                finding.exercise,
                finding.answer.digest,
                mark and (mark.points, mark.comment, *mark.criteria.items()),
            )
            batch = found.setdefault(
                same,
                Batch(
                    exercise=finding.exercise,
                    title=titles.get(finding.exercise, finding.exercise),
                    asks=finding.title,
                    points=finding.max_points,
                    answer=finding.answer,
                    students=(),
                    mark=mark,
                ),
            )
            found[same] = replace(batch, students=(*batch.students, student))
    return tuple(sorted(found.values(), key=lambda b: (place[b.exercise], -len(b.students), b.answer.digest)))


def singly(batches: Iterable[Batch]) -> tuple[Batch, ...]:
    """The same answers, one batch a student."""
    return tuple(replace(batch, students=(student,)) for batch in batches for student in batch.students)


def names(assignment: str, students: Iterable[str], *, anonymous: bool = False) -> dict[str, str]:
    """What each student is called on one line: by name, or by code name where none is wanted or two look alike."""
    shown = {student: "" if anonymous else visible(student, keep="").strip() for student in students}
    often = Counter(shown.values())
    return {s: text if text and often[text] == 1 else code_name(assignment, s) for s, text in shown.items()}


def code_name(assignment: str, student: str) -> str:
    """What a student is called while marking without names; the same each time."""
    text = f"{assignment}\0{student}".encode("utf-8", "surrogatepass")
    return f"student-{hashlib.sha256(text).hexdigest()[:10]}"
