"""Expectations: what k runs of the reference established, for one data source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.evidence import Evidence

SCHEMA = "grader/expectations/v1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectations:
    """The measured specification. `assignments/` holds the public checks' part, `reference/` all of it."""

    assignment: str
    data_source: str
    """`keras`, `stand-in` or `none`."""
    recipe: str = ""
    """The smaller form of the assignment that was run; empty for the assignment as it is written."""
    seeds: tuple[int, ...]
    """One for each run of the reference."""
    checks: dict[str, dict[str, Any]]
    """By check id, `exercise.check`: what the check's `learn` kept."""
    environment: dict[str, str] = field(default_factory=dict)
    """Versions that it was calibrated with, and the backend; as `Evidence.environment`."""
    seconds: float = 0.0
    """Median wall time of a run."""
    peak_memory: int = 0
    """Highest over the runs, in bytes."""
    reference: Evidence | None = None
    """Evidence of the first run, for custom checks; never in the public part."""
    schema: str = SCHEMA

    @property
    def runs(self) -> int:
        """k, the number of runs of the reference."""
        return len(self.seeds)
