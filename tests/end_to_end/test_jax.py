"""A whole assignment on Keras with JAX: right and wrong answers, train-once, the trusted slot; no TensorFlow."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course import Course
from grader.execute.sandbox import named_sandbox
from grader.lint import CaseResult, lint
from grader.pipeline import run_reference
from grader.workers import Workers, workers_for

ROOT = Path(__file__).parents[2]
RIGHT = ("solution", "functional", "subclassed", "tensorflow_keras")
WRONG = ("softmax_columns", "relu_output", "missing_layer", "mean_squared_error", "starter")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.jax,
    pytest.mark.xdist_group("jax"),
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed: pip install grader[jax]"),
]


@pytest.fixture(scope="module")
def on_jax() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        yield


@pytest.fixture(scope="module")
def results(on_jax: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CaseResult]:
    folder = Course(root=ROOT).folder("tiny_mlp")
    workspace = tmp_path_factory.mktemp("jax")
    with workers_for(folder, workspace, named_sandbox("any"), count=2) as workers:
        return {r.name: r for r in lint(folder, workspace, workers, only=(*RIGHT, *WRONG)).results}


@pytest.mark.parametrize("case", [*RIGHT, *WRONG])
def test_each_case_gets_what_it_gets_on_tensorflow(case: str, results: dict[str, CaseResult]) -> None:
    assert results[case].problems == ()


def test_a_training_that_is_taken_from_the_store_is_the_same_bit_for_bit(on_jax: None, tmp_path: Path) -> None:
    folder = Course(root=ROOT).folder("tiny_mlp")
    seeds = [folder.assignment(hidden=True).seed]
    digests, ways = [], []
    for workspace, store in (("kernel", None), ("first", tmp_path / "trainings"), ("second", tmp_path / "trainings")):
        with Workers(sandbox=named_sandbox("any"), at_once=1, data_source="none", trainings=store) as workers:
            (evidence,) = run_reference(folder, tmp_path / workspace, workers, seeds=seeds)
        (fit,) = evidence.fits
        digests.append((fit.weights_before, fit.weights_after, tuple(map(tuple, fit.history.values()))))
        ways.append(fit.trained)
        assert evidence.environment["backend"] == "jax"
        assert "tensorflow" not in evidence.environment
    assert ways[0] == "kernel"
    assert ways[2] == "stored"
    assert digests[0] == digests[1] == digests[2]


def test_what_runs_in_a_slot_imports_no_tensorflow(on_jax: None, tmp_path: Path) -> None:
    """Not the recorder, nor a network that is made, trained, recorded and examined under it."""
    program = """
import sys
import numpy as np
from grader.inside import examine
from grader.inside.probe import install
import keras
recorder = install(sys.argv[1], {"seed": 7})
recorder.namespace = lambda: {"network": network}
recorder.cell_started(1)
network = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
network.compile("sgd", "mse")
network.fit(np.ones((8, 2)), np.ones(8), verbose=0)
recorder.cell_ended(1)
sent = []
examine.examine(recorder._writer.folder, lambda name, data: sent.append(name))
assert keras.config.backend() == "jax"
print(any(name.startswith("examined/") for name in sent), "tensorflow" in sys.modules)
"""
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == ["True", "False"]
