"""Asked-for variables, functions and figures at the end of each cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


def case(function: str, *inputs: Any, name: str = "case", aliases: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"function": function, "name": name, "inputs": list(inputs), "aliases": list(aliases)}


def test_variables_are_written_when_they_change(notebook: Callable[..., Any]) -> None:
    book = notebook(variables=("n", "missing"))
    book.ok("n = 1", "1 + 1", "n = 2", "n = [1, 2.5]", "n = {'a': (1, None)}", "n = 'text'", "n = None", "n = True")
    assert [(v.cell, v.kind, v.value) for v in book.values] == [
        (0, "number", 1),
        (2, "number", 2),
        (3, "list", [1, 2.5]),
        (4, "dict", {"a": [1, None]}),
        (5, "text", "text"),
        (6, "none", None),
        (7, "bool", True),
    ]
    np.testing.assert_array_equal(book.values[2].array, [1, 2.5])


@pytest.mark.parametrize(
    ("source", "shape", "dtype"),
    [
        ("np.arange(6).reshape(2, 3)", (2, 3), "int64"),
        ("np.zeros((2, 2), '>f4')", (2, 2), "float32"),
        ("np.zeros((3, 4)).T[::2]", (2, 3), "float64"),
        ("np.empty((0, 5), 'uint8')", (0, 5), "uint8"),
        ("tf.ones((2, 2))", (2, 2), "float32"),
        ("tf.ones((2, 2), tf.bfloat16)", (2, 2), "float32"),
        ("keras.Variable(np.ones(3, 'float32'))", (3,), "float32"),
        ("np.array([[np.nan, np.inf], [1, 2]])", (2, 2), "float64"),
        ("np.array([True, False])", (2,), "bool"),
    ],
)
def test_arrays_travel_whole(notebook: Callable[..., Any], source: str, shape: tuple[int, ...], dtype: str) -> None:
    book = notebook(variables=("a",))
    book.ok(f"import numpy as np, tensorflow as tf, keras\na = {source}")
    (value,) = book.values
    assert (value.kind, value.array.shape, value.array.dtype.name) == ("array", shape, dtype)
    np.testing.assert_array_equal(value.array, np.asarray(book.namespace["a"]).astype(dtype))


def test_large_and_strange_values_are_summarised(notebook: Callable[..., Any]) -> None:
    book = notebook(variables=("big", "words", "ragged", "odd", "h", "frame"))
    book.ok(
        """
import numpy as np
big = np.arange(2_000_000).reshape(-1, 2); words = np.array(["a", "b"]); ragged = [[1], [2, 3]]
class Odd: pass
odd = Odd(); h = {"a": odd}
"""
    )
    values = {value.name: value for value in book.values}
    assert values["big"].array is None
    assert values["big"].summary.shape == (1_000_000, 2)
    assert values["big"].summary.maximum == 1_999_999
    assert values["words"].kind == "other"
    assert values["ragged"].value == [[1], [2, 3]]
    assert (values["odd"].kind, values["odd"].type_name) == ("other", "Odd")
    assert (values["h"].kind, values["h"].value) == ("dict", None)


def test_in_place_changes_are_seen(notebook: Callable[..., Any]) -> None:
    book = notebook(variables=("a",))
    book.ok("import numpy as np\na = np.ones((300, 300))", "a[5, 7] = 2")
    assert [value.summary.maximum for value in book.values] == [1.0, 2.0]


def test_functions_are_called_on_fresh_inputs(notebook: Callable[..., Any], as_json: Callable[[Any], Any]) -> None:
    double = case("double", as_json([1.0, 2.0]), 3, aliases=("twice",))
    book = notebook(functions=(double,))
    book.ok("def twice(a, n):\n    print('noise')\n    a *= n\n    return a", "1 + 1")
    (result,) = book.functions
    assert (result.name, result.case, result.cell, result.mutated) == ("double", "case", 0, True)
    np.testing.assert_array_equal(result.array, [3.0, 6.0])
    book.ok("def double(a, n): return a @ a")
    assert len(book.functions) == 2
    assert (book.functions[1].kind, book.functions[1].value, book.functions[1].mutated) == ("number", 5.0, False)


def test_what_goes_wrong_in_a_function_is_recorded(notebook: Callable[..., Any]) -> None:
    cases = (case("boom", 1), case("leave"), case("slow", name="a"), case("slow", name="b"), case("nothing"))
    # A quarter of the cell's time: the cell's clock runs meanwhile, and a slow function must not cost the kernel.
    book = notebook(functions=cases, limits={"cell_seconds": 1.2})
    book.ok(
        """
def boom(n): raise KeyError("k")
def leave(): raise SystemExit(3)
def slow():
    while True:
        try:
            while True: pass
        except Exception: pass
nothing = "not a function"
"""
    )
    results = {(result.name, result.case): result for result in book.functions}
    assert results["boom", "case"].error.name == "KeyError"
    assert (
        "raise KeyError" in results["boom", "case"].error.traceback or "boom" in results["boom", "case"].error.traceback
    )
    assert results["leave", "case"].error.name == "SystemExit"
    assert "0.3 s" in results["slow", "a"].error.message
    assert results["slow", "a"].error.name == results["slow", "b"].error.name == "Timeout"
    assert ("nothing", "case") not in results


def test_calls_leave_no_trace_in_the_notebook(notebook: Callable[..., Any], capsys: Any) -> None:
    book = notebook(functions=(case("build"),))
    book.ok(
        """
import numpy as np, random, keras
import matplotlib.pyplot as plt
from keras import layers
def build():
    random.random(), np.random.rand(), print("inside")
    plt.figure(); plt.plot([1, 2])
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.compile("sgd", "mse"); model.fit(np.zeros((4, 3)), np.zeros((4, 2)), verbose=1)
    return model
state = random.getstate(), np.random.get_state()[1].tolist()
"""
    )
    import random

    assert random.getstate() == book.namespace["state"][0]
    assert np.random.get_state()[1].tolist() == book.namespace["state"][1]
    assert capsys.readouterr().out == ""
    assert not book.fits
    assert not book.figures
    assert not book.namespace["plt"].get_fignums()
    (result,) = book.functions
    (model,) = book.models
    assert (result.kind, result.model, model.model, model.names) == ("model", 1, 1, ())


PLOT = """
import matplotlib.pyplot as plt
plt.plot([1, 2, 3], [.1, .2, float("nan")], "bo", label="Training loss")
plt.plot(range(5000), label="_hidden")
plt.title("Loss"); plt.xlabel("Epochs"); plt.ylabel("Loss"); plt.legend()
"""


@pytest.mark.parametrize(
    "end", ["", "plt.show()", "plt.close()", "plt.savefig(out); plt.close('all')", "plt.show(); plt.show()"]
)
def test_a_figure_is_recorded_once(notebook: Callable[..., Any], end: str, tmp_path: Any) -> None:
    book = notebook()
    book.namespace["out"] = __import__("io").BytesIO()
    book.ok(PLOT + end, "plt.close('all')")
    (figure,) = book.figures
    (axes,) = figure.axes
    assert (axes.title, axes.xlabel, axes.ylabel, axes.legend) == ("Loss", "Epochs", "Loss", ("Training loss",))
    first, second = axes.lines
    assert (first.label, first.x, first.y) == ("Training loss", [1, 2, 3], [0.1, 0.2, None])
    assert (second.label, len(second.x)) == ("", 2000)
    assert figure.cell == 0


def test_other_plots_and_changes(notebook: Callable[..., Any]) -> None:
    book = notebook()
    book.ok(
        """
import numpy as np, matplotlib.pyplot as plt
fig, (a, b, c) = plt.subplots(1, 3)
a.imshow(np.zeros((4, 4))); b.bar([1, 2], [3, 4]); c.scatter([1, 2], [3, 4], label="points")
""",
        "a.set_title('later')",
        "plt.close(fig); plt.figure()",
    )
    first, second = book.figures
    assert [(axes.images, axes.bars) for axes in first.axes] == [(1, 0), (0, 2), (0, 0)]
    assert first.axes[2].lines[0].y == [3, 4]
    assert second.axes[0].title == "later"
    book.namespace["plt"].close("all")
