"""Every model is seen, by whatever name or none."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

SETUP = """
import numpy as np, keras
from keras import layers
x = np.random.rand(40, 6).astype("float32"); y = np.random.rand(40, 2)
def dense(*widths, shape=(6,)):
    return keras.Sequential([keras.Input(shape)] + [layers.Dense(n) for n in widths])
"""


@pytest.fixture
def book(notebook: Callable[..., Any]) -> Any:
    made = notebook()
    made.ok(SETUP)
    return made


def last(book: Any) -> dict[int, Any]:
    """The newest snapshot of each model."""
    return {model.model: model for model in book.models}


def test_untrained_renamed_and_local_models(book: Any) -> None:
    book.ok("netz = dense(3, 2)", "def f():\n    dense(4, 2)\nf()", "other = netz; _hidden = netz")
    assert [(m.names, m.created, m.cell) for m in book.models] == [
        (("netz",), 1, 1),
        ((), 2, 2),
        (("netz", "other"), 1, 3),
    ]
    assert all(model.built and model.how == "config" for model in book.models)


def test_a_rebound_name_loses_nothing(book: Any) -> None:
    book.ok("model = dense(3, 2)\nmodel = dense(4, 2)\nmodel = dense(5, 2)")
    units = [model.config["config"]["layers"][1]["config"]["units"] for model in book.models]
    assert units == [3, 4, 5]
    assert [model.names for model in book.models] == [(), (), ("model",)]


def test_only_changes_are_written_again(book: Any) -> None:
    book.ok("model = dense(3, 2)", "1 + 1", "model.compile('sgd', 'mse')", "2 + 2", "model.layers[0].trainable = False")
    assert [model.cell for model in book.models] == [1, 3, 5]
    book.ok("model.set_weights([w + 1 for w in model.get_weights()])", "del model")
    assert [model.cell for model in book.models] == [1, 3, 5, 6]


def test_the_graph_inside_a_sequential_is_no_model_of_its_own(book: Any) -> None:
    book.ok("model = keras.Sequential([layers.Dense(2)])\nmodel.compile('sgd', 'mse')\nmodel.fit(x, y, verbose=0)")
    assert list(last(book)) == [1]
    book.ok("feature = keras.Model(model.inputs, model.layers[0].output); copy = keras.models.clone_model(model)")
    assert [model.names for model in last(book).values()] == [("model",), ("feature",), ("copy",)]


def test_a_model_without_input_shape(book: Any) -> None:
    book.ok("model = keras.Sequential([layers.Dense(3, activation='relu'), layers.Dense(2)])")
    (model,) = book.models
    assert (model.built, model.weights, model.weights_digest) == (False, "", "")
    assert [layer["class_name"] for layer in model.config["config"]["layers"]] == ["Dense", "Dense"]
    book.ok("model.compile('sgd', 'mse'); model.fit(x, y, verbose=0)")
    assert book.fits[0].weights_before == ""
    assert last(book)[1].built


SUBCLASSED = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(5, activation="relu"); self.drop = layers.Dropout(0.5); self.b = layers.Dense(2)
    def call(self, inputs, training=False):
        x = self.a(inputs)
        if training:
            x = self.drop(x, training=training)
        return self.b(x)
net = Net()
"""


def test_a_subclassed_model_is_traced_once_it_has_seen_data(book: Any) -> None:
    book.ok(SUBCLASSED)
    assert (book.models[0].how, book.models[0].built) == ("opaque", False)
    assert "Net has not been called on data" in book.models[0].why_opaque
    book.ok("net.compile('sgd', 'mse'); net.fit(x, y, verbose=0)")
    model = last(book)[1]
    assert (model.how, model.class_name, model.names) == ("traced", "Net", ("net",))
    kinds = [layer["class_name"] for layer in model.config["config"]["layers"]]
    assert kinds == ["InputLayer", "Dense", "Dropout", "Dense"]
    assert not book.namespace["net"].a._inbound_nodes


def test_subclasses_of_sequential_and_functional_keep_their_config(book: Any) -> None:
    book.ok(
        """
class Mine(keras.Sequential): pass
class Wired(keras.Model):
    def __init__(self):
        i = keras.Input((6,)); super().__init__(i, layers.Dense(2)(i))
mine = Mine([keras.Input((6,)), layers.Dense(2)]); wired = Wired()
"""
    )
    assert [(m.class_name, m.how, m.config["class_name"]) for m in book.models] == [
        ("Mine", "config", "Sequential"),
        ("Wired", "config", "Functional"),
    ]


def test_what_cannot_be_traced_says_why(book: Any) -> None:
    book.ok(
        """
import tensorflow as tf
class Odd(keras.Model):
    def __init__(self): super().__init__(); self.d = layers.Dense(2)
    def call(self, inputs): return tf.where(inputs[:, :2] > 0, self.d(inputs), 0.)
class Twisted(keras.Model):
    def __init__(self): super().__init__(); self.d = layers.Dense(2)
    def call(self, inputs):
        factor = 1.0 if "Keras" in type(inputs).__name__ else 2.0
        return self.d(inputs) * factor
odd, twisted = Odd(), Twisted()
odd(x); twisted(x)
"""
    )
    odd, twisted = book.models
    assert odd.how == twisted.how == "opaque"
    assert odd.weights
    assert "Odd" in odd.why_opaque
    assert "Twisted computes something else" in twisted.why_opaque


def test_a_custom_layer_keeps_its_config(book: Any) -> None:
    book.ok(
        """
class Double(layers.Layer):
    def call(self, x): return x * 2
model = keras.Sequential([keras.Input((6,)), Double(), layers.Dense(2)])
"""
    )
    (model,) = book.models
    assert model.config["config"]["layers"][1]["class_name"] == "Double"


def test_many_models_in_one_cell(book: Any) -> None:
    book.ok("for i in range(70): dense(2)")
    assert sorted(last(book)) == list(range(1, 71))
    assert not book.recorder._models._strong


def test_a_model_does_not_outlive_its_cell(book: Any) -> None:
    book.ok("import weakref, gc\nmodel = dense(2)\nseen = weakref.ref(model)\ndel model", "gc.collect()")
    assert book.namespace["seen"]() is None


def test_models_made_before_the_recorder_are_found_by_name(notebook: Callable[..., Any]) -> None:
    import keras

    book = notebook(seed=None)
    book.namespace["early"] = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    book.ok("pass")
    assert book.models[0].names == ("early",)


def test_large_weights_are_left_out_and_said(book: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.inside.probe.models.SNAPSHOT_BYTES", 1 << 20)
    book.ok("big = dense(600, 600)")
    (model,) = book.models
    assert (model.weights, model.built) == ("", True)
    assert "MiB" in model.why_opaque


def test_the_evidence_cap_stops_the_recorder_not_the_notebook(notebook: Callable[..., Any]) -> None:
    book = notebook(limits={"evidence_files": 12, "evidence_bytes": 1 << 20})
    book.ok(SETUP, *("model = dense(100, 100)" for _ in range(12)))
    files = [path for path in book.folder.rglob("*") if path.is_file()]
    assert len(files) <= 12
    assert sum(path.stat().st_size for path in files) < 1 << 20


def test_a_forked_child_writes_nothing(book: Any) -> None:
    child = os.fork()
    if child == 0:
        book.recorder.created(object())
        book.recorder.cell_ended(1)
        os._exit(0)
    os.waitpid(child, 0)
    assert not book.models


def test_a_fault_of_the_recorder_is_a_notice(book: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("worn out")

    monkeypatch.setattr("grader.inside.probe.recorder.fit_record", broken)
    book.ok("model = dense(2); model.compile('sgd', 'mse'); h = model.fit(x, y, verbose=0)")
    assert book.namespace["h"].history["loss"]
    assert not book.fits
    assert "worn out" in book.notices[0].text
