"""What a run of an assignment's notebooks collects, on which data; runs on every platform."""

from __future__ import annotations

from grader import datasets
from grader.assignment import Assignment
from grader.execute.job import RunSpec


def choose_data_source(assignment: Assignment, asked: datasets.Source | None) -> datasets.Source:
    """`keras` where every data set is in Keras' cache, else `stand-in` (made now); `none` without data sets.

    Raises:
        DataUnavailable: real data was asked for and is not here.
    """
    if not assignment.datasets:
        return "none"
    source = asked or datasets.available(assignment.datasets)
    for name in assignment.datasets:
        if source == "stand-in":
            datasets.make(name)
        else:
            datasets.require(name)
    return source


def run_spec(assignment: Assignment, data_source: str, seed: int) -> RunSpec:
    """What a run of this assignment's notebooks collects."""
    wanted = assignment.wanted()
    return RunSpec(
        seed=seed,
        variables=wanted.variables,
        functions=assignment.cases_as_told(),
        limits=assignment.limits,
        datasets=assignment.datasets,
        weights=assignment.weights,
        data_source=data_source,
        train_once=True,
    )
