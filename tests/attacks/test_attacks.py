"""Hostile inputs graded together with honest ones: contained, named rightly, without gain, and nobody else notices."""

from __future__ import annotations

from pathlib import Path

import pytest
from attacks.attack import Attack
from attacks.batch import Batch
from attacks.catalogue import ALL
from attacks.course import FULL
from attacks.held import problems
from attacks.honest import HONEST

pytestmark = pytest.mark.xdist_group("attacks")

by_name = pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)


@pytest.mark.slow
@by_name
def test_attacks(everything: Batch, attack: Attack) -> None:
    assert not list(problems(attack, everything))


@pytest.mark.slow
@pytest.mark.parametrize("name", HONEST)
def test_honest_notebooks_keep_their_marks_among_attacks(everything: Batch, name: str) -> None:
    together, alone = everything.reports[name], everything.alone[name]
    assert together["score"] == FULL
    for report in (together, alone):
        report["findings"] = [{k: v for k, v in f.items() if k != "provenance"} for f in report["findings"]]
    assert together["findings"] == alone["findings"]
    assert together["status"] == alone["status"]
    assert not together["honesty"]


@pytest.mark.slow
def test_nothing_outside_was_reached_or_changed(everything: Batch) -> None:
    assert not everything.heard
    assert not everything.changed


@pytest.mark.slow
def test_no_output_holds_a_secret(everything: Batch) -> None:
    assert not _canaries_in(everything)


@pytest.mark.slow
def test_the_batch_is_whole(everything: Batch) -> None:
    graded = {name for attack in ALL for name in attack.graded_as} | set(HONEST)
    assert graded <= set(everything.reports)


def _canaries_in(batch: Batch) -> list[str]:
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
