"""What the recorder writes about a model, the examiner rebuilds: same layers, same outputs."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from grader import evidence
from grader.inside.examine import examine
from grader.records import decode

Through = Callable[[Any, Any], tuple[evidence.Examined, Any]]
rng = np.random.default_rng(5)


def examined(folder: Path) -> tuple[dict[int, evidence.Examined], dict[str, np.ndarray]]:
    """Runs the examiner; its records by snapshot, its predictions by file name."""
    records, predictions = {}, {}

    def send(name: str, data: bytes) -> None:
        if name.endswith(".json"):
            record = decode(data, evidence.Examined, where=name)
            records[record.snapshot] = record
        else:
            predictions[name] = np.load(io.BytesIO(data), allow_pickle=False)

    examine(folder, send)
    return records, predictions


@pytest.fixture
def through(tmp_path: Path, notebook: Callable[..., Any]) -> Through:
    """Records a model that a notebook holds, and examines its last snapshot on the rows."""

    def go(model: Any, rows: Any) -> tuple[evidence.Examined, np.ndarray | None]:
        book = notebook(seed=None)
        book.namespace["model"] = model
        book.ok("pass")
        last = book.models[-1]
        assert not book.notices, book.notices
        (tmp_path / "inputs").mkdir(exist_ok=True)
        np.save(tmp_path / "inputs" / f"{last.snapshot:04d}-rows.npy", rows)
        records, predictions = examined(tmp_path)
        return records[last.snapshot], predictions.get(f"held_out/{last.snapshot:04d}-rows.npy")

    return go


def shaken(model: Any) -> Any:
    """Gives every weight a value of its own, so that a wrong order shows."""
    for variable in model.weights:
        if variable.dtype.startswith("float"):
            variable.assign(rng.random(variable.shape) * 0.2 + 0.1)
    return model


def sequential(stack: Callable[[], list[Any]]) -> Callable[[], Any]:
    return lambda: keras.Sequential(stack())


def two_branches() -> Any:
    inputs = keras.Input((12,))
    one = layers.Dense(6, activation="relu")(inputs)
    two = layers.Dense(6, activation="tanh")(inputs)
    return keras.Model(inputs, layers.Dense(3)(layers.Concatenate()([layers.Add()([one, two]), two])))


def shared_layer() -> Any:
    inputs = keras.Input((12,))
    shared = layers.Dense(12, activation="relu", name="twice")
    return keras.Model(inputs, layers.Dense(2)(shared(shared(inputs))))


def nested() -> Any:
    base = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.MaxPooling2D()], name="base")
    base.trainable = False
    return keras.Sequential([base, layers.Flatten(), layers.Dense(2)])


def operations() -> Any:
    inputs = keras.Input((12,))
    x = ops.relu(layers.Dense(8)(inputs)) * 2.0 + 1.0
    x = ops.concatenate([x[:, 0:3], ops.reshape(x, (-1, 8))], axis=-1)
    return keras.Model(inputs, ops.softmax(layers.Dense(4)(x)))


ROWS, IMAGES, WORDS, STEPS = (rng.random(s).astype("float32") for s in ((9, 12), (9, 8, 8, 1), (9, 7), (9, 6, 4)))
WORDS = (WORDS * 20).astype("int32")

MODELS: dict[str, tuple[Callable[[], Any], np.ndarray]] = {
    "dense": (
        sequential(
            lambda: [keras.Input((12,)), layers.Dense(16, "relu"), layers.Dropout(0.5), layers.Dense(3, "softmax")]
        ),
        ROWS,
    ),
    "regularised": (
        sequential(
            lambda: [keras.Input((12,)), layers.Dense(4, kernel_regularizer=keras.regularizers.l1_l2(0.1, 0.2))]
        ),
        ROWS,
    ),
    "activation objects": (
        sequential(
            lambda: [
                keras.Input((12,)),
                layers.Dense(4, activation=layers.LeakyReLU(negative_slope=0.2)),
                layers.PReLU(),
            ]
        ),
        ROWS,
    ),
    "convolutions": (
        sequential(
            lambda: [
                keras.Input((8, 8, 1)),
                layers.Conv2D(4, 3, activation="relu", padding="same"),
                layers.BatchNormalization(),
                layers.MaxPooling2D(),
                layers.SeparableConv2D(5, 3),
                layers.GlobalAveragePooling2D(),
                layers.Dense(2),
            ]
        ),
        IMAGES,
    ),
    "reshapes": (
        sequential(
            lambda: [
                keras.Input((8, 8, 1)),
                layers.Reshape((64,)),
                layers.Reshape((16, 4)),
                layers.Permute((2, 1)),
                layers.Conv1D(3, 2),
                layers.AveragePooling1D(2),
                layers.Flatten(),
                layers.Dense(2),
            ]
        ),
        IMAGES,
    ),
    "embedding": (
        sequential(lambda: [keras.Input((7,)), layers.Embedding(20, 5), layers.GlobalMaxPooling1D(), layers.Dense(1)]),
        WORDS,
    ),
    "masked lstm": (
        sequential(lambda: [layers.Embedding(20, 5, mask_zero=True), layers.LSTM(4), layers.Dense(1)]),
        WORDS,
    ),
    "gru": (
        sequential(
            lambda: [keras.Input((6, 4)), layers.GRU(3, return_sequences=True), layers.SimpleRNN(2), layers.Dense(1)]
        ),
        STEPS,
    ),
    "wrappers": (
        sequential(
            lambda: [
                keras.Input((6, 4)),
                layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
                layers.TimeDistributed(layers.Dense(2)),
                layers.LayerNormalization(),
                layers.Flatten(),
            ]
        ),
        STEPS,
    ),
    "two branches": (two_branches, ROWS),
    "shared layer": (shared_layer, ROWS),
    "nested": (nested, IMAGES),
    "operations": (operations, ROWS),
    "augmentation": (
        sequential(
            lambda: [
                keras.Input((8, 8, 1)),
                layers.Rescaling(1 / 255),
                layers.RandomFlip(),
                layers.Flatten(),
                layers.Dense(2),
            ]
        ),
        IMAGES,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_rebuilt_model_gives_the_same_outputs(name: str, through: Through) -> None:
    make, rows = MODELS[name]
    model = make()
    model(rows[:2])
    expected = shaken(model).predict(rows, verbose=0)
    record, outputs = through(model, rows)
    assert not record.refused
    assert outputs is not None, record.unpredicted
    np.testing.assert_allclose(outputs, expected, atol=1e-6)
    assert record.parameters == model.count_params()
    assert record.output_shapes[0][1:] == expected.shape[1:]
    assert sum(layer.parameters for layer in record.layers) >= record.parameters


def test_layers_come_in_order_with_their_inputs(through: Through) -> None:
    record, _ = through(two_branches(), ROWS)
    kinds = [layer.class_name for layer in record.layers]
    assert kinds == ["InputLayer", "Dense", "Dense", "Add", "Concatenate", "Dense"]
    assert [layer.inputs for layer in record.layers] == [(), (0,), (0,), (1, 2), (3, 2), (4,)]
    assert [layer.output_shape for layer in record.layers] == [(None, n) for n in (12, 6, 6, 6, 12, 3)]
    assert [layer.parameters for layer in record.layers] == [0, 78, 78, 0, 0, 39]
    assert record.outputs == (5,)
    assert record.input_shapes == ((None, 12),)


def test_a_shared_layer_appears_once_for_each_call(through: Through) -> None:
    record, _ = through(shared_layer(), ROWS)
    assert [(layer.name, layer.inputs) for layer in record.layers[1:3]] == [("twice", (0,)), ("twice", (1,))]
    assert record.parameters == 12 * 12 + 12 + 12 * 2 + 2


def test_nested_models_are_flattened_and_frozen_parts_stay_frozen(through: Through) -> None:
    record, _ = through(nested(), IMAGES)
    kinds = [layer.class_name for layer in record.layers]
    assert kinds == ["InputLayer", "Conv2D", "MaxPooling2D", "Flatten", "Dense"]
    assert [layer.inputs for layer in record.layers] == [(), (0,), (1,), (2,), (3,)]
    assert record.layers[1].trainable_parameters == 0
    assert record.trainable_parameters == 36 * 2 + 2
    assert record.parameters == 40 + 74


def test_fine_tuning_one_block_keeps_its_flags(through: Through) -> None:
    inputs = keras.Input((12,))
    base = keras.Model(inputs, layers.Dense(5, name="block5")(layers.Dense(6, name="block4")(inputs)))
    model = keras.Sequential([base, layers.Dense(1)])
    base.get_layer("block4").trainable = False
    record, _ = through(model, ROWS)
    assert [layer.trainable_parameters for layer in record.layers] == [0, 0, 35, 6]


def test_two_heads_are_described_but_not_predicted(through: Through) -> None:
    inputs = keras.Input((12,))
    body = layers.Dense(4)(inputs)
    model = keras.Model(inputs, [layers.Dense(1, name="price")(body), layers.Dense(3, name="kind")(body)])
    record, outputs = through(model, ROWS)
    assert record.output_shapes == ((None, 1), (None, 3))
    assert len(record.outputs) == 2
    assert outputs is None
    assert "2 outputs" in record.unpredicted["rows"]


def test_a_model_built_by_its_data_takes_any_batch(through: Through) -> None:
    model = keras.Sequential([layers.Dense(4), layers.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(ROWS, np.zeros((9, 2)), batch_size=3, verbose=0)
    record, outputs = through(model, np.repeat(ROWS, 5, axis=0))
    assert record.input_shapes == ((None, 12),)
    assert outputs is not None
    assert outputs.shape == (45, 2)


def test_a_model_that_was_never_built_still_shows_its_layers(through: Through) -> None:
    model = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(2)])
    record, outputs = through(model, ROWS)
    assert "never built" in record.refused
    assert [layer.config["units"] for layer in record.layers] == [4, 2]
    assert outputs is None


def test_held_out_rows_that_do_not_fit_are_named(through: Through) -> None:
    record, outputs = through(two_branches(), IMAGES)
    assert outputs is None
    assert "(None, 12)" in record.unpredicted["rows"]
    assert not record.refused


class Net(keras.Model):
    """A subclassed model with dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(5, activation="relu")
        self.drop = layers.Dropout(0.5)
        self.out = layers.Dense(2)

    def call(self, inputs: Any, training: Any = None) -> Any:
        return self.out(self.drop(self.hidden(inputs), training=training))


def test_a_subclassed_model_is_traced(through: Through) -> None:
    model = Net()
    model(ROWS)
    expected = shaken(model).predict(ROWS, verbose=0)
    record, outputs = through(model, ROWS)
    assert [layer.class_name for layer in record.layers] == ["InputLayer", "Dense", "Dropout", "Dense"]
    assert outputs is not None
    np.testing.assert_allclose(outputs, expected, atol=1e-6)


def test_one_bad_model_does_not_stop_the_others(tmp_path: Path, through: Through) -> None:
    through(two_branches(), ROWS)
    (tmp_path / "models" / "0000.json").write_text("{")
    (tmp_path / "models" / "0900.json").write_text("[" * 100_000)
    records, _ = examined(tmp_path)
    assert [bool(record.refused) for _, record in sorted(records.items())] == [True, False, True]
