"""`grader regrade`: changed checks or thresholds over stored evidence."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.options import FORMATS, folder_of, gradebook_at, of_course


@click.command()
@click.argument("assignment")
@click.option(
    "--format", "name", type=click.Choice([f for f in FORMATS if f != "html"]), default="terminal", show_default=True
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="File to write to.")
@click.option(
    "--gradebook", "gradebook_url", envvar="GRADER_GRADEBOOK", help="Database URL.  [default: SQLite in the workspace]"
)
@of_course
def regrade(
    *,
    assignment: str,
    name: str,
    output: Path | None,
    gradebook_url: str | None,
    course: Path | None,
    workspace: Path | None,
) -> int:
    """Judge the stored evidence of ASSIGNMENT's graded submissions again. No notebook is run.

    Use it after changing a check, its points, or the expectations.
    """
    from grader.cli.exit_code import of_reports
    from grader.cli.results import Results
    from grader.job_folder import write_atomically
    from grader.pipeline import regrade as run
    from grader.render import renderer

    folder, default = folder_of(course, assignment)
    workspace = workspace or default
    with gradebook_at(workspace, gradebook_url) as gradebook:
        results = Results()
        for report in run(folder, workspace, gradebook):
            results.add(report)
    reports = results.reports()
    text = renderer(name).many(reports)
    if output:
        write_atomically(output, text.encode())
    else:
        click.echo(text, nl=False)
    return of_reports(reports)
