"""Options that several commands share, and what follows from them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from grader.course import AssignmentFolder, Course
from grader.errors import SandboxUnavailable, UsageError

if TYPE_CHECKING:
    from grader.datasets import Source
    from grader.execute.sandbox import Sandbox
    from grader.gradebook import Gradebook
    from grader.workers import Workers

Command = TypeVar("Command", bound=Callable[..., Any])

REQUIRED = "grader.require_sandbox"
"""Key in click's context."""
FORMATS = ("terminal", "json", "html", "markdown", "junit", "csv", "github", "gradescope", "classroom50")


@dataclass(frozen=True, kw_only=True)
class Running:
    """How notebooks are run, as the options say."""

    jobs: int | None
    data: Source | None
    sandbox: str
    train_once: bool

    def workers(self, folder: AssignmentFolder, workspace: Path, *, count: int, hidden: bool = True) -> Workers:
        """Workers of the size that this machine and this assignment allow."""
        level = _level(self.sandbox)
        from grader.workers import workers_for

        return workers_for(
            folder,
            workspace,
            level,
            jobs=self.jobs,
            data=self.data,
            train_once=self.train_once,
            count=count,
            hidden=hidden,
        )


def of_course(command: Command) -> Command:
    """--course and --workspace."""
    command = click.option(
        "--workspace",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="GRADER_WORKSPACE",
        help="Where evidence and the gradebook are kept.  [default: .grader in the course]",
    )(command)
    return click.option(
        "--course",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        envvar="GRADER_COURSE",
        help="Folder that holds assignments/ and reference/.  [default: here or above]",
    )(command)


def of_recipe(command: Command) -> Command:
    """--recipe."""
    return click.option(
        "--recipe", help="The assignment's smaller form by this name, or full.  [default: the starter's]"
    )(command)


def of_running(command: Command) -> Command:
    """--jobs, --data, --sandbox, --no-sandbox, --require-sandbox and --no-train-once, as one `running`."""

    @functools.wraps(command)
    def with_running(
        *, jobs: int | None, data: Source | None, sandbox: str, no_sandbox: bool, no_train_once: bool, **more: Any
    ) -> Any:
        level = "none" if no_sandbox else sandbox
        return command(running=Running(jobs=jobs, data=data, sandbox=level, train_once=not no_train_once), **more)

    made: Any = with_running
    made = click.option(
        "--no-train-once", is_flag=True, help="Train every notebook's networks, also those trained identically before."
    )(made)
    made = click.option("--no-sandbox", is_flag=True, help="Run without any isolation: only notebooks that you trust.")(
        made
    )
    made = click.option(
        "--require-sandbox",
        is_flag=True,
        envvar="GRADER_REQUIRE_SANDBOX",
        expose_value=False,
        callback=_require,
        help="Refuse to run without isolation, whatever else is asked for.",
    )(made)
    made = click.option(
        "--sandbox",
        type=click.Choice(["auto", "any", "bubblewrap", "landlock", "none"]),
        default="auto",
        show_default=True,
        help="auto: the best that works here, else refuse. any: the best, else none with a warning.",
    )(made)
    made = click.option(
        "--data",
        type=click.Choice(["keras", "stand-in"]),
        help="Data source.  [default: keras where Keras' cache has the data, else stand-in]",
    )(made)
    made = click.option(
        "--jobs", "-j", type=click.IntRange(1, 256), help="Notebooks at once.  [default: cores, as memory allows]"
    )(made)
    return cast("Command", made)


def _require(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 click calls it so
    ctx.meta[REQUIRED] = value


def _level(sandbox: str) -> Sandbox:
    """The sandbox that was asked for, if there may be none at all then.

    Raises:
        UsageError: isolation is required, and to be left out.
        SandboxUnavailable: there is none here, or nothing runs here.
    """
    from grader.execute.sandbox import elsewhere, named_sandbox, remedy

    if why := elsewhere():
        raise SandboxUnavailable(why, remedy=remedy("bubblewrap"))
    context = click.get_current_context(silent=True)
    required = context is not None and context.meta.get(REQUIRED, False)
    if required and sandbox == "none":
        raise UsageError("--require-sandbox and no sandbox exclude each other", remedy="leave one of them out")
    level = named_sandbox("auto" if required and sandbox == "any" else sandbox)
    if level.level == "none":
        click.echo("Warning: no isolation. Notebooks run with your rights; grade only what you trust.", err=True)
    return level


def folder_of(course: Path | None, name: str, recipe: str | None = None) -> tuple[AssignmentFolder, Path]:
    """The assignment's folder, seen by a recipe, and the default workspace."""
    found = Course.find(course or Path.cwd())
    return found.folder(name).by(recipe), found.root / ".grader"


def tell_versions(folder: AssignmentFolder, source: str, *, hidden: bool) -> None:
    """Says before anything runs that this is another environment than the one that the assignment was calibrated in."""
    from grader.environment import here, notice, remedy

    calibrated, found = folder.expectations(source, hidden=hidden).environment, here()
    if told := notice(calibrated, found):
        click.echo(f"Note: {told} To have them agree: {remedy(calibrated, found, folder.name)}", err=True)


def gradebook_at(workspace: Path, url: str | None) -> Gradebook:
    """The gradebook by URL, or the workspace's own."""
    from grader.environment import versions
    from grader.gradebook import Gradebook

    version = versions()["grader"]
    return Gradebook(url, version) if url else Gradebook.at(workspace / "gradebook.db", version)
