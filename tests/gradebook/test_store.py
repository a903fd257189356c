"""The gradebook on real databases: SQLite always, PostgreSQL where a server is given."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import MachineError, UsageError
from grader.evidence import Status
from grader.gradebook import Gradebook
from grader.report import Report, SubmissionId


def report(student: str, score: float | None, assignment: str = "digits") -> Report:
    return Report(
        assignment=assignment,
        submission=SubmissionId(student=student, file=f"{student}.ipynb", sha256="0" * 64),
        status=Status.MACHINE_ERROR if score is None else Status.GRADED,
        score=score,
        max_score=10,
    )


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def gradebook(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gradebook]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'deep' / 'grades.db'}"
    else:
        url = os.environ.get("GRADER_TEST_POSTGRES", "")
        if not url:
            pytest.skip("no PostgreSQL server: set GRADER_TEST_POSTGRES to its URL")
    with Gradebook(url, "0.1") as book:
        if request.param == "postgres":
            from grader.gradebook import tables

            with book._engine.begin() as connection:
                for table in reversed(tables.metadata.sorted_tables[1:]):
                    connection.execute(table.delete())
        yield book


def test_latest_result_of_each_student_counts(gradebook: Gradebook) -> None:
    first = gradebook.start("digits", kind="grade", data_source="keras")
    gradebook.add(first, [(report("ana", 3), "j1"), (report("bo", 4), "j2")])
    gradebook.finish(first)
    second = gradebook.start("digits", kind="regrade", data_source="keras")
    gradebook.add(second, [(report("ana", 7), "j1")])
    assert second != first
    assert [(s.student, s.report.score, s.job) for s in gradebook.latest("digits")] == [
        ("ana", 7, "j1"),
        ("bo", 4, "j2"),
    ]


def test_a_machine_fault_does_not_replace_a_mark(gradebook: Gradebook) -> None:
    run = gradebook.start("digits", kind="grade", data_source="none")
    for name, score in (("ana", None), ("ana", 6), ("ana", None), ("bo", None)):
        gradebook.add(run, [(report(name, score), "")])
    assert [(s.student, s.report.score) for s in gradebook.latest("digits")] == [("ana", 6), ("bo", None)]


def test_assignments_are_kept_apart(gradebook: Gradebook) -> None:
    run = gradebook.start("digits", kind="grade", data_source="none")
    gradebook.add(run, [(report("ana", 3), ""), (report("ana", 9, "other"), "")])
    assert [s.report.score for s in gradebook.latest("other")] == [9]
    assert gradebook.latest("nothing") == ()


def test_odd_names_come_back_as_they_were(gradebook: Gradebook) -> None:
    run = gradebook.start("digits", kind="grade", data_source="none")
    odd = "Robert'); DROP TABLE results;-- \u202e 李雷"
    gradebook.add(run, [(report(odd, 1), "")])
    assert gradebook.latest("digits")[0].student == odd


def test_threads_can_write_at_once(gradebook: Gradebook) -> None:
    run = gradebook.start("digits", kind="grade", data_source="none")
    threads = [
        threading.Thread(target=lambda n=n: gradebook.add(run, [(report(f"s{n:02}", n), "")])) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gradebook.latest("digits")) == 20


def test_unknown_url_says_what_to_use() -> None:
    with pytest.raises(UsageError, match="sqlite:///FILE"):
        Gradebook("nonsense", "0.1")


def test_newer_gradebook_is_refused(tmp_path: Path) -> None:
    with Gradebook.at(tmp_path / "g.db", "0.1") as book, book._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE meta SET value = '99'")
    with pytest.raises(MachineError, match="upgrade Grader"):
        Gradebook.at(tmp_path / "g.db", "0.1")


def test_unreachable_file_is_a_machine_error(tmp_path: Path) -> None:
    (tmp_path / "g.db").mkdir()
    with pytest.raises(MachineError, match="can't be opened"):
        Gradebook.at(tmp_path / "g.db", "0.1")
