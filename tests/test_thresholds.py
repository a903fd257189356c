"""Thresholds keep the false-fail probability that they state."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from grader.errors import AssignmentError
from grader.thresholds import Threshold, finite_sample_noise, history_band, threshold, tolerance_factor


@pytest.mark.parametrize(
    ("runs", "content", "factor"), [(3, 0.90, 6.155), (10, 0.90, 2.355), (10, 0.99, 3.981), (30, 0.95, 2.220)]
)
def test_tolerance_factors_are_the_tabled_ones(runs: int, content: float, factor: float) -> None:
    """One-sided factors at 95 % confidence as in Natrella (1963), table A-7, and Hahn and Meeker, table A.12."""
    assert tolerance_factor(runs, false_fail=1 - content) == pytest.approx(factor, abs=0.002)


@pytest.mark.parametrize("runs", [3, 5, 10, 30])
def test_normal_values_fail_as_rarely_as_stated(runs: int) -> None:
    random = np.random.default_rng(runs)
    false_fail = 0.01
    calibrations = random.normal(size=(20_000, runs))
    bounds = calibrations.mean(axis=1) - tolerance_factor(runs, false_fail=false_fail) * calibrations.std(
        axis=1, ddof=1
    )
    chances = stats.norm.cdf(bounds)
    assert (chances <= false_fail).mean() >= 0.95 - 0.006
    assert chances.mean() <= false_fail * 1.1


@pytest.mark.parametrize(("share", "n"), [(0.98, 10_000), (0.8, 300), (0.995, 500), (0.5, 100)])
def test_shares_fail_as_rarely_as_stated(share: float, n: int) -> None:
    random = np.random.default_rng(n)
    false_fail, runs = 0.01, 5
    chances = []
    for values in random.binomial(n, share, size=(400, runs)) / n:
        bound = threshold("accuracy", values.tolist(), n=n, false_fail=false_fail).bound
        chances.append(stats.binom.cdf(math.ceil(bound * n - 1e-6) - 1, n, share))
    assert np.mean(np.array(chances) <= false_fail) >= 0.95
    assert np.mean(chances) <= false_fail


def test_runs_that_agree_by_chance_leave_the_noise() -> None:
    found = threshold("accuracy", [0.98] * 5, n=10_000)
    noise = math.sqrt(0.98 * 0.02 / 10_000)
    assert found.spread == pytest.approx(noise, rel=0.01)
    assert found.bound <= 0.98 - 3.09 * noise
    assert found.bound > 0.97
    assert found.high > 0.98 + 3 * noise


def test_a_perfect_score_still_leaves_room() -> None:
    found = threshold("accuracy", [1.0] * 5, n=100)
    assert 0.9 < found.bound < 1
    assert found.high == 1


def test_losses_have_their_bound_above() -> None:
    found = threshold("mean_absolute_error", [2.4, 2.5, 2.6], n=102)
    assert not found.higher_is_better
    assert found.bound == found.high > 2.6
    assert found.low >= 0
    assert threshold("loss", [0.3] * 4, n=0).bound == pytest.approx(0.3)


def test_noise_of_errors_is_that_of_their_rows() -> None:
    errors = np.abs(np.random.default_rng(0).normal(size=(4000, 100))).mean(axis=1)
    assert finite_sample_noise("mean_absolute_error", float(errors.mean()), 100) == pytest.approx(
        errors.std(), rel=0.05
    )
    squares = (np.random.default_rng(1).normal(size=(4000, 100)) ** 2).mean(axis=1)
    assert finite_sample_noise("mean_squared_error", float(squares.mean()), 100) == pytest.approx(
        squares.std(), rel=0.05
    )


def test_a_band_shares_its_false_fails_over_the_epochs() -> None:
    curves = np.random.default_rng(0).normal(0.9, 0.01, size=(5, 20)).clip(0, 1).tolist()
    one, whole = history_band("accuracy", [c[:1] for c in curves], n=0), history_band("accuracy", curves, n=0)
    assert len(whole) == 20
    assert whole[0].bound < one[0].bound
    assert whole[0].false_fail * 20 == pytest.approx(one[0].false_fail)
    assert len(history_band("loss", [[1.0, 0.5], [1.1]])) == 1


def test_what_can_not_be_calibrated_says_so() -> None:
    with pytest.raises(AssignmentError, match="one run"):
        threshold("accuracy", [0.9])
    with pytest.raises(AssignmentError, match="finite"):
        threshold("loss", [0.9, math.nan, 0.8])
    with pytest.raises(AssignmentError, match="history"):
        history_band("loss", [[], []])


values = st.lists(st.floats(0, 1), min_size=2, max_size=30)


@given(values=values, n=st.integers(1, 20_000), false_fail=st.sampled_from([1e-4, 1e-3, 1e-2]))
def test_bounds_are_wide_ordered_and_kept_in_json(values: list[float], n: int, false_fail: float) -> None:
    found = threshold("accuracy", values, n=n, false_fail=false_fail)
    assert 0 <= found.low <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.high <= 1
    assert found.low <= min(values) + 1e-9 or np.std(values) < found.mean
    assert found.spread >= finite_sample_noise("accuracy", found.mean, n)
    assert threshold("accuracy", values, n=n, false_fail=false_fail / 10).low <= found.low
    assert Threshold.from_json(found.to_json()) == found
