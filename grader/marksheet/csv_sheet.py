"""Sheets as CSV (RFC 4180): written for any spreadsheet, read as spreadsheets save it.

No cell is a formula. What comes back may be in UTF-8 or UTF-16, with commas, semicolons or tabs, and with any columns
added, left out or moved, as long as those that a mark hangs on are there.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from grader.errors import UsageError
from grader.marksheet.row import Row
from grader.render.escape import csv_cell

COLUMNS = (
    "exercise", "question", "max_points", "rubric", "students", "answer", "points", "comment", "answer_id",
)  # fmt: skip
NEEDED = ("exercise", "students", "answer_id", "points")
"""Columns without which a row can't be told, or says nothing."""


def write_csv(rows: Sequence[Row]) -> bytes:
    """The sheet, in UTF-8 with a byte order mark, by which Excel knows it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = [row.exercise, row.question, f"{row.max_points:g}", "\n".join(row.rubric), "\n".join(row.students)]
        cells += [row.answer, row.points, row.comment, row.answer_id]
        writer.writerow([csv_cell(cell) for cell in cells])
    return codecs.BOM_UTF8 + out.getvalue().encode("utf-8")


def read_csv(data: bytes, file: str) -> tuple[Row, ...]:
    """The rows that came back; rows without any text are left out.

    Raises:
        UsageError: it is no table with these columns; says where.
    """
    text = _text(data, file)
    table = [*_records(text, file)]
    if not table:
        raise UsageError("the file is empty", where=file, remedy="export it again")
    header = [name.strip().lower() for name in table[0]]
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise UsageError(
            f"there is no column {' or '.join(missing)}",
            where=f"{file}, row 1",
            remedy=f"keep the first row of the exported file: {', '.join(COLUMNS)}",
        )
    twice = sorted({name for name in COLUMNS if header.count(name) > 1})
    if twice:
        raise UsageError(f"two columns are called {twice[0]}", where=f"{file}, row 1", remedy="take one of them out")
    return tuple(
        _row(dict(zip(header, cells, strict=False)), f"row {number}")
        for number, cells in enumerate(table[1:], 2)
        if any(cell.strip() for cell in cells)
    )


def _row(cells: dict[str, str], place: str) -> Row:
    plain = {name: _undone(cell) for name, cell in cells.items()}
    return Row(
        exercise=plain.get("exercise", "").strip(),
        students=tuple(name.strip() for name in plain.get("students", "").splitlines() if name.strip()),
        points=plain.get("points", "").strip(),
        comment=plain.get("comment", "").strip(),
        answer_id=plain.get("answer_id", "").strip().lower(),
        place=place,
    )


def _undone(cell: str) -> str:
    """The text before `csv_cell` put an apostrophe before what would be a formula."""
    return cell[1:] if cell.startswith("'") and csv_cell(cell[1:]) == cell else cell


def _text(data: bytes, file: str) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            "the text is not in UTF-8",
            where=f"{file}, line {data[: error.start].count(10) + 1}",
            remedy="save it as “CSV UTF-8” (Excel), or choose UTF-8 when saving (LibreOffice)",
        ) from error


def _records(text: str, file: str) -> Iterator[list[str]]:
    first = text.split("\n", 1)[0]
    # Spreadsheets of countries with a decimal comma put semicolons between cells.
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UsageError(
                f"a cell can't be read: {error}",
                where=f"{file}, row {number}",
                remedy="look for a quotation mark that is not closed",
            ) from error
