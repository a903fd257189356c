"""Marks that people give: kept apart from results, replaced by later ones, and never lost."""

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.evidence import Status
from grader.gradebook import Gradebook, Mark
from grader.report import Report, SubmissionId


def test_the_last_mark_counts_and_all_are_kept(tmp_path: Path) -> None:
    with Gradebook.at(tmp_path / "grades.db", "0.1") as book:
        book.mark("digits", [Mark(student="ana", exercise="why", points=1.5, comment="half", marked_by="t")])
        book.mark(
            "digits", [Mark(student="ana", exercise="why", points=2), Mark(student="bo", exercise="why", points=0)]
        )
        book.mark("other", [Mark(student="ana", exercise="why", points=9)])
        found = book.marks("digits")
        assert {key: one.points for key, one in found.items()} == {("ana", "why"): 2, ("bo", "why"): 0}
        trail = book.mark_trail("digits")
        assert (trail[0].points, trail[0].comment, trail[0].marked_by) == (1.5, "half", "t")
        assert all(one.marked_at for one in trail)


def test_a_mark_can_be_taken_back(tmp_path: Path) -> None:
    with Gradebook.at(tmp_path / "grades.db", "0.1") as book:
        for points in (1.0, None):
            book.mark("digits", [Mark(student="ana", exercise="why", points=points)])
        assert book.marks("digits") == {}
        assert len(book.mark_trail("digits")) == 2


def test_marks_outlive_regrading_and_closing(tmp_path: Path) -> None:
    report = Report(
        assignment="digits",
        submission=SubmissionId(student="ana", file="ana.ipynb", sha256=""),
        status=Status.GRADED,
        score=3,
        max_score=10,
    )
    with Gradebook.at(tmp_path / "grades.db", "0.1") as book:
        book.mark("digits", [Mark(student="ana", exercise="why", points=1)])
    with Gradebook.at(tmp_path / "grades.db", "0.1") as book:
        book.add(book.start("digits", kind="regrade", data_source="none"), [(report, "")])
        assert book.marks("digits")[("ana", "why")].points == 1


@pytest.mark.parametrize("points", [-1.0, float("nan"), float("inf")])
def test_points_must_be_points(tmp_path: Path, points: float) -> None:
    with Gradebook.at(tmp_path / "grades.db", "0.1") as book:
        with pytest.raises(UsageError, match="no number of points"):
            book.mark("digits", [Mark(student="ana", exercise="why", points=points)])
        assert book.mark_trail("digits") == ()
