"""What is told of a notebook before its training is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.early import Early
from grader.evidence import Evidence
from grader.execute.job import RunSpec
from grader.job_folder import JobFolder
from grader.report import Finding, Verdict


def _finding(title: str, verdict: Verdict, *, hidden: bool = False) -> Finding:
    return Finding(
        exercise="e", check=title, title=title, verdict=verdict, points=0, max_points=1, hidden=hidden, message=""
    )


def _findings(evidence: Evidence) -> tuple[Finding, ...]:
    assert evidence.data_source == "none"
    return (
        _finding("the data", Verdict.PASSED),
        _finding("the secret", Verdict.PASSED, hidden=True),
        _finding("the accuracy", Verdict.FAILED),
    )


def _early(folder: Path, source: str) -> Early:
    return Early(sources={3: source}, job=JobFolder(path=folder), spec=RunSpec(seed=1), findings=_findings)


@pytest.mark.parametrize("source", ["model.fit(x, y)", "for _ in r: m.train_on_batch(x)", "GridSearchCV(e, g)"])
def test_open_checks_that_pass_are_told_when_a_cell_trains(tmp_path: Path, source: str) -> None:
    assert _early(tmp_path, source).passed(3) == ("the data",)


def test_nothing_is_told_at_other_cells(tmp_path: Path) -> None:
    early = _early(tmp_path, "x = 3  # fitting comes later")
    assert early.passed(3) == early.passed(4) == early.passed(None) == ()


def test_a_fault_of_the_foretaste_disturbs_nothing(tmp_path: Path) -> None:
    def broken(_: Evidence) -> tuple[Finding, ...]:
        raise ValueError

    early = Early(sources={0: "m.fit(x)"}, job=JobFolder(path=tmp_path), spec=RunSpec(seed=1), findings=broken)
    assert early.passed(0) == ()
