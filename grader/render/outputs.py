"""Cell outputs as a reader wants them: one representation each, progress bars in their final state, nothing malformed.

What comes in was written beside student code; anything that is not an output of nbformat 4 is dropped.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any

from grader.render.escape import strip_ansi, visible

PREFERRED = (
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "text/html",
    "text/markdown",
    "text/latex",
    "application/json",
    "text/plain",
)
"""The first of these that an output has is shown."""
_DRAWN = frozenset({"image/png", "image/jpeg", "image/svg+xml", "text/html", "text/markdown"})
"""The rest is shown as the text it is."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


def readable(outputs: Iterable[Any]) -> list[dict[str, Any]]:
    """Cleans the outputs of one cell; consecutive pieces of one stream become one."""
    cleaned: list[dict[str, Any]] = []
    for output in _joined(o for o in outputs if isinstance(o, dict)):
        shown = _readable(output)
        if shown is not None:
            cleaned.append(shown)
    return cleaned


def final_state(text: str) -> str:
    """What a terminal would show at the end: carriage returns and backspaces are carried out, line by line.

    A rewritten line counts as a whole: what is left of a longer predecessor is not shown, as in Jupyter.
    """
    if "\r" not in text and "\b" not in text:
        return text
    return "\n".join(_final_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def _joined(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Streams joined first, so that a progress bar cut into messages is one line again."""
    joined: list[dict[str, Any]] = []
    stream: dict[str, Any] | None = None
    for output in outputs:
        if output.get("output_type") != "stream":
            stream = None
            joined.append(output)
            continue
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        text = _text(output.get("text"))
        if stream is not None and stream["name"] == name:
            stream["text"] += text
        else:
            stream = {"output_type": "stream", "name": name, "text": text}
            joined.append(stream)
    return joined


def _readable(output: dict[str, Any]) -> dict[str, Any] | None:
    match output.get("output_type"):
        case "stream":
            text = coloured(final_state(output["text"])).strip("\n")
            return {**output, "text": text} if text.strip() else None
        case "display_data" | "execute_result":
            data = output.get("data")
            return _display(data) if isinstance(data, dict) else None
        case "error":
            lines = output.get("traceback")
            trace = "\n".join(_text(line) for line in lines) if isinstance(lines, list) else ""
            summary = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
            return {
                "output_type": "error",
                "ename": "",
                "evalue": visible(strip_ansi(summary)),
                "traceback": [coloured(trace)],
            }
    return None


def _display(data: dict[Any, Any]) -> dict[str, Any] | None:
    for kind in (k for k in PREFERRED if k in data):
        text = _text(data[kind])
        if kind in _SIGNATURES:
            shown = _picture(text, _SIGNATURES[kind])
        elif kind == "image/svg+xml":
            shown = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii") if "<svg" in text else ""
        elif kind in {"text/html", "text/markdown"}:
            shown = visible(text)
        else:
            shown = coloured(final_state(text))
        if shown.strip():
            drawn = kind if kind in _DRAWN else "text/plain"
            return {"output_type": "display_data", "metadata": {}, "data": {drawn: shown}}
    return None


def _picture(text: str, signature: bytes) -> str:
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return base64.b64encode(raw).decode("ascii") if raw.startswith(signature) else ""


def coloured(text: str) -> str:
    """Keeps ANSI colours, which the page shows; other sequences go, other invisible characters become visible."""
    pieces: list[str] = []
    start = 0
    for colour in _COLOUR.finditer(text):
        pieces += [visible(strip_ansi(text[start : colour.start()])), colour[0]]
        start = colour.end()
    return "".join([*pieces, visible(strip_ansi(text[start:]))])


def _final_line(line: str) -> str:
    rewritten = [piece for piece in re.split(r"\r|\x08{2,}", line) if strip_ansi(piece).strip(" \x08")]
    kept: list[str] = []
    for char in rewritten[-1] if rewritten else "":
        if char != "\b":
            kept.append(char)
        elif kept:
            kept.pop()
    return "".join(kept)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    return "" if value is None else repr(value)
