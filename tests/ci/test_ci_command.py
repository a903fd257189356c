"""`grader ci` where nothing has to be run: an untouched starter and a broken file, on each platform."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import JUnitXml

from grader.cli import run
from grader.course import Course
from grader.kit import kit_of, written

ROOT = Path(__file__).parents[2]


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "GITHUB_ACTIONS",
        "GITLAB_CI",
        "CLASSROOM",
        "GITHUB_WORKSPACE",
        "GITHUB_STEP_SUMMARY",
        "GITHUB_OUTPUT",
    ):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(ROOT / "assignments/tiny_mlp/tiny_mlp.ipynb", tmp_path)
    return tmp_path


def ci(*more: str) -> int:
    return run(
        ["ci", "tiny_mlp", "--course", str(ROOT), "--workspace", "store", "--sandbox", "any", "--jobs", "1", *more]
    )


def on_github(monkeypatch, repository, **more: str) -> None:
    environment = {
        "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(repository),
        "GITHUB_STEP_SUMMARY": str(repository / "summary"), "GITHUB_OUTPUT": str(repository / "outputs"),
    }  # fmt: skip
    for name, value in (environment | more).items():
        monkeypatch.setenv(name, value)


def outputs(repository: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (repository / "outputs").read_text().splitlines())


def test_the_notebook_of_the_assignments_name_is_taken(repository, capsys) -> None:
    assert ci() == 1
    assert "not attempted" in capsys.readouterr().out
    written = {path.name for path in Path("grader-report").iterdir()}
    assert {"class.xml", "class.json", "index.html", "summary.md", "tiny_mlp.html"} <= written
    assert JUnitXml.fromfile("grader-report/class.xml").tests > 5


def test_without_a_notebook_it_says_what_to_do(repository, capsys) -> None:
    Path("tiny_mlp.ipynb").unlink()
    assert ci() == 2
    assert "name the notebooks" in capsys.readouterr().err


def test_the_starter_itself_is_no_submission(repository, capsys) -> None:
    assert ci(str(ROOT / "assignments/tiny_mlp/tiny_mlp.ipynb")) == 2
    assert "name the notebooks that were handed in" in capsys.readouterr().err


def test_what_students_got_is_enough(repository, monkeypatch, capfd) -> None:
    on_github(monkeypatch, repository)
    assert run(["hand-out", "tiny_mlp", "handed", "--course", str(ROOT)]) == 0
    monkeypatch.chdir("handed/tiny_mlp")
    capfd.readouterr()
    assert run(["ci", "tiny_mlp", "--sandbox", "any", "--jobs", "1", "--workspace", "../store"]) == 1
    out, _ = capfd.readouterr()
    assert "file=handed/tiny_mlp/tiny_mlp.ipynb::The notebook is the untouched starter." in out
    assert JUnitXml.fromfile("grader-report/class.xml").failures > 5


def test_failed_checks_can_be_no_failure(repository) -> None:
    assert ci("--exit-zero") == 0


def test_github_gets_summary_outputs_and_annotations(repository, monkeypatch, capfd) -> None:
    on_github(monkeypatch, repository)
    assert ci() == 1
    out, _ = capfd.readouterr()
    first, *_ = lines = out.splitlines()
    assert first.startswith("::stop-commands::")
    end = lines.index(f"::{first.removeprefix('::stop-commands::')}::")
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines[end + 1 :])
    mark = "::warning title=tiny_mlp%3A 0/21,file=tiny_mlp.ipynb::"
    assert [line for line in lines[end + 1 :] if line.startswith(mark)]
    assert outputs(repository) == {
        "submissions": "1", "exit-code": "1", "report": "grader-report", "score": "0", "max-score": "21"
    }  # fmt: skip
    assert (repository / "summary").read_text().startswith("# tiny\\_mlp: 0/21")


def test_what_a_student_wrote_stands_between_the_fences(repository, monkeypatch, capfd) -> None:
    on_github(monkeypatch, repository)
    hostile = "::error::x\n::add-mask::e\n##[error]y"
    Path("class").mkdir()
    shutil.copy("tiny_mlp.ipynb", f"class/{hostile}.ipynb")
    assert ci("class") == 1
    out, err = capfd.readouterr()
    lines = out.splitlines()
    end = lines.index(f"::{lines[0].removeprefix('::stop-commands::')}::")
    inside, after = lines[1:end], lines[end + 1 :]
    assert [line for line in inside if line.startswith("::error::x")]
    assert all(line.startswith(("::error title=", "::warning title=", "::notice title=")) for line in after)
    # The runner reads standard error apart, so it could come to it after the fence.
    assert not [line for line in err.splitlines() if line.lstrip().startswith("::")]


def test_a_call_that_fails_is_said_outside_the_fence(repository, monkeypatch, capfd) -> None:
    on_github(monkeypatch, repository)
    assert ci("nothing.ipynb") == 2
    out, _ = capfd.readouterr()
    assert out.splitlines()[-1].startswith("::error title=Nothing was graded::nothing.ipynb")


def test_a_full_summary_is_left_as_it_is(repository, monkeypatch) -> None:
    on_github(monkeypatch, repository)
    (repository / "summary").write_text("x" * (1024 * 1024 - 10))
    assert ci() == 1
    assert (repository / "summary").stat().st_size == 1024 * 1024 - 10


def test_classroom_50_gets_its_result(repository, monkeypatch) -> None:
    on_github(monkeypatch, repository, CLASSROOM="dl", ASSIGNMENT="tiny", SUBMISSION_TAG="submit/1", OWNER="ada")
    shutil.copy("tiny_mlp.ipynb", "scratch.ipynb")
    assert ci(".", "--exit-zero") == 0
    found = json.loads(Path("result.json").read_text())
    assert (found["owner"], found["assignment"], found["score"], found["max-score"]) == ("ada", "tiny", 0, 2100)
    assert outputs(repository)["status"] == "failure"
    assert outputs(repository)["summary"] == "0/21"
    assert Path("release-body.md").read_text() == (repository / "summary").read_text()


def test_gradescope_gets_its_results_and_a_first_one_at_once(repository, monkeypatch, capsys) -> None:
    monkeypatch.setenv("GRADER_RESULTS", str(repository / "results/results.json"))
    assert ci("nothing.ipynb", "--platform", "gradescope") == 2
    assert "score" not in json.loads(Path("results/results.json").read_text())
    assert ci("--platform", "gradescope") == 1
    found = json.loads(Path("results/results.json").read_text())
    assert found["score"] == 0
    assert found["stdout_visibility"] == "hidden"
    assert [t["visibility"] for t in found["tests"]].count("hidden") == 1


def test_two_notebooks_of_one_submission_are_not_guessed(repository, monkeypatch, capsys) -> None:
    monkeypatch.setenv("GRADER_RESULTS", "results.json")
    Path("work").mkdir()
    for name in ("a", "b"):
        shutil.copy("tiny_mlp.ipynb", f"work/{name}.ipynb")
    assert ci("work", "--platform", "gradescope") == 2
    assert "call it tiny_mlp.ipynb" in capsys.readouterr().err
    shutil.copy("tiny_mlp.ipynb", "work/Tiny_MLP.ipynb")
    assert ci("work", "--platform", "gradescope") == 1


@pytest.mark.parametrize("command", [["ci", "tiny_mlp"], ["check"]])
def test_a_kit_that_was_handed_in_is_not_what_is_asked(repository, command) -> None:
    """A kit holds Python: in a course, what stands beside a submission must not be run outside a sandbox."""
    for kind in ("assignments", "reference"):
        shutil.copytree(ROOT / kind / "tiny_mlp", repository / kind / "tiny_mlp")
    handed_in = repository / "submissions/mallory"
    handed_in.mkdir(parents=True)
    notebook = shutil.move(repository / "tiny_mlp.ipynb", handed_in)
    own = kit_of(Course(root=repository).folder("tiny_mlp"))
    forged = replace(own, definition=f"open({str(repository / 'canary')!r}, 'w')\n{own.definition}")
    (handed_in / "tiny_mlp.grader.json").write_bytes(written(forged))
    assert run([*command, str(notebook), "--workspace", "store", "--sandbox", "any", "--jobs", "1"]) == 1
    assert not (repository / "canary").exists()
