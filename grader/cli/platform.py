"""The platforms that run `grader ci`: what their environment says, and where they look for what."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from grader.job_folder import write_atomically

if TYPE_CHECKING:
    from grader.cli.exit_code import ExitCode
    from grader.cli.results import Results
    from grader.errors import GraderError
    from grader.submission import Collected

FACTS = (
    "CLASSROOM", "ASSIGNMENT", "ASSIGNMENT_TYPE", "OWNER", "USERNAME", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL",
    "REVIEW_URL", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_ACTOR", "GITHUB_ACTOR_ID",
)  # fmt: skip
"""Environment variables of Classroom 50 and GitHub Actions that a report format shows; no others leave this process."""
RESULTS = Path("/autograder/results/results.json")


def platform_facts(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What formats are told of this run."""
    from grader.render.classroom50 import NOW

    known = {name: environment[name] for name in FACTS if environment.get(name)}
    if hidden := environment.get("GRADER_HIDDEN_TESTS"):
        known["hidden"] = hidden
    return known | {NOW: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def in_repository(path: Path | None, environment: Mapping[str, str] = os.environ) -> str:
    """A file's path as its repository has it; relative to here where there is none, empty without a file."""
    if path is None:
        return ""
    root = Path(environment.get("GITHUB_WORKSPACE") or environment.get("CI_PROJECT_DIR") or Path.cwd())
    for base, file in ((root, path.absolute()), (root.resolve(), path.resolve())):
        if file.is_relative_to(base):
            return file.relative_to(base).as_posix()
    return path.name


def named(name: str, output: Path, environment: Mapping[str, str] = os.environ) -> Platform:
    """The platform by its name, or by what the environment says."""
    if name == "auto":
        github, classroom = environment.get("GITHUB_ACTIONS") == "true", "CLASSROOM" in environment
        name = ("classroom50" if classroom else "github") if github else "none"
    kinds = {"github": GitHub, "classroom50": Classroom50, "gradescope": Gradescope}
    return kinds.get(name, Platform)(output, environment)


class Platform:
    """No platform in particular: reports in a folder, and a table in the log. GitLab takes the JUnit XML from there.

    Args:
        output: Folder for the reports.
        environment: Environment variables.
    """

    def __init__(self, output: Path, environment: Mapping[str, str]) -> None:
        self.output = output
        self.environment = environment

    def __enter__(self) -> Self:
        """Begins before anything of a student's is printed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends after it."""

    def chosen(self, found: Collected, assignment: str) -> Collected:  # noqa: ARG002 - for those that take one
        """The submissions that are to be graded."""
        return found

    def failed(self, error: GraderError) -> None:
        """Says why nothing was graded."""
        click.echo(f"grader: {error}", err=True)

    def write(self, results: Results, audience: str, code: ExitCode) -> None:  # noqa: ARG002 - what some are told
        """Writes what the platform shows."""
        from grader.cli.output import Destination

        formats = ("terminal", "junit", "json", "html", *(("csv",) if len(results) > 1 else ()))
        Destination(formats=formats, output=self.output, audience=audience, student=None).write(results)
        write_atomically(self.output / "summary.md", summary(results, audience).encode())


class GitHub(Platform):
    """GitHub Actions: a summary of the step, annotations, outputs. What is printed meanwhile is no command."""

    def __enter__(self) -> Self:
        from grader.render.github import Fence

        self._fence = Fence()
        self._after = ""
        click.echo(self._fence.begin)
        return self

    def __exit__(self, *_: object) -> None:
        click.echo(self._fence.end)
        click.echo(self._after, nl=False)

    def failed(self, error: GraderError) -> None:
        """Says it as an annotation and not in words of its own, since names in it can hold a line that is a command."""
        from grader.render.github import Annotation

        self._after = f"{Annotation(level='error', title='Nothing was graded', message=str(error))}\n"

    def write(self, results: Results, audience: str, code: ExitCode) -> None:
        """Adds the summary, the outputs and, after the fence, the annotations."""
        from grader.render.github import of_class

        super().write(results, audience, code)
        reports = results.reports(audience)
        self._after = of_class(zip(reports, map(results.work, results.of(None)), strict=True))
        self._append("GITHUB_STEP_SUMMARY", summary(results, audience))
        self._append("GITHUB_OUTPUT", "".join(f"{k}={v}\n" for k, v in self._outputs(results, audience, code).items()))

    def _outputs(self, results: Results, audience: str, code: ExitCode) -> dict[str, str]:
        """Nothing that a student wrote: whoever uses an output may put it into a command."""
        found = {"submissions": str(len(results)), "exit-code": str(int(code)), "report": str(self.output)}
        if len(results) == 1:
            report = results.reports(audience)[0]
            found["score"] = "" if report.score is None else f"{report.score:g}"
            found["max-score"] = f"{report.max_score:g}"
        return found

    def _append(self, variable: str, text: str) -> None:
        from grader.render.markdown import LIMIT

        path = Path(self.environment.get(variable) or os.devnull)
        before = path.stat().st_size if path.is_file() else 0
        if before + len(text.encode()) <= LIMIT:
            with path.open("a", encoding="utf-8") as file:
                file.write(text)


class Classroom50(GitHub):
    """Classroom 50 on GitHub Actions: result.json and the release's text, where its runner looks for them."""

    def chosen(self, found: Collected, assignment: str) -> Collected:
        """One submission: that is what the platform takes."""
        return found.only(assignment)

    def write(self, results: Results, audience: str, code: ExitCode) -> None:
        """Adds result.json and release-body.md."""
        from grader.render import renderer

        super().write(results, audience, code)
        text = renderer("classroom50").one(results.reports(audience)[0], results.work(0))
        write_atomically(Path("result.json"), text.encode())
        write_atomically(Path("release-body.md"), summary(results, audience).encode())

    def _outputs(self, results: Results, audience: str, code: ExitCode) -> dict[str, str]:
        found = super()._outputs(results, audience, code)
        status = {0: "success", 1: "failure"}.get(int(code), "error")
        return found | {"status": status, "summary": f"{found['score'] or '–'}/{found['max-score']}"}


class Gradescope(Platform):
    """Gradescope: results.json, of which Gradescope itself hides the hidden tests. Its log is the instructor's."""

    def __enter__(self) -> Self:
        from grader.render.gradescope import unfinished

        self._path = Path(self.environment.get("GRADER_RESULTS") or RESULTS)
        self._write(unfinished("Grading did not end: it took longer, or more memory, than this container has."))
        return self

    def chosen(self, found: Collected, assignment: str) -> Collected:
        """One submission: that is what the platform takes."""
        return found.only(assignment)

    def failed(self, error: GraderError) -> None:
        """Says it to the instructor; the student hears that it is nobody's mark."""
        from grader.render.gradescope import unfinished

        super().failed(error)
        self._write(unfinished("This could not be graded, which is no fault of yours. Your instructor has to look."))

    def write(self, results: Results, audience: str, code: ExitCode) -> None:  # noqa: ARG002 - as above
        """Writes results.json and nothing else."""
        from grader.render import renderer

        self._write(renderer("gradescope").one(results.report(0), results.work(0)))

    def _write(self, text: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, text.encode())


def summary(results: Results, audience: str) -> str:
    """One student's report or the class's table, as GitHub-flavoured Markdown."""
    from grader.render import renderer

    reports = results.reports(audience)
    if len(reports) == 1:
        return renderer("markdown").one(reports[0], results.work(0))
    return renderer("markdown").many(reports)
