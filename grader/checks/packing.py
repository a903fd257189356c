"""Arrays as JSON values in expectations: dtype, shape and base64 of the bytes, as in a job folder."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.evidence import Array, DataSummary

SAMPLE_VALUES = 16_384
"""Most values of sampled rows that expectations keep of one array."""


def pack(array: Array) -> dict[str, Any]:
    """An array as JSON values."""
    data = np.ascontiguousarray(array)
    return {
        "dtype": data.dtype.name,
        "shape": list(array.shape),
        "base64": base64.b64encode(data.tobytes()).decode("ascii"),
    }


def unpack(data: Mapping[str, Any]) -> Array:
    """Reads what `pack` wrote."""
    return np.frombuffer(base64.b64decode(data["base64"]), np.dtype(data["dtype"])).reshape(data["shape"])


def pack_summary(data: DataSummary, *, rows: bool = True) -> dict[str, Any]:
    """A summary with as many of its first sampled rows as SAMPLE_VALUES allows, at least one."""
    packed: dict[str, Any] = {
        "shape": list(data.shape),
        "dtype": data.dtype,
        "minimum": data.minimum,
        "maximum": data.maximum,
        "mean": data.mean,
        "std": data.std,
        "distinct": data.distinct,
        "row_sums_to_one": data.row_sums_to_one,
        "digest": data.digest,
        "rows": [],
        "sample": None,
    }
    if rows and data.sample is not None and len(data.sample) == len(data.rows) > 0:
        count = max(1, min(16, SAMPLE_VALUES // max(math.prod(data.sample.shape[1:]), 1)))
        packed["rows"] = list(data.rows[:count])
        packed["sample"] = pack(data.sample[:count])
    return packed


def unpack_summary(data: Mapping[str, Any]) -> DataSummary:
    """Reads what `pack_summary` wrote."""
    return DataSummary(
        shape=tuple(data["shape"]),
        dtype=data["dtype"],
        minimum=data["minimum"],
        maximum=data["maximum"],
        mean=data["mean"],
        std=data["std"],
        distinct=data["distinct"],
        row_sums_to_one=data["row_sums_to_one"],
        digest=data.get("digest", ""),
        rows=tuple(data["rows"]),
        sample=None if data["sample"] is None else unpack(data["sample"]),
    )
