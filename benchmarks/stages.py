"""Where the time of one submission goes, from the inside of one grader process."""

from __future__ import annotations

import contextlib
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.classroom import Recipe, Student
from benchmarks.contenders import _grader_course, _submissions
from grader.course import Course
from grader.execute.keeper import Slots
from grader.execute.sandbox import named_sandbox
from grader.execute.worker import Worker
from grader.pipeline import Grading
from grader.submission import collect
from grader.workers import Workers


def stages(students: tuple[Student, ...], recipe: Recipe, folder: Path) -> list[tuple[str, float]]:
    """Median seconds of each stage over a class, one notebook at a time, warm; what happens once is marked so."""
    course = folder / "stages"
    submissions = _submissions(students, course / "handed_in")
    _grader_course(recipe, course, students[1])
    spent: dict[str, list[float]] = defaultdict(list)
    with _timed(Worker, "__init__", spent), _timed(Slots, "run", spent), _timed(Slots, "examine", spent):
        workers = Workers(
            sandbox=named_sandbox("any"),
            at_once=1,
            data_source="keras",
            datasets=("mnist",),
            trainings=course / "trainings",
            examinations=course / "examinations",
        )
        with workers:
            grading = Grading(
                folder=Course(root=course).folder("bench"), workspace=course / "work", workers=workers, hidden=True
            )
            before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
            for graded in grading.grade(collect([submissions])):
                spent["whole"].append(time.perf_counter() - begun)
                begun = time.perf_counter()
                assert graded.job is not None
                evidence = graded.job.load()
                spent["cells"].append(sum(cell.seconds for cell in evidence.cells))
                spent["trained"].append(sum(fit.trained == "stored" for fit in evidence.fits))
            after = resource.getrusage(resource.RUSAGE_SELF)
    own = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(students)
    warm = range(3, len(students))
    cells = statistics.median(spent["cells"][n] for n in warm)
    run = statistics.median(spent["run"][n] for n in warm)
    whole = statistics.median(spent["whole"][n] for n in warm)
    return [
        ("start of a warm slot (once for each slot)", statistics.median(spent["__init__"])),
        ("a notebook, whole, warm", whole),
        ("- its cells, trainings answered from the store", cells),
        ("- fork, connect, collect, settle, reset", run - cells),
        ("- examine where needed, measure, judge", max(0.0, whole - run)),
        ("examination of a network seen for the first time", statistics.median(spent["examine"] or [0.0])),
        ("CPU of Grader's own process, for each notebook", own),
    ]


@contextlib.contextmanager
def _timed(kind: type, name: str, spent: dict[str, list[float]]) -> Iterator[None]:
    original = getattr(kind, name)

    def timed(*args: Any, **kwargs: Any) -> Any:
        begun = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            spent[name].append(time.perf_counter() - begun)

    setattr(kind, name, timed)
    try:
        yield
    finally:
        setattr(kind, name, original)
