"""Runs all attacks at each level of isolation and writes docs/security.md: `python -m attacks.table docs/security.md`."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from attacks import batch
from attacks.attack import Attack
from attacks.batch import Batch
from attacks.catalogue import ALL, FAMILIES
from attacks.held import canaries_in, problems
from attacks.honest import HONEST, LOSES_UNDER

from grader.execute.sandbox import available_sandboxes

LEVELS = ("bubblewrap", "landlock", "none")
ROW = re.compile(r"^\| `([a-z0-9_]+)` \|", re.MULTILINE)
HEAD = """# What was tried against Grader, and what came of it

Written by `make attacks` from a run of everything in `tests/attacks/`, together with {honest} honest notebooks. How Grader is
defended, and what can't be, is in [SECURITY.md](../SECURITY.md).

Each attack stands in a notebook that is honest otherwise; *points* are what it got, of what that honest part is worth. An attack
passes when it stays within its limits, its status and message are right, it gains no point, nothing of the machine was read,
reached or changed, and no secret of the course is in any file that came out of the sandbox or that a student is shown.
Where a level does not hold, its cell says what came of it instead. The level `none` is no sandbox at all, which a user has to
ask for by `--no-sandbox`; an attack that would hurt the machine then is not run. The run was an ordinary user's, since such
attacks are never root's; `pytest -m slow tests/attacks` passes as root as well.

"""


def main() -> None:
    """Grades, says what is wrong, and writes the page."""
    target = Path(sys.argv[1])
    if not os.geteuid():
        sys.exit("Attacks are run without a sandbox, too, and never as root: be an ordinary user, or run\n"
                 "  GRADER_ATTACK_LEVELS=bubblewrap,landlock pytest -m slow tests/attacks")  # fmt: skip
    if missing := {*LEVELS[:-1]} - {sandbox.level for sandbox in available_sandboxes()}:
        sys.exit(f"The page needs every level, and this machine lacks {', '.join(missing)}: see grader doctor --system")
    batches = {}
    with tempfile.TemporaryDirectory(prefix="attacks-") as scratch:
        for level in LEVELS:
            folder = Path(scratch) / level
            folder.mkdir()
            batches[level] = batch.grade(folder, level, ALL, tuple(HONEST))
        wrong = [f"{level}: {text}" for level in LEVELS for text in _wrong(batches[level])]
        target.write_text(page(batches))
    sys.stderr.write("\n".join([*wrong, f"{len(wrong)} problems", ""]))
    sys.exit(bool(wrong))


def _wrong(found: Batch) -> list[str]:
    """What is to be mended; without a sandbox, only that honest notebooks pay for it."""
    if found.level == "none":
        return _unlike(found)
    attacks = [f"{attack.name}: {text}" for attack in ALL for text in problems(attack, found)]
    return [*attacks, *found.heard, *found.changed, *found.left, *canaries_in(found), *_unlike(found)]


def _unlike(found: Batch) -> list[str]:
    unlike = [name for name in HONEST if found.reports[name]["score"] != found.alone[name]["score"]]
    return [f"{name} has not the mark that it has alone" for name in unlike]


def page(batches: Mapping[str, Batch]) -> str:
    """The whole page."""
    parts = [HEAD.format(honest=len(HONEST))]
    for level, found in batches.items():
        parts.append(
            f"- **{level}**: {_count(found)}; "
            f"{len(HONEST) - len(_unlike(found))} of {len(HONEST)} honest notebooks with the marks that they have alone; listeners reached: "
            f"{', '.join(found.heard) or 'none'}; files changed outside: {', '.join(found.changed) or 'none'}; "
            f"secrets found: {len(canaries_in(found))}.\n"
        )
        if told := _told(found):
            parts.append(f"  - A user is told: {told}.\n")
        parts.extend(f"  - Honest `{name}` loses a part: {why}.\n" for name, why in LOSES_UNDER.get(level, {}).items())
    for family, attacks in FAMILIES.items():
        levels = " | ".join(batches)
        parts.append(f"\n## {family.capitalize()}\n\n| attack | tries | {levels} | what comes of it |\n")
        parts.append("|---|---|" + "---|" * (len(batches) + 1) + "\n")
        parts.extend(_row(attack, batches) for attack in attacks)
    undefended = [a for a in ALL if a.undefended]
    parts.append("\n## What it gains all the same\n\n")
    parts.extend(f"- `{attack.name}`: {attack.undefended}\n" for attack in undefended)
    return "".join(parts)


def _count(found: Batch) -> str:
    ran = [attack for attack in ALL if _ran(attack, found)]
    not_run = f", {len(ALL) - len(ran)} not run" if len(ran) < len(ALL) else ""
    word = "not defended" if found.level == "none" else "not contained"
    return f"{len(ran)} attacks, {sum(bool(list(problems(a, found))) for a in ran)} {word}{not_run}"


def _told(found: Batch) -> str:
    """The warnings of a level, as they stand on the terminal and in every report."""
    notes = [note for note in found.reports["plain"]["notes"] if "isolation" in note]
    before = [f"*{found.warned}* before the run"] if found.warned else []
    return "; ".join([*before, *(f"*{note}* in every report" for note in notes)])


def _ran(attack: Attack, found: Batch) -> bool:
    return all(student in found.reports for student in attack.graded_as)


def _row(attack: Attack, batches: Mapping[str, Batch]) -> str:
    cells = [_came_of(attack, found) for found in batches.values()]
    return f"| `{attack.name}` | {_cell(attack.tries)} | {' | '.join(cells)} | {_cell(attack.outcome)} |\n"


def _came_of(attack: Attack, found: Batch) -> str:
    if not _ran(attack, found):
        return f"not run: {attack.unsafe}" if attack.unsafe else "not run"
    wrong = list(problems(attack, found))
    if wrong and found.level != "none":
        return _cell(f"**not contained**: {wrong[0][:200]}")
    reports = [found.reports[student] for student in attack.graded_as]
    statuses = dict.fromkeys(str(report["status"]).replace("_", " ") for report in reports)
    came = f"{', '.join(statuses)}, {_points(reports)} of {attack.worth:g}"
    # Not in its own words, which name this machine's files.
    return f"**not defended**; {came}" if wrong else came


def _points(reports: Sequence[Mapping[str, float]]) -> str:
    points = sorted({round(report["score"], 2) for report in reports})
    return " to ".join(f"{value:g}" for value in (points if len(points) < 2 else (points[0], points[-1])))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


if __name__ == "__main__":
    main()
