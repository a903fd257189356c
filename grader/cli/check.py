"""`grader check`: one notebook, public checks only."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from grader.cli.options import Running, folder_of, of_course, of_recipe, of_running, tell_versions
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.course import AssignmentFolder
    from grader.submission import Submission


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
    running: Running,
) -> int:
    """Run NOTEBOOK from top to bottom as the instructor would, and answer with the public checks.

    What is asked comes from the course's folder that it lies in; without one, from NAME.grader.json beside the notebook.
    """
    from grader.cli.exit_code import of_reports
    from grader.cli.output import work_of
    from grader.cli.progress import Watch
    from grader.judge import for_student
    from grader.pipeline import Grading
    from grader.render import renderer
    from grader.submission import collect

    found = list(collect([notebook]))
    kits = Path(click.get_current_context().with_resource(TemporaryDirectory(prefix="grader-")))
    folder, default = _asked(found[0], notebook, assignment, course, recipe, kits)
    definition = folder.assignment(hidden=False)
    workers = running.workers(folder, workspace or default, count=1, hidden=False)
    tell_versions(folder, workers.data_source, hidden=False)
    with workers, Watch(1, definition.title) as watch:
        grading = Grading(
            folder=folder, workspace=workspace or default, workers=workers, hidden=False, listen=watch.listen
        )
        graded = next(iter(grading.grade(found)))
    report = for_student(graded.report)
    click.echo(renderer(name).one(report, work_of(graded)), nl=False)
    return of_reports([report])


def _asked(
    submission: Submission, notebook: Path, name: str | None, course: Path | None, recipe: str | None, kits: Path
) -> tuple[AssignmentFolder, Path]:
    """What is asked of a notebook, and the default workspace: by the course it lies in, else a kit beside it, else its folder.

    In a course a kit may have been handed in; it is Python that is run here, so only who has no course trusts it.
    """
    from grader.course import AssignmentFolder, Course
    from grader.kit import beside_its_starter, handed_out

    here = notebook.resolve().parent
    try:
        found = Course.find(course or here)
    except UsageError:
        if not recipe and (folder := handed_out(notebook, name, kits)) is not None:
            return folder, here / ".grader"
        if not (here / "assignment.py").is_file():
            raise
        alone = AssignmentFolder(name=here.name, public=here, private=None).by(recipe)
        return beside_its_starter(alone, notebook, kits), here / ".grader"
    folder, default = folder_of(found.root, name or found.name_for(notebook, submission.notebook), recipe)
    return beside_its_starter(folder, notebook, kits), default
