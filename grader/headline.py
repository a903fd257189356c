"""Headline: a number that the sources of an assignment print, and where the reference's own is found.

`reference/<name>/headlines.py` lists them. `grader lint --table` puts both side by side, and on real data the measured
one must lie within the tolerance of what is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from grader.errors import AssignmentError
from grader.expectations import Expectations

Measured: TypeAlias = Callable[[Expectations], float]


@dataclass(frozen=True, kw_only=True)
class Headline:
    """One number of an assignment's sources."""

    what: str
    """What is counted or measured, e.g. `accuracy on the test pictures`."""
    printed: tuple[float, ...]
    """The sources' numbers."""
    tolerance: float
    """How far outside their range the reference's may lie on real data; 0 for a count, which is exact on any data."""
    measured: Measured = field(repr=False)
    """Finds the reference's own number in its expectations."""

    def holds(self, value: float) -> bool:
        """Whether the reference's number agrees with the sources'."""
        return min(self.printed) - self.tolerance <= value <= max(self.printed) + self.tolerance


def kept(check: str, *path: str | int) -> Measured:
    """The number at a path in what a check keeps, e.g. `kept("evaluation.accuracy", "mean")`."""

    def measured(expectations: Expectations) -> float:
        return float(_at(expectations, check, path))

    return measured


def layer_parameters(check: str, *path: str | int, layer: int | None = None) -> Measured:
    """Parameters of the rebuilt model that an `architecture` check keeps: of one layer, or of all.

    Args:
        check: id of the check.
        *path: from what it keeps to the graph with the `layers`.
        layer: position of the layer, the input being 0; None for the sum.
    """

    def measured(expectations: Expectations) -> float:
        layers = _at(expectations, check, (*path, "layers"))
        counts = [int(node["parameters"]) for node in layers]
        return float(sum(counts) if layer is None else counts[layer])

    return measured


def of_first_run(name: str) -> Measured:
    """The number that a variable holds in the calibration's first run, e.g. `of_first_run("cv_mae")`."""

    def measured(expectations: Expectations) -> float:
        found = expectations.reference.value(name) if expectations.reference is not None else None
        if found is not None and isinstance(found.value, int | float):
            return float(found.value)
        if found is not None and found.array is not None and found.array.size == 1:
            return float(found.array.item())
        raise AssignmentError(
            f"the calibration's first run has no number {name}",
            where=f"headlines of {expectations.assignment}",
            remedy="let a check collect that variable, and calibrate again",
        )

    return measured


def _at(expectations: Expectations, check: str, path: Sequence[str | int]) -> Any:
    found: Any = expectations.checks.get(check)
    for key in path:
        try:
            found = found[key]
        except (LookupError, TypeError):
            found = None
    if found is None:
        raise AssignmentError(
            f"the expectations hold nothing at {'/'.join(map(str, path))} of {check}",
            where=f"headlines of {expectations.assignment}",
            remedy="look at what the check keeps in reference/…/expectations",
        )
    return found
