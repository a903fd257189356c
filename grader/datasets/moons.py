"""Two half moons: 2-D points in two classes, which notebooks make themselves with scikit-learn."""

from __future__ import annotations

import numpy as np

from grader.datasets.dataset import Dataset


def moons(*, n_samples: int = 1000, noise: float = 0.15, seed: int = 0, test_seed: int = 1) -> Dataset:
    """Training and held-out points, as `make_moons(n_samples=…, noise=…, random_state=…)` returns them.

    Args:
        n_samples: points of each split.
        noise: standard deviation of the points around their moon.
        seed: `random_state` of the training points, which the notebook makes.
        test_seed: `random_state` of the held-out points.

    Returns:
        x (n_samples, 2) float64 and y (n_samples,) int64 for each split.
    """
    from sklearn.datasets import make_moons

    x_train, y_train = make_moons(n_samples=n_samples, noise=noise, random_state=seed)
    x_test, y_test = make_moons(n_samples=n_samples, noise=noise, random_state=test_seed)
    return Dataset(
        name="moons",
        source="none",
        x_train=np.asarray(x_train),
        y_train=np.asarray(y_train),
        x_test=np.asarray(x_test),
        y_test=np.asarray(y_test),
    )
