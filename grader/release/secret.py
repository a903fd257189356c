"""What students must not see of an assignment, as texts and numbers that can be looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.assignment import Assignment
from grader.checks.check import Check
from grader.expectations import Expectations
from grader.release.starter import Removed

GIVEN = re.compile(r"#\s*GIVEN\s*$")
"""Behind a line of the solution that students may see elsewhere."""
WORDS = 3
"""Fewest words of a line that tells something; `plt.legend()` and `)` stand everywhere."""
LENGTH = 8
"""Fewest characters of it, without blanks."""
NAME = 10
"""Fewest characters of a name, a title or a hint that is not met by chance."""
PACKED = 20
"""Fewest characters of a text that a check expects: packed arrays and digests have more."""
DIGITS = 5
"""Fewest significant digits of a number that is not met by chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """One thing that must not be found in what is released."""

    text: str
    """As `squeezed` makes it."""
    what: str
    """What it is, for messages, e.g. `a line of the solution`."""
    where: str
    """Where it comes from, as a person would look it up."""
    shown: str = ""
    """As the instructor knows it."""


def squeezed(text: str) -> str:
    """Without the blanks that mean nothing, and with one kind of quotes, so that another layout is the same text."""
    return re.sub(r"(?<!\w)\s+|\s+(?!\w)", "", re.sub(r"\s+", " ", text)).replace("'", '"')


def of_solution(removed: Iterable[Removed], prompts: str, file: str) -> Iterator[Secret]:
    """Lines of the solution that tell something, but those that a prompt shows or that are marked `# GIVEN`."""
    shown = squeezed(prompts)
    for line in removed:
        code = _without_comment(line.text)
        if GIVEN.search(line.text) or not _tells(code) or squeezed(code) in shown:
            continue
        yield Secret(
            text=squeezed(code).rstrip(",;"),
            what="a line of the solution",
            where=f"{file}, cell {line.cell}, line {line.line}",
            shown=code.strip(),
        )


def _without_comment(line: str) -> str:
    """Without a comment behind code; a comment that stands alone is kept, since it tells as much."""
    for at in (m.start() for m in re.finditer(r"\s#", line)):
        before = line[:at]
        if before.strip() and before.count('"') % 2 == 0 and before.count("'") % 2 == 0:
            return before
    return re.sub(r"\s*#\s*SOLUTION(\s+NO\s+PROMPT)?\s*$", "", line)


def _tells(code: str) -> bool:
    bare = code.strip()
    if re.match(r"(import|from)\s", bare):
        return False
    return len(re.findall(r"\w+", bare)) >= WORDS and len(squeezed(bare)) >= LENGTH


def of_hidden(assignment: Assignment, file: str) -> Iterator[Secret]:
    """Names and words of hidden checks, their cases and hidden criteria, as far as nothing public has them too.

    Args:
        assignment: With its hidden checks.
        file: Where they are declared, as a person would look it up.
    """
    hidden = {name: c for name, c in assignment.checks() if c.hidden}
    known = {word for _, c in assignment.checks() if not c.hidden for word in _words_of(c)} | _asked(assignment)
    for name, check in hidden.items():
        yield Secret(text=name, what="the id of a hidden check", where=file, shown=name)
        for word in sorted(_words_of(check) - known):
            if _distinct(word):
                yield Secret(text=squeezed(word), what=f"words of the hidden check {name}", where=file, shown=word)
    yield from _of_tests(assignment, file)
    for exercise in assignment.exercises:
        for criterion in exercise.question.rubric if exercise.question is not None else ():
            if criterion.hidden:
                for word in (criterion.name, criterion.description):
                    if _distinct(word):
                        yield Secret(text=squeezed(word), what="a hidden criterion", where=file, shown=word)


def _of_tests(assignment: Assignment, file: str) -> Iterator[Secret]:
    """Lines of hidden tests in code that no open one has too."""
    tests = list(assignment.code_tests())
    shown = {squeezed(line) for test, _, hidden in tests if not hidden for line in test.source.splitlines()}
    for test, _, hidden in tests:
        for line in test.source.splitlines() if hidden else ():
            if _tells(line) and squeezed(line) not in shown:
                yield Secret(
                    text=squeezed(line),
                    what="a line of a hidden test",
                    where=f"{file}, {test.name}",
                    shown=line.strip(),
                )


def _words_of(check: Check) -> set[str]:
    return {check.name, check.title, check.hint} | {case.name for case in check.wants.functions}


def _asked(assignment: Assignment) -> set[str]:
    """Names that students have to know, since they are asked to define them."""
    wanted = assignment.wanted()
    found = {e.name for e in assignment.exercises} | {v for e in assignment.exercises for v in e.variables}
    found |= {q.name for q in wanted.models} | {v for q in wanted.models for v in q.variables}
    return found | {c.function for c in wanted.functions} | set(wanted.variables)


def _distinct(word: str) -> bool:
    """Whether it is met for no other reason: several words, or a name of several parts."""
    return len(squeezed(word)) >= NAME and (len(re.findall(r"\w+", word)) >= WORDS or "_" in word)


def of_expectations(measured: Mapping[str, tuple[Expectations, Expectations]]) -> Iterator[Secret]:
    """Measured values of hidden checks, as far as no public check expects them too.

    Args:
        measured: By file, as a person would look it up: what calibration established, and the public part of it.
    """
    shown = {v for _, part in measured.values() for kept in part.checks.values() for v in _values(kept)}
    for file, (full, part) in measured.items():
        for name in full.checks.keys() - part.checks.keys():
            for value in sorted(set(_values(full.checks[name])) - shown):
                yield Secret(text=value, what=f"an expected value of the hidden check {name}", where=file, shown=value)


def _values(kept: Any) -> Iterator[str]:
    """Numbers with many digits, and long texts such as packed arrays and digests."""
    if isinstance(kept, Mapping):
        for value in kept.values():
            yield from _values(value)
    elif isinstance(kept, list | tuple):
        for value in kept:
            yield from _values(value)
    elif isinstance(kept, str) and len(kept) >= PACKED:
        # Names such as `categorical_crossentropy` stand in what is asked.
        if len(kept.split()) >= WORDS or (re.search(r"\d", kept) and "_" not in kept):
            yield squeezed(kept)
    elif isinstance(kept, int | float) and not isinstance(kept, bool):
        whole = int(kept) if isinstance(kept, float) and kept.is_integer() else kept
        if len(_digits(repr(whole))) >= DIGITS:
            yield repr(whole)


def _digits(number: str) -> str:
    return re.sub(r"e.*|\D", "", number).strip("0")
