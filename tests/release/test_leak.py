"""What must not be seen is found wherever it stands and however it is laid out; a part of something longer is not it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.expectations import Expectations
from grader.release.leak import Leak, leaks_in, pieces_of
from grader.release.secret import Secret, of_expectations, of_solution, squeezed
from grader.release.starter import Removed

LINE = "powers = np.exp(scores - np.max(scores, axis=1), 'k')"
SECRET = Secret(text=squeezed(LINE), what="a line of the solution", where="solution.ipynb, cell 3, line 1", shown=LINE)
NUMBER = Secret(text="0.961234", what="an expected value", where="none.json", shown="0.961234")
HOLE = st.sampled_from(["", " ", "  ", "\t"])


def leaks(name: str, content: Any, *secrets: Secret) -> list[Leak]:
    data = content if isinstance(content, str) else json.dumps(content)
    return list(dict.fromkeys(leaks_in(pieces_of(Path(name), data.encode(), name), secrets)))


def notebook(*cells: nbformat.NotebookNode) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(nbformat.writes(nbformat.v4.new_notebook(cells=[*cells])))
    return made


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """The line with other blanks and other quotes."""
    parts = ["powers", "=", "np", ".", "exp", "(", "scores", "-", "np.max(", "scores", ",", "axis", "=", "1", ")", ","]
    text = "".join(part + draw(HOLE) for part in parts)
    return text + draw(st.sampled_from(["'k')", '"k")', '"k" )']))


@given(
    layouts(),
    st.sampled_from(["", "    ", "so: ", "x = 1; ", "`", "# "]),
    st.sampled_from(["", ",", "  # why", "`.", ")"]),
)
def test_a_line_is_found_in_any_layout(line: str, before: str, after: str) -> None:
    text = f"first\n{before}{line}{after}\nlast"
    assert [x.where for x in leaks("a.py", text, SECRET)] == ["a.py, line 2"]
    assert [x.where for x in leaks("a.ipynb", notebook(nbformat.v4.new_markdown_cell(text)), SECRET)] == [
        "a.ipynb, cell 0, line 2"
    ]


@pytest.mark.parametrize(
    "text", [f"em{LINE}", f"{LINE}s".replace(")s", "_)s"), LINE.replace("axis=1", "axis=10"), LINE[:-4]]
)
def test_something_else_is_not_it(text: str) -> None:
    assert leaks("a.py", text, SECRET) == []


def test_metadata_outputs_and_attachments_are_looked_through() -> None:
    shown = nbformat.v4.new_output("display_data", data={"text/html": f"<b>\n{LINE}\n</b>"})
    error = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["---", f"----> 1 {LINE}"])
    made = notebook(
        nbformat.v4.new_code_cell("1", metadata={"history": [{"deep": LINE}]}),
        nbformat.v4.new_code_cell("1", outputs=[shown]),
        nbformat.v4.new_code_cell("1", outputs=[error]),
    )
    made["metadata"]["widgets"] = {LINE: 1}
    assert [x.where for x in leaks("a.ipynb", made, SECRET)] == [
        "a.ipynb, cell 0, metadata",
        "a.ipynb, cell 1, outputs",
        "a.ipynb, cell 2, outputs",
        "a.ipynb, metadata",
    ]


@pytest.mark.parametrize(
    "text", ["x = 0.961234", "[0.961234, 1]", "more than 0.961234.", '"0.961234"', "-0.961234", "x-0.961234"]
)
def test_a_number_is_found(text: str) -> None:
    assert len(leaks("a.md", text, NUMBER)) == 1


@pytest.mark.parametrize("text", ["10.961234", "0.9612345", "0.961234e5", "v0.961234"])
def test_another_number_is_not_it(text: str) -> None:
    assert leaks("a.md", text, NUMBER) == []


def test_a_number_in_json_is_found_as_it_is_written_there() -> None:
    assert len(leaks("a.json", {"bound": 9.61234e-1}, NUMBER)) == 1
    assert leaks("a.json", {"bound": 0.9612345}, NUMBER) == []


@given(st.binary(max_size=200))
def test_any_bytes_can_be_looked_through(data: bytes) -> None:
    for name in ("a.ipynb", "a.json", "a.bin"):
        assert list(leaks_in(pieces_of(Path(name), data, name), [SECRET, NUMBER])) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("    return x / np.sum(x)", "return x / np.sum(x)"),
        ("y = f(x, 3)  # the third", "y = f(x, 3)"),
        ('y = f("a # b", 3)', 'y = f("a # b", 3)'),
        ("# subtract the largest first", "# subtract the largest first"),
        ("y = f(x, 3)  # SOLUTION", "y = f(x, 3)"),
        ("plt.show()", ""),
        (")", ""),
        ("import numpy as np", ""),
        ("from keras import layers, losses", ""),
        ("y = f(x, 3)  # GIVEN", ""),
        ("", ""),
    ],
)
def test_which_lines_tell_something(line: str, found: str) -> None:
    secrets = list(of_solution([Removed(text=line, cell=2, line=5)], "", "solution.ipynb"))
    assert [s.shown for s in secrets] == ([found] if found else [])
    assert all(s.where == "solution.ipynb, cell 2, line 5" for s in secrets)


def test_which_expected_values_are_secret() -> None:
    packed, digest = "2itoXz4Mtz/PS8o1Q1PPP5BnoGanSeU/", "d59625d85b4cad4a6ebb79335039185c"
    hidden = {
        "loss": "categorical_crossentropy", "data": {"base64": packed, "digest": digest, "shape": [60000, 10]},
        "bound": 0.961234, "count": 320098, "mean": 0.5, "shared": 407050, "said": "the loss falls", "flag": True,
    }  # fmt: skip
    full = Expectations(
        assignment="a", data_source="none", seeds=(1,), checks={"e.open": {"count": 407050.0}, "e.hidden": hidden}
    )
    part = replace(full, checks={"e.open": full.checks["e.open"]})
    secrets = list(of_expectations({"none.json": (full, part)}))
    assert {s.shown for s in secrets} == {packed, digest, "0.961234", "320098"}
    assert {s.where for s in secrets} == {"none.json"}


def test_what_a_prompt_shows_is_no_secret() -> None:
    removed = [Removed(text="history = network.fit(x, y)", cell=0, line=1)]
    assert list(of_solution(removed, "history = network.fit(x,  y)", "s.ipynb")) == []
