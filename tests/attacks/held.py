"""Whether an attack came to what its entry says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attacks.attack import Attack
from attacks.batch import Batch

SAME = 1e-9
KEEPER = "secret_of_another"
"""The honest notebook whose secret no other submission's files may hold."""
LEAVES, CALLS = "fills_shared_memory", "uses_the_network"
"""Attacks whose success shows outside only."""
HOSTS_OWN = ("evidence.json", "outcome.json")
"""Files of a job folder that only the host writes and reads."""
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
            if f["verdict"] == "broken" and f["max_points"] and not f["held"]
        )
        held = [batch.grounds.named(check) for check in attack.held]
        if held != _broken(report):
            yield f"{_broken(report)} broke, expected {held}"
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
        if attack.name == LEAVES and batch.left:
            yield f"it left {', '.join(batch.left)}"
        if attack.name == CALLS and batch.heard:
            yield f"it was heard by {', '.join(batch.heard)}"


def _passed(report: dict[str, Any]) -> list[str]:
    good = {"passed", "broken"}
    return [f"{f['exercise']}.{f['check']}" for f in report["findings"] if f["verdict"] in good and not f["held"]]


def _broken(report: dict[str, Any]) -> list[str]:
    """Checks that an exception ended on this notebook; others wait since they could not see enough."""
    held = [f for f in report["findings"] if f["held"] and not f["points"]]
    return [f"{f['exercise']}.{f['check']}" for f in held if " broke on this notebook's records: " in f["flag"]]


def _lost(report: dict[str, Any]) -> str:
    return "; ".join(f"{f['check']}: {f['message']}" for f in report["findings"] if f["points"] < f["max_points"])[:600]


def canaries_in(batch: Batch) -> list[str]:
    """Secrets in what students are shown, in what came out of a sandbox, or in what went into one with student code."""
    looked_at = [(path, path.read_bytes()) for path in _looked_at(batch)]
    return [
        f"{name} in {path}"
        for name, canary in batch.grounds.canaries.items()
        for path, data in looked_at
        if canary.encode() in data and not (name == "other_submission" and _own(batch, path))
    ]


def _own(batch: Batch, path: Path) -> bool:
    """Whether it belongs to the notebook that holds a secret from the others."""
    return path.stem == KEEPER or batch.jobs[KEEPER] in path.parents


def _looked_at(batch: Batch) -> list[Path]:
    folders = (batch.shown, *batch.jobs.values())
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.name not in HOSTS_OWN]
