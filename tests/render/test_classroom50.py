"""Classroom 50's result: against the project's own schema where GRADER_TEST_CLASSROOM50 names it, and its rules."""

import json
import os
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from grader.judge import as_second_attempt, for_student
from grader.render import Work, classroom50

PLATFORM = {
    "CLASSROOM": "dl", "ASSIGNMENT": "mnist-dense", "ASSIGNMENT_TYPE": "individual", "OWNER": "ada",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d", "COMMIT_URL": "https://example.org/commit/1",
    "RELEASE_URL": "https://example.org/releases/1", "REVIEW_URL": "https://example.org/compare/0...1",
    "GITHUB_ACTOR": "ada", "GITHUB_ACTOR_ID": "17", "GRADER_NOW": "2026-06-01T14:33:11Z",
}  # fmt: skip


def result(report, platform=None):
    return json.loads(classroom50.one(report, Work(platform=PLATFORM if platform is None else platform)))


def reports(samples):
    yield samples.report()
    yield for_student(samples.report())
    yield samples.full_marks()
    yield samples.waiting()
    yield samples.marked()
    yield from (samples.bare("x", status, "why") for status in samples.Status)
    yield from (samples.hostile(text) for text in samples.HOSTILE)


@pytest.mark.classroom50
def test_the_projects_own_schema_takes_it(samples):
    path = os.environ.get("GRADER_TEST_CLASSROOM50")
    if not path:
        pytest.skip("GRADER_TEST_CLASSROOM50 names no copy of that project's schemas/result-v1.schema.json")
    schema = jsonschema.Draft202012Validator(json.loads(Path(path).read_text()))
    for report in reports(samples):
        for platform in (PLATFORM, {}):
            schema.validate(result(report, platform))
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(result(samples.report()) | {"score": 4.5})


def test_scores_add_up_and_stay_below_their_maximum(samples):
    for report in reports(samples):
        found = result(report)
        assert found["score"] == sum(t["score"] for t in found["tests"])
        assert found["max-score"] == sum(t["max-score"] for t in found["tests"])
        for test in found["tests"]:
            assert 0 <= test["score"] <= test["max-score"]
            assert {type(test["score"]), type(test["max-score"])} == {int}


def test_points_are_hundredths(samples):
    found = result(samples.report())
    assert [(t["score"], t["max-score"]) for t in found["tests"] if "scaled to 0–1" in t["test-name"]] == [(50, 100)]


def test_thirds_of_an_exercise_are_whole_in_all(samples):
    thirds = tuple(samples.finding("a", f"c{i}", points=2 / 3, max_points=2 / 3) for i in range(3))
    found = result(replace(samples.report(), findings=thirds))
    assert (found["score"], found["max-score"]) == (200, 200)
    assert all(t["score"] == t["max-score"] for t in found["tests"])


def test_the_maximum_does_not_depend_on_the_submission(samples):
    assert result(samples.report())["max-score"] == result(samples.full_marks())["max-score"]


def test_a_second_attempts_deduction_counts(samples):
    found = result(as_second_attempt(samples.full_marks(), 0.1, 0.0))
    assert found["score"] < sum(t["score"] for t in found["tests"])


def test_who_it_is_comes_from_the_platform(samples):
    found = result(samples.report())
    assert (found["owner"], found["classroom"], found["submitted_by"]) == ("ada", "dl", {"username": "ada", "id": 17})
    assert found["submission"] == PLATFORM["SUBMISSION_TAG"]
