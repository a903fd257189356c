"""Searches over settings, and scores that a notebook reports: what passes, and what is said about what doesn't."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.checks import Outcome, grid_searched, reported
from grader.errors import AssignmentError
from grader.evidence import Evidence, Fit, Model, Value

SIZES, EPOCHS, FOLDS = (8, 16), (1, 3), 3


def searched(
    sizes: tuple[int, ...] = SIZES,
    epochs: tuple[int, ...] = EPOCHS,
    folds: int = FOLDS,
    rows: int = 200,
    batch: int = 64,
) -> Evidence:
    """A search with a refit on all rows behind it, and another training in front."""
    fits = [Fit(fit=1, model=1, cell=1, samples=50, epochs=2, epochs_run=2)]
    models = [model(1, 32)]
    for size in sizes:
        for count in epochs:
            for _ in range(folds):
                number = len(fits) + 1
                fit = Fit(fit=number, model=number, cell=2, samples=rows, epochs=count, epochs_run=count)
                fits.append(replace(fit, batch_size=batch))
                models.append(model(number, size))
    last = len(fits) + 1
    fits.append(Fit(fit=last, model=last, cell=2, samples=300, epochs=3, epochs_run=3))
    return Evidence(fits=tuple(fits), models=(*models, model(last, 16)))


def model(number: int, units: int) -> Model:
    layers: list[dict[str, Any]] = [{"config": {"batch_shape": [None, 4]}}, {"config": {"units": units}}]
    return Model(
        model=number, snapshot=number, cell=2, config={"config": {"layers": [*layers, {"config": {"units": 2}}]}}
    )


def judged(evidence: Evidence) -> Outcome:
    check = grid_searched()
    return check.judge(evidence, check.learn([searched(), searched()]))


def test_the_search_is_found_between_other_trainings_and_in_any_order() -> None:
    assert judged(searched()).score == 1
    backwards = searched()
    assert judged(replace(backwards, fits=tuple(reversed(backwards.fits)))).score == 1


@pytest.mark.parametrize(
    ("evidence", "cause", "score"),
    [
        (searched(sizes=(32, 32)), "Every network has 32 units: does build_model use the size", 0),
        (searched(sizes=(8,)), "16 units for 1 epoch and 1 more of 4 combinations were never trained", 0.5),
        (searched(epochs=(2,)), "not part of the grid", 0),
        (searched(sizes=(8, 8), epochs=(1, 3, 5)), "Every network has 8 units", 0),
        (searched(sizes=(8, 24)), "16 units for 1 epoch and 1 more of 4 combinations were never trained", 0.5),
        (searched(folds=2), "trained 2 times, expected 3", 0),
        (searched(rows=20), "expected 200: all of the data but one fold", 0.5),
        (searched(batch=32), "in batches of 32, expected 64. 32 is Keras' default", 0.5),
        (searched(sizes=(64,), epochs=(20,), rows=80), "No training belongs to the search", 0),
        (Evidence(), "No network was trained", 0),
    ],
)
def test_each_mistake_is_named(evidence: Evidence, cause: str, score: float) -> None:
    found = judged(evidence)
    assert cause in found.message
    assert found.score == score


def test_one_network_trained_on_and_on_is_no_search() -> None:
    evidence = searched()
    again = tuple(replace(f, model=2 + (f.fit - 2) // 6 * 6) if f.samples == 200 else f for f in evidence.fits)
    assert "fresh network" in judged(replace(evidence, fits=again)).message


def test_a_reference_without_a_search_is_said() -> None:
    with pytest.raises(AssignmentError, match="1 combinations"):
        grid_searched().learn([searched(sizes=(8,), epochs=(1,))])


def claim(value: float | None) -> Evidence:
    kind = "none" if value is None else "number"
    return Evidence(values=(Value(name="score", cell=4, kind=kind, type_name="float", value=value),))


def scored(value: float | None, metric: str = "accuracy") -> Outcome:
    check = reported("score", metric)
    runs = [claim(v) for v in (0.80, 0.81, 0.82, 0.80, 0.81, 0.82)]
    return check.judge(claim(value), check.learn(runs))


def test_reported_scores_have_a_bound_on_the_worse_side_and_a_flag_on_the_better_one() -> None:
    assert scored(0.81).score == 1
    assert scored(0.5).score == 0
    assert scored(0.99).score == 1
    assert "better than the reference's band" in scored(0.99).flag
    assert scored(0.5, "mae").score == 1
    assert scored(0.99, "mae").score == 0
    assert "sign is wrong" in scored(-0.81).message


def test_what_is_no_number_is_said() -> None:
    assert "expected a number" in scored(None).message
    array = Value(name="score", cell=4, kind="array", type_name="ndarray", array=np.array([0.81]))
    check = reported("score")
    expected = check.learn([claim(0.80), claim(0.81), claim(0.82)])
    assert check.judge(Evidence(values=(array,)), expected).score == 1
    assert "no variable score" in check.judge(Evidence(), expected).message
    with pytest.raises(AssignmentError, match="no number score"):
        check.learn([claim(0.8), Evidence()])
