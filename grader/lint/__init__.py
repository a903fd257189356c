"""Lint: grades an assignment's own test set, and says whether its marks are right and what they don't cover."""

from __future__ import annotations

from grader.lint.cases import Case, CaseKind, cases
from grader.lint.coverage import Gaps, gaps
from grader.lint.held import CaseResult, held
from grader.lint.linting import Lint, lint
from grader.lint.page import page
from grader.lint.shown import show, to_json

__all__ = ["Case", "CaseKind", "CaseResult", "Gaps", "Lint", "cases", "gaps", "held", "lint", "page", "show", "to_json"]
