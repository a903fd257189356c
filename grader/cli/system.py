"""What this machine can do, for `grader doctor --system`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.errors import SandboxUnavailable

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
    from grader.execute.sandbox import named_sandbox

    found = []
    for name in ("bubblewrap", "landlock"):
        try:
            named_sandbox(name)
            found.append(Level(name=name))
        except SandboxUnavailable as error:
            found.append(Level(name=name, problem=error.what, remedy=error.remedy))
    return tuple(found)


def system_pages(levels: Sequence[Level]) -> Iterator[RenderableType]:
    """The page, part by part."""
    from rich.table import Table
    from rich.text import Text

    yield Text("Isolation of notebooks", style="bold")
    for level in levels:
        mark = Text("  ✓ ", style="green") if not level.problem else Text("  ✗ ", style="red")
        yield mark.append(level.name).append(f": {level.problem}" if level.problem else "", style="default")
    if levels and levels[0].problem:
        yield Text(f"  try: {levels[0].remedy}", style="cyan")
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
    import psutil

    from grader.workers import versions

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = psutil.virtual_memory()
    yield "system", f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield "python", sys.version.split()[0]
    yield "grader", versions()["grader"]
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
