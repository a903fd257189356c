"""Live progress on standard error: what is running, in which cell, how many are done and how long it will take."""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from grader.evidence import Status

if TYPE_CHECKING:
    from grader.pipeline import Progress as Step


class Watch:
    """Shows steps as they come; plain lines where standard error is no terminal."""

    def __init__(self, total: int, title: str) -> None:
        self._console = Console(stderr=True)
        self._lock = threading.Lock()
        self._running: dict[str, TaskID] = {}
        self._told: set[str] = set()
        self._done = 0
        self._total = total
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._all = self._progress.add_task(Text(title).markup, total=total)

    def listen(self, step: Step) -> None:
        """Takes one step of any submission; called from worker threads."""
        # Where standard error is full or gone nothing can be shown; the class is graded all the same.
        with self._lock, contextlib.suppress(OSError):
            if step.stage == "done":
                self._finish(step)
                return
            name = Text(f"  {step.student[:30]}").markup
            if step.student not in self._running:
                self._running[step.student] = self._progress.add_task(name, total=step.cells or None)
            if step.stage == "training":
                self._tell_early(step)
            elif step.stage == "examining":
                self._progress.update(self._running[step.student], completed=step.cells)
            elif step.cell is not None:
                self._progress.advance(self._running[step.student])

    def _tell_early(self, step: Step) -> None:
        """What is right already, while the training goes on: all of it for one student, a number for a class."""
        new = [title for title in step.passed if title not in self._told]
        if self._total == 1 and new:
            self._told.update(new)
            self._console.print(Text(f"Before cell {step.cell} trains, already right:"))
            for title in new:
                self._console.print(Text(f"  ✓ {title}", style="green"))
        name = Text(f"  {step.student[:30]}, training, {len(step.passed)} checks passed so far").markup
        self._progress.update(self._running[step.student], description=name)

    def _finish(self, step: Step) -> None:
        self._done += 1
        task = self._running.pop(step.student, None)
        if task is not None:
            self._progress.remove_task(task)
        self._progress.advance(self._all)
        if not self._console.is_terminal and step.report is not None:
            report = step.report
            score = "ungraded" if report.score is None else f"{report.score:g}/{report.max_score:g}"
            score += f", {report.waiting:g} waiting" if report.waiting else ""
            status = "" if report.status is Status.GRADED else f"  {report.status}"
            self._console.print(
                Text(f"[{self._done}/{self._total}] {step.student.encode('unicode_escape').decode()}  {score}{status}")
            )

    def __enter__(self) -> Watch:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
