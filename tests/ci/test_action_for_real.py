"""The action's and the template's scripts grade a class of three: what GitHub and GitLab are told, and what nobody is."""

import ast
import json
import re
import sys
from pathlib import Path

import nbformat
import pytest
from ci_steps import ROOT, action, gitlab
from junitparser import Failure, JUnitXml
from patient_course import patient_course

BIN = str(Path(sys.executable).parent)
ENVIRONMENT = {"PATH": f"{BIN}:/usr/bin:/bin"}


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    patient_course(root / "course")
    solution = nbformat.read(ROOT / "reference/tiny_mlp/solution.ipynb", as_version=4)
    nbformat.write(solution, root / "right.ipynb")
    for cell in solution.cells:
        cell.source = cell.source.replace("np.exp(", "np.exp2(")
    (root / "class").mkdir()
    nbformat.write(solution, root / "class/wrong.ipynb")
    nbformat.write(nbformat.read(ROOT / "assignments/tiny_mlp/tiny_mlp.ipynb", 4), root / "class/untouched.ipynb")
    return root


def secrets() -> list[str]:
    """Texts of hidden.py that are nowhere in the public part."""
    public = (ROOT / "assignments/tiny_mlp/assignment.py").read_text()
    tree = ast.parse((ROOT / "reference/tiny_mlp/hidden.py").read_text())
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if len(text) > 10 and text not in public]


def test_there_are_secrets():
    assert len(secrets()) >= 4


@pytest.mark.slow
def test_the_action_grades_a_class(repository, tmp_path):
    inputs = {"assignment": "tiny_mlp", "course": "course", "install": "false", "sandbox": "any", "jobs": "1"}
    ran = action(inputs | {"submissions": "right.ipynb\nclass\n\n"}, repository, tmp_path / "runner", **ENVIRONMENT)
    assert ran.code == 1, ran.log
    assert ran.outputs == {
        "submissions": "3", "exit-code": "1", "report": "grader-report", "score": "", "max-score": ""
    }  # fmt: skip
    assert "| right | graded |" in ran.summary
    assert "untouched" in ran.summary

    begin = re.search(r"^::stop-commands::(\w+)$", ran.log, re.MULTILINE)
    after = ran.log.split(f"::{begin[1]}::\n", 1)[1].splitlines()
    shown = [line for line in after if "file=class/wrong.ipynb" in line and "line=" in line]
    lines = (repository / "class/wrong.ipynb").read_text().splitlines()
    at = {int(re.search(r"line=(\d+)", line)[1]) for line in shown if "softmax" in line}
    assert any("def softmax" in lines[n - 1] for n in at)

    suites = {suite.name: suite for suite in JUnitXml.fromfile(str(repository / "grader-report/class.xml"))}
    assert set(suites) == {"right", "wrong", "untouched"}
    assert suites["right"].failures == 0
    assert [c for c in suites["wrong"] if "softmax" in c.name and [type(r) for r in c.result] == [Failure]]

    written = ran.log + ran.summary
    written += "".join(p.read_text() for p in sorted((repository / "grader-report").iterdir()))
    assert not [word for word in secrets() if word in written]
    reports = json.loads((repository / "grader-report/class.json").read_text())["reports"]
    assert {r["audience"] for r in reports} == {"student"}
    assert [r["score"] for r in reports if r["submission"]["student"] == "right"] == [19]

    # The store that the cache keeps is where the cache looks.
    kept = Path(ran.used["actions/cache"]["path"].splitlines()[0])
    assert list(kept.rglob("*.safetensors"))


@pytest.mark.slow
def test_the_gitlab_job_grades_one(repository):
    variables = {
        "GRADER_ASSIGNMENT": "tiny_mlp", "GRADER_COURSE": "course", "GRADER_SUBMISSIONS": "right.ipynb",
        "GRADER_OPTIONS": "--sandbox any --jobs 1 --audience instructor",
    }  # fmt: skip
    ran = gitlab(variables, repository, **ENVIRONMENT)
    assert ran.code == 0, ran.log
    (suite,) = JUnitXml.fromfile(str(repository / "grader-report/class.xml"))
    assert suite.failures == suite.errors == 0
    assert (repository / ".grader/trainings").is_dir()
    assert "::" not in ran.log
