"""Errors that only follow from an earlier one, folded under it.

In 132 real notebooks 104 of 140 errors were NameErrors about something that an earlier, failed cell would have defined.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grader.evidence import CellError, CellRun, CellStatus
from grader.notebook.cell_source import parse, python_of

_NAME = re.compile(r"name '([^']+)' is not defined")
_ATTRIBUTE = re.compile(r"has no attribute '([^']+)'")
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def fold(cells: Sequence[CellRun], sources: Mapping[int, str]) -> tuple[CellRun, ...]:
    """Sets `follows_from` where an earlier cell's failure explains an error.

    Args:
        cells: in the order in which they ran.
        sources: source of each code cell, by index.

    Returns:
        The same cells; a chain of causes leads straight to its root.
    """
    failed: list[_Failed] = []
    roots: dict[int, int] = {}
    out = []
    for cell in cells:
        cause = next((f.index for f in reversed(failed) if cell.error and f.explains(cell.error)), None)
        if cause is not None and cell.status is CellStatus.ERROR:
            roots[cell.index] = roots.get(cause, cause)
            cell = replace(cell, follows_from=roots[cell.index])  # noqa: PLW2901
        if cell.status is not CellStatus.OK:
            failed.append(_Failed(cell.index, sources.get(cell.index, "")))
        out.append(cell)
    return tuple(out)


@dataclass
class _Failed:
    """A cell that did not get to its end, and what it would have done."""

    index: int
    source: str

    def explains(self, error: CellError) -> bool:
        """Whether the error can be put down to this cell without guessing."""
        if error.name == "NameError":
            found = _NAME.search(error.message)
            return found is not None and found[1] in self.names
        if error.name == "KeyError":
            key = error.message.strip().strip("'\"")
            return key in self.keys or key.removeprefix("val_") in self.metrics
        if error.name == "AttributeError":
            found = _ATTRIBUTE.search(error.message)
            return found is not None and found[1] in self.attributes
        return "call `compile()`" in error.message and bool(self.compiles)

    @cached_property
    def tree(self) -> ast.Module | None:
        return parse(self.source)

    @cached_property
    def names(self) -> set[str]:
        """Module-level names that it would have defined."""
        return set(_defined(self.tree)) if self.tree else set(defined_by_text(python_of(self.source)))

    @cached_property
    def _stores(self) -> list[ast.AST]:
        targets = ast.Attribute | ast.Subscript
        nodes = ast.walk(self.tree) if self.tree else ()
        return [node for node in nodes if isinstance(node, targets) and isinstance(node.ctx, ast.Store)]

    @cached_property
    def keys(self) -> set[str]:
        """Texts under which it would have stored something."""
        slices = (node.slice for node in self._stores if isinstance(node, ast.Subscript))
        return {str(part.value) for part in slices if isinstance(part, ast.Constant)}

    @cached_property
    def attributes(self) -> set[str]:
        """Attributes that it would have set."""
        return {node.attr for node in self._stores if isinstance(node, ast.Attribute)}

    @cached_property
    def compiles(self) -> list[ast.Call]:
        """Calls of `compile` on something."""
        nodes = ast.walk(self.tree) if self.tree else ()
        return [
            node
            for node in nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "compile"
        ]

    @cached_property
    def metrics(self) -> set[str]:
        """Metrics that its `compile` would have put into the history."""
        given = (keyword.value for call in self.compiles for keyword in call.keywords if keyword.arg == "metrics")
        parts = (part for value in given for part in ast.walk(value))
        return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def _defined(tree: ast.AST) -> Iterator[str]:
    """Names bound at module level; the insides of functions and classes are their own business."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (name for inner in ast.walk(node) if isinstance(inner, ast.Global) for name in inner.names)
        if isinstance(node, _SCOPES):
            continue
        if isinstance(node, _COMPREHENSIONS):
            walrus = (inner.target for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
            yield from (target.id for target in walrus)
            continue
        yield from _bound(node)
        yield from _defined(node)


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name


def defined_by_text(source: str) -> Iterator[str]:
    """Names that a cell which doesn't parse would define, from lines that look like definitions at the margin."""
    for line in source.splitlines():
        if assigned := re.match(r"([\w\s,()\[\]*]+?)\s*(?::[^=]+)?=(?!=)", line):
            yield from re.findall(r"[^\W\d]\w*", assigned[1])
        elif block := re.match(r"(?:async\s+)?(?:def|class)\s+(\w+)", line):
            yield block[1]
        elif imported := re.match(r"(?:from\s+[\w.]+\s+)?import\s+(.+)", line):
            yield from (
                part.split()[-1].split(".")[0] for part in imported[1].strip("() \\").split(",") if part.split()
            )
        elif loop := re.match(r"for\s+([\w\s,()]+?)\s+in\b", line):
            yield from re.findall(r"[^\W\d]\w*", loop[1])
        elif opened := re.match(r"with\s.*\bas\s+(\w+)", line):
            yield opened[1]
