"""The functions that `anatomy` asks for in NumPy give what Keras computes, to a millionth."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.checks.packing import unpack
from grader.course import Course

FOLDER = Course(root=Path(__file__).parents[2]).folder("anatomy")
CASES = [
    (f"{exercise.name}.{check.name}", case)
    for exercise in FOLDER.assignment(hidden=True).exercises
    for check in exercise.checks
    for case in check.wants.functions
]
IN_KERAS = """
import sys
import keras
import numpy as np

def dense(rows, kernel, bias):
    layer = keras.layers.Dense(len(bias), dtype="float64")
    layer.build(rows.shape)
    layer.set_weights([kernel, bias])
    return layer(rows)

known = {"relu": keras.ops.relu, "dense": dense, "softmax": keras.ops.softmax,
         "cross_entropy": keras.losses.categorical_crossentropy}
asked, results = np.load(sys.argv[1]), {}
for place, function in enumerate(sys.argv[3:]):
    inputs = [asked[key] for key in sorted(asked.files) if key.startswith(f"{place}.")]
    results[str(place)] = keras.ops.convert_to_numpy(known[function](*inputs))
np.savez(sys.argv[2], **results)
"""


@pytest.fixture(scope="module")
def in_keras(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What Keras gives for each case, by its place in CASES; in a process of its own, since TensorFlow stays loaded."""
    folder = tmp_path_factory.mktemp("anatomy")
    inputs = {f"{i}.{j}": value for i, (_, case) in enumerate(CASES) for j, value in enumerate(case.inputs)}
    np.savez(folder / "asked.npz", **inputs)
    functions = [case.function for _, case in CASES]
    command = [sys.executable, "-c", IN_KERAS, str(folder / "asked.npz"), str(folder / "results.npz"), *functions]
    subprocess.run(command, check=True, capture_output=True)
    with np.load(folder / "results.npz") as results:
        return dict(results)


@pytest.mark.parametrize("place", range(len(CASES)), ids=[f"{check}, {case.name}" for check, case in CASES])
def test_the_reference_agrees_with_keras(place: int, in_keras: Mapping[str, Any]) -> None:
    check, case = CASES[place]
    kept = FOLDER.expectations("none", hidden=True).checks[check]["cases"][case.name]
    np.testing.assert_allclose(unpack(kept["array"]), in_keras[str(place)], rtol=0, atol=1e-6)


def test_all_four_functions_are_compared() -> None:
    assert {case.function for _, case in CASES} == {"relu", "dense", "softmax", "cross_entropy"}
