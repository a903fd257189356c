"""Student code holds the kernel's key and sockets: what it sends on them ends neither the runner nor the notebook."""

from __future__ import annotations

from typing import Any

import pytest

from grader.execute.job import How

pytestmark = pytest.mark.xdist_group("slots")

SEND = """
import json, time
kernel = get_ipython().kernel
def send(kind, content):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent(), ident=b"x")
def signed(*frames):
    digest = kernel.session.auth.copy()
    for frame in frames:
        digest.update(frame)
    return [b"x", b"<IDS|MSG>", digest.hexdigest().encode(), *frames]
"""
FORGED = """
for kind, content in [
    ("status", {}), ("status", {"execution_state": 5}), ("stream", {}), ("stream", {"name": 5, "text": [1]}), ("error", {}),
    ("error", {"ename": "x", "evalue": "x", "traceback": 5}), ("display_data", {"data": 5}),
    ("display_data", {"data": {}, "metadata": {}, "transient": 7}), ("execute_result", {"data": {}, "metadata": []}),
    ("display_data", {"data": {}, "metadata": {}, "transient": {"display_id": [1]}}), ("", {}), ("x" * 10_000, {}),
]:
    send(kind, content)
time.sleep(0.5)
print("sent")
"""
GARBAGE = """
header = json.dumps({"msg_id": "1", "msg_type": "status"}).encode()
parent = json.dumps(kernel.get_parent()["header"], default=str).encode()
raw = [b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"]
for parts in ([b"x"], [b""], raw, raw[:3], [b"a"] * 50, signed(b"[]", b"[]", b"[]", b"[]"), signed(b"5", b"5", b"5", b"5"),
              signed(header, parent, b"{}", b"[]"), signed(header, b"[]", b"{}", b"{}"), signed(b"{}", parent, b"{}", b"{}"),
              signed(header, b"{", b"{}", b"{}"), signed(header, b"[" * 100_000, b"{}", b"{}")):
    kernel.iopub_thread.send_multipart(parts)
time.sleep(0.5)
print("sent")
"""
LYING_REPLY = """
send_truly = kernel.session.send
def lie(stream, kind, content=None, *rest, **named):
    if kind == "execute_reply":
        content = {"status": "error", "ename": ["x"], "evalue": {}, "traceback": 5}
    return send_truly(stream, kind, content, *rest, **named)
kernel.session.send = lie
"""


@pytest.mark.parametrize("forged", [FORGED, GARBAGE], ids=["forged", "garbage"])
def test_what_is_no_message_is_as_if_it_had_not_come(run: Any, forged: str) -> None:
    done = run(SEND + forged, "print('next')")
    assert done.ended.how is How.COMPLETED
    assert done.text(0).endswith("sent\n")
    assert done.text(1) == "next\n"


@pytest.mark.slow
def test_who_never_answers_properly_runs_out_of_time(run: Any) -> None:
    done = run("print('first')", SEND + LYING_REPLY, "print('next')", cell_seconds=2, notebook_seconds=20)
    assert done.ended.how in {How.COMPLETED, How.NOTEBOOK_TIMEOUT}
    assert done.text(0) == "first\n"
    assert done.cell(1)["status"] == "timeout"
