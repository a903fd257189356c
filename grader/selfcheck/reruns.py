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
_MAGIC = re.compile(r"^%(?:grader\b|(?:re)?load_ext\s+grader\b).*$", re.MULTILINE)


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
        try:
            tree = ast.parse(_MAGIC.sub("", self.source))
        except (SyntaxError, ValueError):
            return False
        return all(_asks(statement) for statement in tree.body)


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


def _asks(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        module = statement.module if isinstance(statement, ast.ImportFrom) else None
        return module == "grader" or [a.name for a in statement.names] == ["grader"]
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    call = statement.value
    given = [*call.args, *(k.value for k in call.keywords)]
    named = ast.unparse(call.func).removeprefix("grader.") in {"check", "hint"}
    return named and all(isinstance(value, ast.Constant) for value in given)


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
