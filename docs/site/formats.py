"""Sphinx extension: the directive `schema`, which shows a JSON schema's records as tables, one line a field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Schema(SphinxDirective):
    """`{schema} report.schema.json`: every record of `$defs`, with the type and the description of its fields."""

    required_arguments = 1

    def run(self) -> list[Any]:
        """The tables, as nodes."""
        path = Path(self.env.srcdir, self.arguments[0])
        self.env.note_dependency(str(path))
        return self.parse_text_to_nodes(
            "\n".join(_page(json.loads(path.read_text("utf-8")))), allow_section_headings=True
        )


def _page(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, record in sorted(schema["$defs"].items()):
        yield f"## {name}\n"
        yield f"{record.get('description', '')}\n"
        if "enum" in record:
            yield "One of " + ", ".join(f"`{value}`" for value in record["enum"]) + ".\n"
        if record.get("properties"):
            yield "| field | type | |\n|---|---|---|"
            for field, kind in record["properties"].items():
                yield f"| `{field}` | {_kind(kind)} | {kind.get('description', '').replace('|', chr(92) + '|')} |"
            yield ""


def _kind(kind: Mapping[str, Any]) -> str:
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in kind:
        return " or ".join(_kind(one) for one in kind["anyOf"])
    if kind.get("type") == "array":
        inner = kind.get("items") or next(iter(kind.get("prefixItems", [])), {})
        return f"array of {_kind(inner)}" if inner else "array"
    if (
        kind.get("type") == "object"
        and isinstance(kind.get("additionalProperties"), dict)
        and kind["additionalProperties"]
    ):
        return f"object of {_kind(kind['additionalProperties'])}"
    if "const" in kind:
        return f"`{kind['const']}`"
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    return str(kind.get("type", "anything"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Adds the directive."""
    app.add_directive("schema", Schema)
    return {"parallel_read_safe": True}
