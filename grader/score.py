"""Sums of points: of an exercise, of a report, and after a deduction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from grader.report import ExerciseScore, Finding, SecondAttempt


def total(values: Iterable[float]) -> float:
    """A sum without rounding dust."""
    return round(math.fsum(values), 6)


def exercise_scores(names: Sequence[tuple[str, str]], findings: Sequence[Finding]) -> tuple[ExerciseScore, ...]:
    """The sums of each exercise, given by name and title, over its findings."""
    return tuple(
        ExerciseScore(
            exercise=name,
            title=title,
            points=total(f.points for f in findings if f.exercise == name),
            max_points=total(f.max_points for f in findings if f.exercise == name),
            waiting=waiting(f for f in findings if f.exercise == name),
        )
        for name, title in names
    )


def waiting(findings: Iterable[Finding]) -> float:
    """Points that a human has not decided about yet."""
    return total(f.max_points for f in findings if f.open)


def after(points: float, attempt: SecondAttempt | None) -> float:
    """What is left of the points when a second attempt costs some."""
    return points if attempt is None else round(points * (1 - attempt.deduction), 6)
