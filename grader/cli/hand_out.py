"""`grader hand-out`: the folder that students get."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import folder_of, of_course, of_recipe


@click.command(name="hand-out")
@click.argument("assignment")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@of_recipe
@of_course
def hand_out(
    *,
    assignment: str,
    folder: Path,
    recipe: str | None,
    course: Path | None,
    workspace: Path | None,  # noqa: ARG001 the option is shared
) -> int:
    """Write to FOLDER/ASSIGNMENT what students get: starter, public checks, and what these expect."""
    from grader.hand_out import hand_out as write

    source, _ = folder_of(course, assignment, recipe)
    made = write(source, folder)
    click.echo(f"Wrote {made}" + (f", by recipe {source.recipe}." if source.recipe else "."))
    return 0
