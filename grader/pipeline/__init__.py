"""The order of the steps, and the only place that knows it.

Submission ─► run (sandbox) ─► examine (fresh sandbox) ─► measure ─► Evidence ─► judge ─► Report ─► gradebook
"""

from grader.pipeline.grading import Graded, Grading, Listen, Progress, grade
from grader.pipeline.reference import calibrate, run_reference
from grader.pipeline.regrading import regrade, remark

__all__ = ["Graded", "Grading", "Listen", "Progress", "calibrate", "grade", "regrade", "remark", "run_reference"]
