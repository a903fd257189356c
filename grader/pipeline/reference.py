"""The reference solution run with several seeds, and what it establishes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat

from grader.calibration import establish, public_part, readable
from grader.course import AssignmentFolder
from grader.errors import MachineError
from grader.evidence import Evidence, Status
from grader.expectations import Expectations
from grader.held_out import Shelf
from grader.job_folder import JobFolder, write_atomically
from grader.notebook.code_tests import planned
from grader.pipeline.observing import around, observe, stored_evidence
from grader.schedule import run_all
from grader.shared_files import SHARED, prune
from grader.workers import Workers, job_key, run_spec


def calibrate(
    folder: AssignmentFolder,
    workspace: Path,
    workers: Workers,
    *,
    runs: int,
    listen: Callable[[int, Evidence], None] = lambda _done, _evidence: None,
) -> Expectations:
    """Runs the reference with k seeds and writes the expectations, all of them and the public part.

    Raises:
        AssignmentError: the reference fails, or its runs disagree on what should be a fact.
        MachineError: a run could not be made.
    """
    assignment = folder.assignment(hidden=True)
    evidence = run_reference(
        folder, workspace, workers, seeds=[assignment.seed + n for n in range(runs)], listen=listen
    )
    expectations = establish(assignment, evidence)
    for hidden, kept in ((True, expectations), (False, public_part(expectations, assignment))):
        path = folder.expectations_file(workers.data_source, hidden=hidden)
        write_atomically(path, readable(kept))
    return expectations


def run_reference(
    folder: AssignmentFolder,
    workspace: Path,
    workers: Workers,
    *,
    seeds: Sequence[int],
    listen: Callable[[int, Evidence], None] = lambda _done, _evidence: None,
) -> list[Evidence]:
    """Evidence of the solution notebook, one run a seed, in the order of the seeds."""
    assignment = folder.assignment(hidden=True)
    wanted = assignment.wanted()
    shelf = Shelf(data_source=workers.data_source)
    solution = folder.solution_notebook()
    notebook = nbformat.writes(solution, version=4).encode()
    tests = planned(assignment, solution, solution)
    prune(workspace / "reference" / assignment.name / SHARED)

    def one(seed: int) -> Evidence:
        spec = run_spec(assignment, workers.data_source, seed)
        key = job_key(notebook, spec, around(workers, tests))
        job = JobFolder(path=workspace / "reference" / assignment.name / key)
        return stored_evidence(job, wanted) or observe(notebook, spec, wanted, job, workers, shelf, tests=tests)

    found: dict[int, Evidence] = {}
    for seed, evidence in run_all(seeds, one, at_once=workers.under_way, cancel=workers.cancel):
        if evidence.status is Status.MACHINE_ERROR:
            raise MachineError(f"the reference could not be run: {evidence.reason}", where=str(folder.solution))
        found[seed] = evidence
        listen(len(found), evidence)
    return [found[seed] for seed in seeds]
