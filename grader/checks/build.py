"""How every factory of this package turns its parts into a Check."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypedDict, TypeVar

from grader.checks.check import Check, Judge, Learn, Wanted, nothing
from grader.errors import AssignmentError

T = TypeVar("T")


class Common(TypedDict, total=False):
    """Keyword arguments that every factory takes, each with a default that fits."""

    weight: float
    hidden: bool
    after: tuple[str, ...]
    hint: str
    name: str
    title: str


def build(
    *,
    name: str,
    title: str,
    judge: Judge,
    common: Common,
    learn: Learn = nothing,
    wants: Wanted | None = None,
    hint: str = "",
) -> Check:
    """Makes a check from a factory's own name, title and hint, and what the author set instead."""
    return Check(
        name=common.get("name", name),
        title=common.get("title", title),
        judge=judge,
        learn=learn,
        wants=wants or Wanted(),
        weight=common.get("weight", 1.0),
        hidden=common.get("hidden", False),
        after=common.get("after", ()),
        hint=common.get("hint", hint),
    )


def agree(values: Iterable[T], what: str) -> T:
    """The one value that all runs of the reference have.

    Raises:
        AssignmentError: the runs disagree.
    """
    found = list(values)
    seen: dict[str, Any] = {json.dumps(v, sort_keys=True, default=str): v for v in found}
    if len(seen) > 1:
        shown = " and ".join(list(seen)[:2])
        raise AssignmentError(
            f"the runs of the reference disagree on {what}: {shown}",
            remedy="make it the same in every run, or ask for a range instead",
        )
    if not found:
        raise AssignmentError(f"no run of the reference shows {what}")
    return found[0]
