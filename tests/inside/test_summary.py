"""Summaries say about an array what NumPy says, without its bulk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader import evidence
from grader.inside.probe import summary as module
from grader.inside.probe.summary import Summaries, sample_rows, summarise_array
from grader.records import decode, encode

NUMBERS = st.sampled_from(["u1", "i2", "i8", "f4", "f8", "?"]).map(np.dtype)


def host(record: dict[str, Any]) -> evidence.DataSummary:
    return decode(encode(record), evidence.DataSummary)


@settings(max_examples=120, deadline=None)
@given(
    NUMBERS.flatmap(
        lambda dtype: hnp.arrays(
            dtype,
            hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9),
            elements={"min_value": -1000, "max_value": 1000} if dtype.kind == "f" else None,
        )
    ),
    st.integers(1, 50),
)
def test_statistics_are_numpys(array: np.ndarray, chunk: int) -> None:
    before, module.CHUNK = module.CHUNK, chunk
    try:
        seen = host(summarise_array(array))
    finally:
        module.CHUNK = before
    assert seen.shape == array.shape
    assert seen.dtype == array.dtype.name
    assert seen.distinct == np.unique(array).size
    if array.size:
        wide = array.astype(np.float64)
        assert (seen.minimum, seen.maximum) == (wide.min(), wide.max())
        assert seen.mean == pytest.approx(wide.mean(), rel=1e-9, abs=1e-9)
        assert seen.std == pytest.approx(wide.std(), rel=1e-6, abs=1e-6 * max(1, abs(wide).max()))
        if array.ndim:
            assert seen.sample is not None
            np.testing.assert_array_equal(seen.sample, array[list(seen.rows)])
    else:
        assert seen.minimum is seen.mean is seen.sample is None


def test_nan_and_many_values() -> None:
    seen = host(summarise_array(np.array([1.0, np.nan])))
    assert seen.minimum is seen.maximum is seen.mean is None
    assert host(summarise_array(np.arange(1000))).distinct == 1000
    assert host(summarise_array(np.arange(1001))).distinct is None
    late = np.zeros(1 << 21, "int32")
    late[-1500:] = np.arange(1500)
    assert host(summarise_array(late)).distinct is None


def test_rows_are_the_first_64_and_64_spread() -> None:
    rows = sample_rows(60_000, 784)
    assert rows[:64] == tuple(range(64))
    assert rows[-1] == 59_999
    assert len(rows) == 128 - 1  # the spread starts at row 0, which is among the first
    assert len(sample_rows(25_000, 80_000)) <= 13
    assert sample_rows(5, 2 << 20) == ()


def test_the_digest_is_by_content() -> None:
    summaries = Summaries()
    array = np.ones((50, 50))
    first = summaries.of(array)["digest"]
    assert summaries.of(array.T.copy())["digest"] == first
    assert summaries.of(array.astype("float32"))["digest"] != first
    assert summaries.of(array.reshape(25, 100))["digest"] != first
    array[3, 4] = 2
    assert summaries.of(array)["digest"] != first
