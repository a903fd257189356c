"""Exit codes of every command."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from grader.evidence import Status
from grader.report import Report, Verdict


class ExitCode(IntEnum):
    """What a command's exit code means."""

    PASSED = 0
    """Everything passed."""
    FAILED = 1
    """Something was graded and failed."""
    USAGE = 2
    """The command was called wrongly."""
    HUMAN_NEEDED = 3
    """A broken check, an assignment's or a machine's fault."""
    STOPPED = 130
    """Ctrl-C, as shells have it."""


def of_reports(reports: Iterable[Report]) -> ExitCode:
    """The worst of all: a fault of ours before a student's. An answer that waits for a mark is neither."""
    code = ExitCode.PASSED
    for report in reports:
        if report.needs_human:
            return ExitCode.HUMAN_NEEDED
        open_or_passed = all(f.verdict in {Verdict.PASSED, Verdict.WAITING} for f in report.findings)
        if report.status is not Status.GRADED or not open_or_passed:
            code = ExitCode.FAILED
    return code
