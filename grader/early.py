"""What can be said of a notebook before its training is over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.evidence import Evidence
from grader.execute.job import Ended, How, RunSpec
from grader.job_folder import JobFolder
from grader.report import Finding, Verdict

TRAINS = re.compile(r"\.(fit|train_on_batch|fit_generator)\s*\(|\b(cross_val_score|GridSearchCV)\s*\(")


@dataclass(frozen=True, kw_only=True)
class Early:
    """Judges the evidence that a running notebook has left so far, each time a cell that trains begins.

    Only what passed is told: a check that fails now may wait for a cell further down.
    """

    sources: Mapping[int, str]
    """Text of each code cell, by its position."""
    job: JobFolder
    spec: RunSpec
    findings: Callable[[Evidence], tuple[Finding, ...]]

    def passed(self, cell: int | None) -> tuple[str, ...]:
        """Titles of the checks that are passed when this cell begins; none unless it trains."""
        if cell is None or not TRAINS.search(self.sources.get(cell, "")):
            return ()
        try:
            so_far = self.job.read(Ended(how=How.COMPLETED), seed=self.spec.seed, data_source=self.spec.data_source)
            return tuple(f.title for f in self.findings(so_far) if f.verdict is Verdict.PASSED and not f.hidden)
        except Exception:  # noqa: BLE001 a foretaste of the report must never disturb the run
            return ()
