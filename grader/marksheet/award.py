"""Points as a marker writes them: `1.5`, or one number for each criterion, `1+0.5`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.report import Criterion

_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Award:
    """Points of one answer."""

    points: float
    criteria: Mapping[str, float] = field(default_factory=dict)
    """By criterion; empty where only the sum was given."""


def award(text: str, most: float, rubric: Sequence[Criterion]) -> Award:
    """Reads points; a decimal comma is taken as well as a point.

    Raises:
        ValueError: it is no number, too many of them, or more than there is to earn; the text says which.
    """
    parts = [part.strip() for part in text.strip().split("+")]
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(f"{text.strip()!r} is no number of points")
    numbers = [float(part.replace(",", ".")) for part in parts]
    if len(numbers) == 1 and numbers[0] <= most:
        return Award(points=numbers[0], criteria=_implied(numbers[0], rubric))
    if len(numbers) == 1:
        raise ValueError(f"{numbers[0]:g} is more than the {most:g} points there are")
    if len(numbers) != len(rubric):
        raise ValueError(f"{len(numbers)} numbers for {len(rubric)} criteria")
    for number, criterion in zip(numbers, rubric, strict=True):
        if number > criterion.points:
            raise ValueError(f"{number:g} is more than the {criterion.points:g} points of “{criterion.name}”")
    return Award(
        points=round(math.fsum(numbers), 6), criteria={c.name: n for c, n in zip(rubric, numbers, strict=True)}
    )


def _implied(points: float, rubric: Sequence[Criterion]) -> dict[str, float]:
    """What the sum alone says of the criteria: all of them for the full sum, none for 0, else nothing."""
    full = math.isclose(points, math.fsum(c.points for c in rubric))
    if len(rubric) == 1 and points <= rubric[0].points:
        return {rubric[0].name: points}
    return {c.name: c.points if points else 0.0 for c in rubric} if full or not points else {}


def written(points: float | None, criteria: Mapping[str, float], rubric: Sequence[Criterion]) -> str:
    """Points as `award` reads them; empty for none."""
    if points is None:
        return ""
    if criteria and set(criteria) == {c.name for c in rubric}:
        return "+".join(f"{criteria[c.name]:g}" for c in rubric)
    return f"{points:g}"
