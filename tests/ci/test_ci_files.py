"""The action and the GitLab template against schemas that are not ours, and what those can't say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ci_steps import ACTION, GITLAB, ROOT, action

FILES = [("vendor.github-actions", ACTION), ("vendor.gitlab-ci", GITLAB)]


def valid(schema, path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("schema", "path"), FILES)
def test_the_platforms_schema_takes_it(schema, path, tmp_path):
    # A job whose name begins with a dot is looked at by nobody, so it gets another.
    text = path.read_text().replace("\n.grader:", "\ngrade:")
    copy, broken = tmp_path / path.name, tmp_path / f"broken-{path.name}"
    copy.write_text(text)
    done = valid(schema, copy)
    assert done.returncode == 0, done.stdout
    broken.write_text(text.replace("using: composite", "using: nothing").replace("when: always", "when: x"))
    assert valid(schema, broken).returncode == 1


def test_no_input_is_pasted_into_a_script():
    for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_actions_are_named_by_commit():
    text = ACTION.read_text()
    uses = re.findall(r"uses: (.+)", text)
    assert len(uses) == 4
    for line in uses:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


def test_caches_are_named_by_lock_python_and_assignment(tmp_path):
    def names(**inputs):
        ran = action({"assignment": "tiny_mlp"} | inputs, tmp_path, tmp_path / "runner", PATH="/usr/bin:/bin")
        return ran.used["actions/cache"]["key"], ran

    first, ran = names(install="false")
    assert ran.code == 127
    assert ran.steps == ["Name the caches", "Grade"]
    assert "actions/upload-artifact" in ran.used
    assert "actions/setup-python" not in ran.used
    assert first.endswith("-17-1")
    assert "tiny_mlp" in first
    assert names(install="false", assignment="../x\ny")[0].count("---x-y") == 1


def test_the_lock_becomes_constraints_that_pip_takes(tmp_path):
    step = next(s for s in yaml.safe_load(ACTION.read_text())["runs"]["steps"] if s.get("name") == "Install Grader")
    made = next(line for line in step["run"].splitlines() if line.startswith("sed "))
    env = {"SOURCE": str(ROOT), "RUNNER_TEMP": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run(["bash", "-ec", made], env=env, check=True)
    lines = [
        line for line in (tmp_path / "grader-constraints.txt").read_text().splitlines() if line[:1] not in {"", " "}
    ]
    assert any(line.startswith("tensorflow==") for line in lines)
    assert all(re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.+!]+( ; .+)?", line) for line in lines if line[0] != "#")


def test_documented_inputs_are_the_actions():
    page = (ROOT / "docs/ci.md").read_text()
    for name in yaml.safe_load(ACTION.read_text())["inputs"]:
        assert f"`{name}`" in page
    for name in re.findall(r"GRADER_[A-Z]+(?=:)", Path(GITLAB).read_text()):
        assert name in page
