"""Checks that wait for a human, for `grader mark`: which they are, and what a human decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from grader.errors import UsageError
from grader.mark import Mark
from grader.marking import held_name
from grader.render.escape import one_line
from grader.report import Finding, Report

if TYPE_CHECKING:
    from grader.gradebook import Gradebook


def any_held(reports: Iterable[Report]) -> bool:
    """Whether a human has something to decide, or decided it."""
    return any(True for report in reports for _ in _held(report))


def list_held(reports: Iterable[Report], assignment: str) -> None:
    """Prints the held checks that nobody has decided about, and how to; nothing where there are none."""
    found = [(report, finding) for report in reports for finding in _held(report) if finding.open]
    if not found:
        return
    click.echo("\nChecks that wait for a human; their points are neither earned nor lost:")
    for report, finding in found:
        student = one_line(report.submission.student, limit=40)
        click.echo(
            f"  {held_name(finding)}  {student}  {finding.max_points:g} points  {one_line(finding.flag, limit=200)}"
        )
    report, finding = found[0]
    click.echo(
        f"Look at the notebook, mend the check and `grader regrade {assignment}`, or decide:\n"
        f"  grader mark {assignment} --student NAME --check {held_name(finding)} --points 0"
    )


def decide(
    reports: Iterable[Report],
    gradebook: Gradebook,
    *,
    assignment: str,
    student: str | None,
    check: str,
    points: float | None,
    comment: str,
    marked_by: str,
) -> None:
    """Gives a held check of one student its points; without points, an earlier decision is taken back.

    Raises:
        UsageError: no such check of this student is held, or it is worth less.
    """
    from grader.pipeline import remark

    held = {(r.submission.student, held_name(f)): (r, f) for r in reports for f in _held(r)}
    if student is None or (student, check) not in held:
        known = "; ".join(f"--student {who} --check {name}" for who, name in list(held)[:10])
        raise UsageError(
            f"{check} of {student or 'nobody'} is no check that waits for a human",
            where=assignment,
            remedy=known or "only a check that waits for a human is decided so",
        )
    report, finding = held[student, check]
    if points is not None and points > finding.max_points:
        raise UsageError(
            f"{points:g} points, of {finding.max_points:g}", where=f"{student}, {check}", remedy="give at most those"
        )
    given = Mark(
        student=student,
        exercise=check,
        points=points,
        comment=comment,
        answer=report.submission.sha256,
        marked_by=marked_by,
    )
    gradebook.mark(assignment, [given])
    remark(assignment, {student}, gradebook)
    said = "waits again" if points is None else f"{points:g} of {finding.max_points:g} points"
    click.echo(f"{one_line(student, limit=40)}, {check}: {said}.")


def _held(report: Report) -> Iterator[Finding]:
    return (finding for finding in report.findings if finding.held)
