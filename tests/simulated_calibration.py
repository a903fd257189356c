"""Simulated classes of right work: how often a bound and the re-run rule fail it, for distributions that are known.

`python tests/simulated_calibration.py` prints the table of docs/calibration.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.rerun import Rerun
from grader.thresholds import FALSE_FAIL, threshold

F64 = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], F64]


def stuck(random: np.random.Generator, size: int) -> F64:
    """One run of thirty never leaves the place where it starts."""
    good, bad = random.normal(0.97, 0.004, size), random.normal(0.86, 0.01, size)
    return np.where(random.random(size) < 1 / 30, bad, good)


DISTRIBUTIONS: dict[str, tuple[Draw, int]] = {
    "normal": (lambda r, size: r.normal(0.9, 0.01, size), 0),
    "skewed (gamma, shape 2)": (lambda r, size: 0.95 - r.gamma(2, 0.01, size), 0),
    "exponential": (lambda r, size: 0.95 - r.exponential(0.01, size), 0),
    "Laplace": (lambda r, size: r.laplace(0.9, 0.01, size), 0),
    "Student's t, 3 degrees": (lambda r, size: 0.9 + 0.01 * r.standard_t(3, size), 0),
    "binomial, 0.98 of 10,000 rows": (lambda r, size: r.binomial(10_000, 0.98, size) / 10_000, 10_000),
    "binomial, 0.8 of 102 rows": (lambda r, size: r.binomial(102, 0.8, size) / 102, 102),
    "beta-binomial, 0.79 of 2,246 rows": (lambda r, size: r.binomial(2246, r.beta(1580, 420, size)) / 2246, 2246),
    "one run of 30 stuck": (stuck, 0),
}
"""By name: how the metric of right work varies from seed to seed, and the held-out rows that calibration knows of."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Probabilities that right work fails, one for each simulated calibration."""

    single: F64
    """Of one run missing the bound."""
    near: F64
    """Under the re-run rule when only misses within its zone are looked at again."""
    rule: F64
    """Under the re-run rule, which looks at every miss of otherwise right work again."""


def rates(name: str, runs: int, calibrations: int, *, seed: int = 0, pool: int = 400_000) -> Rates:
    """Calibrates again and again with `runs` values each, and holds a large pool of right work against each bound."""
    random = np.random.default_rng([seed, runs])
    draw, n = DISTRIBUTIONS[name]
    values = np.sort(draw(random, pool))
    ends = []
    for data in draw(random, calibrations * runs).reshape(calibrations, runs):
        found = threshold("accuracy", data.tolist(), n=n)
        zone = found.bound - Rerun().zone * (found.mean - found.bound)
        ends.append((found.bound, min(zone, found.worst if found.worst is not None else zone)))
    beyond = np.searchsorted(values, np.array(ends) - 1e-9) / pool
    rule = Rerun()
    return Rates(
        single=beyond[:, 0],
        near=np.array([rule.false_fail(miss, far) for miss, far in beyond.tolist()]),
        rule=np.array([rule.false_fail(miss) for miss in beyond[:, 0].tolist()]),
    )


def table(calibrations: int = 1000) -> str:
    """The rates as a Markdown table."""
    lines = [
        "| metric of right work | runs | one run | near misses again | the rule | calibrations that keep it |",
        "|---|---|---|---|---|---|",
    ]
    for name in DISTRIBUTIONS:
        for runs in (10, 30, 50):
            found = rates(name, runs, calibrations)
            kept = np.mean(found.rule <= FALSE_FAIL)
            means = [f"{max(part.mean(), 1e-9):.0e}" for part in (found.single, found.near, found.rule)]
            lines.append(f"| {name} | {runs} | {' | '.join(means)} | {kept:.1%} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
