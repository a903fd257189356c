"""A real kernel that is driven as JupyterLab and VS Code do: with the id of each cell, or without as Colab does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel


@dataclass
class Shown:
    """What one cell showed."""

    text: str
    """Printed, and the text form of values."""
    html: str
    error: str
    mimes: tuple[str, ...]

    @property
    def words(self) -> str:
        """The text without its line breaks."""
        return " ".join(self.text.split())


class LiveKernel:
    """Runs cells one by one."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, source: str, cell_id: str | None = None) -> Shown:
        """Runs a cell and waits for it."""
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"cellId": cell_id} if cell_id else {}
        request = self._client.session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(request)
        shown = Shown(text="", html="", error="", mimes=())
        while True:
            message = self._client.get_iopub_msg(timeout=180)
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            kind, said = message["header"]["msg_type"], message["content"]
            if kind == "stream" and said["name"] == "stdout":
                shown.text += said["text"]
            elif kind in {"execute_result", "display_data"}:
                shown.text += said["data"].get("text/plain", "")
                shown.html += said["data"].get("text/html", "")
                shown.mimes += tuple(said["data"])
            elif kind == "error":
                shown.error = f"{said['ename']}: {said['evalue']}"
            elif kind == "status" and said["execution_state"] == "idle":
                return shown


@contextmanager
def live_kernel(folder: Path, **environment: str) -> Iterator[LiveKernel]:
    """A kernel that works in `folder`."""
    manager, client = start_new_kernel(
        kernel_name="python3",
        cwd=str(folder),
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        startup_timeout=180,
    )
    try:
        yield LiveKernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
