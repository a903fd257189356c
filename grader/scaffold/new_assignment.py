"""Makes a new assignment: solution with marks, checks, hidden checks, variants, and the starter released from them."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

import nbformat

from grader.course import AssignmentFolder, Course
from grader.errors import UsageError
from grader.job_folder import write_atomically
from grader.release import release

LONGEST = 60
"""Characters of a name: it is part of file names and of ids."""


def make_assignment(course: Path, name: str, title: str = "") -> AssignmentFolder:
    """Makes `assignments/<name>` and `reference/<name>`.

    Args:
        course: Folder that holds `assignments/`, or will.
        name: One word in lower case, e.g. `mnist_dense`.
        title: What students read; the name in words if empty.

    Raises:
        UsageError: the name won't do, or there is something of that name.
    """
    public, private = unused_folders(course, name)
    title = " ".join(title.split()) or name.replace("_", " ").capitalize()
    words = {"name": name, "title": json.dumps(title, ensure_ascii=False)}
    write_atomically(public / "assignment.py", filled("assignment.py.txt", words))
    for file in ("hidden.py", "variants.py"):
        write_atomically(private / file, filled(f"{file}.txt", words))
    write_atomically(private / "solution.ipynb", _solution(title))
    made = Course(root=course).folder(name)
    release(made).write()
    return made


def unused_folders(course: Path, name: str) -> tuple[Path, Path]:
    """The public and the private folder of an assignment that is not there yet.

    Raises:
        UsageError: the name won't do, or there is something of that name.
    """
    _check(name)
    public, private = course / "assignments" / name, course / "reference" / name
    for folder in (public, private):
        if folder.exists():
            raise UsageError("there is something already", where=str(folder), remedy="take another name, or remove it")
    return public, private


def filled(template: str, words: Mapping[str, str]) -> bytes:
    """A file of the template with its words filled in."""
    text = files("grader.scaffold").joinpath("template", template).read_text(encoding="utf-8")
    return Template(text).substitute(words).encode()


def _solution(title: str) -> bytes:
    source = files("grader.scaffold").joinpath("template", "solution.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(source, as_version=4)
    notebook.cells[0].source = notebook.cells[0].source.replace("$title", title)
    return (str(nbformat.writes(notebook, version=4)) + "\n").encode()


def _check(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name) or len(name) > LONGEST:
        near = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:LONGEST]
        fits = re.fullmatch(r"[a-z][a-z0-9_]*", near) and not keyword.iskeyword(near)
        raise UsageError(
            f"{name!r} is no name for an assignment",
            remedy=f"one word in lower case, e.g. {near if fits else 'mnist_dense'}",
        )
