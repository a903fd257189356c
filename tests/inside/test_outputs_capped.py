"""The budget of a cell's outputs."""

from __future__ import annotations

import time

from grader.inside.outputs import CappedOutputs


def _stream(text: str, name: str = "stdout") -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": text}


def test_the_budget_holds_over_streams_and_displays() -> None:
    collected = CappedOutputs(1000)
    collected.add(_stream("a" * 600))
    collected.add({"output_type": "display_data", "data": {"text/plain": "b" * 100}, "metadata": {}})
    collected.add(_stream("c" * 600))
    kept = collected.finish()
    assert [output["output_type"] for output in kept] == ["stream", "display_data", "stream"]
    assert 0 < len(kept[2]["text"]) < 400
    assert collected.cut_bytes == 600 - len(kept[2]["text"])


def test_a_progress_bar_makes_room_for_itself() -> None:
    collected = CappedOutputs(1000)
    for step in range(500):
        collected.add(_stream(f"\rstep {step}"))
    assert collected.finish()[0]["text"] == "step 499"
    assert collected.cut_bytes == 0


def test_clearing_gives_the_budget_back() -> None:
    collected = CappedOutputs(100)
    for _ in range(3):
        collected.add(_stream("x" * 100))
        collected.clear()
    collected.add(_stream("y" * 100))
    assert collected.finish()[0]["text"] == "y" * 100
    assert collected.cut_bytes == 0


def test_many_small_outputs_take_no_square_of_time() -> None:
    collected = CappedOutputs(1 << 30)
    begun = time.process_time()
    for number in range(20_000):
        collected.add({"output_type": "display_data", "data": {"text/plain": str(number)}, "metadata": {}})
    assert len(collected.finish()) == 20_000
    assert time.process_time() - begun < 2
