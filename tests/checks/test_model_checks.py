"""Checks of models: each mistake fails the check that it is about, and its cause is named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from evidence_by_hand import (
    Net,
    accuracy,
    digits,
    fit,
    images,
    mnist,
    mnist_net,
    model,
    one_hot,
    pixels,
    reference_runs,
    regularizer,
    rmsprop,
    summary,
)

from grader.checks import (
    Check,
    HeldOut,
    ModelQuery,
    Outcome,
    architecture,
    compiled,
    history,
    inputs,
    metric,
    output_shape,
    parameters,
    targets,
    trained,
)
from grader.errors import AssignmentError, MachineError
from grader.evidence import DataSummary, Evidence

NETWORK = ModelQuery(samples=60_000, epochs=5, held_out=HeldOut(dataset="mnist"))


def judged(check: Check, evidence: Evidence, runs: list[Evidence] | None = None) -> Outcome:
    """Learns from the reference, goes through JSON, and judges."""
    expected = json.loads(json.dumps(check.learn(runs or reference_runs()), allow_nan=False))
    return check.judge(evidence, expected)


def with_net(net: Net) -> Evidence:
    return mnist(examined=(net.examined(),))


def with_fit(**changes: Any) -> Evidence:
    return mnist(fits=(fit(**changes),))


def conv(**first: Any) -> Net:
    return Net(28, 28, 1).conv(32, **first).pool().flatten().dense(10, "softmax")


ARCHITECTURE = {
    "units": (mnist_net(), Net(784).dense(256, "relu").dense(10, "softmax"), "Dense has 256 units, expected 512"),
    "relu at the end": (
        Net(9).dense(1, "sigmoid"),
        Net(9).dense(1, "relu"),
        "the last layer uses relu; a binary classifier needs sigmoid",
    ),
    "softmax of one": (Net(9).dense(1, "sigmoid"), Net(9).dense(1, "softmax"), "softmax with 1 unit"),
    "no softmax": (mnist_net(), Net(784).dense(512, "relu").dense(10), "softmax is missing"),
    "dropout at the end": (mnist_net(), mnist_net().dropout(0.5), "one extra layer: Dropout after the output"),
    "twice": (mnist_net(), mnist_net().activation("softmax"), "softmax is applied twice"),
    "padding": (conv(), conv(padding="same"), 'padding="same"'),
    "stride": (conv(), conv(stride=3), "Conv2D(32, 3, 3) means stride 3"),
    "kernel": (conv(), conv(kernel=5), "kernel_size=(5, 5)"),
    "no pooling": (conv(), Net(28, 28, 1).conv(32).flatten().dense(10, "softmax"), "MaxPooling2D((2, 2)) is missing"),
    "no Flatten": (conv(), Net(28, 28, 1).conv(32).pool().dense(10, "softmax"), "Flatten is missing"),
    "grid": (mnist_net(), Net(28, 28).dense(512, "relu").dense(10, "softmax"), "Flatten is missing"),
    "bias only": (
        Net(9).dense(3, kernel_regularizer=regularizer(l2=0.001)),
        Net(9).dense(3, bias_regularizer=regularizer(l2=0.001)),
        "regularises the bias only",
    ),
    "empty": (mnist_net(), Net(784), "no layers"),
    "tanh": (mnist_net(), Net(784).dense(512, "tanh").dense(10, "softmax"), "Dense(512) uses tanh, expected relu"),
}


@pytest.mark.parametrize("case", ARCHITECTURE)
def test_architecture_names_the_cause(case: str) -> None:
    wanted, had, cause = ARCHITECTURE[case]
    found = judged(architecture(NETWORK), with_net(had), [with_net(wanted)] * 2)
    assert cause.lower() in found.message.lower()
    assert found.score < 1
    assert sum(row.first_difference for row in found.layers) == 1
    assert judged(architecture(NETWORK), with_net(wanted), [with_net(wanted)]).score == 1


def test_shape_and_parameters_say_both_sides() -> None:
    half = with_net(Net(784).dense(256, "relu").dense(10, "softmax"))
    found = judged(parameters(NETWORK), half)
    assert (found.score, found.expected, found.received) == (0, "407,050", "203,530")
    assert judged(parameters(NETWORK), mnist()).score == 1
    assert judged(output_shape(NETWORK), half).score == 1
    nine = judged(output_shape(NETWORK), with_net(Net(784).dense(512).dense(9)))
    assert nine.score == 0
    assert "(None, 9)" in nine.message


def test_a_frozen_base_counts() -> None:
    frozen = replace(mnist_net().examined(), trainable_parameters=5_130)
    runs = [mnist(examined=(frozen,))]
    found = judged(parameters(NETWORK, trainable=True), mnist(), runs)
    assert found.score == 0
    assert "Nothing is frozen" in found.message


def test_layers_that_were_frozen_by_mistake_are_told() -> None:
    frozen = replace(mnist_net().examined(), trainable_parameters=5_130)
    found = judged(parameters(NETWORK, trainable=True), mnist(examined=(frozen,)), [mnist()])
    assert found.score == 0
    assert "401,920 are frozen" in found.message


def test_a_model_that_was_not_examined_is_the_machines_fault() -> None:
    with pytest.raises(MachineError):
        judged(parameters(NETWORK), mnist(examined=()))


def test_an_opaque_model_is_explained_and_flagged() -> None:
    refused = replace(mnist_net().examined(), layers=(), refused="its class Mine is not one of Keras' own")
    found = judged(architecture(NETWORK), mnist(examined=(refused,)))
    assert found.score == 0
    assert "Mine" in found.message
    assert found.flag
    assert found.held


COMPILED = {
    "mse": (rmsprop("mean_squared_error"), {}, "loss for regression"),
    "categorical on integers": (rmsprop(), {"y": summary(digits())}, "needs one-hot labels"),
    "sparse on one-hot": (rmsprop("sparse_categorical_crossentropy"), {}, "needs whole numbers"),
    "binary on softmax": (rmsprop("binary_crossentropy"), {}, "softmax of 10 units"),
    "logits": (rmsprop(from_logits=True), {}, "already applies softmax"),
    "rate": (rmsprop(rate=0.1), {}, "100 times too large"),
    "metrics": (rmsprop(metrics=()), {}, "accuracy is missing"),
    "optimizer": (replace(rmsprop(), optimizer="SGD"), {}, "optimizer is SGD, expected RMSprop"),
}


@pytest.mark.parametrize("case", COMPILED)
def test_compile_mistakes_are_named_and_cost_one_third(case: str) -> None:
    settings, changes, cause = COMPILED[case]
    found = judged(compiled(NETWORK), with_fit(compile=settings, **changes))
    assert cause in found.message
    assert found.score == pytest.approx(2 / 3)


def test_equivalent_settings_pass() -> None:
    sparse = with_fit(
        compile=rmsprop("sparse_categorical_crossentropy", rate=0.002, metrics=("acc", "mse")), y=summary(digits())
    )
    assert judged(compiled(NETWORK), sparse).score == 1
    assert judged(compiled(NETWORK, strict=True), sparse).score < 1
    logits = mnist(
        fits=(fit(compile=rmsprop(from_logits=True)),), examined=(Net(784).dense(512, "relu").dense(10).examined(),)
    )
    assert judged(compiled(NETWORK), logits).score == 1
    assert "raw scores" in judged(compiled(NETWORK), replace(logits, fits=(fit(),))).message


TRAINED = {
    "epochs": ({"epochs": 3}, "trained for 3 epochs, expected 5. Too few"),
    "batch size": ({"batch_size": 32}, "32 is Keras' default"),
    "rows": ({"samples": 48_000, "validation_split": 0.2}, "validation_split=0.2 keeps back 12,000"),
    "part": ({"samples": 10_000}, "only a part"),
}


@pytest.mark.parametrize("case", TRAINED)
def test_training_mistakes_are_named_and_cost_one_third(case: str) -> None:
    changes, cause = TRAINED[case]
    found = judged(trained(NETWORK), with_fit(**changes))
    assert cause in found.message
    assert found.score == pytest.approx(2 / 3)
    assert found.cell == 5


def test_continuing_a_trained_network_is_named() -> None:
    found = judged(trained(NETWORK), mnist(fits=(fit(1, epochs=20, cell=4), fit(2))))
    assert "build a fresh network" in found.message
    assert found.score < 1


def test_epochs_of_several_fits_add_up() -> None:
    assert judged(trained(NETWORK), mnist(fits=(fit(1, epochs=2), fit(2, epochs=3)))).score == 1


def test_validation_on_test_or_training_rows_is_named() -> None:
    own = pixels()[::-1]
    good = {"validation_x": summary(own, 10_000)}
    runs = [with_fit(**good)]
    check = trained(NETWORK, epochs=None, batch_size=None, samples=None, validation=True)
    assert judged(check, mnist(), runs).score == 0
    overlap = judged(
        check,
        with_fit(validation_x=summary(pixels()[:50], 10_000)),
        [with_fit(validation_x=summary(own[:9] * 0.5, 10_000))],
    )
    assert overlap.score == 0
    assert "also in the training data" in overlap.message


def test_nothing_trained_says_so() -> None:
    assert "never trained" in judged(trained(NETWORK), mnist(fits=())).message
    failed = judged(trained(NETWORK), with_fit(epochs_run=0, error="ValueError: shapes"))
    assert "ValueError" in failed.message
    with pytest.raises(AssignmentError):
        trained(NETWORK).learn([mnist(fits=())])


def first_row_only() -> np.ndarray:
    data = pixels().copy()
    data[1:] = 0
    return data


INPUTS: dict[str, tuple[DataSummary, str]] = {
    "raw": (summary(images().reshape(200, 784), 60_000), "not scaled (divide by 255)"),
    "twice": (summary(pixels() / 255, 60_000), "scaled twice"),
    "integer division": (summary(images().reshape(200, 784).astype(int) // 256, 60_000), "integer division"),
    "reshape": (summary(pixels().reshape(784, 200), 784), "samples last"),
    "transposed": (summary(images().transpose(0, 2, 1).reshape(200, 784) / 255.0, 60_000), "transposed"),
    "first row": (summary(first_row_only(), 60_000), "return inside the loop"),
    "features": (summary(pixels()[:, :10], 60_000), "784 values"),
}


@pytest.mark.parametrize("case", INPUTS)
def test_wrong_inputs_are_named(case: str) -> None:
    x, cause = INPUTS[case]
    found = judged(inputs(NETWORK), with_fit(x=x))
    assert found.score == 0
    assert cause in found.message


def test_a_reshape_that_mixes_rows_is_named() -> None:
    mixed = DataSummary(shape=(784, 60_000), dtype="float32", minimum=0, maximum=1, mean=0.1, std=0.3)
    assert "reshape(784, 60000)" in judged(inputs(NETWORK), with_fit(x=mixed)).message


@pytest.mark.parametrize(
    "x",
    [
        summary(pixels().astype("float64"), 60_000),
        summary(images() / 255.0, 60_000),
        summary((images() / 255.0)[..., None], 60_000),
        summary((pixels() - pixels().mean()) / pixels().std(), 60_000),
        summary(pixels() * 2 - 1, 60_000),
    ],
    ids=["double", "grid", "channel", "standardised", "signed"],
)
def test_other_good_inputs_pass(x: DataSummary) -> None:
    found = judged(inputs(NETWORK), with_fit(x=x))
    assert found.score == 1, found.message


def test_shuffled_rows_pass() -> None:
    assert judged(inputs(NETWORK), with_fit(x=summary(pixels()[::-1], 60_000))).score == 1


def test_raw_inputs_pass_behind_a_rescaling_layer() -> None:
    net = Net(28, 28).add("Rescaling", scale=1 / 255).flatten().dense(512, "relu").dense(10, "softmax")
    raw = mnist(fits=(fit(x=summary(images(), 60_000)),), examined=(net.examined(),))
    assert judged(inputs(NETWORK), raw).score == 1


TARGETS = {
    "length 9": (summary(np.eye(9)[digits() % 9], 60_000), "length 9"),
    "integers": (summary(digits(), 60_000), "whole numbers"),
    "minus one": (summary(digits() - 1, 60_000), "label -1"),
    "zeros": (summary(np.zeros((200, 10)), 60_000), "All targets are 0"),
    "strings": (DataSummary(dtype="ndarray"), "could not use"),
    "strings of a shape": (DataSummary(shape=(60_000,), dtype="str672"), "text, not numbers"),
}


@pytest.mark.parametrize("case", TARGETS)
def test_wrong_targets_are_named(case: str) -> None:
    y, cause = TARGETS[case]
    error = {"epochs_run": 0, "error": "ValueError: dtype"} if case.startswith("strings") else {}
    found = judged(targets(NETWORK), with_fit(y=y, **error))
    assert found.score == 0
    assert cause in found.message


def test_sparse_labels_pass_with_a_sparse_loss() -> None:
    sparse = with_fit(y=summary(digits(), 60_000), compile=rmsprop("sparse_categorical_crossentropy"))
    assert judged(targets(NETWORK), sparse).score == 1
    assert judged(targets(NETWORK), with_fit(y=summary(one_hot().astype("int64"), 60_000))).score == 1


def test_the_metric_shows_value_bound_band_and_probability() -> None:
    check = metric(NETWORK)
    good, bad = judged(check, mnist()), judged(check, mnist(measurements=(accuracy(0.9),)))
    assert (good.score, bad.score) == (1, 0)
    for part in ("0.9000", "10,000", "5 runs", "0.001"):
        assert part in bad.message
    assert judged(metric(NETWORK, floor=0.5), mnist(measurements=(accuracy(0.8),))).score == pytest.approx(
        0.63, abs=0.02
    )
    above = judged(check, mnist(measurements=(accuracy(0.999),)))
    assert above.score == 1
    assert "training data" in above.flag


def test_an_unmeasured_model_is_explained_and_flagged() -> None:
    examined = replace(mnist_net().examined(), unpredicted={"mnist-test": "the model takes other inputs"})
    found = judged(metric(NETWORK), mnist(measurements=(), examined=(examined,)))
    assert found.score == 0
    assert "takes other inputs" in found.message
    assert found.flag


def test_a_snapshots_own_measurement_counts() -> None:
    evidence = mnist(models=(model(1, 1), model(1, 2)), measurements=(accuracy(0.99, 1), accuracy(0.5, 2)))
    assert judged(metric(NETWORK), evidence).score == 0


def test_a_history_stays_within_its_band() -> None:
    random = np.random.default_rng(0)
    runs = [
        with_fit(history={"acc": (0.9 + 0.01 * np.arange(5) + random.normal(0, 0.001, 5)).tolist()}) for _ in range(6)
    ]
    check = history(NETWORK, "accuracy")
    good = judged(check, with_fit(history={"categorical_accuracy": [0.9, 0.91, 0.92, 0.93, 0.94]}), runs)
    assert good.score == 1
    assert len(good.curves[0].lower) == 5
    late = judged(check, with_fit(history={"accuracy": [0.9, 0.91, 0.92, 0.93, 0.5]}), runs)
    assert late.score == pytest.approx(0.8)
    assert "epoch 5" in late.message
    assert judged(check, with_fit(history={"accuracy": [0.5] * 5}), runs).score == 0
    better = judged(check, with_fit(history={"accuracy": [0.999] * 5}), runs)
    assert better.score == 1
    assert better.flag
    assert judged(check, with_fit(history={"loss": [0.1]}), runs).score == 0
