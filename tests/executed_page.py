"""Runs a page of the documentation as a reader would: files are written, cells put into notebooks, commands run.

What is run, in the page's order:

- a fenced block with a title, `python title="assignments/xor/assignment.py"`, is that file;
- `title="NAME.ipynb cell 1"` is a cell of a notebook that the page writes, `…, tagged exercise:network` with that tag;
- `title="NAME.ipynb exercise network"` is what a student puts into that exercise's first cell;
- each line of a `console` block that begins with `$ ` is a command for bash, in the folder that the last one ended in. Lines
  below it are what it prints at least, `...` stands for anything. It ends with code 0, or as its comment says:
  `# exit code 1`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

DOCS = Path(__file__).parents[1] / "docs"
FENCE = re.compile(
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
EXIT = re.compile(r"#.*\bexit code (\d)")


@dataclass(frozen=True)
class Command:
    """A line after `$ `, and what is shown below it."""

    line: str
    shown: str

    @property
    def code(self) -> int:
        """The exit code that the page says."""
        said = EXIT.search(self.line)
        return int(said[1]) if said else 0


@dataclass
class Run:
    """A reader at work in a folder."""

    folder: Path
    """Where the next command runs."""
    environment: dict[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    """What each command wrote, both streams."""

    def page(self, name: str) -> None:
        """Does what a page says, from its top to its end."""
        for block in FENCE.finditer((DOCS / name).read_text("utf-8")):
            if block["language"] == "console":
                for command in commands(block["text"]):
                    self.command(command)
            elif block["title"] and "." in block["title"]:
                self.write(block["title"], block["text"])

    def write(self, title: str, text: str) -> None:
        """Writes a titled block to its file, or into its notebook."""
        name, _, place = title.partition(" ")
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not place:
            path.write_text(text, "utf-8")
            return
        source = text.rstrip("\n")
        if place.startswith("exercise "):
            notebook = nbformat.read(path, as_version=4)
            wanted = place.removeprefix("exercise ")
            cell = next(c for c in notebook.cells if c.metadata.get("grader", {}).get("exercise") == wanted)
            cell.source = source
        else:
            first = place.startswith("cell 1")
            notebook = nbformat.v4.new_notebook() if first else nbformat.read(path, as_version=4)
            tags = re.findall(r"tagged (\S+)", place)
            notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags} if tags else {}))
        nbformat.write(notebook, path)

    def command(self, command: Command, *, code: int | None = None) -> None:
        """Runs a command where the last one ended, and holds it against what the page says.

        Args:
            command: what to run.
            code: the exit code that it must have; the one that the page says by default.
        """
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        program = f"{command.line}\ncode=$?\npwd >&9\nexit $code\n"
        reader, writer = os.pipe()
        done = subprocess.run(
            ["bash", "-c", f"exec 9>&{writer}\n{program}"],
            cwd=self.folder,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **self.environment, "PATH": path},
            pass_fds=[writer],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        os.close(writer)
        with os.fdopen(reader) as ended_in:
            self.folder = Path(ended_in.read().strip() or self.folder)
        self.printed.append(done.stdout)
        assert done.returncode == (command.code if code is None else code), f"$ {command.line}\n{done.stdout}"
        assert shows(command.shown, done.stdout), (
            f"$ {command.line}\nthe page shows:\n{command.shown}\nit prints:\n{done.stdout}"
        )


def shows(shown: str, printed: str) -> bool:
    """Whether all that is shown is printed, in its order, white space aside; `...` stands for anything."""
    rest = " ".join(printed.split())
    for piece in filter(str.strip, shown.split("...")):
        _, found, rest = rest.partition(" ".join(piece.split()))
        if not found:
            return False
    return True


def commands(block: str) -> Iterator[Command]:
    """The commands of a `console` block, each with the lines below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        yield Command(line, shown.strip("\n"))


def executed() -> list[str]:
    """Names of all pages that have commands to run."""
    return sorted(
        p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md") if "\n```console\n" in p.read_text("utf-8")
    )
