"""A second attempt: names that Keras has removed are put back in a real kernel, and only there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.execute.job import RunSpec
from grader.execute.keeper import Slots
from grader.workers import job_key

OLD = """import keras
import numpy as np
from keras.utils import np_utils
from keras.layers.core import Dense, Dropout
from keras.models import Sequential
x, y = np.zeros((8, 2)), np_utils.to_categorical([0, 1] * 4, nb_classes=2)""", """model = Sequential()
model.add(Dense(output_dim=3, init='uniform', input_dim=2))
model.add(Dropout(p=0.2))
model.add(Dense(2, activation='softmax'))
model.compile(keras.optimizers.SGD(lr=0.1), 'categorical_crossentropy', metrics=['accuracy'])
history = model.fit(x, y, nb_epoch=2, verbose=0)
print(len(history.history['acc']), model.predict_classes(x, verbose=0).shape, float(model.optimizer.lr) < 0.11)""", """def batches():
    while True:
        yield x, y
model.fit_generator(batches(), steps_per_epoch=2, epochs=1, workers=2, verbose=0)
print(model.predict_proba(x, verbose=0).shape, keras.layers.Dense.from_config(Dense(3).get_config()).units)""", """import tensorflow as tf
import matplotlib.pyplot as plt
tf.enable_eager_execution()
plt.style.use('seaborn-white')
model.compile(tf.train.RMSPropOptimizer(0.001), 'mse')
print(type(model.optimizer).__name__)""", """from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.model_selection import GridSearchCV
def build(hidden=2):
    made = Sequential([keras.Input((2,)), Dense(hidden), Dense(1, activation='sigmoid')])
    made.compile('sgd', 'binary_crossentropy')
    return made
grid = GridSearchCV(KerasClassifier(build_fn=build, epochs=1, verbose=0), {'hidden': [2, 3]}, cv=2)
print(grid.fit(np.zeros((8, 2)), [0, 1] * 4).best_params_['hidden'] in {2, 3})""", """keras.layers.Dense(3, nonsense=1)"""  # fmt: skip
SAID = ["", "2 (8,) True\n", "(8, 2) 3\n", "RMSprop\n", "True\n"]

pytestmark = pytest.mark.xdist_group("slots")


def ran(slots: Slots, folder: Path, **options: Any) -> list[dict[str, Any]]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in OLD])
    slots.run(nbformat.writes(notebook).encode(), RunSpec(seed=3, **options), folder)
    return [json.loads((folder / f"cells/{index:04d}.json").read_bytes()) for index in range(len(OLD))]


def test_old_names_work_in_a_second_attempt(slots: Slots, tmp_path: Path) -> None:
    cells = ran(slots, tmp_path, compat=True)
    assert [c["error"] for c in cells[:-1]] == [None] * len(SAID)
    texts = [json.loads((tmp_path / f"outputs/{i:04d}.json").read_bytes()) for i in range(len(SAID))]
    assert ["".join(str(o.get("text", "")) for o in outputs if o.get("name") == "stdout") for outputs in texts] == SAID
    assert "nonsense" in cells[-1]["error"]["message"]
    notices = [json.loads(path.read_bytes())["text"] for path in sorted(tmp_path.glob("notices/*.json"))]
    said = " ".join(notices)
    for name in (
        "lr=",
        "nb_epoch=",
        "keras.utils.np_utils",
        "fit_generator",
        "history['acc']",
        "tf.train.RMSPropOptimizer",
    ):
        assert f"Stood in for {name}" in said


def test_a_first_attempt_has_none_of_it(slots: Slots, tmp_path: Path) -> None:
    cells = ran(slots, tmp_path)
    assert all(c["status"] == "error" for c in cells)


def test_the_attempts_are_different_jobs() -> None:
    keys = {job_key(b"{}", RunSpec(seed=1, compat=compat), {}) for compat in (False, True)}
    assert len(keys) == 2
