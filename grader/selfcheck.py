"""`check("network")` in the student's own notebook: the same recorder, checks and report, on the live namespace.

Public checks only, and only what the student may see. The recorder starts when this module is imported, so `from grader
import check` belongs at the top of the notebook; a model that was there before is told about.
"""

from __future__ import annotations

import atexit
import inspect
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.assignment import Assignment
from grader.course import AssignmentFolder
from grader.datasets import Source
from grader.errors import GraderError, NotCalibrated, UsageError
from grader.evidence import CellRun, Evidence, Measurement, encode, last_snapshots
from grader.execute.job import Ended, How
from grader.execute.model_files import model_files
from grader.held_out import Shelf
from grader.inside.examine import examine
from grader.inside.probe import Recorder, install
from grader.job_folder import JobFolder
from grader.judge import for_student, judge
from grader.render import Work, renderer
from grader.report import Report, SubmissionId
from grader.workers import choose_data_source, run_spec


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What `check` returns; a notebook shows it as a table, a terminal as text."""

    report: Report
    """Public findings of the exercises that were asked for."""

    def _repr_html_(self) -> str:
        from grader.render.answer import answer

        return answer(self.report)

    def __repr__(self) -> str:
        return renderer("terminal").one(self.report, Work())


class Session:
    """Records one live kernel. There is one for each process, made at import."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="grader-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        shell = _shell()
        self.late = _models_in(shell.user_ns) if shell is not None else ()
        self.recorder: Recorder = install(str(self.folder), {"seed": None})
        self.cell = 0
        if shell is not None:
            shell.events.register("pre_run_cell", self._before)
            shell.events.register("post_run_cell", self._after)

    def _before(self, _info: object) -> None:
        self.cell += 1
        self.recorder.cell_started(self.cell)

    def _after(self, _result: object) -> None:
        self.recorder.cell_ended(self.cell)

    def evidence(self, assignment: Assignment, data_source: Source, namespace: Mapping[str, Any]) -> Evidence:
        """Evidence of everything since the import, with the models rebuilt and measured now."""
        spec = run_spec(assignment, data_source, assignment.seed)
        asked = _plain(spec)
        self.recorder.namespace = lambda: namespace
        self.recorder.ask(asked["variables"], asked["functions"])
        self.recorder.cell_ended(self.cell)
        job = JobFolder(path=self.folder)
        ended = Ended(how=How.COMPLETED, sandbox="live", environment=_environment())
        evidence = job.read(ended, seed=0, data_source=data_source)
        evidence = replace(evidence, cells=tuple(CellRun(index=n) for n in range(1, self.cell + 1)))
        return self._examined(evidence, job, assignment, data_source)

    def _examined(self, evidence: Evidence, job: JobFolder, assignment: Assignment, data_source: Source) -> Evidence:
        import numpy as np

        shelf = Shelf(data_source=data_source)
        trials = shelf.trials(evidence, assignment.wanted().models)
        with tempfile.TemporaryDirectory(prefix="grader-") as scratch:
            desk = Path(scratch)
            for kind in ("models", "inputs"):
                (desk / kind).mkdir()
            newest = [m.snapshot for m in last_snapshots(evidence.models)]
            for name in model_files(self.folder, {*newest, *(t.snapshot for t in trials)}):
                shutil.copy(self.folder / name, desk / "models")
            for trial in trials:
                np.save(desk / "inputs" / f"{trial.key}.npy", shelf.inputs(trial))
            examine(desk, self._keep)
        found: list[Measurement] = []
        for trial in trials:
            predictions = job.predictions(trial.snapshot, trial.held_out.name)
            if predictions is not None:
                found.extend(shelf.measurements(trial, predictions))
        return replace(evidence, examined=job.examined(), measurements=tuple(found))

    def _keep(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def check(exercise: str | None = None, *, assignment: str | Path | None = None) -> Answer | None:
    """Answers with the public checks of one exercise, or of all of them.

    Args:
        exercise: Name of the exercise, or None for all.
        assignment: The assignment's public folder. Default: the notebook's own folder, `assignments/<name>` below or above it.

    Returns:
        The answer, which a notebook displays; None after saying in words what is in the way.
    """
    frame = inspect.currentframe()
    caller = frame.f_back.f_globals if frame is not None and frame.f_back is not None else {}
    try:
        return _answer(exercise, assignment, caller)
    except GraderError as error:
        print(f"Grader: {error}")  # noqa: T201 a student's notebook is the place to say it
        return None


def _answer(exercise: str | None, place: str | Path | None, caller: Mapping[str, Any]) -> Answer:
    folder = find_folder(place, caller)
    assignment = folder.assignment(hidden=False)
    names = [e.name for e in assignment.exercises]
    if exercise is not None and exercise not in names:
        raise UsageError(f"no exercise {exercise!r}", where=assignment.name, remedy=f"one of {', '.join(names)}")
    asked = replace(assignment, exercises=tuple(e for e in assignment.exercises if exercise in {None, e.name}))
    source = choose_data_source(assignment, None)
    try:
        expectations = folder.expectations(source, hidden=False)
    except NotCalibrated as error:
        raise NotCalibrated(
            f"this assignment has no expectations for {source} data", where=error.where, remedy="tell your instructor"
        ) from error
    shell = _shell()
    evidence = SESSION.evidence(assignment, source, shell.user_ns if shell is not None else caller)
    name = SubmissionId(student="you", file="", sha256="")
    report = for_student(judge(asked, evidence, expectations, submission=name))
    return Answer(report=replace(report, title=assignment.title, notes=(*_notes(), *report.notes)))


def find_folder(place: str | Path | None, caller: Mapping[str, Any]) -> AssignmentFolder:
    """The public folder of the assignment that this notebook belongs to.

    Raises:
        UsageError: it can't be told; says how to name it.
    """
    start = Path(place) if place is not None else Path(str(caller.get("__vsc_ipynb_file__", "."))).resolve()
    start = start if start.is_dir() else start.parent
    for folder in (start, *start.resolve().parents[:3]):
        if (folder / "assignment.py").is_file():
            return AssignmentFolder(name=folder.resolve().name, public=folder, private=None)
    below = sorted(start.glob("assignments/*/assignment.py")) + sorted(start.glob("*/assignment.py"))
    if len(below) == 1:
        return AssignmentFolder(name=below[0].parent.name, public=below[0].parent, private=None)
    raise UsageError(
        "which assignment is this?" if below else "the assignment's files are not here",
        where=str(start),
        remedy="run the notebook in the folder that it came in, or name that folder: check(..., assignment='FOLDER')",
    )


def _notes() -> tuple[str, ...]:
    notes = []
    if SESSION.late:
        notes.append(
            f"{', '.join(SESSION.late)} existed before Grader was imported, so its training was not seen: "
            "move `from grader import check` to the top and run the notebook again."
        )
    return tuple(notes)


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _models_in(namespace: Mapping[str, Any]) -> tuple[str, ...]:
    keras = sys.modules.get("keras")
    if keras is None or not hasattr(keras, "Model"):
        return ()
    return tuple(n for n, v in namespace.items() if isinstance(v, keras.Model) and not n.startswith("_"))


def _plain(spec: object) -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.json.decode(encode(spec))
    return plain


def _environment() -> dict[str, str]:
    import platform

    from grader.workers import versions

    return {"python": platform.python_version(), **versions()}


SESSION = Session()
