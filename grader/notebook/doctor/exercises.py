"""Exercises of an assignment that a notebook leaves out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from nbformat import NotebookNode

from grader.assignment import Assignment, Exercise
from grader.notebook.attempt import essence
from grader.notebook.doctor.cells import CodeCell
from grader.notebook.doctor.sightings import Sightings
from grader.notebook.free_text import written
from grader.report import Advice, Severity

KIND = "exercise"
_PLOTS = {"plot", "scatter", "bar", "hist", "imshow", "show", "subplots", "figure", "boxplot", "semilogy", "step"}
_BUILDS = {"Sequential", "Model", "load_model", "clone_model", "Functional", "add"}


def missing_exercises(seen: Sightings, assignment: Assignment, starter: NotebookNode | None) -> Iterator[Advice]:
    """Advice on each exercise whose cell is untouched, or of which nothing that is asked for is there.

    Other names are answers too: without its cell, an exercise counts as missing only when it asks for something by name
    (a function, a value) and none of it is bound, or for a network and there is none.
    """
    given = {cell.exercise: essence("code", cell.source) for cell in _starter_cells(starter)}
    bound = {name for _, node in seen.nodes() for name in _binds(node)}
    unreadable = any(cell.repaired is None for cell in seen.cells)
    used = {ast.unparse(call.node.func).rpartition(".")[2] for call in seen.calls}
    for exercise in _public(assignment):
        cell = next((c for c in seen.cells if c.exercise == exercise.name), None)
        if cell is not None and exercise.name in given and essence("code", cell.source) == given[exercise.name]:
            yield _advice(exercise, cell.index, "is as it was handed out", "write your answer into this cell")
        elif cell is None and not unreadable and not _is_there(exercise, bound, used):
            wanted = ", ".join(f"`{name}`" for name in _names(exercise)[:4])
            yield _advice(exercise, None, "is not in the notebook", f"define {wanted}" if wanted else "")


def missing_answers(notebook: NotebookNode, assignment: Assignment, starter: NotebookNode | None) -> Iterator[Advice]:
    """Advice on each question that a human reads and that nothing was written for."""
    titles = {exercise.name: exercise for exercise in assignment.exercises}
    for name, found in written(notebook, starter, assignment).items() if starter is not None else ():
        question = titles[name].question
        if not found.text and question is not None:
            yield Advice(
                kind=KIND,
                severity=Severity.MAY_SURPRISE,
                cell=found.cell,
                what=f"the exercise “{titles[name].title}” has no answer in words",
                why=f"its {question.points:g} points are a human's to give",
                new=f"give `{question.variable}` your text" if question.variable else "write your answer into its cell",
            )


def _public(assignment: Assignment) -> Iterator[Exercise]:
    """Exercises with the checks that a student knows of: advice must not name what only hidden ones ask for."""
    for exercise in assignment.exercises:
        if checks := tuple(check for check in exercise.checks if not check.hidden):
            yield replace(exercise, checks=checks)


def _advice(exercise: Exercise, cell: int | None, what: str, new: str) -> Advice:
    return Advice(
        kind=KIND,
        severity=Severity.MAY_SURPRISE,
        cell=cell,
        what=f"the exercise “{exercise.title}” {what}",
        why=f"its {exercise.points:g} points need an answer",
        new=new,
    )


def _is_there(exercise: Exercise, bound: set[str], used: set[str]) -> bool:
    names = _names(exercise)
    if names:
        return bool(bound & set(names))
    models = any(check.wants.models for check in exercise.checks)
    if models:
        return bool(used & _BUILDS)
    return True


def _names(exercise: Exercise) -> list[str]:
    """What has to be bound under its own name."""
    cases = [case for check in exercise.checks for case in check.wants.functions]
    functions = [name for case in cases for name in (case.function, *case.aliases)]
    values = [name for check in exercise.checks for name in check.wants.variables]
    return list(dict.fromkeys([*functions, *values]))


def _binds(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]


def _starter_cells(starter: NotebookNode | None) -> tuple[CodeCell, ...]:
    from grader.notebook.doctor.cells import code_cells

    return tuple(cell for cell in code_cells(starter) if cell.exercise) if starter is not None else ()
