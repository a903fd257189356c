"""`grader check`: one notebook, public checks only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import folder_of, of_course, of_recipe, of_running, tell_versions, workers_for

if TYPE_CHECKING:
    from grader.datasets import Source


@click.command()
@click.argument("notebook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--assignment", help="Its name.  [default: from the notebook's metadata, its folder or its file name]")
@click.option(
    "--format", "name", type=click.Choice(["terminal", "json", "markdown"]), default="terminal", show_default=True
)
@of_recipe
@of_running
@of_course
def check(
    *,
    notebook: Path,
    assignment: str | None,
    name: str,
    recipe: str | None,
    course: Path | None,
    workspace: Path | None,
    data: Source | None,
    jobs: int | None,
    sandbox: str,
    no_sandbox: bool,
    no_train_once: bool,
) -> int:
    """Run NOTEBOOK from top to bottom as the instructor would, and answer with the public checks."""
    from grader.cli.exit_code import of_reports
    from grader.cli.output import work_of
    from grader.cli.progress import Watch
    from grader.course import Course
    from grader.judge import for_student
    from grader.pipeline import Grading
    from grader.render import renderer
    from grader.submission import collect

    found = list(collect([notebook]))
    place = course or notebook.resolve().parent
    folder, default = folder_of(place, assignment or Course.find(place).name_for(notebook, found[0].notebook), recipe)
    definition = folder.assignment(hidden=False)
    workers = workers_for(
        folder,
        workspace or default,
        jobs=jobs,
        data=data,
        sandbox=sandbox,
        no_sandbox=no_sandbox,
        no_train_once=no_train_once,
        count=1,
        hidden=False,
    )
    tell_versions(folder, workers.data_source, hidden=False)
    with workers, Watch(1, definition.title) as watch:
        grading = Grading(
            folder=folder, workspace=workspace or default, workers=workers, hidden=False, listen=watch.listen
        )
        graded = next(iter(grading.grade(found)))
    report = for_student(graded.report)
    click.echo(renderer(name).one(report, work_of(graded)), nl=False)
    return of_reports([report])
