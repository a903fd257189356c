"""Answers that a human reads: the pile that waits, and sheets of marks that go out and come back (docs/marking.md)."""

from __future__ import annotations

from grader.marksheet.award import Award, award
from grader.marksheet.csv_sheet import read_csv, write_csv
from grader.marksheet.json_sheet import read_json, write_json
from grader.marksheet.pile import Batch, code_name, names, pile, singly
from grader.marksheet.returned import Returned, returned
from grader.marksheet.row import Row, rows_of

__all__ = [
    "Award", "Batch", "Returned", "Row", "award", "code_name", "names", "pile", "read_csv", "read_json", "returned", "rows_of",
    "singly", "write_csv", "write_json",
]  # fmt: skip
