"""The recorder changes nothing; and what a student changes afterwards doesn't become evidence."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CELLS = [
    """
import random
import numpy as np, keras, tensorflow as tf
from keras import layers
x = np.random.rand(64, 6).astype("float32"); y = np.eye(3)[np.random.randint(0, 3, 64)]
def f(v): return np.random.rand() + v
""",
    """
model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dropout(.3), layers.Dense(3, activation="softmax")])
model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
h = model.fit(x, y, epochs=2, batch_size=16, validation_split=.25, verbose=0)
""",
    """
class Net(keras.Model):
    def __init__(self):
        super().__init__(); self.a = layers.Dense(5); self.drop = layers.Dropout(.5); self.b = layers.Dense(3)
    def call(self, inputs, training=False):
        return self.b(self.drop(self.a(inputs), training=training))
net = Net(); net.compile("adam", "mse"); g = net.fit(x, y, epochs=2, verbose=0)
after = [random.random(), float(np.random.rand()), float(tf.random.uniform(())), float(keras.random.uniform(()))]
i = keras.Input((6,)); last = keras.Model(i, layers.Dense(2)(layers.Dropout(.2)(i)))
""",
    """
h2 = model.fit(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64).batch(8), verbose=0)
names = [layer.name for layer in net.layers + last.layers] + [net.name, last.name]
""",
]
RUN = """
import hashlib, json, os, random, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
cells, folder = json.loads(sys.argv[1]), sys.argv[2]
space, recorder = {}, None
if folder:
    from grader.inside.probe import install
    case = {"function": "f", "name": "c", "inputs": [1.0], "aliases": []}
    recorder = install(folder, {"seed": None, "variables": ["h", "x"], "functions": [case]})
    recorder.namespace = lambda: space
keras.utils.set_random_seed(7)
for index, cell in enumerate(cells):
    recorder and recorder.cell_started(index)
    exec(cell, space)
    recorder and recorder.cell_ended(index)
weights = [w for name in ("model", "net", "last") for w in space[name].get_weights()]
digest = hashlib.sha256(b"".join(w.tobytes() for w in weights)).hexdigest()
print(json.dumps([digest, space["h"].history, space["g"].history, space["h2"].history, space["after"], space["names"]]))
"""


def run(folder: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(CELLS), folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_same_bits_with_and_without(tmp_path: Path) -> None:
    assert run("") == run(str(tmp_path))
    assert len(list((tmp_path / "fits").glob("*.json"))) == 3
    assert not (tmp_path / "notices").exists()


MODEL = """
import numpy as np, keras
from keras import layers
x = np.random.rand(30, 4); y = np.arange(30) % 2
def build():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5), layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


@pytest.fixture
def book(notebook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    import keras
    from keras.src.callbacks import callback_list

    monkeypatch.setattr(callback_list, "History", callback_list.History)
    made = notebook()
    made.ok(MODEL)
    yield made
    for name in ("fit", "evaluate", "count_params", "weights"):
        if name in vars(keras.Model):
            delattr(keras.Model, name)


def test_a_replaced_fit_leaves_no_fit(book: Any) -> None:
    book.ok(
        """
class H: history = {"accuracy": [.5, 1.], "loss": [1, 0.]}; epoch = [0, 1]
keras.Model.fit = lambda self, *a, **k: H()
keras.Model.evaluate = lambda self, *a, **k: [0., 1.]
keras.Model.count_params = lambda self: 10
model = build(); history = model.fit(x, y); model.evaluate(x, y)
"""
    )
    assert not book.fits
    assert not book.evaluations
    (model,) = book.models
    assert sum(array.size for array in book.weights(model)) == 4 * 5 + 5 + 5 * 2 + 2


def test_a_hand_made_history_is_no_fit(notebook: Callable[..., Any]) -> None:
    book = notebook(variables=("history",))
    book.ok(
        MODEL,
        """
model = build(); history = keras.callbacks.History(); history.set_model(model)
history.history = {"accuracy": [.5, 1.0]}; history.epoch = [0, 1]; model.history = history
""",
    )
    assert not book.fits
    assert book.values[0].kind == "history"


def test_a_lying_history_and_callback_change_nothing(book: Any) -> None:
    book.ok(
        """
from keras.src.callbacks import callback_list
class Liar(keras.callbacks.History):
    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, {"accuracy": 1.0, "loss": 0.0})
callback_list.History = Liar
class Lie(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None): logs.update(accuracy=1.0, val_accuracy=1.0)
model = build(); h = model.fit(x, y, epochs=2, verbose=0, callbacks=[Lie()])
"""
    )
    (fit,) = book.fits
    assert book.namespace["h"].history["accuracy"] == [1.0, 1.0]
    assert set(fit.history) == {"accuracy", "loss"}
    assert fit.history["accuracy"] != [1.0, 1.0]


def test_lying_weights_change_nothing(book: Any) -> None:
    book.ok("model = build()\nkeras.Model.weights = property(lambda self: [])")
    assert len(book.weights(book.models[-1])) == 4


def test_patched_random_functions_do_not_stop_the_seeds(notebook: Callable[..., Any]) -> None:
    import keras
    import numpy as np

    book = notebook(seed=3)
    genuine = keras.utils.set_random_seed
    try:
        book.ok(
            "import keras\nkeras.utils.set_random_seed = lambda s: None", "import numpy as np\na = np.random.rand()"
        )
    finally:
        keras.utils.set_random_seed = genuine
    genuine(3)
    assert book.namespace["a"] == np.random.rand()


def test_the_wrapper_is_hidden_from_tracebacks_and_signatures(notebook: Callable[..., Any]) -> None:
    import inspect

    import keras

    notebook()
    assert list(inspect.signature(keras.Model.fit).parameters)[:3] == ["self", "x", "y"]
    assert keras.Model.fit.__name__ == "fit"
