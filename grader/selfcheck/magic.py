"""`%grader network`, `%grader` and `%grader hint network`."""

from __future__ import annotations

import shlex
from typing import Any

from grader.selfcheck.asking import Answer, ask
from grader.selfcheck.session import live


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext grader`: records from now on, and adds the magic."""
    live()

    def grader(line: str) -> Answer | None:
        """`%grader` sums up, `%grader NAME …` checks exercises, `%grader hint NAME …` gives hints."""
        words = shlex.split(line)
        hints = words[:1] == ["hint"]
        return ask(words[1:] if hints else words, None, shell.user_ns, hints=hints, magic=True)

    shell.register_magic_function(grader, "line", "grader")


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext grader`: takes the magic away; recording goes on."""
    shell.magics_manager.magics["line"].pop("grader", None)
