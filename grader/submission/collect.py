"""Finds the submissions in what the instructor points at."""

from __future__ import annotations

import os
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import overload

from grader.errors import SubmissionError, UsageError
from grader.notebook.reading import NOTEBOOK_BYTES
from grader.submission import naming
from grader.submission.archive import Archive
from grader.submission.entry import METADATA, Entry, refused
from grader.submission.submission import Submission, read_submission


class Collected(Sequence[Submission]):
    """The submissions of a class; each is read when it is asked for, so that a large class fits into memory."""

    def __init__(self, found: Sequence[tuple[str, str, Entry]], archives: ExitStack) -> None:
        self._found = found
        weakref.finalize(self, archives.close)

    @property
    def students(self) -> tuple[str, ...]:
        """Their names, in the order of the submissions."""
        return tuple(student for student, _, _ in self._found)

    def only(self, assignment: str) -> Collected:
        """The one submission, where a platform takes one: that of the assignment's name where there are several.

        Raises:
            UsageError: it can't be told which one is meant.
        """
        called = [found for found in self._found if found[1].lower() == f"{assignment}.ipynb".lower()]
        one = called if len(self._found) > 1 else self._found
        if len(one) != 1:
            names = ", ".join(file for _, file, _ in self._found[:5])
            raise UsageError(
                f"{len(self._found)} notebooks were handed in: {names}",
                remedy=f"hand in one, or call it {assignment}.ipynb",
            )
        stack = ExitStack()
        # Archives are open as long as the whole lives.
        stack.callback(len, self)
        return Collected(one, stack)

    def raw(self, place: int) -> bytes:
        """One submission's bytes as they came; empty where they can't be had."""
        try:
            return self._found[place][2].read()
        except SubmissionError:
            return b""

    def path(self, place: int) -> Path | None:
        """Where one submission's file is; None inside an archive."""
        return self._found[place][2].path

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Submission: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Submission, ...]: ...
    def __getitem__(self, index: int | slice) -> Submission | tuple[Submission, ...]:
        if isinstance(index, slice):
            return tuple(_read(*found) for found in self._found[index])
        return _read(*self._found[index])


def collect(paths: Sequence[Path]) -> Collected:
    """Finds every notebook of these files, folders and zip archives; one that can't be read is there with its problem.

    Raises:
        UsageError: a path does not exist, is of another kind, or holds no notebook.
    """
    found: list[tuple[naming.Owner, Entry]] = []
    with ExitStack() as stack:
        files = [path for path in paths if path.is_file() and path.suffix.lower() != ".zip"]
        found += _single(files)
        for path in paths:
            if path in files:
                continue
            if path.is_dir():
                entries = list(_walk(path))
            elif path.is_file():
                entries = list(stack.enter_context(Archive(path)).entries())
            else:
                raise UsageError("there is no such file or folder", where=str(path))
            found += _owned(entries, path)
        names = naming.unique([owner for owner, _ in found])
        listed = [(name, owner.file, entry) for name, (owner, entry) in zip(names, found, strict=True)]
        return Collected(listed, stack.pop_all())


def _read(student: str, file: str, entry: Entry) -> Submission:
    try:
        data = entry.read()
    except SubmissionError as error:
        problem = f"{error.what}. To mend it: {error.remedy}." if error.remedy else f"{error.what}."
        return Submission(student=student, file=file, sha256="", problem=problem, notes=entry.notes)
    return read_submission(student, file, data, notes=entry.notes)


def _single(files: Sequence[Path]) -> Iterator[tuple[naming.Owner, Entry]]:
    """Files named one by one: by their name, or by their folder where the names are all alike."""
    stems = Counter(path.stem for path in files)
    for path in files:
        if path.suffix.lower() != ".ipynb":
            raise UsageError("this is not a notebook", where=str(path), remedy="name .ipynb files, folders or a zip")
        folder = _shown(path.absolute().parent.name)
        parts = (folder, _shown(path.name)) if stems[path.stem] > 1 and folder else (_shown(path.name),)
        yield naming.owner(parts, {}), Entry(parts=parts, read=_reader(path.resolve()), path=path)


def _owned(entries: Sequence[Entry], path: Path) -> list[tuple[naming.Owner, Entry]]:
    submitters: dict[str, str] = {}
    for entry in entries:
        if entry.name == METADATA and not entry.hidden:
            try:
                submitters |= naming.submitters(entry.read())
            except SubmissionError:
                continue
    wanted = [entry for entry in entries if entry.wanted]
    wanted += _without_notebook(entries, wanted, submitters)
    if not wanted:
        zips = any(entry.name.lower().endswith(".zip") for entry in entries)
        raise UsageError(
            "there is no notebook in it",
            where=str(path),
            remedy="name the zip archive itself" if zips else "name .ipynb files, or a folder or zip that holds them",
        )
    shared = _shared([entry.parts for entry in wanted], submitters)
    return [(naming.owner(entry.parts[shared:], submitters), entry) for entry in wanted]


def _without_notebook(entries: Sequence[Entry], wanted: Sequence[Entry], submitters: dict[str, str]) -> Iterator[Entry]:
    """Students who handed in something else; leaving them out would look as if they had handed in nothing."""
    have = {part for entry in wanted for part in entry.parts}
    others = dict.fromkeys(
        (entry.parts[: at + 1], entry.name)
        for entry in entries
        for at, part in enumerate(entry.parts[:-1])
        if part not in have and naming.student_folder(part, submitters) and not entry.hidden
    )
    first = dict(reversed(others))
    for folder, name in first.items():
        what = refused(f"no notebook was handed in, but {name}", "hand in the .ipynb file itself")
        yield Entry(parts=(*folder, name), read=what)


def _shared(places: Sequence[tuple[str, ...]], submitters: dict[str, str]) -> int:
    """Number of outer folders that hold everything and so say nothing about who it is."""
    depth = 0
    while len(places) > 1 and all(len(parts) > depth + 1 for parts in places):
        outer = {parts[depth] for parts in places}
        if len(outer) > 1 or naming.student_folder(next(iter(outer)), submitters):
            break
        depth += 1
    return depth


def _walk(root: Path) -> Iterator[Entry]:
    for folder, inner, files in os.walk(root):
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name != "__MACOSX")
        above = Path(folder).relative_to(root).parts
        for name in sorted(files):
            path = Path(folder) / name
            yield Entry(parts=tuple(map(_shown, (*above, name))), read=_reader(path), path=path)


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        # A clone is the student's: a link in it could name any file of the instructor's machine.
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(handle, "rb") as file:
                return file.read(NOTEBOOK_BYTES + 1)
        except OSError as error:
            if path.is_symlink():
                raise SubmissionError("it is a link, not a file", remedy="hand in the notebook itself") from error
            raise SubmissionError(f"the file can't be read ({error.strerror})") from error

    return read if path.is_symlink() or path.is_file() else refused("it is not a file")


def _shown(name: str) -> str:
    """A file name as text: bytes that are not UTF-8 become a replacement character."""
    return os.fsencode(name).decode(errors="replace")
