"""`grader release`: the starter, from the solution notebook."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import folder_of, of_course, of_recipe


@click.command()
@click.argument("assignment")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file is not as it would be written.")
@click.option(
    "--forget", multiple=True, metavar="EXERCISE", help="An exercise that was released and may be gone; repeatable."
)
@of_recipe
@of_course
def release(
    *,
    assignment: str,
    folder: Path | None,
    check: bool,
    forget: tuple[str, ...],
    recipe: str | None,
    course: Path | None,
    workspace: Path | None,  # noqa: ARG001 the option is shared
) -> int:
    """Write the starter of ASSIGNMENT from its solution notebook, and its public expectations.

    Solutions are taken out where they are marked, self-checks are put in. Nothing is written when a line of the solution
    or anything of the hidden checks would be seen. With FOLDER, what students get is also written to FOLDER/ASSIGNMENT.
    """
    from grader.cli.exit_code import ExitCode
    from grader.hand_out import hand_out
    from grader.release import release as make

    source, _ = folder_of(course, assignment, recipe)
    made = make(source, forget=forget)
    for note in made.notes:
        click.echo(note, err=True)
    changed = made.changed
    if check:
        for path in changed:
            click.echo(f"{path} is not as `grader release {assignment}` writes it.")
        return ExitCode.FAILED if changed else ExitCode.PASSED
    made.write()
    lines = len({(r.cell, r.line) for r in made.starter.removed})
    click.echo(f"{lines} lines of the solution were taken out; nothing hidden was found in what students get.")
    for path in changed:
        click.echo(f"Wrote {path}")
    if not changed:
        click.echo("Everything was released already.")
    if folder is not None:
        click.echo(f"Wrote {hand_out(source, folder)}")
    return ExitCode.PASSED
