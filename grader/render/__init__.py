"""Renderers: reports in, text out. No files, no clock.

To add a report format: one file here with the functions of `Renderer`, one line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, cast

from grader.errors import UsageError
from grader.report import Report

__all__ = ["FORMATS", "Format", "Renderer", "Work", "renderer"]


@dataclass(frozen=True, kw_only=True)
class Work:
    """What was handed in and what it printed when it was graded, for formats that show the notebook."""

    notebook: Any = None
    """The submission as an `nbformat.NotebookNode`, or None when it couldn't be read."""
    outputs: Mapping[int, list[dict[str, Any]]] = field(default_factory=dict)
    """By cell index, the outputs of the graded run in nbformat 4 form (`outputs/NNNN.json`); never the stored ones."""
    source: str = field(default="", repr=False)
    """The submission's file as it came, for formats that name its lines."""
    path: str = ""
    """Where that file is in its repository; empty for its name alone."""
    platform: Mapping[str, str] = field(default_factory=dict)
    """What the platform says about this run, by the names of its environment variables."""


class Renderer(Protocol):
    """A module that turns reports into text.

    Both raise `MachineError` rather than show a student a hidden finding.
    """

    def one(self, report: Report, work: Work) -> str:
        """One submission."""
        ...

    def many(self, reports: Sequence[Report]) -> str:
        """A class."""
        ...


@dataclass(frozen=True, kw_only=True)
class Format:
    """A report format, known without loading its renderer."""

    module: str
    suffix: str
    """Of the files it fills, with the dot."""
    single: bool = False
    """Whether who reads it takes one submission at a time; one that is graded alone is written so."""


FORMATS: Mapping[str, Format] = {
    "terminal": Format(module="terminal", suffix=".txt"),
    "json": Format(module="json_report", suffix=".json"),
    "html": Format(module="html", suffix=".html"),
    "markdown": Format(module="markdown", suffix=".md"),
    "junit": Format(module="junit", suffix=".xml"),
    "csv": Format(module="csv_table", suffix=".csv"),
    "github": Format(module="github", suffix=".github.txt"),
    "gradescope": Format(module="gradescope", suffix=".gradescope.json", single=True),
    "classroom50": Format(module="classroom50", suffix=".classroom50.json", single=True),
}
"""By the name that `--format` takes."""


def renderer(name: str) -> Renderer:
    """Loads the renderer of one format.

    Raises:
        UsageError: there is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"there is no report format {name}", remedy=f"one of {', '.join(FORMATS)}")
    return cast("Renderer", import_module(f"grader.render.{FORMATS[name].module}"))
