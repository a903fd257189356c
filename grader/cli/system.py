"""What this machine can do, for `grader doctor --system`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

_GIB = 1 << 30
_OPTIONAL = {
    "tensorflow": "notebooks run on it",
    "keras": "notebooks run on it",
    "ipykernel": "runs the cells",
    "sklearn": "grid search and cross-validation in notebooks",
    "scikeras": "another bridge from Keras to scikit-learn, in older notebooks",
    "pandas": "tables in notebooks",
    "seaborn": "plots in some notebooks",
}
"""Modules that notebooks import, and what for."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """One level of isolation."""

    name: str
    problem: str = ""
    """Why it doesn't work here; empty when it does."""
    remedy: str = ""


def isolation() -> tuple[Level, ...]:
    """Every level of isolation, strongest first, tried with one real call each."""
    from grader.execute.sandbox import absent, remedy

    found = []
    for name in ("bubblewrap", "landlock"):
        problem = absent(name)
        found.append(Level(name=name, problem=problem, remedy=remedy(name) if problem else ""))
    return tuple(found)


def _conclusion(levels: Sequence[Level]) -> str:
    """What follows from what is absent, in one sentence."""
    if all(level.problem for level in levels):
        return "Notebooks are not graded here, unless --no-sandbox says that you trust them like your own programs."
    if levels[0].problem:
        return "Notebooks are graded with reduced isolation: the machine's files and processes can be listed, not read."
    return ""


def system_pages(levels: Sequence[Level]) -> Iterator[RenderableType]:
    """The page, part by part."""
    from rich.table import Table
    from rich.text import Text

    from grader.execute.sandbox import elsewhere

    yield Text("Isolation of notebooks", style="bold")
    for level in levels:
        mark = Text("  ✓ ", style="green") if not level.problem else Text("  ✗ ", style="red")
        yield mark.append(level.name).append(f": {level.problem}" if level.problem else "", style="default")
        if level.remedy:
            yield Text(f"    try: {level.remedy}", style="cyan")
    if elsewhere():
        yield Text(f"  Warning: {elsewhere()}. Reading, the doctor and reports work.", style="yellow")
    elif conclusion := _conclusion(levels):
        yield Text(f"  {conclusion}", style="yellow")
    yield Text("\nMachine", style="bold")
    grid = Table.grid(padding=(0, 2, 0, 0))
    for label, text in _machine():
        grid.add_row(Text(f"  {label}", style="italic"), Text(text))
    yield grid
    yield Text("\nPackages for notebooks", style="bold")
    for module, version, purpose in _packages():
        mark = Text("  ✓ ", style="green") if version else Text("  – ")
        yield mark.append(f"{module} {version}".rstrip()).append(f"  {purpose}", style="dim")
    yield Text("\nData sets", style="bold")
    yield _data()


def _machine() -> Iterator[tuple[str, str]]:
    from importlib.metadata import version

    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = psutil.virtual_memory()
    yield "system", f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield "python", sys.version.split()[0]
    yield "grader", version("grader")
    yield "cores", str(cores)
    yield "memory", f"{memory.total / _GIB:.0f} GiB, {memory.available / _GIB:.0f} GiB free"


def _packages() -> Iterator[tuple[str, str, str]]:
    from importlib.metadata import PackageNotFoundError, version

    for module, purpose in _OPTIONAL.items():
        try:
            yield module, version("scikit-learn" if module == "sklearn" else module), purpose
        except PackageNotFoundError:
            yield module, "", f"not installed; {purpose}"


def _data() -> RenderableType:
    from rich.table import Table

    from grader import datasets

    table = Table("data set", "real, in Keras' cache", "stand-in", box=None, padding=(0, 2, 0, 0))
    for row in datasets.status():
        table.add_row(row.name, str(row.real or "no (grader data fetch)"), str(row.stand_in or "made when needed"))
    return table
