"""Findings of an assignment's checks, one by one; pure, as the judge is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grader.assignment import Assignment, Exercise
from grader.checks.check import Check, Expected, Undecidable
from grader.evidence import Evidence, Status
from grader.expectations import Expectations
from grader.marking import WAITS, held_open
from grader.report import Finding, Outcome, Verdict
from grader.rerun import settle

_NOT_RUN = {
    Status.UNREADABLE: "The notebook can't be read.",
    Status.NOT_ATTEMPTED: "Not attempted.",
}
_ELSEWHERE = "Decided by your instructor's grader."


def findings(assignment: Assignment, runs: Sequence[Evidence], expectations: Expectations | None) -> Iterator[Finding]:
    """A finding for every check, each after those that it depends on.

    Args:
        assignment: whose checks are carried out.
        runs: evidence of one notebook; the first run is judged, further ones decide about bounds that it missed.
        expectations: what calibration kept; None where there was none.
    """
    judging = _Judging(assignment=assignment, runs=runs, expectations=expectations)
    for exercise in assignment.exercises:
        shares = _shares(exercise)
        for check in _in_order(exercise):
            yield judging.finding(exercise, check, shares[check.name])


@dataclass(frozen=True, kw_only=True)
class _Judging:
    """One notebook's checks, and what those have found that were carried out already."""

    assignment: Assignment
    runs: Sequence[Evidence]
    expectations: Expectations | None
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def reference(self) -> Evidence | None:
        return self.expectations.reference if self.expectations is not None else None

    def finding(self, exercise: Exercise, check: Check, points: float) -> Finding:
        """A check's finding, which is remembered for those that depend on it."""
        blank = Finding(
            exercise=exercise.name,
            check=check.name,
            title=check.title,
            verdict=Verdict.SKIPPED,
            points=0.0,
            max_points=points,
            hidden=check.hidden,
        )
        found = _without_a_run(blank, check, self.runs[0]) or self._carried_out(blank, check)
        self.verdicts[f"{exercise.name}.{check.name}"] = found.verdict
        return found

    def _carried_out(self, blank: Finding, check: Check) -> Finding:
        expected: Expected | None = None
        try:
            blocked = self._blocked(blank.exercise, check)
            if blocked is not None:
                return replace(blank, message=blocked)
            expected = self._expected(f"{blank.exercise}.{check.name}", check)
            if expected is None:
                return replace(blank, message=_ELSEWHERE, max_points=0.0)
            return _from_outcome(blank, check, self._outcome(check, expected))
        except Undecidable as reason:
            return replace(blank, message=str(reason) or _ELSEWHERE, max_points=0.0)
        except MemoryError:
            raise  # the machine's fault: nothing is judged then
        except Exception as error:  # noqa: BLE001 - whatever a check raises is the instructor's or the grader's fault
            why = f"{type(error).__name__}: {error}"
            if expected is not None and self._works_on_the_reference(check, expected):
                return _held(blank, why)
            return _broken(blank, why)

    def _outcome(self, check: Check, expected: Expected) -> Outcome:
        """Of the first run, or of most runs where that one missed a calibrated bound."""
        evidence, *further = self.runs
        outcome = check.judge(evidence, expected)
        if not further or outcome.short is None:
            return outcome
        outcomes = (outcome, *(check.judge(e, expected) for e in further))
        return settle(self.assignment.rerun, outcomes, [e.seed for e in self.runs])

    def _works_on_the_reference(self, check: Check, expected: Expected) -> bool:
        """Whether a check that raised an exception is whole, so that what it was given broke it."""
        if self.reference is None:
            return False
        try:
            return math.isfinite(check.judge(self.reference, expected).score)
        except Exception:  # noqa: BLE001 - likewise
            return False

    def _blocked(self, exercise: str, check: Check) -> str | None:
        """Why a check is skipped when one that it depends on did not pass; None when all did.

        Raises:
            LookupError: there is no such check before this one.
        """
        for name in check.after:
            check_id = name if name in self.verdicts else f"{exercise}.{name}"
            verdict = self.verdicts.get(check_id)
            if verdict in {Verdict.PASSED, Verdict.BROKEN}:
                continue
            if verdict is None:
                raise LookupError(f"it depends on {name}, which does not come before it")
            if not check.hidden and any(found == check_id and c.hidden for found, c in self.assignment.checks()):
                return "Skipped: a part that your instructor checks separately did not pass."
            return f"Skipped: {check_id} did not pass."
        return None

    def _expected(self, check_id: str, check: Check) -> Mapping[str, Any] | None:
        """What the check expects; None when only the instructor's grader has it.

        Raises:
            LookupError: calibration did not keep it.
        """
        if check.needs_reference:
            return None if self.reference is None else {"reference": self.reference}
        if not check.calibrated:
            return {}
        if self.expectations is None or check_id not in self.expectations.checks:
            raise LookupError(f"no expectations for {check_id}: run grader calibrate")
        return self.expectations.checks[check_id]


def _shares(exercise: Exercise) -> dict[str, float]:
    """Points of each check of an exercise, by weight."""
    whole = math.fsum(c.weight for c in exercise.checks)
    return {c.name: exercise.checks_points * c.weight / whole if whole else 0.0 for c in exercise.checks}


def _in_order(exercise: Exercise) -> list[Check]:
    """Checks after the ones of the same exercise that they depend on; a circle is left as it stands."""
    left, done = list(exercise.checks), list[Check]()
    while left:
        waiting = {c.name for c in left} | {f"{exercise.name}.{c.name}" for c in left}
        ready = [c for c in left if not waiting & set(c.after) - {c.name}]
        done += ready or left
        left = [c for c in left if c not in ready] if ready else []
    return done


def _without_a_run(blank: Finding, check: Check, evidence: Evidence) -> Finding | None:
    """The finding where there is nothing that the check could look at."""
    if evidence.status is Status.MACHINE_ERROR:
        return replace(blank, message="Not graded: the grader's machine is at fault, not the notebook.")
    if evidence.status not in _NOT_RUN:
        return None
    received = "not attempted" if evidence.status is Status.NOT_ATTEMPTED else "unreadable"
    message = evidence.reason or _NOT_RUN[evidence.status]
    return replace(blank, verdict=Verdict.FAILED, message=message, received=received, hint=check.hint)


def _from_outcome(blank: Finding, check: Check, outcome: Outcome) -> Finding:
    score = outcome.score
    if not isinstance(score, int | float) or not math.isfinite(score):
        raise TypeError(f"the check returned the score {score!r}")
    score = min(max(float(score), 0.0), 1.0)
    verdict = Verdict.PASSED if score == 1 else Verdict.FAILED if score == 0 else Verdict.PARTIAL
    found = replace(
        blank,
        verdict=verdict,
        points=blank.max_points * score,
        message=outcome.message,
        expected=outcome.expected,
        received=outcome.received,
        hint=(outcome.hint or check.hint) if verdict is not Verdict.PASSED else "",
        provenance=outcome.provenance,
        cell=outcome.cell,
        subject=outcome.subject,
        layers=outcome.layers,
        curves=outcome.curves,
        flag=outcome.flag,
        value=outcome.value,
        short=outcome.short,
        runs=outcome.runs,
    )
    if not outcome.held:
        return found
    said = f"{outcome.message} {WAITS}"
    return held_open(replace(found, held=True, verdict=Verdict.BROKEN, message=said))


def _broken(blank: Finding, why: str) -> Finding:
    return replace(
        blank,
        verdict=Verdict.BROKEN,
        points=blank.max_points,
        message="This check could not be carried out; its points are given.",
        flag=f"{blank.exercise}.{blank.check} is broken: {why}",
    )


def _held(blank: Finding, why: str) -> Finding:
    return held_open(
        replace(blank, held=True, flag=f"{blank.exercise}.{blank.check} broke on this notebook's records: {why}")
    )
