"""Arrays and a small record in one sealed piece of memory, laid out as a safetensors file.

Format: https://github.com/huggingface/safetensors#format. Written and read without a copy in between, which the package's
own functions don't offer: a class's inputs may take gigabytes.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

ALIGNMENT = 64
HEADER_BYTES = 8 << 20
RECORD = "record"
"""Key of the record among safetensors' metadata, as JSON."""
CODES = {
    "bool": "BOOL",
    "uint8": "U8",
    "int8": "I8",
    "uint16": "U16",
    "int16": "I16",
    "uint32": "U32",
    "int32": "I32",
    "uint64": "U64",
    "int64": "I64",
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
}
DTYPES = {code: np.dtype(name) for name, code in CODES.items()}
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
CHUNK_BYTES = 16 << 20


def packed(record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> int:
    """A sealed memory file with a record and arrays; who receives it can rely on its never changing.

    Returns:
        Its descriptor, which the caller closes.

    Raises:
        TypeError: an array is of a type that safetensors has no code for, or the record is no JSON.
        OSError: there is not enough memory.
    """
    fd = os.memfd_create("tensors", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        write(fd, record, arrays)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS)
    except BaseException:
        os.close(fd)
        raise
    return fd


def write(fd: int, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Writes the file from its beginning.

    Raises:
        TypeError, OSError: as in `packed`.
    """
    entries: dict[str, Any] = {"__metadata__": {RECORD: json.dumps(record)}}
    # Wide types first, as the package does: then every array starts at a multiple of its own size.
    ordered = sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    end = 0
    for name, array in ordered:
        if array.dtype.name not in CODES:
            raise TypeError(f"{name} holds {array.dtype}, not numbers")
        begin, end = end, end + array.nbytes
        entries[name] = {
            "dtype": CODES[array.dtype.name],
            "shape": [int(n) for n in array.shape],
            "data_offsets": [begin, end],
        }
    header = json.dumps(entries, separators=(",", ":")).encode()
    header += b" " * (-(8 + len(header)) % ALIGNMENT)
    _write(fd, len(header).to_bytes(8, "little") + header)
    for _, array in ordered:
        for part in _parts(array):
            _write(fd, part)


def _parts(array: np.ndarray) -> list[np.ndarray] | Any:
    """The array's bytes in C order and little-endian; a large one that isn't so is converted a few rows at a time."""
    little = array.dtype.newbyteorder("<")
    if array.size == 0:
        return []
    if array.flags.c_contiguous and array.dtype == little:
        return [array.reshape(-1).view(np.uint8)]
    if array.ndim == 0:
        return [np.ascontiguousarray(array, little).reshape(-1).view(np.uint8)]
    rows = max(1, CHUNK_BYTES // max(1, array.nbytes // len(array)))
    return (
        np.ascontiguousarray(array[at : at + rows], little).reshape(-1).view(np.uint8)
        for at in range(0, len(array), rows)
    )


def _write(fd: int, data: Any) -> None:
    rest = memoryview(data).cast("B")
    while rest:
        rest = rest[os.write(fd, rest) :]


def unpacked(fd: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Record and arrays of a file that this project wrote; the arrays are views and can't be written to.

    The memory stays mapped for as long as one of the arrays is in use; the descriptor may be closed.

    Raises:
        ValueError: it is no such file.
    """
    size = os.fstat(fd).st_size
    if size < 8:
        raise ValueError("no header")
    memory = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
    length = int.from_bytes(memory[:8], "little")
    if length > min(HEADER_BYTES, size - 8):
        raise ValueError("the header is too long")
    try:
        return _read(memory, length)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("the header is not laid out as it should be") from error


def _read(memory: mmap.mmap, length: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    entries = json.loads(memory[8 : 8 + length])
    record = json.loads(entries.pop("__metadata__")[RECORD])
    arrays = {}
    for name, entry in entries.items():
        begin, end = entry["data_offsets"]
        dtype = DTYPES[entry["dtype"]]
        flat = np.frombuffer(memory, dtype, count=(end - begin) // dtype.itemsize, offset=8 + length + begin)
        arrays[name] = flat.reshape(entry["shape"])
    return record, arrays
