"""Every error Grader raises on purpose.

    GraderError
    ├── UsageError           the command was called wrongly                      exit 2
    ├── AssignmentError      the instructor's fault: an assignment or a check    exit 3
    │   └── NotCalibrated    no expectations for this data source yet
    ├── SubmissionError      the student's file can't be read as a notebook      a finding
    ├── EvidenceError        an inert file breaks its format or a cap            a finding
    └── MachineError         the grader's or the machine's fault: ungraded       exit 3
        ├── SandboxUnavailable
        ├── SlotDied
        └── DataUnavailable

A student's mistake is a finding, not an exception.
"""

from __future__ import annotations


class GraderError(Exception):
    """What went wrong, where, and the way out; printed without a traceback."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        """One sentence, without a final full stop."""
        self.where = where
        """File and place in it, as a person would look it up."""
        self.remedy = remedy
        """What to do about it, or empty."""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  Try: {self.remedy}" if self.remedy else text


class UsageError(GraderError):
    """The command or the call can't be carried out as asked."""


class AssignmentError(GraderError):
    """The assignment, the reference or a check is at fault; it never costs a student a point."""


class NotCalibrated(AssignmentError):
    """The assignment has no expectations for the data source in use."""


class SubmissionError(GraderError):
    """A submission that can't be read as a notebook."""


class EvidenceError(GraderError):
    """A file from the sandbox that is not what its format says, or is past a cap."""


class MachineError(GraderError):
    """The grader or the machine is at fault; what it touches stays ungraded, never zero."""


class SandboxUnavailable(MachineError):
    """No isolation of the level asked for works here."""


class SlotDied(MachineError):
    """A sandboxed worker ended without an answer."""


class DataUnavailable(MachineError):
    """A data set is neither in Keras' cache nor has a stand-in."""
