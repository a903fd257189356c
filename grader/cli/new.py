"""`grader new`: an assignment that already grades."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import of_course


@click.command()
@click.argument("name")
@click.option("--title", default="", help="What students read.  [default: the name in words]")
@of_course
def new(
    *,
    name: str,
    title: str,
    course: Path | None,
    workspace: Path | None,  # noqa: ARG001 the option is shared
) -> int:
    """Make assignment NAME: a solution notebook with marks, checks, hidden checks, and right and wrong answers.

    It can be calibrated, linted and graded before anything in it is changed.
    """
    from grader.course import Course
    from grader.scaffold import make_assignment

    made = make_assignment(Course.find(course or Path.cwd()).root, name, title)
    click.echo(f"Wrote {made.public} and {made.private}.")
    click.echo(f"Next: grader calibrate {name}, then grader lint {name}; change it from there.")
    return 0
