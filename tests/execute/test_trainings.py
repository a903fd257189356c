"""The store of trainings: who trains, who waits, what is kept."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from safetensors import safe_open
from safetensors.numpy import save_file

from grader.assignment import Limits
from grader.execute.job import Ended, How
from grader.execute.trainings import Answer, Trainings, sealed_copy
from grader.inside import tensors


class FakeTrainer:
    """Answers with bytes of its own; counts."""

    def __init__(self, how: How = How.COMPLETED, reason: str = "", size: int = 100, seconds: float = 0.0) -> None:
        self.calls: list[int] = []
        self._how, self._reason, self._size, self._seconds = how, reason, size, seconds
        self.limits: list[float] = []
        self.at_leisure = False

    def idle(self) -> bool:
        return self.at_leisure

    def train(
        self, request: int, seed: int, folder: Path, *, limits: Limits, cancel: object
    ) -> tuple[Ended, Path | None]:
        del request, cancel
        self.calls.append(seed)
        self.limits.append(limits.notebook_seconds)
        time.sleep(self._seconds)
        result = folder / "result"
        result.write_bytes(os.urandom(self._size))
        good = self._how is How.COMPLETED and not self._reason
        return Ended(how=self._how, reason=self._reason, seconds=1.5), result if good else None


def _ask(store: Trainings, text: str, *, guess: float = 10.0, kind: str = "fit", left: float = 60.0) -> Answer:
    request = tensors.packed({"text": text}, {})
    try:
        return store.answer(request, kind=kind, guess=guess, left=left, limits=Limits())
    finally:
        os.close(request)


def test_an_identical_training_under_way_is_waited_for(tmp_path: Path) -> None:
    trainer = FakeTrainer(seconds=0.5)
    store = Trainings(tmp_path, trainer, {})
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(_ask(store, "same"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trainer.calls) == 1
    assert sorted(a.how for a in answers) == ["stored", "stored", "stored", "trained"]
    assert len({a.file for a in answers}) == 1
    assert {a.seconds for a in answers} == {0.0, 1.5}, "only who trained is charged for it"


def test_an_idle_trainer_takes_a_short_training_at_once(tmp_path: Path) -> None:
    trainer = FakeTrainer()
    store = Trainings(tmp_path, trainer, {})
    assert _ask(store, "short", guess=0.3).how == "run"
    trainer.at_leisure = True
    assert _ask(store, "another", guess=0.3).how == "trained"
    assert _ask(store, "shorter than asking", guess=0.01).how == "run"


def test_a_short_training_under_way_is_waited_for(tmp_path: Path) -> None:
    trainer = FakeTrainer(seconds=0.5)
    trainer.at_leisure = True
    store = Trainings(tmp_path, trainer, {})
    first = threading.Thread(target=_ask, args=(store, "short"), kwargs={"guess": 0.3})
    first.start()
    while not trainer.calls:
        time.sleep(0.01)
    trainer.at_leisure = False
    assert _ask(store, "short", guess=0.3).how == "stored"
    first.join()


def test_two_graders_share_a_store(tmp_path: Path) -> None:
    first, second = FakeTrainer(seconds=0.5), FakeTrainer(seconds=0.5)
    stores = [Trainings(tmp_path, first, {}), Trainings(tmp_path, second, {})]
    threads = [threading.Thread(target=_ask, args=(store, "same")) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(first.calls) + len(second.calls) == 1
    assert _ask(Trainings(tmp_path, FakeTrainer(How.FAILED), {}), "same").how == "stored", "it survives a restart"


def test_other_versions_are_another_training(tmp_path: Path) -> None:
    trainer = FakeTrainer()
    for version in ("3.15.1", "3.16.0"):
        _ask(Trainings(tmp_path, trainer, {"keras": version}), "same")
    assert len(set(trainer.calls)) == 2


def test_the_store_has_a_size(tmp_path: Path) -> None:
    store = Trainings(tmp_path, FakeTrainer(size=1000), {}, most_bytes=3500)
    first = _ask(store, "0").file
    for n in range(1, 6):
        _ask(store, str(n))
        _ask(store, "0")
        time.sleep(0.02)
    kept = list(tmp_path.glob("??/*.safetensors"))
    assert len(kept) == 3
    assert first in kept, "what is used stays"


def test_a_refusal_is_remembered_and_a_fault_is_not(tmp_path: Path) -> None:
    refusing, failing = FakeTrainer(reason="its loss is its own"), FakeTrainer(How.FAILED)
    for trainer, calls in ((refusing, 1), (failing, 2)):
        store = Trainings(tmp_path / str(calls), trainer, {})
        assert [_ask(store, "x").how for _ in range(2)] == ["run", "run"]
        assert len(trainer.calls) == calls


def test_a_training_past_the_cells_time_is_over(tmp_path: Path) -> None:
    trainer = FakeTrainer(How.NOTEBOOK_TIMEOUT)
    assert _ask(Trainings(tmp_path, trainer, {}), "x", left=7).how == "over"
    assert trainer.limits == [7]


def test_short_ones_are_kept_only_when_they_come_often(tmp_path: Path) -> None:
    trainer = FakeTrainer()
    store = Trainings(tmp_path, trainer, {})
    assert [_ask(store, "short", guess=0.3).how for _ in range(3)] == ["run"] * 3
    until = time.monotonic() + 5
    while not list(tmp_path.glob("??/*.safetensors")) and time.monotonic() < until:
        time.sleep(0.02)
    assert len(trainer.calls) == 1
    assert _ask(store, "short", guess=0.3).how == "stored"


def test_what_is_not_sealed_memory_is_not_looked_at(tmp_path: Path) -> None:
    store = Trainings(tmp_path, FakeTrainer(), {})
    reader, writer = os.pipe()
    plain = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    for fd in (reader, writer, plain):
        assert store.answer(fd, kind="fit", guess=9, left=9, limits=Limits()).how == "none"
        os.close(fd)


def test_a_sandbox_gets_a_copy_that_it_can_not_change(tmp_path: Path) -> None:
    file = tmp_path / "stored"
    file.write_bytes(b"weights")
    fd = sealed_copy(file)
    with pytest.raises(PermissionError):
        os.write(fd, b"poison")
    with pytest.raises(PermissionError):
        os.ftruncate(fd, 0)
    again = os.open(f"/proc/self/fd/{fd}", os.O_RDWR)
    with pytest.raises(PermissionError):
        os.write(again, b"poison")
    assert os.pread(fd, 100, 0) == b"weights"
    os.close(again)
    os.close(fd)


ARRAYS = arrays_of.arrays(
    dtype=st.sampled_from(["bool", "uint8", "int16", "int32", "int64", "uint64", "float16", "float32", "float64"]),
    shape=arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)


@given(st.dictionaries(st.text("abcxyz_", min_size=1, max_size=6), ARRAYS, max_size=5))
def test_memory_files_are_safetensors(found: dict[str, np.ndarray]) -> None:
    fd = tensors.packed({"kind": "fit", "nan": float("nan")}, found)
    try:
        record, own = tensors.unpacked(fd)
        with safe_open(f"/proc/self/fd/{fd}", framework="numpy") as foreign:
            assert set(foreign.keys()) == set(found) == set(own)
            for name, array in found.items():
                for read in (foreign.get_tensor(name), own[name]):
                    assert read.dtype == array.dtype
                    assert read.shape == array.shape
                    assert read.tobytes() == array.tobytes()
        assert record["kind"] == "fit"
        assert not any(array.flags.writeable for array in own.values())
    finally:
        os.close(fd)


def test_arrays_in_any_order_of_memory(tmp_path: Path) -> None:
    whole = np.arange(24_000, dtype=">f8").reshape(4, 6, 1000)
    for array in (whole.T, whole[:, ::2], np.asfortranarray(whole), whole[::-1]):
        fd = tensors.packed({}, {"x": array})
        assert np.array_equal(tensors.unpacked(fd)[1]["x"], array)
        os.close(fd)
    save_file({"x": np.ones(3, "float32")}, tmp_path / "foreign", metadata={tensors.RECORD: "{}"})
    with (tmp_path / "foreign").open("rb") as file:
        assert tensors.unpacked(file.fileno())[1]["x"].tolist() == [1, 1, 1]
