"""The self-check's answer as HTML that a notebook shows below the cell; safe beside the student's own page."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from grader.render import wording
from grader.render.advice import sentence
from grader.render.escape import visible
from grader.report import Report, Verdict

MARKS = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.PARTIAL: "◐",
    Verdict.SKIPPED: "–",
    Verdict.BROKEN: "!",
    Verdict.WAITING: "…",
}


def answer(report: Report) -> str:
    """Findings of the public checks; never says that all is right, since hidden checks may exist.

    Raises:
        MachineError: the report holds hidden findings.
    """
    wording.guard(report)
    by_exercise: dict[str, list[object]] = {e.exercise: [] for e in report.exercises}
    titles = {e.exercise: e.title for e in report.exercises}
    for finding in report.findings:
        by_exercise.setdefault(finding.exercise, []).append(finding)
    return _template().render(
        report=report,
        exercises=[(titles.get(name, name), findings) for name, findings in by_exercise.items()],
        marks=MARKS,
        all_passed=all(f.verdict in {Verdict.PASSED, Verdict.WAITING} for f in report.findings),
        closing=closing(report),
        sentence=sentence,
    )


def closing(report: Report) -> str:
    """One sentence on how far this is, and on what it does not say."""
    checks = [f for f in report.findings if f.verdict is not Verdict.WAITING]
    left = sum(f.verdict is not Verdict.PASSED for f in checks)
    done = f"{left} of {len(checks)} public checks still to do." if left else "All public checks pass."
    if not checks:
        done = "There is nothing to check here."
    if len(checks) < len(report.findings):
        done += " What you wrote in words of your own is read by a human."
    return f"{done} Your instructor's grader runs the notebook again from top to bottom, and may check more."


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("grader.render"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["shown"] = visible
    return environment.get_template("answer.html.j2")
