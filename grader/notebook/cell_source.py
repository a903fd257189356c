"""Python in a notebook cell, seen through IPython's magics without importing IPython."""

from __future__ import annotations

import ast
import re
import warnings

_OTHER_LANGUAGE = {
    "bash", "sh", "script", "html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG", "perl", "ruby",
    "writefile", "file", "cmd", "R",
}  # fmt: skip
_TIMED = re.compile(r"^(\s*)%(?:time|timeit|prun|memit)\s+(?:-\w+\s+\S+\s+)*(.+)$")
_CAPTURED = re.compile(r"^(\s*)([\w, ]+=)\s*[%!].*$")
_MAGIC = re.compile(r"^(\s*)(?:[%!?].*|(?:cd|ls)(?:\s+[-\w./~$\"'][^=]*)?|(?:pip|conda)\s+install.*)$")
_HELP = re.compile(r"^(\s*)[\w.]+\?{1,2}\s*$")


def python_of(source: str) -> str:
    """The cell as plain Python: the same lines, with magics and shell commands as `pass`."""
    lines = source.splitlines()
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    while lines and first < len(lines) and (magic := re.match(r"%%(\w+)(.*)", lines[first])):
        if magic[1] in _OTHER_LANGUAGE:
            return ""
        captured = re.match(r"\s+([A-Za-z_]\w*)\s*$", magic[2]) if magic[1] == "capture" else None
        lines[first] = f"{captured[1]} = None" if captured else ""
        first += 1
    return "\n".join(_plain(line) for line in lines)


def _plain(line: str) -> str:
    if timed := _TIMED.match(line):
        return timed[1] + timed[2]
    if captured := _CAPTURED.match(line):
        return f"{captured[1]}{captured[2]} None"
    if magic := _MAGIC.match(line) or _HELP.match(line):
        return f"{magic[1]}pass"
    return line


def parse(source: str) -> ast.Module | None:
    """The cell's syntax tree, or None when it isn't Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a student's string is not ours to warn about
            return ast.parse(python_of(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
