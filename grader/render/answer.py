"""The self-check's answer: HTML below a notebook's cell, text in a terminal. Never says that all is right.

JupyterLab shows the HTML of a notebook that isn't trusted yet through a sanitizer: no scripts, style sheets, SVG elements or
`aria` attributes. So everything here is plain elements with inline styles, and curves are pictures inside the page.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from grader.evidence import Provenance
from grader.render import wording
from grader.render.advice import sentence
from grader.render.escape import one_line, ticked, visible
from grader.render.spark import spark
from grader.render.svg import describe, picture
from grader.report import Finding, Report, Verdict

if TYPE_CHECKING:
    from rich.console import RenderableType

MARKS = wording.MARK
WIDTH = 100
OPEN = (Verdict.FAILED, Verdict.PARTIAL, Verdict.SKIPPED)
"""What a student can still do something about."""


class Kind(StrEnum):
    """What was asked for."""

    EXERCISES = "exercises"
    """All findings of some exercises."""
    SUMMARY = "summary"
    """All exercises, the findings of the first unfinished one."""
    HINTS = "hints"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One exercise."""

    name: str
    title: str
    findings: tuple[Finding, ...]

    @property
    def checks(self) -> tuple[Finding, ...]:
        """Findings that this place decides, one way or the other."""
        return tuple(f for f in self.findings if not f.open and not _elsewhere(f))

    @property
    def left(self) -> tuple[Finding, ...]:
        """What is still to do."""
        return tuple(f for f in self.checks if f.verdict in OPEN)

    @property
    def mark(self) -> str:
        """✓ when nothing is left that is checked here."""
        if not self.checks:
            return MARKS[Verdict.WAITING]
        return MARKS[Verdict.FAILED if self.left else Verdict.PASSED]

    @property
    def count(self) -> str:
        """`2 of 4`."""
        if not self.checks:
            waiting = any(f.verdict is Verdict.WAITING for f in self.findings)
            return "read by a human" if waiting else "decided by a human" if self.findings else ""
        return f"{len(self.checks) - len(self.left)} of {len(self.checks)}"

    @property
    def hints(self) -> tuple[Finding, ...]:
        """Findings with something to try."""
        return tuple(f for f in self.left if f.hint)


def parts(report: Report) -> tuple[Part, ...]:
    """The exercises of a report, in the assignment's order."""
    return tuple(
        Part(name=e.exercise, title=e.title, findings=found) for e, found in wording.by_exercise(report) if found
    )


def html(report: Report, kind: Kind) -> str:
    """The answer as HTML.

    Raises:
        MachineError: the report holds hidden findings.
    """
    wording.guard(report)
    listed = parts(report)
    return _template().render(
        report=report,
        kind=str(kind),
        parts=listed,
        first=next((p.name for p in listed if p.left), ""),
        done=not any(p.left for p in listed),
        closing=closing(report, kind),
        notes=_notes(report),
    )


def text(report: Report, kind: Kind, *, colour: bool = False, magic: bool = False) -> str:
    """The answer for a terminal.

    Args:
        report: A student's.
        kind: What was asked for.
        colour: Whether the terminal takes colours.
        magic: Whether it was asked for by `%grader`, so that more is asked for in the same way.

    Raises:
        MachineError: the report holds hidden findings.
    """
    wording.guard(report)
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out,
        width=WIDTH,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        emoji=False,
        highlight=False,
        force_jupyter=False,
    )
    for piece in _pieces(report, kind, _Words(magic=magic)):
        console.print(piece)
    return "\n".join(line.rstrip() for line in out.getvalue().strip("\n").split("\n"))


def closing(report: Report, kind: Kind = Kind.SUMMARY) -> str:
    """How far this is, and what it does not say."""
    listed = parts(report)
    whose = "" if kind is not Kind.EXERCISES else " of this exercise" if len(listed) == 1 else " of these exercises"
    checks = [f for part in listed for f in part.checks]
    left = sum(len(part.left) for part in listed)
    held = sum(f.held and f.open for f in report.findings)
    every = "All other public checks" if held else "All public checks"
    done = f"{left} of {len(checks)} public checks still to do." if left else f"{every}{whose} pass."
    if not checks:
        done = "There is nothing to check here."
    broken = sum(f.verdict is Verdict.BROKEN for f in checks)
    if broken:
        done += f" {broken} could not be carried out, which is not your fault."
    if held:
        done += f" {held} can't be measured here and {'waits' if held == 1 else 'wait'} for your instructor."
    if any(f.verdict is Verdict.WAITING for f in report.findings):
        done += " What you wrote in words of your own is read by a human."
    return f"{done} Your instructor's grader runs the notebook again from top to bottom, and may check more."


def _elsewhere(finding: Finding) -> bool:
    """Whether only the instructor's grader can decide it."""
    return finding.verdict is Verdict.SKIPPED and not finding.max_points


def _notes(report: Report) -> list[str]:
    breaks = [f"To change: {sentence(a)}" for a in report.advice if a.severity == "breaks"]
    return [*report.notes, *breaks]


@dataclass(frozen=True, kw_only=True)
class _Words:
    """How to ask for more."""

    magic: bool

    def check(self, name: str) -> str:
        return f"%grader {name}" if self.magic else f'check("{name}")'

    def hint(self, name: str) -> str:
        return f"%grader hint {name}" if self.magic else f'hint("{name}")'


def _pieces(report: Report, kind: Kind, words: _Words) -> Iterator[RenderableType]:
    from rich.text import Text

    listed = parts(report)
    for note in _notes(report):
        yield Text(f"Note: {visible(note)}", style="yellow")
    if kind is Kind.HINTS:
        yield from _hints(listed)
        return
    if kind is Kind.SUMMARY:
        yield from _table(report, listed, words)
        first = next((part for part in listed if part.left), None)
        shown = [first] if first is not None else []
        if first is not None:
            yield Text("\nNext", style="bold")
    else:
        shown = list(listed)
    for part in shown:
        yield from _exercise(part, words, all_of_it=kind is Kind.EXERCISES)
    yield Text(f"\n{closing(report, kind)}")


def _table(report: Report, listed: tuple[Part, ...], words: _Words) -> Iterator[RenderableType]:
    from rich.table import Table
    from rich.text import Text

    yield Text(one_line(report.title or report.assignment), style="bold")
    grid = Table.grid(padding=(0, 2, 0, 0))
    for part in listed:
        style = "green" if not part.left and part.checks else "red" if part.left else "cyan"
        todo = words.check(part.name) if part.left else ""
        grid.add_row(Text(f"  {part.mark}", style=style), Text(one_line(part.title)), Text(part.count), Text(todo))
    yield grid


def _exercise(part: Part, words: _Words, *, all_of_it: bool) -> Iterator[RenderableType]:
    from rich.text import Text

    from grader.render.terminal import finding_lines

    heading = Text(one_line(part.title), style="bold")
    yield heading.append(f"  {part.count}", style="not bold")
    for found in part.findings if all_of_it else part.left:
        yield from finding_lines(_brief(found), points=False)
    if part.hints:
        first = "" if words.magic else " (from grader import hint)"
        yield Text(f"     {words.hint(part.name)} says what to try{first}.", style="cyan")


def _brief(found: Finding) -> Finding:
    """Without its hint, which is there on request, and without what a right answer needn't be told."""
    passed = found.verdict is Verdict.PASSED or _elsewhere(found)
    bare = replace(found, hint="", cell=None, provenance=Provenance.VERIFIED, message="" if passed else found.message)
    return replace(bare, title=f"{found.title} (your instructor's grader decides)") if _elsewhere(found) else bare


def _hints(listed: tuple[Part, ...]) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    for part in listed:
        for found in part.hints:
            yield Text(one_line(found.title), style="bold")
            yield Padding(Text(visible(found.hint)), (0, 0, 0, 2))
    if not any(part.hints for part in listed):
        left = any(part.left for part in listed)
        yield Text("There are no hints for what is left." if left else "Nothing is left that a hint could help with.")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("grader.render"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(shown=visible, ticked=ticked)
    environment.globals.update(
        marks=MARKS, said=wording.VERDICT, spark=spark, picture=picture, describe=describe, elsewhere=_elsewhere
    )
    return environment.get_template("answer.html.j2")
