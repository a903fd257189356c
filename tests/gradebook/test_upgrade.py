"""A gradebook of an earlier version keeps what is in it and learns what it lacks."""

import sqlite3
from pathlib import Path

from grader.gradebook import Gradebook, Mark

VERSION_1 = """
CREATE TABLE meta (key VARCHAR(64) PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO meta VALUES ('version', '1');
CREATE TABLE marks (id INTEGER PRIMARY KEY, assignment VARCHAR(200) NOT NULL, student TEXT NOT NULL,
    exercise VARCHAR(200) NOT NULL, points FLOAT, comment TEXT NOT NULL, marked_by TEXT NOT NULL, marked_at DATETIME NOT NULL);
INSERT INTO marks VALUES (1, 'digits', 'ana', 'why', 1.5, 'half', 't', '2026-01-02 03:04:05.000000');
"""


def test_marks_of_version_1_stay(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "grades.db") as old:
        old.executescript(VERSION_1)
    old.close()
    for _ in range(2):
        with Gradebook.at(tmp_path / "grades.db", "0.1") as book:
            (first, *_) = book.mark_trail("digits")
            assert (first.points, first.answer, first.criteria) == (1.5, "", {})
            book.mark("digits", [Mark(student="bo", exercise="why", points=1, answer="ab", criteria={"sees": 1.0})])
            assert book.mark_trail("digits")[-1].criteria == {"sees": 1.0}
            assert book.mark_trail("digits")[-1].answer == "ab"
