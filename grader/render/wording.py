"""How reports speak: marks, words and numbers that every renderer shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from grader.errors import MachineError
from grader.evidence import CellRun, CellStatus, Provenance, Status
from grader.report import Answer, Criterion, ExerciseScore, Finding, Report, Verdict

MARK = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.PARTIAL: "◐",
    Verdict.SKIPPED: "–",
    Verdict.BROKEN: "!",
    Verdict.WAITING: "…",
}
VERDICT = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "not yet",
    Verdict.PARTIAL: "partly",
    Verdict.SKIPPED: "not looked at",
    Verdict.BROKEN: "could not be checked",
    Verdict.WAITING: "waits for a mark",
}
STATUS = {
    Status.GRADED: "graded",
    Status.STUDENT_ERROR: "errors",
    Status.TIMEOUT: "timeout",
    Status.OUT_OF_MEMORY: "out of memory",
    Status.KERNEL_DIED: "kernel died",
    Status.UNREADABLE: "unreadable",
    Status.NOT_ATTEMPTED: "not attempted",
    Status.MACHINE_ERROR: "ungraded",
}
STATUS_SENTENCE = {
    Status.GRADED: "Every cell ran.",
    Status.STUDENT_ERROR: "Some cells stopped with an error; everything that could be looked at was graded.",
    Status.TIMEOUT: "The run hit its time limit; what was established before it counts.",
    Status.OUT_OF_MEMORY: "The run hit its memory limit; what was established before it counts.",
    Status.KERNEL_DIED: "The notebook's process died; what was established before it counts.",
    Status.UNREADABLE: "The file can't be read as a notebook.",
    Status.NOT_ATTEMPTED: "The notebook is the unchanged template.",
    Status.MACHINE_ERROR: "The grader's machine failed; this is no mark, and no zero.",
}
CELL_STATUS = {
    CellStatus.OK: "ok",
    CellStatus.ERROR: "error",
    CellStatus.TIMEOUT: "timeout",
    CellStatus.OUT_OF_MEMORY: "out of memory",
    CellStatus.KERNEL_DIED: "kernel died",
    CellStatus.NOT_RUN: "not run",
}
DATA_SOURCE = {
    "keras": "real data, from Keras' own loaders",
    "stand-in": "stand-in data of the same shape and difficulty, because the real data was not at hand",
    "none": "no data set needed",
}
SANDBOX = {
    "bubblewrap": "bubblewrap",
    "landlock": "Landlock with seccomp",
    "none": "none (the notebook ran without isolation)",
    "live": "none (self-check in the student's own kernel)",
}
PROVENANCE = {
    Provenance.VERIFIED: "recomputed outside the notebook",
    Provenance.CLAIMED: "as the notebook reported it",
}
_WORST_FIRST = (Verdict.BROKEN, Verdict.FAILED, Verdict.PARTIAL, Verdict.SKIPPED)


def guard(report: Report) -> Report:
    """The report itself, unless showing it would leak.

    Raises:
        MachineError: a student's report still holds hidden findings, or hidden criteria of a rubric.
    """
    criteria = [c for f in report.findings if f.answer is not None for c in f.answer.rubric]
    hidden = any(f.hidden for f in report.findings) or any(c.hidden for c in criteria)
    if report.audience != "instructor" and hidden:
        raise MachineError(
            "a report for a student still holds hidden findings or criteria",
            where=f"{report.assignment}, {report.submission.student}",
            remedy="pass it through grader.judge.for_student first",
        )
    return report


def points(value: float | None) -> str:
    """`3`, `2.5`, `1.33`; `–` for no score."""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def of(score: float | None, most: float) -> str:
    """`7.5/10`."""
    return f"{points(score)}/{points(most)}"


def earned(finding: Finding) -> str:
    """`1.5/2`; `–/2` while a human has not decided."""
    return of(None if finding.open else finding.points, finding.max_points)


def criterion(one: Criterion) -> str:
    """`names the cause (0.5/1): says which curve turns`; without what it earned before it is marked."""
    earned = of(one.given, one.points) if one.given is not None else f"{points(one.points)}"
    hidden = ", hidden" if one.hidden else ""
    return f"{one.name} ({earned}{hidden})" + (f": {one.description}" if one.description else "")


def answer_text(answer: Answer) -> str:
    """The student's words, and how many characters of them are not shown."""
    return f"{answer.text}… ({answer.cut:,} more characters)" if answer.cut else answer.text


def open_marks(report: Report) -> str:
    """`2 points wait for a human`; empty when nothing does."""
    if not report.waiting or report.score is None:
        return ""
    return f"{points(report.waiting)} point{'s wait' if report.waiting != 1 else ' waits'} for a human"


def number(value: float) -> str:
    """Four significant digits, without an exponent where a person would write none."""
    return f"{value:.4g}"


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`."""
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60:02d} s"


def memory(value: int) -> str:
    """`512 MiB`, `1.2 GiB`."""
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:.0f} MiB"


def flags(report: Report) -> tuple[str, ...]:
    """What an instructor should look at; a student sees none of it."""
    return tuple(dict.fromkeys(report.flags)) if report.audience == "instructor" else ()


def calls_a_human(report: Report) -> bool:
    """A machine fault, a broken check or a flag."""
    return report.needs_human or bool(report.flags)


def worst(report: Report) -> Finding | None:
    """The finding to name when there is room for one: broken before failed before partial, then by points lost."""
    bad = [f for f in report.findings if f.verdict not in {Verdict.PASSED, Verdict.WAITING}]
    # A check that is worth nothing only illustrates one that is.
    return min(
        bad,
        key=lambda f: (
            f.verdict is not Verdict.BROKEN and not f.max_points,
            _WORST_FIRST.index(f.verdict),
            f.points - f.max_points,
        ),
        default=None,
    )


def in_a_word(report: Report) -> str:
    """The one thing to say about a submission in a table."""
    if report.status in {Status.MACHINE_ERROR, Status.UNREADABLE, Status.NOT_ATTEMPTED}:
        return report.reason or STATUS_SENTENCE[report.status]
    finding = worst(report)
    if finding is not None:
        return finding.message or finding.title
    said = open_marks(report)
    return report.reason or next(iter(flags(report)), f"{said}." if said else "")


def next_steps(report: Report, *, most: int = 3) -> tuple[Finding, ...]:
    """The findings a student works on first, by points to win."""
    bad = [
        f for f in report.findings if f.verdict in {Verdict.FAILED, Verdict.PARTIAL} and f.max_points and not f.hidden
    ]
    return tuple(sorted(bad, key=lambda f: f.points - f.max_points)[:most])


def by_exercise(report: Report) -> tuple[tuple[ExerciseScore, tuple[Finding, ...]], ...]:
    """Each exercise with its findings, in the assignment's order; findings of unlisted exercises at the end."""
    listed = {e.exercise: e for e in report.exercises}
    for finding in report.findings:
        if finding.exercise not in listed:
            mine = [f for f in report.findings if f.exercise == finding.exercise]
            listed[finding.exercise] = ExerciseScore(
                exercise=finding.exercise,
                title=finding.exercise,
                points=sum(f.points for f in mine),
                max_points=sum(f.max_points for f in mine),
            )
    return tuple((e, tuple(f for f in report.findings if f.exercise == e.exercise)) for e in listed.values())


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A cell that went wrong by itself, and those that only followed."""

    cell: CellRun
    followers: tuple[CellRun, ...] = ()


def failures(cells: Sequence[CellRun]) -> tuple[Failure, ...]:
    """Cells that did not end well, folded under their root cause; cells that never ran are left out."""
    bad = {c.index: c for c in cells if c.status not in {CellStatus.OK, CellStatus.NOT_RUN}}
    roots = {index: _root(index, bad) for index in bad}
    return tuple(
        Failure(cell=cell, followers=tuple(bad[i] for i in sorted(bad) if roots[i] == index and i != index))
        for index, cell in sorted(bad.items())
        if roots[index] == index
    )


def _root(index: int, bad: dict[int, CellRun]) -> int:
    seen = {index}
    while (earlier := bad[index].follows_from) in bad and earlier is not None and earlier not in seen:
        seen.add(earlier)
        index = earlier
    return index


def what_happened(cell: CellRun) -> str:
    """`ValueError: …`, or the limit that was hit."""
    if cell.error is not None:
        return f"{cell.error.name}: {cell.error.message}" if cell.error.message else cell.error.name
    return f"{CELL_STATUS[cell.status]} ({cell.limit})" if cell.limit else CELL_STATUS[cell.status]


@dataclass(frozen=True, kw_only=True)
class Totals:
    """A class in four numbers."""

    count: int
    median_score: float | None
    statuses: dict[Status, int]
    need_human: int
    answers_waiting: int
    """Answers that have no mark yet."""
    assignment: str
    """Empty without submissions."""


def totals(reports: Sequence[Report]) -> Totals:
    """Counts over a class; the median leaves ungraded submissions out."""
    scores = [r.score for r in reports if r.score is not None]
    return Totals(
        count=len(reports),
        median_score=median(scores) if scores else None,
        statuses={s: n for s in Status if (n := sum(r.status is s for r in reports))},
        need_human=sum(calls_a_human(r) for r in reports),
        answers_waiting=sum(f.verdict is Verdict.WAITING for r in reports for f in r.findings),
        assignment=reports[0].assignment if reports else "",
    )


def answers_wait(totals: Totals) -> str:
    """What an instructor is told about answers without a mark; empty when there are none."""
    count = totals.answers_waiting
    many = f"{count} answers wait" if count != 1 else "1 answer waits"
    return f"{many} for a mark: grader mark {totals.assignment}" if count else ""


def conditions(reports: Sequence[Report]) -> tuple[tuple[str, str], ...]:
    """Data source and isolation of a class, as label and text; every one of them where they differ."""
    rows = (
        ("data", [DATA_SOURCE.get(r.data_source, r.data_source) for r in reports if r.data_source]),
        ("recipe", [r.recipe or "full" for r in reports] if any(r.recipe for r in reports) else []),
        ("isolation", [SANDBOX.get(r.sandbox, r.sandbox) for r in reports if r.sandbox]),
    )
    return tuple((label, "; ".join(dict.fromkeys(texts))) for label, texts in rows if texts)


def facts(report: Report) -> tuple[tuple[str, str], ...]:
    """How it was graded, as label and text."""
    seeds = ", ".join(str(s) for s in report.seeds)
    versions = ", ".join(f"{name} {version}" for name, version in sorted(report.environment.items()))
    rows = (
        ("data", DATA_SOURCE.get(report.data_source, report.data_source)),
        ("recipe", report.recipe),
        ("attempt", second_attempt(report)),
        ("sandbox", SANDBOX.get(report.sandbox, report.sandbox)),
        ("seeds" if len(report.seeds) > 1 else "seed", seeds),
        ("time", seconds(report.seconds) if report.seconds else ""),
        ("memory", memory(report.peak_memory) if report.peak_memory else ""),
        ("versions", versions),
        ("file", f"{report.submission.file}, SHA-256 {report.submission.sha256[:12]}"),
    )
    return tuple((label, text) for label, text in rows if text)


def second_attempt(report: Report) -> str:
    """What is said where the marks come from a second run with removed names put back; empty for a first one."""
    attempt = report.second_attempt
    if attempt is None:
        return ""
    said = "second, with names that Keras has removed put back"
    if attempt.deduction:
        said += f"; {100 * attempt.deduction:g} % of the score were taken off"
    if attempt.first_score is not None:
        said += f"; as handed in: {of(attempt.first_score, report.max_score)}"
    return said


def hidden_notice(report: Report) -> str:
    """What a student is told about checks they can't see."""
    if report.audience == "instructor" or not report.hidden_checks:
        return ""
    several = report.hidden_checks > 1
    return (
        f"{report.hidden_checks} further check{'s' if several else ''} will be looked at by your instructor; "
        f"{'they are' if several else 'it is'} not part of this score."
    )
