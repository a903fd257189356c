"""JUnit XML through a parser that is not ours."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped

from grader.render import Work, junit


@pytest.fixture
def suite(samples):
    (found,) = JUnitXml.fromstring(junit.one(samples.report(), Work()).encode())
    return found


def case(suite, name):
    return next(c for c in suite if name in c.name)


def test_verdicts_become_results(suite):
    assert case(suite, "flat vectors").is_passed
    assert [type(r) for r in case(suite, "Pixels are scaled").result] == [Failure]
    assert [type(r) for r in case(suite, "reference's layers").result] == [Failure]
    assert [type(r) for r in case(suite, "407,050").result] == [Skipped]
    assert [type(r) for r in case(suite, "curves are plotted").result] == [Error]


def test_counts_and_time_add_up(suite):
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (9, 5, 1, 1)
    assert suite.time == pytest.approx(sum(c.time for c in suite)) == pytest.approx(25.3)


def test_the_message_is_in_the_text_too(suite):
    (failure,) = case(suite, "reference's layers").result
    assert failure.message in failure.text
    assert "expected: Dense(512, relu)" in failure.text
    assert "received: Dense(256, relu)" in failure.text


def test_the_run_is_a_case(samples):
    def of(status):
        return next(iter(next(iter(JUnitXml.fromstring(junit.one(samples.bare("x", status, "why"), Work()).encode())))))

    assert of(samples.Status.GRADED).is_passed
    assert [type(r) for r in of(samples.Status.MACHINE_ERROR).result] == [Error]
    assert [type(r) for r in of(samples.Status.TIMEOUT).result] == [Failure]


def test_cases_of_one_name_are_told_apart(samples):
    twice = tuple(samples.finding("a", f"c{i}", title="Same") for i in range(3))
    root = ET.fromstring(junit.many([samples.report("x", findings=twice), samples.report("x", findings=twice)]))
    names = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")]
    assert len(names) == len(set(names)) == 8
    assert ("x (2).a", "Same (3)") in names


@given(st.text(alphabet=st.characters()))
def test_any_text_is_valid_xml(samples, text):
    root = ET.fromstring(junit.one(samples.hostile(text), Work()))
    assert len(list(root.iter("testcase"))) == 9


def test_long_texts_are_capped(samples):
    assert len(junit.one(samples.hostile("x" * 1_000_000), Work())) < 200_000
