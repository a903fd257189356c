"""Sheets of marks go out harmless and come back whole, or with every fault named."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.evidence import Status
from grader.mark import Mark, Marks
from grader.marking import digest
from grader.marksheet import (
    Batch,
    award,
    code_name,
    names,
    pile,
    read_csv,
    read_json,
    returned,
    rows_of,
    singly,
    write_csv,
    write_json,
)  # fmt: skip
from grader.report import Answer, Criterion, ExerciseScore, Finding, Report, SubmissionId, Verdict

RUBRIC = (Criterion(name="sees", points=1), Criterion(name="explains", points=1, hidden=True))
WILD = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60)


def report(student: str, text: str) -> Report:
    answer = Answer(text=text, digest=digest(text), rubric=RUBRIC)
    finding = Finding(
        exercise="why", check="answer", title="Why?", verdict=Verdict.WAITING, points=0, max_points=2, answer=answer
    )
    return Report(
        assignment="a",
        submission=SubmissionId(student=student, file="", sha256=""),
        status=Status.GRADED,
        score=0,
        max_score=2,
        exercises=(ExerciseScore(exercise="why", title="Why it stops", points=0, max_points=2),),
        findings=(finding,),
    )


CLASS = [report("ana", "By heart."), report("bo", "By\n heart. "), report("cy", "=1+1"), report("di", "")]
STUDENTS = [r.submission.student for r in CLASS]


def mark(student: str, points: float | None, text: str = "By heart.", comment: str = "") -> Mark:
    return Mark(student=student, exercise="why", points=points, answer=digest(text), comment=comment)


def everything(marks: Marks) -> tuple[Batch, ...]:
    return pile(CLASS, marks, everything=True)


def take(data: bytes, marks: Marks | None = None, file: str = "m.csv"):
    rows = read_csv(data, file) if file.endswith(".csv") else read_json(data, file, "a")
    given = marks or Marks([])
    return returned(rows, file, "a", everything(given), STUDENTS, given, marked_by="tutor")


def sheet(marks: Marks | None = None, *, all_of_it: bool = False, **filled: str) -> bytes:
    """What was exported, with cells of the first row filled in."""
    batches = pile(CLASS, marks or Marks([]), everything=all_of_it)
    table = list(csv.DictReader(io.StringIO(write_csv(rows_of(batches, names("a", STUDENTS))).decode("utf-8-sig"))))
    table[0].update(filled)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue().encode()


def test_the_same_answer_is_shown_once_and_nothing_written_not_at_all() -> None:
    assert [(b.students, b.answer.text) for b in pile(CLASS, Marks([]))] == [
        (("ana", "bo"), "By heart."),
        (("cy",), "=1+1"),
    ]
    assert [b.students for b in singly(pile(CLASS, Marks([])))] == [("ana",), ("bo",), ("cy",)]
    half = Marks([mark("ana", 1)])
    assert [b.students for b in pile(CLASS, half)] == [("bo",), ("cy",)]
    assert sorted(b.students for b in everything(half)) == [("ana",), ("bo",), ("cy",), ("di",)]


def test_marks_come_back_for_all_who_gave_the_answer() -> None:
    found = take(sheet(points="1+0.5", comment="Which curve?"))
    assert [(m.student, m.points, m.comment, m.marked_by) for m in found.marks] == [
        ("ana", 1.5, "Which curve?", "tutor"),
        ("bo", 1.5, "Which curve?", "tutor"),
    ]
    assert found.marks[0].criteria == {"sees": 1, "explains": 0.5}
    assert found.marks[0].answer == digest("By heart.")
    assert (found.blank, found.same, found.replaced) == (1, 0, 0)


def test_what_is_in_force_is_not_given_again_and_what_is_new_replaces_it() -> None:
    given = Marks([mark("ana", 1, comment="=so\u200b, \tfine"), mark("bo", 1, comment="=so\u200b, \tfine")])
    same = take(sheet(given, all_of_it=True), given)
    assert (same.marks, same.same) == ((), 2)
    other = take(sheet(given, all_of_it=True, points="2"), given)
    assert ([m.points for m in other.marks], other.replaced) == ([2, 2], 2)
    back = take(sheet(given, all_of_it=True, points="open", comment=""), given)
    assert [m.points for m in back.marks] == [None, None]


def test_the_sum_tells_of_the_criteria_where_it_can() -> None:
    assert award("2", 2, RUBRIC).criteria == {"sees": 1, "explains": 1}
    assert award("0", 2, RUBRIC).criteria == {"sees": 0, "explains": 0}
    assert award("1", 2, RUBRIC).criteria == {}
    assert award("0.5", 1, RUBRIC[:1]).criteria == {"sees": 0.5}
    assert award("2", 2, ()).criteria == {}
    bare = Marks([mark("ana", 2), mark("bo", 2)])
    assert take(sheet(bare, all_of_it=True), bare).same == 2
    assert take(sheet(bare, all_of_it=True, points="1+1"), bare).replaced == 2


def test_a_mark_for_an_answer_that_changed_is_kept_for_the_old_one() -> None:
    found = take(sheet(points="2", answer_id=digest("An earlier answer.")))
    assert found.changed == ("ana", "bo")
    assert {m.answer for m in found.marks} == {digest("An earlier answer.")}


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"points": "3"}, "row 2, column points: 3 is more than the 2 points there are"),
        ({"points": "two"}, "row 2, column points: 'two' is no number of points"),
        ({"points": "-1"}, "row 2, column points: '-1' is no number"),
        ({"points": "1+1+1"}, "row 2, column points: 3 numbers for 2 criteria"),
        ({"points": "0+2"}, "row 2, column points: 2 is more than the 1 points of “explains”"),
        ({"comment": "Good."}, "row 2, column points: is empty, but there is a comment"),
        ({"points": "1", "students": "ana\nzoe"}, "row 2, column students: nothing of 'zoe' was graded"),
        ({"points": "1", "students": ""}, "row 2, column students: is empty"),
        ({"points": "1", "students": "ana\nana"}, "row 2, column students: 'ana' has a mark for this answer"),
        ({"points": "1", "answer_id": "1E+12"}, "row 2, column answer_id: is not as it was exported"),
        ({"points": "1", "exercise": "wy"}, "row 2, column exercise: 'wy' is no exercise"),
    ],
)
def test_a_fault_is_named_with_file_row_and_column(filled: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as error:
        take(sheet(**filled))
    assert "m.csv" in str(error.value)
    assert said in str(error.value)


def test_one_fault_and_no_mark_is_taken_and_all_faults_are_named() -> None:
    data = sheet(points="1").replace(b"=1+1,,", b"=1+1,9,")
    data = data.replace(b"'=1+1", b"x")
    rows = [replace(r, points=p) for r, p in zip(read_csv(data, "m.csv"), ("7", "8"), strict=True)]
    with pytest.raises(UsageError, match=r"(?s)row 2.*row 3"):
        returned(rows, "m.csv", "a", everything(Marks([])), STUDENTS, Marks([]), marked_by="t")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"exercise,students,points\r\n", "no column answer_id"),
        (b"exercise,students,points,answer_id,points\r\n", "two columns are called points"),
        (b'exercise,students,points,answer_id\r\nwhy,ana,1,"ab', "row 2"),
        ("exercise,students,points,answer_id\nwhy,Jürgen,1,x".encode("cp1252"), "line 2"),
    ],
)
def test_what_is_no_sheet_says_where(data: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        take(data)


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), ("\t", "utf-16"), (",", "utf-8-sig")])
def test_what_spreadsheets_save_is_read(delimiter: str, encoding: str) -> None:
    table = list(csv.reader(io.StringIO(sheet(points="1,5").decode())))
    order = [8, 6, 4, 0, 7]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([[row[i] for i in order] + ["note"] for row in table] + [[""] * 6])
    assert [m.points for m in take(out.getvalue().encode(encoding)).marks] == [1.5, 1.5]


def test_no_cell_is_a_formula() -> None:
    table = list(
        csv.reader(io.StringIO(write_csv(rows_of(everything(Marks([])), names("a", STUDENTS))).decode("utf-8-sig")))
    )
    assert not [cell for row in table for cell in row if cell.lstrip()[:1] in set("=+-@\t\r")]
    assert "'=1+1" in [row[5] for row in table]


@given(text=WILD, comment=WILD, student=WILD)
@example(text='"\r\n;', comment="=1", student="=cmd|' /C calc'!A0")
@example(text="x", comment="a\tb\u202e", student="a\nb")
def test_any_text_goes_out_and_comes_back(text: str, comment: str, student: str) -> None:
    reports = [report(student, f"x{text}")]
    given = Marks([mark(student, 1.5, f"x{text}", comment.strip())])
    batches = pile(reports, given, everything=True)
    rows = rows_of(batches, names("a", [student]))
    for back in (read_csv(write_csv(rows), "m.csv"), read_json(write_json(rows, "a"), "m.json", "a")):
        found = returned(back, "m", "a", batches, [student], given, marked_by="t")
        again = returned([replace(r, points="2") for r in back], "m", "a", batches, [student], given, marked_by="t")
        # An apostrophe before a formula is taken for the one that the sheet puts there.
        assert (found.marks, found.same) == ((), 1) or comment.strip().startswith("'")
        assert [m.student for m in again.marks] == [student]


def test_json_is_the_same_sheet() -> None:
    data = write_json(rows_of(pile(CLASS, Marks([])), names("a", STUDENTS)), "a")
    plain = json.loads(data)
    assert plain["schema"] == "grader/marks/v1"
    plain["answers"][0] |= {"points": "2", "comment": "Yes."}
    found = take(json.dumps(plain).encode(), file="m.json")
    assert [(m.student, m.points) for m in found.marks] == [("ana", 2), ("bo", 2)]
    plain["answers"][1] |= {"points": "9"}
    with pytest.raises(UsageError, match=r"answers\[1\], column points"):
        take(json.dumps(plain).encode(), file="m.json")
    for wrong in ({**plain, "assignment": "b"}, {**plain, "schema": "x"}, {"answers": []}, {**plain, "answers": [{}]}):
        with pytest.raises(UsageError):
            take(json.dumps(wrong).encode(), file="m.json")


def test_without_names() -> None:
    called = names("a", STUDENTS, anonymous=True)
    data = write_csv(rows_of(pile(CLASS, Marks([])), called))
    assert not [s for s in STUDENTS if s.encode() in data]
    found = take(data.replace(b",,,", b",1,,"))
    assert {m.student for m in found.marks} <= {"ana", "bo", "cy"}
    assert len(set(called.values())) == len(STUDENTS)
    assert code_name("a", "ana") != code_name("b", "ana")


def test_names_that_look_alike_go_by_code_name() -> None:
    called = names("a", ["ana", " ana", "bo"])
    assert called["bo"] == "bo"
    assert called["ana"] != called[" ana"]
    assert called["ana"].startswith("student-")


@pytest.mark.parametrize(("text", "points"), [("2", 2), (" 0 ", 0), ("0,5", 0.5), ("1 + 0.5", 1.5), ("0+0", 0)])
def test_points_as_people_write_them(text: str, points: float) -> None:
    assert award(text, 2, RUBRIC).points == points


@pytest.mark.parametrize("text", ["", "1/2", "nan", "1e1", "٣", "+1", "1+", "2.5.1", "100 %", "01. Mai", "9" * 400])
def test_points_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"no number|more than"):
        award(text, 2, RUBRIC)
