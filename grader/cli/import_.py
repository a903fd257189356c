"""`grader import`: assignments of nbgrader and Otter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import of_course

if TYPE_CHECKING:
    from grader.interop import Imported


@click.group(name="import")
def import_() -> None:
    """Make an assignment of another grader's source notebook.

    Its solution, tests, points and hidden parts are taken over; its tests are run as they are, beside Grader's own checks.
    What its own tools released, and students handed in, can be graded too.
    """


@import_.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the assignment.  [default: the file's]")
@click.option("--title", default="", help="What students read.  [default: the first heading]")
@of_course
def nbgrader(*, path: Path, name: str, title: str, course: Path | None, workspace: Path | None) -> int:  # noqa: ARG001 shared
    """Import nbgrader's source notebook PATH, or the only one in folder PATH."""
    from grader.interop import read_nbgrader

    return _write(read_nbgrader(path, title), name, course)


@import_.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the assignment.  [default: the file's]")
@click.option("--title", default="", help="What students read.  [default: the first heading]")
@of_course
def otter(*, path: Path, name: str, title: str, course: Path | None, workspace: Path | None) -> int:  # noqa: ARG001 shared
    """Import the source notebook PATH of Otter Assign."""
    from grader.interop import read_otter

    return _write(read_otter(path, title), name, course)


def _write(imported: Imported, name: str, course: Path | None) -> int:
    import re

    from grader.course import Course
    from grader.interop import write_imported

    chosen = name or re.sub(r"\W+", "_", Path(imported.source).stem, flags=re.ASCII).strip("_").lower()
    made = write_imported(Course.find(course or Path.cwd()).root, chosen, imported)
    for part in imported.parts:
        hidden = sum(check.hidden for check in part.checks)
        told = [f"{len(part.checks) - hidden} open and {hidden} hidden checks"] if part.checks else []
        told += [f"{part.asked_points:g} points by a human"] if part.asks else []
        click.echo(f"  {part.name}: {part.points:g} points, {', '.join(told)}")
    for note in imported.notes:
        click.echo(note, err=True)
    click.echo(f"Wrote {made.public} and {made.private}.")
    click.echo(f"Next: grader calibrate {chosen}, which also says whether your solution passes its own tests.")
    return 0
