"""Notebooks that train in child processes: what is recorded of them, in real kernels."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from grader.execute.job import How
from grader.job_folder import JobFolder

pytestmark = pytest.mark.xdist_group("slots")

TRAIN = """
import os, keras, numpy as np
x, y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")

def train(units):
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units), keras.layers.Dense(1)])
    net.compile("sgd", "mse")
    net.fit(x, y, epochs=2, batch_size=4, verbose=0)
    return net
"""
FORKS = """
for units in ((3, 4), (5,)):
    pid = os.fork()
    if pid == 0:
        try:
            for each in units:
                count(each)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
"""
COUNT = "def count(units):\n    return train(units).count_params()"


def evidence(done: Any) -> Any:
    return JobFolder(path=done.folder).read(done.ended, seed=3, data_source="none")


def test_forked_children_leave_models_and_fits_beside_the_kernels(run: Any) -> None:
    done = run(TRAIN, COUNT, FORKS, "final = train(9)", memory_bytes=3 << 30, cell_seconds=60)
    assert done.ended.how is How.COMPLETED
    found = evidence(done)
    assert not [n.text for n in found.notices]
    children = [f for f in found.fits if f.process]
    assert len(children) == 3
    assert [f.process for f in children] == [1, 1, 2]
    assert [f.cell for f in found.fits] == [2, 2, 2, 3]
    assert len({f.fit for f in found.fits}) == len({f.model for f in found.fits}) == 4
    for fit in children:
        assert fit.epochs_run == 2
        snapshot = next(m for m in found.models if m.snapshot == fit.snapshot)
        assert snapshot.process == fit.process
        assert snapshot.after_fit == fit.fit
        assert (Path(done.folder) / "models" / snapshot.weights).is_file()
    assert [m.names for m in found.models if m.process == 0][-1] == ("final",)


def test_jobs_of_scikit_learn_run_and_are_recorded_in_the_notebooks_own_process(run: Any) -> None:
    search = """
from joblib import Parallel, delayed
before = os.getpid()
assert set(Parallel(n_jobs=3)(delayed(os.getpid)() for _ in range(4))) == {before}
for number in Parallel(n_jobs=-1)(delayed(count)(units) for units in (3, 4)):
    print(number)
"""
    done = run(TRAIN, COUNT, search, memory_bytes=3 << 30, cell_seconds=60)
    found = evidence(done)
    assert done.text(2).split() == ["13", "17"]
    assert [(f.process, f.cell, f.epochs_run) for f in found.fits] == [(0, 2, 2), (0, 2, 2)]


@pytest.mark.slow
def test_many_children_and_forged_serials_stay_within_the_caps(run: Any) -> None:
    swarm = """
children = []
for number in range(40):
    pid = os.fork()
    if pid == 0:
        try:
            folder = os.environ["GRADER_EVIDENCE"] + "/fits"
            os.makedirs(folder, exist_ok=True)
            keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).fit
            train(1)
            for forged in range(200):
                open(f"{folder}/{number * 1000 + forged + 500000}.json", "w").write("x" * 2000)
        finally:
            os._exit(0)
    children.append(pid)
    os.waitpid(pid, 0)
"""
    done = run(
        TRAIN, swarm, "print('on')", memory_bytes=3 << 30, cell_seconds=120, notebook_seconds=200, evidence_files=500
    )
    files = Counter(path.parent.name for path in done.folder.rglob("*") if path.is_file())
    assert sum(files[kind] for kind in ("models", "fits")) <= 500
    assert done.text(2) == "on\n"
    texts = [json.loads(path.read_text())["text"] for path in (done.folder / "notices").glob("*.json")]
    assert any("past the number of evidence files" in text for text in texts)
