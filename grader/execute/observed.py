"""What the host sees of a job while it runs in a slot."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class Observed:
    """What one job looked like from outside; filled while it runs."""

    end: Mapping[str, Any] | None = None
    """The `end` event, if it came."""
    clean: bool = False
    """Whether the slot answered that it can take the next job."""
    bad: str = ""
    """How the sandbox broke the protocol."""
    has_cells: bool = False
    """Whether cells are to be run."""
    received: Mapping[str, int] = field(default_factory=dict)
    """Bytes of each file that came, by its name in the job folder."""
    lost: Sequence[str] = ()
    """Of those, what somebody else took away meanwhile."""
    asked: bool = False
    """Whether the runner asked for the late frames."""
    killed: Mapping[str, Any] | None = None
    """What the supervisor killed it for."""
    overdue: bool = False
    cancelled: bool = False
    exited: bool = False
    cell: int | None = None
    """The cell that was running at last."""
    cell_since: float = 0.0
    begun: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    peak: int = 0
    trainer_peak: int = 0
    """Highest of the trainers that worked for it, beside its own."""

    @property
    def reusable(self) -> bool:
        """Whether the slot went through the job without a limit, a death or anything left behind."""
        end = self.end or {}
        return self.clean and not self.exited and end.get("how") == "completed" and not end.get("limits_hit")

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.clean or self.exited or bool(self.bad) or self.overdue or self.cancelled or self.killed is not None

    def follow(self, event: Mapping[str, Any]) -> None:
        """Takes note of an event that came out of the sandbox."""
        match event["event"]:
            case "cell_start":
                self.cell, self.cell_since = event["cell"], time.monotonic()
            case "cell_end":
                self.cell = None
            case "tests":
                self.asked = True
            case "end":
                self.end = self.end or event
            case "reset":
                self.clean = event.get("clean") is True and self.end is not None
                self.exited = not self.clean
