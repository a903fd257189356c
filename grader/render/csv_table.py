"""CSV (RFC 4180, UTF-8): a line a student, or a line a finding. No cell is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from grader.render import Work, wording
from grader.render.escape import csv_cell
from grader.report import Report

Cell: TypeAlias = str | float | bool | None
"""Texts are escaped, numbers written as numbers, None left empty."""


def one(report: Report, work: Work) -> str:  # noqa: ARG001 - the notebook is for formats that show it
    """The findings of one student, a line each."""
    return findings([report])


def many(reports: Sequence[Report]) -> str:
    """A line a student: points by exercise, and the flags for a human."""
    exercises = list(dict.fromkeys(e.exercise for r in reports for e in r.exercises))
    header = ["student", "file", "status", "score", "max_score", "waiting"]
    header += [f"points_{name}" for name in exercises]
    header += ["needs_human", "flags", "reason", "data_source", "recipe", "sandbox", "seconds"]
    return _table(header, (_student(report, exercises) for report in reports))


def findings(reports: Sequence[Report]) -> str:
    """A line a finding, for all students."""
    header = "student file exercise check verdict points max_points hidden provenance cell".split()  # noqa: SIM905
    header += ["message", "expected", "received", "hint", "flag", "answer", "comment", "marked_by"]
    return _table(header, (line for report in reports for line in _findings(report)))


def _student(report: Report, exercises: Sequence[str]) -> list[Cell]:
    wording.guard(report)
    points = {e.exercise: e.points for e in report.exercises}
    ungraded = report.score is None
    instructor = report.audience == "instructor"
    return [
        report.submission.student,
        report.submission.file,
        report.status.value,
        report.score,
        report.max_score,
        None if ungraded else report.waiting,
        *(None if ungraded else points.get(name) for name in exercises),
        wording.calls_a_human(report) if instructor else None,
        "; ".join(wording.flags(report)),
        report.reason,
        report.data_source,
        report.recipe,
        report.sandbox,
        round(report.seconds, 3),
    ]


def _findings(report: Report) -> Iterable[list[Cell]]:
    wording.guard(report)
    for f in report.findings:
        yield [
            report.submission.student,
            report.submission.file,
            f.exercise,
            f.check,
            f.verdict.value,
            None if report.score is None or f.open else f.points,
            f.max_points,
            f.hidden,
            f.provenance.value,
            f.cell,
            f.message,
            f.expected,
            f.received,
            f.hint,
            f.flag if report.audience == "instructor" else "",
            *((wording.answer_text(f.answer), f.answer.comment, f.answer.marked_by) if f.answer else ("", "", "")),
        ]


def _table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow([csv_cell(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return csv_cell(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else f"{value:.6g}"
