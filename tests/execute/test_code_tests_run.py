"""Tests in code in a real kernel: open ones in their place, hidden ones after the student's code, on the names as they were."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.assignment import Assignment, Exercise, Limits
from grader.checks import CodeTest, code_tests
from grader.evidence import CodeTestRun
from grader.execute.job import How, RunSpec
from grader.execute.keeper import Slots
from grader.notebook.code_tests import planned
from grader.records import decode

pytestmark = pytest.mark.xdist_group("slots")
LIMITS = Limits(cell_seconds=5, notebook_seconds=40, memory_bytes=1 << 30, output_bytes=20_000, processes=200)


class Done:
    """What came of a notebook with tests."""

    def __init__(self, folder: Path, how: How) -> None:
        self.how = how
        self.folder = folder
        records = [decode(p.read_bytes(), CodeTestRun) for p in sorted((folder / "tests").glob("*.json"))]
        self.runs = {record.test: record for record in records}
        self.order = [record.test for record in records if not record.test.startswith("!")]

    def text(self, index: int) -> str:
        outputs = json.loads((self.folder / f"outputs/{index:04d}.json").read_bytes())
        return "".join(str(o.get("text", "")) for o in outputs)

    def everything(self) -> str:
        """All that would be kept of the notebook itself."""
        files = [p for p in self.folder.rglob("*") if p.is_file() and "tests" not in p.relative_to(self.folder).parts]
        return "\n".join(p.read_bytes().decode(errors="replace") for p in files)


@pytest.fixture
def tested(slots: Slots, tmp_path: Path) -> Any:
    count = 0

    def go(cells: Sequence[str], opened: Sequence[CodeTest] = (), hidden: Sequence[CodeTest] = ()) -> Done:
        nonlocal count
        count += 1
        made = [nbformat.v4.new_code_cell(c, id=f"c{n}") for n, c in enumerate(cells)]
        notebook = nbformat.v4.new_notebook(cells=made)
        checks = [code_tests(t, name=f"t{n}") for n, t in enumerate(opened)]
        checks += [code_tests(t, name=f"h{n}", hidden=True) for n, t in enumerate(hidden)]
        exercise = Exercise(name="e", title="E", points=1, checks=tuple(checks))
        plan = planned(Assignment(name="a", title="A", exercises=(exercise,)), notebook, notebook)
        folder = tmp_path / str(count)
        spec = RunSpec(seed=3, limits=LIMITS)
        return Done(folder, slots.run(nbformat.writes(notebook).encode(), spec, folder, tests=plan).how)

    return go


def test_open_tests_run_in_their_place_instead_of_the_cell_that_held_them(tested: Any) -> None:
    done = tested(
        ["x = 2", "print('the student took the test out')", "x = 3", "print(y)"],
        [CodeTest(name="two", cell="c1", source="assert x == 2\ny = 'from the test'"), CodeTest(name="end", cell="c3", source="assert x == 2")],
    )  # fmt: skip
    assert done.how is How.COMPLETED
    assert done.runs["two"].status == "ok"
    assert done.runs["two"].cell == 1
    assert done.runs["end"].error is not None
    assert done.runs["end"].error.name == "AssertionError"
    assert done.text(1) == ""
    # A cell that holds a test does what the test does: names stay, as they do where the test was written.
    assert "took the test out" not in done.everything().replace("print('the student took the test out')", "")


def test_hidden_tests_see_the_names_as_they_were_in_their_place(tested: Any) -> None:
    done = tested(
        ["x = 2\nnumbers = [1]\ndef f(): return x", "", "x = 3\nnumbers.append(2)\nlate = 1\ndel f", ""],
        [],
        [
            CodeTest(name="first", cell="c1", source="assert (x, numbers, f()) == (2, [1], 2)\nhelper = 5\n'late' in globals()"),
            CodeTest(name="second", cell="c3", source="assert (x, numbers, late, helper) == (3, [1, 2], 1, 5)\nf"),
        ],
    )  # fmt: skip
    assert done.order == ["first", "second"]
    assert done.runs["first"].status == "ok", done.runs["first"].error
    assert done.runs["second"].error is not None
    assert done.runs["second"].error.name == "NameError"


def test_a_number_on_the_last_line_is_kept_for_partial_credit(tested: Any) -> None:
    done = tested(
        ["x = 1"], [], [CodeTest(name="half", cell="c0", source="1.5"), CodeTest(name="not", cell="c0", source="'a'")]
    )
    assert done.runs["half"].value == 1.5
    assert done.runs["not"].value is None


def test_doctests_and_functions_run_on_the_notebooks_names(tested: Any) -> None:
    done = tested(
        ["def square(n): return n + n", ""],
        [
            CodeTest(name="right", form="doctest", source=">>> square(2)\n4"),
            CodeTest(name="wrong", form="doctest", source=">>> square(3)\n9"),
            CodeTest(name="called", form="function", source="def test(square, missing):\n    assert missing is None\n    assert square(3) == 9"),
            CodeTest(name="env", form="function", source="@test_case(points=1)\ndef test(env):\n    assert env['square'](2) == 4"),
        ],
    )  # fmt: skip
    assert [done.runs[name].status for name in ("right", "wrong", "called", "env")] == ["ok", "error", "error", "ok"]
    assert "Expected:\n    9\nGot:\n    6\n" in done.runs["wrong"].error.message
    assert done.runs["called"].error.message == "assert square(3) == 9\nAssertionError"


SPY = """
import threading, time, gc
def watch():
    while True:
        for place in (In, *(v for v in gc.get_objects() if isinstance(v, str) and "s3cr" + "et" in v)):
            if "s3cr" + "et" in str(place):
                print("LEAK", str(place)[:100])
        time.sleep(0.01)
threading.Thread(target=watch, daemon=True).start()
get_ipython().events.register("pre_run_cell", lambda info: print("HOOK", info.raw_cell))
import time; time.sleep(0.3)
"""


def test_no_word_of_a_hidden_test_is_in_what_the_notebook_leaves(tested: Any) -> None:
    """Student code reads it while it runs in the same process; what is kept of the notebook was taken before."""
    done = tested(
        [SPY, "import os\nfor w in os.environ: pass"],
        [],
        [CodeTest(name="h", cell="c1", source="s3cret_word = 1\nimport time; time.sleep(0.3)")],
    )
    assert done.runs["h"].status == "ok"
    assert "s3cret" not in done.everything()


@pytest.mark.parametrize("test", ["import os; os._exit(0)", "while True: pass"])
@pytest.mark.slow
def test_a_hidden_test_that_ends_badly_ends_nothing_else(tested: Any, test: str) -> None:
    done = tested(
        ["x = 1", "print('there')"],
        [],
        [CodeTest(name="bad", cell="c0", source=test), CodeTest(name="good", cell="c0", source="x")],
    )
    assert done.how is How.COMPLETED
    assert done.text(1) == "there\n"
    assert done.runs["bad"].status == ("timeout" if "while" in test else "kernel_died")
    assert ("good" in done.runs) is ("while" in test)


WITHOUT_ASSERT = """
import ast
class Without(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Without())
"""


@pytest.mark.slow
def test_a_test_that_must_fail_tells_that_tests_were_made_to_pass(tested: Any) -> None:
    honest = tested(["x = 1"], [CodeTest(name="t", cell="c0", source="assert x == 1")])
    assert honest.runs["!cell"].status == "error"
    forged = tested([WITHOUT_ASSERT, ""], [CodeTest(name="t", cell="c1", source="assert False")])
    assert forged.runs["t"].status == "ok"
    assert forged.runs["!cell"].status == "ok"


def test_otters_client_does_nothing(tested: Any) -> None:
    done = tested(
        ["import otter\ngrader = otter.Notebook('hw.ipynb')", "x = 4", "grader.check('q1')", "x = 5", "grader.check_all(); grader.export(pdf=False)"],
        [CodeTest(name="q1", called="q1", form="doctest", source=">>> x\n4")],
    )  # fmt: skip
    assert done.runs["q1"].status == "ok"
    assert "skipped" in done.text(4)
