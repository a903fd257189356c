"""Mark: what a human gave one answer of one student."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a person gave one exercise of one student; kept apart from results, so that regrading leaves it."""

    student: str
    exercise: str
    points: float | None
    """None takes an earlier mark back."""
    comment: str = ""
    """For the student."""
    answer: str = ""
    """Digest of the answer that it was given for; empty for whatever the student answers."""
    criteria: Mapping[str, float] = field(default_factory=dict)
    """Points by the rubric's criteria; empty when only the sum was given."""
    marked_by: str = ""
    marked_at: datetime | None = None
    """Set by the gradebook."""


class Marks:
    """The marks of one assignment, the history included."""

    def __init__(self, trail: Iterable[Mark]) -> None:
        """Takes every mark that was ever given, oldest first."""
        self._by_exercise: dict[tuple[str, str], list[Mark]] = {}
        for mark in trail:
            self._by_exercise.setdefault((mark.student, mark.exercise), []).append(mark)

    def of(self, student: str, exercise: str, answer: str) -> Mark | None:
        """The mark in force for an answer with this digest: the newest one given for it, unless it was taken back."""
        given = [m for m in self.history(student, exercise) if m.answer in {"", answer}]
        return given[-1] if given and given[-1].points is not None else None

    def history(self, student: str, exercise: str) -> tuple[Mark, ...]:
        """Every mark of one exercise of one student, oldest first, those of earlier answers included."""
        return tuple(self._by_exercise.get((student, exercise), ()))
