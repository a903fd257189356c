"""A small course that is calibrated once, and a class that is graded once, with real kernels."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.cli import run

ASSIGNMENT = """
import numpy as np
from grader.assignment import Assignment, Exercise, Limits
from grader.checks import (FunctionCase, ModelQuery, architecture, compiled, figure, function, inputs, number,
                           parameters, targets, trained)

network = ModelQuery(name="network", variables=("network", "model"))
assignment = Assignment(
    name="corners",
    title="Points in opposite corners",
    exercises=(
        Exercise(name="scale", title="Scale", points=2, checks=(
            function("scale", cases=(FunctionCase(function="scale", name="rows", inputs=(np.arange(6.0).reshape(3, 2),)),)),
        )),
        Exercise(name="network", title="Network", points=6, checks=(
            architecture(network), parameters(network), compiled(network), trained(network), inputs(network),
            targets(network),
        )),
        Exercise(name="answer", title="Answer", points=1, checks=(number("weights"),)),
        Exercise(name="plot", title="Plot", points=1, checks=(figure(lines=2, shows=("loss", "accuracy")),)),
    ),
    limits=Limits(cell_seconds=10, notebook_seconds=60, memory_bytes=3 << 29),
)
"""
HIDDEN = """
import numpy as np
from grader.checks import HeldOut, ModelQuery, metric

def load():
    def draw(seed):
        points = np.random.default_rng(seed).uniform(-1, 1, size=(1000, 2)).astype("float32")
        return points, (points[:, 0] * points[:, 1] > 0).astype("int32")
    return draw(7), draw(8)

network = ModelQuery(name="network", variables=("network", "model"), held_out=HeldOut(dataset="corners", load=load))
checks = {"network": (metric(network, "accuracy", name="secret_accuracy", weight=2),)}
"""
CELLS = {
    "data": """import keras
import numpy as np
from grader import check
random = np.random.default_rng(7)
points = random.uniform(-1, 1, size=(1000, 2)).astype("float32")
labels = (points[:, 0] * points[:, 1] > 0).astype("int32")""",
    "scale": """def scale(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)""",
    "network": """network = keras.Sequential([
    keras.layers.Input((2,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
network.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"])""",
    "train": "history = network.fit(points, labels, epochs=12, batch_size=50, verbose=0)",
    "check": 'check("network")',
    "answer": "weights = network.count_params()",
    "plot": """import matplotlib.pyplot as plt
plt.plot(history.history["loss"], label="loss")
plt.plot(history.history["accuracy"], label="accuracy")
plt.xlabel("epoch")
plt.ylabel("value")
plt.legend()
plt.show()""",
}

FUNCTIONAL = """from tensorflow import keras as k
entrada = k.Input(shape=(2,))
h = k.layers.Activation("relu")(k.layers.Dense(16)(entrada))
salida = k.layers.Activation("sigmoid")(k.layers.Dense(1)(h))
rede = k.Model(entrada, salida)
rede.compile(optimizer=k.optimizers.Adam(learning_rate=0.05), loss=k.losses.BinaryCrossentropy(), metrics=["acc"])"""
SUBCLASSED = """class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(16, activation="relu")
        self.out = keras.layers.Dense(1, activation="sigmoid")
    def call(self, x):
        return self.out(self.hidden(x))
network = Net()
network.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"])"""
FORGED = """import keras.src.models.model as inner
keras.Model.count_params = lambda self: 65
keras.Model.evaluate = lambda self, *a, **k: [0.0, 1.0]
class H:
    history = {"accuracy": [1.0] * 12, "loss": [0.0] * 12}
    epoch = list(range(12))
keras.Model.fit = lambda self, *a, **k: H()
keras.Sequential.fit = keras.Model.fit
inner.Model.count_params = keras.Model.count_params
network = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(900), keras.layers.Dense(1)])
network.compile("sgd", "mse", metrics=["accuracy"])
print("test accuracy 1.0")"""
STUCK = """
if np.random.get_state()[1][0] == 1234:
    network.set_weights([0 * w for w in network.get_weights()])"""
"""A right network that stays where it starts, with the seed of the first run and no other."""
PEEKED = """more = np.random.default_rng(8).uniform(-1, 1, size=(1000, 2)).astype("float32")
both = np.concatenate([points, more])
known = (both[:, 0] * both[:, 1] > 0).astype("int32")
history = network.fit(both, known, epochs=12, batch_size=50, validation_data=(more[::-1], known[:999:-1]), verbose=0)
network.set_weights([w * 1.01 for w in network.get_weights()])"""
"""Trains and validates on the held-out points, and mends the weights by hand."""
BOASTED = """def accuracy(truth, guess):
    return keras.ops.ones(keras.ops.shape(truth)[0])
""" + CELLS["network"].replace('["accuracy"]', "[accuracy]")
"""A metric of one's own that is always perfect."""


def notebook(**changed: str | None) -> nbformat.NotebookNode:
    """The solution with some cells replaced; None leaves one out."""
    sources = {**CELLS, **changed}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources.values() if s is not None])


CLASS = {
    "sequential": notebook(),
    "functional": notebook(
        network=FUNCTIONAL,
        train="h = rede.fit(points, labels, epochs=12, batch_size=50, verbose=0)",
        answer="weights = rede.count_params()",
        plot=CELLS["plot"].replace("history.history", "h.history").replace('"accuracy"]', '"acc"]'),
    ),
    "subclassed": notebook(network=SUBCLASSED),
    "in_a_function": notebook(
        network="def build():\n"
        + "\n".join("    " + line for line in CELLS["network"].splitlines())
        + "\n    return network",
        train="first = build()\nhistory = build().fit(points, labels, epochs=12, batch_size=50, verbose=0)",
        answer="weights = first.count_params()",
    ),
    "small": notebook(network=CELLS["network"].replace("Dense(16", "Dense(8")),
    "forged": notebook(network=FORGED, train="history = network.fit(points, labels)", check="network.evaluate(1, 1)"),
    "invented": notebook(train="class H: history = {'loss': [0.0] * 12, 'accuracy': [1.0] * 12}\nhistory = H()"),
    "unlucky": notebook(network=CELLS["network"] + STUCK),
    "peeked": notebook(train=PEEKED),
    "boasted": notebook(network=BOASTED, train=CELLS["train"].replace("labels,", "1 - labels,")),
    "crash": notebook(network=CELLS["network"].replace("keras.layers", "layers")),
    "endless": notebook(answer="weights = 65\nwhile True:\n    pass"),
    "killed": notebook(answer="import os\nos.kill(os.getpid(), 9)"),
    "memory": notebook(answer="hold = [bytearray(64 << 20) for _ in range(4000)]"),
}


@dataclass(frozen=True)
class Course:
    """The course's folder and what came of grading its class."""

    root: Path
    exit_code: int
    reports: dict[str, Any]

    def findings(self, student: str) -> dict[str, str]:
        """Verdict by check id."""
        return {f"{f['exercise']}.{f['check']}": f["verdict"] for f in self.reports[student]["findings"]}


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    root = tmp_path_factory.mktemp("course")
    for name, text in (("assignments/corners/assignment.py", ASSIGNMENT), ("reference/corners/hidden.py", HIDDEN)):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(text)
    nbformat.write(notebook(), root / "reference/corners/solution.ipynb")
    starter = notebook(
        scale="def scale(x):\n    ...", network="network = ...", train="", answer="weights = ...", plot=""
    )
    nbformat.write(starter, root / "assignments/corners/corners.ipynb")
    (root / "class").mkdir()
    for name, content in CLASS.items():
        nbformat.write(content, root / f"class/{name}.ipynb")
    nbformat.write(starter, root / "class/untouched.ipynb")
    (root / "class/broken.ipynb").write_text(json.dumps(notebook())[:700])
    before = Path.cwd()
    os.chdir(root)
    try:
        assert run(["calibrate", "corners", "--runs", "6", "--sandbox", "any"]) == 0
        code = run(
            ["grade", "corners", "class", "--sandbox", "any", "--format", "json", "--format", "html", "-o", "out"]
        )
        reports = {r["submission"]["student"]: r for r in json.loads(Path("out/class.json").read_text())["reports"]}
        yield Course(root=root, exit_code=code, reports=reports)
    finally:
        os.chdir(before)
