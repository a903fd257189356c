"""What a notebook imports, names and calls, with names followed back to what they were imported as."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.notebook.doctor.cells import CodeCell

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, kw_only=True)
class Import:
    """One name that an import statement brings."""

    cell: int
    line: int
    path: str
    """Dotted: a module, or a module and the name taken from it."""
    module: str
    """The module that is imported."""
    bound: str
    """The name it is known by in the notebook; `*` for all names."""
    plain: bool
    """`import a.b` rather than `from a import b`."""
    guarded: bool
    """Whether a failure is caught."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A dotted name that starts with an imported one."""

    cell: int
    line: int
    path: str
    text: str
    """As the student wrote it."""
    root: str
    """Path of the import that its first name comes from."""
    stored: bool


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call."""

    cell: int
    line: int
    path: str
    """What is called, dotted; empty when it doesn't start with an imported name."""
    node: ast.Call
    loops: tuple[ast.For, ...] = ()
    """The loops around it, outermost first."""

    @property
    def method(self) -> str:
        """The name after the last dot, for a call on something that is not a module; else empty."""
        return self.node.func.attr if not self.path and isinstance(self.node.func, ast.Attribute) else ""

    def keyword(self, name: str) -> ast.expr | None:
        """The value of a keyword argument."""
        return next((k.value for k in self.node.keywords if k.arg == name), None)

    def argument(self, name: str, position: int) -> ast.expr | None:
        """The value of an argument by name or position."""
        found = self.keyword(name)
        return self.node.args[position] if found is None and len(self.node.args) > position else found


@dataclass(kw_only=True)
class Sightings:
    """Everything of a notebook that the doctor looks at."""

    cells: tuple[CodeCell, ...]
    imports: list[Import] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def nodes(self) -> Iterator[tuple[int, ast.AST]]:
        """Every node of every cell that parses, with the cell's index."""
        for cell in self.cells:
            for node in ast.walk(cell.repaired) if cell.repaired else ():
                yield cell.index, node


def look(cells: Sequence[CodeCell]) -> Sightings:
    """Reads the cells from top to bottom."""
    seen = Sightings(cells=tuple(cells))
    known: dict[str, str] = {}
    for cell in cells:
        if cell.repaired is not None:
            _Reader(cell.index, seen, known).visit(cell.repaired)
    return seen


class _Reader(ast.NodeVisitor):
    """Follows names within one cell; `known` goes on from cell to cell."""

    def __init__(self, cell: int, seen: Sightings, known: dict[str, str]) -> None:
        self._cell = cell
        self._seen = seen
        self._known = known
        self._local: list[set[str]] = []
        self._loops: list[ast.For] = []
        self._guards = 0

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name.split(".")[0]
            self._add(node, alias.name, alias.name, bound, plain=True)
            self._known[bound] = alias.name if alias.asname else bound

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or not node.module:
            return
        for alias in node.names:
            path = node.module if alias.name == "*" else f"{node.module}.{alias.name}"
            bound = alias.asname or alias.name
            self._add(node, path, node.module, bound, plain=False)
            if bound == "*":
                self._known["*"] = ",".join(filter(None, (self._known.get("*", ""), path)))
            else:
                self._known[bound] = path

    def _add(self, node: ast.stmt, path: str, module: str, bound: str, *, plain: bool) -> None:
        self._seen.imports.append(
            Import(
                cell=self._cell,
                line=node.lineno,
                path=path,
                module=module,
                bound=bound,
                plain=plain,
                guarded=self._guards > 0,
            )
        )

    def visit_Try(self, node: ast.Try) -> None:
        self._guards += bool(node.handlers)
        for statement in node.body:
            self.visit(statement)
        self._guards -= bool(node.handlers)
        for rest in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(rest)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self._loops.append(node)
        self.visit(node.target)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)
        self._loops.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node)

    def _function(self, node: Function) -> None:
        if not isinstance(node, ast.Lambda):
            self._known.pop(node.name, None)
        self._local.append(_own_names(node))
        self.generic_visit(node)
        self._local.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._known.pop(node.name, None)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)  # before its targets: in `layers = layers.Dense(1)` the right one is still the module
        for target in node.targets:
            self.visit(target)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._refer(node)
        elif not self._local:
            self._known.pop(node.id, None)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not self._refer(node):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        path, _ = self._path(node.func)
        self._seen.calls.append(Call(cell=self._cell, line=node.lineno, path=path, node=node, loops=tuple(self._loops)))
        self.generic_visit(node)

    def _refer(self, node: ast.Name | ast.Attribute) -> bool:
        path, root = self._path(node)
        if not path:
            return False
        stored = not isinstance(node.ctx, ast.Load)
        text = ast.unparse(node)
        self._seen.references.append(
            Reference(cell=self._cell, line=node.lineno, path=path, text=text, root=root, stored=stored)
        )
        return True

    def _path(self, node: ast.expr) -> tuple[str, str]:
        """What an expression was imported as, and the import that it starts from; empty texts for anything else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or any(node.id in names for names in self._local):
            return "", ""
        root = self._known.get(node.id, "")
        return (".".join([root, *reversed(parts)]), root) if root else ("", "")


def _own_names(node: Function) -> set[str]:
    """Parameters and variables of a function, without what it imports."""
    given = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    shared = {name for n in ast.walk(node) if isinstance(n, ast.Global) for name in n.names}
    return given | stored - shared
