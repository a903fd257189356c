"""Gradescope's `results.json`: a test a check.

Format: https://gradescope-autograders.readthedocs.io/en/latest/specs/. A submission without a mark gets no score at all,
which Gradescope shows as an autograder that failed, never as zero. In an instructor's report hidden checks are tests that
students don't see (by `visibility`, which `Work.platform["hidden"]` sets); then they don't see the total either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from grader.judge import for_student
from grader.render import Work, wording
from grader.render.escape import one_line, visible
from grader.report import Finding, Report, Verdict

VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
TEXT = 10_000
"""Characters of one test's output."""


def one(report: Report, work: Work) -> str:
    """One submission."""
    return _json(_results(wording.guard(report), work))


def many(reports: Sequence[Report]) -> str:
    """A class as a list; Gradescope itself takes one submission at a time."""
    return _json([_results(wording.guard(report), Work()) for report in reports])


def unfinished(why: str) -> str:
    """What stands there before grading ends: no score, so that nobody gets a zero by it."""
    return _json({"output": visible(why), "output_format": "text", "stdout_visibility": "hidden", "tests": []})


def _results(report: Report, work: Work) -> dict[str, Any]:
    seen = for_student(report)
    said = [wording.STATUS_SENTENCE[report.status], report.reason, wording.second_attempt(seen)]
    said += [wording.open_marks(seen), wording.hidden_notice(seen), *seen.notes]
    said += [f"cell {f.cell.index}: {wording.what_happened(f.cell)}" for f in wording.failures(report.cells)]
    results: dict[str, Any] = {
        "output": _text([text for text in said if text]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "execution_time": round(report.seconds, 3),
        "extra_data": {
            "student": one_line(report.submission.student),
            "file": one_line(report.submission.file),
            "sha256": report.submission.sha256,
            "status": report.status.value,
            "max_score": report.max_score,
            "sandbox": report.sandbox,
            "data_source": report.data_source,
            "environment": report.environment,
        },
    }
    if report.score is None:
        return results | {"tests": []}
    return results | {"score": report.score, "tests": _tests(report, seen, work.platform)}


def _tests(report: Report, seen: Report, platform: Mapping[str, str]) -> list[dict[str, Any]]:
    """By exercise; hidden ones as the instructor knows them, all others in the student's words."""
    hidden = platform.get("hidden", "hidden")
    told = {(f.exercise, f.check): f for f in seen.findings}
    tests = []
    for number, (exercise, findings) in enumerate(wording.by_exercise(report), start=1):
        for place, finding in enumerate(findings, start=1):
            visibility = hidden if finding.hidden else "visible"
            shown = finding if finding.hidden else told.get((finding.exercise, finding.check), finding)
            tests.append(
                _test(shown, f"{number}.{place}", one_line(exercise.title, limit=200)) | {"visibility": visibility}
            )
    return tests


def _test(finding: Finding, number: str, exercise: str) -> dict[str, Any]:
    lines = [finding.message] if finding.message else []
    for label, text in (
        ("expected", finding.expected),
        ("received", finding.received),
        ("try", finding.hint),
        ("looked at", finding.subject),
    ):
        lines += [f"{label}: {text}"] if text and finding.verdict is not Verdict.PASSED else []
    if finding.answer is not None:
        lines += [f"answer: {wording.answer_text(finding.answer)}"] if finding.answer.text else []
        lines += [wording.criterion(one) for one in finding.answer.rubric]
    passed = finding.verdict in {Verdict.PASSED, Verdict.BROKEN} and not finding.open
    return {
        "name": f"{exercise}: {one_line(finding.title or finding.check, limit=200)}",
        "name_format": "text",
        "number": number,
        "score": finding.points,
        "max_score": finding.max_points,
        "status": "passed" if passed else "failed",
        "output": _text(lines),
        "output_format": "text",
        "tags": [finding.exercise],
        "extra_data": {"check": finding.check, "verdict": finding.verdict.value, "cell": finding.cell},
    }


def _text(lines: Sequence[str]) -> str:
    text = visible("\n".join(lines), keep="\n")
    return text if len(text) <= TEXT else f"{text[:TEXT]}…"


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
