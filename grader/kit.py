"""The public part of an assignment as one small file, which a student's self-check needs and nothing else.

`NAME.grader.json` lies beside the notebook, and the same stands packed in the notebook's own metadata, so that it goes
wherever the notebook goes. Both are written when an assignment is handed out. A kit holds Python: who runs a self-check
trusts it like the notebook that it came with. What a submission carries is never read where it is graded.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat

from grader.course import AssignmentFolder
from grader.environment import BACKENDS, TENSORFLOW
from grader.errors import UsageError
from grader.recipe import FULL
from grader.records import decode, encode

SCHEMA = "grader/kit/v1"
SUFFIX = ".grader.json"
KEY = "kit"
"""Where it stands in a notebook's metadata, under `grader`."""
PACKED_BYTES = 16 << 20
"""Largest kit that is unpacked."""
SOURCES = ("keras", "stand-in", "none")
ANEW = "take the file anew from where you got the notebook"


@dataclass(frozen=True, kw_only=True)
class Kit:
    """What a student may see of one assignment, in one form."""

    assignment: str
    """Its name."""
    recipe: str = ""
    """The smaller form that it is; empty for the assignment as it is written."""
    definition: str
    """Text of `assignment.py`."""
    expectations: dict[str, Any] = field(default_factory=dict)
    """The public expectations as they stand in their files, by data source; `none.jax` for another backend than TensorFlow."""
    starter: dict[str, Any] = field(default_factory=dict)
    """The notebook that students start from: what is compared with, once they work in the file they got."""
    schema: str = SCHEMA


def kit_of(folder: AssignmentFolder) -> Kit:
    """The kit of an assignment's public folder, in the form of the recipe in force.

    Raises:
        AssignmentError: there is no starter, or no assignment that can be read.
    """
    folder.assignment(hidden=False)  # one that can't be read is not handed out
    files = {
        source if seen.backend == TENSORFLOW else f"{source}.{seen.backend}": seen.expectations_file(
            source, hidden=False
        )
        for source, seen in folder.calibrated(hidden=False)
        if seen.recipe == folder.recipe
    }
    starter: dict[str, Any] = json.loads(nbformat.writes(folder.starter_notebook(), version=4))
    starter["metadata"].get("grader", {}).pop(KEY, None)
    for cell in starter["cells"]:
        cell.pop("attachments", None)  # pictures: nothing is compared with them
    return Kit(
        assignment=folder.name,
        recipe=folder.recipe,
        definition=(folder.public / "assignment.py").read_text("utf-8"),
        expectations={source: json.loads(path.read_bytes()) for source, path in files.items()},
        starter=starter,
    )


def written(kit: Kit) -> bytes:
    """As it stands in its file."""
    return encode(kit) + b"\n"


def read(data: bytes, where: str) -> Kit:
    """A kit from its file.

    Raises:
        UsageError: it is damaged, or of another version of Grader.
    """
    try:
        kit = decode(data, Kit, where=where)
    except Exception as error:
        raise UsageError("the file of the self-check is damaged", where=where, remedy=ANEW) from error
    if kit.schema != SCHEMA or not re.fullmatch(r"[\w-]+", kit.assignment) or not re.fullmatch(r"\w*", kit.recipe):
        raise UsageError(
            f"this Grader can't read a file of schema {kit.schema!r}", where=where, remedy="pip install -U grader"
        )
    return kit


def packed(kit: Kit) -> str:
    """As it stands in a notebook's metadata: compressed, without the starter, which the notebook was itself."""
    bare = {**json.loads(encode(kit)), "starter": {}}
    return base64.b64encode(zlib.compress(json.dumps(bare, separators=(",", ":")).encode(), 9)).decode()


def inside_notebook(notebook: Mapping[str, Any], where: str) -> Kit | None:
    """The kit that a notebook carries; None if it carries none.

    Raises:
        UsageError: it is damaged.
    """
    noted = notebook.get("metadata", {}).get("grader")
    text = noted.get(KEY) if isinstance(noted, Mapping) else None
    if not isinstance(text, str):
        return None
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(base64.b64decode(text, validate=True), PACKED_BYTES)
        if not unpacking.eof:
            raise ValueError("it is cut off, or too large")
    except (ValueError, zlib.error) as error:
        raise UsageError("the self-check that the notebook carries is damaged", where=where, remedy=ANEW) from error
    return read(data, where)


def unpack(kit: Kit, into: Path) -> AssignmentFolder:
    """Writes a kit as the public folder of an assignment.

    Args:
        kit: What to write.
        into: A folder of Grader's own; each kit gets a place of its own in it, and is written once.
    """
    data = written(kit)
    public = into / hashlib.sha256(data).hexdigest()[:16] / kit.assignment
    folder = AssignmentFolder(name=kit.assignment, public=public, private=None, asked=kit.recipe or FULL)
    if not public.is_dir():
        for name, kept in kit.expectations.items():
            source, _, backend = name.partition(".")
            if source in SOURCES and (backend or TENSORFLOW) in BACKENDS:
                path = replace(folder, backend=backend or TENSORFLOW).expectations_file(source, hidden=False)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(json.dumps(kept).encode())
        public.mkdir(parents=True, exist_ok=True)
        if kit.starter:
            folder.starter.write_text(json.dumps(kit.starter), encoding="utf-8")
        (public / "assignment.py").write_text(kit.definition, encoding="utf-8")
    return folder


def beside(place: Path, *names: str) -> Path | None:
    """The kit's file in a folder: the one of these names, or the only one.

    Raises:
        UsageError: there are several, and none is of such a name.
    """
    found = {path.name.removesuffix(SUFFIX): path for path in sorted(place.glob(f"*{SUFFIX}"))}
    named = next((found[name] for name in names if name in found), None)
    if named is None and len(found) > 1:
        raise UsageError(
            f"which assignment is this: {', '.join(found)}?",
            where=str(place),
            remedy=f'name the file: check(assignment="{next(iter(found))}{SUFFIX}")',
        )
    return named or next(iter(found.values()), None)


def handed_out(notebook: Path, name: str | None, into: Path) -> AssignmentFolder | None:
    """What lies beside a notebook in the folder that students got; None where no kit does.

    Never what the notebook itself carries: who hands in a notebook could have written that.

    Args:
        notebook: Its file.
        name: The assignment, if it was named.
        into: Where a kit may be unpacked.

    Raises:
        UsageError: the file is damaged, or there are several and it can't be told which is meant.
    """
    file = beside(notebook.resolve().parent, *([name] if name else []), notebook.stem)
    if file is None or (name and file.name != f"{name}{SUFFIX}"):
        return None
    return unpack(read(file.read_bytes(), str(file)), into)


def beside_its_starter(folder: AssignmentFolder, notebook: Path, into: Path) -> AssignmentFolder:
    """An assignment's folder for a notebook that may be the starter's own file, worked in where it was found.

    It would be taken for untouched, being the same as itself; so then there is no starter to compare with.
    """
    if not folder.starter.is_file() or not folder.starter.samefile(notebook):
        return folder
    return unpack(replace(kit_of(folder), starter={}), into)
