"""Workflow commands of GitHub Actions: annotations at a notebook's lines.

Format: GitHub's documents on workflow commands, and `escapeData` and `escapeProperty` of `@actions/core`. About ten
annotations of each kind are shown for a step, so the ones that cost most come first and the last one counts the rest.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from grader.evidence import Status
from grader.render import Work, wording
from grader.render.advice import change, place
from grader.render.escape import one_line, visible
from grader.render.notebook_lines import NotebookLines
from grader.report import Finding, Report, Severity, Verdict

MOST = 10
"""Annotations of each level."""
TEXT = 2000
"""Characters of one message."""
LEVEL = {
    Verdict.FAILED: "error",
    Verdict.BROKEN: "error",
    Verdict.PARTIAL: "warning",
    Verdict.SKIPPED: "notice",
    Verdict.WAITING: "notice",
    Verdict.PASSED: "notice",
}


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One remark at a file."""

    level: str
    """`error`, `warning` or `notice`."""
    title: str
    message: str
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        """The workflow command, without a line end."""
        file, line = visible(self.file, keep=""), str(self.line or "")
        named = (("title", one_line(self.title, limit=200)), ("file", file), ("line", line))
        properties = ",".join(f"{name}={escape_property(text)}" for name, text in named if text)
        text = visible(self.message, keep="\n")
        return f"::{self.level} {properties}::{escape_data(text if len(text) <= TEXT else text[:TEXT] + '…')}"


def escape_data(text: str) -> str:
    """A message on one line, as `@actions/core` writes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A property's value, as `@actions/core` writes it."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


class Fence:
    """What stands between these lines is only text: `stop-commands` with a word that nobody can guess."""

    def __init__(self) -> None:
        word = secrets.token_hex(16)
        self.begin = f"::stop-commands::{word}"
        self.end = f"::{word}::"


def one(report: Report, work: Work) -> str:
    """The annotations of one submission, a line each."""
    return _lines(remarks(report, work))


def many(reports: Sequence[Report]) -> str:
    """The annotations of a class, without lines of notebooks."""
    return of_class((report, Work()) for report in reports)


def of_class(graded: Iterable[tuple[Report, Work]]) -> str:
    """The annotations of a class: every mark, then the worst of each student before the second of any."""
    found = [list(remarks(report, work)) for report, work in graded]
    marks = [listed[0] for listed in found]
    if not marks:
        return _lines([Annotation(level="notice", title="Grader", message="No submissions.")])
    in_turn = (a for each in zip_longest(*(listed[1:] for listed in found)) for a in each if a is not None)
    return _lines([*marks, *in_turn])


def _lines(found: Iterable[Annotation]) -> str:
    return "".join(f"{annotation}\n" for annotation in shown(found))


def shown(found: Iterable[Annotation]) -> list[Annotation]:
    """As many of each level as GitHub shows, and how many more there are."""
    listed = list(found)
    kept: list[Annotation] = []
    for level in ("error", "warning", "notice"):
        mine = [a for a in listed if a.level == level]
        kept += mine if len(mine) <= MOST else mine[: MOST - 1]
        if len(mine) > MOST:
            kept.append(
                Annotation(level=level, title="Grader", message=f"{len(mine) - MOST + 1} more are in the summary.")
            )
    return kept


def remarks(report: Report, work: Work) -> Iterator[Annotation]:
    """What there is to say at the notebook: the mark, the checks that cost most first, cells that stopped, advice."""
    wording.guard(report)
    file = work.path or report.submission.file
    lines = NotebookLines(work.source)
    if work.notebook is not None and len(lines) != len(work.notebook.cells):
        lines = NotebookLines("")
    yield _mark(report, file)
    for finding in sorted(report.findings, key=lambda f: f.points - f.max_points):
        # What only follows from another check is said there.
        if finding.verdict is not Verdict.SKIPPED and (finding.verdict is not Verdict.PASSED or finding.answer):
            yield _finding(finding, report, file, lines)
    for failure in wording.failures(report.cells):
        at = _line_in_cell(failure.cell.error.traceback if failure.cell.error else "")
        yield Annotation(
            level="error",
            title=f"Cell {failure.cell.index} stopped",
            message=wording.what_happened(failure.cell),
            file=file,
            line=lines.line(failure.cell.index, at),
        )
    for advice in report.advice:
        yield Annotation(
            level="warning" if advice.severity is Severity.BREAKS else "notice",
            title=place(advice),
            message="\n".join(text for text in (advice.what, advice.why, change(advice)) if text),
            file=file,
            line=lines.line(advice.cell, advice.line or 1),
        )


def _mark(report: Report, file: str) -> Annotation:
    level = {Status.GRADED: "notice", Status.MACHINE_ERROR: "error"}.get(report.status, "warning")
    said = [report.reason or wording.STATUS_SENTENCE[report.status], wording.open_marks(report)]
    said += [wording.hidden_notice(report), *(f"For a human: {flag}" for flag in wording.flags(report))]
    return Annotation(
        level=level,
        title=f"{report.submission.student}: {wording.of(report.score, report.max_score)}",
        message="\n".join(text for text in said if text),
        file=file,
    )


def _finding(finding: Finding, report: Report, file: str, lines: NotebookLines) -> Annotation:
    exercise = next((e.title for e in report.exercises if e.exercise == finding.exercise), finding.exercise)
    said = [finding.message or finding.title]
    for label, text in (("expected", finding.expected), ("received", finding.received), ("try", finding.hint)):
        said += [f"{label}: {text}"] if text else []
    if finding.answer is not None:
        said += [wording.criterion(one) for one in finding.answer.rubric]
    return Annotation(
        level=LEVEL[finding.verdict],
        title=f"{exercise}: {finding.title} ({wording.earned(finding)})",
        message="\n".join(said),
        file=file,
        line=lines.line(finding.cell),
    )


def _line_in_cell(traceback: str) -> int:
    """The line of the cell at which it stopped, from 1: the first frame that IPython shows."""
    found = re.search(r"^\s*(?:Cell )?In\s?\[[^\]]*\], line (\d+)", traceback, re.MULTILINE)
    return int(found[1]) if found else 1
