"""The parts of the benchmark that are logic: a wrong ratio looks like any other."""

import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def test_no_two_notebooks_are_alike_and_the_trainings_are_as_many_as_asked() -> None:
    from benchmarks.classroom import FULL, classroom

    students = classroom(FULL, count=200, distinct=12)
    assert len({student.cells for student in students}) == 200
    assert len({student.units for student in students}) == 12
    assert sum(student.right for student in students) == 150
    for student in students:
        compile("\n".join(student.cells), student.name, "exec")
        assert f"layers.Dense({student.units}, " in student.cells[1]


def test_the_floor_of_distinct_trainings_does_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import contenders
    from benchmarks.classroom import FULL, classroom
    from benchmarks.measured import Cost

    monkeypatch.setattr(contenders, "measured", lambda *_, **__: Cost(wall=1, cpu=1, memory=1))
    result = contenders.floor(classroom(FULL, count=200, distinct=12), tmp_path, distinct=True)
    assert (tmp_path / "floor-True" / "all.py").read_text().count("model.fit(") == 12
    assert "12 distinct" in result.note


def test_scaling_leaves_out_what_happens_once() -> None:
    from benchmarks.measured import Cost

    sample, once = Cost(wall=28, cpu=40, memory=7), Cost(wall=8, cpu=10, memory=1)
    assert sample.times(10) == Cost(wall=280, cpu=400, memory=7)
    assert sample.times(10, once=once) == Cost(wall=208, cpu=310, memory=7)


def test_a_scaled_result_says_on_how_many_it_was_measured() -> None:
    from benchmarks.contenders import Result
    from benchmarks.measured import Cost
    from benchmarks.run import _scaled

    result = Result(name="x", cost=Cost(wall=6, cpu=6, memory=1), note="4 at a time")
    scaled = _scaled(result, 200, 8)
    assert scaled.cost.wall == 150
    assert scaled.note == "4 at a time; measured on 8 of 200, scaled"
    assert _scaled(result, 8, 8) == result


def test_measured_counts_grandchildren_and_tells_the_own_process_apart(tmp_path: Path) -> None:
    from benchmarks.measured import Failed, measured

    burn = "import time\nx = bytearray(150_000_000)\nt = time.process_time()\nwhile time.process_time() < t + 0.8: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}], check=True)"
    cost = measured([sys.executable, "-c", parent], cwd=tmp_path)
    assert 0.8 <= cost.cpu < 8
    assert cost.wall >= 0.8
    assert cost.memory > 150_000_000 > cost.own > 0
    with pytest.raises(Failed, match="said so"):
        measured([sys.executable, "-c", "raise SystemExit('said so')"], cwd=tmp_path)


def test_phases_of_a_run_add_up() -> None:
    from benchmarks.stages import phases

    events = [
        ("cell_start", 1.0),
        ("cell_end", 2.0),
        ("cell_start", 2.0),
        ("cell_end", 4.5),
        ("end", 5.0),
        ("reset", 5.2),
    ]
    assert phases(0.5, events, 5.5) == {"start": 0.5, "cells": 3.5, "collect": 0.5, "reset": 0.5}
    waited = [("started", 0.75), *events]
    assert phases(0.5, waited, 5.5)["start"] == 0.25, "waiting for a slot is no part of it"
    assert sum(phases(0.0, [("cell_start", 1.0)], 3.0).values()) == 3.0
    assert sum(phases(0.0, [], 3.0).values()) == 3.0


def test_stages_leave_out_the_first_notebooks() -> None:
    from benchmarks.stages import table

    rows = dict(table({"whole": [9, 9, 9, 2.0], "cells": [5, 5, 5, 1.0], "judge": [0.5] * 4}, own=0.1))
    assert rows["a notebook, whole, warm"] == 2.0
    assert rows["- judging"] == 0.5
    assert rows["- doctor, reading and storing"] == 0.5


def test_the_page_shows_ratios_and_who_disagrees(tmp_path: Path) -> None:
    from benchmarks import page
    from benchmarks.contenders import Result
    from benchmarks.growth import Step
    from benchmarks.measured import Cost

    cost = Cost(wall=10, cpu=20, memory=2**30, own=2**26)
    ours = Result(name="Grader", cost=cost, scores={"ada": 1.0, "bob": 0.5}, note="4 at once")
    peer = Result(name="peer", cost=cost.times(10), scores={"ada": 1.0, "bob": 1.0}, note="serial")
    step = Step(submissions=100, grade=cost, regrade=cost)
    text = page.write(tmp_path, a=[ours, peer], b=[ours, peer], c=[step], d=[("x", 1.5)], sizes=(2, 2, 1), save=True)
    assert "| peer | serial | 100.0 | 200.0 | 1.0 | 10.00 | 10.00 |" in text
    assert "disagree on bob" in text
    assert "| 100 | 10.0 | 100.0 | 64 " in text
    assert (tmp_path / "benchmarks.md").read_text() == text
    assert {file.name for file in tmp_path.glob("*.svg")} == {
        "benchmarks-little.svg",
        "benchmarks-many.svg",
        "benchmarks-growth.svg",
    }


def test_the_clock_of_a_stage_is_put_back() -> None:
    from collections import defaultdict

    from benchmarks.stages import _timed

    class Thing:
        def work(self) -> int:
            time.sleep(0.01)
            return 3

    original, spent = Thing.work, defaultdict(list)
    with _timed(Thing, "work", spent):
        assert Thing().work() == 3
    assert Thing.work is original
    assert spent["work"][0] >= 0.01


def test_of_several_rounds_each_contender_has_its_fastest() -> None:
    from benchmarks.contenders import Result
    from benchmarks.measured import Cost
    from benchmarks.run import fastest

    def result(name: str, wall: float) -> Result:
        return Result(name=name, cost=Cost(wall=wall, cpu=1, memory=1))

    rounds = [[result("a", 3), result("b", 5)], [result("a", 4), result("b", 2)]]
    assert [(r.name, r.cost.wall) for r in fastest(rounds)] == [("a", 3), ("b", 2)]
