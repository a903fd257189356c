"""Findings from evidence and expectations; pure: no files, no clock, no TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader import honesty
from grader.assignment import ANSWER, Assignment, Exercise
from grader.checks.check import Check, Expected, Undecidable
from grader.checks.choose import choose
from grader.environment import notice
from grader.evidence import Evidence, Model, Status, last_snapshots
from grader.expectations import Expectations
from grader.marking import WAITS, for_students_eyes, held_open, unmarked
from grader.notebook.free_text import Written
from grader.report import (
    Finding,
    HonestyFlag,
    ModelSummary,
    Outcome,
    Report,
    SecondAttempt,
    SubmissionId,
    Verdict,
)
from grader.rerun import settle
from grader.score import after, exercise_scores, total, waiting

_NOT_RUN = {
    Status.UNREADABLE: "The notebook can't be read.",
    Status.NOT_ATTEMPTED: "Not attempted.",
}
_UNLISTED = "The notebook's models could not be listed"
_UNSUSPECTED = "The honesty checks could not be carried out"
_ELSEWHERE = "Decided by your instructor's grader."


def judge(
    assignment: Assignment,
    evidence: Evidence,
    expectations: Expectations | None,
    *,
    submission: SubmissionId,
    further: Sequence[Evidence] = (),
    written: Mapping[str, Written] | None = None,
) -> Report:
    """Carries out every check of an assignment on one submission's evidence.

    `further` is the evidence of the same notebook with other seeds; it decides about calibrated bounds that the first
    run missed (`grader/rerun.py`), and about nothing else. `written` holds the answers that a human reads, by exercise;
    they wait for a mark (`grader/marking.py`).

    A broken check (an exception in it, or expectations that lack it) gives its points in full. One that breaks on this
    evidence but not on the reference's is held: student code can write records that break a check, so its points wait for a
    human (`grader/marking.py`). A check that only the instructor's grader can decide is skipped and counts nowhere. After
    a machine error nothing is scored.
    """
    verdicts: dict[str, Verdict] = {}
    findings: list[Finding] = []
    hidden = {check_id for check_id, check in assignment.checks() if check.hidden}
    for exercise in assignment.exercises:
        shares = _shares(exercise)
        for check in _in_order(exercise):
            check_id = f"{exercise.name}.{check.name}"
            runs = (evidence, *further)
            finding = _finding(exercise, check, shares[check.name], runs, expectations, verdicts, hidden, assignment)
            verdicts[check_id] = finding.verdict
            findings.append(finding)
        if exercise.question is not None:
            findings.append(unmarked(exercise, exercise.question, written, evidence.status, evidence.reason))
    in_order = [f"{e.name}.{name}" for e in assignment.exercises for name in (*(c.name for c in e.checks), ANSWER)]
    place = {check_id: i for i, check_id in reversed([*enumerate(in_order)])}
    findings.sort(key=lambda f: place[f"{f.exercise}.{f.check}"])
    calibrated_with = {} if expectations is None else expectations.environment
    suspicions, doubt = _suspicions(assignment, evidence, expectations)
    findings = _without_dishonest(findings, assignment.models_by_check(), suspicions)
    models, unlisted = _listed(assignment, evidence)
    exercises = exercise_scores([(e.name, e.title) for e in assignment.exercises], findings)
    failed_machine = evidence.status is Status.MACHINE_ERROR
    return Report(
        assignment=assignment.name,
        title=assignment.title,
        submission=submission,
        status=evidence.status,
        reason=evidence.reason,
        score=None if failed_machine else total(e.points for e in exercises),
        max_score=total(e.max_points for e in exercises),
        waiting=waiting(findings),
        exercises=exercises,
        findings=tuple(findings),
        models=models,
        honesty=suspicions,
        cells=evidence.cells,
        notes=(
            *dict.fromkeys(n.text for n in evidence.notices if n.text),
            *_broken_notes(findings),
            *filter(None, [notice(calibrated_with, evidence.environment)]),
            *(text for text in (doubt, unlisted) if text),
        ),
        seeds=(evidence.seed, *(e.seed for e in further)),
        data_source=evidence.data_source,
        recipe=assignment.recipe,
        sandbox=evidence.sandbox,
        environment=evidence.environment,
        calibrated_with=calibrated_with,
        seconds=math.fsum(e.seconds for e in (evidence, *further)),
        peak_memory=evidence.peak_memory,
        hidden_checks=len(hidden),
    )


def for_student(report: Report) -> Report:
    """What the student may see: no hidden finding, no sum with one in it, no flag."""
    if report.audience == "student":
        return report
    visible = tuple(for_students_eyes(replace(f, flag="")) for f in report.findings if not f.hidden)
    shown = {f.exercise for f in visible}
    exercises = exercise_scores([(e.exercise, e.title) for e in report.exercises if e.exercise in shown], visible)
    old, new = _broken_notes(report.findings), _broken_notes(visible)
    # An exception's text may name what is hidden.
    notes = [note for note in report.notes if note not in old and not note.startswith((_UNLISTED, _UNSUSPECTED))]
    return replace(
        report,
        score=None if report.score is None else after(total(e.points for e in exercises), report.second_attempt),
        max_score=total(e.max_points for e in exercises),
        waiting=waiting(visible),
        exercises=exercises,
        findings=visible,
        honesty=(),
        second_attempt=_without_first_score(report),
        notes=(*notes, *new),
        audience="student",
    )


def as_second_attempt(report: Report, deduction: float, first_score: float | None) -> Report:
    """The report of a second run with removed names put back, its score after the deduction, and said so."""
    attempt = SecondAttempt(deduction=deduction, first_score=first_score)
    return replace(
        report,
        score=None if report.score is None else after(total(e.points for e in report.exercises), attempt),
        second_attempt=attempt,
    )


def _without_first_score(report: Report) -> SecondAttempt | None:
    """A student could tell the points of hidden checks from it."""
    attempt = report.second_attempt
    return replace(attempt, first_score=None) if attempt is not None and report.hidden_checks else attempt


def _suspicions(
    assignment: Assignment, evidence: Evidence, expectations: Expectations | None
) -> tuple[tuple[HonestyFlag, ...], str]:
    """Flags for a human, and why there are none where they could not be made."""
    try:
        return honesty.flags(assignment, evidence, expectations.reference if expectations is not None else None), ""
    except Exception as error:  # noqa: BLE001 - a fault in a flag must not cost anyone a mark
        return (), f"{_UNSUSPECTED}: {type(error).__name__}: {error}"


def _listed(assignment: Assignment, evidence: Evidence) -> tuple[tuple[ModelSummary, ...], str]:
    """The notebook's models, and why there are none where they could not be listed."""
    try:
        return _models(assignment, evidence), ""
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a list in the report must not cost anyone a mark
        return (), f"{_UNLISTED}: {type(error).__name__}: {error}"


def _without_dishonest(
    findings: list[Finding], about: Mapping[str, frozenset[str]], suspicions: Sequence[HonestyFlag]
) -> list[Finding]:
    """Metrics of a model earn nothing under a suspicion that the assignment lets decide."""
    blamed = {flag.model: flag.text for flag in reversed(suspicions) if flag.fails}
    found = []
    for finding in findings:
        why = next((blamed[m] for m in about.get(f"{finding.exercise}.{finding.check}", ()) if m in blamed), "")
        failed = replace(finding, verdict=Verdict.FAILED, points=0.0, message=f"It does not count: {why}")
        found.append(failed if why and finding.value is not None else finding)
    return found


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


def _finding(
    exercise: Exercise,
    check: Check,
    points: float,
    runs: Sequence[Evidence],
    expectations: Expectations | None,
    verdicts: Mapping[str, Verdict],
    hidden: set[str],
    assignment: Assignment,
) -> Finding:
    evidence, *further = runs
    expected: Expected | None = None
    blank = Finding(
        exercise=exercise.name,
        check=check.name,
        title=check.title,
        verdict=Verdict.SKIPPED,
        points=0.0,
        max_points=points,
        hidden=check.hidden,
    )
    if evidence.status is Status.MACHINE_ERROR:
        return replace(blank, message="Not graded: the grader's machine is at fault, not the notebook.")
    if evidence.status in _NOT_RUN:
        received = "not attempted" if evidence.status is Status.NOT_ATTEMPTED else "unreadable"
        message = evidence.reason or _NOT_RUN[evidence.status]
        return replace(blank, verdict=Verdict.FAILED, message=message, received=received, hint=check.hint)
    try:
        blocked = _blocked(exercise, check, verdicts, hidden)
        if blocked is not None:
            return replace(blank, message=blocked)
        expected = _expected(f"{exercise.name}.{check.name}", check, expectations)
        if expected is None:
            return replace(blank, message=_ELSEWHERE, max_points=0.0)
        outcome = check.judge(evidence, expected)
        if further and outcome.short is not None:
            outcomes = (outcome, *(check.judge(e, expected) for e in further))
            outcome = settle(assignment.rerun, outcomes, [e.seed for e in runs])
        return _from_outcome(blank, check, outcome)
    except Undecidable as reason:
        return replace(blank, message=str(reason) or _ELSEWHERE, max_points=0.0)
    except MemoryError:
        raise  # the machine's fault: nothing is judged then
    except Exception as error:  # noqa: BLE001 - whatever a check raises is the instructor's or the grader's fault
        why = f"{type(error).__name__}: {error}"
        if expected is not None and _works_on_the_reference(check, expected, expectations):
            return _held(blank, why)
        return _broken(blank, why)


def _works_on_the_reference(check: Check, expected: Expected, expectations: Expectations | None) -> bool:
    """Whether a check that raised an exception is whole, so that what it was given broke it."""
    reference = expectations.reference if expectations is not None else None
    if reference is None:
        return False
    try:
        return math.isfinite(check.judge(reference, expected).score)
    except Exception:  # noqa: BLE001 - likewise
        return False


def _blocked(exercise: Exercise, check: Check, verdicts: Mapping[str, Verdict], hidden: set[str]) -> str | None:
    """Why a check is skipped when one that it depends on did not pass; None when all did.

    Raises:
        LookupError: there is no such check before this one.
    """
    for name in check.after:
        check_id = name if name in verdicts else f"{exercise.name}.{name}"
        verdict = verdicts.get(check_id)
        if verdict in {Verdict.PASSED, Verdict.BROKEN}:
            continue
        if verdict is None:
            raise LookupError(f"it depends on {name}, which does not come before it")
        if check_id in hidden and not check.hidden:
            return "Skipped: a part that your instructor checks separately did not pass."
        return f"Skipped: {check_id} did not pass."
    return None


def _expected(check_id: str, check: Check, expectations: Expectations | None) -> Mapping[str, Any] | None:
    """What the check expects; None when only the instructor's grader has it.

    Raises:
        LookupError: calibration did not keep it.
    """
    reference = expectations.reference if expectations is not None else None
    if check.needs_reference:
        return None if reference is None else {"reference": reference}
    if not check.calibrated:
        return {}
    if expectations is None or check_id not in expectations.checks:
        raise LookupError(f"no expectations for {check_id}: run grader calibrate")
    return expectations.checks[check_id]


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


def _broken_notes(findings: Sequence[Finding]) -> tuple[str, ...]:
    given = sum(f.verdict is Verdict.BROKEN and not f.held for f in findings)
    held = sum(f.held for f in findings)
    return tuple(
        f"{'1 check' if count == 1 else f'{count} checks'} could not be carried out{what}."
        for count, what in (
            (given, " (not the student's fault): the points are given in full"),
            (held, " on what this notebook left: a human decides about the points"),
        )
        if count
    )


def _models(assignment: Assignment, evidence: Evidence) -> tuple[ModelSummary, ...]:
    """The notebook's models with what each was graded as, and why."""
    chosen = [(query.name, choose(evidence, query)) for query in assignment.wanted().models]
    found = []
    for last in last_snapshots(evidence.models):
        picks = [(name, pick) for name, pick in chosen if pick is not None and pick.model.model == last.model]
        snapshot = picks[0][1].model if picks else last
        examined = evidence.examined_for(snapshot.snapshot)
        refused = (examined.refused if examined is not None else "") or snapshot.why_opaque
        whys = [pick.why for _, pick in picks] or ([f"It could not be rebuilt: {refused}."] if refused else [])
        found.append(
            ModelSummary(
                model=last.model,
                names=_names(evidence, last),
                class_name=last.class_name,
                cell=last.created or last.cell,
                parameters=examined.parameters if examined is not None and not examined.refused else None,
                epochs=sum(f.epochs_run for f in evidence.fits_of(last.model)),
                graded_as=tuple(name for name, _ in picks),
                why=" ".join(dict.fromkeys(whys)),
            )
        )
    return tuple(found)


def _names(evidence: Evidence, last: Model) -> tuple[str, ...]:
    return last.names or next((m.names for m in reversed(evidence.snapshots(last.model)) if m.names), ())
