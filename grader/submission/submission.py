"""Submission: one notebook of one student."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from nbformat import NotebookNode

from grader.errors import SubmissionError
from grader.notebook.reading import read_repaired


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One file that a student handed in, readable or not."""

    student: str
    """Unique among the submissions collected together; as it came, so renderers escape it."""
    file: str
    """Name of the file, without the folder."""
    sha256: str
    """Of the bytes as they came; empty when they could not be had."""
    notebook: NotebookNode | None = field(default=None, repr=False)
    """In nbformat 4.5; None when it can't be read."""
    problem: str = ""
    """Why it can't be read and what to do, for the student; empty when it can."""
    notes: tuple[str, ...] = ()
    """What was repaired, and what is odd about the file's name or place."""


def read_submission(student: str, file: str, data: bytes, *, notes: tuple[str, ...] = ()) -> Submission:
    """Reads one file; any bytes give a submission, with a problem if need be."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        notebook, repairs = read_repaired(data)
    except SubmissionError as error:
        problem = f"{error.what}. To mend it: {error.remedy}." if error.remedy else f"{error.what}."
        return Submission(student=student, file=file, sha256=digest, problem=problem, notes=notes)
    return Submission(student=student, file=file, sha256=digest, notebook=notebook, notes=(*notes, *repairs))
