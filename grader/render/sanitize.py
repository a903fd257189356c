"""HTML that came from a notebook, reduced to what can't act, load, hide or pass for Grader's own words.

Allowed are text, tables, lists, links to the web that the reader has to click, and pictures that travel inside the page.
No style, no id, no class but those of code colouring. The page's content security policy stands behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bleach.sanitizer import Cleaner  # type: ignore[import-untyped]
from markupsafe import escape

_TAGS = frozenset({
    "a", "abbr", "b", "bdi", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details",
    "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol",
    "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "u", "ul", "var",
})  # fmt: skip
_SWALLOWED = re.compile(r"(?is)<(script|style|iframe|noscript|template|title)\b.*?</\1\s*>")
"""Elements whose content is not text for a reader; the tags would be taken out anyway."""
_CODE_CLASSES = re.compile(r"(?:highlight|hl-[a-z0-9]+|[a-z]{1,2}[a-z0-9]?)(?: [a-z]{1,2}[a-z0-9]?)*|ansi-[a-z -]+")
"""Pygments' short names and its wrapper, and the names of `ansi2html`."""
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
_LINK = re.compile(r"(?i)(?:https?://|mailto:)[^\x00-\x20]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_UNNESTED = frozenset({"br", "hr", "img", "input", "col", "wbr", "p", "li", "td", "th", "tr", "dt", "dd", "option"})
"""Elements without an end tag, or whose end tag HTML lets people leave out."""
DEEPEST = 500
"""Levels of nesting; cleaning takes time in their square, and no reader's table has as many."""
LONGEST = 500_000
"""Characters of one output or cell that are cleaned; what is longer is shown as text, cut."""
_SPAN = re.compile(r"[0-9]{1,4}")


def sanitize(html: str) -> str:
    """Balanced HTML of allowed elements; everything else is taken out, its text stays.

    What is too long or nested too deep to be an honest output comes back as escaped text.
    """
    if len(html) > LONGEST or _depth(html) > DEEPEST:
        return f"<pre>{escape(html[:LONGEST])}</pre>"
    cleaner = Cleaner(
        tags=_TAGS,
        attributes=_attribute,
        protocols=frozenset({"http", "https", "mailto", "data"}),
        strip=True,
        strip_comments=True,
        filters=[_pictures_with_a_source],
    )
    return str(cleaner.clean(_SWALLOWED.sub("", html)))


def _depth(html: str) -> int:
    depth = deepest = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in _UNNESTED:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _pictures_with_a_source(source: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for token in source:
        if token.get("name") != "img" or (None, "src") in token.get("data", {}):
            yield token


def _attribute(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return tag in {"div", "pre", "span", "code"} and _CODE_CLASSES.fullmatch(value) is not None
    if name == "href":
        return tag == "a" and _LINK.fullmatch(value) is not None
    if name == "src":
        return tag == "img" and _PICTURE.fullmatch(value) is not None
    if name in {"colspan", "rowspan"}:
        return tag in {"td", "th"} and _SPAN.fullmatch(value) is not None
    return name in {"alt", "title"}
