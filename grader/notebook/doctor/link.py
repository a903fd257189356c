"""Ties the doctor's advice to what went wrong: a report names the cause, not only the symptom."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nbformat import NotebookNode

from grader.assignment import Assignment, Exercise
from grader.evidence import CellRun, CellStatus
from grader.notebook.doctor.cells import CodeCell, code_cells
from grader.report import Advice, Finding, Report, Severity, Verdict


def died_of_dead_names(report: Report, advice: Sequence[Advice]) -> bool:
    """Whether a cell stopped in which something is used that no longer exists."""
    stopped = {cell.index for cell in report.cells if cell.status is CellStatus.ERROR}
    return any(a.kind == "dead_name" and a.severity is Severity.BREAKS and a.cell in stopped for a in advice)


def advised(report: Report, advice: Sequence[Advice], notebook: NotebookNode | None, assignment: Assignment) -> Report:
    """The report with the doctor's advice, and with it in the hint of each finding that follows from a cell it explains.

    Without the notebook, only findings about such a cell itself are tied to it.
    """
    causes = _causes(report.cells, advice)
    if not causes:
        return replace(report, advice=tuple(advice))
    cells = {cell.index: cell for cell in code_cells(notebook)} if notebook is not None else {}
    exercises = {exercise.name: exercise for exercise in assignment.exercises}
    findings = tuple(_explained(f, exercises.get(f.exercise), causes, cells) for f in report.findings)
    return replace(report, advice=tuple(advice), findings=findings)


def _causes(runs: Sequence[CellRun], advice: Sequence[Advice]) -> dict[int, Advice]:
    """For each cell that stopped, or only followed from one, the advice that explains it."""
    found: dict[int, Advice] = {}
    for run in runs:
        root = run.index if run.follows_from is None else run.follows_from
        if run.status is CellStatus.ERROR:
            here = [a for a in advice if a.cell == root and a.severity is Severity.BREAKS and a.kind != "exercise"]
            first = next((r for r in runs if r.index == root), run)
            if here:
                found[run.index] = here[max(range(len(here)), key=[_fits(a, first) for a in here].__getitem__)]
    return found


def _fits(advice: Advice, run: CellRun) -> int:
    """How many of the words that the advice is about stand in the error."""
    said = f"{run.error.name}: {run.error.message}" if run.error is not None else ""
    return sum(word in said for word in re.findall(r"[A-Za-z_]\w+", advice.old))


def _explained(
    finding: Finding, exercise: Exercise | None, causes: Mapping[int, Advice], cells: Mapping[int, CodeCell]
) -> Finding:
    if finding.verdict not in {Verdict.FAILED, Verdict.PARTIAL}:
        return finding
    cause = causes.get(finding.cell) if finding.cell is not None else None
    if cause is None and exercise is not None:
        cause = next((a for index, a in causes.items() if _belongs(cells.get(index), exercise)), None)
    if cause is None:
        return finding
    return replace(finding, hint=f"{sentence(cause)} {finding.hint}".strip())


def sentence(advice: Advice) -> str:
    """What to change, where, for a finding's hint."""
    said = f"Cell {advice.cell} stops because {advice.what}"
    if advice.old and advice.new:
        return f"{said}: write `{advice.new}` instead of `{advice.old}`."
    return f"{said}."


def _belongs(cell: CodeCell | None, exercise: Exercise) -> bool:
    """Whether an exercise is answered in a cell, by its metadata or by what the cell does to the exercise's variables."""
    if cell is None:
        return False
    return cell.exercise == exercise.name or not set(exercise.variables).isdisjoint(_touched(cell))


def _touched(cell: CodeCell) -> Iterator[str]:
    """Names that a cell would define, or of which it asks something."""
    for node in ast.walk(cell.repaired) if cell.repaired else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id
