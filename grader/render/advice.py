"""The doctor's advice in words, and by cell in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from grader.render.escape import one_line
from grader.report import Advice, Severity

if TYPE_CHECKING:
    from rich.console import RenderableType

SEVERITY = {Severity.BREAKS: "stops the cell", Severity.MAY_SURPRISE: "may surprise"}


def place(advice: Advice) -> str:
    """`cell 3, line 2`; `the notebook` when it concerns no cell."""
    if advice.cell is None:
        return "the notebook"
    return f"cell {advice.cell}" + (f", line {advice.line}" if advice.line else "")


def change(advice: Advice) -> str:
    """`lr=0.1 → learning_rate=0.1`, or what is to be done; empty when there is nothing to say."""
    if advice.old and advice.new:
        return f"{advice.old} → {advice.new}"
    return advice.new


def sentence(advice: Advice) -> str:
    """All of it in one line, for places with room for no more."""
    said = f"{place(advice)}: {advice.what}"
    return f"{said}: {change(advice)}" if change(advice) else said


def by_cell(advice: Sequence[Advice]) -> list[tuple[str, list[Advice]]]:
    """Advice under the heading of its cell, in the order given."""
    return [
        ("The notebook" if cell is None else f"Cell {cell}", list(found))
        for cell, found in groupby(advice, key=lambda a: a.cell)
    ]


def on_terminal(advice: Sequence[Advice]) -> Iterator[RenderableType]:
    """By cell, each with what is so, why, and the old and the new code."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    for heading, found in by_cell(advice):
        yield Text(f"\n{heading}", style="bold")
        for one in found:
            breaks = one.severity is Severity.BREAKS
            line = Text("  ✗ " if breaks else "  ? ", style="red" if breaks else "yellow")
            line.append(f"line {one.line}  " if one.line else "", style="default")
            yield line.append(one_line(one.what), style="default")
            grid = Table.grid(padding=(0, 2, 0, 0))
            grid.add_column(no_wrap=True)
            grid.add_column(ratio=1, overflow="fold")
            for label, text, style in (("", one.why, ""), ("old", one.old, "red"), ("new", one.new, "green")):
                if text:
                    grid.add_row(Text(label, style="italic"), Text(one_line(text), style=style))
            yield Padding(grid, (0, 0, 0, 6))
