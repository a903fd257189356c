"""`grader calibrate`: what the reference establishes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import Running, folder_of, of_course, of_recipe, of_running

if TYPE_CHECKING:
    from grader.evidence import Evidence


@click.command()
@click.argument("assignment")
@click.option("--runs", "-k", type=click.IntRange(2, 1000), default=10, show_default=True, help="Seeds to run it with.")
@of_recipe
@of_running
@of_course
def calibrate(
    *,
    assignment: str,
    runs: int,
    recipe: str | None,
    course: Path | None,
    workspace: Path | None,
    running: Running,
) -> int:
    """Run the reference of ASSIGNMENT with several seeds and store facts, distributions and thresholds."""
    from rich.console import Console
    from rich.progress import Progress

    from grader.pipeline import calibrate as run

    folder, default = folder_of(course, assignment, recipe)
    workers = running.workers(folder, workspace or default, count=runs)
    console = Console(stderr=True)
    with workers, Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{assignment} on {workers.data_source} data", total=runs)

        def listen(done: int, evidence: Evidence) -> None:
            progress.update(task, completed=done)
            values = ", ".join(f"{m.metric} {m.value:.4f}" for m in evidence.measurements)
            console.print(
                f"seed {evidence.seed}: {values or evidence.status} ({evidence.seconds:.1f} s)", highlight=False
            )

        found = run(folder, workspace or default, workers, runs=runs, listen=listen)
    for name, kept in found.checks.items():
        bound = kept.get("bound")
        if isinstance(bound, float):
            click.echo(f"{name}: bound {bound:.4f} from {found.runs} runs")
    click.echo(f"Wrote {folder.expectations_file(workers.data_source, hidden=True)} and its public part.")
    return 0
