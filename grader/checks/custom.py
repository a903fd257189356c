"""Checks that an instructor writes as a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias, Unpack, cast

from grader.checks.build import Common
from grader.checks.check import Check, Expected, Wanted
from grader.errors import AssignmentError
from grader.evidence import Evidence
from grader.report import Outcome

Answer: TypeAlias = bool | float | Outcome
CheckFunction: TypeAlias = Callable[[Evidence], Answer] | Callable[[Evidence, Evidence], Answer]


def custom(*, wants: Wanted | None = None, **common: Unpack[Common]) -> Callable[[CheckFunction], Check]:
    """Makes a check of a function of the student's evidence, or of the student's and the reference's.

    The docstring's first line is what the student reads. The function returns whether it passes, a share from 0 to 1,
    or an `Outcome`. One of two arguments is decided by the instructor's grader only, where the reference is::

        @custom(weight=2)
        def overfits(student):
            \"\"\"The network is trained until it overfits.\"\"\"
            losses = student.fits[-1].history["val_loss"]
            return losses[-1] > min(losses)

    Args:
        wants: variables, functions and models that it needs to have collected.
        **common: as for every check; `name` and `title` default to the function's.

    Raises:
        AssignmentError: it has no docstring, or neither one nor two arguments.
    """

    def make(function: CheckFunction) -> Check:
        name = getattr(function, "__name__", "custom")
        title = common.get("title") or (inspect.getdoc(function) or "").strip().split("\n", 1)[0]
        arguments = len(inspect.signature(function).parameters)
        if not title:
            raise AssignmentError(f"check {name} has no docstring", remedy="say in its first line what it asks")
        if arguments not in (1, 2):
            raise AssignmentError(
                f"check {name} takes {arguments} arguments", remedy="(student) or (student, reference)"
            )

        def judge(evidence: Evidence, expected: Expected) -> Outcome:
            call = cast("Callable[..., Any]", function)
            answer = call(evidence) if arguments == 1 else call(evidence, expected["reference"])
            return _outcome(name, answer)

        return Check(
            name=common.get("name", name),
            title=title,
            judge=judge,
            wants=wants or Wanted(),
            weight=common.get("weight", 1.0),
            hidden=common.get("hidden", False),
            after=common.get("after", ()),
            hint=common.get("hint", ""),
            needs_reference=arguments == 2,
        )

    return make


def _outcome(name: str, answer: Any) -> Outcome:
    if isinstance(answer, Outcome):
        return answer
    try:
        score = float(answer)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} returned {type(answer).__name__}, expected a bool, a number or an Outcome") from error
    return Outcome(score=score)
