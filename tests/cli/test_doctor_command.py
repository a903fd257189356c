"""`grader doctor` prints what to change by cell; exit code 1 when something stops a cell."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from grader.cli import run


@pytest.fixture
def write(tmp_path: Path):
    def go(*sources: str) -> str:
        path = tmp_path / "mine.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources]), path)
        return str(path)

    return go


def test_what_to_change_is_printed_by_cell(write, capsys) -> None:
    assert run(["doctor", write("import keras", "keras.optimizers.SGD(lr=0.1)")]) == 1
    out = capsys.readouterr().out
    assert "Cell 1" in out
    assert "lr=0.1" in out
    assert "learning_rate=0.1" in out


def test_nothing_to_change(write, capsys) -> None:
    assert run(["doctor", write("import keras")]) == 0
    assert "Nothing to change" in capsys.readouterr().out


def test_what_only_surprises_is_no_failure(write) -> None:
    assert run(["doctor", write("!pip install keras")]) == 0


def test_json(write, capsys) -> None:
    assert run(["doctor", write("print 'x'"), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found[0]["kind"], found[0]["severity"], found[0]["cell"]) == ("syntax", "breaks", 0)


def test_missing_exercises(write, capsys, monkeypatch) -> None:
    root = Path(__file__).parents[2]
    assert run(["doctor", write("x = 1"), "--assignment", "tiny_mlp", "--course", str(root)]) == 0
    assert "is not in the notebook" in capsys.readouterr().out


def test_markup_in_a_notebook_stays_text(write, capsys) -> None:
    run(["doctor", write("[/red] \x1b[31m print 'x'")])
    out = capsys.readouterr().out
    assert "[/red]" in out
    assert "\x1b[31m" not in out


def test_a_file_that_cannot_be_read_says_where(tmp_path, capsys) -> None:
    broken = tmp_path / "broken.ipynb"
    broken.write_text('{"cells": [')
    assert run(["doctor", str(broken)]) == 1
    assert "broken.ipynb" in capsys.readouterr().err


def test_a_notebook_or_a_system_is_needed(capsys) -> None:
    assert run(["doctor"]) == 2
    assert "--system" in capsys.readouterr().err


def test_system(capsys) -> None:
    assert run(["doctor", "--system"]) in {0, 1}
    out = capsys.readouterr().out
    assert "bubblewrap" in out
    assert "mnist" in out
