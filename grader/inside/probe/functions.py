"""Calls the asked-for functions of a notebook on the assignment's inputs."""

from __future__ import annotations

import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from ..plain import decoded
from ..random_state import seed_everything, unchanged
from .quiet import swallowed
from .summary import Summaries
from .values import described

SECONDS = 20.0
"""Time for all cases of one function together."""
TEXT = 2000
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class TimeUp(BaseException):
    """The function took too long; no `except Exception` of a student's stops it."""


class Caller:
    """Calls each asked-for function once for each object that a name is bound to.

    Args:
        cases: FunctionCase records as JSON.
        summaries: Shared summaries.
        asked_model: Records a returned model and answers with its serial.
        seed: Seed set before each call; None leaves the generators as they are.
        seconds: Time for all cases of one function together.
    """

    def __init__(
        self,
        cases: tuple[Mapping[str, Any], ...],
        summaries: Summaries,
        asked_model: Callable[[Any], int],
        seed: int | None,
        seconds: float = SECONDS,
    ) -> None:
        self._cases = cases
        self._summaries = summaries
        self._asked_model = asked_model
        self._seed = seed
        self._seconds = seconds
        self._called: dict[str, Any] = {}

    def call_new(self, namespace: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """A record for each case of each function that is new or was bound anew."""
        for name in dict.fromkeys(case["function"] for case in self._cases):
            cases = [case for case in self._cases if case["function"] == name]
            function = _find(namespace, [name, *(alias for case in cases for alias in case.get("aliases") or ())])
            if function is None or self._called.get(name) is function:
                continue
            self._called[name] = function
            yield from self._call_all(function, cases)

    def _call_all(self, function: Any, cases: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        figures = _open_figures()
        late = False
        try:
            with swallowed(), unchanged(), _bounded(self._seconds):
                records = []
                for case in cases:
                    records.append(self._call(function, case))
                    late = late or records[-1].pop("late", False)
                    if late:
                        break
        finally:
            _close_figures(figures)
        yield from records
        for case in cases[len(records) :]:
            error = {"name": "Timeout", "message": "an earlier case of this function took too long"}
            yield {"name": case["function"], "case": case["name"], "kind": "error", "error": error}

    def _call(self, function: Any, case: Mapping[str, Any]) -> dict[str, Any]:
        inputs = [_argument(value) for value in case["inputs"]]
        record = {"name": case["function"], "case": case["name"]}
        if self._seed is not None:
            seed_everything(self._seed)
        try:
            result = function(*inputs)
        except TimeUp:
            message = f"it took longer than {self._seconds:g} s"
            return record | {"kind": "error", "late": True, "error": {"name": "Timeout", "message": message}}
        except BaseException as error:
            return record | {"kind": "error", "error": _error(error), "late": isinstance(error, KeyboardInterrupt)}
        before = [_argument(value) for value in case["inputs"]]
        mutated = any(not _same(a, b) for a, b in zip(inputs, before, strict=True))
        return record | {"mutated": mutated} | described(result, self._summaries, self._asked_model)


def _find(namespace: Mapping[str, Any], names: list[str]) -> Any:
    """The first callable under these names that is neither a class nor a layer or model."""
    for name in names:
        value = namespace.get(name)
        if callable(value) and not isinstance(value, type | keras.layers.Layer):
            return value
    return None


def _argument(value: Any) -> Any:
    if isinstance(value, Mapping) and set(value) == {"dtype", "shape", "base64"}:
        return decoded(value)
    return [_argument(item) for item in value] if isinstance(value, list | tuple) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    return bool(one == other) or one is other


def _error(error: BaseException) -> dict[str, str]:
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    text = ESCAPES.sub("", "".join(lines))
    return {"name": type(error).__name__, "message": ESCAPES.sub("", str(error))[:TEXT], "traceback": text[-TEXT:]}


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Raises TimeUp in the main thread when the time is over, again every second while it is ignored."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_signal: int, _frame: Any) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)


def _open_figures() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set() if pyplot is None else set(pyplot.get_fignums())


def _close_figures(kept: set[int]) -> None:
    """Closes what the function drew, so that it isn't taken for a plot of the notebook."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    for number in _open_figures() - kept:
        pyplot.close(number)  # type: ignore[union-attr]
