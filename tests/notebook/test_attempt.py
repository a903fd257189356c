"""The untouched template is not attempted; anything of the student's own is an attempt."""

import nbformat
import pytest

from grader.notebook.attempt import attempted

STARTER = [
    "import keras",
    "def f(x):\n    # your code\n    ...\n",
    "model = ...",
    "%matplotlib inline\nplt.plot(model)",
]


def notebook(*sources, text="# Title"):
    cells = [nbformat.v4.new_markdown_cell(text), *(nbformat.v4.new_code_cell(s) for s in sources)]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize(
    "sources",
    [
        STARTER,
        STARTER[::-1],
        STARTER[:2],
        [
            "import keras  # I tried",
            "def f(x):\n\n    '''words'''\n    pass",
            "model   = None  # YOUR CODE HERE",
            STARTER[3],
            "",
        ],
        ["import keras", "def f(x):\n    raise NotImplementedError()", "# only a comment", "..."],
    ],
)
def test_untouched(sources):
    own = notebook(*sources, text="#  Title\n")
    own.cells[1].outputs = [nbformat.v4.new_output("stream", text="hello")]
    own.cells[1].metadata["collapsed"] = True
    assert not attempted(own, notebook(*STARTER))


@pytest.mark.parametrize(
    "sources",
    [
        [*STARTER, "model.fit(x, y)"],
        ["import keras", "def f(x):\n    return x", *STARTER[2:]],
        [*STARTER[:2], "model = keras.Sequential()", STARTER[3]],
        [*STARTER[:2], "model = (", STARTER[3]],
        [*STARTER, STARTER[3]],
        [*STARTER[:2], "model = None\nmodel.fit()", STARTER[3]],
    ],
)
def test_touched(sources):
    assert attempted(notebook(*sources), notebook(*STARTER))


def test_an_answer_in_words_is_an_attempt():
    assert attempted(notebook(*STARTER, text="The network overfits."), notebook(*STARTER))
