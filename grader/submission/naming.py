"""Whose file is it? The ways in which platforms write that into names.

Canvas: `lastnamefirstname_[LATE_]<user>_<submission>_<file>`. Moodle: `Full Name_<id>_assignsubmission_file_/<file>`.
Gradescope: `submission_<id>/<file>` and the names in `submission_metadata.yml`. Otherwise the folder, or the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_CANVAS = re.compile(r"(?P<student>[^_]+)_(?:late_)?\d+_\d+_(?P<file>.+)", re.IGNORECASE)
_MOODLE = re.compile(r"(?P<student>.+?)_\d+_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.DOTALL)
_GRADESCOPE = re.compile(r"submission_\d+")


@dataclass(frozen=True)
class Owner:
    """Who handed a file in, and how it was called there."""

    student: str
    file: str


def owner(parts: Sequence[str], submitters: Mapping[str, str]) -> Owner:
    """Reads the owner of a file from its place.

    Args:
        parts: folders and file name, below what all files share.
        submitters: names by Gradescope's folder.
    """
    file = parts[-1]
    for part in parts:
        if part in submitters:
            return Owner(submitters[part], file)
        moodle = _MOODLE.fullmatch(part)
        if moodle:
            return Owner(moodle["student"], (moodle["file"] or file) if part == file else file)
    canvas = _CANVAS.fullmatch(file)
    if canvas:
        return Owner(canvas["student"], canvas["file"])
    return Owner(parts[0] if len(parts) > 1 else _stem(file), file)


def student_folder(part: str, submitters: Mapping[str, str]) -> bool:
    """Whether a folder stands for a student beyond doubt."""
    return part in submitters or _MOODLE.fullmatch(part) is not None or _GRADESCOPE.fullmatch(part) is not None


def _stem(file: str) -> str:
    return re.sub(r"\.ipynb$", "", file, flags=re.IGNORECASE) or file


def submitters(metadata: bytes) -> dict[str, str]:
    """Names by folder from Gradescope's file, of which only the lines for folders and names are read.

    The file is YAML with Ruby symbols as keys, written by a program in always the same way.
    """
    found: dict[str, list[str]] = {}
    folder, inside = "", False
    for line in metadata.decode(errors="replace").splitlines():
        top = re.fullmatch(r"""["']?([^\s"':][^"':]*)["']?:\s*""", line)
        if top:
            folder, inside = top[1], False
            continue
        section = re.fullmatch(r"  :?(\w+):.*", line)
        if section:
            inside = section[1] == "submitters"
            continue
        name = re.fullmatch(r"\s+(?:- )?:?name:\s*(.+?)\s*", line)
        if folder and inside and name:
            found.setdefault(folder, []).append(_unquoted(name[1]))
    return {folder: ", ".join(names) for folder, names in found.items()}


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return text


def unique(owners: Sequence[Owner]) -> list[str]:
    """A name for each file: the student's, and for a further file of the same student the file's name with it."""
    taken: set[str] = set()
    names = []
    for one in owners:
        name, number = one.student, 2
        if name in taken:
            name = f"{one.student} ({one.file})"
        while name in taken:
            name, number = f"{one.student} ({one.file}, {number})", number + 1
        taken.add(name)
        names.append(name)
    return names
