"""A fault that ends a command ends it with a sentence and exit code 3."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

import grader.cli
from grader.cli import run
from grader.errors import MachineError
from grader.gradebook import Gradebook


@pytest.mark.parametrize(
    ("error", "said"),
    [(OSError(errno.ENOSPC, "No space left on device"), "No space left"), (MemoryError(), "out of memory")],
)
def test_the_command_line_says_what_the_machine_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(grader.cli.grader, "main", fail)
    assert run(["list"]) == 3
    assert said in capsys.readouterr().err


def test_a_gradebook_that_breaks_off_is_the_machines_fault(tmp_path: Path) -> None:
    with Gradebook.at(tmp_path / "book.db", "1") as book:
        for file in tmp_path.glob("book.db*"):
            file.write_bytes(b"x" * 5000)
        with pytest.raises(MachineError, match="gradebook can't be written"):
            book.start("sums", kind="grade", data_source="none")
