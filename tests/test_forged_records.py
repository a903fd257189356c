"""Records are written beside student code: one that points at what isn't there earns nothing, and breaks no check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.execute.job import Ended, How
from grader.job_folder import JobFolder

DENSE = {"class_name": "Sequential", "config": {"layers": []}}


def _write(folder: Path, name: str, record: dict[str, Any]) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(record))


@pytest.mark.parametrize("file", ["8001", "00000007", "0000"])
def test_a_model_under_another_number_is_left_out(tmp_path: Path, file: str) -> None:
    # It was never examined, and "not examined" used to be the machine's fault, which gives all points.
    _write(tmp_path, f"models/{file}.json", {"model": 1, "snapshot": 7, "cell": 0, "built": True, "config": DENSE})
    _write(tmp_path, "models/0002.json", {"model": 1, "snapshot": 2, "cell": 0})
    found = JobFolder(path=tmp_path).read(Ended(how=How.COMPLETED), seed=1, data_source="none")
    assert [model.snapshot for model in found.models] == [2]
    assert any("calls itself number 7" in notice.text for notice in found.notices)


def test_fits_and_figures_likewise(tmp_path: Path) -> None:
    for serial in (1, 2):
        _write(tmp_path, f"fits/{serial:04d}.json", {"fit": 1, "model": 1, "cell": 0})
        _write(tmp_path, f"figures/{serial:04d}.json", {"figure": 1, "cell": 0})
    found = JobFolder(path=tmp_path).read(Ended(how=How.COMPLETED), seed=1, data_source="none")
    assert len(found.fits) == len(found.figures) == 1


def test_records_past_the_sum_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.job_folder.ALL_RECORDS_BYTES", 1000)
    for serial in range(1, 30):
        _write(tmp_path, f"values/{serial:04d}.json", {"name": "x", "cell": 0, "value": [0] * 20})
    found = JobFolder(path=tmp_path).read(Ended(how=How.COMPLETED), seed=1, data_source="none")
    assert 0 < len(found.values) < 29
    assert any("of all records" in notice.text for notice in found.notices)
