"""Statistics of calibration: thresholds and history bands with a stated false-fail probability; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.errors import AssignmentError

FALSE_FAIL = 1 / 1000
"""Default probability that a run like the reference's falls outside a bound."""
CONFIDENCE = 0.95
"""Default confidence with which that probability holds, whichever k runs calibration happened to see."""
FAR = 1000.0
"""The furthest that a bound is missed by, in distances from the mean to it; of values that are no number, too."""
RUNS_FOR_A_TAIL = 10
"""Fewer runs say nothing about a tail."""

_ERRORS = {
    "mean_absolute_error": math.sqrt(math.pi / 2 - 1),
    "mean_squared_error": math.sqrt(2.0),
    "loss": 1.0,
}
"""Standard deviation of one row's value, relative to its mean: half-normal, squared normal and exponential errors."""


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Bound and band of one metric over k runs of the reference."""

    bound: float
    """What a submission has to reach: `low` where more is better, `high` where less is."""
    higher_is_better: bool
    mean: float
    """Over the runs."""
    spread: float
    """Sample standard deviation over the runs, never below the finite-sample noise over the held-out rows."""
    runs: int
    """k."""
    n: int
    """Held-out rows; 0 when unknown."""
    false_fail: float
    """Highest probability that a run like the reference's misses the bound."""
    confidence: float
    low: float
    """Lower end of the band."""
    high: float
    """Upper end of the band."""
    worst: float | None = None
    """The worst of the runs."""

    def short(self, value: float) -> float | None:
        """By how much a value misses the bound, in distances from the mean (or the worst run) to it.

        A value as bad as the reference's own worst run is never further off than 0. None when it reaches the bound.
        """
        sign = 1 if self.higher_is_better else -1
        if sign * (value - self.bound) >= -1e-9:
            return None
        if self.worst is not None and sign * (value - self.worst) >= 0:
            return 0.0
        reach = sign * (self.mean - self.bound)
        missed = sign * (self.bound - value)
        return min(missed / reach, FAR) if missed < FAR * reach else FAR

    def to_json(self) -> dict[str, Any]:
        """JSON values only."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Threshold:
        """Reads what `to_json` wrote."""
        return cls(**data)


def is_share(metric: str) -> bool:
    """Whether a metric is a share of rows (an accuracy), so that binomial noise applies."""
    return "accuracy" in metric or metric in {"acc", "val_acc"}


def higher_is_better(metric: str) -> bool:
    """Whether more of a metric is better: accuracies and the like; not losses and errors."""
    return is_share(metric) or any(word in metric for word in ("auc", "precision", "recall", "f1", "r2"))


def tolerance_factor(runs: int, *, false_fail: float = FALSE_FAIL, confidence: float = CONFIDENCE) -> float:
    """Factor k of a one-sided normal bound, mean ∓ k·s.

    The larger of two factors, so that both promises hold for normal values:

    - the tolerance factor `t'(confidence; runs − 1, z·√runs) / √runs` from the non-central t distribution with
      z = Φ⁻¹(1 − false_fail): with the stated confidence at most `false_fail` of all further runs lie beyond
      (NIST/SEMATECH e-Handbook of Statistical Methods, 7.2.6.3; Hahn and Meeker, Statistical Intervals, 1991, 4.6);
    - the prediction factor `t(1 − false_fail; runs − 1) · √(1 + 1/runs)`: averaged over calibrations, a further run
      lies beyond with probability `false_fail` (Hahn and Meeker, 4.8). It is the larger one up to about five runs.

    Raises:
        AssignmentError: fewer than two runs, which say nothing of the spread.
    """
    from scipy import stats  # takes a second, and only calibration needs it

    if runs < 2:
        raise AssignmentError(
            "one run of the reference says nothing of the spread", remedy="calibrate with --runs 3 or more"
        )
    z = float(stats.norm.ppf(1 - false_fail))
    tolerance = float(stats.nct.ppf(confidence, runs - 1, z * math.sqrt(runs))) / math.sqrt(runs)
    prediction = float(stats.t.ppf(1 - false_fail, runs - 1)) * math.sqrt(1 + 1 / runs)
    return max(tolerance, prediction)


def finite_sample_noise(metric: str, mean: float, n: int) -> float:
    """Standard deviation that a metric has over n held-out rows for the choice of rows alone; 0 when n is unknown.

    For an accuracy p it is √(p(1−p)/n) with p moved off 0 and 1 by the rule of succession, (pn + 1)/(n + 2): most of
    the variance of test accuracies is this (Jordan, arXiv 2304.01910). For errors and losses it is c·mean/√n, where c
    is the relative spread of one row's value: √(π/2 − 1) for half-normal absolute errors, √2 for squared ones, 1 for
    losses.
    """
    if n <= 0:
        return 0.0
    if is_share(metric):
        share = (min(max(mean, 0.0), 1.0) * n + 1) / (n + 2)
        return math.sqrt(share * (1 - share) / n)
    relative = next((c for key, c in _ERRORS.items() if key in metric), 1.0)
    return relative * abs(mean) / math.sqrt(n)


def threshold(
    metric: str,
    values: Sequence[float],
    *,
    n: int = 0,
    false_fail: float = FALSE_FAIL,
    confidence: float = CONFIDENCE,
) -> Threshold:
    """Bound and band from the values of k runs of the reference.

    Each end of the band is the widest of three bounds, each of which would do alone under its own assumption:

    1. the normal tolerance bound mean ∓ k·s over the runs (`tolerance_factor`), for the spread between seeds;
    2. a bound for the finite-sample noise alone, should all runs have agreed by chance or by construction. For an
       accuracy this is exact: p is moved to its one-sided Clopper–Pearson limit for the rows of all runs, and the end
       of the band is the `false_fail` quantile of a binomial with that p and n rows (Hahn and Meeker, 6.2, 7.2). For
       errors and losses it is mean ∓ (z + z_c/√k)·noise with the noise taken as known (Hahn and Meeker, 4.6).

    3. an exponential tail beyond the median, for training that now and then ends on a bad epoch, which no normal
       distribution foresees: median ∓ m·ln(0.5/false_fail) with m the mean excess of the runs on that side (peaks over
       a threshold with shape 0, Coles, An Introduction to Statistical Modeling of Extreme Values, ch. 4; extreme values
       for flaky tests: FLEX, ESEC/FSE 2021). From ten runs on.

    The widest one is taken, not the sum: the spread between runs already holds what noise there is between them.

    Args:
        metric: canonical name; decides the direction.
        values: one for each run, at least two.
        n: held-out rows that the metric was measured on; 0 when unknown.
        false_fail: highest probability that a run like the reference's misses the bound.
        confidence: confidence in that probability.

    Raises:
        AssignmentError: fewer than two runs, or a value that is not finite.
    """
    from scipy import stats  # takes a second, and only calibration needs it

    data = np.asarray(values, float)
    if not np.isfinite(data).all():
        raise AssignmentError(f"a run of the reference has no finite {metric}", remedy="look at its training")
    factor = tolerance_factor(len(data), false_fail=false_fail, confidence=confidence)
    mean, spread = float(data.mean()), float(data.std(ddof=1))
    down, up = mean - factor * spread, mean + factor * spread
    tail_down, tail_up = _tail(data, false_fail)
    down, up = min(down, tail_down), max(up, tail_up)
    noise = finite_sample_noise(metric, mean, n)
    if is_share(metric):
        noise_down, noise_up = _binomial_band(mean, n, len(data), false_fail, confidence)
        low, high = max(min(down, noise_down), 0.0), min(max(up, noise_up), 1.0)
    else:
        reach = noise * (
            float(stats.norm.ppf(1 - false_fail)) + float(stats.norm.ppf(confidence)) / math.sqrt(len(data))
        )
        low, high = min(down, mean - reach), max(up, mean + reach)
        low = max(low, 0.0) if data.min() >= 0 else low
    better = higher_is_better(metric)
    return Threshold(
        bound=low if better else high,
        higher_is_better=better,
        mean=mean,
        spread=max(spread, noise),
        runs=len(data),
        n=n,
        false_fail=false_fail,
        confidence=confidence,
        low=low,
        high=high,
        worst=float(data.min() if better else data.max()),
    )


def _tail(data: npt.NDArray[np.float64], false_fail: float) -> tuple[float, float]:
    """Ends of an exponential tail on either side of the median; the median itself where there are too few runs."""
    middle = float(np.median(data))
    if len(data) < RUNS_FOR_A_TAIL:
        return middle, middle
    reach = math.log(0.5 / false_fail) if false_fail < 0.5 else 0.0
    below, above = middle - data[data < middle], data[data > middle] - middle
    return (
        middle - reach * float(below.mean()) if below.size else middle,
        middle + reach * float(above.mean()) if above.size else middle,
    )


def _binomial_band(mean: float, n: int, runs: int, false_fail: float, confidence: float) -> tuple[float, float]:
    """Exact tolerance bounds of a share of n rows, from `runs` shares with this mean; (mean, mean) without rows."""
    from scipy import stats  # takes a second, and only calibration needs it

    if n <= 0:
        return mean, mean
    trials = n * runs
    right = min(max(round(mean * trials), 0), trials)
    lowest = float(stats.beta.ppf(1 - confidence, right, trials - right + 1)) if right else 0.0
    highest = float(stats.beta.ppf(confidence, right + 1, trials - right)) if right < trials else 1.0
    low = float(stats.binom.ppf(false_fail, n, lowest)) / n if lowest else 0.0
    high = float(stats.binom.isf(false_fail, n, highest)) / n if highest < 1 else 1.0
    return low, high


def history_band(
    metric: str,
    curves: Sequence[Sequence[float]],
    *,
    n: int = 0,
    false_fail: float = FALSE_FAIL,
    confidence: float = CONFIDENCE,
) -> tuple[Threshold, ...]:
    """One threshold an epoch, from the history curves of k runs.

    The false-fail probability is shared over the epochs (Bonferroni), so that it holds for a curve as a whole. Runs
    that stopped early are cut to the shortest one.
    """
    epochs = min(map(len, curves), default=0)
    if not epochs:
        raise AssignmentError(f"the reference has no history of {metric}")
    return tuple(
        threshold(metric, [curve[e] for curve in curves], n=n, false_fail=false_fail / epochs, confidence=confidence)
        for e in range(epochs)
    )
