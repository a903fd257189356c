"""Writes an imported assignment: solution notebook, `assignment.py`, `hidden.py`, and the starter that `grader release` makes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import nbformat

from grader.checks.check import CodeTest
from grader.course import AssignmentFolder, Course
from grader.interop.imported import Imported, Part, PartCheck
from grader.job_folder import write_atomically
from grader.release import release
from grader.report import Criterion
from grader.scaffold.new_assignment import unused_folders


def write_imported(course: Path, name: str, imported: Imported) -> AssignmentFolder:
    """Writes `assignments/<name>` and `reference/<name>`.

    Args:
        course: folder that holds `assignments/`.
        name: one word in lower case.
        imported: what was read.

    Raises:
        UsageError: the name won't do, or there is something of that name.
        AssignmentError: students would see something that is hidden; all but the starter is written then.
    """
    public, private = unused_folders(course, name)
    write_atomically(public / "assignment.py", _assignment(name, imported).encode())
    write_atomically(private / "hidden.py", _hidden(imported).encode())
    solution = nbformat.writes(imported.solution, version=4) + "\n"
    write_atomically(private / "solution.ipynb", solution.encode())
    made = Course(root=course).folder(name)
    release(made).write()
    return made


def _assignment(name: str, imported: Imported) -> str:
    questions = any(part.asks for part in imported.parts)
    open_checks = any(not check.hidden for part in imported.parts for check in part.checks)
    lines = [
        f'"""Imported from {imported.grader}: {_line(imported.source)}. Its tests are run as they are, beside Grader\'s own checks."""',
        "",
        "from grader.assignment import Assignment, Exercise",
        *(["from grader.checks import CodeTest, code_tests"] if open_checks else []),
        *(["from grader.question import Question"] if questions else []),
        "",
        "assignment = Assignment(",
        f"    name={_text(name)},",
        f"    title={_text(imported.title)},",
        "    exercises=(",
        *(line for part in imported.parts for line in _indented(_exercise(part), 8)),
        "    ),",
        ")",
    ]
    return "\n".join(lines) + "\n"


def _exercise(part: Part) -> Iterator[str]:
    yield "Exercise("
    yield f"    name={_text(part.name)},"
    yield f"    title={_text(part.title)},"
    yield f"    points={part.points:.12g},"
    opened = [check for check in part.checks if not check.hidden]
    if opened:
        yield "    checks=("
        for check in opened:
            yield from _indented(_check(check), 8)
        yield "    ),"
    if part.asks:
        form = f", form={_text(part.form)}" if part.form != "text" else ""
        yield f"    question=Question(asks={_text(part.asks)}, points={part.asked_points:.12g}{form}),"
    yield "),"


def _check(check: PartCheck) -> Iterator[str]:
    yield "code_tests("
    for test in check.tests:
        yield from _indented(_test(test), 4)
    yield f"    name={_text(check.name)},"
    yield f"    title={_text(check.title)},"
    yield f"    weight={check.weight:.12g},"
    if check.all_or_nothing:
        yield "    all_or_nothing=True,"
    if check.hint:
        yield f"    hint={_text(check.hint)},"
    yield "),"


def _test(test: CodeTest) -> Iterator[str]:
    yield "CodeTest("
    yield f"    name={_text(test.name)},"
    if test.form != "cell":
        yield f"    form={_text(test.form)},"
    for name in ("cell", "called"):
        if value := getattr(test, name):
            yield f"    {name}={_text(value)},"
    yield f"    points={test.points:.12g},"
    lines = test.source.split("\n")
    yield "    source=("
    for number, line in enumerate(lines, 1):
        yield f"        {_text(line if number == len(lines) else line + chr(10))}"
    yield "    ),"
    yield "),"


def _hidden(imported: Imported) -> str:
    hidden = {part.name: [c for c in part.checks if c.hidden] for part in imported.parts}
    rubrics = {part.name: part.rubric for part in imported.parts if part.rubric}
    lines = [
        f'"""Hidden tests of {_line(imported.source)}, and what only markers see. Students never get this file."""',
        "",
    ]
    if any(hidden.values()):
        lines.append("from grader.checks import CodeTest, code_tests")
    if rubrics:
        lines.append("from grader.report import Criterion")
    lines += [*([""] if len(lines) > 2 else []), "checks = {"]
    for name, checks in hidden.items():
        if checks:
            lines += [f"    {_text(name)}: (", *(x for c in checks for x in _indented(_check(c), 8)), "    ),"]
    lines.append("}")
    if rubrics:
        lines += ["", "rubrics = {"]
        for name, criteria in rubrics.items():
            lines += [f"    {_text(name)}: (", *_indented(map(_criterion, criteria), 8), "    ),"]
        lines.append("}")
    return "\n".join(lines) + "\n"


def _criterion(criterion: Criterion) -> str:
    description = _text(criterion.description)
    return f"Criterion(name={_text(criterion.name)}, points={criterion.points:.12g}, description={description}),"


def _text(value: str) -> str:
    """A text as Python writes it, in double quotes where that needs no backslash."""
    return (
        repr(value)
        if '"' in value or not value.replace("\n", "").isprintable()
        else json.dumps(value, ensure_ascii=False)
    )


def _line(value: str) -> str:
    return value.replace("\\", "/").replace('"', "'")


def _indented(lines: Iterable[str] | Sequence[str], by: int) -> Iterator[str]:
    return (" " * by + line for line in lines)
