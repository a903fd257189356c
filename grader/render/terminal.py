"""The terminal: a table for a class, and everything about one student.

Colours are the terminal's own sixteen, without black, white or grey, so that they read on light and dark grounds; each
is doubled by a mark or a word. Student text only ever enters as `Text`, never as rich mark-up.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.evidence import CellStatus, Provenance, Status
from grader.render import Work, wording
from grader.render.advice import on_terminal
from grader.render.escape import one_line, visible
from grader.render.spark import spark
from grader.report import Answer, Curve, ExerciseScore, Finding, LayerRow, Report, Verdict

WIDTH = 100
"""Columns of a report that is written to a file."""

_STYLE = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "red",
    Verdict.PARTIAL: "yellow",
    Verdict.SKIPPED: "",
    Verdict.BROKEN: "bold magenta",
    Verdict.WAITING: "cyan",
}
_STATUS_STYLE = {Status.GRADED: "green", Status.MACHINE_ERROR: "bold magenta"}


def one(report: Report, work: Work) -> str:  # noqa: ARG001 - the notebook is for formats that show it
    """One student as plain text, 100 columns wide."""
    return _plain(student(report))


def many(reports: Sequence[Report]) -> str:
    """A class as plain text, 100 columns wide."""
    return _plain(class_table(reports))


def class_table(reports: Sequence[Report]) -> RenderableType:
    """One line a student, the exercises under numbers, and the totals."""
    for report in reports:
        wording.guard(report)
    titles = tuple({e.exercise: e.title for r in reports for e in r.exercises}.items())
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("student", no_wrap=True, overflow="ellipsis", max_width=18, min_width=7)
    table.add_column("status", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    for position, _ in enumerate(titles, 1):
        table.add_column(str(position), justify="right", no_wrap=True)
    table.add_column("first thing to know", overflow="fold", ratio=1, min_width=20)
    table.add_column("s", justify="right", no_wrap=True)
    for report in reports:
        table.add_row(*_class_row(report, [name for name, _ in titles]))
    return Group(*_legend(titles), table, Text(), *_totals_lines(reports))


def student(report: Report) -> RenderableType:
    """Everything about one submission."""
    wording.guard(report)
    return Group(
        *_header(report),
        *(part for exercise, found in wording.by_exercise(report) for part in _exercise(exercise, found)),
        *_failures(report),
        *_advice(report),
        *_models(report),
        *_notes(report),
    )


def _plain(content: RenderableType) -> str:
    out = io.StringIO()
    Console(
        file=out,
        width=WIDTH,
        no_color=True,
        force_terminal=False,
        force_jupyter=False,
        legacy_windows=False,
        emoji=False,
    ).print(content)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def _class_row(report: Report, exercises: Sequence[str]) -> Iterator[Text]:
    gained = {e.exercise: e for e in report.exercises}
    yield Text(one_line(report.submission.student))
    status = Text(wording.STATUS[report.status], style=_STATUS_STYLE.get(report.status, "yellow"))
    if wording.calls_a_human(report) and report.audience == "instructor":
        status.append(" !", style="bold magenta")
    yield status
    yield Text(wording.of(report.score, report.max_score), style="bold")
    for name in exercises:
        score = gained.get(name)
        if score is None or report.score is None:
            yield Text("–")
        else:
            mark = " …" if score.waiting else ""
            style = _share_style(score.points + score.waiting, score.max_points)
            yield Text(f"{wording.points(score.points)}{mark}", style=style)
    yield Text(one_line(wording.in_a_word(report), limit=100))
    yield Text(f"{report.seconds:.1f}")


def _share_style(points: float, most: float) -> str:
    if points >= most:
        return "green"
    return "yellow" if points > 0 else "red"


def _legend(titles: Sequence[tuple[str, str]]) -> Iterator[Text]:
    if titles:
        listed = (f"{position} {one_line(title)}" for position, (_, title) in enumerate(titles, 1))
        yield Text("   ".join(listed))
        yield Text()


def _totals_lines(reports: Sequence[Report]) -> Iterator[Text]:
    totals = wording.totals(reports)
    most = max((r.max_score for r in reports), default=0.0)
    yield Text(f"{totals.count} submission{'s' if totals.count != 1 else ''}", style="bold").append(
        f", median score {wording.of(totals.median_score, most)}", style="not bold"
    )
    yield Text(", ".join(f"{count} {wording.STATUS[status]}" for status, count in totals.statuses.items()))
    for label, text in wording.conditions(reports):
        yield Text(f"{label}: {text}", style="dim")
    if waiting := wording.answers_wait(totals):
        yield Text(f"{waiting} (their points are marked …)", style="cyan")
    if totals.need_human:
        many_need = "need" if totals.need_human > 1 else "needs"
        yield Text(f"{totals.need_human} {many_need} a human (marked !)", style="bold magenta")


def _header(report: Report) -> Iterator[RenderableType]:
    title = Text(one_line(report.submission.student), style="bold")
    title.append(f"  {wording.of(report.score, report.max_score)}", style="bold")
    if waiting := wording.open_marks(report):
        title.append(f", {waiting}", style="cyan")
    title.append(f"  {wording.STATUS[report.status]}", style=_STATUS_STYLE.get(report.status, "yellow"))
    yield title
    yield Text(one_line(report.title or report.assignment))
    if report.status is not Status.GRADED:
        reason = f" ({one_line(report.reason)})" if report.reason else ""
        yield Text(wording.STATUS_SENTENCE[report.status] + reason)
    if attempt := wording.second_attempt(report):
        yield Text(f"Attempt: {attempt}", style="yellow")
    for flag in wording.flags(report):
        yield Text(f"! for a human: {one_line(flag)}", style="bold magenta")
    if notice := wording.hidden_notice(report):
        yield Text(notice)


def _exercise(exercise: ExerciseScore, found: Sequence[Finding]) -> Iterator[RenderableType]:
    yield Text()
    line = Table.grid(expand=True, padding=(0, 2, 0, 0))
    line.add_column(ratio=1)
    line.add_column(justify="right", no_wrap=True)
    line.add_row(Text(one_line(exercise.title), style="bold"), Text(wording.of(exercise.points, exercise.max_points)))
    yield line
    for finding in found:
        yield from finding_lines(finding)


def finding_lines(finding: Finding, *, points: bool = True) -> Iterator[RenderableType]:
    """One finding: its line, and what there is to say below it."""
    line = Table.grid(expand=True, padding=(0, 2, 0, 0))
    line.add_column(width=3, justify="right", no_wrap=True)
    line.add_column(ratio=1)
    line.add_column(justify="right", no_wrap=True)
    title = Text(one_line(finding.title))
    if finding.hidden:
        title.append("  [hidden]")
    if finding.cell is not None:
        title.append(f"  (cell {finding.cell})")
    mark = Text(wording.MARK[finding.verdict], style=_STYLE[finding.verdict])
    line.add_row(mark, title, Text(wording.earned(finding) if points else ""))
    yield line
    told = finding.message or finding.answer or finding.provenance is Provenance.CLAIMED
    if finding.verdict is not Verdict.PASSED or told:
        yield Padding(Group(*_details(finding)), (0, 0, 0, 5))


def _details(finding: Finding) -> Iterator[RenderableType]:
    if finding.message:
        yield Text(visible(finding.message))
    claimed = wording.PROVENANCE[Provenance.CLAIMED] if finding.provenance is Provenance.CLAIMED else ""
    rows = [
        (label, visible(text), style)
        for label, text, style in (
            ("expected", finding.expected, ""),
            ("received", finding.received, ""),
            ("try", finding.hint, "cyan"),
            ("looked at", finding.subject, ""),
            ("trust", claimed, ""),
        )
        if text and (finding.verdict is not Verdict.PASSED or label == "trust")
    ]
    if rows:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        for label, text, style in rows:
            grid.add_row(Text(label, style="italic"), Text(text, style=style))
        yield grid
    if finding.answer is not None:
        yield from _answer(finding.answer)
    if finding.layers and finding.verdict is not Verdict.PASSED:
        yield _layer_table(finding.layers)
    for curve in finding.curves:
        yield _curve(curve)


def _answer(answer: Answer) -> Iterator[RenderableType]:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    if answer.text:
        grid.add_row(Text("answer", style="italic"), Text(visible(wording.answer_text(answer))))
    for number, one in enumerate(answer.rubric):
        grid.add_row(Text("" if number else "rubric", style="italic"), Text(one_line(wording.criterion(one))))
    if answer.marked_by:
        grid.add_row(Text("marked by", style="italic"), Text(one_line(answer.marked_by)))
    yield grid


def _layer_table(rows: Sequence[LayerRow]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("", width=1)
    for side in ("reference", "submission"):
        table.add_column(side, overflow="fold")
        table.add_column("params", justify="right")
    for row in rows:
        style = "" if row.same else "red"
        mark = "►" if row.first_difference else ("" if row.same else "·")
        table.add_row(
            Text(mark, style="bold red"),
            Text(_with_shape(row.expected, row.expected_shape)),
            Text(_count(row.expected_parameters)),
            Text(_with_shape(row.received, row.received_shape), style=style),
            Text(_count(row.received_parameters), style=style),
        )
    return table


def _with_shape(layer: str, shape: str) -> str:
    return one_line(f"{layer} → {shape}" if layer and shape else layer or "(none)")


def _count(parameters: int | None) -> str:
    return "" if parameters is None else f"{parameters:,}"


def _curve(curve: Curve) -> Text:
    drawn = spark(curve)
    text = Text(f"{one_line(curve.metric)}  ", style="italic")
    text.append(drawn.line, style="not italic")
    text.append(f"  {drawn.words}\n", style="not italic")
    if drawn.band:
        text.append(" " * (len(one_line(curve.metric)) + 2))
        text.append(drawn.band, style="not italic red")
        text.append("  ▲ above, ▼ below, = inside the reference's band", style="not italic")
    text.rstrip()
    return text


def _failures(report: Report) -> Iterator[RenderableType]:
    found = wording.failures(report.cells)
    not_run = [c.index for c in report.cells if c.status is CellStatus.NOT_RUN]
    if found or not_run:
        yield Text("\nCells that stopped", style="bold")
    for failure in found:
        cell = failure.cell
        line = Text("  ✗ ", style="red").append(f"cell {cell.index}  ", style="bold")
        yield line.append(one_line(wording.what_happened(cell), limit=400), style="not bold")
        if failure.followers:
            listed = ", ".join(
                f"cell {c.index} ({one_line(c.error.name if c.error else '')})" for c in failure.followers
            )
            yield Padding(Text(f"only followed from it: {listed}"), (0, 0, 0, 4))
    if not_run:
        yield Text(f"  – not run: cell {', '.join(map(str, not_run))}")


def _advice(report: Report) -> Iterator[RenderableType]:
    if report.advice:
        yield Text("\nWhat to change in the notebook", style="bold")
        yield Padding(Group(*on_terminal(report.advice)), (0, 0, 0, 2))


def _models(report: Report) -> Iterator[RenderableType]:
    if not report.models:
        return
    yield Text("\nModels in the notebook", style="bold")
    for model in report.models:
        names = ", ".join(one_line(name, limit=40) for name in model.names) or "(no name)"
        count = "not rebuilt" if model.parameters is None else f"{model.parameters:,} parameters"
        line = Text(f"  {'●' if model.graded_as else '○'} {names}", style="bold" if model.graded_as else "")
        line.append(f"  {one_line(model.class_name, limit=40)}, cell {model.cell}, {count}", style="not bold")
        line.append(f", {model.epochs} epoch{'s' if model.epochs != 1 else ''}", style="not bold")
        yield line
        graded = f"graded as {', '.join(map(one_line, model.graded_as))}" if model.graded_as else ""
        if why := ": ".join(part for part in (graded, one_line(model.why)) if part):
            yield Padding(Text(why), (0, 0, 0, 4))


def _notes(report: Report) -> Iterator[RenderableType]:
    yield Text("\nHow it was graded", style="bold")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for label, text in wording.facts(report):
        grid.add_row(Text(f"  {label}", style="italic"), Text(one_line(text)))
    for note in report.notes:
        grid.add_row(Text("  note", style="italic"), Text(one_line(note)))
    yield grid
