"""JSON: the report as it is, and a class of them under one roof. The schema is docs/report.schema.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from grader.records import encode
from grader.render import Work, wording
from grader.render.escape import encodable
from grader.report import Report

CLASS_SCHEMA = "grader/class/v1"


@dataclass(frozen=True, kw_only=True)
class ClassSummary:
    """A class in numbers."""

    submissions: int
    median_score: float | None
    """Over the submissions that have a score; None when none has."""
    statuses: dict[str, int]
    """Number of submissions by status; statuses that don't occur are left out."""
    need_human: int
    """Submissions with a machine fault, a broken check or a flag."""
    answers_waiting: int = 0
    """Answers that a human reads and that have no mark yet."""


@dataclass(frozen=True, kw_only=True)
class ClassReport:
    """The reports of one class."""

    assignment: str
    """Name of the assignment; empty when there are no reports."""
    title: str
    summary: ClassSummary
    reports: tuple[Report, ...]
    schema: str = CLASS_SCHEMA


def one(report: Report, work: Work) -> str:  # noqa: ARG001 - the notebook is for formats that show it
    """One report, indented, with a final newline."""
    return _json(wording.guard(report))


def many(reports: Sequence[Report]) -> str:
    """A class, indented, with a final newline."""
    return _json(class_report(reports))


def class_report(reports: Sequence[Report]) -> ClassReport:
    """Puts the reports of one class under one roof."""
    totals = wording.totals(reports)
    first = next(iter(reports), None)
    return ClassReport(
        assignment=first.assignment if first else "",
        title=first.title if first else "",
        summary=ClassSummary(
            submissions=totals.count,
            median_score=totals.median_score,
            statuses={status.value: count for status, count in totals.statuses.items()},
            need_human=totals.need_human,
            answers_waiting=totals.answers_waiting,
        ),
        reports=tuple(wording.guard(r) for r in reports),
    )


def _json(record: Report | ClassReport) -> str:
    try:
        compact = encode(record)
    except UnicodeEncodeError:
        compact = msgspec.json.encode(_encodable(msgspec.to_builtins(record)))
    return msgspec.json.format(compact, indent=2).decode() + "\n"


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(key): _encodable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(inner) for inner in value]
    return value
