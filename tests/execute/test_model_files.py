"""Which files of a job folder go to the examiner."""

import json
from pathlib import Path

import pytest

from grader.execute.model_files import model_files


def write(folder: Path, serial: int, weights: object) -> None:
    (folder / "models").mkdir(exist_ok=True)
    (folder / f"models/{serial:04d}.json").write_text(json.dumps({"weights": weights}))


def test_weights_of_an_earlier_snapshot_come_along(tmp_path: Path) -> None:
    write(tmp_path, 1, "0001.npz")
    write(tmp_path, 2, "0001.npz")
    (tmp_path / "models/0001.npz").write_bytes(b"")
    assert model_files(tmp_path, [2]) == ("models/0001.npz", "models/0002.json")


@pytest.mark.parametrize("name", ["../secret.npz", "/etc/passwd", "models/../../x.npz", "x.npz", 3, None, ""])
def test_names_that_are_no_weights_are_left_out(tmp_path: Path, name: object) -> None:
    write(tmp_path, 1, name)
    (tmp_path / "x.npz").write_bytes(b"")
    assert model_files(tmp_path, [1, 7]) == ("models/0001.json",)


def test_a_damaged_record_is_sent_without_weights(tmp_path: Path) -> None:
    write(tmp_path, 1, "0001.npz")
    (tmp_path / "models/0001.json").write_text("{")
    assert model_files(tmp_path, [1]) == ("models/0001.json",)
