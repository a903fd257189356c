"""Which files of a job folder belong to a model snapshot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

_WEIGHTS = re.compile(r"[0-9]{4,8}\.npz")
_RECORD_BYTES = 16 << 20


def model_files(folder: Path, snapshots: Iterable[int]) -> tuple[str, ...]:
    """Names, relative to the folder, of the records and weights of these snapshots; what is missing is left out.

    A snapshot can name the weights of an earlier one, when nothing changed in between. The record was written beside
    student code, so the name is held against the folder's format before it is used.
    """
    names: dict[str, None] = {}
    for serial in snapshots:
        record = folder / "models" / f"{serial:04d}.json"
        if not record.is_file() or record.stat().st_size > _RECORD_BYTES:
            continue
        names[f"models/{record.name}"] = None
        try:
            weights = json.loads(record.read_bytes()).get("weights")
        except (ValueError, AttributeError, RecursionError):
            continue
        if isinstance(weights, str) and _WEIGHTS.fullmatch(weights) and (folder / "models" / weights).is_file():
            names[f"models/{weights}"] = None
    return tuple(sorted(names))
