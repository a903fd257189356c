"""Finds what a student wrote for a human to read: in an exercise's Markdown cell, or in a text under a name.

Without what was handed out in its place, so that an untouched cell is an empty answer. It must miss nothing: an answer in
a cell below the one that was meant, or in one whose metadata was lost, is found too.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from grader.assignment import Assignment
from grader.evidence import Evidence
from grader.notebook.align import Alignment, align
from grader.notebook.answer_cells import cells_beside, exercise_of
from grader.notebook.cell_source import parse


@dataclass(frozen=True, kw_only=True)
class Written:
    """An answer in the student's own words."""

    text: str
    """Empty when nothing was written."""
    cell: int | None = None
    """Where it begins, or would."""


def written(
    notebook: NotebookNode, starter: NotebookNode, assignment: Assignment, evidence: Evidence | None = None
) -> dict[str, Written]:
    """The answers to an assignment's questions, by exercise.

    Args:
        notebook: what was handed in.
        starter: what was handed out.
        assignment: says what is asked, and where the answer stands.
        evidence: of the notebook's run; has the text where code makes it. Else it is read from the notebook.
    """
    questions = {e.name: e.question for e in assignment.exercises if e.question is not None}
    if not questions:
        return {}
    aligned = align(notebook, starter, assignment)
    found = {}
    for name, question in questions.items():
        if question.variable:
            answer = _under_name(question.variable, notebook, starter, evidence)
        elif question.form == "code":
            answer = _in_code(name, notebook, starter, aligned.exercises[name])
        elif question.form == "any":
            answer = _in_any(name, notebook, starter, aligned)
        else:
            answer = _in_cells(name, notebook, starter, aligned.exercises[name])
        beside = [] if answer.text else cells_beside(name, notebook, starter, aligned.origin)
        filled = [i for i in beside if _own_words([i], notebook, starter.cells)]
        text = _own_words(filled, notebook, starter.cells)
        found[name] = Written(text=text, cell=filled[0]) if filled else answer
    return found


def answers_in(
    notebook: NotebookNode | None, starter: NotebookNode | None, assignment: Assignment, evidence: Evidence
) -> dict[str, Written] | None:
    """As `written`; None where there is no notebook, and after a fault of ours: then answers wait, they don't earn 0."""
    if notebook is None:
        return None
    try:
        return written(notebook, starter if starter is not None else new_notebook(), assignment, evidence)
    except Exception:  # noqa: BLE001 a fault in finding an answer must not cost its points
        return None


def _in_cells(name: str, notebook: NotebookNode, starter: NotebookNode, cells: Sequence[int]) -> Written:
    beside_code = any(exercise_of(cell) == name and cell.cell_type == "code" for cell in starter.cells)
    places = [i for i in cells if not (beside_code and notebook.cells[i].cell_type == "code")]
    handed_out = [cell for cell in starter.cells if exercise_of(cell) == name]
    first = next((i for i in places if _own_words([i], notebook, handed_out)), places[0] if places else None)
    return Written(text=_own_words(places, notebook, handed_out), cell=first)


def _in_code(name: str, notebook: NotebookNode, starter: NotebookNode, cells: Sequence[int]) -> Written:
    """The exercise's cells of code as they are, if anything in them is the student's own."""
    places = [i for i in cells if notebook.cells[i].cell_type == "code"]
    handed_out = [cell for cell in starter.cells if exercise_of(cell) == name]
    own = [i for i in places if _own_words([i], notebook, handed_out)]
    text = "\n\n".join(str(notebook.cells[i].source).strip() for i in own)
    return Written(text=text, cell=next(iter(own or places), None))


def _in_any(name: str, notebook: NotebookNode, starter: NotebookNode, aligned: Alignment) -> Written:
    """What a student wrote in the exercise's cell, and every cell of theirs between what was handed out around it."""
    place = next((j for j, cell in enumerate(starter.cells) if exercise_of(cell) == name), 0)
    anchors = [i for i, j in aligned.origin.items() if j in {place, place - 1}]
    own = {
        i
        for anchor in anchors
        for i in itertools.takewhile(lambda i: i not in aligned.origin, range(anchor + 1, len(notebook.cells)))
    }
    added = [str(notebook.cells[i].source).strip() for i in sorted(own) if _words(notebook.cells[i].source)]
    answer = _in_cells(name, notebook, starter, [i for i in aligned.exercises[name] if i not in own])
    text = "\n\n".join([*([answer.text] if answer.text else []), *added])
    return Written(text=text, cell=answer.cell if answer.text or not own else min(own))


def _own_words(places: Sequence[int], notebook: NotebookNode, handed_out: Sequence[NotebookNode]) -> str:
    """The texts of some cells without the lines of those that were handed out; the same text once."""
    given = {_words(line) for cell in handed_out for line in _lines(cell)}
    texts = [
        "\n".join(line for line in _lines(notebook.cells[i]) if not _words(line) or _words(line) not in given)
        for i in places
    ]
    return "\n\n".join(dict.fromkeys(text.strip() for text in texts if _words(text)))


def _under_name(name: str, notebook: NotebookNode, starter: NotebookNode, evidence: Evidence | None) -> Written:
    handed_out = {_words(text) for text, _ in _literals(name, starter)}
    value = evidence.value(name) if evidence is not None else None
    if value is not None and value.kind == "text" and isinstance(value.value, str):
        found = Written(text=value.value.strip(), cell=value.cell)
    else:
        text, cell = next(reversed([*_literals(name, notebook)]), ("", None))
        found = Written(text=text.strip(), cell=cell)
    words = _words(found.text)
    return found if words and words not in handed_out else Written(text="", cell=found.cell)


def _literals(name: str, notebook: NotebookNode) -> Iterator[tuple[str, int | None]]:
    """The words that the notebook's code assigns to a name, in order, with their cell; what only a run gives is left out."""
    for index, cell in enumerate(notebook.cells):
        tree = parse(cell.source) if cell.cell_type == "code" else None
        for node in tree.body if tree is not None else ():
            targets = node.targets if isinstance(node, ast.Assign) else ()
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in targets):
                parts = [n for n in ast.walk(node.value) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
                parts.sort(key=lambda n: (n.lineno, n.col_offset))
                yield "".join(str(n.value) for n in parts), index


def _lines(cell: NotebookNode) -> list[str]:
    return str(cell.source).splitlines()


def _words(text: str) -> tuple[str, ...]:
    """Letters and digits only: whether a line was handed out does not hang on its marks and its blanks."""
    return tuple(re.findall(r"\w+", text.casefold()))
