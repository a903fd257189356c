"""Gradescope's results beside those that its own library, gradescope-utils, writes for the same marks."""

import json
import unittest
from io import StringIO
from itertools import pairwise

import pytest
from gradescope_utils.autograder_utils.decorators import number, partial_credit, tags, visibility, weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner

from grader.judge import for_student
from grader.render import Work, gradescope
from grader.report import Verdict


def results(report, **platform):
    return json.loads(gradescope.one(report, Work(platform=platform)))


def theirs(report, hidden="hidden"):
    """What gradescope-utils writes for tests that come to the same as our checks."""
    members = {}
    exercises = list(dict.fromkeys(f.exercise for f in report.findings))
    titles = {e.exercise: e.title for e in report.exercises}
    places = {}
    for finding in report.findings:
        places[finding.exercise] = places.get(finding.exercise, 0) + 1

        def check(self, set_score=None, finding=finding):
            set_score(finding.points)
            if finding.verdict not in {Verdict.PASSED, Verdict.BROKEN}:
                self.fail(finding.message)

        check.__doc__ = f"{titles[finding.exercise]}: {finding.title}"
        place = f"{exercises.index(finding.exercise) + 1}.{places[finding.exercise]}"
        # Decorators set attributes on what they are given, so the inner ones go through functools.wraps.
        made = partial_credit(finding.max_points)(check)
        made = number(place)(tags(finding.exercise)(made))
        made = visibility(hidden if finding.hidden else "visible")(made)
        members[f"test_{len(members):03}"] = weight(finding.max_points)(made)
    case = type("Checks", (unittest.TestCase,), members)
    out = StringIO()
    JSONTestRunner(visibility=None, stdout_visibility="hidden", stream=out).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(case)
    )
    return json.loads(out.getvalue())


@pytest.mark.parametrize("which", ["report", "full_marks"])
def test_tests_say_what_gradescopes_own_library_says(samples, which):
    report = getattr(samples, which)()
    ours, known = results(report), theirs(report)
    shared = ("name", "score", "max_score", "number", "visibility", "tags")
    assert [{k: t[k] for k in shared} for t in ours["tests"]] == [{k: t[k] for k in shared} for t in known["tests"]]
    assert ours["stdout_visibility"] == known["stdout_visibility"] == "hidden"
    for mine, other in zip(ours["tests"], known["tests"], strict=True):
        assert set(other) <= {*mine, "output"}
        # That library calls a test failed that lost no points but raised; a broken check costs none and is not the student's.
        assert mine["status"] == other["status"]
        assert {type(mine[k]) for k in shared} == {type(other[k]) for k in shared}


def test_the_total_is_the_reports(samples):
    found = results(samples.report())
    assert found["score"] == 4.5
    assert sum(t["max_score"] for t in found["tests"]) == samples.report().max_score
    assert [a < b for a, b in pairwise([t["number"] for t in found["tests"]])] == [True] * 7


def test_what_a_student_sees_holds_nothing_hidden(samples):
    for found in (results(samples.report()), results(samples.report(), hidden="after_published")):
        hidden = [t for t in found["tests"] if t["visibility"] != "visible"]
        assert ["SECRET" in t["output"] for t in hidden] == [True]
        found["tests"] = [t for t in found["tests"] if t["visibility"] == "visible"]
        for secret in ("SECRET", "hidden rows", "trained on test rows"):
            assert secret not in json.dumps(found)


def test_a_students_report_has_visible_tests_only(samples):
    found = results(for_student(samples.report()))
    assert {t["visibility"] for t in found["tests"]} == {"visible"}
    assert "1 further check" in found["output"]


def test_when_hidden_tests_are_shown_is_the_courses_choice(samples):
    found = results(samples.report(), hidden="after_published")
    assert [t["visibility"] for t in found["tests"]].count("after_published") == 1


def test_without_a_mark_there_is_no_score_at_all(samples):
    found = results(samples.bare("ada", samples.Status.MACHINE_ERROR, "the slot died"))
    assert "score" not in found
    assert found["tests"] == []
    assert "the slot died" in found["output"]
    assert "score" not in json.loads(gradescope.unfinished("not yet"))


def test_an_unreadable_file_is_a_zero(samples):
    assert results(samples.bare("ada", samples.Status.UNREADABLE, "cut off"))["score"] == 0
