"""Throughput against peers and against bounds, growth, and where the time goes: ratios, measured in one run.

    make bench            everything; takes most of an hour, the first time longer for the peers' environments
    make bench-quick      the same with tiny classes, in a few minutes

Writes docs/benchmarks.md and its plots.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import contenders, page  # noqa: E402
from benchmarks.classroom import FULL, SMALL, classroom  # noqa: E402
from benchmarks.contenders import Result  # noqa: E402
from benchmarks.growth import growth  # noqa: E402
from benchmarks.measured import Cost  # noqa: E402
from benchmarks.stages import stages  # noqa: E402
from grader import datasets  # noqa: E402

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def little_training(folder: Path, count: int) -> list[Result]:
    """(a) Notebooks that mostly start, load and evaluate."""
    students = classroom(SMALL, count=count, distinct=4)
    side = min(4, CORES)
    return [
        _say(contenders.grader(students, SMALL, folder, jobs=CORES)),
        _say(contenders.nbgrader(students, SMALL, folder, trees=1)),
        _say(contenders.otter(students, SMALL, folder, jobs=max(1, side - 1))),
        _say(contenders.grader(students, SMALL, folder / "without", jobs=CORES, train_once=False)),
        _say(contenders.nbgrader(students, SMALL, folder, trees=side)),
        _say(contenders.otter(students, SMALL, folder, jobs=side)),
        _say(contenders.scripts(students, folder, jobs=side)),
        _say(contenders.floor(students, folder, distinct=False)),
    ]


def prescribed_network(folder: Path, count: int, distinct: int, sample: int) -> list[Result]:
    """(b) A class that mostly trains the prescribed network; the peers on a sample of it, scaled to the class."""
    students = classroom(FULL, count=count, distinct=distinct)
    side = min(4, CORES)
    # A whole number of notebooks for each process: half a round at the end would be scaled with the rest.
    sample = -(-sample // side) * side
    some = students[:sample]
    return [
        _say(contenders.grader(students, FULL, folder, jobs=CORES)),
        *(
            _say(
                _scaled(
                    contenders.nbgrader(some, FULL, folder, trees=trees),
                    count,
                    sample,
                    once=contenders.nbgrader_start(folder / "start", trees=trees),
                )
            )
            for trees in (1, side)
        ),
        _say(_scaled(contenders.otter(some, FULL, folder, jobs=side), count, sample)),
        _say(contenders.floor(students, folder, distinct=True)),
    ]


def _scaled(result: Result, count: int, sample: int, *, once: Cost | None = None) -> Result:
    if sample >= count:
        return result
    note = f"{result.note}; measured on {sample} of {count}, scaled"
    return Result(name=result.name, cost=result.cost.times(count / sample, once=once), scores=result.scores, note=note)


def fastest(rounds: Sequence[Sequence[Result]]) -> list[Result]:
    """Of each contender its fastest round: on a shared machine noise only ever adds."""
    return [min(tries, key=lambda result: result.cost.wall) for tries in zip(*rounds, strict=True)]


def _say(result: Result) -> Result:
    cost = result.cost
    print(
        f"{result.name:24} {cost.wall:8.1f} s wall {cost.cpu:8.1f} s CPU {cost.memory / 2**30:6.2f} GiB  {result.note}",
        flush=True,
    )
    return result


def main() -> None:
    """Runs everything and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny classes; nothing is written but to --output")
    parser.add_argument("--output", type=Path, default=ROOT / "docs", help="folder of benchmarks.md")
    parser.add_argument("--rounds", type=int, default=1, help="of (a), contenders in turn; the fastest of each counts")
    asked = parser.parse_args()
    if datasets.available(("mnist",)) != "keras":
        sys.exit("The peers know no stand-ins: put mnist.npz into Keras' cache first (`grader data fetch mnist`).")
    little, many, distinct, sample = (4, 8, 3, 2) if asked.quick else (24, 200, 12, 6)
    sizes = (10, 100) if asked.quick else (10, 100, 1_000, 10_000)
    with tempfile.TemporaryDirectory(prefix="grader-bench-") as scratch:
        folder = Path(scratch)
        a = fastest([little_training(folder / f"a{n}", little) for n in range(asked.rounds)])
        d = stages(classroom(SMALL, count=8, distinct=2), SMALL, folder / "d")
        b = prescribed_network(folder / "b", many, distinct, sample)
        c = growth(folder / "c", sizes)
    text = page.write(asked.output, a=a, b=b, c=c, d=d, sizes=(little, many, distinct), save=not asked.quick)
    print(text)


if __name__ == "__main__":
    main()
