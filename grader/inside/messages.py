"""The kernel's messages, as the runner takes them: student code can sign whatever it likes, and must break nothing but itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from traitlets import Type
from zmq.error import ZMQError

FIELDS: Mapping[str, Mapping[str, type]] = {
    "status": {"execution_state": str},
    "stream": {"name": str, "text": str},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict},
    "error": {"ename": str, "evalue": str, "traceback": list},
    "clear_output": {"wait": bool},
}
"""What a message must hold, by its type (jupyter-client's messaging specification)."""


class Channel(AsyncZMQSocketChannel):
    """Drops whatever is no message of the protocol, as if it had not come."""

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """The next well-formed message.

        Raises:
            Empty: none came within `timeout` seconds.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            try:
                message: dict[str, Any] = await super().get_msg(timeout=left)
            except (Empty, ZMQError):
                raise
            except Exception:
                continue
            if well_formed(message):
                return message


class CellClient(AsyncKernelClient):
    """Sends the cell's position along with its code, as the cell id that Jupyter front ends send."""

    shell_channel_class = Type(Channel)
    iopub_channel_class = Type(Channel)
    cell = -1

    def execute(self, code: str, **options: Any) -> str:
        """As in the base class, with `metadata.cellId` set."""
        content = {
            "code": code,
            "silent": False,
            "store_history": options.get("store_history", True),
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self.session.msg("execute_request", content, metadata={"cellId": str(self.cell)})
        self.shell_channel.send(message)
        return str(message["header"]["msg_id"])


def well_formed(message: Mapping[str, Any]) -> bool:
    """Whether a message has the fields that its type must have."""
    kind, content = message["msg_type"], message["content"]
    if not isinstance(kind, str) or not isinstance(content, dict) or not isinstance(message["parent_header"], dict):
        return False
    transient = content.get("transient") or {}
    if not isinstance(transient, dict) or not isinstance(transient.get("display_id", ""), str | None):
        return False
    wanted = FIELDS.get("error" if content.get("status") == "error" else kind, {})
    return all(isinstance(content.get(name), known) for name, known in wanted.items())
