"""The JSON schema of reports, made from the dataclasses and the texts under their fields."""

from __future__ import annotations

import ast
import inspect
import json
from types import ModuleType
from typing import Any

import msgspec

import grader.evidence
import grader.report
from grader.render import json_report
from grader.report import SCHEMA, Report

_HEADER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Grader's reports",
    "description": "What `--format json` writes: one report, or the reports of a class. Explained in docs/report.md.",
}


def schema() -> dict[str, Any]:
    """JSON schema 2020-12 of `grader/report/v1` and `grader/class/v1`.

    Grader writes every field always, so all are required; readers should take unknown ones, which later versions of
    the same schema may add.
    """
    (report, whole), parts = msgspec.json.schema_components(
        [Report, json_report.ClassReport], ref_template="#/$defs/{name}"
    )
    texts = {**_texts(grader.evidence), **_texts(grader.report), **_texts(json_report)}
    for name, part in parts.items():
        _complete(part, texts.get(name, {}))
    parts["Report"]["properties"]["schema"]["const"] = SCHEMA
    parts["ClassReport"]["properties"]["schema"]["const"] = json_report.CLASS_SCHEMA
    return {**_HEADER, "oneOf": [report, whole], "$defs": dict(sorted(parts.items()))}


def text() -> str:
    """The schema as docs/report.schema.json holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _complete(part: dict[str, Any], texts: dict[str, str]) -> None:
    if "enum" in part:
        meanings = [f"{value}: {texts[value]}" for value in part["enum"] if value in texts]
        part["description"] = "\n".join([part.get("description", ""), *meanings]).strip()
    properties = part.get("properties", {})
    for field, described in properties.items():
        described.pop("default", None)
        if field in texts:
            described["description"] = texts[field]
    if properties:
        part["required"] = list(properties)


def _texts(module: ModuleType) -> dict[str, dict[str, str]]:
    """By class, the text under each field; under each value for an enum."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            pairs = zip(node.body, node.body[1:], strict=False)
            named = ((_name(first), _literal(second)) for first, second in pairs)
            found[node.name] = {name: text for name, text in named if name and text}
    return found


def _name(node: ast.stmt) -> str:
    """The field that a statement declares, or the value of the enum member that it sets."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""


def _literal(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""


if __name__ == "__main__":
    print(text(), end="")  # noqa: T201 - `python -m grader.render.report_schema > docs/report.schema.json`
