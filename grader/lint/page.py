"""docs/assignments.md: what lint found of every assignment, and its reference's numbers beside the sources'."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Sequence

from grader.course import AssignmentFolder
from grader.errors import AssignmentError, NotCalibrated
from grader.expectations import Expectations
from grader.headline import Measured
from grader.lint.cases import CaseKind
from grader.lint.linting import Lint
from grader.recipe import FULL

TOP = """# The assignments, and how right their marks are

Written by `make lint-all`, lines of single assignments by `grader lint NAME --table`; do not edit. Each row is measured:
the starter and an empty model earn 0, right answers written otherwise earn full marks, and wrong ones lose points on the
check that they must fail, with the cause named in the report. With `--repeat 20`, right answers are then graded again with
20 fresh seeds, so that their networks are trained anew. The false-fail probability is the highest with which a right answer
loses a point to chance ([calibration.md](calibration.md)). Seconds are the median run of a right answer on the machine that
wrote the row.
"""
NUMBERS = """
## The numbers of the sources

The reference's own numbers, from its calibration, beside those that the sources print. Counts of parameters are those of
the rebuilt model and exact. What is measured is the mean over the runs of the calibration; on real data it lies within the tolerance, and a
stand-in is not held to it. Where an assignment's full form is not calibrated for some data, the number is that of the smaller
recipe in brackets, which trains less and is not held to it either.
"""
SOURCES = ("keras", "stand-in", "none")


def page(
    found: Sequence[Lint], folders: Sequence[AssignmentFolder], failed: Sequence[tuple[str, str]] = (), before: str = ""
) -> str:
    """The whole page.

    Args:
        found: one for each assignment that was linted.
        folders: of the assignments whose numbers are shown.
        failed: names of assignments that could not be linted, with the reason.
        before: the page as it stands, whose lines about all other assignments are kept.
    """
    head = (
        "assignment", "data", "recipe", "checks (hidden)", "nothing earns 0", "right accepted", "again, fresh seeds", "wrong caught with cause",
        "false-fail probability", "seconds",
    )  # fmt: skip
    columns = ("assignment", "what", "sources", "tolerance", "reference, real data", "reference, stand-in", "agrees")
    renewed = {folder.name for folder in folders}
    cases, _, numbers = before.partition(NUMBERS.split("\n\n", maxsplit=1)[0])
    rows = [*_kept(cases, "| ", renewed), *((lint.assignment, _line(_row(lint))) for lint in found)]
    uncovered = [
        *_kept(cases, "- ", renewed),
        *(
            (lint.assignment, f"- `{lint.assignment}`: {line}")
            for lint in found
            if lint.gaps
            for line in lint.gaps.lines()
        ),
    ]
    measured = [*_kept(numbers, "| ", renewed), *((f.name, _line(row)) for f in folders for row in _numbers(f))]
    lines = [TOP, *_table(head, rows)]
    lines += [f"\n{name} could not be linted: {why}" for name, why in failed]
    if uncovered:
        lines += ["\nWhat is not covered:\n", *_by_name(uncovered)]
    if measured:
        lines += [NUMBERS, *_table(columns, measured)]
    return "\n".join(lines).rstrip() + "\n"


def _kept(text: str, start: str, renewed: Collection[str]) -> Iterator[tuple[str, str]]:
    """Lines of a page that begin with an assignment's name, and that name, except for those that are renewed."""
    for line in text.splitlines():
        about = re.match(re.escape(start) + "`([^`]+)`", line)
        if about and about[1] not in renewed:
            yield about[1], line


def _by_name(lines: Sequence[tuple[str, str]]) -> list[str]:
    """Lines in the order of their assignments' names, those about one as they come."""
    return [line for _, line in sorted(lines, key=lambda named: named[0])]


def _table(head: Sequence[str], rows: Sequence[tuple[str, str]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *_by_name(rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(lint: Lint) -> tuple[str, ...]:
    def share(kind: CaseKind, *, again: bool = False) -> str:
        results = [r for r in lint.of(kind) if (r.seed != lint.results[0].seed) is again]
        return f"{sum(not r.problems for r in results)} of {len(results)}"

    return (
        f"`{lint.assignment}`",
        lint.data_source,
        lint.recipe or "full",
        f"{lint.checks} ({lint.hidden_checks})",
        share(CaseKind.NOTHING),
        share(CaseKind.RIGHT),
        share(CaseKind.RIGHT, again=True) if lint.repeats else "–",
        share(CaseKind.WRONG),
        f"{lint.false_fail[1]:.1g}",
        f"{lint.seconds:.1f}",
    )


def _numbers(folder: AssignmentFolder) -> Iterator[tuple[str, ...]]:
    """A row for each number, from the form of the assignment that the sources have, and by a recipe where only that is calibrated."""
    calibrated = _calibrated(folder)
    for headline in folder.headlines():
        shown: dict[str, str] = {}
        agrees = "not measured on real data"
        for source in SOURCES:
            found = _value(calibrated[source], headline.measured)
            if found is None:
                continue
            value, recipe = found
            real = "keras" if source == "none" else source
            shown[real] = _number(value, exact=not headline.tolerance) + (f" ({recipe})" if recipe else "")
            if real == "keras" or not headline.tolerance:
                agrees = "yes" if headline.holds(value) else "not by this recipe" if recipe else "**no**"
        yield (
            f"`{folder.name}`",
            headline.what,
            " and ".join(_number(n, exact=not headline.tolerance) for n in headline.printed),
            f"{headline.tolerance:g}" if headline.tolerance else "exact",
            shown.get("keras", "–"),
            shown.get("stand-in", "–"),
            agrees,
        )


def _calibrated(folder: AssignmentFolder) -> dict[str, list[tuple[str, Expectations]]]:
    """By data source, the recipes for which there are expectations, with these; the full form comes first."""
    found: dict[str, list[tuple[str, Expectations]]] = {source: [] for source in SOURCES}
    for recipe in (FULL, *(r.name for r in folder.assignment(hidden=False).recipes)):
        form = folder.by(recipe)
        for source, forms in found.items():
            with contextlib.suppress(NotCalibrated):
                forms.append((recipe, form.expectations(source, hidden=True)))
    return found


def _value(calibrated: Sequence[tuple[str, Expectations]], measured: Measured) -> tuple[float, str] | None:
    """The reference's own number, and the recipe it was measured by."""
    for recipe, expectations in calibrated:
        try:
            return measured(expectations), "" if recipe == FULL else recipe
        except AssignmentError:
            # A smaller recipe may not have what a number is about, such as the third row of a smaller grid.
            if recipe == FULL:
                raise
    return None


def _number(value: float, *, exact: bool) -> str:
    return f"{value:,.0f}" if exact else f"{value:.4g}"
