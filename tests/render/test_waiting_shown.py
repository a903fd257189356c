"""Answers that a human reads, in every format: what is open, the words, the rubric, and nothing hidden for a student."""

import csv
import io
import json
from dataclasses import replace

import pytest

from grader.errors import MachineError
from grader.judge import for_student
from grader.render import FORMATS, Work, csv_table, html, junit, renderer
from grader.render.answer import closing
from grader.report import Verdict

NAMES = sorted(FORMATS)


def flat(text):
    return " ".join(text.replace("\\", "").split())


@pytest.mark.parametrize("name", ["terminal", "html", "markdown", "junit"])
def test_the_total_says_what_is_open(samples, name):
    for report in (samples.waiting(), for_student(samples.waiting())):
        shown = flat(renderer(name).one(report, Work()))
        assert "2 points wait for a human" in shown
        assert "It learns by heart." in shown
        assert "Says which curve turns" in shown


def test_the_total_in_data(samples):
    found = json.loads(renderer("json").one(samples.waiting(), Work()))
    assert (found["waiting"], found["exercises"][-1]["waiting"], found["findings"][-1]["verdict"]) == (2, 2, "waiting")
    assert found["findings"][-1]["answer"]["text"] == "It learns by heart."
    assert json.loads(renderer("json").many([samples.waiting()]))["summary"]["answers_waiting"] == 1
    (row,) = csv.DictReader(io.StringIO(csv_table.many([samples.waiting()])))
    assert (row["score"], row["waiting"], row["max_score"]) == ("11", "2", "13")
    *_, row = csv.DictReader(io.StringIO(csv_table.one(samples.waiting(), Work())))
    assert (row["verdict"], row["points"], row["answer"]) == ("waiting", "", "It learns by heart.")


@pytest.mark.parametrize("name", ["terminal", "html", "markdown"])
def test_a_class_says_how_many_wait_and_how_to_go_on(samples, name):
    shown = flat(renderer(name).many([samples.waiting(), samples.full_marks()]))
    assert "1 answer waits for a mark: grader mark mnist_dense" in shown
    assert "wait for a mark" not in flat(renderer(name).many([samples.full_marks()]))


def test_waiting_is_no_failure(samples):
    assert junit_counts(samples)["failures"] == "0"
    page = html.one(samples.waiting(), Work())
    assert "everything that was asked is there" not in page
    assert "What to do next" not in page


def test_what_is_held_did_not_pass(samples):
    report = samples.full_marks()
    held = replace(report.findings[0], verdict=Verdict.BROKEN, held=True, points=0.0)
    report = replace(report, findings=(held, *report.findings[1:]))
    first, *others = json.loads(renderer("gradescope").one(report, Work()))["tests"]
    assert (first["status"], {test["status"] for test in others}) == ("failed", {"passed"})
    tests = json.loads(renderer("classroom50").one(report, Work()))["tests"]
    (of_it,) = [test for test in tests if test.get("verdict") == "broken"]
    assert of_it["passed"] is False


def junit_counts(samples):
    from xml.etree import ElementTree as ET

    return ET.fromstring(junit.one(samples.waiting(), Work())).attrib


@pytest.mark.parametrize("name", NAMES)
def test_a_mark_comes_with_its_comment(samples, name):
    report = samples.marked()
    assert report.waiting == 0
    for one in (report, for_student(report)):
        shown = flat(renderer(name).one(one, Work()))
        assert "Which curve?" in shown
        assert "wait for a human" not in shown


@pytest.mark.parametrize("name", NAMES)
def test_a_student_sees_no_hidden_criterion_and_not_who_marked(samples, name):
    for report in (samples.waiting(), samples.marked()):
        shown = renderer(name).one(for_student(report), Work())
        assert "SECRETLY" not in shown
        assert "tutor" not in shown
        with pytest.raises(MachineError, match="criteria"):
            renderer(name).one(replace(report, audience="student"), Work())


@pytest.mark.parametrize("name", NAMES)
def test_answers_and_comments_are_only_text(samples, name):
    for text in samples.HOSTILE:
        for report in (samples.waiting(text, text), samples.marked(text)):
            written = renderer(name).one(report, Work()) + renderer(name).many([report])
            written.encode("utf-8")
            if name != "json":
                assert not [c for c in written if c in "\x1b\x9b\x00\x07\x0b\u202e\u200b\ufeff\ufffe"]
            if name == "html":
                assert "<script" not in written
                assert "<img" not in written
            if name == "csv":
                rows = csv.reader(io.StringIO(csv_table.one(report, Work())))
                assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in set("=+-@\t\r")]


def test_a_self_check_does_not_count_it(samples):
    assert closing(for_student(samples.waiting())).startswith("All public checks pass. What you wrote in words")
