"""docs/assignments.md: what lint found of every assignment, and its reference's numbers beside the sources'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.course import AssignmentFolder
from grader.errors import NotCalibrated
from grader.headline import Measured
from grader.lint.cases import CaseKind
from grader.lint.linting import Lint

TOP = """# The assignments, and how right their marks are

Written by `make lint-all`; do not edit. Each row is measured: the starter and an empty model earn 0, right answers written
otherwise earn full marks, and wrong ones lose points on the check that they must fail, with the cause named in the report.
The false-fail probability is the highest with which a right answer loses a point to chance
([calibration.md](calibration.md)). Seconds are the median run of a right answer on the machine that wrote this page.
"""
NUMBERS = """
## The numbers of the sources

The reference's own numbers, from its calibration, beside those that the sources print. Counts of parameters are those of
the rebuilt model and exact. What is measured is the mean over the runs of the calibration; on real data it lies within the tolerance, and a
stand-in is not held to it.
"""
SOURCES = ("keras", "stand-in", "none")


def page(found: Sequence[Lint], folders: Sequence[AssignmentFolder], failed: Sequence[tuple[str, str]] = ()) -> str:
    """The whole page.

    Args:
        found: one for each assignment that was linted.
        folders: of the assignments whose numbers are shown.
        failed: names of assignments that could not be linted, with the reason.
    """
    head = (
        "assignment", "data", "recipe", "checks (hidden)", "nothing earns 0", "right accepted", "wrong caught with cause",
        "false-fail probability", "seconds",
    )  # fmt: skip
    lines = [TOP, *_table(head, [_row(lint) for lint in found])]
    lines += [f"\n{name} could not be linted: {why}" for name, why in failed]
    uncovered = [f"- `{lint.assignment}`: {line}" for lint in found if lint.gaps for line in lint.gaps.lines()]
    if uncovered:
        lines += ["\nWhat is not covered:\n", *uncovered]
    numbers = [row for folder in folders for row in _numbers(folder)]
    if numbers:
        columns = (
            "assignment",
            "what",
            "sources",
            "tolerance",
            "reference, real data",
            "reference, stand-in",
            "agrees",
        )
        lines += [NUMBERS, *_table(columns, numbers)]
    return "\n".join(lines).rstrip() + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _row(lint: Lint) -> tuple[str, ...]:
    def share(kind: CaseKind) -> str:
        results = lint.of(kind)
        return f"{sum(not r.problems for r in results)} of {len(results)}"

    return (
        f"`{lint.assignment}`",
        lint.data_source,
        lint.recipe or "full",
        f"{lint.checks} ({lint.hidden_checks})",
        *(share(kind) for kind in (CaseKind.NOTHING, CaseKind.RIGHT, CaseKind.WRONG)),
        f"{lint.false_fail[1]:.1g}",
        f"{lint.seconds:.1f}",
    )


def _numbers(folder: AssignmentFolder) -> Iterator[tuple[str, ...]]:
    for headline in folder.headlines():
        shown: dict[str, str] = {}
        agrees = "not measured on real data"
        for source in SOURCES:
            value = _value(folder, source, headline.measured)
            if value is None:
                continue
            real = "keras" if source == "none" else source
            shown[real] = _number(value, exact=not headline.tolerance)
            if real == "keras" or not headline.tolerance:
                # A recipe trains less, and may take fewer words or columns: the sources' numbers are the full form's.
                agrees = "yes" if headline.holds(value) else "not by this recipe" if folder.recipe else "**no**"
        yield (
            f"`{folder.name}`" + (f" ({folder.recipe})" if folder.recipe else ""),
            headline.what,
            " and ".join(_number(n, exact=not headline.tolerance) for n in headline.printed),
            f"{headline.tolerance:g}" if headline.tolerance else "exact",
            shown.get("keras", "–"),
            shown.get("stand-in", "–"),
            agrees,
        )


def _value(folder: AssignmentFolder, source: str, measured: Measured) -> float | None:
    try:
        expectations = folder.expectations(source, hidden=True)
    except NotCalibrated:
        return None
    return measured(expectations)


def _number(value: float, *, exact: bool) -> str:
    return f"{value:,.0f}" if exact else f"{value:.4g}"
