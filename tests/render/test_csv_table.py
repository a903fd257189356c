"""CSV through Python's reader."""

import csv
import io

from grader.render import csv_table


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_line_a_student_with_points_by_exercise(samples):
    found = {row["student"]: row for row in rows(csv_table.many(samples.a_class()))}
    ada = found["ada"]
    assert (ada["status"], ada["score"], ada["max_score"]) == ("student_error", "4.5", "11")
    assert [ada[f"points_{name}"] for name in ("data", "network", "training")] == ["2.5", "0", "2"]
    assert ada["needs_human"] == "yes"
    assert "trained on test rows" in ada["flags"]
    assert found["grace"]["needs_human"] == "no"


def test_ungraded_is_empty_and_never_zero(samples):
    unlucky = next(row for row in rows(csv_table.many(samples.a_class())) if row["student"] == "unlucky")
    assert (unlucky["score"], unlucky["points_data"], unlucky["max_score"]) == ("", "", "11")


def test_a_line_a_finding(samples):
    found = rows(csv_table.findings([samples.report(), samples.full_marks()]))
    assert len(found) == 16
    assert found[2]["verdict"] == "failed"
    assert found[2]["cell"] == "3"
    assert found[7]["hidden"] == "yes"


def test_hostile_texts_are_no_formulas_and_add_no_lines(samples):
    for text in samples.HOSTILE:
        (row,) = rows(csv_table.many([samples.hostile(text)]))
        assert None not in row
        assert not [cell for cell in row.values() if cell.lstrip()[:1] in set("=+-@\t\r")]


def test_negative_numbers_stay_numbers(samples):
    (row,) = rows(csv_table.many([samples.report(score=-1.0)]))
    assert row["score"] == "-1"
