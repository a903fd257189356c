"""Finds the public part of the assignment that a live notebook belongs to: beside it, above it, or inside it."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader import kit
from grader.course import AssignmentFolder
from grader.errors import UsageError

ABOVE = 3
"""Folders above the notebook that are looked at."""
COLAB_SECONDS = 10
BROUGHT = 'check(assignment="NAME.grader.json")'


def find(named: str | Path | None, caller: Mapping[str, Any], into: Path) -> AssignmentFolder:
    """The assignment's public folder.

    Args:
        named: A kit's file, a folder or a notebook, if the student named one.
        caller: Global names of the notebook, where VS Code says which file it is.
        into: Where a kit may be unpacked.

    Raises:
        UsageError: it can't be told; says how to name it.
    """
    if named is not None:
        return _named(Path(named), into)
    notebook = own_file(caller)
    start = notebook.parent if notebook is not None else Path.cwd()
    names = () if notebook is None else (_noted(notebook), notebook.stem)
    if (file := kit.beside(start, *filter(None, names))) is not None:
        return _unpacked(file, into)
    for folder in (start, *start.resolve().parents[:ABOVE]):
        if (folder / "assignment.py").is_file():
            return AssignmentFolder(name=folder.resolve().name, public=folder, private=None)
    carried = {found.assignment: found for found in _carried(notebook, start)}
    if len(carried) == 1:
        return kit.unpack(next(iter(carried.values())), into)
    below = sorted(start.glob("assignments/*/assignment.py")) + sorted(start.glob("*/assignment.py"))
    if len(below) == 1:
        return AssignmentFolder(name=below[0].parent.name, public=below[0].parent, private=None)
    choices = sorted({*carried, *(path.parent.name for path in below)})
    raise UsageError(
        f"which assignment is this: {', '.join(choices)}?" if choices else "the assignment's file is not here",
        where=str(start),
        remedy=f"put NAME.grader.json, which came with the notebook, beside it; or say where it is: {BROUGHT}",
    )


def own_file(caller: Mapping[str, Any]) -> Path | None:
    """The live notebook's own file, where the front end tells: VS Code, and Jupyter's server."""
    for text in (caller.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        path = Path(text) if isinstance(text, str) and text.endswith(".ipynb") else None
        # Jupyter's may be relative to a folder that the kernel doesn't know; its kernel starts in the notebook's own.
        here = path if path is None or path.is_file() else Path.cwd() / path.name
        if here is not None and here.is_file():
            return here.resolve()
    return None


def _named(path: Path, into: Path) -> AssignmentFolder:
    if path.is_dir():
        if (path / "assignment.py").is_file():
            return AssignmentFolder(name=path.resolve().name, public=path, private=None)
        if (file := kit.beside(path)) is not None:
            return _unpacked(file, into)
        raise UsageError("there is no assignment in this folder", where=str(path), remedy=BROUGHT)
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), remedy=BROUGHT)
    if path.suffix == ".ipynb":
        found = kit.inside_notebook(_notebook(path), path.name)
        if found is None:
            raise UsageError("this notebook carries no self-check", where=str(path), remedy=BROUGHT)
        return kit.unpack(found, into)
    return _unpacked(path, into)


def _unpacked(file: Path, into: Path) -> AssignmentFolder:
    return kit.unpack(kit.read(file.read_bytes(), file.name), into)


def _carried(own: Path | None, start: Path) -> Iterator[kit.Kit]:
    """What the live notebook carries; where it isn't known which file that is, what those of its folder do."""
    on_colab = _on_colab()
    if own is not None:
        notebooks = [(own.name, _notebook(own))]
    elif on_colab is not None:
        notebooks = [("this notebook", on_colab)]
    else:
        notebooks = [(path.name, _notebook(path)) for path in sorted(start.glob("*.ipynb"))]
    for name, notebook in notebooks:
        found = kit.inside_notebook(notebook, name)
        if found is not None:
            yield replace(found, starter={})


def _on_colab() -> Mapping[str, Any] | None:
    """The live notebook as Colab's page holds it, since it is no file on Colab's machine; None elsewhere."""
    if "google.colab" not in sys.modules:
        return None
    try:
        page = importlib.import_module("google.colab._message")  # there is no public way
        answer = page.blocking_request("get_ipynb", request="", timeout_sec=COLAB_SECONDS)
    except Exception:  # noqa: BLE001 Colab's own; the file beside the notebook remains
        return None
    found = answer.get("ipynb") if isinstance(answer, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _noted(notebook: Path) -> str:
    noted = _notebook(notebook).get("metadata", {}).get("grader", {})
    return str(noted.get("assignment", "")) if isinstance(noted, Mapping) else ""


def _notebook(path: Path) -> Mapping[str, Any]:
    """A notebook as it stands on disk; an empty one when it can't be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("metadata"), dict) else {}
