"""Sphinx extension: the files that lie beside `docs/` because GitHub looks for them there are pages of the site too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PAGES = {"../SECURITY.md": "policy.md", "../CONTRIBUTING.md": "contributing.md", "../CHANGELOG.md": "changelog.md"}


def _linked(_app: Any, name: str, content: list[str]) -> None:
    up = "../" * name.count("/")
    for path, page in PAGES.items():
        content[0] = content[0].replace(f"({up}{path}", f"({up}{page}")


def _linked_beside(_app: Any, _path: Path, _parent: str, content: list[str]) -> None:
    for path, page in PAGES.items():
        content[0] = content[0].replace(f"({path.removeprefix('../')})", f"({page})")


def setup(app: Any) -> dict[str, Any]:
    """Connects to the reading of pages, and of what they include."""
    app.connect("source-read", _linked)
    app.connect("include-read", _linked_beside)
    return {"parallel_read_safe": True}
