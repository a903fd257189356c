"""What fuzzing starts from, and what it found: none of it gets an exception out of its target."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

HERE = Path(__file__).parent
NAMES = sorted(folder.name for folder in (HERE / "corpus").iterdir())
BOUNDED_SECONDS = 300
BOUNDED_RUNS = 2_000
"""Of each target, from a fixed seed: a red run is a changed program. `make fuzz` looks for what is new."""


@pytest.fixture(scope="module")
def _on_path() -> Iterator[None]:
    sys.path.insert(0, str(HERE))
    yield
    sys.path.remove(str(HERE))


@pytest.fixture(scope="module")
def targets(_on_path) -> dict[str, Callable[[bytes], None]]:
    import targets

    return dict(targets.TARGETS)


@pytest.fixture(scope="module")
def mutation(_on_path) -> ModuleType:
    import mutation

    return mutation


def test_every_target_has_a_corpus(targets) -> None:
    assert sorted(targets) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_corpus_passes(targets, name: str) -> None:
    for file in sorted((HERE / "corpus" / name).iterdir()):
        try:
            targets[name](file.read_bytes())
        except Exception as error:
            raise AssertionError(f"{file.relative_to(HERE)}: {type(error).__name__}: {error}") from error


@pytest.mark.parametrize("name", [name for name in NAMES if name != "page"])
def test_changed_corpus_passes(targets, mutation, name: str) -> None:
    files = [file.read_bytes() for file in sorted((HERE / "corpus" / name).iterdir())]

    @settings(max_examples=20)
    @given(st.sampled_from(files), st.lists(st.integers(0, 1 << 32), min_size=1, max_size=4))
    def passes(data: bytes, seeds: list[int]) -> None:
        for seed in seeds:
            data = mutation.changed(data, 40_000, seed, lambda data, most: data[: most // 40])
        targets[name](data)

    passes()


@pytest.mark.slow
def test_a_bounded_run_finds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python")
    command = [sys.executable, str(HERE / "run.py"), "all", str(BOUNDED_SECONDS)]
    env = {"GRADER_FUZZ_OUT": str(tmp_path), "GRADER_FUZZ_RUNS": str(BOUNDED_RUNS), "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-5000:]
