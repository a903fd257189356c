"""Ratios measured in one run; absolute times on a shared machine say little.

    make bench

Prints: start-up of the command line against a bare interpreter, a warm notebook against a cold one, the first grading of
a class against grading it again, and the growth of a regrade with the number of submissions.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat

from grader.assignment import Assignment, Exercise
from grader.checks import ModelQuery, architecture
from grader.evidence import Evidence
from grader.execute.job import RunSpec
from grader.execute.keeper import DataMount, Slots
from grader.execute.sandbox import named_sandbox
from grader.expectations import Expectations
from grader.job_folder import JobFolder
from grader.judge import judge
from grader.report import SubmissionId

NOTEBOOK = """import keras
import numpy as np
x = np.random.default_rng(0).normal(size=(500, 8)).astype("float32")
y = (x.sum(axis=1) > 0).astype(int)
model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=2, verbose=0)"""


def median(work: Callable[[], object], times: int = 5) -> float:
    """Median wall time in seconds."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def start_up() -> None:
    bare = median(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 9)
    command = [str(Path(sys.executable).with_name("grader")), "--help"]
    shown = median(lambda: subprocess.run(command, check=True, capture_output=True), 9)
    print(f"grader --help / python -c pass          {shown / bare:6.1f}   ({shown:.2f} s / {bare:.3f} s)")


def warm_against_cold() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])
    data = nbformat.writes(notebook).encode()
    with tempfile.TemporaryDirectory() as scratch:
        count = iter(range(1000))

        def run(slots: Slots) -> None:
            slots.run(data, RunSpec(seed=1), Path(scratch) / str(next(count)))

        def cold() -> None:
            with Slots(count=1, sandbox=named_sandbox("any"), data=DataMount()) as slots:
                run(slots)

        first = median(cold, 3)
        with Slots(count=1, sandbox=named_sandbox("any"), data=DataMount()) as slots:
            run(slots)
            warm = median(lambda: run(slots), 5)
            again = JobFolder(path=Path(scratch) / "0")
            assert list((again.path / "fits").glob("*.json")), "the notebook must really have trained"
    print(f"cold notebook / warm notebook           {first / warm:6.1f}   ({first:.1f} s / {warm:.1f} s)")


def regrade_growth() -> None:
    query = ModelQuery()
    assignment = Assignment(
        name="a", title="A", exercises=(Exercise(name="n", title="N", points=1, checks=(architecture(query),)),)
    )
    expectations = Expectations(assignment="a", data_source="none", seeds=(1,), checks={"n.architecture": {}})
    identity = SubmissionId(student="s", file="f", sha256="")
    with tempfile.TemporaryDirectory() as scratch:
        folder = JobFolder(path=Path(scratch))
        folder.save(Evidence(seed=1))

        def regrade(count: int) -> Callable[[], None]:
            def work() -> None:
                for _ in range(count):
                    judge(assignment, replace(folder.load(), seed=2), expectations, submission=identity)

            return work

        small, large = median(regrade(100), 5), median(regrade(1000), 3)
    print(f"regrade of 1,000 / regrade of 100       {large / small:6.1f}   ({large:.2f} s / {small:.2f} s)")


if __name__ == "__main__":
    start_up()
    warm_against_cold()
    regrade_growth()
