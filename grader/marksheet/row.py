"""A row of a sheet: what a marker reads, and the two fields that a marker fills in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.marksheet.award import written
from grader.marksheet.pile import Batch
from grader.render import wording

OPEN = "open"
"""In the place of points: takes a mark back, so that the answer waits again."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One answer in a sheet. Only `points` and `comment` are the marker's; the rest says what they are for."""

    exercise: str
    question: str = ""
    max_points: float = 0.0
    rubric: tuple[str, ...] = ()
    students: tuple[str, ...] = ()
    """Names, or code names in a sheet without names."""
    answer: str = ""
    points: str = ""
    """As written: `1.5`, `1+0.5` by criterion, `open`, or empty."""
    comment: str = ""
    answer_id: str = ""
    """The answer's digest."""
    place: str = ""
    """Where it stands in a file that came back, as a person looks it up: `row 5`."""


def rows_of(batches: Iterable[Batch], called: Mapping[str, str]) -> tuple[Row, ...]:
    """The rows of a sheet.

    Args:
        batches: one row each.
        called: by student, what the sheet calls them.
    """
    return tuple(
        Row(
            exercise=batch.exercise,
            question=batch.asks,
            max_points=batch.points,
            rubric=tuple(wording.criterion(c) for c in batch.answer.rubric),
            # Code names in their own order, since that of the names would tell them.
            students=tuple(sorted(called[student] for student in batch.students)),
            answer=wording.answer_text(batch.answer),
            points=written(batch.mark.points, batch.mark.criteria, batch.answer.rubric) if batch.mark else "",
            comment=batch.mark.comment if batch.mark else "",
            answer_id=batch.answer.digest,
        )
        for batch in batches
    )
