"""The command line: parse, call, print, exit code. Nothing imports it, and it imports the heavy rooms only when called."""

from __future__ import annotations

import contextlib
import sys
from typing import ClassVar

import click

from grader.cli.exit_code import ExitCode
from grader.errors import GraderError, UsageError


class _Commands(click.Group):
    """Loads a command's module when the command is asked for, and lists them in this order."""

    table: ClassVar[dict[str, str]] = {
        "grade": "Grade notebooks of an assignment.",
        "check": "Check one notebook as a student: public checks only.",
        "ci": "Grade in continuous integration: GitHub, GitLab, Classroom 50, Gradescope.",
        "regrade": "Judge stored evidence again; runs nothing.",
        "mark": "Mark the answers that a human reads.",
        "calibrate": "Measure what the reference solution establishes.",
        "lint": "Grade an assignment's own test set: right and wrong answers.",
        "init": "Make a course's folder, with one assignment as an example.",
        "new": "Make a new assignment that already grades.",
        "import": "Make an assignment of a source notebook of nbgrader or Otter.",
        "release": "Write the starter from the solution notebook, and see that nothing hidden goes along.",
        "package": "Package an assignment for Gradescope.",
        "hand-out": "Write the folder that students get.",
        "doctor": "Say what to change in a notebook, without running it.",
        "data": "Data sets: where they are, fetch, make stand-ins.",
        "list": "List the course's assignments.",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self.table:
            return None
        from importlib import import_module

        name = cmd_name.replace("-", "_")
        module = import_module(f"grader.cli.{name}_" if name == "import" else f"grader.cli.{name}")
        command = getattr(module, f"{name}_" if name in {"list", "import"} else name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.table, n=1)
            raise UsageError(
                f"no command {args[0]!r}",
                remedy=f"did you mean grader {near[0]}?" if near else f"one of {', '.join(self.table)}",
            )
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 click calls it so
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"grader {version('grader')}")
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, callback=_version, expose_value=False, is_eager=True, help="Print the version."
)
def grader() -> None:
    """Grades deep-learning notebooks in Keras and TensorFlow against one reference solution.

    Exit codes: 0 everything passed, 1 something failed, 2 called wrongly, 3 a human is needed.
    """


def main() -> None:
    """Entry point of the `grader` command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Carries out one command line and returns its exit code."""
    try:
        result = grader.main(arguments, prog_name="grader", standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.PASSED
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        _say("\nStopped. What was finished is kept; the same command goes on from there.")
        return ExitCode.STOPPED
    except UsageError as error:
        _say(f"grader: {error}")
        return ExitCode.USAGE
    except GraderError as error:
        _say(f"grader: {error}")
        return ExitCode.HUMAN_NEEDED
    except MemoryError:
        _say("grader: out of memory. What was finished is kept; the same command goes on from there.")
        return ExitCode.HUMAN_NEEDED
    except BrokenPipeError:
        # The reader of our output went away (`grader … | head`); Python would complain again while flushing.
        sys.stderr.close()
        return ExitCode.PASSED
    except OSError as error:
        _say(f"grader: {error}. What was finished is kept; the same command goes on from there.")
        with contextlib.suppress(OSError):
            _drop_what_cannot_be_written()
        return ExitCode.HUMAN_NEEDED


def _drop_what_cannot_be_written() -> None:
    """Closes a full standard output: Python would flush it once more at the end, and exit with a code of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout.close()


def _say(text: str) -> None:
    """Tells what went wrong, where standard error takes it: the exit code must not depend on that."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)
