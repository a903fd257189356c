"""The notebook's preprocessing is recognised from sampled rows, and then applied to rows it never saw."""

import time

import numpy as np
import pytest

from grader.datasets.encoding import infer
from grader.evidence import DataSummary


def summary(array):
    """What the recorder keeps of an array passed to `fit`."""
    count = len(array)
    rows = sorted({*range(min(64, count)), *np.linspace(0, count - 1, min(64, count)).astype(int).tolist()})
    return DataSummary(
        shape=array.shape,
        dtype=array.dtype.name,
        minimum=float(array.min()),
        maximum=float(array.max()),
        rows=tuple(rows),
        sample=array[rows],
    )


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    blurred = rng.integers(0, 256, (3000, 30, 30)).astype(np.int64)
    blurred[:, :2] = 0  # Border pixels that never vary, as in MNIST.
    blurred[:, :, :2] = 0
    return blurred[:, :28, :28].astype(np.uint8)


def flat(x):
    return x.reshape(len(x), 784)


IMAGE_RECIPES = {
    "flattened to 784, divided by 255": lambda x: flat(x).astype("float32") / 255,
    "divided by 255": lambda x: x / 255.0,
    "reshaped to (28, 28, 1), divided by 255": lambda x: x[..., None].astype("float32") / 255,
    "reshaped to (1, 28, 28), divided by 255": lambda x: x[:, None].astype("float32") / 255,
    "flattened to 784, not scaled": flat,
    "transposed, flattened to 784, divided by 255": lambda x: flat(x.transpose(0, 2, 1)) / 255,
    "flattened to 784, scaled to -1…1": lambda x: flat(x).astype("float32") / 127.5 - 1,
    "flattened to 784, inverted and divided by 255": lambda x: 1 - flat(x).astype("float32") / 255,
    "flattened to 784, divided by 255 twice": lambda x: flat(x).astype("float32") / 255 / 255,
    "flattened to 784, divided by 100": lambda x: flat(x) / 100,
    "flattened to 784, cut into two values at 255": lambda x: flat(x) // 255,
    "padded to 32 x 32, divided by 255": lambda x: np.pad(x, ((0, 0), (2, 2), (2, 2))) / 255,
    "repeated in 3 channels, divided by 255": lambda x: np.stack([x] * 3, -1) / 255,
}


@pytest.mark.parametrize(("words", "recipe"), IMAGE_RECIPES.items())
def test_image_recipe(images, words, recipe):
    train, held_out = images[:2000], images[2000:]
    encoding = infer(train, summary(recipe(train)))
    assert encoding is not None
    assert encoding.words == words
    prepared = encoding.apply(held_out)
    assert prepared.dtype == np.float32
    np.testing.assert_allclose(prepared, recipe(held_out), atol=1e-5)


def test_float16_is_recognised(images):
    encoding = infer(images, summary((images / 255).astype("float16")))
    assert encoding.words == "divided by 255"


@pytest.mark.parametrize("words", ["flattened to 784, divided by 255", "flattened to 784, scaled to -1…1"])
@pytest.mark.parametrize("part", ["slice", "tail", "shuffled"])
def test_rows_are_found_wherever_they_went(images, words, part):
    recipe = IMAGE_RECIPES[words]
    shuffled = np.random.default_rng(1).permutation(len(images))
    chosen = {"slice": images[500:2500], "tail": images[500:], "shuffled": images[shuffled][:2500]}[part]
    encoding = infer(images, summary(recipe(chosen)))
    assert encoding is not None
    assert encoding.words == words
    np.testing.assert_allclose(encoding.apply(images[:50]), recipe(images[:50]), atol=1e-5)


def test_standardised_pixel_by_pixel_even_where_the_sample_is_constant(images):
    x = flat(images[:2000]).astype(float)
    mean, std = x.mean(0), x.std(0)
    std[std == 0] = 1
    encoding = infer(images[:2000], summary((x - mean) / std))
    assert "standardised" in encoding.words
    np.testing.assert_allclose(encoding.apply(images[2000:]), (flat(images[2000:]) - mean) / std, atol=1e-4)


def test_one_mean_and_standard_deviation(images):
    x = flat(images).astype(float)
    assert "one mean and standard deviation" in infer(images, summary((x - x.mean()) / x.std())).words


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(2)
    return rng.normal(size=(404, 13)) * 10.0 ** rng.integers(-2, 3, 13) + rng.normal(size=13)


@pytest.mark.parametrize(
    "recipe",
    [
        lambda x, t: (x - t.mean(0)) / t.std(0),
        lambda x, t: (x - t.min(0)) / (t.max(0) - t.min(0)),
        lambda x, t: x - t.mean(0),
        lambda x, t: x,
    ],
)
@pytest.mark.parametrize("part", ["all", "fold", "shuffled"])
def test_table_recipe(table, recipe, part):
    train, held_out = table[:303], table[303:]
    x = recipe(train, train)
    chosen = {
        "all": x,
        "fold": np.concatenate([x[:75], x[150:]]),
        "shuffled": x[np.random.default_rng(3).permutation(303)],
    }[part]
    encoding = infer(train, summary(chosen))
    assert encoding is not None
    np.testing.assert_allclose(encoding.apply(held_out), recipe(held_out, train), rtol=1e-4, atol=1e-4)


def test_scaled_by_statistics_of_another_part(table):
    """A mean over all rows, test rows included: not a training statistic, but still one line a feature."""
    x = (table - table.mean(0)) / table.std(0)
    encoding = infer(table[:303], summary(x[:303]))
    np.testing.assert_allclose(encoding.apply(table[303:]), x[303:], atol=1e-3)


def test_points_are_recognised_after_a_shuffled_split():
    rng = np.random.default_rng(4)
    points = rng.normal(size=(1000, 2))
    kept = points[rng.permutation(1000)[:800]]
    assert infer(points, summary(kept)).words == "not scaled"
    scaled = (kept - points.mean(0)) / points.std(0)
    assert "standardised" in infer(points, summary(scaled)).words


@pytest.mark.parametrize("other", ["noise", "scrambled", "wrong size"])
def test_nothing_is_made_up(images, other):
    x = {
        "noise": np.random.default_rng(5).random((3000, 784)),
        "scrambled": images.reshape(784, 3000).T / 255,
        "wrong size": np.zeros((3000, 100)),
    }[other]
    assert infer(images, summary(x)) is None


def test_no_sample_no_encoding(images):
    assert infer(images, DataSummary(dtype="generator")) is None


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(6)
    out = np.empty(400, object)
    for i in range(400):
        out[i] = [1, *rng.integers(2, 1000, rng.integers(5, 60)).tolist()]
    return out


def multi_hot(texts, width):
    out = np.zeros((len(texts), width))
    for i, text in enumerate(texts):
        out[i, [w for w in text if w < width]] = 1
    return out


def padded(texts, width):
    return np.array([([0] * width + list(t))[-width:] for t in texts], np.int32)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (lambda t: multi_hot(t, 1000), "multi-hot in 1000 columns"),
        (lambda t: multi_hot(t, 500), "multi-hot in 500 columns"),
        (lambda t: padded(t, 30), "sequences of 30 word ids, padded in front"),
    ],
)
@pytest.mark.parametrize("part", ["all", "tail", "shuffled"])
def test_text_recipe(texts, recipe, words, part):
    train, held_out = texts[:300], texts[300:]
    order = np.random.default_rng(7).permutation(300)[:250]
    encoding = infer(
        train, summary({"all": recipe(train), "tail": recipe(train)[100:], "shuffled": recipe(train)[order]}[part])
    )
    assert encoding is not None
    assert encoding.words == words
    np.testing.assert_array_equal(encoding.apply(held_out), recipe(held_out))


def test_only_the_first_row_filled_is_no_encoding(texts):
    """`return` inside the loop of vectorize_sequences."""
    x = multi_hot(texts, 1000)
    x[1:] = 0
    assert infer(texts, summary(x)) is None


def test_quick_at_full_size():
    x = np.random.default_rng(8).integers(0, 256, (60_000, 28, 28)).astype(np.uint8)
    seen = summary(x[10_000:].reshape(-1, 784).astype("float32") / 255)
    start = time.perf_counter()
    assert infer(x, seen) is not None
    assert time.perf_counter() - start < 2
