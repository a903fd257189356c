"""GitHub-flavoured Markdown, for step summaries and comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from grader.evidence import Provenance, Status
from grader.render import Work, wording
from grader.render.advice import SEVERITY, change, place
from grader.render.escape import markdown as escaped
from grader.render.escape import one_line
from grader.render.spark import spark
from grader.report import Finding, LayerRow, Report, Verdict

LIMIT = 1024 * 1024
"""Bytes that GitHub takes for one step's summary."""
TEXT = 1000
"""Characters of one text."""


def one(report: Report, work: Work) -> str:  # noqa: ARG001 - the notebook is for formats that show it
    """One student."""
    return _within(LIMIT, _student(report, level=1))


def many(reports: Sequence[Report]) -> str:
    """A table of the class, then each student folded."""
    for report in reports:
        wording.guard(report)
    return _within(LIMIT, [*_class(reports), *(_folded(r) for r in reports)])


def _within(limit: int, blocks: Iterable[str]) -> str:
    """As many whole blocks as fit, and a note when some don't."""
    note = "_The rest was left out: GitHub takes 1,024 KiB for one step's summary._\n"
    taken: list[str] = []
    room = limit - len(note.encode())
    for block in blocks:
        room -= len(block.encode()) + 2
        if room < 0:
            taken.append(note)
            break
        taken.append(block)
    return "\n\n".join(block.strip("\n") for block in taken) + "\n"


def _class(reports: Sequence[Report]) -> Iterator[str]:
    totals = wording.totals(reports)
    most = max((r.max_score for r in reports), default=0.0)
    titles = {e.exercise: e.title for r in reports for e in r.exercises}
    first = next(iter(reports), None)
    yield f"# {_text(first.title or first.assignment) if first else 'No submissions'}"
    said = f"{totals.count} submission{'s' if totals.count != 1 else ''}"
    said += f", median score {wording.of(totals.median_score, most)}"
    if totals.answers_waiting:
        said += f", {_text(wording.answers_wait(totals))}"
    said += "".join(f", {count} {wording.STATUS[status]}" for status, count in totals.statuses.items())
    yield said + (f". **{totals.need_human} for a human.**" if totals.need_human else ".")
    head = ["student", "status", "score", *(_text(title) for title in titles.values()), "first thing to know"]
    align = ["---", "---", "--:", *("--:" for _ in titles), "---"]
    yield "\n".join([_row(head), _row(align), *(_class_row(r, list(titles)) for r in reports)])


def _class_row(report: Report, exercises: Sequence[str]) -> str:
    scores = {e.exercise: wording.of(e.points, e.max_points) for e in report.exercises}
    human = " ❗" if report.audience == "instructor" and wording.calls_a_human(report) else ""
    points = ["–" if report.score is None else scores.get(name, "–") for name in exercises]
    score = f"**{wording.of(report.score, report.max_score)}**" + (" …" if wording.open_marks(report) else "")
    status = wording.STATUS[report.status] + human
    return _row([_text(report.submission.student), status, score, *points, _text(wording.in_a_word(report), limit=160)])


def _folded(report: Report) -> str:
    """HTML blocks end at blank lines, so the summary takes references, not backslashes."""
    name = _html(report.submission.student)
    score = wording.of(report.score, report.max_score)
    inner = "\n\n".join(_student(report, level=2))
    return f"<details><summary>{name}: {score}</summary>\n\n{inner}\n\n</details>"


def _student(report: Report, *, level: int) -> Iterator[str]:
    wording.guard(report)
    title = f"{_text(report.submission.student)}: {wording.of(report.score, report.max_score)}"
    title += f", {waiting}" if (waiting := wording.open_marks(report)) else ""
    yield f"{'#' * level} {title}"
    status = f"**{wording.STATUS[report.status]}**, {_text(report.title or report.assignment)}"
    if report.status is not Status.GRADED:
        status += f". {wording.STATUS_SENTENCE[report.status]} {_text(report.reason)}"
    yield status.rstrip()
    if attempt := wording.second_attempt(report):
        yield f"> **Attempt:** {_text(attempt)}"
    for flag in wording.flags(report):
        yield f"> **For a human:** {_text(flag)}"
    if notice := wording.hidden_notice(report):
        yield notice
    for exercise, found in wording.by_exercise(report):
        yield f"{'#' * (level + 1)} {_text(exercise.title)} ({wording.of(exercise.points, exercise.max_points)})"
        for finding in found:
            yield from _finding(finding)
    yield from _failures(report)
    yield from _advice(report)
    yield from _models(report)
    facts = [f"- {label}: {_text(text)}" for label, text in wording.facts(report)]
    yield "\n".join(["**How it was graded**\n", *facts, *(f"- {_text(note)}" for note in report.notes)])


def _finding(finding: Finding) -> Iterator[str]:
    hidden = " _(hidden)_" if finding.hidden else ""
    cell = f" (cell {finding.cell})" if finding.cell is not None else ""
    points = wording.earned(finding)
    lines = [f"- {wording.MARK[finding.verdict]} **{_text(finding.title)}** {points}{cell}{hidden}"]
    if finding.message:
        lines.append(f"  {_text(finding.message)}")
    if finding.verdict is not Verdict.PASSED:
        claimed = wording.PROVENANCE[Provenance.CLAIMED] if finding.provenance is Provenance.CLAIMED else ""
        for label, text in (
            ("expected", finding.expected),
            ("received", finding.received),
            ("try", finding.hint),
            ("looked at", finding.subject),
            ("trust", claimed),
        ):
            lines += [f"  - {label}: {_text(text)}"] if text else []
    if finding.answer is not None:
        lines += [f"  - answer: {_text(wording.answer_text(finding.answer))}"] if finding.answer.text else []
        lines += [f"  - {_text(wording.criterion(one))}" for one in finding.answer.rubric]
        lines += [f"  - marked by {_text(finding.answer.marked_by)}"] if finding.answer.marked_by else []
    for curve in finding.curves:
        drawn = spark(curve)
        lines.append(f"  - {_text(curve.metric)} {drawn.line} {_text(drawn.words)}")
    yield "\n".join(lines)
    if finding.layers and finding.verdict is not Verdict.PASSED:
        yield _layers(finding.layers)


def _layers(rows: Sequence[LayerRow]) -> str:
    lines = [_row(["", "reference", "params", "submission", "params"]), _row(["---", "---", "--:", "---", "--:"])]
    for row in rows:
        mark = "►" if row.first_difference else ("" if row.same else "≠")
        expected, received = (
            _text(" → ".join(part for part in parts if part))
            for parts in ((row.expected, row.expected_shape), (row.received, row.received_shape))
        )
        lines.append(_row([mark, expected, _count(row.expected_parameters), received, _count(row.received_parameters)]))
    return "\n".join(lines)


def _count(parameters: int | None) -> str:
    return "" if parameters is None else f"{parameters:,}"


def _failures(report: Report) -> Iterator[str]:
    lines = []
    for failure in wording.failures(report.cells):
        lines.append(f"- cell {failure.cell.index}: {_text(wording.what_happened(failure.cell))}")
        if failure.followers:
            lines.append(f"  - only followed from it: cell {', '.join(str(c.index) for c in failure.followers)}")
    if lines:
        yield "\n".join(["**Cells that stopped**\n", *lines])


def _advice(report: Report) -> Iterator[str]:
    lines = []
    for one in report.advice:
        lines.append(f"- {_text(place(one))} ({SEVERITY[one.severity]}): {_text(one.what)}")
        lines += [f"  - {_text(text)}" for text in (one.why, change(one)) if text]
    if lines:
        yield "\n".join(["**What to change in the notebook**\n", *lines])


def _models(report: Report) -> Iterator[str]:
    if not report.models:
        return
    lines = [_row(["model", "class", "cell", "parameters", "epochs", "graded as"]), _row(["---"] * 6)]
    for model in report.models:
        names = ", ".join(map(_text, model.names)) or "(no name)"
        count = "not rebuilt" if model.parameters is None else f"{model.parameters:,}"
        graded = ": ".join(part for part in (", ".join(map(_text, model.graded_as)), _text(model.why)) if part)
        lines.append(_row([names, _text(model.class_name), str(model.cell), count, str(model.epochs), graded]))
    yield "\n".join(["**Models in the notebook**\n", *lines])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str, *, limit: int = TEXT) -> str:
    return escaped(one_line(text, limit=limit))


def _html(text: str) -> str:
    """For an HTML block, where backslashes mean nothing: every mark becomes a character reference."""
    shown = one_line(text, limit=200)
    return "".join(c if c.isalnum() or c in " ." or not c.isascii() else f"&#{ord(c)};" for c in shown)
