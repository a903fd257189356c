"""Runs the run-steps of a composite action and the scripts of a GitLab job, as their runners do; steps that use an action are noted."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action.yml"
GITLAB = ROOT / "templates/grader.gitlab-ci.yml"


@dataclass
class Ran:
    """What came of a job."""

    code: int = 0
    log: str = ""
    """Standard output and standard error as they came."""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    """Names of the steps that ran."""
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    """By action: what it would have been given."""


def action(inputs: dict[str, str], repository: Path, runner: Path, path: Path = ACTION, **environment: str) -> Ran:
    """Runs the action's own steps.

    Args:
        inputs: As a workflow gives them.
        repository: The checked-out repository, where steps run.
        runner: The runner's folder for temporary files.
        path: The action.
        environment: More variables, e.g. `PATH`.
    """
    content = yaml.safe_load(path.read_text())
    missing = {n for n, i in content["inputs"].items() if i.get("required")} - set(inputs)
    assert not missing, missing
    assert set(inputs) <= set(content["inputs"])
    known = {f"inputs.{n}": inputs.get(n, i.get("default", "")) for n, i in content["inputs"].items()}
    ran = Ran()
    known |= {"github.action_path": str(path.parent)}
    _steps(ran, content["runs"]["steps"], known, repository, runner, environment)
    ran.outputs = {n: _filled(o["value"], known, strict=False) for n, o in content["outputs"].items()}
    return ran


def workflow(path: Path, job: str, repository: Path, runner: Path, **environment: str) -> Ran:
    """Runs the steps of a workflow's job, but for those that use an action."""
    content = yaml.safe_load(path.read_text())["jobs"][job]
    ran = Ran()
    _steps(ran, content["steps"], {}, repository, runner, content.get("env", {}) | environment)
    return ran


def _steps(
    ran: Ran,
    steps: list[dict[str, Any]],
    known: dict[str, str],
    repository: Path,
    runner: Path,
    environment: dict[str, str],
) -> None:
    runner.mkdir(parents=True, exist_ok=True)
    known |= {"github.run_id": "17", "github.run_attempt": "1", "runner.os": "Linux"}
    env = {
        "PATH": os.environ["PATH"], "HOME": str(runner), "LANG": "C.UTF-8", "CI": "true", "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(repository), "RUNNER_TEMP": str(runner), "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64",
    } | environment  # fmt: skip
    for number, step in enumerate(steps):
        wanted = _condition(step.get("if", ""), known)
        if not wanted or (ran.code and "always()" not in step.get("if", "")):
            continue
        if "uses" in step:
            ran.used[step["uses"].split("@")[0]] = {k: _filled(v, known) for k, v in step.get("with", {}).items()}
            continue
        files = {name: runner / f"{number}-{name}" for name in ("OUTPUT", "STEP_SUMMARY", "PATH", "ENV")}
        for file in files.values():
            file.write_text("")
        mine = env | {k: _filled(v, known) for k, v in step.get("env", {}).items()}
        mine |= {f"GITHUB_{name}": str(file) for name, file in files.items()}
        _run(ran, step["run"], repository, mine)
        ran.steps.append(step["name"])
        ran.summary += files["STEP_SUMMARY"].read_text()
        for line in files["OUTPUT"].read_text().splitlines():
            name, value = line.split("=", 1)
            known[f"steps.{step['id']}.outputs.{name}"] = value
        env["PATH"] = ":".join([*reversed(files["PATH"].read_text().splitlines()), env["PATH"]])


def gitlab(
    variables: dict[str, str], project: Path, path: Path = GITLAB, name: str = ".grader", **environment: str
) -> Ran:
    """Runs a job's `before_script` and `script` in one shell, as GitLab's runner does."""
    job: dict[str, Any] = yaml.safe_load(path.read_text())[name]
    env = {"PATH": os.environ["PATH"], "HOME": str(project), "LANG": "C.UTF-8", "CI": "true", "GITLAB_CI": "true"}
    env |= {"CI_PROJECT_DIR": str(project)} | environment
    given = {k: re.sub(r"\$(\w+)", lambda m: env[m[1]], v) for k, v in (job["variables"] | variables).items()}
    ran = Ran()
    _run(ran, "\n".join([*job.get("before_script", []), *job["script"]]), project, env | given)
    return ran


def _run(ran: Ran, script: str, folder: Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    ran.log += done.stdout
    ran.code = ran.code or done.returncode


def _filled(value: Any, known: dict[str, str], *, strict: bool = True) -> str:
    def found(match: re.Match[str]) -> str:
        return known[match[1]] if strict else known.get(match[1], "")

    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", found, str(value))


def _condition(text: str, known: dict[str, str]) -> bool:
    for term in filter(None, text.split(" && ")):
        compared = re.fullmatch(r"([\w.-]+) (==|!=) '(.*)'", term)
        if compared:
            if (known[compared[1]] == compared[3]) != (compared[2] == "=="):
                return False
        elif term != "always()":
            raise ValueError(f"a condition that is not understood here: {term}")
    return True
