"""Cells that don't parse, each by itself; Python 2 is said as such."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.notebook.doctor.cells import CodeCell
from grader.report import Advice, Severity

KIND = "syntax"
_PRINT = re.compile(r"^print\s+(.+)$")


def syntax(cells: tuple[CodeCell, ...]) -> Iterator[Advice]:
    """One piece of advice for each cell that isn't Python 3."""
    for cell in cells:
        if cell.tree is None and cell.error is not None:
            yield _advice(cell, cell.error)


def _advice(cell: CodeCell, error: SyntaxError) -> Advice:
    line = error.lineno or 1
    text = cell.line(line)
    printed = _PRINT.match(text)
    if cell.python_2 or (printed and "print" in error.msg):
        what, why = "this is Python 2", "in Python 3 `print` is a function; nothing of this cell runs"
        new = f"print({printed[1]})" if printed else "print(…)"
    else:
        what, why, new = f"this is not valid Python: {error.msg}", "nothing of this cell runs", ""
        if blank := next((c for c in text if ord(c) > 127 and c.isspace()), ""):
            new = f"ordinary blanks in place of U+{ord(blank):04X}, which came with copied text"
        elif re.match(r"\s*(?:[-+*]|\d+\.)\s+\w+ \w+", text) or (
            re.match(r"#+ ", cell.source.lstrip()) and _prose(cell)
        ):
            new = "make it a Markdown cell (Esc, M)"
    return Advice(
        kind=KIND, severity=Severity.BREAKS, cell=cell.index, line=line, what=what, why=why, old=text[:100], new=new
    )


def _prose(cell: CodeCell) -> bool:
    lines = [line for line in cell.source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return bool(lines) and all(_words(line) for line in lines)


def _words(line: str) -> bool:
    try:
        ast.parse(line.strip())
    except SyntaxError:
        return len(line.split()) > 3 and not re.search(r"[=(\[{]", line)
    return False
