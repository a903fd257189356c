"""`grader data`: where the data sets are."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import of_course
from grader.errors import UsageError


@click.group()
def data() -> None:
    """Data sets: where they are, fetch the real ones, make stand-ins."""


@data.command()
def status() -> int:
    """Show for each data set whether the real one is in Keras' cache and whether a stand-in is made."""
    from rich.console import Console
    from rich.table import Table

    from grader import datasets

    table = Table("data set", "real, in Keras' cache", "stand-in", box=None)
    for row in datasets.status():
        table.add_row(row.name, str(row.real or "no"), str(row.stand_in or "not made yet"))
    Console().print(table)
    return 0


@data.command()
@click.argument("names", nargs=-1)
@click.option("--for", "assignment", metavar="ASSIGNMENT", help="What this assignment needs.")
@of_course
def fetch(
    *,
    names: tuple[str, ...],
    assignment: str | None,
    course: Path | None,
    workspace: Path | None,  # noqa: ARG001 the option is shared
) -> int:
    """Download real data sets with Keras' own loaders."""
    from grader import datasets

    if assignment is not None:
        from grader.course import Course

        folder = Course.find(course or Path.cwd()).folder(assignment)
        names += folder.assignment(hidden=False).datasets
    elif not names:
        raise UsageError("which data sets?", remedy="name them, or --for ASSIGNMENT")
    for name in dict.fromkeys(names):
        datasets.fetch(name)
        click.echo(f"{name}: in Keras' cache")
    return 0


@data.command()
@click.argument("names", nargs=-1)
def make(names: tuple[str, ...]) -> int:
    """Make stand-ins: same functions, shapes, dtypes and like difficulty. All of them without NAMES."""
    from grader import datasets

    for name in names or [row.name for row in datasets.status()]:
        click.echo(f"{name}: {datasets.make(name)}")
    return 0
