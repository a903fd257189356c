"""The check library: `from grader.checks import …` is all that an assignment needs."""

from __future__ import annotations

from grader.checks.architecture import architecture, output_shape, parameters
from grader.checks.check import Check, FunctionCase, HeldOut, ModelQuery
from grader.checks.choose import Chosen, choose
from grader.checks.data import inputs, targets
from grader.checks.metrics import metric
from grader.checks.settings import compiled
from grader.checks.training import trained
from grader.report import Outcome

__all__ = [
    "Check",
    "Chosen",
    "FunctionCase",
    "HeldOut",
    "ModelQuery",
    "Outcome",
    "architecture",
    "choose",
    "compiled",
    "inputs",
    "metric",
    "output_shape",
    "parameters",
    "targets",
    "trained",
]
