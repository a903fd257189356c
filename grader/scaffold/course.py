"""Makes a course's folder: assignments, reference, what git leaves out, a page on what to do, and one example."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from grader.course import AssignmentFolder
from grader.errors import UsageError
from grader.job_folder import write_atomically
from grader.scaffold.new_assignment import filled, make_assignment

EXAMPLE = "points"
"""Name of the assignment that a new course has."""
FILES = {
    "README.md": "README.md.txt",
    ".gitignore": "gitignore.txt",
    ".github/workflows/assignments.yml": "github-workflow.yml.txt",
    ".gitlab-ci.yml": "gitlab-ci.yml.txt",
}
"""What a course has beside its assignments, and the template of each."""


def make_course(root: Path, title: str = "") -> AssignmentFolder:
    """Makes a course with one example in it. Files that are there already are left as they are.

    Args:
        root: The course's folder; it may be there, with a repository in it.
        title: For its page; the folder's name if empty.

    Raises:
        UsageError: it is a course already.
    """
    for name in ("assignments", "reference"):
        if (root / name).exists():
            raise UsageError(
                "this is a course already", where=str(root / name), remedy="grader new NAME adds an assignment to it"
            )
    words = {
        "title": " ".join(title.split()) or root.resolve().name,
        "example": EXAMPLE,
        "version": importlib.metadata.version("grader"),
    }
    for file, template in FILES.items():
        if not (root / file).exists():
            write_atomically(root / file, filled(template, words))
    return make_assignment(root, EXAMPLE, "Points in opposite corners")
