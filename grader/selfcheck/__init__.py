"""Self-check: the same recorder, checks and report as in grading, on the live namespace of the student's own notebook."""

from grader.selfcheck.asking import Answer, check, hint
from grader.selfcheck.session import live

__all__ = ["Answer", "check", "hint", "live"]
