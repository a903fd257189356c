"""Zip archives, read member by member; nothing is unpacked to disk and no size in them is believed."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.errors import SubmissionError, UsageError
from grader.notebook.reading import NOTEBOOK_BYTES
from grader.submission.entry import METADATA, Entry, parts_of, refused

TOTAL_BYTES = 4 << 30
"""All members together, unpacked."""
MEMBERS = 50_000
STEP = 1 << 20


class Archive:
    """An open zip file."""

    def __init__(self, path: Path) -> None:
        """Opens it.

        Raises:
            UsageError: it is no zip archive, or holds too many members.
        """
        self._left = TOTAL_BYTES
        self._counted: set[int] = set()
        """Members that were read before, by place; reading one again costs no more of what the archive may hold."""
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UsageError(
                "this is not a zip archive that can be read", where=str(path), remedy="download it again"
            ) from error
        if len(self._zip.infolist()) > MEMBERS:
            raise UsageError(f"the archive has more than {MEMBERS:,} members", where=str(path))

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def entries(self) -> Iterator[Entry]:
        """Its files, in the order of their names; two of one name are both there."""
        members = [info for info in self._zip.infolist() if not info.is_dir()]
        names = Counter(info.filename for info in members)
        for info in sorted(members, key=lambda member: (member.filename, member.header_offset)):
            parts, notes = parts_of(info.filename)
            if names[info.filename] > 1 if parts[-1].lower().endswith(".ipynb") else False:
                notes = (*notes, "the archive holds several files of this name and place")
            yield Entry(parts=parts, notes=notes, read=self._reader(info))

    def _reader(self, info: zipfile.ZipInfo) -> Callable[[], bytes]:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind and kind != stat.S_IFREG:
            return refused("it is a link or a special file, not a file", "hand in the notebook itself")
        if info.flag_bits & 1:
            return refused("the archive is protected by a password", "make the archive without one")
        return lambda: self._inflate(info)

    def _inflate(self, info: zipfile.ZipInfo) -> bytes:
        """Counts while it inflates, as the sizes in the directory may be wrong on purpose."""
        limit = NOTEBOOK_BYTES if not info.filename.endswith(METADATA) else 8 << 20
        counts = info.header_offset not in self._counted
        self._counted.add(info.header_offset)
        pieces, size = [], 0
        try:
            with self._zip.open(info) as member:
                while piece := member.read(STEP):
                    size += len(piece)
                    self._left -= len(piece) if counts else 0
                    if size > limit:
                        raise SubmissionError(
                            f"it is larger than {limit >> 20} MB when unpacked",
                            remedy="clear the outputs (Kernel > Restart and clear output) and save it again",
                        )
                    if self._left < 0:
                        raise SubmissionError(
                            f"the archive unpacks to more than {TOTAL_BYTES >> 30} GB; this file was not read"
                        )
                    pieces.append(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, MemoryError) as error:
            # RuntimeError covers NotImplementedError: a way of packing that Python doesn't know.
            raise SubmissionError(
                f"the archive is damaged here ({type(error).__name__})", remedy="download or pack it again"
            ) from error
        except Exception as error:  # lzma and bz2 have errors of their own
            if isinstance(error, SubmissionError):
                raise
            raise SubmissionError(
                f"the archive is damaged here ({type(error).__name__})", remedy="download or pack it again"
            ) from error
        return b"".join(pieces)
