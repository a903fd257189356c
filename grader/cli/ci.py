"""`grader ci`: grades where a platform runs us, and leaves what it shows where it looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from grader.cli.options import Running, folder_of, of_course, of_recipe, of_running
from grader.errors import GraderError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.cli.exit_code import ExitCode
    from grader.cli.results import Results
    from grader.course import AssignmentFolder
    from grader.pipeline import Grading, Progress
    from grader.submission import Collected


@click.command()
@click.argument("assignment")
@click.argument("submissions", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--audience",
    type=click.Choice(["student", "instructor"]),
    default="student",
    show_default=True,
    help="Who can read the log and what is written; a student is shown nothing hidden.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("grader-report"),
    show_default=True,
    help="Folder for reports of every kind.",
)
@click.option(
    "--platform",
    type=click.Choice(["auto", "github", "gitlab", "classroom50", "gradescope", "none"]),
    default="auto",
    show_default=True,
    help="auto: what the environment says.",
)
@click.option("--exit-zero", is_flag=True, help="Failed checks are no failure: exit code 0 for them, too.")
@click.option("--fetch", is_flag=True, help="Download the assignment's real data sets where they are missing.")
@of_recipe
@of_running
@of_course
def ci(
    *,
    assignment: str,
    submissions: tuple[Path, ...],
    audience: str,
    output: Path,
    platform: str,
    exit_zero: bool,
    fetch: bool,
    recipe: str | None,
    course: Path | None,
    workspace: Path | None,
    running: Running,
) -> int:
    """Grade SUBMISSIONS of ASSIGNMENT in continuous integration.

    Without SUBMISSIONS it takes ASSIGNMENT.ipynb or the folder submissions/ here. What is asked comes from the course's
    folder, here or above; without one, from ASSIGNMENT.grader.json beside the notebook.

    Writes JUnit XML, JSON, Markdown and pages to the output folder; on GitHub also the step's summary, annotations and
    outputs; for Classroom 50 result.json; for Gradescope results.json. Hidden checks count where the reference is at hand.
    """
    from grader.cli.exit_code import ExitCode
    from grader.cli.platform import named
    from grader.submission import collect

    with named(platform, output) as chosen:
        try:
            found = chosen.chosen(collect(submissions or (_default(assignment),)), assignment)
            kits = Path(click.get_current_context().with_resource(TemporaryDirectory(prefix="grader-")))
            folder, default = _asked(found, assignment, course, recipe, kits)
            hidden = folder.private is not None
            if fetch:
                _fetch(folder)
            workers = running.workers(folder, workspace or default, count=len(found), hidden=hidden)
            from grader.pipeline import Grading

            with workers:
                grading = Grading(folder=folder, workspace=workspace or default, workers=workers, hidden=hidden)
                results = _graded(grading, found, audience)
            code = _code(results, audience)
            chosen.write(results, audience, code)
        except GraderError as error:
            # Said here, where no line of it is a command to the platform.
            chosen.failed(error)
            return ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.HUMAN_NEEDED
    return ExitCode.PASSED if exit_zero and code is ExitCode.FAILED else code


def _default(assignment: str) -> Path:
    for path in (Path(f"{assignment}.ipynb"), Path("submissions")):
        if path.exists():
            return path
    raise UsageError(
        f"neither {assignment}.ipynb nor submissions/ is here", where=str(Path.cwd()), remedy="name the notebooks"
    )


def _asked(
    found: Collected, assignment: str, course: Path | None, recipe: str | None, kits: Path
) -> tuple[AssignmentFolder, Path]:
    """What is asked, and the default workspace: by the course, else by the file that students got beside their notebook.

    In a course that file may have been handed in; it is Python that is run here, so only who has no course trusts it.

    Raises:
        UsageError: a starter in a course with its reference is to be graded.
    """
    from grader.course import Course
    from grader.kit import beside_its_starter, handed_out

    paths = [path for place in range(len(found)) if (path := found.path(place)) is not None and path.exists()]
    try:
        found_course = Course.find(course or Path.cwd())
    except UsageError:
        kit = handed_out(paths[0], assignment, kits) if recipe is None and paths else None
        if kit is None:
            raise
        return kit, Path(".grader").absolute()
    folder, workspace = folder_of(found_course.root, assignment, recipe)
    for path in paths:
        if folder.starter.is_file() and path.samefile(folder.starter):
            if folder.private is not None:
                raise UsageError(
                    "this is the starter, which has to stay as it was released",
                    where=str(path),
                    remedy="name the notebooks that were handed in",
                )
            return beside_its_starter(folder, path, kits), workspace
    return folder, workspace


def _fetch(folder: AssignmentFolder) -> None:
    from grader import datasets

    for name in folder.assignment(hidden=False).datasets:
        if datasets.available((name,)) != "keras":
            datasets.fetch(name)


def _graded(grading: Grading, found: Collected, audience: str) -> Results:
    from grader.cli.progress import Watch
    from grader.cli.results import Results
    from grader.pipeline import grade
    from grader.schedule import longest_first

    results = Results(found)
    with Watch(len(found), grading.assignment.title) as watch:
        grading.listen = _public(watch.listen) if audience == "student" else watch.listen
        in_turn = (found[place] for place in longest_first(len(found), found.raw))
        for graded in grade(grading, in_turn, None):
            results.add(graded.report, graded.job)
    return results


def _public(listen: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Progress without titles of hidden checks and without points that they gave."""
    from grader.judge import for_student

    def told(step: Progress) -> None:
        listen(replace(step, passed=(), report=None if step.report is None else for_student(step.report)))

    return told


def _code(results: Results, audience: str) -> ExitCode:
    """As the audience's reports have it: a student must not tell a hidden failure from it. A fault of ours always shows."""
    from grader.cli.exit_code import ExitCode, of_reports

    human = any(report.needs_human for report in results.reports())
    return ExitCode.HUMAN_NEEDED if human else of_reports(results.reports(audience))
