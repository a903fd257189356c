"""`grader list`: what there is to grade."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import of_course
from grader.course import AssignmentFolder, Course
from grader.environment import TENSORFLOW
from grader.recipe import FULL


@click.command(name="list")
@of_course
def list_(*, course: Path | None, workspace: Path | None) -> int:  # noqa: ARG001 the option is shared
    """List the course's assignments, their points, and the data sources (and recipes) they are calibrated for."""
    from rich.console import Console
    from rich.table import Table

    found = Course.find(course or Path.cwd())
    table = Table("assignment", "title", "points", "calibrated for", box=None)
    for name in found.names():
        folder = found.folder(name)
        assignment = folder.assignment(hidden=folder.private is not None)
        forms = [FULL, *(r.name for r in assignment.recipes)] if assignment.recipes else [None]
        table.add_row(
            name, assignment.title, f"{assignment.points:g}", "; ".join(_calibrated(folder, f) for f in forms)
        )
    Console().print(table)
    return 0


def _calibrated(folder: AssignmentFolder, recipe: str | None) -> str:
    form = folder.by(recipe)
    hidden = folder.private is not None
    sources = [
        source if seen.backend == TENSORFLOW else f"{source} on {seen.backend}"
        for source, seen in folder.calibrated(hidden=hidden)
        if seen.recipe == form.recipe
    ]
    return (f"{recipe}: " if recipe else "") + (", ".join(sources) or "nothing yet")
