"""What a run came to: the outcome in words, and records for the cells that could not report themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.assignment import Limits
from grader.errors import SubmissionError
from grader.evidence import CellRun, CellStatus
from grader.execute.job import Ended, How
from grader.execute.observed import Observed
from grader.records import encode

INSIDE = {
    "completed": How.COMPLETED,
    "kernel_died": How.KERNEL_DIED,
    "notebook_timeout": How.NOTEBOOK_TIMEOUT,
    "limit": How.LIMIT,
    "failed": How.FAILED,
}
REASON_CHARACTERS = 1000
CELL_STATUS = {
    How.OUT_OF_MEMORY: CellStatus.OUT_OF_MEMORY,
    How.NOTEBOOK_TIMEOUT: CellStatus.TIMEOUT,
    How.KERNEL_DIED: CellStatus.KERNEL_DIED,
    How.LIMIT: CellStatus.KERNEL_DIED,
}


@dataclass(frozen=True, kw_only=True)
class CodeCell:
    """A code cell of the notebook that was sent."""

    index: int
    cell_id: str


def code_cells(notebook: bytes) -> tuple[CodeCell, ...]:
    """The code cells of a notebook of nbformat 4.

    Raises:
        SubmissionError: the bytes are no such notebook.
    """
    try:
        raw = json.loads(notebook)
        cells = [(n, cell) for n, cell in enumerate(raw["cells"]) if cell["cell_type"] == "code"]
        return tuple(CodeCell(index=n, cell_id=str(cell.get("id", ""))[:64]) for n, cell in cells)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SubmissionError(
            f"not a notebook of format 4 ({type(error).__name__}: {error})",
            remedy="open it in Jupyter and save it again",
        ) from error


def ended_of(seen: Observed, environment: Mapping[str, str], limits: Limits, *, sandbox: str) -> Ended:
    """The outcome as seen from outside; the sandbox's own word counts only where nothing outside contradicts it."""
    how, reason = _how(seen, limits)
    return Ended(
        how=how,
        reason=reason[:REASON_CHARACTERS],
        cell=seen.cell,
        seconds=round(seen.seconds, 3),
        peak_memory=seen.peak + seen.trainer_peak,
        sandbox=sandbox,
        environment=dict(environment),
        received=dict(seen.received),
    )


def _how(seen: Observed, limits: Limits) -> tuple[How, str]:
    where = "before the first cell" if seen.cell is None else f"in cell {seen.cell}"
    if seen.cancelled:
        return How.CANCELLED, f"the run was stopped {where}"
    if seen.lost:
        return How.FAILED, f"{len(seen.lost)} files of the job folder, such as {seen.lost[0]}, went while it was filled"
    if seen.has_cells and not seen.cell_since and (seen.bad or seen.killed or seen.overdue):
        # Nothing of the student's ran yet, so it is nothing of theirs.
        why = seen.bad or (f"killed for {seen.killed['why']}" if seen.killed else f"no answer in {seen.seconds:.0f} s")
        return How.FAILED, f"the kernel did not start: {why}"
    if seen.bad:
        return How.LIMIT, f"the run was ended {where}: {seen.bad}"
    if seen.end is not None:
        return INSIDE.get(str(seen.end.get("how")), How.FAILED), str(seen.end.get("reason", ""))
    if seen.killed is not None:
        return _killed(seen.killed, where, limits)
    if seen.overdue:
        return How.NOTEBOOK_TIMEOUT, f"the notebook's {limits.notebook_seconds:g} s were over {where}"
    return How.FAILED, f"the sandboxed worker ended without an answer {where}"


def _killed(killed: Mapping[str, Any], where: str, limits: Limits) -> tuple[How, str]:
    match killed["why"]:
        case "memory":
            allowed, used = limits.memory_bytes / (1 << 30), killed["bytes"] / (1 << 30)
            return How.OUT_OF_MEMORY, f"{used:.1f} GiB of memory were in use {where}; the limit is {allowed:.3g} GiB"
        case "processes":
            count = killed["bytes"]
            return How.LIMIT, f"{count:,} processes and threads were running {where}; the limit is {limits.processes:,}"
    return How.LIMIT, f"more than {limits.scratch_bytes / (1 << 30):.3g} GiB of files were written {where}"


def settle_cells(folder: Path, cells: Sequence[CodeCell], ended: Ended, seen: Observed) -> None:
    """Writes `cells/` records for the cell that was running when the run was ended, and for those after it."""
    (folder / "cells").mkdir(exist_ok=True)
    for cell in cells:
        path = folder / "cells" / f"{cell.index:04d}.json"
        if path.exists():
            continue
        status, seconds, limit = CellStatus.NOT_RUN, 0.0, ""
        if cell.index == seen.cell and ended.how in CELL_STATUS:
            status, limit = CELL_STATUS[ended.how], ended.reason
            seconds = round(time.monotonic() - seen.cell_since, 3)
        record = CellRun(index=cell.index, cell_id=cell.cell_id, status=status, seconds=seconds, limit=limit)
        write(path, encode(record))


def write_outcome(folder: Path, ended: Ended) -> None:
    """Writes `outcome.json`."""
    write(folder / "outcome.json", encode(ended))


def write(path: Path, data: bytes) -> None:
    """Writes a file by a temporary name, so that no reader sees half of it."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    temporary.rename(path)
