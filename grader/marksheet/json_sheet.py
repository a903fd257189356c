"""Sheets as JSON, `grader/marks/v1`: the rows of the CSV form, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from grader.errors import UsageError
from grader.marksheet.row import Row

SCHEMA = "grader/marks/v1"


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    assignment: str
    answers: tuple[Row, ...]
    schema: str = SCHEMA


def write_json(rows: Sequence[Row], assignment: str) -> bytes:
    """The sheet, indented."""
    sheet = msgspec.to_builtins(_Sheet(assignment=assignment, answers=tuple(rows)))
    for answer in sheet["answers"]:
        del answer["place"]
    return msgspec.json.format(msgspec.json.encode(sheet), indent=2) + b"\n"


def read_json(data: bytes, file: str, assignment: str) -> tuple[Row, ...]:
    """The rows that came back.

    Raises:
        UsageError: it is no sheet of this assignment; says where.
    """
    try:
        sheet = msgspec.json.decode(data, type=_Sheet)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"no sheet of marks: {error}", where=file, remedy="points and comment are texts; export it again to compare"
        ) from error
    if sheet.schema != SCHEMA or sheet.assignment != assignment:
        raise UsageError(
            f"it is a sheet {sheet.schema} of {sheet.assignment}",
            where=file,
            remedy=f"one of {assignment}, by {SCHEMA}, is needed",
        )
    return tuple(replace(row, place=f"answers[{number}]") for number, row in enumerate(sheet.answers))
