"""Held-out rows: prepared as the notebook prepared its own, all of them or the first so many."""

from __future__ import annotations

import numpy as np

from grader.checks.check import HeldOut
from grader.datasets.encoding import Encoding
from grader.held_out import Shelf, Trial


def load() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    rows = np.arange(40.0).reshape(10, 4)
    return (rows, np.arange(10) % 2), (rows * 2, np.arange(10) % 2)


def trial(rows: int | None) -> Trial:
    held_out = HeldOut(dataset="made", load=load, rows=rows)
    return Trial(snapshot=3, held_out=held_out, encoding=Encoding(words="halved", transform=lambda raw: raw / 2))


def test_all_rows_or_the_first_so_many() -> None:
    shelf = Shelf(data_source="none")
    whole, few = trial(None), trial(3)
    assert shelf.inputs(whole).shape == (10, 4)
    assert np.array_equal(shelf.inputs(few), load()[0][0][:3])
    assert whole.key != few.key
    right = np.array([[0.1], [0.9], [0.8]])
    found = {m.metric: (m.value, m.count) for m in shelf.measurements(few, right)}
    assert found["accuracy"] == (2 / 3, 3)
    assert shelf.measurements(whole, right) == ()
