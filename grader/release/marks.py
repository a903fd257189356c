"""The marks in a cell's source, line by line: what is solution, what is shown in its place, and what stays.

# BEGIN SOLUTION … # END SOLUTION     also nbgrader's ### BEGIN SOLUTION, and <!-- BEGIN SOLUTION --> in Markdown
# BEGIN PROMPT … # END PROMPT         what students get instead, each line behind one `# ` of its own
\"\"\" # BEGIN PROMPT … \"\"\" # END PROMPT  the same as Otter writes it: lines as they are, in a string
x = f()  # SOLUTION                    one statement; students get `x = ...`
f()  # SOLUTION NO PROMPT              one statement; students get nothing
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.errors import AssignmentError


class Part(StrEnum):
    """What a line of the source is."""

    KEPT = "kept"
    SOLUTION = "solution"
    PROMPT = "prompt"
    MARK = "mark"
    STATEMENT = "statement"
    """A solution in one line, with `...` in place of its value."""
    REMOVED = "removed"
    """A solution in one line, with nothing in its place."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cell."""

    number: int
    """From 1."""
    text: str
    """As it stands in the source; without the mark for a statement, and without what makes a prompt a comment."""
    part: Part
    block: int = 0
    """Which solution block it belongs to, from 1; 0 outside. A prompt right below a block belongs to it."""


SOLUTION, PROMPT = "SOLUTION", "PROMPT"

_MARK = re.compile(
    r"^\s*(?P<quotes>\"\"\"|''')?\s*;?\s*(?P<sign>#|<!--)#*\s*(?P<edge>BEGIN|END)\s+(?P<what>SOLUTION|PROMPT)\s*(?:-->)?\s*$",
    re.IGNORECASE,
)
_ONE_LINE = re.compile(r"^(?P<code>.*\S)\s*#\s*SOLUTION(?P<nothing>\s+NO\s+PROMPT)?\s*$")
_HIDDEN = re.compile(r"(?:#|<!--)\s*(?:BEGIN|END)\s+(?:HIDDEN|TESTS?\b)", re.IGNORECASE)
_NEAR_EDGE = re.compile(
    r"(?:#|<!--)\W*(?:begin|end|start|stop)\W*(?:of\W*)?(?:the\W*)?(?:solutions?|prompts?)\b", re.IGNORECASE
)
_NEAR_LINE = re.compile(r"#\s*SOLUTIONS?\b")


def lines_of(source: str, where: str) -> tuple[Line, ...]:
    """Tells what each line of a cell is.

    Args:
        source: Of the cell.
        where: File and cell, as a person would look it up.

    Raises:
        AssignmentError: marks that don't match, are nested, or are written so that they would not be seen; names the line.
    """
    return tuple(_Reader(where).read(source.split("\n")))


class _Reader:
    def __init__(self, where: str) -> None:
        self.where = where
        self.opened: list[tuple[str, int, str]] = []
        """What is open: the mark, its line, and how it is written: `#`, `<!--`, or the quotes of a string."""
        self.block = 0
        self.last = 0
        """The block that ended above, with only blank lines since."""

    def read(self, texts: Sequence[str]) -> Iterator[Line]:
        for number, text in enumerate(texts, 1):
            mark = _MARK.match(text)
            if mark:
                self._mark(mark, number)
                yield Line(number, text, Part.MARK, self._in_block())
            elif self.opened and self.opened[-1][0] == PROMPT:
                self._prompt_line(number, text)
                yield Line(number, self._shown(text, number), Part.PROMPT, self._in_block())
            elif self.opened:
                self._near_miss(text, number)
                yield Line(number, text, Part.SOLUTION, self.block)
            else:
                if text.strip():
                    self.last = 0
                yield self._outside(number, text)
        if self.opened:
            what, number, _ = self.opened[-1]
            raise self._error(f"BEGIN {what} has no END {what}", number, f"add a line `# END {what}` below it")

    def _in_block(self) -> int:
        inside = any(what == SOLUTION for what, _, _ in self.opened)
        return self.block if inside else self.last

    def _mark(self, mark: re.Match[str], number: int) -> None:
        edge, what = mark["edge"].upper(), mark["what"].upper()
        form = mark["quotes"] or mark["sign"]
        if mark["quotes"] and what == SOLUTION:
            raise self._error("a solution in a string would not be run", number, "write the mark without quotes")
        if edge == "BEGIN":
            if self.opened and (what == self.opened[-1][0] or self.opened[-1][0] == PROMPT):
                outer, line, _ = self.opened[-1]
                raise self._error(
                    f"BEGIN {what} stands inside the {outer.lower()} that begins in line {line}",
                    number,
                    f"add `# END {outer}` above it, or take this mark away",
                )
            self.opened.append((what, number, form))
            if what == SOLUTION:
                self.block += 1
                self.last = 0
            return
        if not self.opened or self.opened[-1][0] != what:
            still = f"; open is the {self.opened[-1][0].lower()} of line {self.opened[-1][1]}" if self.opened else ""
            raise self._error(f"END {what} has no BEGIN {what}{still}", number, f"add `# BEGIN {what}` above it")
        if self.opened[-1][2] != form:
            raise self._error(
                f"{what} begins with {self.opened[-1][2]} and ends with {form}", number, "write both marks alike"
            )
        self.opened.pop()
        if what == SOLUTION:
            self.last = self.block

    def _prompt_line(self, number: int, text: str) -> None:
        if self.opened[-1][2] in text and self.opened[-1][2] in {'"""', "'''"}:
            raise self._error(
                "the prompt's string ends before END PROMPT",
                number,
                "write the prompt behind `# ` in each line instead",
            )

    def _shown(self, text: str, number: int) -> str:
        """A prompt's line as students get it."""
        if self.opened[-1][2] != "#" or not text.strip():
            return text
        commented = re.match(r"^(\s*)# ?(.*)$", text)
        if commented is None:
            raise self._error(
                "a line of the prompt is not behind `# `, so it would run in your solution",
                number,
                "write each line of the prompt behind `# `: `# network = ...`, and `# # your code` for a comment",
            )
        return (commented[1] + commented[2]).rstrip()

    def _outside(self, number: int, text: str) -> Line:
        one = _ONE_LINE.match(text)
        if one and not one["code"].lstrip().startswith("#"):
            return Line(number, one["code"], Part.REMOVED if one["nothing"] else Part.STATEMENT)
        self._near_miss(text, number)
        return Line(number, text, Part.KEPT)

    def _near_miss(self, text: str, number: int) -> None:
        if _HIDDEN.search(text):
            raise self._error(
                "hidden tests stand in the notebook", number, "put them into hidden.py, as checks of the exercise"
            )
        inside = self.opened and _ONE_LINE.match(text)
        if _NEAR_EDGE.search(text) or (_NEAR_LINE.search(text) and not inside):
            raise self._error(
                f"{text.strip()[:60]!r} looks like a mark, and is none",
                number,
                "write `# BEGIN SOLUTION` and `# END SOLUTION` on lines of their own, or `# SOLUTION` behind a statement",
            )

    def _error(self, what: str, number: int, remedy: str) -> AssignmentError:
        return AssignmentError(what, where=f"{self.where}, line {number}", remedy=remedy)
