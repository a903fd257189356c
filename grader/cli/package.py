"""`grader package`: an assignment with everything that a platform needs to grade it."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import folder_of, of_course, of_recipe


@click.group()
def package() -> None:
    """Package an assignment for a platform that grades it."""


@package.command()
@click.argument("assignment")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The zip file.  [default: ASSIGNMENT-gradescope.zip]",
)
@click.option(
    "--hidden",
    type=click.Choice(["hidden", "after_due_date", "after_published", "visible"]),
    default="hidden",
    show_default=True,
    help="When students see hidden checks. While any is hidden, they see no total.",
)
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "any", "bubblewrap", "landlock", "none"]),
    default="any",
    show_default=True,
    help="auto: refuse to grade where no isolation works in the container.",
)
@of_recipe
@of_course
def gradescope(
    *,
    assignment: str,
    output: Path | None,
    hidden: str,
    sandbox: str,
    recipe: str | None,
    course: Path | None,
    workspace: Path | None,  # noqa: ARG001 the option is shared
) -> int:
    """Write the zip file that Gradescope takes as the autograder of ASSIGNMENT."""
    from grader.package import package_gradescope

    folder, _ = folder_of(course, assignment, recipe)
    made = package_gradescope(folder, output or Path(f"{folder.name}-gradescope.zip"), hidden=hidden, sandbox=sandbox)
    click.echo(
        f"Wrote {made.path}, {made.path.stat().st_size / 1e6:.1f} MB. It holds hidden checks: give it to nobody."
        if made.hidden_checks
        else f"Wrote {made.path}, {made.path.stat().st_size / 1e6:.1f} MB."
    )
    click.echo(
        "In Gradescope: Configure Autograder, upload it; then Settings, Autograder: "
        f"{made.needs.cpus:g} CPU with {made.needs.gigabytes:g} GB, and a time limit of {made.needs.minutes} minutes."
    )
    if not made.needs.enough:
        click.echo(
            "That is Gradescope's most and still less than this assignment allows a notebook. "
            "Lower its Limits, or take a smaller recipe: what runs into Gradescope's own limit gets 0 points there."
        )
    return 0
