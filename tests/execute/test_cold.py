"""Where a process that has imported TensorFlow can't be forked, every notebook starts cold, and answers the same."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from grader import datasets
from grader.assignment import Limits
from grader.execute.job import RunSpec
from grader.execute.keeper import DataMount, Slots
from grader.execute.sandbox import available_sandboxes

LOAD = """
import keras, numpy as np
(x, y), _ = keras.datasets.boston_housing.load_data()
print(x.shape, x.sum())
"""
TRAIN = """
model = keras.Sequential([keras.Input((13,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x / 1000, y, epochs=1, verbose=0)
print(float(model.get_weights()[0].sum()))
"""
SLOT = """
import json, sys
import grader.inside.slot as slot
if not json.loads(sys.argv[1])["cold"]:
    slot.why_not_fork = lambda: "a thread is running"
slot.main()
"""


def test_a_slot_that_can_not_be_forked_starts_again_cold(tmp_path: Path) -> None:
    to_slot, theirs_in = os.pipe()
    theirs_out, from_slot = os.pipe()
    mine, line = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    folder = str(tmp_path)
    settings = {"read_fd": to_slot, "write_fd": from_slot, "line_fd": line.fileno(), "role": "trusted", "cold": False,
                "data": {}, "level": "none", "work": folder, "evidence": folder, "sockets": folder, "empty": [],
                "sized": [], "kernel_filter": ""}  # fmt: skip
    slot = subprocess.Popen(
        [sys.executable, "-c", SLOT, json.dumps(settings)], pass_fds=(to_slot, from_slot, line.fileno())
    )
    for fd in (to_slot, from_slot):
        os.close(fd)
    with os.fdopen(theirs_out, encoding="utf-8") as said:
        ready = json.loads(said.readline())
        os.close(theirs_in)
        assert slot.wait(20) == 0
    mine.close()
    line.close()
    assert ready["event"] == "ready"
    assert ready["pid"] == slot.pid
    assert ready["environment"]["keras"]


def test_a_cold_kernel_answers_as_a_warm_one(tmp_path: Path) -> None:
    sandbox = next((s for s in available_sandboxes()), None)
    if sandbox is None:
        pytest.skip("nothing isolates here")
    datasets.make("boston_housing")
    mount = DataMount(stand_ins=datasets.stand_in_folder())
    spec = RunSpec(seed=3, limits=Limits(), datasets=("boston_housing",), data_source="stand-in")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (LOAD, TRAIN)])
    said = {}
    for cold in (True, False):
        with Slots(count=1, sandbox=sandbox, data=mount, cold=cold) as slots:
            ended = slots.run(nbformat.writes(notebook).encode(), spec, tmp_path / str(cold))
        assert ended.how == "completed"
        assert {"tensorflow", "keras", "numpy", "python"} <= set(ended.environment)
        outputs = [json.loads(p.read_bytes()) for p in sorted((tmp_path / str(cold) / "outputs").glob("*"))]
        said[cold] = ["".join(str(o.get("text", "")) for o in cell) for cell in outputs]
        assert len(list((tmp_path / str(cold) / "fits").glob("*.json"))) == 1
    assert said[True] == said[False]
    assert said[True][0].startswith("stand-in data")
