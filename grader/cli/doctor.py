"""`grader doctor`: what to change in a notebook, or what this machine can do; runs no notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grader.assignment import Assignment
    from grader.report import Advice


@click.command()
@click.argument("notebook", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--assignment", help="Its name: adds missing exercises and the assignment's time limit.")
@click.option("--format", "name", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@click.option("--system", is_flag=True, help="Look at this machine instead: isolation, versions, data sets.")
@click.option(
    "--course",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="GRADER_COURSE",
    help="Folder that holds assignments/.  [default: the notebook's folder or above]",
)
def doctor(*, notebook: Path | None, assignment: str | None, name: str, system: bool, course: Path | None) -> int:
    """Say what to change in NOTEBOOK, cell by cell, without running it.

    Exit code 1 when something in it stops a cell.
    """
    if system:
        return _system()
    if notebook is None:
        raise UsageError("there is no notebook to look at", remedy="grader doctor NOTEBOOK, or grader doctor --system")
    return _notebook(notebook, assignment, course, name)


def _notebook(path: Path, assignment: str | None, course: Path | None, name: str) -> int:
    from grader.cli.exit_code import ExitCode
    from grader.errors import SubmissionError
    from grader.notebook.doctor import examine
    from grader.notebook.reading import read_repaired
    from grader.report import Severity

    definition, starter = _asked(path, assignment, course)
    try:
        notebook, repaired = read_repaired(path.read_bytes())
    except SubmissionError as error:
        click.echo(f"{path.name}: {error}", err=True)
        return ExitCode.FAILED
    found = examine(notebook, assignment=definition, starter=starter)
    if name == "json":
        from grader.records import encode

        click.echo(encode(found).decode())
    else:
        _print(_pages(path, found, repaired))
    return ExitCode.FAILED if any(a.severity is Severity.BREAKS for a in found) else ExitCode.PASSED


def _asked(path: Path, assignment: str | None, course: Path | None) -> tuple[Assignment | None, object]:
    if assignment is None:
        return None, None
    from grader.course import Course

    folder = Course.find(course or path.resolve().parent).folder(assignment)
    starter = folder.starter_notebook() if folder.starter.is_file() else None
    return folder.assignment(hidden=False), starter


def _print(parts: Iterator[RenderableType]) -> None:
    from rich.console import Console

    console = Console(emoji=False, highlight=False)
    for part in parts:
        console.print(part)


def _pages(path: Path, found: Sequence[Advice], repaired: Sequence[str]) -> Iterator[RenderableType]:
    from rich.text import Text

    from grader.render.advice import on_terminal
    from grader.render.escape import one_line
    from grader.report import Severity

    breaks = sum(a.severity is Severity.BREAKS for a in found)
    yield Text(one_line(path.name), style="bold")
    for note in repaired:
        yield Text(f"The file itself: {one_line(note)}", style="yellow")
    if not found:
        yield Text("Nothing to change.", style="green")
        return
    yield from on_terminal(found)
    yield Text()
    others = len(found) - breaks
    yield Text(f"{breaks} that stop{'s' if breaks == 1 else ''} a cell, {others} that may surprise.")


def _system() -> int:
    from grader.cli.exit_code import ExitCode
    from grader.cli.system import isolation, system_pages

    levels = isolation()
    _print(system_pages(levels))
    return ExitCode.PASSED if any(not level.problem for level in levels) else ExitCode.FAILED
