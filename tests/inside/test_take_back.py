"""A cell that is run again: what its earlier run did is taken back, what stays is recorded anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.inside.probe.writer import COUNTS

SETUP = """
import numpy as np, keras
x, y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")
"""
BUILD = "network = keras.Sequential([keras.Input((2,)), keras.layers.Dense({})]); network.compile('sgd', 'mse')"
TRAIN = "network.fit(x, y, epochs={}, verbose=0)"


@pytest.fixture
def book(notebook: Callable[..., Any]) -> Any:
    made = notebook(variables=["rate"])
    made.ok(SETUP)
    return made


def test_what_an_outdated_run_did_is_gone_and_the_rest_is_still_known(book: Any) -> None:
    book.ok("rate = 0.1", BUILD.format(1), TRAIN.format(2))
    book.recorder.take_back({3})
    book.ok(TRAIN.format(5))
    assert [fit.epochs for fit in book.fits] == [5]
    assert {value.value for value in book.values} == {0.1}
    last = book.models[-1]
    assert (last.names, last.created, last.after_fit) == (("network",), 2, book.fits[0].fit)
    assert {model.cell for model in book.models} == {2, 4}
    assert all(len(book.weights(model)) == 2 for model in book.models)


def test_a_model_that_an_outdated_run_made_is_gone_with_its_trainings(book: Any) -> None:
    book.ok(BUILD.format(1), TRAIN.format(2))
    held = [book.namespace["network"]]  # as IPython's own history may
    book.recorder.take_back({1})
    book.ok(BUILD.format(3))
    assert book.fits == []
    (model,) = book.models
    assert (model.created, model.names, model.after_fit) == (3, ("network",), None)
    assert len(held[0].layers) == 1


def test_a_value_that_did_not_change_is_recorded_again(book: Any) -> None:
    book.ok("rate = 0.1")
    book.recorder.take_back({1})
    assert book.values == []
    book.ok("rate = 0.1")
    assert [(value.cell, value.value) for value in book.values] == [(2, 0.1)]


def test_runs_that_are_taken_back_leave_room_for_others(book: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COUNTS, "fits", 2)
    book.ok(BUILD.format(1))
    for cell in range(2, 8):
        book.ok(TRAIN.format(1))
        book.recorder.take_back({cell})
    book.ok(TRAIN.format(4))
    assert [fit.epochs for fit in book.fits] == [4]
    assert book.notices == []
    assert len(list((book.folder / "fits").iterdir())) == 1
