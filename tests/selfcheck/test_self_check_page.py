"""docs/self-check.md, its examples run in a live kernel, its answers compared."""

from __future__ import annotations

import doctest
import re
import shutil
from pathlib import Path

import pytest
from selfcheck.live_kernel import live_kernel

from grader.cli import run

PAGE = (Path(__file__).parents[2] / "docs" / "self-check.md").read_text("utf-8")


@pytest.mark.slow
def test_the_examples(handed_out: Path, tmp_path: Path) -> None:
    for name in ("tiny_mlp.ipynb", "tiny_mlp.grader.json"):
        shutil.copy(handed_out / name, tmp_path)
    compare = doctest.OutputChecker()
    text = ""
    with live_kernel(tmp_path) as kernel:
        for language, block in re.findall(r"```(python|text)\n(.*?)\n```", PAGE, re.DOTALL):
            if language == "text":
                want = block.replace("\n...\n", "\n...")
                assert compare.check_output(want + "\n", text + "\n", doctest.ELLIPSIS), text
                text = ""
            else:
                shown = kernel.run(block)
                assert not shown.error, block
                assert "Grader:" not in shown.text, "nothing is in the way"
                text = shown.text
    assert PAGE.count("```text") == 1


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--help"]) == 0
    assert "NAME.grader.json" in " ".join(capsys.readouterr().out.split())
