"""Names that are used before a cell defines them, or that no cell defines, reading from top to bottom.

Nothing is reported that could be right: both branches of an `if` count as taken, a loop's body as gone through before, a
function as called only once everything is defined; after a star import or an `exec` every name may exist.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.notebook.causes import defined_by_text
from grader.notebook.cell_source import python_of
from grader.notebook.doctor.cells import CodeCell
from grader.report import Advice, Severity

KIND = "undefined"
_GIVEN = {
    *dir(builtins), "In", "Out", "get_ipython", "display", "exit", "quit", "__name__", "__file__", "__doc__", "__builtins__",
    "__IPYTHON__",
}  # fmt: skip
_HISTORY = re.compile(r"_+|_\d+|_i+\d*|_ih|_oh|_dh")
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_OPENING = re.compile(r"^%(?:pylab|run|load|loadpy|store\s+-r|reset|recall|rerun|macro|load_ext)\b")


@dataclass(frozen=True)
class _Use:
    name: str
    line: int
    cell: int
    function: str = ""
    """The function in whose body it stands; empty where it is looked up at once."""


def undefined(cells: Sequence[CodeCell]) -> Iterator[Advice]:
    """Uses of names that will not be there when the notebook runs from top to bottom."""
    flow = _Flow()
    for cell in cells:
        flow.run(cell)
    ever = flow.ever
    reported: set[tuple[str, int]] = set()
    for use in flow.missing:
        if (use.name, use.cell) not in reported and not (use.function and use.name in ever):
            reported.add((use.name, use.cell))
            later = flow.defined_in.get(use.name)
            yield _advice(use, later, called=not use.function or use.function in flow.loaded)


def _advice(use: _Use, later: int | None, *, called: bool) -> Advice:
    if later is not None:
        what = f"`{use.name}` is used before it is defined"
        here = later == use.cell
        new = f"define `{use.name}` on an earlier line" if here else f"move cell {later} above this one"
        where = "a later line" if here else f"cell {later}"
        why = f"{where} defines it; from top to bottom this cell stops with a NameError"
    else:
        what, new = f"`{use.name}` is never defined", ""
        why = (
            "this cell stops with a NameError"
            if not use.function
            else f"calling `{use.function}` stops with a NameError"
        )
    return Advice(
        kind=KIND,
        severity=Severity.BREAKS if called else Severity.MAY_SURPRISE,
        cell=use.cell,
        line=use.line,
        what=what,
        why=why,
        old=use.name,
        new=new,
    )


class _Flow:
    """What is defined as the cells run one after the other."""

    def __init__(self) -> None:
        self.missing: list[_Use] = []
        self.defined_in: dict[str, int] = {}
        """The first cell that defines each name."""
        self.loaded: set[str] = set()
        self._now: set[str] = set(_GIVEN)
        self._open = False
        """Whether names may exist that can't be seen."""
        self._cell = -1
        self._forgiving = 0

    @property
    def ever(self) -> set[str]:
        """Every name that exists at the end."""
        return self._now | set(self.defined_in)

    def run(self, cell: CodeCell) -> None:
        self._cell = cell.index
        self._open = self._open or any(_OPENING.match(command) for _, command in cell.commands)
        if cell.repaired is None:
            self._define(defined_by_text(python_of(cell.source)))
            self._open = self._open or "import *" in cell.source
            return
        self._block(cell.repaired.body)

    def _define(self, names: Iterable[str]) -> None:
        for name in names:
            self._now.add(name)
            self.defined_in.setdefault(name, self._cell)

    def _block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.If() | ast.While() | ast.For() | ast.AsyncFor() | ast.With() | ast.AsyncWith():
                self._compound(node)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for part in (*node.decorator_list, *_defaults(node.args), *_annotations(node)):
                    self._expression(part)
                self._define([node.name, *_globals(node)])
                self._later(node)
            case ast.ClassDef():
                self._class(node)
            case ast.Delete():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._now.discard(target.id)
                    else:
                        self._expression(target)
            case _:
                self._plain(node)

    def _compound(self, node: ast.If | ast.While | ast.For | ast.AsyncFor | ast.With | ast.AsyncWith) -> None:
        careful = False
        if isinstance(node, ast.If | ast.While):
            self._expression(node.test)
            careful = _mentions(node.test, "globals", "locals", "dir", "vars")
            self._define(_stored(node.body) if isinstance(node, ast.While) else [])
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._expression(node.iter)
            self._define(_stored([node]))
            self._expression(node.target)
        else:
            for item in node.items:
                self._expression(item.context_expr)
                self._define(_stored([item.optional_vars]) if item.optional_vars is not None else [])
        self._forgiving += careful
        self._block(node.body)
        self._forgiving -= careful
        self._block(getattr(node, "orelse", []))

    def _plain(self, node: ast.stmt) -> None:
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            self._open = True
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._need(node.target.id, node.lineno)
        if isinstance(node, ast.Match):
            self._expression(node.subject)
            self._define(_stored([node]))
            for case in node.cases:
                self._block(case.body)
            return
        for child in ast.iter_child_nodes(node):
            self._expression(child)
        self._define(_stored([node]))

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        caught = any(
            h.type is None or _mentions(h.type, "NameError", "Exception", "BaseException") for h in node.handlers
        )
        self._forgiving += caught
        self._block(node.body)
        self._forgiving -= caught
        for handler in node.handlers:
            self._define([handler.name] if handler.name else [])
            self._block(handler.body)
        self._block([*node.orelse, *node.finalbody])

    def _class(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self._expression(part)
        inside = frozenset({node.name, *_stored(node.body)})
        for statement in node.body:
            if isinstance(statement, _NAMED):
                self._later(statement, around=inside, name=node.name)
            else:
                for name, line, function in _uses(statement, inside, ""):
                    self._need(name, line, function=function and node.name)
        self._define([node.name])

    def _expression(self, node: ast.AST) -> None:
        for name, line, function in _uses(node, frozenset(), ""):
            self._need(name, line, function=function)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") in {
                "exec",
                "eval",
                "globals",
                "locals",
                "vars",
            }:
                self._open = True
        self._define(walrus.target.id for walrus in ast.walk(node) if isinstance(walrus, ast.NamedExpr))

    def _later(self, node: ast.stmt, around: frozenset[str] = frozenset(), name: str = "") -> None:
        """A function's body: looked up when it is called."""
        label = name or getattr(node, "name", "a function")
        for found, line, _ in _uses(node, around, label):
            self._need(found, line, function=label)

    def _need(self, name: str, line: int, *, function: str = "") -> None:
        if not function or name != function:
            self.loaded.add(name)
        known = name in self._now or _HISTORY.fullmatch(name) is not None
        if not (known or self._open or self._forgiving):
            self.missing.append(_Use(name, line, self._cell, function))


_NAMED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _uses(node: ast.AST, bound: frozenset[str], function: str) -> Iterator[tuple[str, int, str]]:
    """Names that are looked up outside of the node: name, line, and the function whose call does it."""
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load) and node.id not in bound:
            yield node.id, node.lineno, function
        return
    if isinstance(node, _FUNCTIONS):
        for part in _defaults(node.args):
            yield from _uses(part, bound, function)
        own = bound | _parameters(node.args) | frozenset(_stored(_body(node))) | {n.name for n in _named_in(node)}
        own -= frozenset(_globals(node))
        label = function or getattr(node, "name", "a function")
        for inner in _body(node):
            yield from _uses(inner, own, label)
        return
    if isinstance(node, _COMPREHENSIONS):
        bound = bound | frozenset(_stored([g.target for g in node.generators]))
    if isinstance(node, ast.ClassDef):
        bound = bound | frozenset(_stored(node.body)) | {node.name}
    if isinstance(node, ast.ExceptHandler) and node.name:
        bound = bound | {node.name}
    for child in ast.iter_child_nodes(node):
        yield from _uses(child, bound, function)


def _body(node: _FUNCTIONS) -> list[ast.AST]:
    return [node.body] if isinstance(node, ast.Lambda) else list(node.body)


def _named_in(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    return (inner for inner in ast.walk(node) if isinstance(inner, _NAMED) and inner is not node)


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    given = [a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg)]
    return [part for part in (*given, node.returns) if part is not None]


def _parameters(arguments: ast.arguments) -> frozenset[str]:
    return frozenset(a.arg for a in ast.walk(arguments) if isinstance(a, ast.arg))


def _globals(node: ast.AST) -> list[str]:
    return [name for inner in ast.walk(node) if isinstance(inner, ast.Global) for name in inner.names]


def _stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that statements bind in their own scope."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.split(".")[0]
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        elif isinstance(node, _NAMED):
            yield node.name
            continue
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, _COMPREHENSIONS):
            yield from (walrus.target.id for walrus in ast.walk(node) if isinstance(walrus, ast.NamedExpr))
            continue
        yield from _stored(ast.iter_child_nodes(node))


def _mentions(node: ast.AST, *names: str) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id in names for inner in ast.walk(node))
