"""A constant factor between a function's values and the expected ones is named."""

import numpy as np
import pytest

from grader.checks.functions import _multiple


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
