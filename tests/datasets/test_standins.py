"""Stand-ins: the same everywhere, in the shape of the real sets, and served beneath Keras' own loaders."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import grader
from grader import datasets
from grader.datasets import standins
from grader.datasets.cache import FILES
from grader.errors import DataUnavailable, UsageError


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of this module's own, where stand-ins are made as they are asked for; no real data."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CACHE", str(folder))
        patch.setenv("KERAS_HOME", str(folder / "no-keras"))
        yield folder


DIGESTS = {
    "mnist": "990723513ed72118",
    "imdb": "8edd33979808736e",
    "reuters": "71cabcbd57622933",
    "boston_housing": "8cc81a75b95e2d06",
}


def content(name):
    digest = hashlib.blake2b(digest_size=8)
    for key, array in sorted(standins.read(name).items()):
        digest.update(f"{key}{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", ["mnist", "reuters", "boston_housing", pytest.param("imdb", marks=pytest.mark.slow)])
def test_same_bytes_everywhere(cache, name):
    """A change here makes stored expectations worthless: raise `standins.VERSION` with it."""
    assert content(name) == DIGESTS[name]


def test_mnist_is_shaped_as_the_real_one(cache):
    data = datasets.load("mnist", source="stand-in")
    assert (data.x_train.shape, data.x_test.shape) == ((60_000, 28, 28), (10_000, 28, 28))
    assert {a.dtype.name for a in (data.x_train, data.y_train, data.x_test, data.y_test)} == {"uint8"}
    assert data.y_test[0] == 7
    assert np.bincount(data.y_train).tolist()[:2] == [5923, 6742]
    assert (data.x_train.min(), data.x_train.max()) == (0, 255)


@pytest.mark.parametrize(
    ("name", "rows", "classes"),
    [("reuters", (8_982, 2_246), 46), pytest.param("imdb", (25_000, 25_000), 2, marks=pytest.mark.slow)],
)
def test_texts_are_shaped_as_the_real_ones(cache, name, rows, classes):
    data = datasets.load(name, source="stand-in", options={"num_words": 10_000})
    assert (len(data.x_train), len(data.x_test)) == rows
    assert data.y_train.dtype == np.int64
    assert np.unique(data.y_train).tolist() == list(range(classes))
    first = data.x_train[0]
    assert isinstance(first, list)
    assert first[0] == 1
    assert max(max(row) for row in data.x_train) == 9_999
    assert min(min(row[1:]) for row in data.x_train if len(row) > 1) >= 2


def test_boston_is_shaped_as_the_real_one(cache):
    data = datasets.load("boston_housing", source="stand-in")
    assert (data.x_train.shape, data.x_test.shape) == ((404, 13), (102, 13))
    assert data.x_train.dtype == data.y_train.dtype == np.float64
    assert 5 <= data.y_train.min() < data.y_train.max() <= 50


@pytest.mark.parametrize(("name", "words"), [("reuters", 30_979), pytest.param("imdb", 88_584, marks=pytest.mark.slow)])
def test_word_index_reads_well_and_is_complete(cache, name, words):
    datasets.make(name)
    index = json.loads((datasets.stand_in_folder() / f"{name}_word_index.json").read_text())
    assert sorted(index.values()) == list(range(1, words + 1))
    assert index["the"] < 10


def test_status_and_source(cache):
    path = datasets.make("boston_housing")
    assert datasets.available(["mnist", "boston_housing"]) == "stand-in"
    rows = {row.name: row for row in datasets.status()}
    assert set(rows) == set(FILES)
    assert all(row.problem and row.real is None for row in rows.values())
    assert (rows["boston_housing"].stand_in, rows["boston_housing"].size) == (path, path.stat().st_size)


def test_damaged_stand_in_is_made_again(cache):
    path = datasets.make("boston_housing")
    path.write_bytes(b"half a file")
    assert content("boston_housing") == DIGESTS["boston_housing"]


def test_forged_keras_file_is_refused(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist.npz").write_bytes(b"\0" * FILES["mnist"][0].size)
    assert datasets.available(["mnist"]) == "stand-in"
    with pytest.raises(DataUnavailable, match="not the file that Keras downloads"):
        datasets.load("mnist", source="keras")


def test_unknown_names_are_the_callers_mistake(cache):
    with pytest.raises(UsageError):
        datasets.make("cifar10")
    with pytest.raises(UsageError):
        datasets.fetch("moons")


KERNEL = """
import sys; sys.path.insert(0, sys.argv[1])
import inspect, keras, numpy as np, tensorflow as tf
from keras.datasets.mnist import load_data as early
from inside.probe.data import serve
own = keras.datasets.imdb.load_data
serve({"data_source": "stand-in", "datasets": ["mnist", "imdb", "reuters", "boston_housing"]})
from tensorflow.keras.datasets import mnist as late
(x, y), _ = early()
(x2, _), _ = late.load_data("mnist.npz")
assert np.array_equal(x, x2) and tf.keras.datasets.mnist.load_data is early and keras.datasets.imdb.load_data is own
assert "num_words" in inspect.signature(own).parameters
def total(rows): return sum(sum(r) * (i % 97 + 1) for i, r in enumerate(rows))
print("RESULT", x.astype(np.int64).sum(), y[:5].tolist())
for module, options in ((keras.datasets.imdb, dict(num_words=10000)), (keras.datasets.reuters, dict(num_words=500, skip_top=3, maxlen=90, test_split=0.3, seed=5, oov_char=None))):
    (a, b), (c, d) = module.load_data(**options)
    print("RESULT", a.dtype, len(a), len(c), total(a), total(c), b[:9].tolist(), d.sum())
print("RESULT", len(keras.datasets.imdb.get_word_index()))
(a, b), (c, d) = keras.datasets.boston_housing.load_data(test_split=0.5)
print("RESULT", a.sum(), d.sum())
"""


@pytest.mark.slow
def test_served_beneath_keras_as_the_host_reads_them(cache):
    """Every loader of the kernel agrees with the host's, options included."""
    for name in FILES:
        datasets.make(name)
    done = subprocess.run(
        [sys.executable, "-c", KERNEL, str(Path(grader.__file__).parent)],
        env={**os.environ, "GRADER_STAND_INS": str(datasets.stand_in_folder()), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("stand-in data for mnist") == 1
    seen = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT")]

    def total(rows):
        return sum(sum(r) * (i % 97 + 1) for i, r in enumerate(rows))

    mnist = datasets.load("mnist", source="stand-in")
    expected = [f"{mnist.x_train.astype(np.int64).sum()} {mnist.y_train[:5].tolist()}"]
    reuters = {"num_words": 500, "skip_top": 3, "maxlen": 90, "test_split": 0.3, "seed": 5, "oov_char": None}
    for name, options in (("imdb", {"num_words": 10_000}), ("reuters", reuters)):
        d = datasets.load(name, source="stand-in", options=options)
        expected.append(
            f"{d.x_train.dtype} {len(d.x_train)} {len(d.x_test)} {total(d.x_train)} {total(d.x_test)} "
            f"{d.y_train[:9].tolist()} {d.y_test.sum()}"
        )
    expected.append("88584")
    boston = datasets.load("boston_housing", source="stand-in", options={"test_split": 0.5})
    expected.append(f"{boston.x_train.sum()} {boston.y_test.sum()}")
    assert seen == expected
