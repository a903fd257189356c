"""The student's notebook as HTML, one inert fragment a cell, by nbconvert with a template and a sanitiser of our own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape
from nbconvert import HTMLExporter
from nbformat import from_dict, v4

from grader.render.escape import visible
from grader.render.outputs import readable
from grader.render.sanitize import sanitize

SOURCE_CHARACTERS = 100_000
"""Of a cell; what is longer is cut, since it was not typed."""
FOLDED_LINES = 30
"""Outputs with more lines are folded after the first of them."""
_STYLE = re.compile(r' style="[^"]*"')
"""In the output of `ansi2html`, where the quotes of the text itself are escaped; the page's policy forbids styles."""
_ATTACHMENT = re.compile(r"attachment:([^)\s\"'>]+)")


def fragments(notebook: Any, outputs: Mapping[int, Sequence[Any]]) -> list[Markup]:
    """Each cell of a notebook with the outputs of the graded run, safe to put into a page as it is."""
    exporter = _exporter()
    cells = notebook.get("cells", []) if isinstance(notebook, Mapping) else []
    return [_fragment(exporter, cell, outputs.get(index, [])) for index, cell in enumerate(cells)]


def _exporter() -> HTMLExporter:
    template = files("grader.render").joinpath("templates", "cell.html.j2").read_text("utf-8")
    exporter = HTMLExporter(
        raw_template=template,
        sanitize_html=True,
        exclude_anchor_links=True,
        default_preprocessors=["nbconvert.preprocessors.HighlightMagicsPreprocessor"],
    )
    exporter.register_filter("sanitize", sanitize)
    exporter.register_filter("folded", _folded)
    exporter.register_filter("plain", lambda text: escape(visible(text)))
    return exporter


def _fragment(exporter: HTMLExporter, cell: Any, outputs: Sequence[Any]) -> Markup:
    clean = _clean(cell, outputs)
    try:
        body, _ = exporter.from_notebook_node(v4.new_notebook(cells=[clean]))
    except Exception:  # noqa: BLE001 - whatever a cell does to Markdown and Pygments, the feedback comes out
        return Markup("<pre>{}</pre>").format(visible(clean.source))
    return Markup(body)  # noqa: S704 - each piece was escaped or sanitised in the template


def _clean(cell: Any, outputs: Sequence[Any]) -> Any:
    """A cell built anew from its text, so that no metadata of the student reaches nbconvert."""
    kind = cell.get("cell_type") if isinstance(cell, Mapping) else ""
    source = cell.get("source", "") if isinstance(cell, Mapping) else ""
    text = visible("".join(source) if isinstance(source, list) else str(source)).replace("\r", "")
    if len(text) > SOURCE_CHARACTERS:
        text = f"{text[:SOURCE_CHARACTERS]}\n… ({len(text) - SOURCE_CHARACTERS:,} more characters)"
    if kind == "code":
        return v4.new_code_cell(text, outputs=from_dict(readable(outputs)))
    if kind == "markdown":
        pictures = _pictures(cell.get("attachments"))
        known = _ATTACHMENT.sub(lambda m: m[0] if m[1] in pictures else "", text)
        return v4.new_markdown_cell(known, attachments=pictures)
    return v4.new_raw_cell(text)


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Attached pictures in a form that `sanitize` lets through, by their name and as Markdown writes it in an address."""
    if not isinstance(attachments, Mapping):
        return {}
    return {
        key: {kind: data}
        for name, bundle in attachments.items()
        if isinstance(bundle, Mapping)
        for kind, data in bundle.items()
        if kind in {"image/png", "image/jpeg", "image/gif"} and isinstance(data, str)
        for key in (str(name), quote(str(name), errors="replace"))
    }


def _folded(html: str) -> Markup:
    """Preformatted lines from `ansi2html`, folded when there are many; a colour that spans the fold ends there."""
    lines = _STYLE.sub("", str(html)).split("\n")
    if len(lines) <= FOLDED_LINES + 5:
        return Markup("<pre>{}</pre>").format(Markup("\n".join(lines)))  # noqa: S704 - from ansi2html
    head, tail = "\n".join(lines[:FOLDED_LINES]), "\n".join(lines[FOLDED_LINES:])
    return Markup("<pre>{}</pre><details><summary>{} more lines</summary><pre>{}</pre></details>").format(
        Markup(sanitize(head)),  # noqa: S704 - sanitised
        len(lines) - FOLDED_LINES,
        Markup(sanitize(tail)),  # noqa: S704 - sanitised
    )
