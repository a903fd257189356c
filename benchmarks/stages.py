"""Where the time of one submission goes, from the inside of one grader process."""

from __future__ import annotations

import contextlib
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.classroom import Recipe, Student
from benchmarks.contenders import _grader_course, _submissions
from grader.course import Course
from grader.execute.keeper import Slots
from grader.execute.sandbox import named_sandbox
from grader.execute.worker import Worker
from grader.pipeline import Grading, observing
from grader.pipeline import grading as grading_module
from grader.render import Work, renderer
from grader.submission import collect
from grader.workers import Workers

Spent = dict[str, list[float]]
Event = tuple[str, float]
WARM_AFTER = 3
"""So many notebooks go first: they start the slots and do the distinct trainings and examinations."""


def stages(students: tuple[Student, ...], recipe: Recipe, folder: Path) -> list[tuple[str, float]]:
    """Median seconds of each stage over a class, one notebook at a time, warm; what happens once is marked so."""
    course = folder / "stages"
    submissions = _submissions(students, course / "handed_in")
    _grader_course(recipe, course, students[1])
    spent: Spent = defaultdict(list)
    watched = [(Worker, "__init__"), (Slots, "examine"), (observing, "examined"), (grading_module, "judge")]
    with contextlib.ExitStack() as stack:
        for owner, name in watched:
            stack.enter_context(_timed(owner, name, spent))
        stack.enter_context(_events(spent))
        workers = stack.enter_context(
            Workers(
                sandbox=named_sandbox("any"),
                at_once=1,
                data_source="keras",
                datasets=("mnist",),
                trainings=course / "trainings",
                examinations=course / "examinations",
            )
        )
        grading = Grading(folder=Course(root=course).folder("bench"), workspace=course / "work", workers=workers)
        before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        for graded in grading.grade(collect([submissions])):
            spent["whole"].append(time.perf_counter() - begun)
            drawn = time.perf_counter()
            renderer("html").one(graded.report, Work(notebook=graded.submission.notebook))
            spent["render"].append(time.perf_counter() - drawn)
            begun = time.perf_counter()
        after = resource.getrusage(resource.RUSAGE_SELF)
    own = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(students)
    return table(spent, own)


def table(spent: Mapping[str, Sequence[float]], own: float) -> list[tuple[str, float]]:
    """What is known of the stages, as rows; `own` is the CPU time of the host's process for each notebook."""

    def warm(name: str) -> float:
        values = spent.get(name, ())
        return statistics.median(values[WARM_AFTER:] or values or [0.0])

    parts = [
        ("fork of runner and kernel, until the first cell starts", warm("start")),
        ("its cells", warm("cells")),
        ("collecting what the notebook left", warm("collect")),
        ("reset of the slot, settling of the job folder", warm("reset")),
        ("examination where needed, measuring", warm("examined")),
        ("judging", warm("judge")),
    ]
    rest = warm("whole") - sum(seconds for _, seconds in parts)
    return [
        ("start of a warm slot (once for each slot)", statistics.median(spent.get("__init__", ()) or [0.0])),
        ("a notebook, whole, warm", warm("whole")),
        *((f"- {name}", seconds) for name, seconds in parts),
        ("- doctor, reading and storing", max(0.0, rest)),
        ("its page of feedback", warm("render")),
        ("examination of a network seen for the first time", statistics.median(spent.get("examine", ()) or [0.0])),
        ("CPU of Grader's own process, for each notebook", own),
    ]


def phases(begun: float, events: Sequence[Event], ended: float) -> dict[str, float]:
    """The four parts of a run: until its first cell, its cells, until its end is told, until the slot is ready again.

    Args:
        begun: when the run was asked for; what it waited for a free slot until its `started` doesn't count.
        events: what the sandbox told (`started`, `cell_start`, `cell_end`, `end`, others) and when, in order.
        ended: when the run was over.
    """
    begun = next((at for name, at in events if name == "started"), begun)
    starts = [at for name, at in events if name == "cell_start"]
    stops = [at for name, at in events if name == "cell_end"]
    told = [at for name, at in events if name == "end"]
    first = starts[0] if starts else ended
    last = stops[-1] if stops else first
    end = told[0] if told else max(last, ended)
    return {"start": first - begun, "cells": last - first, "collect": end - last, "reset": ended - end}


@contextlib.contextmanager
def _events(spent: Spent) -> Iterator[None]:
    original = Slots.run

    def run(*args: Any, listen: Any = None, **kwargs: Any) -> Any:
        events: list[Event] = []

        def told(event: Mapping[str, Any]) -> None:
            events.append((str(event.get("event")), time.perf_counter()))
            if listen is not None:
                listen(event)

        begun = time.perf_counter()
        ended = original(*args, listen=told, **kwargs)
        for name, seconds in phases(begun, events, time.perf_counter()).items():
            spent[name].append(seconds)
        return ended

    Slots.run = run  # type: ignore[method-assign]
    try:
        yield
    finally:
        Slots.run = original  # type: ignore[method-assign]


@contextlib.contextmanager
def _timed(owner: Any, name: str, spent: Spent) -> Iterator[None]:
    original = getattr(owner, name)

    def timed(*args: Any, **kwargs: Any) -> Any:
        begun = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            spent[name].append(time.perf_counter() - begun)

    setattr(owner, name, timed)
    try:
        yield
    finally:
        setattr(owner, name, original)
