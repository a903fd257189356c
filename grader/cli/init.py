"""`grader init`: a course's folder."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("course", type=click.Path(file_okay=False, path_type=Path))
@click.option("--title", default="", help="Of the course.  [default: the folder's name]")
def init(*, course: Path, title: str) -> int:
    """Make the folder COURSE with assignments/, reference/, README.md, CI files, and one assignment that grades."""
    from grader.scaffold import make_course

    made = make_course(course, title)
    click.echo(f"Wrote {course}, with the assignment {made.name}.")
    click.echo(f"Next: cd {course}, then grader calibrate {made.name}")
    return 0
