"""Lines of cells in notebook files that nbformat writes."""

import json
import re

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.render.notebook_lines import NotebookLines

SOURCES = st.lists(st.text(st.sampled_from('ab "\\\n\t{}[]:,é\u2028'), max_size=40), max_size=6)


def written(sources, **more):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells), **more)


@given(SOURCES)
def test_every_line_of_every_cell_is_found(sources):
    text = written(sources)
    lines, found = text.split("\n"), NotebookLines(text)
    assert len(found) == len(sources)
    for number, source in enumerate(sources):
        for at, piece in enumerate(source.split("\n"), start=1):
            if piece and "\u2028" not in source:
                shown = lines[found.line(number, at) - 1].strip().rstrip(",")
                assert json.loads(shown.removeprefix('"source": ')).rstrip("\n") == piece


@given(SOURCES)
def test_a_file_on_one_line_has_one_line(sources):
    text = json.dumps(json.loads(written(sources)))
    assert {NotebookLines(text).line(n) for n in range(len(sources))} <= {1}


def test_outputs_that_look_like_cells_are_passed_over():
    cell = nbformat.v4.new_code_cell("x = 1\ny = 2")
    cell.outputs = [nbformat.v4.new_output("stream", text='"cells": [{"source": ["x = 1"]}]\n')]
    cell.metadata["source"] = ["no", "source"]
    text = nbformat.writes(nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell("z = 3")]))
    assert 'z = 3"' in text.split("\n")[NotebookLines(text).line(1) - 1]
    assert '"y = 2"' in text.split("\n")[NotebookLines(text).line(0, 2) - 1]
    assert NotebookLines(text).line(0, 99) == NotebookLines(text).line(0, 2)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"cells": 3}', '{"cells": [3]}', '{"cells": [{}]}', '{"cells": ' + "[" * 100_000]
)
def test_of_anything_else_no_line_is_known(text):
    assert NotebookLines(text).line(0) is None


def test_cells_that_there_are_not():
    found = NotebookLines(written(["a"]))
    assert [found.line(n) is None for n in (None, -1, 0, 1)] == [True, True, False, True]


def test_an_empty_cell_has_a_line():
    text = written(["", "b"])
    assert re.search(r"\{", text.split("\n")[NotebookLines(text).line(0) - 1])
