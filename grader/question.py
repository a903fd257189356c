"""Question: something that a student answers in words of their own, and that a human reads."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from grader.errors import AssignmentError
from grader.report import Criterion


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked, where the answer stands, and what earns points (docs/marking.md)."""

    asks: str
    """The question as reports and markers see it, one sentence."""
    points: float
    """Most that an answer earns, out of its exercise's points; the exercise's checks share the rest."""
    rubric: tuple[Criterion, ...] = ()
    """What earns how much. Students can read it here; what they must not see belongs into the reference's `hidden.py`."""
    variable: str = ""
    """Name of the text that holds the answer; empty when it stands in the exercise's own Markdown cell."""
    form: Literal["text", "code", "any"] = "text"
    """`code`: the answer is what the exercise's own cells of code hold. `any`: cells of both kinds that the student added there."""

    def __post_init__(self) -> None:
        names = [c.name for c in self.rubric]
        given = math.fsum(c.points for c in self.rubric)
        if not 0 < self.points < math.inf:
            raise AssignmentError(f"a question worth {self.points:g} points", where=self.asks, remedy="more than 0")
        if len(set(names)) < len(names) or not all(names):
            raise AssignmentError("two criteria have one name, or one has none", where=self.asks)
        if any(not 0 <= c.points < math.inf for c in self.rubric) or given > self.points + 1e-9:
            raise AssignmentError(
                f"the rubric gives {given:g} points, but the question is worth {self.points:g}",
                where=self.asks,
                remedy="let the criteria's points add up to the question's",
            )

    def with_hidden(self, rubric: tuple[Criterion, ...]) -> Question:
        """The same question with criteria that students never see.

        Raises:
            AssignmentError: together they give more points than the question has.
        """
        return replace(self, rubric=(*self.rubric, *(replace(c, hidden=True) for c in rubric)))
