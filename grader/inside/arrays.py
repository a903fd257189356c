"""Reads `.npz` and `.npy` files of unknown origin: every header is held against caps before its bytes are."""

from __future__ import annotations

import io
import math
import re
import tokenize
import zipfile
from pathlib import Path

import numpy as np

from .allowed import Refused

MOST_ARRAYS = 4000
MOST_BYTES = 1 << 30
MEMBER = re.compile(r"w[0-9]{4}\.npy", re.ASCII)
HEADER = 4096


def read_weights(path: Path) -> list[np.ndarray]:
    """The arrays `w0000`, `w0001`, … of a weights file, in order.

    Raises:
        Refused: it isn't such a file, or it is larger than it may be.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members)
            return [_member(archive, member) for member in sorted(members, key=lambda m: m.filename)]
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Refused(f"its weights file can't be read ({type(error).__name__})") from error


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if len(names) > MOST_ARRAYS or len(set(names)) != len(names):
        raise Refused("its weights file has more entries than a model's weights")
    if any(not MEMBER.fullmatch(name) for name in names):
        raise Refused("its weights file has entries that are no weights")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise Refused(f"its weights take more than {MOST_BYTES >> 30} GiB")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as stream:
        data = stream.read(member.file_size + 1)
    if len(data) > member.file_size:
        raise Refused("its weights file is larger than it says")
    return read_npy(data)


def read_npy(data: bytes) -> np.ndarray:
    """One array in NumPy's format, of a number type, exactly as long as its header says.

    Raises:
        Refused: it isn't.
    """
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream, max_header_size=HEADER)
    except (ValueError, SyntaxError, TypeError, RecursionError, EOFError, MemoryError, tokenize.TokenError) as error:
        raise Refused("an array has no valid header") from error
    if dtype.hasobject or dtype.kind not in "biuf" or dtype.subdtype is not None:
        raise Refused("an array holds something other than numbers")
    if len(shape) > 8 or any(n < 0 for n in shape):
        raise Refused("an array has an impossible shape")
    if math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
        raise Refused("an array is not as large as its header says")
    array = np.frombuffer(data, dtype, offset=stream.tell())
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)
