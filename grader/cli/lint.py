"""`grader lint`: an assignment's own test set."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import Running, folder_of, of_course, of_recipe, of_running
from grader.course import AssignmentFolder, Course
from grader.errors import GraderError, UsageError

if TYPE_CHECKING:
    from grader.lint import Lint


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """How assignments are to be linted."""

    only: tuple[str, ...]
    repeat: int
    fresh: bool
    workspace: Path
    running: Running


@click.command()
@click.argument("assignments", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All assignments of the course.")
@click.option(
    "--only", multiple=True, metavar="KIND|NAME", help="right, wrong, nothing, or a case by name; repeatable."
)
@click.option(
    "--repeat", type=click.IntRange(0, 1000), default=0, metavar="N", help="Grade right cases again with N fresh seeds."
)
@click.option("--format", "name", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@click.option(
    "--table",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with a table; there already, its other assignments are kept.",
)
@click.option("--fresh", is_flag=True, help="Run again even where evidence is stored.")
@of_recipe
@of_running
@of_course
def lint(
    *,
    assignments: tuple[str, ...],
    every: bool,
    only: tuple[str, ...],
    repeat: int,
    name: str,
    table: Path | None,
    fresh: bool,
    recipe: str | None,
    course: Path | None,
    workspace: Path | None,
    running: Running,
) -> int:
    """Grade the starter, an empty model, the solution and all variants of ASSIGNMENTS, and say what is not as it must be.

    The starter and an empty model must earn 0, the solution and right variants full marks; each wrong variant must lose
    points on the check it declares, and the report must name the cause. Stored evidence is used again.
    """
    from grader.cli.exit_code import ExitCode
    from grader.job_folder import write_atomically
    from grader.lint import page, to_json

    folders, default = _chosen(course, assignments, recipe, every=every)
    wish = _Wish(only=only, repeat=repeat, fresh=fresh, workspace=workspace or default, running=running)
    found: list[Lint] = []
    failed: list[tuple[str, str]] = []
    for folder in folders:
        try:
            found.append(_one(folder, wish))
        except UsageError:
            raise
        except GraderError as error:
            if not every:
                raise
            click.echo(f"grader: {error}", err=True)
            failed.append((folder.name, f"{error.what}."))
            continue
        if name == "terminal":
            _print(found[-1])
    if name == "json":
        click.echo(f"[{', '.join(to_json(one).rstrip() for one in found)}]")
    if table:
        before = "" if every or not table.is_file() else table.read_text(errors="replace")
        write_atomically(table, page(found, folders, failed, before).encode())
    if failed or any(one.needs_human for one in found):
        return ExitCode.HUMAN_NEEDED
    return ExitCode.FAILED if any(one.problems for one in found) else ExitCode.PASSED


def _chosen(
    course: Path | None, names: Sequence[str], recipe: str | None, *, every: bool
) -> tuple[list[AssignmentFolder], Path]:
    """The assignments asked for. Of all, those that don't have the recipe are taken in full."""
    if bool(names) == every:
        raise UsageError("which assignment?", remedy="name one or several, or give --all")
    if not every:
        chosen = [folder_of(course, name, recipe) for name in names]
        return [folder for folder, _ in chosen], chosen[0][1]
    root = Course.find(course or Path.cwd())
    folders = []
    for name in root.names():
        declared = {r.name for r in root.folder(name).assignment(hidden=False).recipes}
        folders.append(root.folder(name).by(recipe if recipe in declared else None))
    return folders, root.root / ".grader"


def _one(folder: AssignmentFolder, wish: _Wish) -> Lint:
    from grader.cli.progress import Watch
    from grader.lint import CaseKind, cases
    from grader.lint import lint as run

    chosen = cases(folder, wish.only)
    workers = wish.running.workers(folder, wish.workspace, count=len(chosen))
    right = sum(case.kind is CaseKind.RIGHT for case in chosen)
    with workers, Watch(len(chosen) + wish.repeat * right, folder.name) as watch:
        return run(
            folder,
            wish.workspace,
            workers,
            only=wish.only,
            repeat=wish.repeat,
            fresh=wish.fresh,
            listen=watch.listen,
        )


def _print(found: Lint) -> None:
    from rich.console import Console

    from grader.lint import show

    click.echo(show(found, width=min(Console().width, 160), colour=sys.stdout.isatty()), nl=False)
