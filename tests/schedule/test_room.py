"""How many notebooks at once, and in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.schedule import longest_first, room_for

GIB = 1 << 30


def test_the_references_peak_decides_where_it_is_known() -> None:
    assert room_for(12 * GIB, 8 * GIB, cores=4, memory=24 * GIB) == 2
    assert room_for(12 * GIB, GIB, cores=4, memory=24 * GIB) == 4
    assert room_for(12 * GIB, 0, cores=8, memory=24 * GIB) == 7, "a quarter of the limit without a measurement"
    assert room_for(12 * GIB, 8 * GIB, cores=4, memory=2 * GIB) == 1, "one always runs"


@given(st.integers(GIB, 64 * GIB), st.integers(0, 64 * GIB), st.integers(1, 64), st.integers(0, 256 * GIB))
def test_it_is_never_more_than_cores_or_memory(limit: int, peak: int, cores: int, memory: int) -> None:
    room = room_for(limit, peak, cores=cores, memory=memory)
    assert 1 <= room <= cores
    assert room == 1 or room * min(peak or limit // 4, limit) <= memory


def test_most_training_first() -> None:
    notebooks = [b"model.fit(x, y)", b"epochs=5", b"epochs = 100 ... epochs=20", b"", b"nb_epoch=7", b"epoch=9"]
    assert list(longest_first(len(notebooks), notebooks.__getitem__)) == [2, 5, 1, 0, 3, 4]
