"""Bytes to a valid nbformat 4 notebook: what can safely be repaired is repaired and said, the rest is a problem."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v3.rwbase import rejoin_lines as rejoin_v3_lines
from nbformat.v4.rwbase import rejoin_lines

from grader.errors import SubmissionError

NOTEBOOK_BYTES = 50 << 20
"""Largest notebook that is read; pictures in outputs make some of 20 MB."""
DEPTH = 100
"""Deepest nesting; a real notebook has about 10 levels, and what comes later walks it recursively."""

NEAR = 30
"""Characters on either side of the place where a file breaks that are shown."""

_AGAIN = "open the notebook in Jupyter, save it, and hand in that .ipynb file"
_DISGUISES = (
    (b"PK\x03\x04", "a zip archive", "unpack it and hand in the .ipynb file itself"),
    (b"%PDF", "a PDF", "hand in the .ipynb file, not its print-out"),
    (b"\x1f\x8b", "a gzip archive", "unpack it and hand in the .ipynb file itself"),
    (b"<", "an HTML page", "download the .ipynb file itself (Colab: File > Download > Download .ipynb)"),
)


def read_notebook(data: bytes) -> NotebookNode:
    """Reads a notebook; see `read_repaired`."""
    return read_repaired(data)[0]


def read_repaired(data: bytes) -> tuple[NotebookNode, tuple[str, ...]]:
    """Reads a notebook of any nbformat up to 4 as nbformat 4.5, and says what had to be repaired.

    Raises:
        SubmissionError: it can't be read as a notebook; says where it breaks and what to do.
    """
    notes: list[str] = []
    try:
        content = _parse(_text(data, notes), notes)
        return _notebook(content, notes), tuple(dict.fromkeys(notes))
    except RecursionError as error:
        raise SubmissionError("the file is nested too deeply to be a notebook", remedy=_AGAIN) from error


def _text(data: bytes, notes: list[str]) -> str:
    if len(data) > NOTEBOOK_BYTES:
        raise SubmissionError(
            f"the file has {len(data) / (1 << 20):.0f} MB; at most {NOTEBOOK_BYTES >> 20} MB are read",
            remedy="clear the outputs (Kernel > Restart and clear output) and save it again",
        )
    if not data.strip(b"\x00 \t\r\n"):
        raise SubmissionError("the file is empty" if not data else "the file holds only blanks", remedy=_AGAIN)
    for start, what, remedy in _DISGUISES:
        if data.lstrip().startswith(start):
            raise SubmissionError(f"the file is {what}, not a notebook", remedy=remedy)
    text = _decode(data, notes)
    if "\x00" in text:
        notes.append("NUL bytes were removed")
        text = text.replace("\x00", "")
    return text


def _decode(data: bytes, notes: list[str]) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            notes.append(f"a byte order mark was removed ({name})")
            return data[len(mark) :].decode(name, errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        notes.append(f"the file is not UTF-8 (byte {error.start}); it was read as Windows-1252")
        return data.decode("cp1252", errors="replace")


def _parse(text: str, notes: list[str]) -> dict[str, Any]:
    body = text.lstrip()
    try:
        content, end = json.JSONDecoder().raw_decode(body)
    except json.JSONDecodeError as error:
        raise _broken(text, len(text) - len(body) + error.pos, error.msg) from error
    except ValueError as error:
        raise SubmissionError(f"the file is not valid JSON: {error}", remedy=_AGAIN) from error
    rest = body[end:].strip()
    if rest:
        notes.append(f"{len(rest)} characters after the end of the notebook were ignored")
    if not isinstance(content, dict):
        raise SubmissionError("the file is JSON, but not a notebook", remedy=_AGAIN)
    if _depth(content) > DEPTH:
        raise SubmissionError("the file is nested too deeply to be a notebook", remedy=_AGAIN)
    if re.search(r"\\u[dD][89a-fA-F]", text):
        return {str(key): item for key, item in _without_lone_surrogates(content, notes).items()}
    return {str(key): item for key, item in content.items()}


def _broken(text: str, at: int, why: str) -> SubmissionError:
    cut_off = at >= len(text.rstrip()) or why.startswith("Unterminated string")
    if cut_off:
        at = len(text.rstrip())
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    if re.search(r"^(<<<<<<<|>>>>>>>) ", text, re.MULTILINE):
        return SubmissionError(
            f"the file holds marks of an unfinished git merge; it stops being a notebook at line {line}, column {column}",
            remedy="resolve the conflict (choose one side), open it in Jupyter, and save it",
        )
    if cut_off:
        what = f"the file ends too early, at line {line}, column {column}: it was cut off while being saved or uploaded"
    else:
        near = text[max(0, at - NEAR) : at + NEAR].split("\n")
        shown = near[min(text[max(0, at - NEAR) : at].count("\n"), len(near) - 1)].strip()
        what = f"the file is not valid JSON at line {line}, column {column} ({why.lower()}), near {shown!r}"
    return SubmissionError(what, remedy=_AGAIN)


def _depth(content: Any) -> int:
    level: list[Any] = [content]
    depth = 0
    while level and depth <= DEPTH:
        level = [child for node in level for child in _children(node)]
        depth += 1
    return depth


def _children(node: Any) -> Iterator[Any]:
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, dict | list):
            yield child


def _without_lone_surrogates(content: Any, notes: list[str]) -> Any:
    if isinstance(content, str):
        clean = content.encode("utf-8", "replace").decode()
        if clean != content:
            notes.append("characters that no text can hold (lone surrogates) were replaced by ?")
        return clean
    if isinstance(content, list):
        return [_without_lone_surrogates(item, notes) for item in content]
    if isinstance(content, dict):
        return {
            _without_lone_surrogates(key, notes): _without_lone_surrogates(item, notes) for key, item in content.items()
        }
    return content


def _notebook(content: dict[str, Any], notes: list[str]) -> NotebookNode:
    if isinstance(content.get("worksheets"), list) and not isinstance(content.get("cells"), list):
        content = _from_v3(content, notes)
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise SubmissionError("the file is JSON, but not a notebook: it has no list of cells", remedy=_AGAIN)
    major = content.get("nbformat", 4)
    if "nbformat" not in content:
        notes.append("the notebook names no format version; it was read as nbformat 4")
    elif major != 4 or isinstance(major, bool):
        raise SubmissionError(f"the notebook's format version is {str(major)[:20]}; 3 and 4 are read", remedy=_AGAIN)
    metadata = content.get("metadata")
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": metadata if isinstance(metadata, dict) else {},
        "cells": _cells(cells, notes),
    }
    return _valid(notebook, notes)


def _from_v3(content: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    try:
        old = nbformat.from_dict({**content, "nbformat": 3, "nbformat_minor": 0})
        converted: dict[str, Any] = nbformat.convert(rejoin_v3_lines(old), 4)
    except Exception as error:  # The converter takes a valid notebook for granted.
        raise SubmissionError(
            f"the notebook is in an old format and could not be converted ({type(error).__name__})", remedy=_AGAIN
        ) from error
    for cell in converted["cells"]:
        # Made up at random, so that the same file would be another notebook each time it is read.
        cell.pop("id", None)
    notes.append("the notebook was converted from nbformat 3")
    return converted


def _cells(cells: list[Any], notes: list[str]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        if not isinstance(cell, dict):
            notes.append(f"cell {index} is not a cell; it is shown as an empty one")
        fixed = _cell(cell if isinstance(cell, dict) else {"cell_type": "raw"}, index, notes)
        if fixed["id"] in taken:
            notes.append(f"the id of cell {index} occurs twice; it got a new one")
            fixed["id"] = ""
        if not fixed["id"]:
            fixed["id"] = _fresh(index, taken)
        taken.add(fixed["id"])
        out.append(fixed)
    return out


def _fresh(index: int, taken: set[str]) -> str:
    name = f"cell-{index}"
    while name in taken:
        name += "-x"
    return name


def _cell(cell: dict[str, Any], index: int, notes: list[str]) -> dict[str, Any]:
    kind = cell.get("cell_type")
    if kind not in ("code", "markdown", "raw"):
        notes.append(f"cell {index} has no known type; it was read as text")
        kind = "markdown"
    metadata = cell.get("metadata")
    # Colab drops a cell's id, and keeps one in the metadata.
    given = cell.get("id") or (metadata.get("id") if isinstance(metadata, dict) else None)
    fixed: dict[str, Any] = {
        "cell_type": kind,
        "id": given if isinstance(given, str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", given) else "",
        "metadata": metadata if isinstance(metadata, dict) else {},
        "source": _source(cell.get("source", ""), index, notes),
    }
    if kind == "code":
        count, outputs = cell.get("execution_count"), cell.get("outputs")
        fixed["execution_count"] = (
            count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None
        )
        fixed["outputs"] = outputs if isinstance(outputs, list) else []
    elif isinstance(cell.get("attachments"), dict):
        fixed["attachments"] = cell["attachments"]
    return fixed


def _source(source: Any, index: int, notes: list[str]) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    notes.append(f"the source of cell {index} is not text; it was read as empty")
    return ""


def _valid(notebook: dict[str, Any], notes: list[str]) -> NotebookNode:
    """Holds it against the schema; parts that the grader doesn't need give way."""
    node = _checked(notebook)
    if node is not None:
        return node
    for everything, what in ((False, "saved outputs"), (True, "saved outputs, attachments and metadata")):
        node = _checked(_without(notebook, everything=everything))
        if node is not None:
            notes.append(f"{what} did not follow the notebook format and were left out")
            return node
    raise SubmissionError("the file does not follow the notebook format", remedy=_AGAIN)


def _checked(notebook: dict[str, Any]) -> NotebookNode | None:
    try:
        # A copy through JSON, as nbformat joins the lines of outputs in place.
        node: NotebookNode = nbformat.from_dict(json.loads(json.dumps(notebook)))
        node = rejoin_lines(node)
        nbformat.validate(node, relax_add_props=True)
        nbformat.writes(node, version=4)
    except RecursionError:
        raise
    except Exception:  # noqa: BLE001  (nbformat raises whatever its parts raise on wild input)
        return None
    return node


def _without(notebook: dict[str, Any], *, everything: bool) -> dict[str, Any]:
    cells = [{**c, "outputs": []} if c["cell_type"] == "code" else c for c in notebook["cells"]]
    if not everything:
        return {**notebook, "cells": cells}
    bare = [{k: v for k, v in c.items() if k != "attachments"} | {"metadata": {}} for c in cells]
    return {**notebook, "metadata": {}, "cells": bare}
