"""Whether an attack came to what its entry says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attacks.attack import Attack
from attacks.batch import Batch

SAME = 1e-9
WORDS = ("reason", "notes", "cells", "findings", "models")
"""Parts of a report that are Grader's own words and not the notebook's."""


def problems(attack: Attack, batch: Batch) -> Iterator[str]:
    """What is not as it must be, in words."""
    for student in attack.graded_as:
        report = batch.reports.get(student)
        if report is None:
            yield f"{student} has no report"
            continue
        if report["status"] not in attack.status:
            yield f"status {report['status']} ({report['reason']}), expected {' or '.join(attack.status)}"
        score = report["score"]
        least = attack.worth if attack.least is None else attack.least
        most = attack.worth if attack.most is None else attack.most
        if score is None or score < least - SAME:
            yield f"{score} points, though its honest part is worth {least}: {_lost(report)}"
        elif score > most + SAME:
            yield f"{score} points, more than the {most} that it may have"
        yield from (f"{check} passed" for check in _passed(report) if check in attack.loses)
        yield from (
            f"{f['check']} broke: {f['flag']}"
            for f in report["findings"]
            if f["verdict"] == "broken" and f["max_points"]
        )
        told = str([batch.pages[student].get(word) for word in WORDS])
        yield from (
            f"the report does not say {words!r}: {report['reason']}"
            for words in attack.says
            if not re.search(words, told)
        )
        put_out = batch.outputs(student)
        yield from (f"it did not put out {text!r}" for text in attack.shows if text not in put_out)
        if "REACHED:" in put_out and not attack.silent:
            yield "it reached " + put_out[put_out.find("REACHED:") :][:200]


def _passed(report: dict) -> list[str]:  # type: ignore[type-arg]
    return [f"{f['exercise']}.{f['check']}" for f in report["findings"] if f["verdict"] in {"passed", "broken"}]


def _lost(report: dict) -> str:  # type: ignore[type-arg]
    return "; ".join(f"{f['check']}: {f['message']}" for f in report["findings"] if f["points"] < f["max_points"])[:600]


def canaries_in(batch: Batch) -> list[str]:
    """Secrets in what students are shown, or in what came out of a sandbox."""
    looked_at = [(path, path.read_bytes()) for path in _student_facing(batch)]
    return [
        f"{name} in {path}"
        for name, canary in batch.grounds.canaries.items()
        for path, data in looked_at
        if canary.encode() in data and path not in _own_pages(batch, name)
    ]


def _own_pages(batch: Batch, name: str) -> list[Path]:
    """Where a secret may stand: a submission is shown to who handed it in."""
    if name != "other_submission":
        return []
    return [path for path in batch.shown.glob("secret-of-another.*") if path.is_file()]


def _student_facing(batch: Batch) -> list[Path]:
    shown = [path for path in batch.shown.rglob("*") if path.is_file()]
    made = [
        p
        for folder in batch.jobs.values()
        for kind in ("outputs", "cells", "values", "notices")
        for p in (folder / kind).rglob("*")
    ]
    return shown + [path for path in made if path.is_file()]
