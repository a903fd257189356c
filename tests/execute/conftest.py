"""Warm slots shared by the tests, at each level of isolation that works here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.assignment import Limits
from grader.execute.job import Ended, RunSpec
from grader.execute.keeper import DataMount, Slots
from grader.execute.sandbox import available_sandboxes

LIMITS = Limits(
    cell_seconds=5, notebook_seconds=40, memory_bytes=1 << 30, output_bytes=20_000, file_bytes=64 << 20, processes=200
)


@dataclass(frozen=True)
class Ran:
    """What came of one notebook."""

    ended: Ended
    folder: Path

    def cell(self, index: int) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"cells/{index:04d}.json").read_bytes())
        return found

    def text(self, index: int) -> str:
        outputs = json.loads((self.folder / f"outputs/{index:04d}.json").read_bytes())
        return "".join(str(o.get("text", "")) for o in outputs)


Run = Callable[..., Ran]


@pytest.fixture(scope="session", params=["bubblewrap", pytest.param("landlock", marks=pytest.mark.slow)])
def slots(request: pytest.FixtureRequest) -> Iterator[Slots]:
    found = [s for s in available_sandboxes() if s.level == request.param]
    if not found:
        missing = f"{request.param} does not work here"
        if request.param in os.environ.get("GRADER_TEST_REQUIRE", "").split(","):
            pytest.fail(missing)
        pytest.skip(missing)
    with Slots(count=1, sandbox=found[0], data=DataMount()) as running:
        yield running


@pytest.fixture
def run(slots: Slots, tmp_path: Path) -> Run:
    """Runs cells in a warm slot."""
    count = 0

    def go(*cells: str, **limits: float) -> Ran:
        nonlocal count
        count += 1
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        folder = tmp_path / str(count)
        spec = RunSpec(seed=3, limits=replace(LIMITS, **limits))
        return Ran(slots.run(nbformat.writes(notebook).encode(), spec, folder), folder)

    return go
