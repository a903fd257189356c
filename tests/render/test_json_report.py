"""The JSON reports against their schema file, with a validator that is not ours."""

import json
from pathlib import Path

import jsonschema
import pytest

from grader.records import decode
from grader.render import Work, json_report, report_schema
from grader.report import Report

FILE = Path(__file__).parents[2] / "docs" / "report.schema.json"


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_file_is_up_to_date():
    assert FILE.read_text() == report_schema.text(), (
        "write it again: python -m grader.render.report_schema > docs/report.schema.json"
    )


def test_every_report_is_valid(samples, validator):
    hostile = [samples.hostile(text) for text in samples.HOSTILE]
    for report in [*samples.a_class(), *hostile, samples.for_student(samples.report())]:
        validator.validate(json.loads(json_report.one(report, Work())))


def test_a_class_is_valid(samples, validator):
    found = json.loads(json_report.many(samples.a_class()))
    validator.validate(found)
    assert found["schema"] == "grader/class/v1"
    assert found["summary"]["submissions"] == len(found["reports"]) == 11
    assert found["summary"]["statuses"]["machine_error"] == 1
    validator.validate(json.loads(json_report.many([])))


@pytest.mark.parametrize("field", ["schema", "status", "score", "findings", "sandbox"])
def test_a_report_without_a_field_is_not_valid(samples, validator, field):
    found = json.loads(json_report.one(samples.report(), Work()))
    del found[field]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(found)


def test_a_made_up_verdict_is_not_valid(samples, validator):
    found = json.loads(json_report.one(samples.report(), Work()))
    found["findings"][0]["verdict"] = "excellent"
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(found)


def test_the_promised_fields_are_there(samples):
    found = json.loads(json_report.one(samples.report(), Work()))
    assert set(found) >= {
        "schema", "assignment", "submission", "status", "score", "max_score", "findings", "models", "cells", "seeds",
        "data_source", "sandbox", "environment",
    }  # fmt: skip
    assert set(found["submission"]) >= {"student", "file", "sha256"}
    assert set(found["findings"][0]) >= {
        "exercise", "check", "verdict", "points", "max_points", "message", "expected", "received", "hint", "hidden",
        "provenance",
    }  # fmt: skip
    assert set(found["cells"][0]) >= {"seconds", "error"}


def test_every_field_of_a_report_that_has_a_text_says_it_in_the_schema():
    schema = report_schema.schema()
    assert schema["$defs"]["Finding"]["properties"]["hidden"]["description"].startswith("Never shown to the student")
    assert schema["$defs"]["CellRun"]["properties"]["seconds"]["description"] == "Wall time, in seconds."
    assert "broken: The instructor's" in schema["$defs"]["Verdict"]["description"]
    assert schema["$defs"]["Report"]["properties"]["schema"]["const"] == "grader/report/v1"


def test_a_report_comes_back(samples):
    assert decode(json_report.one(samples.report(), Work()).encode(), Report) == samples.report()


def test_a_file_name_that_is_not_utf8_is_written_readably(samples):
    written = json_report.one(samples.report("bad\udcff"), Work())
    assert json.loads(written)["submission"]["student"] == "bad\\udcff"
