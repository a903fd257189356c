"""A hostile input as data: what it tries, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from attacks.course import CELLS, FULL, LIGHT, Grounds

GRADED, ERROR, TIMEOUT = "graded", "student_error", "timeout"
MEMORY, DIED, UNREADABLE = "out_of_memory", "kernel_died", "unreadable"

Lay = Callable[[Path, Grounds], None]
"""Writes what is attacked with into the class's folder."""

PRELUDE = """
import os, sys
def attempt(what, action):
    try:
        got = action()
    except BaseException as error:
        print("blocked", what, type(error).__name__, str(error)[:80])
    else:
        print("REACHED" + ":", what, str(got)[:300])
"""
"""What an attack says itself is a hint beside what is seen from outside."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One hostile input."""

    name: str
    tries: str
    """What it tries, a few words for the table."""
    cells: tuple[str, ...] = ()
    """Code put into an honest notebook; `@name@` stands for a place of the `Grounds`."""
    before: str = "answer"
    """The honest cell that they stand before; empty to put them at the end."""
    changed: dict[str, str | None] = field(default_factory=dict)
    """Honest cells that are replaced; None leaves one out."""
    lay: Lay | None = None
    """For files that are no notebook: writes them into the class's folder instead."""
    students: tuple[str, ...] = ()
    """Names that it is graded under, when not its own."""
    status: tuple[str, ...] = (GRADED,)
    says: tuple[str, ...] = ()
    """Regular expressions that the student's report must hold, outside the notebook itself."""
    trains: bool = False
    """Whether the honest notebook around it builds, trains and plots; without, it is worth `LIGHT` points."""
    least: float | None = None
    """Points that the honest part of it must keep; None for all."""
    most: float | None = None
    """Points that it may have at most; more is a gain. None for what the honest part is worth."""
    loses: tuple[str, ...] = ()
    """Checks that must not pass."""
    shows: tuple[str, ...] = ()
    """Texts that its outputs must hold: the attack ran, and didn't merely fail."""
    silent: bool = False
    """Whether what it reaches is its own sandbox's, so that REACHED means nothing."""
    outcome: str = ""
    """What comes of it, for the table."""
    look_alike: str = ""
    """The honest notebook that does something similar by accident."""
    undefended: str = ""
    """Why it gains what it gains, where that can't be defended."""
    held: tuple[str, ...] = ()
    """Checks that it breaks, whose points wait for a human."""
    unsafe: str = ""
    """What it would do to this machine without a sandbox, where it is not run so."""

    @property
    def worth(self) -> float:
        """What the honest notebook around it is worth."""
        return FULL if self.trains else LIGHT

    @property
    def graded_as(self) -> tuple[str, ...]:
        """The names that stand in the reports."""
        return self.students or (self.name,)

    def place(self, folder: Path, grounds: Grounds) -> None:
        """Writes it into the class's folder."""
        if self.lay is not None:
            self.lay(folder, grounds)
        else:
            nbformat.write(self.notebook(grounds), folder / f"{self.name}.ipynb")

    def notebook(self, grounds: Grounds) -> nbformat.NotebookNode:
        """The honest notebook with the attack in it."""
        sources: list[str] = []
        hostile = [grounds.fill(PRELUDE + cell if n == 0 else cell) for n, cell in enumerate(self.cells)]
        honest = CELLS if self.trains else {"data": CELLS["data"], "scale": CELLS["scale"], "answer": "weights = 65"}
        for name, source in {**honest, **self.changed}.items():
            if name == self.before:
                sources += hostile
            if source is not None:
                sources.append(grounds.fill(source))
        if not self.before:
            sources += hostile
        return notebook_of(sources)


def notebook_of(sources: list[str]) -> nbformat.NotebookNode:
    """Code cells with the same ids every time."""
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources)]
    return nbformat.v4.new_notebook(cells=cells)
