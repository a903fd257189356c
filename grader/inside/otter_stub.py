"""Stands in for Otter's client in a notebook that is graded: its calls do nothing, and the tests are run by Grader."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

SAID = "Otter's checks are skipped while grading; the same tests are run by Grader."


class Notebook:
    """What `otter.Notebook()` makes; `grader.check("q1")`, `check_all()`, `export()` and the rest say that they do nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return _skipped


def modules() -> dict[str, types.ModuleType]:
    """The modules by name, as `sys.modules` takes them."""
    otter = types.ModuleType("otter", "Stands in for Otter while a notebook is graded.")
    otter.Notebook = Notebook  # type: ignore[attr-defined]
    otter.__path__ = []
    tests = types.ModuleType("otter.test_files", "Stands in for Otter's test files.")
    tests.test_case = lambda *_, **__: lambda function: function  # type: ignore[attr-defined]
    otter.test_files = tests  # type: ignore[attr-defined]
    return {"otter": otter, "otter.test_files": tests}


def _skipped(*_: Any, **__: Any) -> None:
    print(SAID)  # noqa: T201
