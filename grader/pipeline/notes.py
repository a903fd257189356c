"""What a report says of a run beside its findings, and of faults that are the grader's own."""

from __future__ import annotations

import re

from grader.errors import GraderError
from grader.evidence import CellStatus, Evidence
from grader.report import SubmissionId
from grader.submission import Submission


def own_fault(error: Exception) -> str:
    """What a report says of an exception that is no student's doing."""
    if isinstance(error, GraderError | OSError):
        return f"{error}"
    if isinstance(error, MemoryError):
        return "The grader was out of memory. Grade it again with fewer notebooks at once (--jobs)."
    return f"A fault of Grader itself, {type(error).__name__}: {error}"


def identity(submission: Submission) -> SubmissionId:
    """Whose file it is, as reports keep it."""
    return SubmissionId(student=submission.student, file=submission.file, sha256=submission.sha256)


_SHARED = re.compile(r"'(/(?:tmp|var/tmp|dev/shm)/[^']{1,200})'")
"""Paths that are a sandbox's own under bubblewrap, and the machine's under Landlock."""


def run_notes(evidence: Evidence) -> tuple[str, ...]:
    """Data, isolation, limits that were hit and what the run itself announced."""
    notes = []
    if evidence.data_source == "stand-in":
        notes.append("Run on stand-in data: the real data set is not on this machine.")
    if evidence.sandbox not in {"bubblewrap", "live", ""}:
        told = {
            "landlock": "Run with reduced isolation: landlock, without bubblewrap.",
            "none": "Run without isolation.",
        }
        notes.append(told.get(evidence.sandbox, f"Run with reduced isolation: {evidence.sandbox}."))
    if evidence.sandbox == "landlock":
        notes += [
            f"Cell {c.index} was refused {refused[1]}: there, isolation by Landlock has no room of the notebook's own. "
            "Grade it again where bubblewrap works before it costs a mark."
            for c in evidence.cells
            if c.error is not None
            and c.error.name == "PermissionError"
            and (refused := _SHARED.search(c.error.message)) is not None
        ]
    cut = [c.index for c in evidence.cells if c.cut_bytes]
    if cut:
        notes.append(f"Output was cut in cell {', '.join(map(str, cut))}.")
    stopped = [c for c in evidence.cells if c.limit and c.status is not CellStatus.OK]
    notes.extend(f"Cell {c.index} hit a limit: {c.limit}." for c in stopped)
    again = sum(fit.trained == "stored" for fit in evidence.fits)
    if again:
        notes.append(
            f"{again} of {len(evidence.fits)} trainings were done before, bit for bit, and were taken from there."
        )
    notes.extend(n.text for n in evidence.notices)
    return tuple(notes)
