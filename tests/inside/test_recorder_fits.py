"""What was trained, on what, for how long: whatever way it was written."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

SETUP = """
import numpy as np, keras, tensorflow as tf
from keras import layers
x = np.random.rand(100, 6).astype("float32")
y = np.eye(3)[np.arange(100) % 3]
def build(**settings):
    model = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(**({"optimizer": "rmsprop", "loss": "categorical_crossentropy", "metrics": ["accuracy"]} | settings))
    return model
"""


@pytest.fixture
def book(notebook: Callable[..., Any]) -> Any:
    made = notebook()
    made.ok(SETUP)
    return made


def test_a_fit_is_recorded_with_all_that_matters(book: Any) -> None:
    book.ok("network = build(); network.fit(x, y, epochs=3, batch_size=20, validation_split=0.25, verbose=0)")
    (fit,) = book.fits
    assert (fit.x.shape, fit.x.dtype, fit.y.shape) == ((100, 6), "float32", (100, 3))
    assert (fit.samples, fit.batch_size, fit.epochs, fit.epochs_run) == (75, 20, 3, 3)
    assert fit.validation_split == 0.25
    assert set(fit.history) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert fit.history == book.namespace["network"].history.history
    assert (fit.cell, fit.method, fit.error, fit.weighted, fit.shuffle) == (1, "fit", "", False, True)
    assert fit.y.row_sums_to_one
    assert not fit.x.row_sums_to_one
    assert fit.weights_before
    assert fit.weights_before != fit.weights_after
    snapshot = next(model for model in book.models if model.snapshot == fit.snapshot)
    assert snapshot.weights_digest == fit.weights_after
    assert snapshot.after_fit == fit.fit
    for mine, theirs in zip(book.weights(snapshot), book.namespace["network"].get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_positional_arguments_and_defaults(book: Any) -> None:
    book.ok("build().fit(x, y, None, 2, 0, [keras.callbacks.TerminateOnNaN()], 0.1)")
    (fit,) = book.fits
    assert (fit.batch_size, fit.epochs_run, fit.samples, fit.callbacks) == (32, 2, 90, ("TerminateOnNaN",))


@pytest.mark.parametrize(
    ("call", "samples", "shape"),
    [
        ("fit(np.float64(x), y, verbose=0)", 100, (100, 6)),
        ("fit(tf.constant(x), tf.constant(y), verbose=0)", 100, (100, 6)),
        ("fit(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(9).batch(16).prefetch(1), verbose=0)", 100, ()),
        ("fit(((x[i:i + 10], y[i:i + 10]) for i in range(0, 100, 10)), steps_per_epoch=10, verbose=0)", 0, ()),
        ("fit([x], y, verbose=0)", 100, (100, 6)),
    ],
)
def test_data_in_other_forms(book: Any, call: str, samples: int, shape: tuple[int, ...]) -> None:
    book.ok(f"build().{call}")
    (fit,) = book.fits
    assert (fit.samples, fit.x.shape, fit.epochs_run) == (samples, shape, 1)
    assert fit.x.dtype
    if not shape:
        assert fit.batch_size is None


def test_sequences_several_inputs_and_validation_data(book: Any) -> None:
    book.ok(
        """
class Pages(keras.utils.PyDataset):
    def __len__(self): return 5
    def __getitem__(self, i): return x[i*20:(i+1)*20], y[i*20:(i+1)*20]
build().fit(Pages(), validation_data=(x[:10], y[:10]), verbose=0)
""",
        """
a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
two = keras.Model([a, b], layers.Dense(3)(layers.Concatenate()([a, b])))
two.compile("sgd", "mse")
two.fit([x, x], y, verbose=0)
two.fit({"a": x, "b": x}, y, verbose=0)
""",
    )
    pages, listed, named = book.fits
    assert (pages.x.dtype, pages.x.shape, pages.samples) == ("Pages", (), 0)
    assert pages.validation_x.shape == (10, 6)
    assert pages.validation_y.shape == (10, 3)
    assert (listed.x.shape, listed.x.dtype, listed.samples) == ((100,), "list", 100)
    assert (named.x.shape, named.x.dtype) == ((100,), "dict")
    assert listed.x.digest == named.x.digest


def test_early_stopping_and_learning_rate_are_seen(book: Any) -> None:
    book.ok(
        """
stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=100., patience=1)
slow = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
build().fit(x, y, epochs=9, verbose=0, callbacks=[stop, slow])
"""
    )
    (fit,) = book.fits
    assert (fit.epochs, fit.epochs_run) == (9, 2)
    assert len(fit.history["loss"]) == len(fit.history["learning_rate"]) == 2
    assert fit.callbacks == ("EarlyStopping", "LearningRateScheduler")


def test_weights_of_classes_and_samples(book: Any) -> None:
    book.ok(
        "build().fit(x, y, class_weight={0: 1., 1: 2., 2: 1.}, verbose=0)",
        "build().fit(x, y, sample_weight=np.ones(100), verbose=0)",
    )
    assert [fit.weighted for fit in book.fits] == [True, True]


def test_fits_in_a_loop_and_local_models_are_all_there(book: Any) -> None:
    book.ok(
        """
def fold(i):
    model = build()
    model.fit(x[i::4], y[i::4], epochs=i + 1, verbose=0)
for i in range(4):
    fold(i)
"""
    )
    assert [fit.epochs_run for fit in book.fits] == [1, 2, 3, 4]
    assert [fit.model for fit in book.fits] == [1, 2, 3, 4]
    assert {model.model for model in book.models} == {1, 2, 3, 4}
    assert all(model.names == () for model in book.models)


def test_many_fits_of_one_model_keep_the_last_weights(book: Any) -> None:
    book.ok("model = build()\nfor _ in range(7): history = model.fit(x, y, verbose=0)")
    assert len(book.fits) == 7
    kept = [model for model in book.models if model.weights]
    assert len(kept) < 7
    assert kept[-1].names == ("model",)
    assert kept[-1].weights_digest == book.fits[-1].weights_after
    assert kept[-1].after_fit == 7


def test_train_on_batch_becomes_one_fit_for_each_model_and_cell(book: Any) -> None:
    book.ok(
        "model = build()\nfor i in range(0, 100, 25): logs = model.train_on_batch(x[i:i + 25], y[i:i + 25])",
        "model.train_on_batch(x, y)",
    )
    first, second = book.fits
    assert (first.method, first.samples, first.batch_size, first.cell) == ("train_on_batch", 100, 25, 1)
    assert list(first.history) == ["loss"]
    assert (second.samples, second.cell) == (100, 2)
    assert first.weights_after == second.weights_before
    assert book.models[-1].weights_digest == second.weights_after


def test_an_interrupted_fit_keeps_its_epochs(book: Any) -> None:
    book.ok(
        """
import os, signal
class Interrupt(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2: os.kill(os.getpid(), signal.SIGINT)
"""
    )
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        error = book.cell("model = build()\nmodel.fit(x, y, epochs=1000, verbose=0, callbacks=[Interrupt()])")
    finally:
        signal.signal(signal.SIGINT, before)
    assert isinstance(error, KeyboardInterrupt)
    (fit,) = book.fits
    assert 3 <= fit.epochs_run < 1000
    assert len(fit.history["loss"]) == fit.epochs_run
    assert fit.error.startswith("KeyboardInterrupt")
    assert fit.snapshot is not None


def test_a_failing_fit_passes_on_its_own_exception(book: Any) -> None:
    error = book.cell("build().fit(x, y[:, :2], verbose=0)")
    assert isinstance(error, ValueError)
    assert error.__cause__ is None
    (fit,) = book.fits
    assert fit.error.startswith("ValueError")
    assert fit.epochs_run == 0
    error = book.cell("build().fit(x, verbos=0)")
    assert isinstance(error, TypeError)
    assert "verbos" in str(error)
    assert not book.notices


@pytest.mark.parametrize(
    ("settings", "loss", "metrics", "optimizer"),
    [
        ("loss='mse', metrics=['acc', 'mae']", "mean_squared_error", ("accuracy", "mean_absolute_error"), "RMSprop"),
        (
            "optimizer='adam', metrics=[keras.metrics.CategoricalAccuracy(name='a')]",
            None,
            ("categorical_accuracy",),
            "Adam",
        ),
        ("loss=keras.losses.CategoricalCrossentropy(from_logits=True)", None, ("accuracy",), "RMSprop"),
        ("loss=keras.losses.categorical_crossentropy, metrics=None", None, (), "RMSprop"),
        (
            "loss='CategoricalCrossentropy', metrics=[keras.metrics.MeanSquaredError()]",
            None,
            ("mean_squared_error",),
            "RMSprop",
        ),
        ("loss=tf.keras.losses.MAE, metrics=[tf.keras.metrics.AUC()]", "mean_absolute_error", ("auc",), "RMSprop"),
        ("optimizer=keras.optimizers.SGD(0.5, momentum=.9), loss=[lambda a, b: a]", "<lambda>", ("accuracy",), "SGD"),
    ],
)
def test_settings_have_one_name_each(
    book: Any, settings: str, loss: str | None, metrics: tuple[str, ...], optimizer: str
) -> None:
    book.ok(f"model = build(**dict({settings}))")
    compiled = book.models[-1].compile
    assert compiled.loss == (loss or "categorical_crossentropy")
    assert compiled.metrics == metrics
    assert compiled.optimizer == optimizer
    assert compiled.loss_config.get("from_logits", False) is ("from_logits" in settings)
    if optimizer == "SGD":
        assert compiled.optimizer_config["learning_rate"] == 0.5
        assert compiled.optimizer_config["momentum"] == pytest.approx(0.9)


def test_evaluate_and_predict_are_recorded_but_not_the_validation_inside_fit(book: Any) -> None:
    book.ok("m = build(); m.fit(x, y, epochs=2, validation_split=.5, verbose=0)", "e = m.evaluate(x, y, verbose=0)")
    (evaluation,) = book.evaluations
    assert list(evaluation.results) == ["loss", "accuracy"]
    assert list(evaluation.results.values()) == book.namespace["e"]
    assert evaluation.x.digest == book.fits[0].x.digest
    assert evaluation.weights_digest == book.fits[0].weights_after
    book.ok("m.evaluate(x, y, verbose=0, return_dict=True); p = m.predict(x[:7], verbose=0)")
    assert book.evaluations[1].results == evaluation.results
    (prediction,) = book.predictions
    assert (prediction.x.shape, prediction.output.shape) == ((7, 6), (7, 3))
    assert prediction.output.row_sums_to_one


def test_many_predictions_in_one_cell_are_cut_and_said(book: Any) -> None:
    book.ok("m = build()\nfor i in range(45): m.predict(x[i:i+1], verbose=0)")
    assert len(book.predictions) == 40
    assert "40 predictions of cell 1" in book.notices[0].text
