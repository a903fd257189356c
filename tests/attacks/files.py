"""Files that are no ordinary notebooks: damaged, huge, nested, linked, oddly named, and archives."""

from __future__ import annotations

import json
import os
import stat
import struct
import zipfile
from pathlib import Path

import nbformat
from attacks.attack import ERROR, GRADED, LIGHT, UNREADABLE, Attack, Lay, notebook_of
from attacks.course import CELLS, Grounds

CODE = ["import os", str(CELLS["data"]), str(CELLS["scale"]), "weights = 65"]


def _text(sources: list[str] | None = None) -> str:
    return nbformat.writes(notebook_of(sources or CODE))


def _raw(name: str, data: bytes | str) -> Lay:
    def lay(folder: Path, _grounds: Grounds) -> None:
        (folder / f"{name}.ipynb").write_bytes(data.encode() if isinstance(data, str) else data)

    return lay


def _hundred_megabytes(folder: Path, _grounds: Grounds) -> None:
    with (folder / "hundred_megabytes.ipynb").open("wb") as file:
        file.write(b'{"cells": [], "metadata": {"x": "')
        file.truncate(100 << 20)


def _many_cells(folder: Path, _grounds: Grounds) -> None:
    (folder / "many_cells.ipynb").write_text(_text([*CODE, *["1"] * 600]))


def _link(folder: Path, grounds: Grounds) -> None:
    (folder / "linked_file.ipynb").symlink_to(grounds.home / ".ssh/id_decoy")


def _pipe(folder: Path, _grounds: Grounds) -> None:
    os.mkfifo(folder / "named_pipe.ipynb")


def _linked_folder(folder: Path, grounds: Grounds) -> None:
    (folder / "linked_folder").symlink_to(grounds.root / "reference/corners", target_is_directory=True)
    (folder / "linked_folder_beside.ipynb").write_text(_text())


def _traversal(folder: Path, _grounds: Grounds) -> None:
    with zipfile.ZipFile(folder / "traversal.zip", "w") as archive:
        names = ("../../escaped.ipynb", "/absolute.ipynb", "..\\..\\backslash.ipynb", "C:\\drive.ipynb")
        for name in (*names, "/srv/planted.ipynb"):
            archive.writestr(name, _text())


def _linked_member(folder: Path, grounds: Grounds) -> None:
    with zipfile.ZipFile(folder / "linked_member.zip", "w") as archive:
        link = zipfile.ZipInfo("linked_member/link.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, str(grounds.root / "reference/corners/solution.ipynb"))


def _bomb(folder: Path, _grounds: Grounds) -> None:
    with (
        zipfile.ZipFile(folder / "zip_bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zip_bomb/bomb.ipynb", "w", force_zip64=True) as member,
    ):
        for _ in range(400):
            member.write(b" " * (1 << 20))


def _lying_sizes(folder: Path, _grounds: Grounds) -> None:
    path = folder / "lying_sizes.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lying_sizes/small.ipynb", b" " * (80 << 20))
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.find(signature) + at
        data[place : place + 4] = struct.pack("<I", 100)
    path.write_bytes(data)


def _odd_names(folder: Path, _grounds: Grounds) -> None:
    for name in ODD_NAMES:
        (folder / f"{name}.ipynb").write_text(_text())


ODD_NAMES = (
    "\u202egrader\u202c", "CON", "-rf", "$(touch x)", "a\nb", "'; drop table results; --", "%s{0}{{7*7}}",
    "<script>alert(1)</script>".replace("/", ""), "=cmd|' !A0", "trailing. ", "\x1b[2Jname", "index", "class", "n" * 240,
)  # fmt: skip

DUPLICATES = json.loads(_text())
for _cell in DUPLICATES["cells"]:
    _cell["id"] = "same"
TRICKS = json.loads(_text(["1 / 0", *CODE]))
TRICKS["metadata"] = {
    "kernelspec": {"name": "../../no-such", "display_name": "x", "language": "bash"},
    "nbclient": {"timeout": -1},
}
TRICKS["cells"][0] |= {
    "metadata": {"tags": ["raises-exception", "skip-execution"]},
    "execution_count": 1 << 62,
    "outputs": [{"output_type": "stream", "name": "stdout", "text": "score 10/10, all tests passed"}],
}
V3 = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"metadata": {}, "cells": [
    {"cell_type": "code", "language": "python", "metadata": {}, "input": source, "outputs": [], "collapsed": False} for source in CODE
]}]}  # fmt: skip


def _unreadable(name: str, tries: str, data: bytes | str, says: str) -> Attack:
    return Attack(
        name=name,
        tries=tries,
        lay=_raw(name, data),
        status=(UNREADABLE,),
        says=(says,),
        least=0,
        most=0,
        outcome="refused with a sentence that says where and what to do",
    )


ATTACKS = (
    _unreadable(
        "invalid_json",
        "JSON that is cut off, with a BOM and NUL bytes",
        b"\xef\xbb\xbf" + _text()[:600].encode() + b"\x00\x00",
        r"line",
    ),
    _unreadable("deep_nesting", "JSON nested 100,000 levels deep", '{"cells": ' + "[" * 100_000, r"nested|JSON|line"),
    _unreadable(
        "deep_metadata",
        "metadata nested 3,000 levels deep",
        json.dumps(json.loads(_text()) | {"metadata": 0}).replace(
            '"metadata": 0', '"metadata": ' + '{"a":' * 3_000 + "1" + "}" * 3_000
        ),
        r"nested",
    ),
    _unreadable(
        "wrong_types",
        "cells that are numbers, sources that are objects",
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": [], "cells": 5}),
        r"cells|notebook",
    ),
    _unreadable("disguised_file", "a zip archive called .ipynb", b"PK\x03\x04" + bytes(500), r"zip archive"),
    _unreadable(
        "huge_numbers",
        "numbers of 10,000 digits",
        _text().replace('"nbformat_minor": 5', '"nbformat_minor": ' + "9" * 10_000),
        r".",
    ),
    Attack(
        name="hundred_megabytes",
        tries="a file of 100 MB",
        lay=_hundred_megabytes,
        status=(UNREADABLE,),
        says=(r"at most 50 MB",),
        least=0,
        most=0,
        outcome="refused with a sentence; never read whole",
    ),
    Attack(
        name="many_cells",
        tries="a notebook of 600 cells",
        lay=_many_cells,
        status=(GRADED, "timeout"),
        least=LIGHT,
        outcome="run within the notebook's time",
    ),
    Attack(
        name="duplicate_ids",
        tries="cells that all have the same id",
        lay=_raw("duplicate_ids", json.dumps(DUPLICATES)),
        outcome="given ids of their own, and said so",
    ),
    Attack(
        name="stored_claims",
        tries="stored outputs that claim full marks, tags that skip cells, a kernel that does not exist",
        lay=_raw("stored_claims", json.dumps(TRICKS)),
        status=(ERROR,),
        says=(r"ZeroDivisionError",),
        outcome="stored outputs, tags and kernels are dropped before the run",
    ),
    Attack(
        name="old_format",
        tries="a notebook of nbformat 3",
        lay=_raw("old_format", json.dumps(V3)),
        outcome="converted",
    ),
    Attack(
        name="linked_file",
        tries="a link to a private key in place of the notebook",
        lay=_link,
        status=(UNREADABLE,),
        says=(r"it is a link",),
        least=0,
        most=0,
        outcome="refused: links are not followed",
    ),
    Attack(
        name="linked_folder",
        tries="a link to the reference folder",
        lay=_linked_folder,
        students=("linked_folder_beside",),
        outcome="links to folders are not followed",
    ),
    Attack(
        name="named_pipe",
        tries="a named pipe, which never ends",
        lay=_pipe,
        status=(UNREADABLE,),
        says=(r"not a file",),
        least=0,
        most=0,
        outcome="refused at once",
    ),
    Attack(
        name="odd_names",
        tries="names with direction signs, escapes, markup, formulas, newlines, quotes and reserved words",
        lay=_odd_names,
        students=ODD_NAMES,
        outcome="each has a plain file of its own; names are shown escaped",
    ),
    Attack(
        name="traversal",
        tries="archive members called ../../x, /x, ..\\x and C:\\x",
        lay=_traversal,
        students=("absolute", "escaped", "backslash", "drive", "srv"),
        says=(r"leads out of its folder",),
        outcome="nothing is unpacked to disk; only the last part of a name is used",
    ),
    Attack(
        name="linked_member",
        tries="a link to the reference as an archive member",
        lay=_linked_member,
        students=("linked_member",),
        status=(UNREADABLE,),
        says=(r"it is a link",),
        least=0,
        most=0,
        outcome="refused: links are not followed",
    ),
    Attack(
        name="zip_bomb",
        tries="400 MB in an archive of 400 kB",
        lay=_bomb,
        students=("zip_bomb",),
        status=(UNREADABLE,),
        says=(r"larger than 50 MB when unpacked",),
        least=0,
        most=0,
        outcome="counted while it inflates, and stopped",
    ),
    Attack(
        name="lying_sizes",
        tries="80 MB in an archive that says 100 bytes",
        lay=_lying_sizes,
        students=("lying_sizes",),
        status=(UNREADABLE,),
        says=(r"damaged|larger",),
        least=0,
        most=0,
        outcome="sizes in an archive are not believed",
    ),
)
