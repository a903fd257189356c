"""Marks from a sheet that came back: all of them, or what is wrong with it, row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.errors import UsageError
from grader.mark import Mark, Marks
from grader.marksheet.award import Award, award, written
from grader.marksheet.pile import Batch, code_name, names
from grader.marksheet.row import OPEN, Row
from grader.render.escape import visible

SHOWN = 20
"""Faults of a sheet that are listed."""


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What a sheet comes to."""

    marks: tuple[Mark, ...]
    """New ones only: what is in force already is not given again."""
    same: int = 0
    """Marks that are in force already."""
    blank: int = 0
    """Rows without points."""
    replaced: int = 0
    """New marks that take the place of one in force."""
    changed: tuple[str, ...] = ()
    """Students whose answer is another one now: the mark is kept for the earlier answer, and the new one waits."""


def returned(
    rows: Iterable[Row],
    file: str,
    assignment: str,
    batches: Sequence[Batch],
    students: Collection[str],
    marks: Marks,
    *,
    marked_by: str,
) -> Returned:
    """Reads the marks of a sheet.

    Args:
        rows: of the sheet.
        file: its name, for what is said of it.
        assignment: the assignment's name.
        batches: every answer there is now.
        students: all who were graded.
        marks: all that were given so far.
        marked_by: whose marks these are.

    Raises:
        UsageError: some row can't be taken; then none is, and each fault is named with its row and column.
    """
    called = {shown: student for student, shown in names(assignment, students).items()}
    desk = _Desk(
        marked_by=marked_by,
        answers={(b.exercise, student): b for b in batches for student in b.students},
        questions={b.exercise: b for b in batches},
        called=called | {code_name(assignment, student): student for student in students},
        marks=marks,
    )
    for row in rows:
        desk.take(row)
    if desk.faults:
        more = f"\n  … and {len(desk.faults) - SHOWN} more" if len(desk.faults) > SHOWN else ""
        raise UsageError(
            "no mark was taken, because of\n  " + "\n  ".join(desk.faults[:SHOWN]) + more,
            where=file,
            remedy="mend these cells and import the file again; all others are as they should be",
        )
    return Returned(
        marks=tuple(desk.given),
        same=desk.same,
        blank=desk.blank,
        replaced=desk.replaced,
        changed=tuple(dict.fromkeys(desk.changed)),
    )


@dataclass(kw_only=True)
class _Desk:
    marked_by: str
    answers: Mapping[tuple[str, str], Batch]
    """By exercise and student, what there is now."""
    questions: Mapping[str, Batch]
    """By exercise, any answer to its question."""
    called: Mapping[str, str]
    """Students by what a sheet calls them."""
    marks: Marks
    given: list[Mark] = field(default_factory=list)
    places: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """By exercise, student and answer, the row that marks it."""
    faults: list[str] = field(default_factory=list)
    same: int = 0
    blank: int = 0
    replaced: int = 0
    changed: list[str] = field(default_factory=list)

    def take(self, row: Row) -> None:
        """Adds the marks of one row, or its faults."""
        if not row.points:
            self.blank += 1
            if row.comment:
                self._fault(row, "points", "is empty, but there is a comment, which would be lost")
            return
        students = [self.called[name] for name in row.students if name in self.called]
        unknown = [name for name in row.students if name not in self.called]
        asked = self.questions.get(row.exercise)
        if unknown or not students:
            what = f"nothing of {unknown[0]!r} was graded" if unknown else "is empty"
            self._fault(row, "students", what)
        elif len(row.answer_id) != 64 or not set(row.answer_id) <= set("0123456789abcdef"):
            self._fault(row, "answer_id", "is not as it was exported")
        elif asked is None:
            self._fault(row, "exercise", f"{row.exercise!r} is no exercise with a question that was answered")
        else:
            self._award(row, students, asked)

    def _award(self, row: Row, students: Sequence[str], batch: Batch) -> None:
        try:
            given = None if row.points.lower() == OPEN else award(row.points, batch.points, batch.answer.rubric)
        except ValueError as error:
            self._fault(row, "points", str(error))
            return
        for student in students:
            key = (row.exercise, student, row.answer_id)
            if key in self.places:
                self._fault(row, "students", f"{student!r} has a mark for this answer in {self.places[key]} already")
            else:
                self.places[key] = row.place
                self._mark(row, student, given, batch)

    def _mark(self, row: Row, student: str, given: Award | None, batch: Batch) -> None:
        before = self.marks.of(student, row.exercise, row.answer_id)
        if _alike(before, given, row, batch):
            self.same += 1
            return
        self.replaced += before is not None
        now = self.answers.get((row.exercise, student))
        if now is None or now.answer.digest != row.answer_id:
            self.changed.append(student)
        self.given.append(
            Mark(
                student=student,
                exercise=row.exercise,
                points=given.points if given else None,
                comment=row.comment,
                answer=row.answer_id,
                criteria=given.criteria if given else {},
                marked_by=self.marked_by,
            )
        )

    def _fault(self, row: Row, column: str, what: str) -> None:
        self.faults.append(f"{row.place}, column {column}: {what}")


def _alike(before: Mark | None, given: Award | None, row: Row, batch: Batch) -> bool:
    """Whether a row says what is in force already; a sheet shows a comment's invisible characters as escapes."""
    if before is None or given is None:
        return before is None and given is None
    comments = {_flat(before.comment), _flat(visible(before.comment, keep="\n"))}
    points = (before.points, before.criteria) == (given.points, given.criteria)
    exported = written(before.points, before.criteria, batch.answer.rubric) == row.points
    return (points or exported) and _flat(row.comment) in comments


def _flat(comment: str) -> str:
    return "\n".join(line.strip() for line in comment.strip().splitlines())
