"""Writes an assignment's public part from its reference, or nothing at all when something hidden would go along."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.assignment import Assignment
from grader.calibration import public_part, readable
from grader.course import AssignmentFolder
from grader.errors import AssignmentError, SubmissionError
from grader.expectations import Expectations
from grader.job_folder import write_atomically
from grader.notebook.answer_cells import exercise_of
from grader.recipe import smaller
from grader.release.leak import Leak, foreign_files, leaks_in, pieces_of, refuse
from grader.release.secret import Secret, of_expectations, of_hidden, of_solution
from grader.release.starter import Starter, starter_of
from grader.submission import read_notebook


@dataclass(frozen=True, kw_only=True)
class Release:
    """What students would get, made and looked through, and not written yet."""

    folder: AssignmentFolder
    starter: Starter
    files: Mapping[Path, bytes]
    """Content by file: the starter and the public expectations."""
    notes: tuple[str, ...] = ()
    """What the instructor should know."""

    @property
    def changed(self) -> tuple[Path, ...]:
        """Files that are not there as they would be written."""
        return tuple(p for p, data in self.files.items() if not p.is_file() or p.read_bytes() != data)

    def write(self) -> None:
        """Writes what changed."""
        for path in self.changed:
            write_atomically(path, self.files[path])


def release(folder: AssignmentFolder, *, forget: Collection[str] = ()) -> Release:
    """Makes the starter and the public expectations, and looks through all that students would get.

    Args:
        folder: The assignment with its reference, seen by a recipe.
        forget: Exercises that were released and may be gone now.

    Raises:
        AssignmentError: the source can't be released as it is, or something hidden would leak; names file, cell and line.
    """
    private = folder.private
    if private is None:
        raise AssignmentError(
            "the reference is not here", where=f"reference/{folder.name}", remedy="release where it is"
        )
    anew = "remove it, and it is written anew"
    before = _read(folder.starter, anew) if folder.starter.is_file() else None
    _read(folder.solution, "open it in Jupyter, save it, and release again")
    assignment = folder.assignment(hidden=True)
    file = _shown(folder.solution)
    made = starter_of(folder.solution_notebook(), folder.assignment(hidden=False), file=file, before=before)
    _nothing_lost(before, made.notebook, forget, _shown(folder.starter))
    _recipes_fit(assignment, made.notebook, file)
    expectations = dict(_expectations(folder))
    files = {folder.starter: (nbformat.writes(made.notebook, version=4) + "\n").encode()}
    files |= {path: readable(part) for path, (_, part) in expectations.items()}
    secrets = [*of_solution(made.removed, made.prompts, file), *_hidden(folder, assignment, expectations)]
    refuse(_look_through(folder, files, secrets))
    return Release(folder=folder, starter=made, files=files, notes=tuple(_notes(assignment, expectations)))


def _read(path: Path, remedy: str) -> NotebookNode:
    """Reads a notebook of the course; its faults are the course's, and name the file."""
    try:
        return read_notebook(path.read_bytes())
    except SubmissionError as error:
        raise AssignmentError(error.what, where=_shown(path), remedy=remedy) from error


def _shown(path: Path) -> str:
    """A file of the course as it is called there: `reference/xor/solution.ipynb`."""
    parts = path.parts
    return "/".join(parts[-4:] if path.parent.name == "expectations" else parts[-3:])


def _nothing_lost(before: NotebookNode | None, now: NotebookNode, forget: Collection[str], where: str) -> None:
    """An exercise that students have begun must still be there, else what they wrote is answered by nothing."""
    names = {exercise_of(cell) for cell in now.cells}
    for cell in before.cells if before is not None else ():
        name = exercise_of(cell)
        if name and name not in names and name not in forget:
            raise AssignmentError(
                f"exercise {name!r} was released before, and is gone",
                where=where,
                remedy=f"keep its name, so that work on the old starter is graded; or --forget {name} if nobody began it",
            )


def _recipes_fit(assignment: Assignment, starter: NotebookNode, file: str) -> None:
    if not assignment.recipe:
        for recipe in assignment.recipes:
            smaller(starter, recipe, where=f"the starter made from {file}")


def _expectations(folder: AssignmentFolder) -> Iterator[tuple[Path, tuple[Expectations, Expectations]]]:
    """By public file: all expectations, and the part of them that students get."""
    assert folder.private is not None
    for source, seen in folder.calibrated(hidden=True):
        full = seen.expectations(source, hidden=True)
        yield seen.expectations_file(source, hidden=False), (full, public_part(full, seen.assignment(hidden=True)))


def hidden_leaks(folder: AssignmentFolder) -> list[Leak]:
    """Anything of the hidden checks, or of the reference's files, in an assignment's public folder as it is.

    For starters that were written by hand too, since it doesn't ask which lines are the solution's.
    """
    return _look_through(folder, {}, _hidden(folder, folder.assignment(hidden=True), dict(_expectations(folder))))


def _hidden(
    folder: AssignmentFolder, assignment: Assignment, expectations: Mapping[Path, tuple[Expectations, Expectations]]
) -> list[Secret]:
    assert folder.private is not None
    kept = folder.private / "expectations"
    measured = {_shown(kept / path.name): both for path, both in expectations.items()}
    return [*of_hidden(assignment, _shown(folder.private / "hidden.py")), *of_expectations(measured)]


def _look_through(folder: AssignmentFolder, files: Mapping[Path, bytes], secrets: list[Secret]) -> list[Leak]:
    """Looks through all files that students would get, some of them as they will be written."""
    public, private = folder.public, folder.private
    assert private is not None
    there = {
        p: p.read_bytes()
        for p in sorted(public.rglob("*"))
        if p.is_file() and not any(x == "__pycache__" or x.startswith(".") for x in p.relative_to(public).parts)
    }
    everything = {**there, **files}
    named = {"/".join((public.parent.name, public.name, *p.relative_to(public).parts)): p for p in everything}
    found = [*foreign_files({shown: everything[p] for shown, p in named.items()}, private)]
    for shown, p in named.items():
        found += leaks_in(pieces_of(p, everything[p], shown), secrets)
    return found


def _notes(assignment: Assignment, expectations: Mapping[Path, tuple[Expectations, Expectations]]) -> Iterator[str]:
    if not expectations:
        yield f"Not calibrated yet, so the self-check can't answer: grader calibrate {assignment.name}"
    wanted = {name for name, check in assignment.checks() if check.calibrated and not check.hidden}
    for path, (_, part) in expectations.items():
        missing = sorted(wanted - part.checks.keys())
        if missing:
            yield f"{path.name} is older than the check {missing[0]}: grader calibrate {assignment.name}"
