"""What is to be done right after a module's first import is done then, once, and only if it succeeds."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.inside.arrival import when_imported

NAME = "a_module_that_arrives"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = list(sys.meta_path)
    yield tmp_path / f"{NAME}.py"
    sys.meta_path[:] = before
    sys.modules.pop(NAME, None)


def test_right_after_the_first_import(module: Path) -> None:
    module.write_text("value = 1\n")
    seen: list[int] = []
    when_imported(NAME, lambda: seen.append(sys.modules[NAME].value))
    assert seen == []
    loaded = importlib.import_module(NAME)
    assert seen == [1]
    assert type(loaded.__loader__).__name__ == type(loaded.__spec__.loader).__name__ == "SourceFileLoader"
    when_imported(NAME, lambda: seen.append(2))
    assert seen == [1, 2]
    assert importlib.import_module(NAME) is loaded
    assert seen == [1, 2]


def test_the_last_one_who_waits(module: Path) -> None:
    module.write_text("")
    seen: list[str] = []
    for who in ("first", "second"):
        when_imported(NAME, lambda who=who: seen.append(who))  # type: ignore[misc]
    importlib.import_module(NAME)
    assert seen == ["second"]


def test_an_import_that_fails_is_waited_for_again(module: Path) -> None:
    module.write_text("raise RuntimeError('not yet')\n")
    seen: list[str] = []
    when_imported(NAME, lambda: seen.append("here"))
    with pytest.raises(RuntimeError, match="not yet"):
        importlib.import_module(NAME)
    assert seen == []
    module.write_text("# now, and longer, so that no cache takes it for the same\n")
    importlib.invalidate_caches()
    importlib.import_module(NAME)
    assert seen == ["here"]
