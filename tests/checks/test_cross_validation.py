"""Cross-validation: right ways of doing it pass, each mistake fails with its cause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.checks import Outcome, average_curve, cross_validated, fold_scores, rounds, whole_rounds
from grader.errors import AssignmentError
from grader.evidence import DataSummary, Evaluation, Evidence, Fit, Prediction

ROWS = np.random.default_rng(0).normal(size=(40, 10))
TEST = np.random.default_rng(1).normal(size=(12, 10))


def data(rows: np.ndarray) -> DataSummary:
    return DataSummary(
        shape=rows.shape,
        dtype="float64",
        digest=str(hash(rows.tobytes())),
        rows=tuple(range(len(rows))),
        sample=rows,
    )


def fold(number: int, **changes: Any) -> Fit:
    left_out = slice(number * 10, number * 10 + 10)
    fit = Fit(
        fit=number + 1,
        model=number + 1,
        cell=3,
        x=data(np.delete(ROWS, left_out, axis=0)),
        samples=30,
        validation_x=data(ROWS[left_out]),
        batch_size=4,
        epochs=5,
        epochs_run=5,
        history={"loss": [1.0] * 5, "val_mae": [5.0, 4.0, 3.0, 2.5, 2.0 + number]},
    )
    return replace(fit, **changes)


def run(*fits: Fit, **changes: Any) -> Evidence:
    final = Fit(fit=90, model=90, cell=8, x=data(ROWS), samples=40, batch_size=4, epochs=3, epochs_run=3)
    tested = Evaluation(model=90, cell=9, x=data(TEST), results={"loss": 1.0, "mae": 2.0})
    return Evidence(fits=(*fits, final), evaluations=(tested,), **changes)


REFERENCE = run(*(fold(n) for n in range(4)))


def judged(evidence: Evidence) -> Outcome:
    check = cross_validated()
    return check.judge(evidence, check.learn([REFERENCE, REFERENCE]))


def test_the_reference_passes_and_so_does_another_order_and_a_shuffled_split() -> None:
    assert judged(REFERENCE).score == 1
    assert judged(run(*(fold(n) for n in (2, 0, 3, 1)))).score == 1
    order = np.random.default_rng(5).permutation(40)
    shuffled = [
        fold(
            n, x=data(ROWS[np.delete(order, slice(n * 10, n * 10 + 10))]), validation_x=data(ROWS[order[n * 10 :][:10]])
        )
        for n in range(4)
    ]
    assert judged(run(*shuffled)).score == 1


def test_measured_by_predict_afterwards_with_the_training_error_beside_it() -> None:
    fits = tuple(fold(n, validation_x=None, history={"loss": [1.0] * 5}) for n in range(4))
    seen = []
    for n, fit in enumerate(fits):
        seen += [
            Prediction(model=fit.model, cell=3, x=data(ROWS[n * 10 :][:10])),
            Prediction(model=fit.model, cell=3, x=fit.x),
        ]
    assert judged(replace(run(*fits), predictions=tuple(seen))).score == 1


def test_a_fold_tried_before_or_after_and_all_done_twice_is_no_mistake() -> None:
    folds = [fold(n) for n in range(4)]
    tried = fold(0, fit=70, model=70)
    twice = [fold(n, fit=n + 50, model=n + 50) for n in range(4)]
    for fits in ([tried, *folds], [*folds, tried], [*folds, *twice]):
        assert judged(run(*fits)).score == 1
    longer = [fold(n, samples=32) for n in range(4)] + [fold(0, fit=70, model=70, samples=32)]
    assert "5 trainings were found, expected 4" in judged(run(*longer)).message


@pytest.mark.parametrize(
    ("fits", "cause"),
    [
        ([fold(n) for n in range(3)], "3 trainings were found, expected 4"),
        ([fold(n, x=data(ROWS), samples=40) for n in range(4)], "leave them out"),
        ([fold(n, model=1) for n in range(4)], "fresh network for each fold"),
        ([fold(n, epochs=2, epochs_run=2) for n in range(4)], "2 epochs, expected 5"),
        ([fold(n, batch_size=32) for n in range(4)], "Keras' default"),
        ([fold(0, fit=n, model=n) for n in range(1, 5)], "the same rows"),
        ([fold(n, validation_x=data(TEST)) for n in range(4)], "test data"),
        ([fold(n, validation_x=fold(n).x) for n in range(4)], "also in its training data"),
        ([fold(n, validation_x=None) for n in range(4)], "measured on the rows that it leaves out"),
    ],
)
def test_each_mistake_is_named(fits: list[Fit], cause: str) -> None:
    found = judged(run(*fits))
    assert 0 < found.score < 1
    assert cause in found.message


def test_no_training_at_all_and_a_reference_without_folds() -> None:
    assert judged(Evidence()).score == 0
    with pytest.raises(AssignmentError, match="0 cross-validations"):
        cross_validated().learn([run()])
    with pytest.raises(AssignmentError, match="0 cross-validations"):
        cross_validated(which=-1).learn([run()])
    assert cross_validated(which=-1).learn([REFERENCE]) == cross_validated().learn([REFERENCE])


def test_a_group_may_hold_several_rounds() -> None:
    group = tuple(fold(0, fit=n) for n in range(6))
    assert [[f.fit for f in r] for r in whole_rounds(group, 4, 30)] == [[2, 3, 4, 5], [1, 2, 3, 4], [0, 1, 2, 3]]
    assert whole_rounds(group, 4, 36) == (group,)
    assert whole_rounds(group[:3], 4, 30) == (group[:3],)


def test_scores_and_curves_come_from_the_own_folds() -> None:
    folds = rounds(REFERENCE)[0]
    assert average_curve(folds, "val_mean_absolute_error") == [5.0, 4.0, 3.0, 2.5, 3.5]
    assert fold_scores(REFERENCE, folds, "mae") == [2.0, 3.0, 4.0, 5.0]
    evaluated = replace(
        run(*(fold(n, history={}) for n in range(4))),
        evaluations=tuple(Evaluation(model=n, cell=3, results={"loss": 9.0, "mae": float(n)}) for n in range(1, 5)),
    )
    assert fold_scores(evaluated, rounds(evaluated)[0], "mae") == [1.0, 2.0, 3.0, 4.0]
    trained_on = tuple(Evaluation(model=n, cell=3, x=fold(n - 1).x, results={"mae": 0.5}) for n in range(1, 5))
    both = replace(evaluated, evaluations=trained_on + evaluated.evaluations)
    assert fold_scores(both, rounds(both)[0], "mae") == [1.0, 2.0, 3.0, 4.0]
    assert fold_scores(Evidence(), folds[:1], "rmse") is None
    assert average_curve(folds, "val_accuracy") is None
