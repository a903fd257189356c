"""HTML: one page a student, the notebook with findings beside its cells, and an index for a class.

Self-contained and without JavaScript: the content security policy allows this page's own style sheet, by its hash, and
pictures inside the page. So even mark-up that slipped through the sanitiser could not run, load or restyle anything.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

from grader.evidence import CellRun, CellStatus
from grader.render import Work, wording
from grader.render.advice import SEVERITY
from grader.render.escape import one_line, ticked, visible
from grader.render.spark import spark
from grader.render.svg import chart
from grader.report import ExerciseScore, Finding, Report, Verdict

MOST_MISSED = 5
"""Checks that the index lists as missed by the class."""


def one(report: Report, work: Work) -> str:
    """The feedback page of one student."""
    return render_html(report, work.notebook, work.outputs)


def many(reports: Sequence[Report]) -> str:
    """The index page of a class, without links."""
    return render_index(reports)


def render_html(report: Report, notebook: Any, outputs: Mapping[int, Sequence[Any]]) -> str:
    """The feedback page of one student.

    Args:
        report: what to say; a student's report must be free of hidden findings.
        notebook: the submission as an `nbformat.NotebookNode`, or None when it couldn't be read.
        outputs: by cell index, the outputs of the graded run in nbformat 4 form; stored outputs are never shown.

    Raises:
        MachineError: a student's report holds hidden findings.
    """
    wording.guard(report)
    cells = _cells(report, notebook, outputs)
    beside = {cell.index for cell in cells}
    anchors = {id(f): f"f-{position}" for position, f in enumerate(report.findings, 1)}
    return _page(
        "student.html.j2",
        report=report,
        instructor=report.audience == "instructor",
        waiting=wording.open_marks(report),
        exercises=wording.by_exercise(report),
        cells=cells,
        beside=beside,
        printed={index for index in beside if outputs.get(index)},
        failed=wording.failures(report.cells),
        not_run=[c for c in report.cells if c.status is CellStatus.NOT_RUN],
        anchor=lambda finding: anchors[id(finding)],
        cell_link=lambda index: _cell_link(index, beside),
    )


def render_index(reports: Sequence[Report], links: Sequence[str] = ()) -> str:
    """The index page of a class.

    Args:
        reports: one a student.
        links: for each report the relative path of its page, or empty texts where there is none; none at all without.
    """
    for report in reports:
        wording.guard(report)
    first = next(iter(reports), None)
    titles = {e.exercise: e.title for r in reports for e in r.exercises}
    totals = wording.totals(reports)
    hrefs = [*links, *[""] * (len(reports) - len(links))]
    return _page(
        "class.html.j2",
        assignment=first.assignment if first else "",
        title=(first.title or first.assignment) if first else "No submissions",
        totals=totals,
        waiting=wording.answers_wait(totals),
        conditions=wording.conditions(reports),
        max_score=max((r.max_score for r in reports), default=0.0),
        titles=list(titles.values()),
        rows=[_row(r, href, list(titles)) for r, href in zip(reports, hrefs, strict=True)],
        missed=_missed(reports),
    )


@dataclass(frozen=True, kw_only=True)
class _Cell:
    index: int
    kind: str
    html: Markup
    findings: tuple[Finding, ...]
    time: str
    note: str
    """What went wrong in it, in words."""
    follows: int | None
    """The cell that explains it."""


@dataclass(frozen=True, kw_only=True)
class _Row:
    report: Report
    href: str
    human: bool
    words: str
    exercises: list[ExerciseScore | None]


def _cells(report: Report, notebook: Any, outputs: Mapping[int, Sequence[Any]]) -> list[_Cell]:
    if notebook is None:
        return []
    from grader.render.notebook_html import fragments  # nbconvert takes half a second to import

    runs = {c.index: c for c in report.cells}
    roots = {c.index: f.cell.index for f in wording.failures(report.cells) for c in f.followers}
    kinds = [str(cell.get("cell_type", "raw")) for cell in notebook.get("cells", [])]
    return [
        _Cell(
            index=index,
            kind=kind if kind in {"code", "markdown"} else "raw",
            html=html,
            findings=tuple(f for f in report.findings if f.cell == index),
            time=wording.seconds(runs[index].seconds) if index in runs and runs[index].seconds else "",
            note=_note(runs.get(index), follows=index in roots),
            follows=roots.get(index),
        )
        for index, (kind, html) in enumerate(zip(kinds, fragments(notebook, outputs), strict=True))
    ]


def _note(run: CellRun | None, *, follows: bool) -> str:
    if run is None or (run.status is CellStatus.OK and not run.cut_bytes):
        return ""
    if follows:
        return f"{run.error.name if run.error else 'Error'}; it only follows from"
    said = [] if run.status is CellStatus.OK else [f"Stopped here: {wording.what_happened(run)}."]
    if run.status is CellStatus.NOT_RUN:
        said = ["This cell was not run."]
    if run.cut_bytes:
        said.append(f"{run.cut_bytes:,} bytes of its output were cut.")
    return " ".join(said)


def _cell_link(index: int, beside: set[int]) -> Markup:
    if index not in beside:
        return Markup("cell {}").format(index)
    return Markup('<a href="#cell-{}">cell {}</a>').format(index, index)


def _row(report: Report, href: str, exercises: Sequence[str]) -> _Row:
    scores = {e.exercise: e for e in report.exercises}
    return _Row(
        report=report,
        href=quote(href),
        human=report.audience == "instructor" and wording.calls_a_human(report),
        words=wording.in_a_word(report),
        exercises=[scores.get(name) for name in exercises],
    )


def _missed(reports: Sequence[Report]) -> list[tuple[str, int]]:
    lost = Counter(f.title for r in reports for f in r.findings if f.verdict in {Verdict.FAILED, Verdict.PARTIAL})
    return lost.most_common(MOST_MISSED)


def _page(template: str, **values: Any) -> str:
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-src 'none'; object-src 'none'; script-src 'none'"
    )
    page = _environment().get_template(template)
    return page.render(**values, style=Markup(style), policy=Markup(policy))  # noqa: S704 - both are our own text


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.filters.update(ticked=ticked, short=lambda text: one_line(text, limit=300))
    environment.globals.update(
        MARK=wording.MARK,
        VERDICT=wording.VERDICT,
        SEVERITY=SEVERITY,
        STATUS=wording.STATUS,
        STATUS_SENTENCE=wording.STATUS_SENTENCE,
        points=wording.points,
        of=wording.of,
        earned=wording.earned,
        flags=wording.flags,
        second_attempt=wording.second_attempt,
        next_steps=wording.next_steps,
        hidden_notice=wording.hidden_notice,
        what_happened=wording.what_happened,
        answer_text=wording.answer_text,
        criterion=wording.criterion,
        facts=wording.facts,
        share=lambda points, most: round(100 * min(1.0, max(0.0, points / most))) if most else 0,
        chart=chart,
        spark=spark,
    )
    return environment


@cache
def _style() -> str:
    """Our style sheet, and Pygments' colours for light and dark grounds."""
    own = files("grader.render").joinpath("templates", "style.css").read_text("utf-8")
    light, dark = _colours("default"), _colours("github-dark")
    return f"{own}{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n{_ANSI_DARK}}}\n{_ANSI}"


def _colours(name: str) -> str:
    """Only the colours of text: grounds come from our own style sheet."""
    rules = str(HtmlFormatter(style=name).get_style_defs(".highlight"))
    text = re.sub(r"(?m)^(?!\.highlight \.).*\n?", "", re.sub(r"/\*.*?\*/", "", rules))
    return re.sub(r"(?:background-color|border): [^;}]+;?", "", text)


_ANSI = """
.ansi-bold { font-weight: 700; } .ansi-underline { text-decoration: underline; }
.ansi-red-fg, .ansi-red-intense-fg { color: var(--fail); } .ansi-green-fg, .ansi-green-intense-fg { color: var(--pass); }
.ansi-yellow-fg, .ansi-yellow-intense-fg { color: var(--part); } .ansi-blue-fg, .ansi-blue-intense-fg { color: var(--accent); }
.ansi-magenta-fg, .ansi-magenta-intense-fg { color: var(--broken); } .ansi-cyan-fg, .ansi-cyan-intense-fg { color: #0b7285; }
"""
_ANSI_DARK = ".ansi-cyan-fg, .ansi-cyan-intense-fg { color: #66d9e8; }\n"
