"""Classroom 50's `result.json`: a test a check, in whole numbers.

Format: `classroom50/result/v1` in that project's page on advanced autograding and its `schemas/result-v1.schema.json`.
What identifies a submission comes from the environment of its runner (`Work.platform`), which stamps most of it anew.
Points are in hundredths of a point, in every submission of an assignment alike.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grader.evidence import Status
from grader.render import Work, wording
from grader.render.escape import one_line, visible
from grader.report import Finding, Report, Verdict

SCHEMA = "classroom50/result/v1"
UNIT = 100
"""Of one point."""
NOW = "GRADER_NOW"
"""Key in the platform's facts: the time of grading, UTC, `2026-06-01T14:33:11Z`."""
MOST = 1e6
"""Points of a whole assignment."""
UNKNOWN_TIME = "1970-01-01T00:00:00Z"
TEXT = 4000


def one(report: Report, work: Work) -> str:
    """One submission."""
    return _json(_result(wording.guard(report), work.platform))


def many(reports: Sequence[Report]) -> str:
    """A class as a list; Classroom 50 itself takes one submission at a time."""
    return _json([_result(wording.guard(report), {}) for report in reports])


def _result(report: Report, platform: Mapping[str, str]) -> dict[str, Any]:
    tests = [_run(report)]
    tests += [test for _, findings in wording.by_exercise(report) for test in _tests(findings)]
    most = sum(test["max-score"] for test in tests)
    score = sum(test["score"] for test in tests)
    attempt = report.second_attempt
    if attempt is not None and attempt.deduction:
        score = min(score, _whole(report.score or 0.0))
    now = platform.get(NOW, UNKNOWN_TIME)
    commit = platform.get("COMMIT_URL") or _commit(platform)
    result: dict[str, Any] = {
        "schema": SCHEMA,
        "classroom": platform.get("CLASSROOM") or "unknown",
        "assignment": platform.get("ASSIGNMENT") or report.assignment,
        "assignment_type": platform.get("ASSIGNMENT_TYPE") or "individual",
        "owner": platform.get("OWNER") or platform.get("USERNAME") or one_line(report.submission.student) or "unknown",
        "submission": platform.get("SUBMISSION_TAG") or "submit/local",
        "commit": commit,
        "release": platform.get("RELEASE_URL") or commit,
        "review": platform.get("REVIEW_URL") or commit,
        "datetime": now,
        "graded_at": now,
        "score": score if report.score is not None else 0,
        "max-score": most,
        "tests": tests,
    }
    return result | _pusher(platform)


def _run(report: Report) -> dict[str, Any]:
    """The run of the notebook as a test of its own, worth nothing."""
    said = [report.reason or wording.STATUS_SENTENCE[report.status]]
    said += [f"cell {f.cell.index}: {wording.what_happened(f.cell)}" for f in wording.failures(report.cells)]
    return {
        "test-name": "the notebook runs",
        "passed": report.status is Status.GRADED,
        "score": 0,
        "max-score": 0,
        "verdict": report.status.value,
        "message": visible("\n".join(said), keep="\n")[:TEXT],
    }


def _tests(findings: Sequence[Finding]) -> Iterable[dict[str, Any]]:
    """The checks of one exercise; rounding is carried on, so that an exercise of 2 points has 200 in all."""
    sum_before = 0.0
    for finding in findings:
        most = _whole(sum_before + finding.max_points) - _whole(sum_before)
        sum_before += finding.max_points
        share = min(1.0, max(0.0, finding.points / finding.max_points if finding.max_points else 0.0))
        yield {
            "test-name": f"{finding.exercise}: {one_line(finding.title or finding.check, limit=200)}",
            "passed": finding.verdict in {Verdict.PASSED, Verdict.BROKEN} and not finding.open,
            "score": round(most * share),
            "max-score": most,
            "verdict": finding.verdict.value,
            "message": visible(finding.message, keep="\n")[:TEXT],
        }


def _whole(points: float) -> int:
    return math.floor(min(max(0.0, points), MOST) * UNIT + 0.5)


def _commit(platform: Mapping[str, str]) -> str:
    parts = [platform.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")]
    return f"{parts[0]}/{parts[1]}/commit/{parts[2]}" if all(parts) else "unknown"


def _pusher(platform: Mapping[str, str]) -> dict[str, Any]:
    name, number = platform.get("GITHUB_ACTOR", ""), platform.get("GITHUB_ACTOR_ID", "")
    return {"submitted_by": {"username": name, "id": int(number) if number.isdecimal() else None}} if name else {}


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
