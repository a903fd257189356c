"""The same bytes are kept once; every folder stays whole by itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from grader.shared_files import LARGE_BYTES, prune, share

WEIGHTS, OTHERS = b"w" * (LARGE_BYTES + 1), b"x" * (LARGE_BYTES + 1)


@pytest.fixture
def jobs(tmp_path: Path) -> list[Path]:
    """Three folders, two of which hold the same weights."""
    folders = [tmp_path / name for name in ("ana", "ben", "cleo")]
    for folder, weights in zip(folders, (WEIGHTS, WEIGHTS, OTHERS), strict=True):
        folder.mkdir()
        (folder / "0001.npz").write_bytes(weights)
        (folder / "0001.json").write_bytes(b"{}")
    return folders


def test_the_same_bytes_are_kept_once(jobs: list[Path], tmp_path: Path) -> None:
    saved = [share(job, tmp_path / "store") for job in jobs]
    assert saved == [0, len(WEIGHTS), 0]
    assert jobs[0].joinpath("0001.npz").samefile(jobs[1] / "0001.npz")
    assert [job.joinpath("0001.npz").read_bytes() for job in jobs] == [WEIGHTS, WEIGHTS, OTHERS]
    assert not jobs[0].joinpath("0001.json").samefile(jobs[1] / "0001.json")
    assert sorted(p.name for p in jobs[1].iterdir()) == ["0001.json", "0001.npz"]
    assert [share(job, tmp_path / "store") for job in jobs] == [0, 0, 0]


def test_a_folder_goes_without_taking_the_others_weights(jobs: list[Path], tmp_path: Path) -> None:
    for job in jobs:
        share(job, tmp_path / "store")
    shutil.rmtree(jobs[0])
    shutil.rmtree(jobs[2])
    prune(tmp_path / "store")
    assert jobs[1].joinpath("0001.npz").read_bytes() == WEIGHTS
    assert len(list((tmp_path / "store").iterdir())) == 1
    shutil.rmtree(jobs[1])
    prune(tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []


def test_links_that_a_job_brought_are_not_followed(jobs: list[Path], tmp_path: Path) -> None:
    (jobs[0] / "0002.npz").symlink_to(jobs[2] / "0001.npz")
    share(jobs[0], tmp_path / "store")
    assert (jobs[0] / "0002.npz").is_symlink()
    assert len(list((tmp_path / "store").iterdir())) == 1


def test_without_links_everything_stays(jobs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links on this file system")

    monkeypatch.setattr(os, "link", refuse)
    assert [share(job, tmp_path / "store") for job in jobs] == [0, 0, 0]
    assert [job.joinpath("0001.npz").read_bytes() for job in jobs] == [WEIGHTS, WEIGHTS, OTHERS]


def test_no_folder_is_no_fault(tmp_path: Path) -> None:
    assert share(tmp_path / "nothing", tmp_path / "store") == 0
    prune(tmp_path / "store")
