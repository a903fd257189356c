"""`check("network")` and `hint("network")` in the student's own notebook.

Public checks only, and only what the student may see. The recorder starts with the import, so `from grader import check`
belongs at the top of the notebook; a model that was trained before is told about.
"""

from __future__ import annotations

import difflib
import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader import datasets
from grader.assignment import Assignment
from grader.datasets import Source
from grader.environment import TENSORFLOW
from grader.errors import GraderError, NotCalibrated, UsageError
from grader.judge import for_student, judge
from grader.render import answer
from grader.report import Report, SubmissionId
from grader.selfcheck.place import find
from grader.selfcheck.session import live, live_shell

YOU = SubmissionId(student="you", file="", sha256="")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What `check` and `hint` return; a notebook shows it as a small page, a terminal as text."""

    report: Report
    """Public findings of the exercises that were asked for."""
    kind: answer.Kind
    magic: bool = False
    """Whether it was asked for by `%grader`."""

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """For notebooks: HTML, and text for where there is none."""
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        return answer.html(self.report, self.kind)

    def __repr__(self) -> str:
        return answer.text(self.report, self.kind, colour=_in_colour(), magic=self.magic)


def check(*exercises: str | None, assignment: str | Path | None = None) -> Answer | None:
    """Answers with the public checks of the exercises named, or sums up all of them.

    Args:
        exercises: Names of exercises; none for all.
        assignment: The assignment's file, `NAME.grader.json`, or its folder; remembered. Default: found beside the notebook,
            or inside it.

    Returns:
        The answer, which a notebook displays; None after saying in words what is in the way.
    """
    return ask(exercises, assignment, _caller())


def hint(*exercises: str | None, assignment: str | Path | None = None) -> Answer | None:
    """The hints of all public checks that don't pass yet, of the exercises named or of all."""
    return ask(exercises, assignment, _caller(), hints=True)


def ask(
    exercises: Sequence[str | None],
    place: str | Path | None,
    names: Mapping[str, Any],
    *,
    hints: bool = False,
    magic: bool = False,
) -> Answer | None:
    """What `check` and `hint` do, for the magic too.

    Args:
        exercises: As they were named; none for all.
        place: The assignment's file or folder, if it was named.
        names: Variables of the notebook, or of the script.
        hints: Whether only hints are wanted.
        magic: Whether `%grader` asks.
    """
    asked = tuple(name for name in exercises if name is not None)
    kind = answer.Kind.HINTS if hints else answer.Kind.EXERCISES if asked else answer.Kind.SUMMARY
    try:
        found = Answer(report=_report(asked, place, names), kind=kind, magic=magic)
    except GraderError as error:
        _say(f"Grader: {error}")
        return None
    if live_shell() is None and not hasattr(sys, "ps1"):
        _say(repr(found))  # a script shows no values
    return found


def _report(asked: Sequence[str], place: str | Path | None, names: Mapping[str, Any]) -> Report:
    kernel = live()
    named = place if place is not None else kernel.named
    folder = find(named, names, kernel.folder / "kits")
    kernel.named = named
    assignment = folder.assignment(hidden=False)
    known = [e.name for e in assignment.exercises]
    for name in asked:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            raise UsageError(
                f"no exercise {name!r}",
                where=assignment.name,
                remedy=(f'check("{near[0]}"); ' if near else "") + f"the exercises are {', '.join(known)}",
            )
    source = _data_source(assignment)
    try:
        expectations = folder.expectations(source, hidden=False)
    except NotCalibrated as error:
        raise NotCalibrated(
            f"this assignment has no expectations for {source} data"
            + (f" on {folder.backend}" if folder.backend != TENSORFLOW else ""),
            where=error.where,
            remedy="tell your instructor",
        ) from error
    shell = kernel.shell
    evidence = kernel.evidence(assignment, source, shell.user_ns if shell is not None else names)
    # Flags are for a human, and what they cost is decided where the whole notebook was seen.
    report = for_student(judge(replace(assignment, honesty={}), evidence, expectations, submission=YOU))
    notes = (*_late(kernel.too_late(evidence)), *report.notes)
    wanted = set(asked or known)
    return replace(
        report,
        title=assignment.title,
        notes=notes,
        exercises=tuple(e for e in report.exercises if e.exercise in wanted),
        findings=tuple(f for f in report.findings if f.exercise in wanted),
    )


def _data_source(assignment: Assignment) -> Source:
    """A student's own Keras loads the real data, or none."""
    return "none" if datasets.available(assignment.datasets) == "none" else "keras"


def _late(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    were = "was" if len(names) == 1 else "were"
    said = (
        f"{', '.join(names)} {were} trained before Grader was imported, so that was not seen: "
        "run the training again, and move `from grader import check` to the top for the next time."
    )
    return (said,)


def _caller() -> Mapping[str, Any]:
    """Variables where `check` or `hint` was called."""
    frame = inspect.currentframe()
    outer = frame.f_back.f_back if frame is not None and frame.f_back is not None else None
    if outer is None:
        return {}
    # A shell's namespace goes on changing; a script's function has names of its own.
    return outer.f_globals if outer.f_locals is outer.f_globals else {**outer.f_globals, **outer.f_locals}


def _in_colour() -> bool:
    """A terminal takes colours; a notebook's alternative text and a file don't."""
    shell = live_shell()
    return sys.stdout.isatty() and (shell is None or not hasattr(shell, "kernel"))


def _say(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))  # noqa: T201 the student's own output is the place
