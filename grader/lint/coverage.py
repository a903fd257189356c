"""What an assignment's own test set does not cover; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.assignment import Assignment
from grader.lint.cases import CaseKind
from grader.lint.held import CaseResult
from grader.variant import Variant


@dataclass(frozen=True, kw_only=True, slots=True)
class Gaps:
    """What nothing was found to hold."""

    never_fails: tuple[str, ...] = ()
    """Checks worth points that no wrong case makes fail."""
    undeclared: tuple[str, ...] = ()
    """Checks that fail for wrong cases only in passing: none declares that it must fail them."""
    unasked: tuple[str, ...] = ()
    """`exercise: name` for each variable that an exercise asks for and no check looks at."""
    few_right: int = 0
    """How many right variants are missing from the six that an assignment must have."""

    def lines(self) -> tuple[str, ...]:
        """One sentence for each kind of gap."""
        found = []
        if self.never_fails:
            found.append(f"No wrong variant makes these checks fail: {', '.join(self.never_fails)}.")
        if self.undeclared:
            found.append(f"No wrong variant declares that it fails these checks: {', '.join(self.undeclared)}.")
        if self.unasked:
            found.append(f"No check looks at these variables: {', '.join(self.unasked)}.")
        if self.few_right:
            found.append(f"{self.few_right} right variants are missing from the {RIGHT_VARIANTS} that there must be.")
        return tuple(found)


RIGHT_VARIANTS = 6


def gaps(assignment: Assignment, variants: Sequence[Variant], results: Iterable[CaseResult]) -> Gaps:
    """Finds what no case covers.

    Args:
        assignment: with its hidden checks.
        variants: all that are declared.
        results: of all cases; with only some of them, more looks uncovered than is.
    """
    failed = {check for r in results if r.kind is CaseKind.WRONG for check in r.lost}
    declared = {check for v in variants for check in v.fails}
    worth = [f"{e.name}.{c.name}" for e in assignment.exercises for c in e.checks if e.points and c.weight]
    return Gaps(
        never_fails=tuple(check for check in worth if check not in failed),
        undeclared=tuple(check for check in worth if check in failed - declared),
        unasked=tuple(_unasked(assignment)),
        few_right=max(0, RIGHT_VARIANTS - sum(v.right for v in variants)),
    )


def _unasked(assignment: Assignment) -> Iterable[str]:
    wanted = assignment.wanted()
    looked_at = {
        *wanted.variables,
        *(c.function for c in wanted.functions),
        *(name for q in wanted.models for name in q.variables),
        # What `fit` returns is recorded with the training itself.
        "history",
    }
    for exercise in assignment.exercises:
        for name in exercise.variables:
            if name not in looked_at:
                yield f"{exercise.name}: {name}"
