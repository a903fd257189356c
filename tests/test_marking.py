"""What a report says of an answer before and after a human read it: pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment import Assignment, Exercise
from grader.checks import Check
from grader.errors import AssignmentError
from grader.evidence import Evidence, Status
from grader.judge import as_second_attempt, for_student, judge
from grader.mark import Mark, Marks
from grader.marking import LONGEST, digest, with_marks
from grader.notebook.free_text import Written
from grader.question import Question
from grader.records import decode, encode
from grader.report import Criterion, Outcome, Report, SubmissionId, Verdict

WHO = SubmissionId(student="ana", file="ana.ipynb", sha256="")
RUBRIC = (Criterion(name="sees", points=1), Criterion(name="explains", points=1, hidden=True))
QUESTION = Question(asks="Why?", points=2, rubric=RUBRIC)
TEXT = "It learns by heart."


def assignment(score: float = 0.5) -> Assignment:
    half = Check(name="half", title="half", judge=lambda _e, _x: Outcome(score=score))
    return Assignment(
        name="a",
        title="A",
        exercises=(Exercise(name="why", title="Why", points=6, checks=(half,), question=QUESTION),),
    )


def report(text: str | None = TEXT, status: Status = Status.GRADED) -> Report:
    written = {} if text is None else {"why": Written(text=text, cell=3)}
    return judge(assignment(), Evidence(status=status), None, submission=WHO, written=written)


def mark(points: float | None, text: str = TEXT, **more: object) -> Mark:
    return replace(Mark(student="ana", exercise="why", points=points, answer=digest(text)), **more)


def state(found: Report) -> tuple[Verdict, float | None, float]:
    return found.findings[1].verdict, found.score, found.waiting


def test_checks_share_what_the_question_leaves() -> None:
    found = report()
    assert [(f.check, f.max_points) for f in found.findings] == [("half", 4), ("answer", 2)]
    assert state(found) == (Verdict.WAITING, 2, 2)
    assert (found.max_score, found.exercises[0].waiting) == (6, 2)
    assert found.findings[1].cell == 3
    assert not found.needs_human
    assert decode(encode(found), Report) == found


@pytest.mark.parametrize("text", ["", None])
def test_nothing_written_earns_nothing_at_once(text: str | None) -> None:
    found = report(text)
    assert state(found) == (Verdict.FAILED, 2, 0)
    assert "Not attempted" in found.findings[1].message


@pytest.mark.parametrize("status", [Status.UNREADABLE, Status.NOT_ATTEMPTED])
def test_nothing_handed_in_earns_nothing(status: Status) -> None:
    assert state(report(None, status)) == (Verdict.FAILED, 0, 0)


def test_a_timeout_takes_no_answer_away_and_a_machines_fault_takes_no_points() -> None:
    assert state(report(status=Status.TIMEOUT))[0] is Verdict.WAITING
    broken = report(status=Status.MACHINE_ERROR)
    assert state(broken) == (Verdict.SKIPPED, None, 0)
    assert with_marks(broken, Marks([mark(2)])) == broken


def test_an_answer_that_is_not_known_waits() -> None:
    found = judge(assignment(), Evidence(), None, submission=WHO)
    assert state(found)[0] is Verdict.WAITING
    assert found.findings[1].answer is None


@pytest.mark.parametrize(
    ("points", "verdict", "score"), [(2, Verdict.PASSED, 4), (0.5, Verdict.PARTIAL, 2.5), (0, Verdict.FAILED, 2)]
)
def test_a_mark_decides(points: float, verdict: Verdict, score: float) -> None:
    found = with_marks(report(), Marks([mark(points, comment="Say which curve.", marked_by="tutor")]))
    assert state(found) == (verdict, score, 0)
    assert found.findings[1].message == "Say which curve."
    assert found.findings[1].answer.marked_by == "tutor"
    assert with_marks(found, Marks([mark(points, comment="Say which curve.", marked_by="tutor")])) == found


def test_a_mark_that_is_taken_back_or_for_another_answer_leaves_it_waiting() -> None:
    given = mark(2, criteria={"sees": 1, "explains": 1})
    marked = with_marks(report(), Marks([given]))
    assert [c.given for c in marked.findings[1].answer.rubric] == [1, 1]
    assert with_marks(marked, Marks([given, mark(None)])) == report() == with_marks(marked, Marks([]))
    assert state(with_marks(report("Another."), Marks([given])))[0] is Verdict.WAITING
    assert state(with_marks(report(TEXT.replace(" ", "\n ")), Marks([given])))[0] is Verdict.PASSED


def test_an_earlier_answer_finds_its_mark_again_and_history_keeps_all() -> None:
    marks = Marks([mark(2), mark(1, "Another."), replace(mark(0), student="bo")])
    assert state(with_marks(report("Another."), marks))[1] == 3
    assert state(with_marks(report(), marks))[1] == 4
    assert [m.points for m in marks.history("ana", "why")] == [2, 1]


def test_a_mark_without_an_answer_holds_for_any_and_can_reach_an_empty_place() -> None:
    for text in (TEXT, ""):
        assert state(with_marks(report(text), Marks([replace(mark(2), answer="")])))[1] == 4


def test_points_past_the_questions_are_cut_and_flagged() -> None:
    found = with_marks(report(), Marks([mark(5)]))
    assert found.score == 4
    assert "5 points" in found.flags[0]


def test_a_second_attempts_deduction_holds_for_marks_too() -> None:
    second = as_second_attempt(report(), 0.5, None)
    assert with_marks(second, Marks([mark(2)])).score == 2


def test_a_student_sees_neither_hidden_criteria_nor_who_marked() -> None:
    full = with_marks(report(), Marks([mark(1, marked_by="tutor", comment="Half.", criteria={"explains": 1})]))
    seen = for_student(full)
    assert [c.name for c in seen.findings[1].answer.rubric] == ["sees"]
    assert b"explains" not in encode(seen)
    assert b"tutor" not in encode(seen)
    assert seen.findings[1].message == "Half."
    assert (seen.score, seen.waiting) == (full.score, 0)
    assert for_student(report()).waiting == 2


def test_a_long_answer_is_cut_and_known_by_all_of_it() -> None:
    long = "word " * LONGEST
    answer = report(long).findings[1].answer
    assert len(answer.text) == LONGEST
    assert answer.cut == len(long) - LONGEST
    assert answer.digest == digest(long) != digest(answer.text)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Question(asks="Why?", points=0),
        lambda: Question(asks="Why?", points=1, rubric=RUBRIC),
        lambda: Question(asks="Why?", points=2, rubric=RUBRIC[:1] * 2),
        lambda: Exercise(name="e", title="E", points=1, question=QUESTION),
        lambda: Exercise(name="e", title="E", points=3, question=QUESTION),
        lambda: QUESTION.with_hidden((Criterion(name="more", points=1),)),
    ],
)
def test_points_that_do_not_add_up_are_the_instructors_fault(make) -> None:
    with pytest.raises(AssignmentError):
        make()
