"""What fuzzing starts from, and what it found: none of it gets an exception out of its target."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BOUNDED_SECONDS = 120


@pytest.fixture(scope="module")
def targets() -> Iterator[dict[str, object]]:
    sys.path.insert(0, str(HERE))
    try:
        import targets

        yield dict(targets.TARGETS)
    finally:
        sys.path.remove(str(HERE))


def test_every_target_has_a_corpus(targets) -> None:
    assert set(targets) == {folder.name for folder in (HERE / "corpus").iterdir()}


@pytest.mark.parametrize("name", sorted(folder.name for folder in (HERE / "corpus").iterdir()))
def test_the_corpus_passes(targets, name: str) -> None:
    for file in sorted((HERE / "corpus" / name).iterdir()):
        try:
            targets[name](file.read_bytes())
        except Exception as error:
            raise AssertionError(f"{file.relative_to(HERE)}: {type(error).__name__}: {error}") from error


@pytest.mark.slow
def test_a_bounded_run_finds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python")
    command = [sys.executable, str(HERE / "run.py"), "all", str(BOUNDED_SECONDS)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={"GRADER_FUZZ_OUT": str(tmp_path)})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-5000:]
