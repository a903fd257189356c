"""A constant factor between a function's values and the expected ones is named, and counts in place of ones."""

import numpy as np
import pytest

from grader.checks.check import FunctionCase
from grader.checks.functions import _counted, _multiple, _overflow, _own_largest


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (255, "255 times the expected values"),
        (1 / 255, "1/255 of the expected values"),
        (-1, "the sign is wrong"),
        (1 / np.log(10), "a logarithm to base 10 instead of np.log"),
        (1 / np.log(2), "a logarithm to base 2 instead of np.log"),
    ],
)
def test_a_factor_between_all_values_is_named(factor: float, said: str) -> None:
    wanted = np.array([[0.0, 0.5], [0.25, 1.0]])
    assert said in _multiple(wanted, wanted * factor)
    assert _multiple(wanted, wanted * factor + 0.1) == ""


@pytest.mark.parametrize(("largest", "named"), [(27, True), (255, False), (1, False)])
def test_a_division_by_the_largest_value_at_hand_is_named(largest: int, named: bool) -> None:
    pixels = np.array([[0, largest]], "uint8")
    case = FunctionCase(function="scale", name="faint", inputs=(pixels,))
    said = _own_largest(pixels / 255, pixels / pixels.max(), case)
    assert ("largest value at hand, here 27" in said) is named
    assert _own_largest(pixels / 255, pixels / 128, case) == ""
    assert _own_largest(np.zeros((1, 2)), np.ones((1, 2)), case) == ""


def test_counts_where_ones_are_asked_for_are_named() -> None:
    wanted = np.array([[0.0, 1.0], [1.0, 1.0]])
    assert "however often" in _counted(wanted, np.array([[0, 1], [3, 1]]))
    for other in ([[0, 255], [255, 255]], [[0, 1], [255, 0]], [[0, 1], [1.5, 2]], [[0, 1], [1, 1]], [[0, 1], [-1, 2]]):
        assert _counted(wanted, np.array(other)) == ""
    assert _counted(wanted * 2, np.array([[0, 2], [3, 1]])) == ""


def test_nan_where_no_probabilities_are_asked_for_is_no_overflow() -> None:
    case = FunctionCase(function="scale", name="one row", inputs=(np.array([[400.0, 900.0]]),))
    assert "divided by 0" in _overflow(np.array([[-1.2, 1.2]]), case)
    assert "exp overflows" in _overflow(np.array([[0.2, 0.8]]), case)
