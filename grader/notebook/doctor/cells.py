"""The code cells of a notebook, each parsed on its own: one that doesn't parse hides no other."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import cached_property

from nbformat import NotebookNode

from grader.notebook.answer_cells import exercise_of
from grader.notebook.cell_source import python_of

_PRINT = re.compile(r"^(\s*)print[ \t]+(?![=(,.\])])(.*\S)[ \t]*$", re.MULTILINE)
_COMMAND = re.compile(r"^\s*(?:[%!]|pip\s+install\b|conda\s+install\b)")


@dataclass(frozen=True, kw_only=True)
class CodeCell:
    """One code cell."""

    index: int
    """Position in the notebook, counting every cell from 0."""
    source: str
    exercise: str = ""
    """The exercise that its metadata names."""

    @cached_property
    def _parsed(self) -> tuple[ast.Module | None, SyntaxError | None]:
        first = _parse(self.source)
        return first if first[0] else _parse(python_of(_whole_commands(self.source)))

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree with the notebook's own line numbers, or None when it isn't Python 3."""
        return self._parsed[0]

    @property
    def error(self) -> SyntaxError | None:
        """Why it isn't Python 3."""
        return None if self.tree else self._parsed[1]

    @cached_property
    def repaired(self) -> ast.Module | None:
        """The tree, also of Python 2 once its prints are put into brackets."""
        return self.tree or _parse(_PRINT.sub(r"\1print(\2)", python_of(_whole_commands(self.source))))[0]

    @property
    def python_2(self) -> bool:
        """Whether the prints are all that is wrong with it."""
        return self.tree is None and self.repaired is not None

    @cached_property
    def commands(self) -> tuple[tuple[int, str], ...]:
        """Magics and shell lines, with their line from 1."""
        if _parse(self.source)[0]:
            return ()
        lines = enumerate(_whole_commands(self.source).splitlines(), 1)
        return tuple((number, line.strip()) for number, line in lines if _COMMAND.match(line))

    def line(self, number: int) -> str:
        """A line of the cell, from 1."""
        lines = self.source.splitlines()
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def code_cells(notebook: NotebookNode) -> tuple[CodeCell, ...]:
    """The code cells of a notebook, in order."""
    return tuple(
        CodeCell(
            index=index,
            source=str(cell.source),
            exercise=exercise_of(cell),
        )
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
    )


def _parse(source: str) -> tuple[ast.Module | None, SyntaxError | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source), None
    except SyntaxError as error:
        return None, error
    except (ValueError, RecursionError, MemoryError) as error:
        return None, SyntaxError(str(error))


def _whole_commands(source: str) -> str:
    """Shell commands over several lines on their first one, the others left empty."""
    lines: list[str] = []
    open_at: int | None = None
    for line in source.split("\n"):
        if open_at is not None:
            lines[open_at] += " " + line.strip().removesuffix("\\")
            lines.append("")
        else:
            lines.append(line)
        begins = open_at is None and _COMMAND.match(line) is not None
        goes_on = line.rstrip().endswith("\\")
        if begins and goes_on:
            open_at = len(lines) - 1
            lines[open_at] = line.rstrip().removesuffix("\\")
        elif not goes_on:
            open_at = None
    return "\n".join(lines)
