"""Was anything done? An untouched template is not attempted, rather than wrong."""

from __future__ import annotations

import ast
import re
from collections import Counter

from nbformat import NotebookNode

from grader.notebook.cell_source import parse

_PLACEHOLDER = "placeholder"


def attempted(notebook: NotebookNode, starter: NotebookNode) -> bool:
    """Whether a notebook holds anything of the student's own.

    Outputs, metadata, comments, docstrings, blanks, the order of cells and deleted cells don't count, nor does another
    placeholder (`...`, `None`, `pass`, `raise NotImplementedError`) in the place of one.
    """
    given = Counter(essence(cell.cell_type, cell.source) for cell in starter.cells)
    own = Counter(essence(cell.cell_type, cell.source) for cell in notebook.cells)
    return any(essence for essence in own - given)


def essence(kind: str, source: str) -> str:
    """What matters of a cell, alike for cells that do the same; empty when nothing does."""
    if kind != "code":
        return " ".join(source.split())
    tree = parse(source)
    if tree is None:
        return "".join(re.sub(r"#.*", "", source).split())
    bare = _Bare().visit(tree)
    return "\n".join(ast.dump(statement) for statement in bare.body)


class _Bare(ast.NodeTransformer):
    """Drops what does nothing and makes placeholders alike."""

    def visit_Pass(self, node: ast.Pass) -> None:
        """Does nothing."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """A docstring or `...` does nothing, a call does."""
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST | None:
        """`raise NotImplementedError` marks the place for an answer."""
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return None if isinstance(raised, ast.Name) and raised.id == "NotImplementedError" else node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """`...` and None are the same placeholder."""
        return ast.Name(_PLACEHOLDER, ast.Load()) if node.value is None or node.value is ... else node
