"""One run of one notebook: student code in a sandbox, its models examined in a fresh one, all of it as Evidence."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import nbformat

from grader.checks.check import Wanted
from grader.environment import versions
from grader.errors import EvidenceError
from grader.evidence import Evidence, Status
from grader.examination import examination_key, examined
from grader.execute.job import RunSpec
from grader.held_out import Shelf
from grader.job_folder import JobFolder
from grader.notebook.causes import fold
from grader.notebook.code_tests import CodeTestPlan
from grader.shared_files import SHARED, share
from grader.workers import Workers


def observe(
    notebook: bytes,
    spec: RunSpec,
    wanted: Wanted,
    job: JobFolder,
    workers: Workers,
    shelf: Shelf,
    listen: Callable[[Mapping[str, Any]], None] | None = None,
    tests: CodeTestPlan | None = None,
) -> Evidence:
    """Runs a notebook, rebuilds its models in another sandbox, measures them, and stores the evidence.

    A run that is over is not repeated; its models are examined again where what is asked of them has changed.
    What can't be established through the machine's fault is said in the status, and such evidence is not stored.
    """
    ended = job.ran()
    if ended is None:
        if job.path.exists():
            shutil.rmtree(job.path)
        job.path.mkdir(parents=True)
        # Its models will be examined: that worker starts meanwhile.
        workers.trusted.prepare(spec.limits)
        ended = workers.students.run(notebook, spec, job.path, tests=tests, listen=listen, cancel=workers.cancel)
    for kind in ("examined", "held_out"):
        shutil.rmtree(job.path / kind, ignore_errors=True)
    evidence = job.read(ended, seed=spec.seed, data_source=spec.data_source)
    if evidence.status is not Status.MACHINE_ERROR:
        evidence = replace(evidence, cells=fold(evidence.cells, sources_of(notebook)))
        evidence = examined(evidence, wanted.models, job, workers, shelf, spec)
    evidence = job.if_whole(evidence, ended.received)
    if evidence.status is not Status.MACHINE_ERROR:
        evidence = replace(evidence, examination=examination_key(wanted.models))
        share(job.path / "models", job.path.parent / SHARED)
        job.save(evidence)
    return evidence


def stored_evidence(job: JobFolder, wanted: Wanted) -> Evidence | None:
    """The evidence of an earlier run, if it says what is asked for now."""
    if not job.finished():
        return None
    try:
        evidence = job.load()
    except EvidenceError:
        return None
    return evidence if evidence.examination == examination_key(wanted.models) else None


def sources_of(notebook: bytes) -> dict[int, str]:
    """Sources of the code cells, by index."""
    cells = nbformat.reads(notebook.decode(), as_version=4).cells
    return {index: str(cell.source) for index, cell in enumerate(cells) if cell.cell_type == "code"}


def around(workers: Workers, tests: CodeTestPlan | None) -> dict[str, str]:
    """What a run depends on beside the notebook and what is collected of it."""
    around = {"sandbox": workers.sandbox.level, **versions()}
    return around if tests is None else {**around, "tests": tests.digest}
