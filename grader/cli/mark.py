"""`grader mark`: answers that a human reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.assignment import ANSWER, Assignment
from grader.cli.options import folder_of, gradebook_at, of_course
from grader.course import AssignmentFolder
from grader.errors import AssignmentError, UsageError
from grader.render.escape import one_line

if TYPE_CHECKING:
    from grader.gradebook import Gradebook
    from grader.mark import Marks
    from grader.marksheet import Batch
    from grader.report import Report


@click.command()
@click.argument("assignment")
@click.option("--list", "only_list", is_flag=True, help="Only list what waits.")
@click.option("--export", type=click.Path(dir_okay=False, path_type=Path), help="Write a sheet, .csv or .json.")
@click.option(
    "--import", "sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read a sheet's marks."
)
@click.option("--exercise", help="Only the answers of one exercise.")
@click.option("--student", help="Only the answers of one student.")
@click.option("--all", "everything", is_flag=True, help="Also answers that have a mark, and places left empty.")
@click.option("--check", "held", help="Decide about this check, EXERCISE.CHECK, which broke on a student's records.")
@click.option("--points", type=click.FloatRange(min=0), help="With --check: what it earns; without, it waits again.")
@click.option("--comment", default="", help="With --check: for the student.")
@click.option("--each", is_flag=True, help="One by one, also where several students gave the same answer.")
@click.option("--anonymous", is_flag=True, help="Without the students' names.")
@click.option("--by", "marked_by", help="Whose marks these are.  [default: your login name]")
@click.option(
    "--gradebook", "gradebook_url", envvar="GRADER_GRADEBOOK", help="Database URL.  [default: SQLite in the workspace]"
)
@of_course
def mark(
    *,
    assignment: str,
    only_list: bool,
    export: Path | None,
    sheet: Path | None,
    exercise: str | None,
    student: str | None,
    everything: bool,
    held: str | None,
    points: float | None,
    comment: str,
    each: bool,
    anonymous: bool,
    marked_by: str | None,
    gradebook_url: str | None,
    course: Path | None,
    workspace: Path | None,
) -> int:
    """List the answers of ASSIGNMENT that wait for a mark, show them one after another, and take marks.

    The same answer of several students is shown once. Each mark is kept at once, and with its answer: regrading leaves it, a
    changed answer waits again. A check that could not see enough, or broke on one notebook, waits likewise; --check decides about it.
    """
    from grader.cli.desk import Desk, list_pile
    from grader.cli.held import any_held, decide, list_held
    from grader.mark import Marks
    from grader.marksheet import names, pile, singly

    if sum((only_list, export is not None, sheet is not None, held is not None)) > 1:
        raise UsageError("--list, --export, --import and --check are four things", remedy="give one of them at a time")
    folder, default = folder_of(course, assignment)
    definition = folder.assignment(hidden=folder.private is not None)
    with gradebook_at(workspace or default, gradebook_url) as gradebook:
        marks = Marks(gradebook.mark_trail(definition.name))
        reports = [result.report for result in gradebook.each_latest(definition.name)]
        if held is not None:
            who = marked_by or _login()
            decide(
                reports, gradebook, assignment=definition.name, student=student, check=held, points=points,
                comment=comment, marked_by=who,
            )  # fmt: skip
            return 0
        if any_held(reports) and not any(f.answer for r in reports for f in r.findings):
            list_held(reports, definition.name)
            return 0
        _can_be_marked(definition, reports, exercise, student)
        if sheet is not None:
            return _take(sheet, definition.name, reports, gradebook, marks, marked_by or _login())
        chosen = [r for r in reports if student in {None, r.submission.student}]
        batches = [b for b in pile(chosen, marks, everything=everything) if exercise in {None, b.exercise}]
        batches = [*singly(batches)] if each else batches
        called = names(definition.name, [r.submission.student for r in reports], anonymous=anonymous)
        if export is not None:
            return _write(export, definition.name, batches, called)
        list_pile(batches, called, definition.name)
        list_held(chosen, definition.name)
        if not only_list:
            desk = Desk(
                assignment=definition.name,
                gradebook=gradebook,
                marked_by=marked_by or _login(),
                called=called,
                models=_model_answers(folder, definition),
            )
            desk.go_through(batches)
    return 0


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user need not have a name.
        raise UsageError("your login has no name", remedy="say whose marks these are: --by NAME") from None


def _can_be_marked(
    assignment: Assignment, reports: Sequence[Report], exercise: str | None, student: str | None
) -> None:
    asked = [e.name for e in assignment.exercises if e.question is not None]
    if not asked:
        raise UsageError("it asks no question that a human reads", where=assignment.name, remedy="see docs/marking.md")
    if exercise not in {None, *asked}:
        raise UsageError(f"{exercise!r} has no question", where=assignment.name, remedy=f"one of {', '.join(asked)}")
    students = [r.submission.student for r in reports]
    if not reports or student not in {None, *students}:
        raise UsageError(
            f"nothing of {student!r} was graded" if reports else "nothing was graded yet",
            where=assignment.name,
            remedy=f"one of {', '.join(students[:20])}" if reports else f"grader grade {assignment.name} FOLDER",
        )
    if not any(f.exercise in asked and f.check == ANSWER for r in reports for f in r.findings):
        raise UsageError(
            "everything was graded before it asked a question",
            where=assignment.name,
            remedy=f"grader regrade {assignment.name}",
        )


def _model_answers(folder: AssignmentFolder, assignment: Assignment) -> Mapping[str, str]:
    """The solution's answers by exercise; none where it is not here."""
    from grader.evidence import Evidence
    from grader.notebook.free_text import answers_in

    try:
        found = answers_in(folder.solution_notebook(), folder.starter_notebook(), assignment, Evidence())
    except AssignmentError:
        return {}
    return {name: written.text for name, written in (found or {}).items()}


def _write(path: Path, assignment: str, batches: Sequence[Batch], called: Mapping[str, str]) -> int:
    from grader.job_folder import write_atomically
    from grader.marksheet import rows_of, write_csv, write_json

    form = _form(path)
    if path.exists():
        raise UsageError("there is a sheet already", where=str(path), remedy="import it first, or name another file")
    rows = rows_of(batches, called)
    write_atomically(path, write_csv(rows) if form == ".csv" else write_json(rows, assignment))
    click.echo(f"Wrote {path}: {len(rows)} answers. Fill in points and comment, then:")
    click.echo(f"  grader mark {assignment} --import {path}")
    return 0


def _take(
    path: Path, assignment: str, reports: Sequence[Report], gradebook: Gradebook, marks: Marks, marked_by: str
) -> int:
    from grader.marksheet import pile, read_csv, read_json, returned
    from grader.pipeline import remark

    data = path.read_bytes()
    rows = read_csv(data, str(path)) if _form(path) == ".csv" else read_json(data, str(path), assignment)
    students = [r.submission.student for r in reports]
    found = returned(
        rows, str(path), assignment, pile(reports, marks, everything=True), students, marks, marked_by=marked_by
    )
    gradebook.mark(assignment, found.marks)
    remark(assignment, {m.student for m in found.marks}, gradebook)
    said = f"{len(found.marks)} marks taken" + (
        f", {found.replaced} of them in place of others" if found.replaced else ""
    )
    click.echo(f"{said}; {found.same} were there already; {found.blank} rows without points.")
    if found.changed:
        click.echo(
            f"{len(found.changed)} students have changed their answer since, so it waits again; the mark is kept for the "
            f"earlier one: {', '.join(map(one_line, found.changed))}"
        )
    return 0


def _form(path: Path) -> str:
    if path.suffix.lower() not in {".csv", ".json"}:
        raise UsageError(f"{path.name} is neither .csv nor .json", remedy="name it so that it ends with one of them")
    return path.suffix.lower()
