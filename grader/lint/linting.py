"""Grades all cases of an assignment with the pipeline that grades students, and holds each against what must come of it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from grader.calibration import false_fail
from grader.course import AssignmentFolder
from grader.lint.cases import Case, CaseKind, cases
from grader.lint.coverage import Gaps, gaps
from grader.lint.held import CaseResult, held
from grader.pipeline import Grading, Listen
from grader.submission import Submission
from grader.workers import Workers

FRESH_SEED = 2_000_003
"""Added to the assignment's seed for repeated gradings: far from the seeds of calibration and of the re-run rule."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lint:
    """What came of an assignment's cases."""

    assignment: str
    title: str
    data_source: str
    recipe: str
    checks: int
    hidden_checks: int
    results: tuple[CaseResult, ...]
    """In the order of the cases, those of the assignment's own seed first."""
    repeats: int
    """How often right cases were graded again with fresh seeds."""
    false_fail: tuple[float, float]
    """Highest probability that right work loses a point to chance: by its first run, and under the re-run rule."""
    gaps: Gaps | None
    """None when only some cases were graded."""

    def of(self, kind: CaseKind) -> tuple[CaseResult, ...]:
        """Results of one kind."""
        return tuple(r for r in self.results if r.kind is kind)

    @property
    def problems(self) -> tuple[CaseResult, ...]:
        """Results that are not as they must be."""
        return tuple(r for r in self.results if r.problems)

    @property
    def needs_human(self) -> bool:
        """A machine's fault or a broken check among the cases."""
        return any(r.needs_human for r in self.results)

    @property
    def seconds(self) -> float:
        """Median wall time of a right case's run; 0 when none was run."""
        return statistics.median([r.seconds for r in self.of(CaseKind.RIGHT) if r.seconds] or [0.0])


def lint(
    folder: AssignmentFolder,
    workspace: Path,
    workers: Workers,
    *,
    only: Collection[str] = (),
    repeat: int = 0,
    fresh: bool = False,
    listen: Listen = lambda _: None,
) -> Lint:
    """Grades the cases of an assignment; stored evidence is used again.

    Args:
        folder: the assignment, seen by a recipe.
        workspace: where evidence is kept.
        workers: open ones.
        only: `right`, `wrong`, `nothing` or names of cases; empty for all.
        repeat: how often right cases are graded again, each time with a seed that calibration has not seen.
        fresh: run again even where evidence is stored.
        listen: hears of each step.

    Raises:
        UsageError: there is no such case.
        AssignmentError: the assignment, its expectations or a variant can't be used.
    """
    assignment = folder.assignment(hidden=True)
    found = cases(folder, only)
    grading = Grading(folder=folder, workspace=workspace, workers=workers, fresh=fresh, listen=listen)
    results = [*graded(grading, found)]
    right = tuple(c for c in found if c.kind is CaseKind.RIGHT)
    for number in range(repeat):
        again = Grading(folder=folder, workspace=workspace, workers=workers, fresh=fresh, listen=listen)
        again.spec = replace(again.spec, seed=assignment.seed + FRESH_SEED + number)
        results += graded(again, right)
    return Lint(
        assignment=assignment.name,
        title=assignment.title,
        data_source=workers.data_source,
        recipe=assignment.recipe,
        checks=sum(1 for _ in assignment.checks()),
        hidden_checks=sum(check.hidden for _, check in assignment.checks()),
        results=tuple(results),
        repeats=repeat,
        false_fail=false_fail(assignment, grading.expectations),
        gaps=None if only else gaps(assignment, folder.variants(), results),
    )


def graded(
    grading: Grading, found: Collection[Case], tell: Callable[[CaseResult], None] = lambda _: None
) -> Iterator[CaseResult]:
    """Grades cases, several at once; yields in the order of the cases once all are done."""
    by_name = {case.name: case for case in found}
    submissions = [
        Submission(student=case.name, file=f"{case.name}.ipynb", sha256="", notebook=case.notebook) for case in found
    ]
    done: dict[str, CaseResult] = {}
    for one in grading.grade(submissions):
        name = one.submission.student
        done[name] = held(by_name[name], one.report, seed=grading.spec.seed, reused=one.reused)
        tell(done[name])
    yield from (done[name] for name in by_name)
