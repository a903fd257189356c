"""Houses in the shape of Boston housing: 506 rows of 13 features, and a price that depends on some of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from grader.datasets.draws import F64, bell, generator, growth

SEED = 20_260_104
ROWS = 506
NOISE = 2.0
"""Standard deviation of what the features don't explain, in thousands of dollars; a tenth of the rows have three times that."""


def houses() -> dict[str, npt.NDArray[Any]]:
    """Makes the table.

    Returns:
        `x` (506, 13) in the order and about the ranges of the real columns; `y` (506,), 5 to 50; both float64.
    """
    rng = generator(SEED)
    wealth, city = bell(rng, ROWS), bell(rng, ROWS)

    def mixed(of_wealth: float, of_city: float, own: float) -> F64:
        out: F64 = of_wealth * wealth + of_city * city + own * bell(rng, ROWS)
        return out

    highway = mixed(-0.2, 0.9, 0.4) > 0.75
    crime = (0.35 * growth(mixed(-0.3, 0.9, 0.7) + 1.9 * highway)).clip(0.006, 89)
    zoned = np.where(mixed(0.5, -0.7, 0.5) > 0.65, np.round(8 * rng.random(ROWS) + 1) * 10, 0.0)
    industry = np.where(highway, 18.1, (9 + 5.5 * mixed(-0.3, 0.7, 0.6)).clip(0.46, 27.74))
    river = (rng.random(ROWS) < 0.07).astype(np.float64)
    nitric = (0.555 + 0.11 * mixed(-0.2, 0.85, 0.45)).clip(0.385, 0.871)
    rooms = (6.28 + 0.7 * mixed(0.75, 0.0, 0.66)).clip(3.56, 8.78)
    age = (68.6 + 30 * mixed(-0.15, 0.7, 0.65)).clip(2.9, 100)
    distance = (3.1 * growth(0.55 * mixed(0.0, -0.85, 0.5))).clip(1.13, 12.13)
    access = np.where(highway, 24.0, np.round(1 + 7 * rng.random(ROWS)))
    tax = np.where(highway, 666.0, np.round((310 + 65 * mixed(-0.2, 0.2, 0.9)).clip(187, 500)))
    pupils = np.round((18.4 + 2.1 * mixed(-0.5, 0.25, 0.8)).clip(12.6, 22), 1)
    share = (396.9 - 25 * growth(mixed(-0.3, 0.5, 0.8))).clip(0.32, 396.9)
    poor = (10.5 * growth(0.58 * mixed(-0.8, 0.3, 0.5))).clip(1.73, 37.97)

    large = (rooms - 6.28) / 0.7
    price = 21.6 + 3.0 * large + 1.6 * large.clip(0) * large.clip(0) - 0.55 * (poor - 12.6) + 0.012 * (poor - 12.6) ** 2
    price += 2.2 * river - 0.7 * (pupils - 18.4) - 9.0 * (nitric - 0.555) - 0.05 * crime.clip(max=30)
    price += 0.4 * (3.8 - distance) * (large > 0) - 0.012 * (age - 68.6)
    noise = bell(rng, ROWS) * np.where(rng.random(ROWS) < 0.1, 3 * NOISE, NOISE)
    columns = (crime, zoned, industry, river, nitric, rooms, age, distance, access, tax, pupils, share, poor)
    return {"x": np.stack(columns, axis=1), "y": np.round((price + noise).clip(5, 50), 1)}
