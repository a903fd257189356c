"""A check of answers that were chosen from a few: a dictionary from each question to its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from grader.checks.arrays import no_variable
from grader.checks.build import Common, build
from grader.checks.check import Check, Expected, Wanted
from grader.errors import AssignmentError
from grader.evidence import Evidence, Provenance
from grader.report import Outcome

Answer = str | Sequence[str]


def choices(
    name: str,
    /,
    answers: Mapping[str, Sequence[Answer]],
    *,
    spellings: Mapping[str, str] | None = None,
    because: Mapping[str, str] | None = None,
    aliases: tuple[str, ...] = (),
    **common: Unpack[Common],
) -> Check:
    """Whether a dictionary gives each question one of its right answers; the score is the share of the questions.

    The answers stand in the check itself, so it belongs into the hidden ones.

    Args:
        name: of the variable.
        answers: by question the answers that are right, each a text or several texts in order; case and the
            choice between spaces, hyphens and underscores don't count.
        spellings: other spellings and what they mean, e.g. `{"mse": "mean_squared_error"}`.
        because: by question, a sentence that is said when its answer is wrong.
        aliases: other names the variable may go by.
        **common: as for every check.

    Raises:
        AssignmentError: a question has no right answer.
    """
    names = (name, *aliases)
    if not answers or not all(answers.values()):
        raise AssignmentError(f"choices({name!r}) has a question without an answer", remedy="give each at least one")
    same = {_plain(k): _plain(v) for k, v in (spellings or {}).items()}

    def canonical(answer: Any) -> tuple[str, ...]:
        parts = [answer] if not isinstance(answer, list | tuple) else answer
        plain = [_plain(part) for part in parts]
        return tuple(same.get(part, part) for part in plain)

    def judge(evidence: Evidence, _expected: Expected) -> Outcome:
        found = evidence.value(*names)
        if found is None:
            return no_variable(evidence, name)
        table = {_plain(k): v for k, v in found.value.items()} if isinstance(found.value, Mapping) else {}
        wrong = [
            question
            for question, right in answers.items()
            if canonical(table.get(_plain(question))) not in {canonical(answer) for answer in right}
        ]
        said = [_sentence(question, table.get(_plain(question)), because or {}) for question in wrong]
        return Outcome(
            score=1 - len(wrong) / len(answers),
            message=" ".join(said) or f"All {len(answers)} are right.",
            expected=f"{len(answers)} of {len(answers)} right",
            received=f"{len(answers) - len(wrong)} of {len(answers)} right",
            cell=found.cell,
            provenance=Provenance.CLAIMED,
            subject=f"`{found.name}` as it was at the end of cell {found.cell}.",
        )

    return build(
        name=name,
        title=f"{name} has the right answer to each question.",
        judge=judge,
        wants=Wanted(variables=names),
        common=common,
    )


def _plain(value: Any) -> str:
    return "linear" if value is None else str(value).strip().lower().replace(" ", "_").replace("-", "_")


def _sentence(question: str, had: Any, because: Mapping[str, str]) -> str:
    shown = " with ".join(map(str, had)) if isinstance(had, list | tuple) else str(had)
    reason = because.get(question, "")
    return f"{question}: {shown} is not right." + (f" {reason}" if reason else "")
