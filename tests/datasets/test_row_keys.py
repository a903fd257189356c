"""Keys of rows: the recorder's and the host's are the same, and they find shared rows wherever these are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.datasets.row_keys import KEPT, all_row_keys, found_in, shared
from grader.evidence import DataSummary
from grader.inside.probe.row_keys import row_keys

RANDOM = np.random.default_rng(5)
KINDS = {
    "pictures": (RANDOM.integers(0, 256, (3000, 28, 28)) / 255).astype("float32"),
    "bytes": RANDOM.integers(0, 256, (3000, 784)).astype("uint8"),
    "word vectors": (RANDOM.random((1500, 5000)) < 0.03).astype("float32"),
    "word ids": RANDOM.integers(0, 10_000, (2000, 20)).astype("int32"),
    "houses": RANDOM.normal(size=(404, 13)),
    "points": RANDOM.uniform(-1, 1, (2000, 2)).astype("float32"),
}


def summary(array: np.ndarray[Any, Any]) -> DataSummary:
    return DataSummary(shape=array.shape, dtype=array.dtype.name, keys=row_keys(array))


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_host_finds_every_key_that_the_recorder_kept(kind: str) -> None:
    data = KINDS[kind]
    kept = row_keys(data)
    assert kept is not None
    assert kept.dtype == np.float32
    assert 3 / 4 * min(KEPT, len(data)) <= len(kept) <= KEPT
    assert (found_in(kept.astype(float), all_row_keys(data)) >= 0).all()


@pytest.mark.parametrize("kind", list(KINDS))
def test_slices_share_rows_and_separate_parts_share_none(kind: str) -> None:
    data = KINDS[kind]
    cut = len(data) * 4 // 5
    head, tail = summary(data[:cut]), summary(data[cut:])
    assert shared(tail, head).rows == 0
    assert shared(tail, head).of >= 20
    assert shared(tail, summary(data)).share == 1
    mixed = summary(RANDOM.permutation(np.concatenate([data[cut:], data[: len(data) // 5]])))
    assert shared(mixed, head).share == pytest.approx(0.5, abs=0.2)


def test_rows_that_were_prepared_again_are_the_same_to_the_last_bits() -> None:
    raw = RANDOM.integers(0, 256, (2000, 784)).astype("uint8")
    kept = row_keys(raw.astype("float32") / 255)
    assert kept is not None
    again = raw.astype("float32") * np.float32(1 / 255)
    places = found_in(kept.astype(float), all_row_keys(again))
    assert (places >= 0).all()
    assert (found_in(kept.astype(float), all_row_keys(again[:1000])) >= 0).mean() == pytest.approx(0.5, abs=0.1)


def test_a_feature_far_out_or_rows_all_alike_make_no_rows_the_same() -> None:
    data = RANDOM.random((2000, 30))
    data[1500:, 3] *= 1e9
    assert shared(summary(data[1000:]), summary(data[:1000])).rows == 0
    alike = 1000 + RANDOM.random((2000, 30)) * 1e-6
    assert shared(summary(alike[1000:]), summary(alike[:1000])).rows == 0


def test_rows_that_occur_often_have_one_key() -> None:
    kept = row_keys(np.eye(10, dtype="float32")[RANDOM.integers(0, 10, 5000)])
    assert kept is not None
    assert len(kept) <= 10


@pytest.mark.parametrize("data", [np.arange(30.0), np.ones((30, 1)), np.empty((0, 5)), np.full((30, 5), np.nan)])
def test_what_has_no_keys(data: np.ndarray[Any, Any]) -> None:
    assert row_keys(data) is None
    assert shared(summary(data), summary(np.ones((30, 5)))).of == 0


@pytest.mark.parametrize("keys", [np.zeros((0, 3)), np.zeros(7), np.full((600, 3), np.inf), np.zeros((30, 2))])
def test_keys_of_another_form_are_no_keys(keys: np.ndarray[Any, Any]) -> None:
    assert shared(DataSummary(shape=(30, 5), keys=keys), summary(RANDOM.random((30, 5)))).of == 0
