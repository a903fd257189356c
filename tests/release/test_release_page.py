"""docs/release.md: its example is what stripping gives, and its commands are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.cli import run
from grader.release import strip

PAGE = (Path(__file__).parents[2] / "docs" / "release.md").read_text()


def test_the_example() -> None:
    blocks = dict(re.findall(r'```python title="(\w+)"\n(.*?)\n```', PAGE, re.DOTALL))
    assert strip(blocks["source"], "docs/release.md").source == blocks["starter"]


@pytest.mark.parametrize("command", ["init", "new", "release"])
def test_the_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    told = capsys.readouterr().out
    options = set(re.findall(rf"grader {command} .*?(--\w+)", PAGE)) | ({"--forget"} if command == "release" else set())
    assert all(option in told for option in options)
