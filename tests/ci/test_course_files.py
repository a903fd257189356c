"""The CI files of a new course: as the platforms' schemas have them, and carried out as they are."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ci_steps import gitlab, workflow

from grader.cli import run

BIN = str(Path(sys.executable).parent)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("new") / "course"
    assert run(["init", str(root)]) == 0
    return root


@pytest.mark.parametrize(
    ("schema", "name"),
    [("vendor.github-workflows", ".github/workflows/assignments.yml"), ("vendor.gitlab-ci", ".gitlab-ci.yml")],
)
def test_the_platforms_schema_takes_it(course, schema, name):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(course / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "grader==" in (course / name).read_text()


def test_expressions_are_not_taken_for_the_templates(course):
    text = (course / ".github/workflows/assignments.yml").read_text()
    assert "grader-${{ runner.os }}-${{ github.run_id }}" in text
    scripts = [step["run"] for step in yaml.safe_load(text)["jobs"]["assignments"]["steps"] if "run" in step]
    assert not [script for script in scripts if "${{" in script]


@pytest.mark.slow
def test_a_push_is_checked(course, tmp_path, monkeypatch):
    monkeypatch.chdir(course)
    file = course / ".github/workflows/assignments.yml"
    assert run(["calibrate", "points", "--runs", "4", "--sandbox", "any", "--jobs", "1"]) == 0
    environment = {"PATH": f"{BIN}:/usr/bin:/bin"}
    ran = workflow(file, "assignments", course, tmp_path / "runner", **environment)
    assert ran.code == 0, ran.log
    assert ran.steps == ["Install Grader", "Starters are as released", "Right and wrong answers"]
    ran = gitlab({}, course, course / ".gitlab-ci.yml", "assignments", **environment)
    assert ran.code == 0, ran.log

    starter = course / "assignments/points/points.ipynb"
    starter.write_text(starter.read_text().replace("corners", "edges"))
    ran = workflow(file, "assignments", course, tmp_path / "again", **environment)
    assert ran.code == 1
    assert ran.steps[-1] == "Starters are as released"
    assert "points.ipynb is not as" in ran.log
