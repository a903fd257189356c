"""Writes the folder that students get: one form of one assignment, and nothing of the reference."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

from grader.course import AssignmentFolder
from grader.errors import UsageError
from grader.kit import KEY, SUFFIX, kit_of, packed, written
from grader.release import hidden_leaks, refuse


def hand_out(source: AssignmentFolder, target: Path) -> Path:
    """Copies an assignment's public folder, with the starter and the expectations of the recipe in force alone.

    The notebook carries all that its self-check needs, and so does one small file beside it (`grader/kit.py`).

    Args:
        source: The assignment, seen by the recipe that the class gets.
        target: Folder to put it in, beside other assignments.

    Returns:
        The folder that was written.

    Raises:
        UsageError: there is something of that name already.
        AssignmentError: there is no starter, or the recipe doesn't fit it, or something hidden would go along.
    """
    if source.private is not None:
        refuse(hidden_leaks(source))
    made = target / source.name
    if made.exists():
        raise UsageError("there is something already", where=str(made), remedy="name another folder, or remove it")
    kit = kit_of(source)
    starter = source.starter_notebook()
    noted = starter.metadata.get("grader", {})
    starter.metadata["grader"] = {"assignment": source.name, **noted, KEY: packed(kit)}
    kept = {
        seen.expectations_file(data, hidden=False).name
        for data, seen in source.calibrated(hidden=False)
        if seen.recipe == source.recipe
    }

    def unwanted(folder: str, names: list[str]) -> set[str]:
        others = {n for n in names if n not in kept} if Path(folder).name == "expectations" else set()
        return {n for n in names if n == "__pycache__" or n.startswith(".")} | others

    # Beside its place until it is whole: half of a folder must not look like one that can be given to a class.
    part = target / f".{source.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source.public, part, ignore=unwanted)
    (part / source.starter.name).write_text(nbformat.writes(starter, version=4) + "\n", encoding="utf-8")
    (part / f"{source.name}{SUFFIX}").write_bytes(written(kit))
    part.rename(made)
    return made
