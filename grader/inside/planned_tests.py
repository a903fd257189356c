"""When the runner runs which test: open ones in their place, late ones after the student's last cell, when they are sent."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from .code_tests import KERNEL_SIDE, finite
from .frames import Channel

EVENT = "tests"
"""Asks the host for the late tests."""
FILE = "tests.json"
MOST_TESTS = 9_000


@dataclass(kw_only=True)
class PlannedTests:
    """What the host planned for one notebook (`grader/notebook/code_tests.py`)."""

    replaced: frozenset[int] = frozenset()
    """Cells whose own code is not run: an open test stands for them."""
    places: frozenset[int] = frozenset()
    """Cells after which the namespace is kept for a late test."""
    open: Mapping[int, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Open tests by the cell that they are run after; −1 for before the first."""
    late: bool = False
    """Whether there are tests to ask for once the student's code has ended."""
    forms: Sequence[str] = ()
    """Forms of all tests, of each of which one that must fail is run at the end."""

    @classmethod
    def from_json(cls, data: bytes | None) -> PlannedTests:
        """Reads the file; nothing is planned without one."""
        if not data:
            return cls()
        raw = json.loads(data)
        found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for test in raw["tests"]:
            found[test["after"]].append(test)
        return cls(
            replaced=frozenset(raw["replaced"]),
            places=frozenset(raw["places"]),
            open=found,
            late=bool(raw["late"]),
            forms=tuple(raw["forms"]),
        )

    def without_replaced(self, notebook: NotebookNode) -> NotebookNode:
        """The notebook whose test cells do nothing by themselves."""
        for index in self.replaced:
            notebook.cells[index].source = ""
        return notebook


CANARIES = {
    "cell": "assert 1 == 2",
    "doctest": ">>> 1 == 2\nTrue",
    "function": "def test():\n    assert 1 == 2",
}


def canary(form: str) -> Mapping[str, Any]:
    """A test that must fail. It passes where somebody changed how code is run, for example took `assert` out of it."""
    return {"name": f"!{form}", "form": form, "source": CANARIES[form], "after": -1}


def ask_for_late(channel: Channel) -> Sequence[Mapping[str, Any]]:
    """The late tests, which the host keeps until now: the kernel was forked before they came into this process."""
    channel.event(EVENT)
    frame = channel.receive()
    if frame is None or frame[0].get("file") != FILE:
        return ()
    tests: list[Mapping[str, Any]] = json.loads(frame[1])
    return tests


def keep_request(place: int) -> str:
    """The code that keeps the namespace."""
    return f"{KERNEL_SIDE}.keep({place})"


def begin_request() -> str:
    """The code that ends the recording."""
    return f"{KERNEL_SIDE}.begin()"


def restore_request(test: Mapping[str, Any]) -> str:
    """The code that puts the namespace back for a late test."""
    return f"{KERNEL_SIDE}.restore({int(test['after'])})"


def failure_of(outputs: Sequence[Mapping[str, Any]]) -> str:
    """What a doctest or a function answered; empty if it passed."""
    for output in outputs:
        if output.get("output_type") == "execute_result":
            text = output.get("data", {}).get("text/plain")
            try:
                return str(ast.literal_eval(text))
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                return "It did not pass."
    return ""


def value_of(outputs: Sequence[Mapping[str, Any]]) -> float | None:
    """The number that the last line of a test came to, if it came to one; that is nbgrader's way of partial credit."""
    for output in outputs:
        if output.get("output_type") == "execute_result":
            text = output.get("data", {}).get("text/plain")
            return finite(text) if isinstance(text, str) else None
    return None
