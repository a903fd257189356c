"""What this course hands out holds nothing of its hidden checks, however its starters were written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.course import AssignmentFolder, Course
from grader.errors import AssignmentError
from grader.hand_out import hand_out
from grader.release import hidden_leaks

COURSE = Course(root=Path(__file__).parents[2])


@pytest.mark.parametrize("name", COURSE.names())
def test_nothing_hidden_is_public(name: str) -> None:
    assert [f"{leak.where}: {leak.what}" for leak in hidden_leaks(COURSE.folder(name))] == []


def test_hand_out_refuses_what_is_hidden(folder: AssignmentFolder, tmp_path: Path) -> None:
    assert folder.private is not None
    shutil.copy(folder.private / "variants.py", folder.public / "examples.py")
    with pytest.raises(AssignmentError, match=r"variants\.py"):
        hand_out(folder, tmp_path / "class")
    assert not (tmp_path / "class").exists()
