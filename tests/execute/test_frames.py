"""The host's end of the pipe takes nothing on trust."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.execute.frames import HEADER_BYTES, BadFrame, Caps, FrameReader

CAPS = Caps(total_bytes=1000, files=3)


def frame(name: str, data: bytes, size: object = None) -> bytes:
    return json.dumps({"file": name, "size": len(data) if size is None else size}).encode() + b"\n" + data


def read(folder: Path, chunks: Sequence[bytes], caps: Caps = CAPS) -> tuple[FrameReader, list[Any]]:
    reader = FrameReader(folder, caps)
    events = [dict(event) for chunk in chunks for event in reader.feed(chunk)]
    return reader, events


@given(data=st.binary(max_size=200), cut=st.integers(1, 50))
def test_files_and_events_come_through_however_they_are_cut(data: bytes, cut: int) -> None:
    stream = frame("fits/0001.json", data) + b'{"event": "cell_end", "cell": 2}\n' + frame("models/0001.npz", b"")
    with tempfile.TemporaryDirectory() as folder:
        chunks = [stream[i : i + cut] for i in range(0, len(stream), cut)]
        reader, events = read(Path(folder), chunks)
        assert reader.received == {"fits/0001.json": len(data), "models/0001.npz": 0}
        assert (Path(folder) / "fits/0001.json").read_bytes() == data
        assert events == [{"event": "cell_end", "cell": 2}]


@pytest.mark.parametrize(
    "stream",
    [
        frame("../evil.json", b"x"),
        frame("fits/../../evil.json", b"x"),
        frame("/etc/passwd", b"x"),
        frame("fits/0001.py", b"x"),
        frame("fits/0001.json\n", b"x"),
        frame("examined/0001.json", b"x"),
        frame("evidence.json", b"x"),
        frame("fits/0001.json", b"x", size=-1),
        frame("fits/0001.json", b"x", size=True),
        frame("fits/0001.json", b"x", size="1"),
        frame("fits/0001.json", b"x", size=10**12),
        frame("fits/0001.json", b"x") * 2,
        b"".join(frame(f"fits/{n:04}.json", b"") for n in range(4)),
        b'{"event": "anything"}\n',
        b'{"event": "cell_start"}\n',
        b"[]\n",
        b"not json\n",
        b"\xff\xfe\n",
        b"x" * (HEADER_BYTES + 1),
        b"[" * 50_000 + b"\n",
    ],
)
def test_what_the_protocol_does_not_allow_ends_the_job_and_keeps_what_came_before(
    tmp_path: Path, stream: bytes
) -> None:
    reader = FrameReader(tmp_path, CAPS)
    list(reader.feed(frame("values/0001.json", b"kept")))
    with pytest.raises(BadFrame):
        list(reader.feed(stream))
    reader.close()
    assert (tmp_path / "values/0001.json").read_bytes() == b"kept"
    assert not list(tmp_path.rglob("evil*"))


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_any_bytes_give_events_or_a_bad_frame(chunks: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(BadFrame):
            read(Path(folder), chunks)
        assert all(p.is_dir() or p.parent.parent == Path(folder) for p in Path(folder).rglob("*"))


def test_a_file_that_was_cut_off_leaves_nothing(tmp_path: Path) -> None:
    reader, _ = read(tmp_path, [frame("fits/0001.json", b"half", size=100)])
    reader.close()
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
