"""Holds the report of a case against what must come of it; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.lint.cases import Case, CaseKind
from grader.report import Finding, Report, Verdict
from grader.score import total
from grader.variant import Variant

LOST = frozenset({Verdict.FAILED, Verdict.PARTIAL})


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseResult:
    """What came of one case with one seed."""

    name: str
    kind: CaseKind
    why: str
    seed: int
    score: float | None
    """None when the machine was at fault."""
    max_score: float
    waiting: float
    """Points of answers that a human reads, which no check decides."""
    seconds: float
    """Wall time of its run, as measured when it was run."""
    lost: tuple[str, ...] = ()
    """Ids of the checks that failed or were partial."""
    problems: tuple[str, ...] = ()
    """What is not as it must be; empty when all is."""
    needs_human: bool = False
    """The machine was at fault or a check is broken."""
    reused: bool = False
    """Whether stored evidence was judged instead of running it."""


def held(case: Case, report: Report, *, seed: int = 0, reused: bool = False) -> CaseResult:
    """Judges the judgement.

    Args:
        case: what was graded.
        report: the instructor's report of it.
        seed: of the run.
        reused: whether stored evidence was judged.
    """
    return CaseResult(
        name=case.name,
        kind=case.kind,
        why=case.why,
        seed=seed,
        score=report.score,
        max_score=report.max_score,
        waiting=report.waiting,
        seconds=report.seconds,
        lost=tuple(_id(f) for f in _decided(report) if f.verdict in LOST),
        problems=tuple(_problems(case, report)),
        needs_human=report.needs_human,
        reused=reused,
    )


def _problems(case: Case, report: Report) -> Iterator[str]:
    if report.score is None:
        yield f"not graded: {report.reason}"
        return
    for finding in report.findings:
        if finding.verdict is Verdict.BROKEN:
            yield finding.flag or f"{_id(finding)} is broken"
    if case.kind is CaseKind.NOTHING:
        yield from _earned(report)
    elif case.variant is None or case.kind is CaseKind.RIGHT:
        yield from _refused(case, report)
    else:
        yield from _missed(case.variant, report)


def _earned(report: Report) -> Iterator[str]:
    for finding in report.findings:
        if finding.points > 0 and finding.verdict is not Verdict.BROKEN:
            yield f"{_id(finding)} gives {finding.points:g} points for nothing: {finding.message}"
        if finding.verdict is Verdict.WAITING:
            yield f"{_id(finding)} waits for a mark, but nothing was written"


def _refused(case: Case, report: Report) -> Iterator[str]:
    for finding in _decided(report):
        if finding.verdict not in {Verdict.PASSED, Verdict.BROKEN} and not _left_to_chance(finding):
            yield f"{_id(finding)} is {finding.verdict} for a right answer: {finding.message}"
    if case.variant is None:
        for finding in report.findings:
            if finding.answer is not None and not finding.answer.text:
                yield f"{_id(finding)}: the solution answers nothing, where a model answer should stand"
    earned, most = _of_checks(report)
    if earned != most:
        yield f"{earned:g} of {most:g} points for a right answer"


def _left_to_chance(finding: Finding) -> bool:
    """Whether it is about a measured bound and worth nothing: an unlucky run is shown then, costs nothing, and is not repeated."""
    return finding.short is not None and not finding.max_points


def _decided(report: Report) -> list[Finding]:
    """What the checks decide. Answers that a human reads count neither as earned nor as lost."""
    return [f for f in report.findings if f.answer is None and f.verdict is not Verdict.WAITING]


def _of_checks(report: Report) -> tuple[float, float]:
    found = _decided(report)
    return total(f.points for f in found), total(f.max_points for f in found)


def _missed(variant: Variant, report: Report) -> Iterator[str]:
    verdicts = {_id(f): f.verdict for f in report.findings}
    for check in variant.fails:
        if check not in verdicts:
            yield f"it declares {check}, which is no check of this assignment"
        elif verdicts[check] not in LOST:
            yield f"{check} is {verdicts[check]}, but must fail"
    if variant.cause.lower() not in said(report).lower():
        yield f"the report doesn't name the cause {variant.cause!r}"
    earned, most = _of_checks(report)
    if earned >= most:
        yield "full marks for a wrong answer"


def said(report: Report) -> str:
    """All words of a report that can name a cause: of what did not pass, and of the run as a whole."""
    lost = [f for f in report.findings if f.verdict is not Verdict.PASSED]
    flags = [f.flag for f in report.findings]
    return " ".join([report.reason, *report.notes, *(f"{f.message} {f.hint}" for f in lost), *flags])


def _id(finding: Finding) -> str:
    return f"{finding.exercise}.{finding.check}"
