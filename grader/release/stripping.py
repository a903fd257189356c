"""Takes the solution out of one cell: what students get instead keeps the indentation and still parses."""

from __future__ import annotations

import ast
import itertools
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.errors import AssignmentError
from grader.notebook.cell_source import python_of
from grader.release.marks import Line, Part, lines_of

DEFAULT = ("# your code", "...")
"""What stands in the place of a solution in code that has no prompt."""
DEFAULT_TEXT = "*Your answer: …*"
"""What stands in the place of an answer in words that has no prompt."""
WHOLE = "solution"
"""Tag of a cell that is solution from its first line to its last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stripped:
    """A cell without its solution."""

    source: str
    removed: tuple[Line, ...] = ()
    """Lines of the solution, as they stand in the source."""
    prompts: tuple[str, ...] = ()
    """Lines that the author wrote for students, in the solution's place."""

    @property
    def changed(self) -> bool:
        """Whether anything was taken out."""
        return bool(self.removed)


def strip(source: str, where: str, *, code: bool = True, whole: bool = False) -> Stripped:
    """Takes the solution out of a cell's source.

    Args:
        source: Of the cell, with its marks.
        where: File and cell, as a person would look it up.
        code: Whether it is a cell of code; else it is Markdown.
        whole: Whether all of it is solution but its prompts.

    Raises:
        AssignmentError: the marks don't match, or what is left is no Python; names the line.
    """
    lines = lines_of(source, where)
    if whole:
        lines = _as_one_block(lines)
    _no_prompt_alone(lines, where)
    removed = tuple(
        Line(line.number, text, line.part, line.block)
        for line, text in zip(lines, source.split("\n"), strict=True)
        if line.part in {Part.SOLUTION, Part.STATEMENT, Part.REMOVED}
    )
    shown = list(_shown(lines, where, code=code))
    if code and removed:
        _must_parse(source, shown, where)
    prompts = tuple(line.text for line in lines if line.part is Part.PROMPT)
    return Stripped(source="\n".join(text for _, text in shown), removed=removed, prompts=prompts)


def _as_one_block(lines: Iterable[Line]) -> tuple[Line, ...]:
    """A cell that is tagged as solution: everything but prompts and marks belongs to one block."""
    kept = {Part.PROMPT, Part.MARK}
    return tuple(Line(x.number, x.text, x.part if x.part in kept else Part.SOLUTION, 1) for x in lines)


def _no_prompt_alone(lines: Iterable[Line], where: str) -> None:
    for line in lines:
        if line.part is Part.MARK and not line.block:
            raise AssignmentError(
                "a prompt without a solution",
                where=f"{where}, line {line.number}",
                remedy="put it between BEGIN SOLUTION and END SOLUTION, or right below them",
            )


def _shown(lines: tuple[Line, ...], where: str, *, code: bool) -> Iterator[tuple[int, str]]:
    """Lines that students get, each with the number of the source's line that it stands for."""
    with_prompt = {line.block for line in lines if line.part is Part.PROMPT and line.block} | _empty_prompts(lines)
    for block, group in itertools.groupby(lines, lambda line: line.block):
        members = tuple(group)
        if block and block not in with_prompt:
            yield from _default(members, code=code)
            continue
        for line in members:
            if line.part in {Part.KEPT, Part.PROMPT}:
                yield line.number, line.text
            elif line.part is Part.STATEMENT:
                yield line.number, _without_value(line, where)


def _empty_prompts(lines: tuple[Line, ...]) -> set[int]:
    """Blocks whose prompt has no line: nothing is to stand in their place."""
    return {
        line.block
        for line in lines
        if line.block and line.part is Part.MARK and re.search(r"BEGIN\s+PROMPT", line.text, re.IGNORECASE)
    }


def _default(block: tuple[Line, ...], *, code: bool) -> Iterator[tuple[int, str]]:
    first = next((x for x in block if x.part is Part.SOLUTION and x.text.strip()), block[0])
    if not code:
        yield first.number, DEFAULT_TEXT
        return
    indent = first.text[: len(first.text) - len(first.text.lstrip())]
    for text in DEFAULT:
        yield first.number, indent + text


def _without_value(line: Line, where: str) -> str:
    """One statement with `...` for its value: `x = f()` becomes `x = ...`."""
    bare = line.text.lstrip()
    indent = line.text[: len(line.text) - len(bare)]
    try:
        (statement,) = ast.parse(f"def _():\n {bare}").body[0].body  # type: ignore[attr-defined]
    except (SyntaxError, ValueError) as error:
        raise AssignmentError(
            "# SOLUTION stands behind a part of a statement",
            where=f"{where}, line {line.number}",
            remedy="put the whole statement between `# BEGIN SOLUTION` and `# END SOLUTION`",
        ) from error
    if isinstance(statement, ast.Return):
        return f"{indent}return ..."
    if isinstance(statement, ast.AnnAssign):
        return f"{indent}{ast.unparse(statement.target)}: {ast.unparse(statement.annotation)} = ..."
    if isinstance(statement, ast.Assign):
        several = next((t for t in statement.targets if isinstance(t, ast.Tuple | ast.List)), None)
        value = _placeholder(several).removeprefix("(").removesuffix(")") if several else "..."
        return indent + " = ".join([*(_target(t) for t in statement.targets), value])
    return f"{indent}..."


def _placeholder(target: ast.expr) -> str:
    """As many `...` as a target takes apart."""
    if not isinstance(target, ast.Tuple | ast.List):
        return "..."
    inner = ", ".join(_placeholder(t) for t in target.elts)
    return f"({inner},)" if len(target.elts) == 1 else f"({inner})"


def _target(node: ast.expr) -> str:
    return ast.unparse(node).removeprefix("(").removesuffix(")") if isinstance(node, ast.Tuple) else ast.unparse(node)


def _must_parse(source: str, shown: list[tuple[int, str]], where: str) -> None:
    """Raises for what is left of a cell that is no Python, with the line of the source that it comes from."""
    try:
        _parse(source)
    except (SyntaxError, ValueError) as error:
        raise AssignmentError(
            f"the solution is no Python: {_reason(error)}",
            where=f"{where}, line {getattr(error, 'lineno', None) or 1}",
            remedy="run the notebook from top to bottom once",
        ) from error
    try:
        _parse("\n".join(text for _, text in shown))
    except (SyntaxError, ValueError) as error:
        at = min(getattr(error, "lineno", None) or 1, len(shown))
        number, text = shown[at - 1] if shown else (1, "")
        raise AssignmentError(
            f"what students would get is no Python: {_reason(error)}, at {text.strip()[:60]!r}",
            where=f"{where}, line {number}",
            remedy="mark whole statements; or say what stands in their place: `# BEGIN PROMPT`, `# network = ...`, "
            "`# # your code` for a comment, `# END PROMPT`",
        ) from error


def _parse(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in strings are the author's
        # A notebook's cell may await at its top level.
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        compile(python_of(source), "<cell>", "exec", flags=flags, dont_inherit=True)


def _reason(error: Exception) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error)
