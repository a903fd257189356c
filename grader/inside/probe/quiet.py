"""Keeps what the recorder runs on its own account out of the notebook's outputs."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any


class _Sink(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def swallowed() -> Iterator[None]:
    """Drops everything that is printed or displayed inside the block."""
    shell = _shell()
    publisher = getattr(shell, "display_pub", None)
    if shell is not None:
        from IPython.core.displaypub import CapturingDisplayPublisher

        shell.display_pub = CapturingDisplayPublisher()
    try:
        with redirect_stdout(_Sink()), redirect_stderr(_Sink()):
            yield
    finally:
        if shell is not None:
            shell.display_pub = publisher


def _shell() -> Any:
    """The running IPython shell, without importing IPython where nobody did."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()
