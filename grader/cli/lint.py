"""`grader lint`: an assignment's own test set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import folder_of, of_course, of_recipe, of_running, workers_for

if TYPE_CHECKING:
    from grader.datasets import Source


@click.command()
@click.argument("assignment")
@click.option(
    "--only", multiple=True, metavar="KIND|NAME", help="right, wrong, nothing, or a case by name; repeatable."
)
@click.option(
    "--repeat", type=click.IntRange(0, 1000), default=0, metavar="N", help="Grade right cases again with N fresh seeds."
)
@click.option("--format", "name", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@click.option("--fresh", is_flag=True, help="Run again even where evidence is stored.")
@of_recipe
@of_running
@of_course
def lint(
    *,
    assignment: str,
    only: tuple[str, ...],
    repeat: int,
    name: str,
    fresh: bool,
    recipe: str | None,
    course: Path | None,
    workspace: Path | None,
    data: Source | None,
    jobs: int | None,
    sandbox: str,
    no_sandbox: bool,
    no_train_once: bool,
) -> int:
    """Grade the starter, an empty model, the solution and all variants of ASSIGNMENT, and say what is not as it must be.

    The starter and an empty model must earn 0, the solution and right variants full marks; each wrong variant must lose
    points on the check it declares, and the report must name the cause. Stored evidence is used again.
    """
    from grader.cli.exit_code import ExitCode
    from grader.cli.progress import Watch
    from grader.lint import CaseKind, cases, show, to_json
    from grader.lint import lint as run

    folder, default = folder_of(course, assignment, recipe)
    workspace = workspace or default
    chosen = cases(folder, only)
    workers = workers_for(
        folder,
        workspace,
        jobs=jobs,
        data=data,
        sandbox=sandbox,
        no_sandbox=no_sandbox,
        no_train_once=no_train_once,
        count=len(chosen),
    )
    right = sum(case.kind is CaseKind.RIGHT for case in chosen)
    with workers, Watch(len(chosen) + repeat * right, folder.name) as watch:
        found = run(folder, workspace, workers, only=only, repeat=repeat, fresh=fresh, listen=watch.listen)
    if name == "json":
        click.echo(to_json(found), nl=False)
    else:
        from rich.console import Console

        console = Console()
        click.echo(show(found, width=min(console.width, 160), colour=sys.stdout.isatty()), nl=False)
    if found.needs_human:
        return ExitCode.HUMAN_NEEDED
    return ExitCode.FAILED if found.problems else ExitCode.PASSED
