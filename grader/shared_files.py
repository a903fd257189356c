"""Files of job folders that hold the same bytes are kept once, under several names.

Where students share a training, or begin with the same trained network, their weights are the same: 37 answers to an exercise
with VGG16 took 15 GB, of which all but 1 GB was there before. Hard links keep every job folder whole by itself.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

SHARED = ".shared"
"""Name of the store beside the job folders of an assignment."""
LARGE_BYTES = 1 << 20
"""Smaller files are left alone: they cost more time than room."""
_READ_BYTES = 1 << 20


def share(folder: Path, store: Path) -> int:
    """Replaces large files of a folder by links to files of the same bytes in the store, which takes in the others.

    A file system without links leaves everything as it is. Files in the store are never written again, only unlinked.

    Args:
        folder: whose files are looked at, without its subfolders.
        store: a folder on the same file system, by digest; made where it is missing.

    Returns:
        Bytes that are kept once less than before.
    """
    saved = 0
    for file in sorted(folder.glob("*")) if folder.is_dir() else ():
        try:
            there = file.lstat()
            if not file.is_file() or file.is_symlink() or there.st_size < LARGE_BYTES or there.st_nlink > 1:
                continue
            saved += there.st_size * _shared(file, store)
        except OSError:
            continue
    return saved


def prune(store: Path) -> None:
    """Takes files out of the store that no job folder has any more."""
    for file in store.glob("*"):
        try:
            if file.lstat().st_nlink == 1:
                file.unlink()
        except OSError:
            continue


def _shared(file: Path, store: Path) -> bool:
    """Whether the store had the file's bytes already; it has them afterwards."""
    store.mkdir(exist_ok=True)
    kept = store / _digest(file)
    try:
        os.link(file, kept)
    except FileExistsError:
        link = file.with_name(f".{file.name}.shared")
        link.unlink(missing_ok=True)
        os.link(kept, link)
        link.replace(file)
        return True
    return False


def _digest(file: Path) -> str:
    with file.open("rb", buffering=0) as opened:
        digest = hashlib.blake2b(digest_size=20)
        while block := opened.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
