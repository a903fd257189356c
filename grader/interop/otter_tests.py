"""Otter's test cells as tests in code, with the points that Otter gives each (otter/assign/tests_manager.py, test_files/)."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nbformat import NotebookNode

from grader.checks.check import CodeTest
from grader.errors import AssignmentError
from grader.interop.config import yaml_of

_BEGIN = re.compile(r'(?:.\s*=\s*)?""?"?\s*#\s*BEGIN\s*TEST\s*CONFIG', re.IGNORECASE)
_END = re.compile(r'""?"?\s*#\s*END\s*TEST\s*CONFIG', re.IGNORECASE)
_GOES_ON = re.compile(r"(?:\s|except[\s\w]*:|elif |else:|finally:)")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test case of a question."""

    source: str
    form: Literal["doctest", "function"]
    hidden: bool
    points: float | None
    hint: str = ""
    """What students read when it fails."""


def case_of(cell: NotebookNode, *, ok_format: bool, where: str) -> Case:
    """A test cell as Otter Assign reads it.

    Args:
        cell: with its outputs as they were saved, which a doctest expects.
        ok_format: doctests; else functions that raise.
        where: file and cell, for messages.

    Raises:
        AssignmentError: it is no Python, or not of the form that Otter takes.
    """
    lines = cell.source.split("\n")
    marked = lines[0].lstrip().startswith("#") and re.search(r"\bhidden\b", lines[0], re.IGNORECASE) is not None
    config: dict[str, Any] = {}
    if _BEGIN.match(lines[0]):
        end = next((i for i, line in enumerate(lines) if _END.match(line)), None)
        if end is None:
            raise AssignmentError("BEGIN TEST CONFIG has no END TEST CONFIG", where=where)
        config = yaml_of("\n".join(lines[1:end]), where)
        lines = lines[end + 1 :]
    elif marked:
        lines = lines[1:]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError as error:
        raise AssignmentError(f"the test is no Python: {error.msg}", where=where) from error
    return Case(
        source=_doctest(tree, cell) if ok_format else _function(tree, where),
        form="doctest" if ok_format else "function",
        hidden=bool(config.get("hidden", marked)),
        points=_number(config.get("points"), where),
        hint=str(config.get("failure_message") or ""),
    )


def _doctest(tree: ast.Module, cell: NotebookNode) -> str:
    lines = [line for line in ast.unparse(_Unannotated().visit(tree)).split("\n") if line]
    made: list[str] = []
    for line in lines:
        goes_on = _GOES_ON.match(line) or (made and made[-1].rstrip().endswith("\\"))
        made.append(("... " if goes_on else ">>> ") + line)
    return "\n".join([*made, *_output(cell).split("\n")])


def _output(cell: NotebookNode) -> str:
    """What the cell's saved outputs show, which its doctest expects."""
    said = ""
    for output in cell.get("outputs", []):
        said += "".join(output.get("text", ""))
        shown = output.get("data", {}).get("text/plain", "")
        said += shown if isinstance(shown, str) else "".join(shown[:1])
    return said


def _function(tree: ast.Module, where: str) -> str:
    if not tree.body or len(tree.body) > 2 or not isinstance(tree.body[0], ast.FunctionDef):
        raise AssignmentError(
            "a test of the exception form is one function, and at most a call of it", where=where, remedy="as in Otter"
        )
    return ast.unparse(tree.body[0])


class _Unannotated(ast.NodeTransformer):
    """Takes annotations away, as Otter does."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        """An annotated assignment is an ordinary one; a bare annotation is nothing."""
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """An argument of a function."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """What a function returns."""
        node.returns = None
        return self.generic_visit(node)


def points_of(points: Any, cases: Sequence[Case], where: str) -> list[float]:
    """Points of each case, by the question's own and theirs (`TestFile.resolve_test_file_points`).

    Raises:
        AssignmentError: they don't fit.
    """
    if isinstance(points, dict):
        points = (_number(points.get("each", 1), where) or 0.0) * len(cases)
    own = [case.points for case in cases]
    if isinstance(points, list):
        if len(points) != len(cases):
            raise AssignmentError(f"{len(points)} points for {len(cases)} tests", where=where)
        own, points = [_number(p, where) for p in points], None
    whole = _number(points, where)
    given = sum(p for p in own if p is not None)
    left = sum(p is None for p in own)
    if whole is not None:
        if given > whole:
            raise AssignmentError(f"the tests give {given:g} points, the question {whole:g}", where=where)
        rest = (whole - given) / left if left else 0.0
    else:
        rest = 1 / left if left and not given else 0.0
    return [rest if p is None else p for p in own]


def _number(value: Any, where: str) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None if value is None else float(value)
    raise AssignmentError(f"{value!r} is no number of points", where=where)


def code_test(case: Case, question: str, number: int, points: float) -> CodeTest:
    """The test as Grader runs it: where the notebook calls `grader.check(question)`."""
    return CodeTest(name=f"{question} - {number}", form=case.form, source=case.source, points=points, called=question)
