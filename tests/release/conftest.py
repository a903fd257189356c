"""A new course with its example, as `grader init` makes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course import AssignmentFolder
from grader.scaffold import make_course


@pytest.fixture
def folder(tmp_path: Path) -> AssignmentFolder:
    return make_course(tmp_path / "course")
