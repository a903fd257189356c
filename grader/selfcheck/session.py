"""Records one live kernel, and makes evidence of what stands in it."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from grader.assignment import Assignment
from grader.datasets import Source
from grader.environment import here
from grader.errors import DataUnavailable, MachineError
from grader.evidence import CellRun, CodeTestRun, Evidence, Measurement, Notice, last_snapshots
from grader.execute.job import Ended, How
from grader.execute.model_files import model_files
from grader.held_out import Shelf, Trial
from grader.inside.arrival import when_imported
from grader.inside.code_tests import run_live
from grader.job_folder import JobFolder
from grader.records import decode, encode
from grader.run_spec import run_spec
from grader.selfcheck.reruns import Run, outdated

if TYPE_CHECKING:
    from grader.inside.probe import Recorder

LONG = {"evidence_bytes": 4 << 30, "evidence_files": 20_000}
"""A day's work in one kernel records more than one run from top to bottom."""


@dataclass
class Session:
    """One live kernel from the import on."""

    shell: Any
    """IPython's shell; None in plain Python."""
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="grader-")))
    """Records, and unpacked kits; gone when the kernel ends."""
    recorder: Recorder | None = None
    """None until Keras is there."""
    fault: str = ""
    """Why nothing is recorded, if so."""
    cell: int = 0
    runs: list[Run] = field(default_factory=list)
    named: str | Path | None = None
    """The assignment that the student named last."""
    _late: dict[str, weakref.ref[Any]] = field(default_factory=dict)
    _shelves: dict[str, Shelf] = field(default_factory=dict)

    @property
    def records(self) -> Path:
        """The job folder."""
        return self.folder / "records"

    def start(self) -> None:
        """Records from now on; models that Keras has made before are noted as seen too late."""
        atexit.register(_remove, self.folder, os.getpid())
        if self.shell is not None:
            self.cell = len(self._inputs()) - 1
            self.runs.append(Run(number=self.cell, source=str(self._inputs()[-1])))
            self.shell.events.register("pre_run_cell", self._before)
            self.shell.events.register("post_run_cell", self._after)
        keras = sys.modules.get("keras")
        for name, value in self._names().items() if keras is not None and hasattr(keras, "Model") else ():
            if isinstance(value, keras.Model) and not name.startswith("_"):  # type: ignore[union-attr]
                self._late[name] = weakref.ref(value)
        when_imported("keras", self._record)

    def _record(self) -> None:
        """Begins to record; a fault is kept for the first check, since this runs inside an import of the student's."""
        try:
            from grader.inside.probe import install

            # What Keras runs on may come from its own file of settings; in this process it is settled now.
            os.environ["KERAS_BACKEND"] = sys.modules["keras"].config.backend()
            self.recorder = install(str(self.records), {"seed": None, "limits": LONG})
            self.recorder.namespace = self._names
            self.recorder.cell = self.cell
        except Exception as error:  # noqa: BLE001
            self.fault = f"{type(error).__name__}: {error}"

    def _names(self) -> Mapping[str, Any]:
        if self.shell is not None:
            found: Mapping[str, Any] = self.shell.user_ns
            return found
        return vars(sys.modules["__main__"])

    def _inputs(self) -> Sequence[str]:
        """What was run, by number. IPython's own count goes up before a cell or after it, by its version."""
        inputs: Sequence[str] = self.shell.user_ns.get("In", [""])
        return inputs

    def _before(self, info: Any) -> None:
        run = Run(
            number=max(self.cell, len(self._inputs())),
            source=str(getattr(info, "raw_cell", "") or ""),
            cell_id=getattr(info, "cell_id", None),
        )
        gone = outdated(self.runs, run)
        self.runs = [r for r in self.runs if r.number not in gone] + [run]
        self.cell = run.number
        if self.recorder is not None:
            if gone:
                # What was looked at in self-checks since then may be of these runs, and can be looked at again.
                self.recorder.take_back(gone | {r.number for r in self.runs if r.only_asks})
            self.recorder.cell_started(self.cell)

    def _after(self, _result: object) -> None:
        if self.recorder is not None:
            self.recorder.cell_ended(self.cell, call=False)

    def evidence(self, assignment: Assignment, data_source: Source, namespace: Mapping[str, Any]) -> Evidence:
        """Evidence of everything since the import that still holds, with the models rebuilt and measured now.

        Raises:
            MachineError: recording could not begin.
        """
        import keras  # noqa: F401 where a notebook has not imported it yet, its functions are looked at all the same

        if self.recorder is None and not self.fault:
            self._record()
        if self.recorder is None:
            raise MachineError(
                f"the self-check can't look into this Keras: {self.fault}",
                remedy="pip install -U grader keras, and restart",
            )
        asked = msgspec.json.decode(encode(run_spec(assignment, data_source, assignment.seed)))
        self.recorder.namespace = lambda: namespace
        self.recorder.ask(asked["variables"], asked["functions"])
        self.recorder.cell_ended(self.cell)
        job = JobFolder(path=self.records)
        ended = Ended(how=How.COMPLETED, sandbox="live", environment=here())
        evidence = job.read(ended, seed=0, data_source=data_source)
        numbers = sorted({run.number for run in self.runs} | {self.cell})
        evidence = replace(evidence, cells=tuple(CellRun(index=n) for n in numbers), tests=self._tested(assignment))
        if self.shell is None:
            self.cell += 1  # what a script does between two checks is one cell
            self.recorder.cell_started(self.cell)
        return self._measured(evidence, job, assignment, data_source)

    def _tested(self, assignment: Assignment) -> tuple[CodeTestRun, ...]:
        """The open tests in code, run on the names as they are now."""
        tests = [test for test, _, hidden in assignment.code_tests() if not hidden]
        if not tests or self.recorder is None:
            return ()
        records = [{"name": test.name, "form": test.form, "source": test.source} for test in tests]
        found = run_live(records, cast("dict[str, Any]", self.recorder.namespace()))
        return tuple(decode(encode({**record, "cell": self.cell}), CodeTestRun) for record in found)

    def _measured(self, evidence: Evidence, job: JobFolder, assignment: Assignment, data_source: Source) -> Evidence:
        shelf = self._shelves.setdefault(data_source, Shelf(data_source=data_source))
        trials: tuple[Trial, ...] = ()
        try:
            trials = shelf.trials(evidence, assignment.wanted().models)
        except DataUnavailable as error:
            said = f"Nothing was measured on held-out data: {error.what}."
            evidence = replace(evidence, notices=(*evidence.notices, Notice(cell=self.cell, text=said)))
        self._examine(evidence, job, shelf, trials)
        found: list[Measurement] = []
        for trial in trials:
            predictions = job.predictions(trial.snapshot, trial.held_out.name)
            if predictions is not None:
                found.extend(shelf.measurements(trial, predictions))
        return replace(evidence, examined=job.examined(), measurements=tuple(found))

    def _examine(self, evidence: Evidence, job: JobFolder, shelf: Shelf, trials: tuple[Trial, ...]) -> None:
        """Rebuilds and tries each snapshot once."""
        import numpy as np

        assert self.recorder is not None
        known = {found.snapshot: found for found in job.examined()}
        wanted = {m.snapshot for m in last_snapshots(evidence.models)} | {t.snapshot for t in trials}
        for trial in trials:
            seen = known.get(trial.snapshot)
            settled = seen is None or bool(seen.refused) or trial.held_out.name in seen.unpredicted
            if not settled and job.predictions(trial.snapshot, trial.held_out.name) is None:
                known.pop(trial.snapshot)
        wanted -= known.keys()
        if not wanted:
            return
        with tempfile.TemporaryDirectory(prefix="grader-", ignore_cleanup_errors=True) as scratch:
            desk = Path(scratch)
            for kind in ("models", "inputs"):
                (desk / kind).mkdir()
            for name in model_files(self.records, wanted):
                shutil.copy(self.records / name, desk / "models")
            for trial in trials:
                if trial.snapshot in wanted:
                    np.save(desk / "inputs" / f"{trial.key}.npy", shelf.inputs(trial))
            from grader.inside.examine import examine

            with self.recorder.aside():
                examine(desk, self._keep, tidy=lambda: None)

    def _keep(self, name: str, data: bytes) -> None:
        path = self.records / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    def too_late(self, evidence: Evidence) -> tuple[str, ...]:
        """Names of models that were trained before the import, and not again since."""
        if self.recorder is None:
            return ()
        names = self._names()
        late = {n: m for n, ref in self._late.items() if (m := ref()) is not None and names.get(n) is m}
        return tuple(
            name
            for name, model in late.items()
            if getattr(model, "history", None) is not None
            and not evidence.fits_of(self.recorder.model_serial(model) or 0)
        )


def _remove(folder: Path, pid: int) -> None:
    if os.getpid() == pid:  # a forked child goes through this as well
        shutil.rmtree(folder, ignore_errors=True)


def live_shell() -> Any:
    """IPython's shell, where this process has one."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


@functools.cache
def live() -> Session:
    """The one session of this process, which begins with the first call."""
    begun = Session(shell=live_shell())
    begun.start()
    return begun
