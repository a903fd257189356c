"""Text that came from a student, made harmless for the place it is shown in.

Everything invisible is shown as an escape in Python's notation: control characters (C0, C1 and with them ANSI), bidirectional
overrides, zero-widths, separators, surrogates and code points without a character. Sources: Unicode Technical
Report 36 (invisible characters), CVE-2021-42574 (bidi), the OWASP page on CSV injection, and section 2.2 of XML 1.0.
"""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Marks and letters that take no ink although their category says otherwise."""
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]")
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"
)
_MARKS = re.compile(r"[\\`*_\[\]<>#|~&$@]|^[-+=]|^\d{1,9}[.)]|:(?=\S)")
"""What begins something in GFM: anywhere, at the start of a line, or (the colon) in an address."""
_REFERENCES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", "$": "&#36;", "@": "@&#8203;", "#": "\\#&#8203;"}
_TICKS = re.compile(r"`([^`\n]+)`")
_WWW = re.compile(r"(?i)\bw(?=ww\.)")


def visible(text: str, *, keep: str = "\n\t") -> str:
    """Shows every invisible character as an escape, except those in `keep`."""
    return _NOT_PLAIN.sub(lambda m: m[0] if m[0] in keep or not _invisible(m[0]) else _escape(m[0]), text)


def one_line(text: str, *, limit: int = 0) -> str:
    """`visible` on one line: white space is collapsed, and a text past `limit` characters (0: none) ends with `…`."""
    flat = visible(" ".join(text.split()), keep="")
    return flat[: limit - 1].rstrip() + "…" if limit and len(flat) > limit else flat


def strip_ansi(text: str) -> str:
    """Takes whole escape sequences out; for output that a terminal program coloured."""
    return _ANSI.sub("", text) if "\x1b" in text or not text.isascii() else text


def csv_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: a leading `= + - @`, tab or return gets an apostrophe before it.

    White space, and the full-width forms that some spreadsheets fold, don't hide the sign. Numbers are written as
    numbers, not through here.
    """
    shown = visible(text, keep="\n")
    lead = unicodedata.normalize("NFKC", shown.lstrip()[:1])
    dangerous = lead[:1] in set("=+-@") or text[:1] in set("\t\r\n")
    return f"'{shown}" if shown and dangerous else shown


def markdown(text: str) -> str:
    """One line of GFM in which no mark-up, table bar, HTML, link, formula or emoji code takes effect.

    GitHub looks for mentions and issue numbers after it made HTML, so there only a zero-width space stops it, as
    Dependabot and Renovate do it.
    """
    escaped = _MARKS.sub(lambda m: _REFERENCES.get(m[0], f"{m[0][:-1]}\\{m[0][-1]}"), one_line(text))
    return _WWW.sub(lambda m: f"&#{ord(m[0])};", escaped)


def xml_text(text: str) -> str:
    """Text without the characters that XML 1.0 forbids; quoting is left to the XML writer."""
    return visible(text)


def encodable(text: str) -> str:
    """Text without lone surrogates (file names that are not UTF-8 carry them), which UTF-8 can't hold."""
    return text if text.isascii() else "".join(_escape(c) if "\ud800" <= c <= "\udfff" else c for c in text)


def _invisible(c: str) -> bool:
    return unicodedata.category(c) in _INVISIBLE_CATEGORIES or c in _FILLERS


def _escape(c: str) -> str:
    code = ord(c)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def ticked(text: str, *, most: int = 2000) -> Markup:
    """Escaped text in which `names` between backticks are set as code."""
    shown = visible(text) if len(text) <= most else f"{visible(text[:most])}…"
    return Markup(_TICKS.sub(r"<code>\1</code>", str(escape(shown))))  # noqa: S704 - escaped before
