"""A replayed training is the training: same bits, same output, same state afterwards; and nobody can forge one."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.assignment import Limits
from grader.execute.job import Ended, How, RunSpec
from grader.execute.keeper import DataMount, Slots
from grader.execute.sandbox import available_sandboxes
from grader.execute.trainings import Trainings
from grader.workers import machine

LIMITS = Limits(cell_seconds=60, notebook_seconds=400, memory_bytes=2 << 30, evidence_bytes=64 << 20)
PROLOGUE = '''
import hashlib, random
import numpy as np, tensorflow as tf, keras
from keras import layers
made = np.random.default_rng(3)
x = made.random((300, 12)).astype("float32"); y = (x.sum(axis=1) > 6).astype("float32")
classes = made.integers(0, 3, 300); onehot = keras.utils.to_categorical(classes, 3)

def say(model, history=None, callbacks=()):
    """Everything that the fit left, in one line."""
    hasher = hashlib.sha256()
    for variable in [*model.variables, *model.optimizer.variables, *model.metrics_variables]:
        hasher.update(np.asarray(variable).tobytes())
    state = {k: v for c in callbacks for k, v in vars(c).items() if isinstance(v, (int, float, str, type(None))) or k == "monitor_op"}
    state = {k: getattr(v, "__name__", v) for k, v in state.items()}
    best = [w.tobytes() for c in callbacks for w in getattr(c, "best_weights", None) or []]
    hasher.update(b"".join(best))
    print("SAID", hasher.hexdigest()[:16], history and (history.history, history.epoch, history.params), state,
          model.stop_training, random.random(), np.random.rand(), float(keras.random.normal(())),
          float(tf.random.uniform(())), model.history is history)
'''
CASES = {
    "dropout, batch normalisation, L2, early stopping, plateau": """
model = keras.Sequential([layers.Dense(16, activation="relu", kernel_regularizer="l2"), layers.BatchNormalization(),
                          layers.Dropout(0.4), layers.Dense(1, activation="sigmoid")])
model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True, verbose=1)
slow = keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.3, verbose=1)
h = model.fit(x, y, epochs=12, batch_size=32, validation_split=0.25, callbacks=[stop, slow], verbose=2)
say(model, h, [stop, slow])
print(model.evaluate(x, y, verbose=0), model.predict(x[:5], verbose=0).tobytes().hex())
h = model.fit(x, y, epochs=2, verbose=0)
say(model, h)
""",
    "convolution, Adam, validation data": """
pictures = x.reshape(300, 2, 6, 1).repeat(3, axis=1)
inputs = keras.Input((6, 6, 1)); z = layers.Conv2D(4, 3, activation="relu")(inputs); z = layers.MaxPooling2D(2)(z)
model = keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.Flatten()(z)))
model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy", "mse"])
h = model.fit(pictures[:200], onehot[:200], epochs=3, validation_data=(pictures[200:], onehot[200:]))
say(model, h)
""",
    "schedule, momentum, sample weights, integer labels": """
rate = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)
model = keras.Sequential([keras.Input((12,)), layers.Dense(8, activation="tanh"), layers.Dense(3)])
model.compile(keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
              keras.losses.SparseCategoricalCrossentropy(from_logits=True), weighted_metrics=["accuracy"])
h = model.fit(x, classes, sample_weight=np.linspace(0, 1, 300), epochs=3, shuffle=False, verbose=0)
say(model, h)
""",
}
MORE = {
    "class weights, Adagrad, metric objects": """
model = keras.Sequential([keras.Input((12,)), layers.Dense(3, activation="softmax")])
model.compile("adagrad", "sparse_categorical_crossentropy", metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")])
h = model.fit(x, classes, class_weight={0: 1.0, 1: 2.0, 2: 0.5}, epochs=2, verbose=0); say(model, h)
""",
    "embedding, recurrence, Nadam": """
words = (x * 20).astype("int32")
model = keras.Sequential([layers.Embedding(21, 4), layers.LSTM(5, dropout=0.2), layers.Dense(1, activation="sigmoid")])
model.compile("nadam", "binary_crossentropy", metrics=[keras.metrics.AUC()])
h = model.fit(words, y, epochs=2, batch_size=50, validation_split=0.1, verbose=0); say(model, h)
""",
    "own seed in the training's cell": """
keras.utils.set_random_seed(99)
model = keras.Sequential([keras.Input((12,)), layers.Dense(6, activation="relu"), layers.Dropout(0.5), layers.Dense(1)])
model.compile("adamw", "mse", metrics=["mae"])
random.random()
h = model.fit(x, y, epochs=3, verbose=0); say(model, h)
""",
    "regression in float64, initial epoch, noise, layer normalisation, Adamax": """
model = keras.Sequential([keras.Input((12,)), layers.GaussianNoise(0.1), layers.Dense(6, activation="elu"),
                          layers.LayerNormalization(), layers.Dense(1, kernel_constraint="max_norm", bias_regularizer="l1")])
model.compile("adamax", keras.losses.MeanSquaredError(), metrics=["mae", keras.metrics.RootMeanSquaredError()])
h = model.fit(x.astype("float64"), y, epochs=4, initial_epoch=1, batch_size=7, verbose=0); say(model, h)
""",
    "frozen layers, Lion, a rate changed by hand, NaN watched": """
model = keras.Sequential([keras.Input((12,)), layers.Dense(6, activation="relu", trainable=False), layers.Dense(1)])
model.compile("lion", "huber"); model.optimizer.learning_rate = 0.005
h = model.fit(x, y, epochs=2, callbacks=[keras.callbacks.TerminateOnNaN()], verbose=0); say(model, h)
for layer in model.layers: layer.trainable = True
model.compile(keras.optimizers.Ftrl(), "log_cosh"); h = model.fit(x, y, epochs=2, verbose=0); say(model, h)
""",
    "two fits in one cell, Adadelta, learning on": """
model = keras.Sequential([keras.Input((12,)), layers.Dense(4), layers.Dense(3, activation="softmax")])
model.compile("adadelta", "kl_divergence", metrics=["categorical_accuracy"])
a = model.fit(x, onehot, epochs=1, verbose=0); b = model.fit(x, onehot, epochs=3, initial_epoch=1, verbose=0)
say(model, b); print(a.history)
""",
}


@dataclass(frozen=True)
class Bench:
    """A student slot with a store of its own."""

    slots: Slots
    store: Path
    trainings: Trainings

    def train(self, where: str) -> None:
        """Has trainings that are not in the store done by the `kernel` or by the `trainer`."""
        self.trainings.at_first_sight = self.trainings.at_leisure = 0 if where == "trainer" else math.inf

    def run(self, *cells: str, into: Path, seed: int = 5) -> tuple[Ended, list[str], list[str]]:
        """Runs a notebook. Returns how it ended, each cell's text without timings, and where each fit was trained."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (PROLOGUE, *cells)])
        ended = self.slots.run(
            nbformat.writes(notebook).encode(), RunSpec(seed=seed, limits=LIMITS, train_once=True), into
        )
        texts = []
        for path in sorted((into / "outputs").glob("*")):
            outputs = json.loads(path.read_bytes())
            whole = "".join(str(o.get("text", o)) for o in outputs if o.get("name") != "stderr")
            texts.append(re.sub(r"\S*\d+(us|ms|s)(/step|/epoch)?\S*|[\b\r].*?[\b\r]", "", whole))
        trained = [json.loads(p.read_bytes())["trained"] for p in sorted((into / "fits").glob("*.json"))]
        assert not list((into / "notices").glob("*")), [p.read_text() for p in (into / "notices").glob("*")]
        return ended, texts[1:], trained


@pytest.fixture(scope="session", params=["bubblewrap", pytest.param("landlock", marks=pytest.mark.slow)])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    found = [s for s in available_sandboxes() if s.level == request.param]
    if not found:
        missing = f"{request.param} does not work here"
        if request.param in os.environ.get("GRADER_TEST_REQUIRE", "").split(","):
            pytest.fail(missing)
        pytest.skip(missing)
    store = tmp_path_factory.mktemp("trainings")
    with Slots(count=1, sandbox=found[0], data=DataMount(), role="trusted") as trainer:
        trainings = Trainings(store, trainer, machine())
        with Slots(count=1, sandbox=found[0], data=DataMount(), trainings=trainings) as slots:
            yield Bench(slots, store, trainings)


def test_the_third_time_is_replayed_and_all_three_are_the_same_bit_for_bit(bench: Bench, tmp_path: Path) -> None:
    _three_times(bench, CASES, tmp_path)


@pytest.mark.slow
def test_more_layers_optimizers_and_callbacks_bit_for_bit(bench: Bench, tmp_path: Path) -> None:
    _three_times(bench, MORE, tmp_path)


def _three_times(bench: Bench, cases: dict[str, str], folder: Path) -> None:
    ran = []
    for n, where in enumerate(("kernel", "trainer", "trainer")):
        bench.train(where)
        ran.append(bench.run(*cases.values(), into=folder / str(n)))
    for ended, texts, _ in ran:
        assert ended.how == "completed"
        assert all("SAID" in text for text in texts), texts
    (_, first, at_home), (_, second, by_trainer), (_, third, replayed) = ran
    for name, a, b, c in zip(cases, first, second, third, strict=True):
        assert a.splitlines() == b.splitlines(), f"{name}: kernel and trainer differ"
        assert b.splitlines() == c.splitlines(), f"{name}: trainer and replay differ"
    assert set(at_home) == {"kernel"}
    assert set(by_trainer) == {"trainer"}
    assert set(replayed) == {"stored"}


HOSTILE = """
import gc, json, os, socket, threading
line = next(o for o in gc.get_objects() if type(o).__name__ == "TrainOnce")._line

def send(message, *fds):
    socket.send_fds(line, [message if isinstance(message, bytes) else json.dumps(message).encode()], list(fds))
    line.settimeout(60)
    data, back, _, _ = socket.recv_fds(line, 4096, 4)
    print("ANSWER", json.loads(data)["how"], len(back))

def memory(data, seals=0):
    import fcntl
    fd = os.memfd_create("mine", os.MFD_ALLOW_SEALING); os.write(fd, data)
    if seals: fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd

ALL = 1 | 2 | 4 | 8
ask = {"number": 1, "kind": "fit", "seconds": 100}
send(b"not json", memory(b"x", ALL))
send({"number": 1}, memory(b"x", ALL))
send(ask | {"kind": "poison"}, memory(b"x", ALL))
send(ask, memory(b"unsealed"))
send(ask, memory(b"half sealed", 2))
send(ask, os.pipe()[0])
send(ask, os.open("/proc/self/exe", os.O_RDONLY))
send(ask, memory(b"garbage that is no request", ALL))
send(ask, memory((2**40).to_bytes(8, "little") + b"{}", ALL))
send(ask | {"token": "mine", "left": 1e9, "how": "stored", "seed": 1}, memory(b"more garbage", ALL))
print([p for p in os.popen("find / -name '*.safetensors' 2>/dev/null").read().split()])
line.settimeout(None)
"""
HONEST = """
model = keras.Sequential([keras.Input((12,)), layers.Dense(7), layers.Dense(1)])
model.compile("rmsprop", "mse"); h = model.fit(x, y, epochs=2, verbose=0); say(model, h)
"""
POISONED = """
import gc
recorder = next(o for o in gc.get_objects() if type(o).__name__ == "Recorder")
kind = type(recorder.train_once)
whole = kind._exchange
def lie(self, name, seconds, request):
    asked = whole(self, name, seconds, request)
    if asked is not None and asked.how != "run":
        for array in asked.arrays.values():
            try: array[...] = 0
            except ValueError: print("read-only")
    return asked
kind._exchange = lie
"""


def test_garbage_on_the_line_is_answered_with_nothing_and_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.train("trainer")
    before = sorted(bench.store.glob("*/*.safetensors"))
    ended, texts, _ = bench.run(HOSTILE, into=tmp_path)
    assert ended.how == "completed"
    answers = [line.split()[1:] for line in texts[0].splitlines() if line.startswith("ANSWER")]
    assert len(answers) == 10
    assert all(how in ("none", "run") and fds == "0" for how, fds in answers)
    assert texts[0].splitlines()[-1] == "[]"
    assert sorted(bench.store.glob("*/*.safetensors")) == before


def test_a_notebook_can_not_poison_what_others_are_given(bench: Bench, tmp_path: Path) -> None:
    bench.train("trainer")
    said = [bench.run(HONEST, into=tmp_path / str(n), seed=77)[1] for n in range(2)]
    _, lied, trained = bench.run(POISONED, HONEST, into=tmp_path / "poisoned", seed=77)
    assert trained == ["stored"]
    assert "read-only" in lied[1]
    _, after, trained = bench.run(HONEST, into=tmp_path / "after", seed=77)
    assert trained == ["stored"]
    assert said[0] == said[1] == after


@pytest.mark.xdist_group("busy trainer")  # one counts seconds, the other takes every processor
def test_a_training_past_the_limit_is_the_cells_timeout(bench: Bench, tmp_path: Path) -> None:
    bench.train("trainer")
    long = HONEST.replace("epochs=2", "epochs=20000")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in (PROLOGUE, long, "print('after')")]
    )
    limits = replace(LIMITS, cell_seconds=4)
    data = nbformat.writes(notebook).encode()
    bench.slots.run(data, RunSpec(seed=5, limits=limits, train_once=True), tmp_path)
    cells = [json.loads((tmp_path / f"cells/{n:04d}.json").read_bytes()) for n in range(3)]
    assert [cell["status"] for cell in cells] == ["ok", "timeout", "ok"]
    assert cells[1]["seconds"] < 20


def test_without_a_store_the_kernel_trains_the_same(bench: Bench, tmp_path: Path) -> None:
    sandbox = next((s for s in available_sandboxes()), None)
    if sandbox is None:
        pytest.skip("nothing isolates here")
    bench.train("kernel")
    _, kept, _ = bench.run(HONEST, into=tmp_path / "kept", seed=31)
    for n, trainings in enumerate((Trainings(None, Forbidden(), machine()), None)):
        with Slots(count=1, sandbox=sandbox, data=DataMount(), trainings=trainings) as slots:
            without = Bench(slots, tmp_path, bench.trainings)
            ended, said, trained = without.run(HONEST, into=tmp_path / str(n), seed=31)
        assert ended.how == "completed"
        assert trained == ["kernel"]
        assert said == kept or trainings is None, "the same random numbers"


class Forbidden:
    """A trainer that nobody may ask."""

    def idle(self) -> bool:
        return True

    def train(self, *_args: object, **_options: object) -> tuple[Ended, None]:
        raise AssertionError("asked")


def test_waiting_for_a_trainer_costs_no_time_of_the_cell(tmp_path: Path) -> None:
    sandbox = next((s for s in available_sandboxes()), None)
    if sandbox is None:
        pytest.skip("nothing isolates here")

    class Busy:
        """Answers late, as a trainer with a long queue, and charges nothing."""

        def idle(self) -> bool:
            return False

        def train(self, *_args: object, **_options: object) -> tuple[Ended, None]:
            time.sleep(6)
            return Ended(how=How.FAILED), None

    with Slots(
        count=1,
        sandbox=sandbox,
        data=DataMount(),
        trainings=Trainings(tmp_path / "store", Busy(), {}, at_first_sight=0),
    ) as slots:
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(PROLOGUE), nbformat.v4.new_code_cell(HONEST)]
        )
        spec = RunSpec(seed=5, limits=replace(LIMITS, cell_seconds=5), train_once=True)
        slots.run(nbformat.writes(notebook).encode(), spec, tmp_path / "job")
    cell = json.loads((tmp_path / "job/cells/0001.json").read_bytes())
    assert cell["seconds"] > 6
    assert cell["status"] == "ok"


@pytest.mark.xdist_group("busy trainer")  # one counts seconds, the other takes every processor
def test_a_trainer_that_waits_for_a_busy_processor_is_not_charged(tmp_path: Path) -> None:
    sandbox = next((s for s in available_sandboxes()), None)
    if sandbox is None:
        pytest.skip("nothing isolates here")
    took: list[float] = []
    busy = "import time; until = time.monotonic() + 60\nwhile time.monotonic() < until: pass"

    class Watched(Slots):
        """Has rivals while it trains, three for each processor."""

        def train(self, *args: Any, **options: Any) -> tuple[Ended, Path | None]:
            rivals = [subprocess.Popen([sys.executable, "-c", busy]) for _ in range(3 * (os.cpu_count() or 1))]
            try:
                ended, file = super().train(*args, **options)
            finally:
                for rival in rivals:
                    rival.kill()
                    rival.wait()
            took.append(ended.seconds)
            return ended, file

        def _do(self, *args: Any) -> tuple[Ended, Any]:
            ended, seen = super()._do(*args)
            took.append(ended.seconds)
            return ended, seen

    with (
        Watched(count=1, sandbox=sandbox, data=DataMount(), role="trusted") as trainer,
        Slots(
            count=1,
            sandbox=sandbox,
            data=DataMount(),
            trainings=Trainings(tmp_path / "store", trainer, {}, at_first_sight=0),
        ) as slots,
    ):
        long = HONEST.replace("epochs=2", "epochs=40")
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in (PROLOGUE, long)])
        spec = RunSpec(seed=5, limits=LIMITS, train_once=True)
        slots.run(nbformat.writes(notebook).encode(), spec, tmp_path / "job")
    assert json.loads((tmp_path / "job/cells/0001.json").read_bytes())["status"] == "ok"
    whole, charged = took
    assert charged < 0.7 * whole


def test_a_short_training_is_kept_when_it_has_come_often(bench: Bench, tmp_path: Path) -> None:
    bench.trainings.at_first_sight = bench.trainings.at_leisure = 1e6
    trained = []
    for n in range(12):
        trained += bench.run(HONEST, into=tmp_path / str(n), seed=1234)[2]
        if trained[-1] == "stored":
            break
        time.sleep(0.5)
    assert trained[:3] == ["kernel"] * 3
    assert trained[-1] == "stored"
