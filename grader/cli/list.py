"""`grader list`: what there is to grade."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import of_course


@click.command(name="list")
@of_course
def list_(*, course: Path | None, workspace: Path | None) -> int:  # noqa: ARG001 the option is shared
    """List the course's assignments, their points, and the data sources they are calibrated for."""
    from rich.console import Console
    from rich.table import Table

    from grader.course import Course

    found = Course.find(course or Path.cwd())
    table = Table("assignment", "title", "points", "calibrated for", box=None)
    for name in found.names():
        folder = found.folder(name)
        assignment = folder.assignment(hidden=folder.private is not None)
        sources = [
            source
            for source in ("keras", "stand-in", "none")
            if folder.expectations_file(source, hidden=folder.private is not None).is_file()
        ]
        table.add_row(name, assignment.title, f"{assignment.points:g}", ", ".join(sources) or "nothing yet")
    Console().print(table)
    return 0
