"""The host's arithmetic agrees with hand-made numbers and with Keras' definitions."""

import math

import numpy as np
import pytest

from grader.datasets.measure import measure


def test_accuracy_of_classes():
    scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]], np.float32)
    assert measure(scores, np.array([1, 0, 0, 0], np.uint8), "accuracy") == 0.75
    assert measure(scores, np.eye(2)[[1, 0, 0, 0]], "categorical_accuracy") == 0.75


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_one_unit(shape):
    outputs = np.array([0.9, 0.5, 0.6, 0.1]).reshape(shape)
    labels = np.array([1, 1, 0, 0])
    assert measure(outputs, labels, "acc") == 0.5
    expected = -np.mean([math.log(0.9), math.log(0.5), math.log(0.4), math.log(0.9)])
    assert measure(outputs, labels, "binary_crossentropy") == pytest.approx(expected)


def test_loss_scales_rows_and_clips_as_keras():
    outputs = np.array([[2.0, 2.0], [1.0, 0.0]])
    assert measure(outputs, np.array([0, 1]), "loss") == pytest.approx((math.log(2) - math.log(1e-7)) / 2)


def test_regression():
    assert measure(np.array([[1.0], [3.0]]), np.array([2.0, 5.0]), "mae") == 1.5
    assert measure(np.array([1.0, 3.0]), np.array([2.0, 5.0]), "mean_squared_error") == 2.5


@pytest.mark.parametrize(
    ("predictions", "labels", "metric"),
    [
        (np.zeros((3, 2)), np.zeros(2), "accuracy"),
        (np.zeros((0, 2)), np.zeros(0), "accuracy"),
        (np.zeros((2, 3)), np.zeros((2, 2)), "accuracy"),
        (np.zeros((2, 3)), np.array([0, 3]), "loss"),
        (np.zeros((2, 3)), np.array([0, -1]), "accuracy"),
        (np.zeros(2), np.array([0, 7]), "accuracy"),
        (np.zeros((2, 2)), np.zeros(2), "mae"),
        (np.zeros((2, 2)), np.zeros(2), "f1"),
        (np.float64(1), np.zeros(1), "mae"),
    ],
)
def test_what_does_not_fit_is_refused(predictions, labels, metric):
    with pytest.raises(ValueError, match=r"\w"):
        measure(predictions, labels, metric)
