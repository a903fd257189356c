"""The doctor's advice in every format, as text whatever is in it."""

from dataclasses import replace

import pytest

from grader.judge import as_second_attempt, for_student
from grader.render import Work, answer, renderer
from grader.render.advice import change, place, sentence
from grader.report import Advice, Severity

ADVICE = Advice(
    kind="dead_name",
    severity=Severity.BREAKS,
    cell=1,
    line=2,
    what="`SGD` no longer takes `lr`",
    why="Keras 3 stops",
    old="lr=0.1",
    new="learning_rate=0.1",
)


def test_words():
    assert place(ADVICE) == "cell 1, line 2"
    assert change(ADVICE) == "lr=0.1 → learning_rate=0.1"
    assert sentence(replace(ADVICE, cell=None, line=None, new="")) == "the notebook: `SGD` no longer takes `lr`"


@pytest.mark.parametrize("name", ["terminal", "html", "markdown", "json"])
def test_every_format_says_old_and_new(samples, name):
    report = replace(samples.report(), advice=(ADVICE,))
    text = renderer(name).one(report, Work()).replace("\\_", "_")
    assert "lr=0.1" in text
    assert "learning_rate=0.1" in text


@pytest.mark.parametrize("name", ["terminal", "html", "markdown", "json"])
def test_hostile_text_stays_text(samples, name):
    harm = tuple(replace(ADVICE, what=text, why=text, old=text, new=text) for text in samples.HOSTILE)
    page = renderer(name).one(replace(samples.report(), advice=harm), Work())
    assert "\x1b[" not in page
    if name == "html":
        assert "<script" not in page
        assert "<img src=x" not in page


def test_a_second_attempt_is_said_with_what_it_costs(samples):
    report = as_second_attempt(samples.report(), 0.1, 3.0)
    assert report.score == pytest.approx(0.9 * sum(e.points for e in report.exercises))
    for name in ("terminal", "html", "markdown"):
        assert "10 % of the score were taken off" in renderer(name).one(report, Work()).replace("\n", " ")


def test_a_student_is_not_told_the_first_score_with_hidden_checks(samples):
    report = as_second_attempt(replace(samples.report(), hidden_checks=1), 0.1, 3.0)
    told = for_student(report)
    assert told.second_attempt is not None
    assert told.second_attempt.first_score is None
    assert told.score == pytest.approx(0.9 * sum(e.points for e in told.exercises))


def test_the_self_check_names_what_stops_a_cell(samples):
    report = for_student(replace(samples.report(), advice=(ADVICE,)))
    assert "learning_rate=0.1" in answer.html(report, answer.Kind.EXERCISES)
