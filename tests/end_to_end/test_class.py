"""A class graded end to end: right answers in any form, wrong ones, accidents and forgeries."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest

from grader.cli import run

pytestmark = pytest.mark.xdist_group("course")
RIGHT = ["sequential", "functional", "subclassed", "in_a_function"]
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/report.schema.json").read_text())


@pytest.mark.parametrize("student", RIGHT)
def test_right_answers_get_full_marks_however_they_are_written(course: Any, student: str) -> None:
    report = course.reports[student]
    wrong = [f for f in report["findings"] if f["verdict"] != "passed"]
    assert not wrong
    assert (report["status"], report["score"]) == ("graded", 10)


def test_a_wrong_layer_is_named_and_shown(course: Any) -> None:
    finding = next(f for f in course.reports["small"]["findings"] if f["check"] == "architecture")
    assert finding["verdict"] == "partial"
    assert "8 units, expected 16" in finding["message"]
    assert [row["first_difference"] for row in finding["layers"]].count(True) == 1
    assert finding["provenance"] == "verified"


def test_patched_keras_earns_nothing(course: Any) -> None:
    verdicts = course.findings("forged")
    assert {name for name, verdict in verdicts.items() if verdict == "passed"} <= {"scale.scale", "answer.weights"}
    assert verdicts["network.parameters"] in {"failed", "skipped"}
    assert verdicts["network.secret_accuracy"] in {"failed", "skipped"}


def test_an_invented_history_is_no_training(course: Any) -> None:
    verdicts = course.findings("invented")
    assert verdicts["network.architecture"] == "passed"
    assert verdicts["network.trained"] == verdicts["network.secret_accuracy"] == "failed"


def test_bad_luck_with_one_seed_is_trained_again_and_loses_nothing(course: Any) -> None:
    report = course.reports["unlucky"]
    finding = next(f for f in report["findings"] if f["check"] == "secret_accuracy")
    assert report["score"] == 10
    assert [r["passed"] for r in finding["runs"]] == [False, True, True, True]
    assert report["seeds"] == [r["seed"] for r in finding["runs"]]
    assert finding["runs"][0]["value"] < 0.7 < finding["runs"][1]["value"]
    assert "3 of 4 runs reach the bound" in finding["message"]
    runs = list((course.root / ".grader/jobs/corners").glob("*/further.json"))
    assert len([name for p in runs for name in json.loads(p.read_text())]) >= 3


def suspicions(course: Any, student: str) -> dict[str, str]:
    return {flag["kind"]: flag["text"] for flag in course.reports[student]["honesty"]}


def test_held_out_rows_and_mended_weights_are_flagged_for_the_instructor_only(course: Any) -> None:
    found = suspicions(course, "peeked")
    assert set(found) == {
        "test_rows_in_training",
        "test_rows_in_validation",
        "validation_in_training",
        "unexplained_weights",
    }
    assert "held-out rows of corners-test" in found["test_rows_in_training"]
    assert "test_rows" not in (course.root / "out/peeked.html").read_text()
    assert "held-out rows of corners-test" not in (course.root / "out/peeked.html").read_text()


def test_a_history_that_its_own_weights_deny_is_flagged(course: Any) -> None:
    assert set(suspicions(course, "boasted")) == {"history_mismatch"}


def test_nobody_else_is_suspected(course: Any) -> None:
    others = set(course.reports) - {"peeked", "boasted"}
    assert {student: suspicions(course, student) for student in others if suspicions(course, student)} == {}


def test_work_whose_miss_another_check_explains_is_not_trained_again_for_nothing(course: Any) -> None:
    assert len(course.reports["forged"]["seeds"]) == 1
    assert len(course.reports["small"]["seeds"]) <= 3


def test_a_crash_keeps_what_was_done_and_is_one_root_cause(course: Any) -> None:
    report = course.reports["crash"]
    assert report["status"] == "student_error", report["reason"]
    assert course.findings("crash")["scale.scale"] == "passed"
    errors = [c for c in report["cells"] if c["status"] == "error"]
    assert [c["follows_from"] for c in errors] == [None] + [errors[0]["index"]] * (len(errors) - 1)
    assert len(errors) == 4


def test_an_endless_loop_costs_only_its_own_exercise(course: Any) -> None:
    report = course.reports["endless"]
    assert report["status"] == "timeout"
    assert any("Cell 5" in note and "10 s" in note for note in report["notes"])
    verdicts = course.findings("endless")
    assert verdicts.pop("answer.weights") in {"failed", "passed"}
    assert set(verdicts.values()) == {"passed"}


@pytest.mark.parametrize(("student", "status"), [("killed", "kernel_died"), ("memory", "out_of_memory")])
def test_a_lost_kernel_keeps_what_came_before(course: Any, student: str, status: str) -> None:
    report = course.reports[student]
    assert report["status"] in {status, "student_error"}
    verdicts = course.findings(student)
    assert verdicts["network.secret_accuracy"] == verdicts["network.trained"] == "passed"
    assert "ell 5" in report["reason"]


def test_unreadable_and_untouched_are_told_apart(course: Any) -> None:
    assert course.reports["broken"]["status"] == "unreadable"
    assert "line" in course.reports["broken"]["reason"]
    assert course.reports["untouched"]["status"] == "not_attempted"
    assert course.reports["untouched"]["score"] == 0


def test_exit_code_says_that_some_failed_but_no_human_is_needed(course: Any) -> None:
    assert course.exit_code == 1


def test_reports_fit_the_schema(course: Any) -> None:
    jsonschema.validate(json.loads((course.root / "out/class.json").read_text()), SCHEMA)


def test_students_never_see_hidden_checks(course: Any) -> None:
    public = (course.root / "assignments/corners/expectations/none.json").read_text()
    assert "secret" not in public
    for page in (course.root / "out").glob("*.html"):
        if page.name != "index.html":
            assert "secret_accuracy" not in page.read_text()


def test_grading_again_runs_nothing(course: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(["grade", "corners", "class", "--sandbox", "any", "--format", "json", "-o", "again.json"])
    again = {r["submission"]["student"]: r["score"] for r in json.loads(Path("again.json").read_text())["reports"]}
    assert again == {name: r["score"] for name, r in course.reports.items()}
    ran = {path.stat().st_mtime_ns for path in (course.root / ".grader/jobs").rglob("evidence.json")}
    assert max(ran) < (course.root / "out/class.json").stat().st_mtime_ns


def test_regrade_follows_changed_points_without_a_kernel(course: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a regrade must not start a worker")

    monkeypatch.setattr("grader.execute.worker.Worker.__init__", refuse)
    path = course.root / "assignments/corners/assignment.py"
    text = path.read_text()
    path.write_text(text.replace("points=2", "points=5"))
    try:
        run(["regrade", "corners", "--format", "json", "-o", "re.json"])
    finally:
        path.write_text(text)
    regraded = {r["submission"]["student"]: r for r in json.loads(Path("re.json").read_text())["reports"]}
    assert regraded["crash"]["score"] == pytest.approx(course.reports["crash"]["score"] + 3)
    assert regraded["broken"]["status"] == "unreadable"
    assert regraded["sequential"]["score"] == 13


def test_grader_check_knows_public_checks_only(course: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(course.root / "class/small.ipynb", course.root / "assignments/corners/mine.ipynb")
    code = run(["check", str(course.root / "assignments/corners/mine.ipynb"), "--sandbox", "any"])
    said = capsys.readouterr().out
    assert code == 1
    assert "8 units, expected 16" in " ".join(said.split())
    assert "secret" not in said


def test_one_student_in_full(course: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(["grade", "corners", "class", "--sandbox", "any", "--student", "small"])
    assert "Dense(16" in capsys.readouterr().out
    assert run(["grade", "corners", "class", "--sandbox", "any", "--student", "smal"]) == 2


def test_a_broken_check_costs_nothing_and_calls_a_human(course: Any) -> None:
    path = course.root / "reference/corners/hidden.py"
    text = path.read_text()
    path.write_text(
        text
        + "from grader.checks import custom\n@custom(name='oops')\ndef oops(student):\n    'Divides'\n    return 1 / 0\n"
        + "checks['answer'] = (oops,)\n"
    )
    try:
        code = run(["regrade", "corners", "--format", "json", "-o", "broken.json"])
    finally:
        path.write_text(text)
    reports = {r["submission"]["student"]: r for r in json.loads(Path("broken.json").read_text())["reports"]}
    assert code == 3
    assert reports["sequential"]["score"] == 10
    assert "broken" in {f["verdict"] for f in reports["sequential"]["findings"]}


def test_no_expectations_says_how_to_get_them(course: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = course.root / "reference/corners/expectations/none.json"
    path.rename(path.with_suffix(".away"))
    try:
        assert run(["grade", "corners", "class", "--sandbox", "any"]) == 3
    finally:
        path.with_suffix(".away").rename(path)
    assert "grader calibrate corners" in capsys.readouterr().err


def test_notebooks_of_the_course_are_valid(course: Any) -> None:
    for path in (course.root / "class").glob("*.ipynb"):
        if path.stem != "broken":
            nbformat.validate(nbformat.read(path, as_version=4))
