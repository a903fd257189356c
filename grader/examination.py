"""Rebuilds and measures the models of a run, outside student code, and each distinct one once."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3

from grader.checks import choose
from grader.checks.check import HeldOut, ModelQuery
from grader.environment import versions
from grader.evidence import Array, Evidence, Measurement, Status, last_snapshots
from grader.execute.job import How, RunSpec
from grader.held_out import Shelf, Trial
from grader.job_folder import JobFolder, write_atomically
from grader.layer_names import Unnamed, unnamed
from grader.leakage import overlaps
from grader.workers import Workers, inside_digest

MODELS_EXAMINED = 40
"""At most so many models of one notebook are rebuilt; the newest ones."""
COMPLETE = {"layers", "outputs", "parameters", "unpredicted"}
"""What the record of every examined model has."""
DEPENDS_ON = ("class_name", "config", "built", "why_opaque")
"""What an examination reads of a model's record, beside its weights."""


@dataclass(frozen=True, kw_only=True)
class Examinations:
    """Finished examinations by what they were made of: config, weights and held-out inputs.

    Kept on the host, out of every sandbox's reach. Two students with the same network of the same weights, or the same
    student graded again with another notebook around it, cost one examination.
    """

    folder: Path

    def take(self, known_as: Known, job: JobFolder, snapshot: int, names: Sequence[str]) -> bool:
        """Puts a known examination into a job folder. Returns whether it was known."""
        known = self._place(known_as)
        try:
            record = json.loads((known / "examined.json").read_bytes())
            if not record.keys() >= COMPLETE:
                return False
            found = {name: known / f"{name}.npy" for name in names}
            (job.path / "examined").mkdir(exist_ok=True)
            (job.path / "held_out").mkdir(exist_ok=True)
            for name, path in found.items():
                if name not in record["unpredicted"]:
                    # Raises where the file is shorter than its header says.
                    np.load(path, mmap_mode="r")
                    shutil.copyfile(path, job.path / "held_out" / f"{snapshot:04d}-{name}.npy")
            record = known_as.unnamed.named(record) | {"snapshot": snapshot}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError):
            # Damaged: it is examined again.
            return False
        write_atomically(job.path / "examined" / f"{snapshot:04d}.json", json.dumps(record).encode())
        return True

    def keep(self, known_as: Known, job: JobFolder, snapshot: int, names: Sequence[str]) -> None:
        """Stores what an examiner has just answered; nothing where it answered nothing.

        Nor a refusal: that may come from the names alone, which is nobody else's.
        """
        path = job.path / "examined" / f"{snapshot:04d}.json"
        if not path.is_file():
            return
        record = known_as.unnamed.placed(json.loads(path.read_bytes()))
        if "refused" in record:
            return
        known = self._place(known_as)
        for name in names:
            predictions = job.path / "held_out" / f"{snapshot:04d}-{name}.npy"
            if predictions.is_file():
                write_atomically(known / f"{name}.npy", predictions.read_bytes())
        write_atomically(known / "examined.json", json.dumps(record).encode())

    def _place(self, known_as: Known) -> Path:
        return self.folder / known_as.key[:2] / known_as.key


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a model's examination is known by."""

    key: str
    unnamed: Unnamed


def examined(
    evidence: Evidence, models: tuple[ModelQuery, ...], job: JobFolder, workers: Workers, shelf: Shelf, spec: RunSpec
) -> Evidence:
    """The evidence with every asked-for model rebuilt, and measured where its inputs are understood."""
    trials = shelf.trials(evidence, models)
    newest = [m.snapshot for m in last_snapshots(evidence.models)][-MODELS_EXAMINED:]
    asked = [chosen.model.snapshot for query in models if (chosen := choose(evidence, query)) is not None]
    snapshots = sorted({*newest, *asked, *(t.snapshot for t in trials)})
    if not snapshots:
        return evidence
    inputs = {trial.key: shelf.inputs(trial) for trial in trials}
    failure, files = _examine(snapshots, trials, inputs, job, workers, spec)
    if failure:
        return replace(evidence, status=Status.MACHINE_ERROR, reason=f"The examination ended: {failure}")
    measurements: list[Measurement] = []
    for trial in trials:
        predictions = job.predictions(trial.snapshot, trial.held_out.name)
        if predictions is not None:
            measurements.extend(shelf.measurements(trial, predictions))
    found = replace(
        evidence,
        examined=job.examined(),
        measurements=tuple(measurements),
        overlaps=overlaps(evidence, models, shelf, trials, inputs),
    )
    return job.if_whole(found, files)


def _examine(
    snapshots: Sequence[int],
    trials: Sequence[Trial],
    inputs: Mapping[str, Array],
    job: JobFolder,
    workers: Workers,
    spec: RunSpec,
) -> tuple[str, Collection[str]]:
    """Has the examiner do what is not known yet. Returns why it could not, and the files that are there now."""
    store = Examinations(folder=workers.examinations) if workers.examinations is not None else None
    names = {s: [t.held_out.name for t in trials if t.snapshot == s] for s in snapshots}
    digests = {key: _array_digest(array) for key, array in inputs.items()}
    keys = {s: _key(job, s, {n: digests[f"{s:04d}-{n}"] for n in names[s]}) for s in snapshots}
    left = [s for s in snapshots if store is None or not store.take(keys[s], job, s, names[s])]
    files = [f"examined/{s:04d}.json" for s in snapshots if s not in left]
    if not left:
        return "", files
    wanted = {key: array for key, array in inputs.items() if int(key.partition("-")[0]) in left}
    ended = workers.trusted.examine(job.path, left, wanted, limits=spec.limits, cancel=workers.cancel)
    if ended.how is not How.COMPLETED:
        return ended.reason, files
    for snapshot in left:
        if store is not None:
            # A full disk must not cost what was found: the store only saves time.
            with contextlib.suppress(OSError):
                store.keep(keys[snapshot], job, snapshot, names[snapshot])
    return "", [*files, *ended.received]


def _key(job: JobFolder, snapshot: int, inputs: Mapping[str, str]) -> Known:
    record: Mapping[str, Any] = {}
    weights = b""
    without = Unnamed(config=None)
    try:
        record = json.loads((job.path / "models" / f"{snapshot:04d}.json").read_bytes())
        weights = (job.path / "models" / Path(str(record.get("weights") or "-")).name).read_bytes()
    except (OSError, ValueError, RecursionError):
        record = {}
    read = {name: record.get(name) for name in DEPENDS_ON}
    if "config" in record:
        without = unnamed(record["config"])
        read["config"] = without.config
    parts = (json.dumps([read, sorted(inputs.items()), sorted(versions().items())]), inside_digest())
    return Known(key=blake3("\n".join(parts).encode()).update(weights).hexdigest(16), unnamed=without)


def _array_digest(array: Array) -> str:
    data = np.ascontiguousarray(array)
    head = f"{data.dtype.str}{data.shape}".encode()
    return blake3(head).update(data.reshape(-1).view(np.uint8).data).hexdigest(16)


def examination_key(models: tuple[ModelQuery, ...]) -> str:
    """Names what is examined: the queries, and the code of their held-out sets' own loaders."""
    told = [repr(replace(query, held_out=None)) + _held_out(query.held_out) for query in models]
    return blake3("\n".join(told).encode()).hexdigest(16)


def _held_out(held_out: HeldOut | None) -> str:
    if held_out is None or held_out.load is None:
        return repr(held_out)
    # A function's repr holds its address, which is another one in every process.
    code = getattr(held_out.load, "__code__", None)
    body = (code.co_code, repr([c for c in code.co_consts if not hasattr(c, "co_code")])) if code else held_out.load
    return repr(replace(held_out, load=None)) + repr(body)
