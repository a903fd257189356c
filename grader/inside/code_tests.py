"""Tests in code, as nbgrader and Otter have them: what the kernel does to run one on the namespace as it was in its place.

All of this happens in the process of student code, which can read it and change it. Nothing that comes of it is more than
a claim (docs/decisions/0016-tests-in-code.md).
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import inspect
import io
import math
import os
import pdb
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

COPIED_BYTES = 64 << 20
"""Largest array that is copied when a namespace is kept."""
MESSAGE = 4_000
KERNEL_SIDE = "__import__('IPython').get_ipython().grader_tests"
"""Where the kernel has its `CodeTests`."""
IPYTHON_OWN = {"In", "Out", "get_ipython", "exit", "quit", "open"}
COPIED = {("numpy", "ndarray"), ("pandas.core.frame", "DataFrame"), ("pandas.core.series", "Series")}


class CodeTests:
    """Keeps the notebook's names as they were in some places, and runs tests on them later.

    Args:
        namespace: the notebook's global variables.
        quiet: stops the recorder for good.
    """

    def __init__(self, namespace: dict[str, Any], quiet: Callable[[], None]) -> None:
        self._namespace = namespace
        self._quiet = quiet
        self._kept: dict[int, dict[str, Any]] = {}
        self._restored: dict[str, Any] | None = None
        self._made: dict[str, Any] = {}
        """What earlier tests defined, for the tests after them."""

    def keep(self, place: int) -> None:
        """Notes what each name is bound to now; plain containers and arrays are copied, as they are often changed in place."""
        copies: dict[int, Any] = {}
        self._kept[place] = {name: copies.setdefault(id(value), copied(value)) for name, value in self._own().items()}

    def begin(self) -> None:
        """The notebook is over: what tests do from here on is none of its evidence."""
        self._quiet()

    def restore(self, place: int) -> None:
        """Puts the names back to what they were in a place, beside what earlier tests defined."""
        before = self._restored
        if before is not None:
            now = self._own()
            self._made.update({name: v for name, v in now.items() if name not in before or before[name] is not v})
        for name in self._own():
            del self._namespace[name]
        self._namespace.update({**self._made, **self._kept[place]})
        self._restored = self._own()

    def _own(self) -> dict[str, Any]:
        """The notebook's names; IPython's history and its own names stay as they are."""
        found = self._namespace.items()
        return {name: value for name, value in found if not name.startswith("_") and name not in IPYTHON_OWN}

    def doctest(self, source: str) -> str | None:
        """Runs a case of an OK test: a doctest on a copy of the namespace.

        Returns:
            What doctest says of a failure, else None. An exception would cost half a second for its traceback.
        """
        test = doctest.DocTestParser().get_doctest(source, self._namespace, "test", None, None)
        said = io.StringIO()
        runner = doctest.DocTestRunner(verbose=False)
        with _unseen(), _own_debugger():
            runner.run(test, out=said.write, clear_globs=False)
        return said.getvalue()[:MESSAGE] if runner.failures else None

    def function(self, source: str) -> str | None:
        """Calls the function that a source defines; its arguments are the notebook's variables of those names, else None.

        Returns:
            The line that failed and what it raised, else None.
        """
        own: dict[str, Any] = {"test_case": _test_case}
        exec(compile(source, "<test>", "exec"), own)  # noqa: S102 a test of the assignment's, as it is
        test = [value for name, value in own.items() if inspect.isfunction(value) and name != "test_case"][-1]
        given = {
            name: self._namespace if name == "env" else self._namespace.get(name)
            for name in inspect.signature(test).parameters
        }
        try:
            with _unseen():
                test(**given)
        except Exception as error:
            return _line_of(error, source)
        return None


def run_live(tests: Sequence[Mapping[str, Any]], namespace: dict[str, Any]) -> list[dict[str, Any]]:
    """Runs open tests in a student's own kernel, for the self-check; the names are the same afterwards.

    Args:
        tests: records of name, form and source.
        namespace: the notebook's global variables.

    Returns:
        Records as in `CodeTestRun`; none for a cell that is no plain Python, such as one with magics.
    """
    found = []
    kernel = CodeTests(namespace, lambda: None)
    for test in tests:
        before = dict(namespace)
        record: dict[str, Any] = {"test": test["name"]}
        try:
            if test["form"] == "cell":
                record["value"] = _cell(str(test["source"]), namespace)
            elif said := getattr(kernel, test["form"])(test["source"]):
                record |= {"status": "error", "error": {"name": "TestFailed", "message": said}}
        except SyntaxError:
            continue
        except Exception as error:
            said = _line_of(error, str(test["source"]))
            record |= {"status": "error", "error": {"name": "TestFailed", "message": said}}
        finally:
            namespace.clear()
            namespace.update(before)
        found.append(record)
    return found


def _cell(source: str, namespace: dict[str, Any]) -> float | None:
    """Runs a cell. Returns the number that its last line comes to, if it is one."""
    tree = ast.parse(source, "<test>")
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    with _unseen():
        exec(compile(tree, "<test>", "exec"), namespace)  # noqa: S102 as above
        if not isinstance(last, ast.Expr):
            return None
        value = eval(compile(ast.Expression(last.value), "<test>", "eval"), namespace)  # noqa: S307
    return finite(repr(value))


def finite(text: str) -> float | None:
    """The number that a text says, if it is a finite one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def copied(value: Any) -> Any:
    """A shallow copy of a plain container, an array or a table; anything else as it is."""
    kind = type(value)
    if kind in (list, dict, set, bytearray):
        return kind(value)
    if (kind.__module__, kind.__name__) in COPIED:
        size = int(value.memory_usage().sum()) if kind.__name__ == "DataFrame" else value.nbytes
        return value.copy() if size <= COPIED_BYTES else value
    return value


def request(test: Mapping[str, Any]) -> str:
    """The code that runs a test, for the runner to send."""
    if test["form"] == "cell":
        return str(test["source"])
    return f"{KERNEL_SIDE}.{test['form']}({test['source']!r})"


def _line_of(error: Exception, source: str) -> str:
    lines = source.split("\n")
    at = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<test>"]
    line = lines[at[-1] - 1].strip() if at and at[-1] is not None and at[-1] <= len(lines) else ""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{line}\n{said}"[:MESSAGE]


def _test_case(*_: object, **__: object) -> Callable[[Any], Any]:
    """Otter's decorator, whose points and messages are known already."""
    return lambda function: function


@contextlib.contextmanager
def _own_debugger() -> Iterator[None]:
    """IPython puts a debugger of its own in the place of Python's, from which doctest's can't be made."""
    theirs = pdb.Pdb
    pdb.Pdb = doctest._OutputRedirectingPdb.__bases__[0]  # type: ignore[attr-defined, misc]
    try:
        yield
    finally:
        pdb.Pdb = theirs  # type: ignore[misc]


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """What a test prints gets nowhere."""
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield
