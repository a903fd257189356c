"""Follow-on errors are folded under the cell that is to blame, and no other error is."""

import pytest

from grader.evidence import CellError, CellRun, CellStatus
from grader.notebook.causes import fold


def run(index, name="", message="", status=CellStatus.ERROR):
    error = CellError(name=name, message=message) if name else None
    return CellRun(index=index, status=status if name or status is not CellStatus.ERROR else CellStatus.OK, error=error)


def name_error(index, name):
    return run(index, "NameError", f"name '{name}' is not defined")


def follows(cells, sources):
    return {cell.index: cell.follows_from for cell in fold(cells, sources)}


@pytest.mark.parametrize(
    "source",
    [
        "h = model.fit(x, lr=1)",
        "a, (h, *b) = f()",
        "import numpy as h",
        "from x import y as h, z",
        "import h.sub",
        "def h(): pass",
        "class h: pass",
        "for i, h in pairs: pass",
        "with open(p) as h: pass",
        "if (h := f()): pass",
        "if True:\n    h: int = 3",
        "%%time\nh = model.fit(x)",
        "%time h = model.fit(x)",
        "h = !ls",
        "%%capture h\nprint(1)",
        "print 'python 2'\nh = 3",
        "print 'python 2'\n(a, b), (c, h) = load()",
        "print 'python 2'\nfrom k import z, h",
        "def f():\n    global h\n    h = 1\nf()",
    ],
)
def test_name_that_a_failed_cell_would_have_defined(source):
    cells = [run(0, "ValueError", "no"), run(1), name_error(2, "h")]
    assert follows(cells, {0: source, 1: "1", 2: "h"}) == {0: None, 1: None, 2: 0}


@pytest.mark.parametrize(
    "source",
    [
        "print(h)",
        "h == 3",
        "def f():\n    h = 1",
        "[h for h in x]",
        "f(h=1)",
        "lambda h: 1",
        "'h = 1'",
        "x.h = 1",
        "%%bash\nh=1",
    ],
)
def test_other_mentions_define_nothing(source):
    assert follows([run(0, "ValueError", "no"), name_error(1, "h")], {0: source, 1: "h"})[1] is None


def test_a_cell_that_went_well_explains_nothing():
    assert follows([run(0), name_error(1, "h")], {0: "h = 1\ndel h", 1: "h"})[1] is None


def test_a_chain_leads_to_its_root():
    cells = [run(0, "TypeError", "lr"), name_error(1, "m"), name_error(2, "h"), name_error(3, "p")]
    sources = {0: "m = build()", 1: "h = m.fit()", 2: "p = h.history", 3: "plot(p)"}
    assert follows(cells, sources) == {0: None, 1: 0, 2: 0, 3: 0}


@pytest.mark.parametrize(
    "status", [CellStatus.TIMEOUT, CellStatus.NOT_RUN, CellStatus.KERNEL_DIED, CellStatus.OUT_OF_MEMORY]
)
def test_cells_that_were_stopped_are_causes(status):
    cells = [run(0, status=status), name_error(1, "h")]
    assert follows(cells, {0: "h = model.fit(x)", 1: "h"})[1] == 0


def test_the_later_of_two_definitions_is_to_blame():
    cells = [run(0, "ValueError", "a"), run(1, "ValueError", "b"), name_error(2, "h")]
    assert follows(cells, {0: "h = 1", 1: "h = 2", 2: "h"})[2] == 1


def test_metric_of_a_compile_that_failed():
    compile_ = "model.compile(optimizers.RMSprop(lr=0.001), loss='mse', metrics=['binary_accuracy'])"
    cells = [run(0, "ValueError", "lr"), run(1, "KeyError", "'val_binary_accuracy'"), run(2, "KeyError", "'acc'")]
    assert follows(cells, {0: compile_, 1: "", 2: ""}) == {0: None, 1: 0, 2: None}


def test_key_attribute_and_missing_compile():
    cells = [
        run(0, "ValueError", "no"),
        run(1, "KeyError", "'best'"),
        run(2, "AttributeError", "'Net' object has no attribute 'head'"),
        run(3, "AttributeError", "'Net' object has no attribute 'tail'"),
        run(4, "ValueError", "You must call `compile()` before using the model."),
    ]
    source = "scores['best'] = f()\nnet.head = 1\nmodel.compile('sgd')"
    assert follows(cells, {0: source}) == {0: None, 1: 0, 2: 0, 3: None, 4: 0}
