"""Shows what came of a lint: for the terminal, and as JSON."""

from __future__ import annotations

import io

from grader.lint.cases import CaseKind
from grader.lint.held import CaseResult
from grader.lint.linting import Lint
from grader.records import encode

KINDS = {
    CaseKind.NOTHING: ("Starter and empty model", "earn 0"),
    CaseKind.RIGHT: ("Right answers", "earn full marks"),
    CaseKind.WRONG: ("Wrong answers", "lose points, with the cause named"),
}


def to_json(found: Lint) -> str:
    """All of it, indented."""
    import msgspec

    return msgspec.json.format(encode(found), indent=2).decode() + "\n"


def show(found: Lint, *, width: int = 100, colour: bool = False) -> str:
    """All of it for a terminal of a width."""
    from rich.console import Console
    from rich.table import Table

    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, highlight=False)
    form = f", recipe {found.recipe}" if found.recipe else ""
    console.print(f"{found.title} ({found.assignment}, {found.data_source} data{form})", style="bold", markup=False)
    console.print(f"{found.checks} checks, {found.hidden_checks} of them hidden")
    for kind, (title, must) in KINDS.items():
        results = found.of(kind)
        if not results:
            continue
        good = sum(not r.problems for r in results)
        console.print(f"\n{title}: {good} of {len(results)} {must}", style="green" if good == len(results) else "red")
        table = Table(box=None, show_header=False, pad_edge=True)
        for result in results:
            table.add_row(*_row(result))
        console.print(table)
    console.print()
    first, again = found.false_fail
    console.print(
        f"A right answer loses a point to chance with probability {again:.1g} at most ({first:.1g} by its first run alone)."
    )
    if found.seconds:
        console.print(f"A right answer takes {found.seconds:.1f} s.")
    for line in (
        found.gaps.lines() if found.gaps else ("Only some cases were graded: what is not covered is not known.",)
    ):
        console.print(line, markup=False)
    if found.gaps and not found.gaps.lines():
        console.print("Every check is failed by a wrong variant that declares it.")
    return out.getvalue()


def _row(result: CaseResult) -> tuple[str, ...]:
    from rich.markup import escape

    mark = "[red]✗[/red]" if result.problems else "[green]✓[/green]"
    score = "–" if result.score is None else f"{result.score:.4g}/{result.max_score:g}"
    score += f" + {result.waiting:g} waiting" if result.waiting else ""
    told = "\n".join([result.why, *(f"[red]{escape(p)}[/red]" for p in result.problems)])
    return mark, result.name, score, told
