"""docs/marking.md says what is so: its code makes an exercise, its commands are understood."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from grader.cli.mark import mark

PAGE = (Path(__file__).parents[1] / "docs/marking.md").read_text()


def test_the_code_makes_a_question_with_its_hidden_part() -> None:
    made: dict[str, object] = {}
    for code in re.findall(r"```python[^\n]*\n(.*?)```", PAGE, re.DOTALL):
        exec(code, made)
    exercise, rubrics = made["explain"], made["rubrics"]
    question = exercise.question.with_hidden(rubrics[exercise.name])
    assert [c.hidden for c in question.rubric] == [False, True]
    assert sum(c.points for c in question.rubric) == question.points == exercise.points


@pytest.mark.parametrize("line", re.findall(r"(?m)^    grader mark (.*?)(?:  .*)?$", PAGE))
def test_the_commands_are_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("marks.csv").touch()
    assert mark.make_context("mark", shlex.split(line)).params["assignment"] == "tiny_mlp"
