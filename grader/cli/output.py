"""Where reports go: the terminal, one file, or a folder with a file for each student."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.errors import UsageError
from grader.job_folder import write_atomically
from grader.render import FORMATS, Work, renderer
from grader.report import Report

if TYPE_CHECKING:
    from grader.cli.results import Results
    from grader.pipeline import Graded

FILES = {"html": "index", "json": "class", "csv": "class", "markdown": "class", "junit": "class", "terminal": "class",
         "github": "class", "gradescope": "class", "classroom50": "class"}  # fmt: skip
"""Name of the class file of each format in an output folder."""

STUDENTS = frozenset({"html", "github", "classroom50"})
"""Formats that are a student's unless the instructor asks for them."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Formats and where each of them goes."""

    formats: tuple[str, ...]
    output: Path | None
    audience: str | None
    student: str | None

    @classmethod
    def choose(
        cls, formats: tuple[str, ...], output: Path | None, *, audience: str | None, student: str | None
    ) -> Destination:
        """Checks that the formats fit the place before anything is run.

        Raises:
            UsageError: several formats on one output, or HTML without a place.
        """
        formats = tuple(dict.fromkeys(formats)) or ("terminal",)
        files = [f for f in formats if f != "terminal"]
        if output is None and len(files) > 1:
            raise UsageError("several formats can't share the terminal", remedy="name a folder with --output")
        if output is None and files == ["html"] and student is None:
            raise UsageError("HTML is one page for each student", remedy="name a folder with --output")
        if output is not None and output.suffix and len(files) > 1:
            raise UsageError(
                f"{output} is one file, for {len(files)} formats", remedy="name a folder, without an ending"
            )
        return cls(formats=formats, output=output, audience=audience, student=student)

    def write(self, results: Results) -> None:
        """Writes every format."""
        for name in self.formats:
            audience = self.audience or ("student" if name in STUDENTS else "instructor")
            reports = results.reports(audience, self.student)
            if name == "terminal":
                self._terminal(reports)
            elif self.output is None:
                click.echo(self._text(name, results, reports), nl=False)
            elif self.output.suffix:
                write_atomically(self.output, self._text(name, results, reports).encode())
                click.echo(f"Wrote {self.output}", err=True)
            else:
                self._folder(self.output, name, results, reports)

    def _terminal(self, reports: Sequence[Report]) -> None:
        from rich.console import Console

        from grader.render.terminal import class_table, student

        # Piped output has no width of its own; 100 columns hold the class table.
        console = Console() if sys.stdout.isatty() else Console(width=100)
        console.print(student(reports[0]) if self.student is not None and reports else class_table(reports))

    def _text(self, name: str, results: Results, reports: Sequence[Report]) -> str:
        if self.student is not None and reports:
            return renderer(name).one(reports[0], results.work(results.of(self.student)[0]))
        if name == "github":
            from grader.render.github import of_class

            return of_class(zip(reports, map(results.work, results.of(None)), strict=True))
        if FORMATS[name].single and len(reports) == 1:
            return renderer(name).one(reports[0], results.work(results.of(None)[0]))
        return renderer(name).many(reports)

    def _folder(self, folder: Path, name: str, results: Results, reports: Sequence[Report]) -> None:
        suffix = FORMATS[name].suffix
        pages = [f"{file}{suffix}" for file in file_names(reports)]
        if name in {"html", "json", "markdown"} or FORMATS[name].single:
            for page, number, report in zip(pages, results.of(self.student), reports, strict=True):
                write_atomically(folder / page, renderer(name).one(report, results.work(number)).encode())
        if name == "html":
            from grader.render.html import render_index

            # The index is the instructor's, as it lists the whole class; unless everything is asked for students' eyes.
            text = render_index(results.reports(self.audience or "instructor", self.student), pages)
        else:
            text = self._text(name, results, reports)
        write_atomically(folder / f"{FILES[name]}{suffix}", text.encode())
        click.echo(f"Wrote {folder / (FILES[name] + suffix)}", err=True)


def work_of(graded: Graded) -> Work:
    """The notebook with the outputs of the graded run."""
    return Work(notebook=graded.submission.notebook, outputs=graded.job.outputs() if graded.job else {})


def file_names(reports: Sequence[Report]) -> list[str]:
    """A plain, unique file name for each student, without an ending: names may hold anything at all."""
    taken = {"index", "class"}
    names = []
    for report in reports:
        text = unicodedata.normalize("NFKD", report.submission.student).encode("ascii", "ignore").decode()
        base = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-").lower()[:60] or "student"
        name, number = base, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name)
        names.append(name)
    return names
