"""The check library: `from grader.checks import …` is all that an assignment needs."""

from __future__ import annotations

from grader.checks.answers import best_epoch, measured, number, own_number
from grader.checks.architecture import architecture, output_shape, parameters
from grader.checks.arrays import array
from grader.checks.check import Check, CodeTest, FunctionCase, HeldOut, ModelQuery, Undecidable, Wanted
from grader.checks.choices import choices
from grader.checks.choose import Chosen, choose
from grader.checks.code_tests import code_tests
from grader.checks.cross_validation import average_curve, cross_validated, fold_scores, rounds, whole_rounds
from grader.checks.custom import custom
from grader.checks.data import inputs, targets
from grader.checks.figures import figure
from grader.checks.functions import function
from grader.checks.grid_search import grid_searched
from grader.checks.history import history
from grader.checks.metrics import metric
from grader.checks.reported import number_of, reported
from grader.checks.settings import compiled
from grader.checks.training import trained
from grader.report import Outcome

__all__ = [
    "Check",
    "Chosen",
    "CodeTest",
    "FunctionCase",
    "HeldOut",
    "ModelQuery",
    "Outcome",
    "Undecidable",
    "Wanted",
    "architecture",
    "array",
    "average_curve",
    "best_epoch",
    "choices",
    "choose",
    "code_tests",
    "compiled",
    "cross_validated",
    "custom",
    "figure",
    "fold_scores",
    "function",
    "grid_searched",
    "history",
    "inputs",
    "measured",
    "metric",
    "number",
    "number_of",
    "output_shape",
    "own_number",
    "parameters",
    "reported",
    "rounds",
    "targets",
    "trained",
    "whole_rounds",
]
