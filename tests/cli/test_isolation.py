"""What is said of isolation, where it lacks and where it is insisted on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.cli import run
from grader.evidence import CellError, CellRun, CellStatus, Evidence
from grader.execute import sandbox
from grader.pipeline.notes import run_notes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def anew():
    """Probes are kept for the process."""
    sandbox._found.cache_clear()
    yield
    sandbox._found.cache_clear()


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch, anew: None, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("grader.execute.seccomp.for_landlock", lambda: b"")


def grade(*more: str) -> int:
    return run(["grade", "tiny_mlp", str(ROOT / "reference/tiny_mlp/solution.ipynb"), "--course", str(ROOT), *more])


def test_each_absent_layer_is_named_once_with_what_to_install(lacking, capsys) -> None:
    assert run(["doctor", "--system"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("bubblewrap is not installed") == 1
    assert said.count("Landlock does not work") == 1
    assert said.count("apt install bubblewrap") == 1
    assert said.count("kernel of 6.12") == 1
    assert "not graded here" in said


def test_reduced_isolation_is_said(monkeypatch, anew, tmp_path, capsys) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("grader.execute.landlock.probe", sandbox.Unconfined)
    assert run(["doctor", "--system"]) == 0
    assert "reduced isolation" in capsys.readouterr().out


@pytest.mark.parametrize("asked", [(), ("--sandbox", "any", "--require-sandbox")])
def test_without_isolation_nothing_is_run(lacking, capsys, asked) -> None:
    assert grade(*asked) == 3
    assert "bubblewrap is not installed" in capsys.readouterr().err


@pytest.mark.parametrize("asked", ["--no-sandbox", "--sandbox=none"])
def test_a_required_sandbox_cannot_be_left_out(monkeypatch, capsys, asked) -> None:
    assert grade(asked, "--require-sandbox") == 2
    monkeypatch.setenv("GRADER_REQUIRE_SANDBOX", "1")
    assert grade(asked) == 2
    assert "exclude each other" in capsys.readouterr().err


@pytest.mark.parametrize(("system", "name"), [("Darwin", "macOS"), ("Windows", "Windows")])
def test_other_systems_say_so(monkeypatch, anew, capsys, system, name) -> None:
    monkeypatch.setattr(sandbox, "system", lambda: system)
    assert run(["doctor", "--system"]) == 1
    assert f"Warning: {name} has none of the isolation" in " ".join(capsys.readouterr().out.split())
    assert grade("--no-sandbox") == 3
    said = capsys.readouterr().err
    assert name in said
    assert "Linux container" in said


def test_what_runs_no_notebook_asks_for_nothing_of_linux() -> None:
    import subprocess
    import sys

    program = (
        "import sys; sys.modules['fcntl'] = None\n"
        "from grader.cli import run\n"
        "import grader.execute.sandbox as s; s.system = lambda: 'Windows'\n"
        "sys.exit(run(['doctor', '--system']) * 10 + run(['doctor', sys.argv[1]]))"
    )
    notebook = str(ROOT / "reference/tiny_mlp/solution.ipynb")
    done = subprocess.run(
        [sys.executable, "-c", program, notebook], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert done.returncode == 10, done.stderr


@pytest.mark.parametrize(
    ("level", "name", "path", "said"),
    [
        ("landlock", "PermissionError", "/tmp/big.npy", True),
        ("landlock", "PermissionError", "/dev/shm/x", True),
        ("landlock", "PermissionError", "/etc/shadow", False),
        ("landlock", "FileNotFoundError", "/tmp/big.npy", False),
        ("bubblewrap", "PermissionError", "/tmp/big.npy", False),
    ],
)
def test_what_landlock_alone_refuses_is_said_beside_the_cell(level, name, path, said) -> None:
    error = CellError(name=name, message=f"[Errno 13] Permission denied: '{path}'")
    cell = CellRun(index=7, status=CellStatus.ERROR, error=error)
    notes = run_notes(Evidence(cells=(cell,), sandbox=level))
    assert any(f"Cell 7 was refused {path}" in note for note in notes) is said
