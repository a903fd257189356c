"""docs/benchmarks.md and its plots, from one run's results."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.contenders import Result
from benchmarks.growth import Step

HEAD = """# Benchmarks

Written by `make bench` (`benchmarks/`), in one run on one machine: {machine}. Seconds of another machine differ; the
ratios are what counts, and on a busy machine they wander by some ten per cent. CPU time counts every process that was
started. Memory is the highest sum of proportional set sizes. Each contender runs in its own environment with the same
TensorFlow, on its own best settings; Grader starts with an empty workspace.
"""


def write(
    folder: Path,
    *,
    a: Sequence[Result],
    b: Sequence[Result],
    c: Sequence[Step],
    d: Sequence[tuple[str, float]],
    sizes: tuple[int, int, int],
    save: bool,
) -> str:
    """The page's text; with `save`, also its file and plots."""
    little, many, distinct = sizes
    text = "\n".join(
        [
            HEAD.format(machine=_machine()),
            f"## (a) A class of {little} with little training\n",
            (
                "Load MNIST, a 512-10 network, one epoch on 6,000 rows, evaluate; three of four train what is asked for, four "
                "different trainings in all. Every grader asks for the parameter count, the layers and the test accuracy.\n"
            ),
            _table(a),
            "![Wall time by contender](benchmarks-little.svg)\n",
            _marks(a),
            f"\n## (b) A class of {many} that mostly trains the prescribed network\n",
            f"The same network on all 60,000 rows for 5 epochs, {distinct} different trainings among {many} notebooks.\n",
            _table(b),
            "![Wall time by contender](benchmarks-many.svg)\n",
            "\n## (c) Growth with stored evidence\n",
            _growth(c),
            "![Seconds for each submission](benchmarks-growth.svg)\n",
            "\n## (d) Where the time of one submission goes\n",
            "| stage | seconds |\n|---|---|",
            *(f"| {name} | {seconds:.2f} |" for name, seconds in d),
            "",
        ]
    )
    if save:
        (folder / "benchmarks.md").write_text(text)
        _bars(a, folder / "benchmarks-little.svg")
        _bars(b, folder / "benchmarks-many.svg")
        _lines(c, folder / "benchmarks-growth.svg")
    return text


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{platform.system()}, {cores} cores, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"TensorFlow {version('tensorflow')}, Keras {version('keras')}"
    )


def _table(results: Sequence[Result]) -> str:
    ours = results[0].cost
    lines = [
        "| | settings | wall s | CPU s | peak GiB | wall, Grader = 1 | CPU, Grader = 1 |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in results:
        cost = r.cost
        lines.append(
            f"| {r.name} | {r.note} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.memory / 2**30:.1f} "
            f"| {cost.wall / ours.wall:.2f} | {cost.cpu / ours.cpu:.2f} |"
        )
    return "\n".join(lines) + "\n"


def _marks(results: Sequence[Result]) -> str:
    """Scores side by side; a student on a line of their own where two graders disagree on full marks."""
    graded = [r for r in results if r.scores]
    full = {r.name + ", " + r.note: {s for s, score in r.scores.items() if score == 1} for r in graded}
    first = next(iter(full.values()))
    lines = [f"- {name}: full marks for {len(students)} of {len(graded[0].scores)}" for name, students in full.items()]
    odd = sorted({s for students in full.values() for s in students ^ first})
    lines.append(f"- They disagree on {', '.join(odd)}." if odd else "- All give full marks to the same students.")
    return "Marks:\n\n" + "\n".join(lines) + "\n"


def _growth(steps: Sequence[Step]) -> str:
    lines = [
        "| submissions | grade: s | each, ms | host process, MiB | regrade: s | each, ms | host process, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for step in steps:
        g, r, n = step.grade, step.regrade, step.submissions
        lines.append(
            f"| {n:,} | {g.wall:.1f} | {1000 * g.wall / n:.1f} | {g.own / 2**20:.0f} "
            f"| {r.wall:.1f} | {1000 * r.wall / n:.1f} | {r.own / 2**20:.0f} |"
        )
    return "\n".join(lines) + "\n"


def _bars(results: Sequence[Result], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "grader"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 0.45 * len(results) + 1), layout="constrained")
    names = [f"{r.name} ({r.note.split(';')[0]})" for r in results]
    axes.barh(names, [r.cost.wall for r in results], color=["#2a6f97"] + ["#a9b4c2"] * (len(results) - 1))
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("wall time, seconds (log)")
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _lines(steps: Sequence[Step], file: Path) -> None:
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    counts = [step.submissions for step in steps]
    for name, costs in (("grade", [s.grade for s in steps]), ("regrade", [s.regrade for s in steps])):
        left.plot(counts, [1000 * cost.wall / n for cost, n in zip(costs, counts, strict=True)], marker="o", label=name)
        right.plot(counts, [cost.own / 2**20 for cost in costs], marker="o", label=name)
    left.set_ylabel("milliseconds for each submission")
    right.set_ylabel("memory of the host process, MiB")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel("submissions")
        axes.legend()
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
