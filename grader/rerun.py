"""The re-run rule near a bound: what is trained again, how often, and what decides; pure (docs/calibration.md).

A submission whose calibrated metric misses its bound is trained again on further seeds when the miss is small, or when
no other check of the same model says why. The median of an odd number of runs, the first one among them, decides: the
metric passes when most runs reach the bound. Runs stop as soon as the rest can't change that (a curtailed sign test).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.errors import AssignmentError
from grader.report import Finding, Outcome, SeedRun, Verdict

FIRST_SEED = 1_000_003
"""Added to the assignment's seed for the first further run: far from the seeds of calibration."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rerun:
    """When a missed bound is looked at again; fixed before anyone is graded."""

    extra: int = 4
    """Further runs at most, an even number, so that the median of all is one of them; 0 never trains again."""
    zone: float = 0.5
    """How far below the bound a miss still counts as near, in distances from the reference's mean to its bound."""

    def __post_init__(self) -> None:
        if self.extra < 0 or self.extra % 2 or not self.zone >= 0:
            raise AssignmentError(
                f"Rerun(extra={self.extra}, zone={self.zone}) is no rule",
                remedy="extra is even and at least 0, zone at least 0",
            )

    @property
    def majority(self) -> int:
        """Runs that have to agree, the first one among them."""
        return self.extra // 2 + 1

    def seed(self, seed: int, number: int) -> int:
        """Seed of the `number`-th further run, from 1."""
        return seed + FIRST_SEED + number - 1

    def passes_again(self, chance: float) -> float:
        """Probability that most runs pass although the first one did not: P(Bin(extra, chance) ≥ majority).

        Args:
            chance: probability that one run of this work reaches the bound.
        """
        if not self.extra:
            return 0.0
        return _tail(self.extra, chance, self.majority)

    def pass_probability(self, chance: float) -> float:
        """Probability that work passes under the rule, if each of its misses is looked at again.

        For work that is clearly wrong, with a small `chance` p, it exceeds p by less than 4·p³ for four further runs.
        """
        return chance + (1 - chance) * self.passes_again(chance)

    def false_fail(self, beyond_bound: float, beyond_zone: float = 0.0) -> float:
        """Probability that right work loses the points of a metric.

        Args:
            beyond_bound: probability that one run misses the bound.
            beyond_zone: probability that one run misses even the zone; 0 when every miss is looked at again.
        """
        return beyond_zone + (beyond_bound - beyond_zone) * (1 - self.passes_again(1 - beyond_bound))


def _tail(runs: int, chance: float, least: int) -> float:
    """P(Bin(runs, chance) ≥ least)."""
    return math.fsum(math.comb(runs, k) * chance**k * (1 - chance) ** (runs - k) for k in range(least, runs + 1))


def decided(rule: Rerun, passed: Sequence[bool]) -> bool | None:
    """What most runs say, None while further runs could still change it."""
    if sum(passed) >= rule.majority:
        return True
    return False if len(passed) - sum(passed) >= rule.majority else None


def undecided(rule: Rerun, findings: Iterable[Finding], about: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Ids of the checks whose missed bound wants one more run.

    Args:
        rule: the assignment's.
        findings: of one submission.
        about: by check id, the names of the models that it looks at; where there are none, any failure explains a miss.
    """
    listed = list(findings)
    blamed: set[str] = set()
    wrong = False
    for finding in listed:
        if finding.short is None and finding.verdict in {Verdict.FAILED, Verdict.PARTIAL}:
            wrong = True
            blamed |= about.get(f"{finding.exercise}.{finding.check}", frozenset())
    wanting = []
    for finding in listed:
        name = f"{finding.exercise}.{finding.check}"
        if finding.short is None or finding.verdict is Verdict.PASSED or not finding.max_points or not rule.extra:
            continue
        models = about.get(name, frozenset())
        explained = bool(models & blamed) if models else wrong
        passed = [run.passed for run in finding.runs] or [False]
        if (finding.short <= rule.zone or not explained) and decided(rule, passed) is None:
            wanting.append(name)
    return tuple(wanting)


def settle(rule: Rerun, outcomes: Sequence[Outcome], seeds: Sequence[int]) -> Outcome:
    """One outcome from those of all runs, the first one first.

    A miss that most runs don't share passes in full. One that they share keeps the first run's outcome, and so does
    one that stays undecided, with a flag.
    """
    first = outcomes[0]
    if first.short is None or len(outcomes) < 2:
        return first
    passed = [outcome.score == 1 for outcome in outcomes]
    verdict = decided(rule, passed)
    runs = tuple(
        SeedRun(seed=seed, value=outcome.value, passed=ok)
        for seed, outcome, ok in zip(seeds, outcomes, passed, strict=True)
    )
    shown = ", ".join("none" if run.value is None else f"{run.value:.4f}" for run in runs[1:])
    again = "once" if len(runs) == 2 else f"{len(runs) - 1} times"
    told = f"Trained again {again} with other seeds: {shown}."
    if verdict is None:
        flag = f"A bound was missed, and {len(runs)} runs don't decide it."
        return replace(first, runs=runs, message=f"{first.message} {told}", flag=" ".join([first.flag, flag]).strip())
    count = sum(passed) if verdict else len(passed) - sum(passed)
    what = "reach the bound, so it is met" if verdict else "miss the bound, so the first run's mark stands"
    message = f"{first.message} {told} {count} of {len(runs)} runs {what}."
    score = 1.0 if verdict else first.score
    return replace(first, runs=runs, message=message, score=score)
