"""Which earlier runs of cells no longer hold, once a cell is run again."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.notebook.cell_source import parse

ALIKE = 0.6
"""Share of the text that two versions of a cell have in common at least."""
_ASKS = re.compile(
    r"^\s*(?:from grader import .*|import grader|(?:grader\.)?(?:check|hint)\([^()]*\)|%(?:grader|load_ext)\b.*|#.*|)\s*;?\s*$"
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one cell in a live kernel."""

    number: int
    """As the front end shows it, `In [number]`."""
    source: str
    cell_id: str | None = None
    """Of the notebook's cell; None where the front end doesn't tell (plain IPython, Colab)."""

    @property
    def only_asks(self) -> bool:
        """Whether it is a self-check and nothing else, which changes nothing however often it is run."""
        return all(_ASKS.match(line) for line in self.source.splitlines())


def outdated(earlier: Sequence[Run], now: Run) -> frozenset[int]:
    """Numbers of the runs that `now` takes the place of.

    With an id, it is the same cell. Without one, the same text is the same cell; so is a similar text that defines the same
    names and follows right on it, self-checks aside: that is somebody mending what a check said.
    """
    text = now.source.strip()
    earlier = [run for run in earlier if not run.only_asks]
    unknown = [run for run in earlier if run.cell_id is None or now.cell_id is None]
    same = {run.number for run in unknown if text and run.source.strip() == text}
    if now.cell_id is not None:
        return frozenset(same | {run.number for run in earlier if run.cell_id == now.cell_id})
    return frozenset(same | ({earlier[-1].number} if earlier and _mends(earlier[-1], now) else set()))


def _mends(before: Run, now: Run) -> bool:
    names = _names(now.source)
    alike = difflib.SequenceMatcher(None, before.source, now.source, autojunk=False).ratio()
    return bool(names) and names == _names(before.source) and alike >= ALIKE


def _names(source: str) -> frozenset[str]:
    """Names that a cell binds at its top level."""
    tree = parse(source)
    found: set[str] = set()
    for statement in tree.body if tree is not None else ():
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            found |= {
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
    return frozenset(found)
