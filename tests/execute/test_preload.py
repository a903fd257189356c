"""What load_data returns is loaded once for a slot; no notebook sees what another did to it."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from grader import datasets
from grader.assignment import Limits
from grader.execute.job import RunSpec
from grader.execute.keeper import DataMount, Slots
from grader.execute.sandbox import available_sandboxes

LOOK = """
import keras, numpy as np
(x, y), (xt, yt) = keras.datasets.reuters.load_data(num_words=10000)
print("WORDS", sum(map(sum, x)), [len(row) for row in x[:3]], x.dtype, y.sum(), x.shape, xt.shape)
"""
SPOIL = """
for row in x: row[:] = [1]
x[0] = None; y[:] = 0
keras.datasets.reuters.load_data = lambda **_: 1 / 0
"""
AGAIN = (
    "from keras.datasets import reuters as r; import keras.src.datasets.reuters as own; x[3].append(9999)"
    + LOOK.replace("keras.datasets.reuters.load", "own.load")
)
OTHER = """
(a, b), _ = keras.datasets.reuters.load_data(num_words=50, test_split=0.5)
print("OTHER", max(map(max, a)), len(a))
(f, _), _ = keras.datasets.mnist.load_data(); f[:] = 0
(f, _), _ = keras.datasets.mnist.load_data(); print("PIXELS", f.sum() > 0, f.dtype, f.shape, f.flags.writeable)
"""


def test_every_notebook_of_a_slot_gets_the_data_as_it_was(tmp_path: Path) -> None:
    sandbox = next((s for s in available_sandboxes()), None)
    if sandbox is None:
        pytest.skip("nothing isolates here")
    names = ("reuters", "mnist")
    for name in names:
        datasets.make(name)
    mount = DataMount(stand_ins=datasets.stand_in_folder())
    spec = RunSpec(seed=1, limits=Limits(memory_bytes=3 << 30), datasets=names, data_source="stand-in")
    said = []
    with Slots(count=1, sandbox=sandbox, data=mount) as slots:
        for n, cells in enumerate(((LOOK, AGAIN, SPOIL), (LOOK, OTHER))):
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
            ended = slots.run(nbformat.writes(notebook).encode(), spec, tmp_path / str(n))
            assert ended.how == "completed"
            outputs = [json.loads(p.read_bytes()) for p in sorted((tmp_path / str(n) / "outputs").glob("*"))]
            said.append(["".join(str(o.get("text", o)) for o in output) for output in outputs])
    first, again, _ = said[0]
    second, other = said[1]
    assert first.startswith("stand-in data for reuters")
    assert first == second
    assert again.strip() == first.splitlines()[-1]
    assert "OTHER 49 5614" in other
    assert "PIXELS True uint8 (60000, 28, 28) True" in other
