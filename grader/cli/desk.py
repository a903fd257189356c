"""Marking at the terminal: an answer, its rubric, and what to type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import click
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from grader.gradebook import Gradebook
from grader.mark import Mark
from grader.marksheet import Award, Batch, award, singly
from grader.render import wording
from grader.render.escape import one_line, visible

HELP = "Points, or one number for each criterion (1+0.5). Enter: later. b: back. s: one by one. q: stop."
WIDTH = 100


def list_pile(batches: Sequence[Batch], called: Mapping[str, str], assignment: str) -> None:
    """Prints what waits, a line an answer."""
    if not batches:
        click.echo(f"No answer of {assignment} waits for a mark.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("exercise", "points", "students", "answer"):
        table.add_column(column, no_wrap=column != "answer", overflow="ellipsis")
    for batch in batches:
        who = called[batch.students[0]] if len(batch.students) == 1 else f"{len(batch.students)} students"
        given = f"{batch.mark.points:g}/{batch.points:g}" if batch.mark else f"{batch.points:g}"
        text = one_line(batch.answer.text, limit=120) or "(nothing)"
        table.add_row(*(Text(cell) for cell in (batch.exercise, given, one_line(who, limit=24), text)))
    _console().print(table)
    count = sum(len(batch.students) for batch in batches)
    kinds = "" if len(batches) == count else f"{len(batches)} different answers, "
    click.echo(f"\n{kinds}{count} answer{'s' * (count != 1)} to mark.")


@dataclass(kw_only=True)
class Desk:
    """Shows answers one after another and keeps each mark as soon as it is given."""

    assignment: str
    gradebook: Gradebook
    marked_by: str
    called: Mapping[str, str]
    """By student, what they are called on the screen."""
    models: Mapping[str, str]
    """By exercise, the solution's answer."""
    marked: set[str] = field(default_factory=set)
    """Students who got a mark."""

    def go_through(self, batches: Sequence[Batch]) -> None:
        """Until the last answer, `q`, or the end of what is typed."""
        from grader.pipeline import remark

        left, place = list(batches), 0
        try:
            while place < len(left):
                self._show(left[place], place, len(left))
                typed = self._typed(left[place])
                if typed == "q":
                    break
                if typed == "s":
                    left[place : place + 1] = singly([left[place]])
                elif typed == "b":
                    place = max(0, place - 1)
                else:
                    if isinstance(typed, Award):
                        left[place] = self._marked(left[place], typed)
                    place += 1
        except click.Abort:
            click.echo()
        finally:
            if self.marked:
                remark(self.assignment, self.marked, self.gradebook)
        done = f"{len(self.marked)} student{'s' * (len(self.marked) != 1)} marked"
        click.echo(f"{done}; every mark is kept. The reports have them: grader regrade {self.assignment}")

    def _show(self, batch: Batch, place: int, count: int) -> None:
        who = ", ".join(one_line(self.called[s]) for s in batch.students[:8])
        more = f" and {len(batch.students) - 8} more" if len(batch.students) > 8 else ""
        console = _console()
        console.print()
        console.print(Rule(Text(f"{place + 1} of {count} · {one_line(batch.title)}"), align="left"))
        console.print(Text(visible(batch.asks), style="bold"))
        console.print(Text(f"by {who}{more}", style="dim"))
        shown = visible(wording.answer_text(batch.answer)) or "(nothing was written)"
        console.print(Padding(Text(shown), (1, 2)))
        for criterion in batch.answer.rubric:
            console.print(Text(f"  · {one_line(wording.criterion(criterion))}"))
        if model := self.models.get(batch.exercise):
            console.print(Padding(Text(f"Solution: {visible(model)}", style="dim"), (0, 2)))
        if batch.mark is not None:
            given = f"{batch.mark.points:g} by {one_line(batch.mark.marked_by)}: {visible(batch.mark.comment)}"
            console.print(Text(f"  Mark in force: {given}", style="cyan"))

    def _typed(self, batch: Batch) -> Award | str:
        """An award, or one of `b`, `s`, `q` and nothing for later."""
        while True:
            asked = f"points, 0 to {batch.points:g} (? for help)"
            text = str(click.prompt(asked, default="", show_default=False)).strip().lower()
            if text in {"", "b", "s", "q"}:
                return text
            if text == "?":
                click.echo(HELP)
                continue
            try:
                return award(text, batch.points, batch.answer.rubric)
            except ValueError as error:
                click.echo(f"{error}. {HELP}")

    def _marked(self, batch: Batch, given: Award) -> Batch:
        try:
            comment = str(click.prompt("comment", default="", show_default=False)).strip()
        except click.Abort:
            # The points were typed already.
            self._keep(batch, given, "")
            raise
        return self._keep(batch, given, comment)

    def _keep(self, batch: Batch, given: Award, comment: str) -> Batch:
        marks = [
            Mark(
                student=student,
                exercise=batch.exercise,
                points=given.points,
                comment=comment,
                answer=batch.answer.digest,
                criteria=given.criteria,
                marked_by=self.marked_by,
            )
            for student in batch.students
        ]
        self.gradebook.mark(self.assignment, marks)
        self.marked.update(batch.students)
        return replace(batch, mark=marks[0])


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)
