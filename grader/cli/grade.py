"""`grader grade`: notebooks in, reports out."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import (
    FORMATS,
    Running,
    folder_of,
    gradebook_at,
    of_course,
    of_recipe,
    of_running,
    tell_versions,
)
from grader.errors import UsageError


@click.command()
@click.argument("assignment")
@click.argument("submissions", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(FORMATS), help="Once or several times.  [default: terminal]"
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Folder (or file, for one format) to write to.")
@click.option("--student", help="Show one student in full; all are graded.")
@click.option(
    "--audience",
    type=click.Choice(["student", "instructor"]),
    help="[default: student for html, github and classroom50, else instructor]",
)
@click.option(
    "--cell-seconds", type=click.FloatRange(min=1), help="Time limit of one cell.  [default: the assignment's]"
)
@click.option(
    "--compat", is_flag=True, help="Run notebooks that die of names which Keras removed again, with a shim for them."
)
@click.option("--fresh", is_flag=True, help="Run again even where evidence is stored.")
@click.option(
    "--gradebook", "gradebook_url", envvar="GRADER_GRADEBOOK", help="Database URL.  [default: SQLite in the workspace]"
)
@of_recipe
@of_running
@of_course
def grade(
    *,
    assignment: str,
    submissions: tuple[Path, ...],
    formats: tuple[str, ...],
    output: Path | None,
    student: str | None,
    audience: str | None,
    gradebook_url: str | None,
    recipe: str | None,
    course: Path | None,
    workspace: Path | None,
    fresh: bool,
    cell_seconds: float | None,
    compat: bool,
    running: Running,
) -> int:
    """Grade SUBMISSIONS (notebooks, folders or zip files) of ASSIGNMENT.

    Stored evidence is used again where neither the notebook nor what is collected from it has changed.
    """
    from grader.cli.exit_code import of_reports
    from grader.cli.output import Destination
    from grader.cli.progress import Watch
    from grader.cli.results import Results
    from grader.pipeline import Grading
    from grader.pipeline import grade as run
    from grader.schedule import longest_first
    from grader.submission import collect

    destination = Destination.choose(formats, output, audience=audience, student=student)
    folder, default = folder_of(course, assignment, recipe)
    workspace = workspace or default
    found = collect(submissions)
    definition = folder.assignment(hidden=True)
    workers = running.workers(folder, workspace, count=len(found))
    tell_versions(folder, workers.data_source, hidden=True)
    if student and student not in found.students:
        raise UsageError(f"no submission of {student!r}", remedy=f"one of {', '.join(found.students[:20])}")
    results = Results(found)
    with gradebook_at(workspace, gradebook_url) as gradebook, workers, Watch(len(found), definition.title) as watch:
        grading = Grading(
            folder=folder,
            workspace=workspace,
            workers=workers,
            fresh=fresh,
            listen=watch.listen,
            cell_seconds=cell_seconds,
            compat=compat,
        )
        in_turn = (found[place] for place in longest_first(len(found), found.raw))
        for graded in run(grading, in_turn, gradebook):
            results.add(graded.report, graded.job)
    destination.write(results)
    return of_reports(results.reports())
