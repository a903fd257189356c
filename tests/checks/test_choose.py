"""The model that is graded is found by what was done with it."""

from __future__ import annotations

from evidence_by_hand import fit, mnist, model

from grader.checks import ModelQuery, choose
from grader.evidence import Evidence

QUERY = ModelQuery(variables=("network", "model"), samples=60_000, epochs=5)


def chosen(evidence: Evidence, query: ModelQuery = QUERY) -> int:
    found = choose(evidence, query)
    assert found is not None
    assert found.why.endswith(".")
    return found.model.model


def test_no_model() -> None:
    assert choose(Evidence(), QUERY) is None


def test_trained_beats_name() -> None:
    assert chosen(mnist(models=(model(1, 1, names=("network",)), model(2, 2, names=("x",))), fits=(fit(1, 2),))) == 2


def test_rows_beat_epochs_and_names() -> None:
    models = (model(1, 1, names=("network",)), model(2, 2, names=("b",)))
    assert chosen(mnist(models=models, fits=(fit(1, 1, samples=50_000), fit(2, 2, epochs=4)))) == 2


def test_epochs_beat_names() -> None:
    models = (model(1, 1, names=("network",)), model(2, 2, names=("b",)))
    assert chosen(mnist(models=models, fits=(fit(1, 1, epochs=20), fit(2, 2)))) == 2


def test_the_name_decides_between_equals() -> None:
    models = (model(1, 1, names=("network",)), model(2, 2, names=("extra",)))
    assert chosen(mnist(models=models, fits=(fit(1, 1), fit(2, 2)))) == 1


def test_a_name_of_another_model_comes_last() -> None:
    query = ModelQuery(variables=("network",), others=("narrow",), samples=60_000)
    models = (model(1, 1, names=("net",)), model(2, 2, names=("narrow",)))
    fits = (fit(1, 1, samples=50_000), fit(2, 2))
    assert chosen(mnist(models=models, fits=fits), query) == 1
    assert chosen(mnist(models=models, fits=fits), ModelQuery(variables=("network",), samples=60_000)) == 2
    assert chosen(mnist(models=models[1:], fits=fits[1:]), query) == 2


def test_a_rebound_name_belongs_to_its_last_holder() -> None:
    models = (model(1, 1, 3, names=("model",)), model(2, 2, 6, names=("model",)))
    assert chosen(mnist(models=models, fits=(fit(1, 1, 3), fit(2, 2, 6)))) == 2


def test_thirteen_models_under_thirteen_names() -> None:
    models = tuple(model(i, i, i, names=(f"m{i}",)) for i in range(1, 14))
    fits = tuple(fit(i, i, i, epochs=5 if i == 9 else 20) for i in range(1, 14))
    assert chosen(mnist(models=models, fits=fits)) == 9
    assert chosen(mnist(models=models, fits=fits), ModelQuery()) == 13


def test_continued_training_keeps_the_object_and_its_last_snapshot() -> None:
    models = (model(1, 1, 3), model(1, 2, 5), model(1, 3, 7))
    found = choose(mnist(models=models, fits=(fit(1, 1, 3, epochs=20), fit(2, 1, 7, epochs=5))), QUERY)
    assert found is not None
    assert found.model.snapshot == 3
    assert found.epochs == 25


def test_a_snapshot_without_weights_does_not_hide_one_with() -> None:
    found = choose(mnist(models=(model(1, 1), model(1, 2, weights=""))), QUERY)
    assert found is not None
    assert found.model.snapshot == 1


def test_a_fit_that_failed_on_the_rows_asked_for_beats_a_training_on_others() -> None:
    models = (model(1, 1, names=("model",)), model(2, 2, names=("network",)))
    failed = fit(2, 2, epochs_run=0, error="ValueError: x")
    assert chosen(mnist(models=models, fits=(fit(1, 1, samples=50_000, epochs=20), failed))) == 2
    assert chosen(mnist(models=models, fits=(fit(1, 1, epochs=20), failed))) == 1


def test_a_fit_that_failed_is_no_training() -> None:
    models = (model(1, 1, names=("network",)), model(2, 2, names=("b",)))
    assert (
        chosen(mnist(models=models, fits=(fit(1, 1, epochs_run=0, error="ValueError: x"), fit(2, 2, samples=10)))) == 2
    )
