"""A report from evidence and expectations; pure: no files, no clock, no TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from grader import honesty
from grader.assignment import ANSWER, Assignment
from grader.checks.choose import choose
from grader.environment import notice
from grader.evidence import Evidence, Model, Status, last_snapshots
from grader.expectations import Expectations
from grader.findings import findings
from grader.marking import for_students_eyes, unmarked
from grader.notebook.free_text import Written
from grader.report import (
    Finding,
    HonestyFlag,
    ModelSummary,
    Report,
    SecondAttempt,
    SubmissionId,
    Verdict,
)
from grader.score import after, exercise_scores, total, waiting

_UNLISTED = "The notebook's models could not be listed"
_UNSUSPECTED = "The honesty checks could not be carried out"


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
    runs = (evidence, *further)
    calibrated_with = {} if expectations is None else expectations.environment
    suspicions, doubt = _suspicions(assignment, evidence, expectations)
    models, unlisted = _listed(assignment, evidence)
    found = _in_the_students_order(
        assignment,
        (
            *_without_dishonest(findings(assignment, runs, expectations), assignment.models_by_check(), suspicions),
            *(
                unmarked(exercise, exercise.question, written, evidence.status, evidence.reason)
                for exercise in assignment.exercises
                if exercise.question is not None
            ),
        ),
    )
    exercises = exercise_scores([(e.name, e.title) for e in assignment.exercises], found)
    failed_machine = evidence.status is Status.MACHINE_ERROR
    return Report(
        assignment=assignment.name,
        title=assignment.title,
        submission=submission,
        status=evidence.status,
        reason=evidence.reason,
        score=None if failed_machine else total(e.points for e in exercises),
        max_score=total(e.max_points for e in exercises),
        waiting=waiting(found),
        exercises=exercises,
        findings=found,
        models=models,
        honesty=suspicions,
        cells=evidence.cells,
        notes=(
            *dict.fromkeys(n.text for n in evidence.notices if n.text),
            *_broken_notes(found),
            *filter(None, [notice(calibrated_with, evidence.environment)]),
            *(text for text in (doubt, unlisted) if text),
        ),
        seeds=tuple(e.seed for e in runs),
        data_source=evidence.data_source,
        recipe=assignment.recipe,
        sandbox=evidence.sandbox,
        environment=evidence.environment,
        calibrated_with=calibrated_with,
        seconds=math.fsum(e.seconds for e in runs),
        peak_memory=evidence.peak_memory,
        hidden_checks=sum(check.hidden for _, check in assignment.checks()),
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


def _in_the_students_order(assignment: Assignment, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """As the assignment lists its checks, an exercise's question last."""
    in_order = [f"{e.name}.{name}" for e in assignment.exercises for name in (*(c.name for c in e.checks), ANSWER)]
    place = {check_id: i for i, check_id in reversed([*enumerate(in_order)])}
    return tuple(sorted(found, key=lambda f: place[f"{f.exercise}.{f.check}"]))


def _without_dishonest(
    found: Iterable[Finding], about: Mapping[str, frozenset[str]], suspicions: Sequence[HonestyFlag]
) -> Iterator[Finding]:
    """Metrics of a model earn nothing under a suspicion that the assignment lets decide."""
    blamed = {flag.model: flag.text for flag in reversed(suspicions) if flag.fails}
    for finding in found:
        why = next((blamed[m] for m in about.get(f"{finding.exercise}.{finding.check}", ()) if m in blamed), "")
        failed = replace(finding, verdict=Verdict.FAILED, points=0.0, message=f"It does not count: {why}")
        yield failed if why and finding.value is not None else finding


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
