"""Otter's marks within cells of code, as Grader's (otter/assign/solutions.py)."""

from __future__ import annotations

import re

_BEGIN = re.compile(r"^(\s*)#\s?BEGIN SOLUTION( NO PROMPT)?\s*$")
_PROMPT = re.compile(r"^\s*(?:\"\"\"|''')?\s*;?\s*#\s*BEGIN PROMPT\s*$")
_SEED = re.compile(r"\s*#\s*SEED\s*$")
_SOLUTION = re.compile(r"\s*#\s?SOLUTION(?: NO PROMPT)?\s*$")


def without_ignored(source: str) -> str:
    """Without the lines that neither students nor the autograder get: `# IGNORE`, and what stands between its marks."""
    kept = []
    inside = False
    for line in source.split("\n"):
        if re.match(r"\s*#\s*BEGIN\s*IGNORE\s*", line, re.IGNORECASE):
            inside = True
        elif line.rstrip().endswith("# END IGNORE"):
            inside = False
        elif not inside and not line.rstrip().endswith("# IGNORE"):
            kept.append(line)
    return "\n".join(kept)


def with_marks(source: str, *, given: bool = False) -> str:
    """A cell with Grader's marks in the place of those that Grader has not.

    Args:
        source: of the cell.
        given: it stands in no solution block: Otter's marks in it are only comments, and students get it whole.
    """
    lines = source.split("\n")
    if given:
        return "\n".join(
            _SOLUTION.sub("", _SEED.sub("", line)) if not line.lstrip().startswith("#") else line for line in lines
        )
    made: list[str] = []
    prompt: tuple[str, ...] = ()
    for number, line in enumerate(lines):
        begin = _BEGIN.match(line)
        if begin:
            made.append(f"{begin[1]}# BEGIN SOLUTION")
            at = next(
                (i for i, x in enumerate(lines[number:], number) if x.rstrip().endswith("# END SOLUTION")), number
            )
            below = next((x for x in lines[at + 1 :] if x.strip()), "")
            nothing = begin[2] is not None and _PROMPT.match(below) is None
            prompt = (f"{begin[1]}# BEGIN PROMPT", f"{begin[1]}# END PROMPT") if nothing else ()
        elif line.rstrip().endswith("# END SOLUTION"):
            made += [line, *prompt]
        elif _SEED.search(line):
            made.append(_SEED.sub("  # SOLUTION NO PROMPT", line))
        else:
            made.append(line)
    return "\n".join(made)
