"""Without a notebook: a script in plain Python, and IPython in a terminal; and without what only Linux has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ELSEWHERE = """
import builtins, os, signal, sys, warnings

ONLY_POSIX = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog"}
met = []
own_import = builtins.__import__

def as_on_windows(name, globals=None, locals=None, fromlist=(), level=0):
    asking = (globals or {}).get("__name__", "")
    if level == 0 and asking.split(".")[0] == "grader":
        met.append(name)
        if name.split(".")[0] in ONLY_POSIX:
            raise ImportError(f"no module named {name}: {asking} asks for it")
    return own_import(name, globals, locals, fromlist, level)

builtins.__import__ = as_on_windows
for name in ("fork", "forkpty", "getuid", "geteuid", "register_at_fork"):
    delattr(os, name) if name != "register_at_fork" else None
for name in ("setitimer", "SIGALRM", "ITIMER_REAL"):
    delattr(signal, name)
warnings.filterwarnings("error", category=EncodingWarning, module=r"grader")
"""
"""A Python that has no more than it has on Windows, as far as Grader's own modules can tell."""

SCRIPT = """
from grader import check, hint
assert "keras" not in sys.modules and "tensorflow" not in sys.modules, "not before the student wants them"
{given}
def main():
    network = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(7)])
    network.compile(optimizer="sgd", loss="mse")
    check("network")
    check()
    hint("network")
main()
def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
answer = check("softmax")
assert answer.report.audience == "student"
assert met, "the modules of Grader were not watched"
"""


@pytest.mark.slow
def test_a_script_where_nothing_is_of_linux_only(two_files: Path, cells: dict[str, str]) -> None:
    script = two_files / "homework.py"
    script.write_text(ELSEWHERE + SCRIPT.replace("{given}", cells["given"]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", script.name],
        cwd=two_files,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "agg", "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        encoding="cp1252",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = " ".join(done.stdout.split())
    assert "2 units" in said or "7 units" in said
    assert "`network`" in said, "a function's own variables are seen"
    assert "public checks still to do" in said
    assert "model.summary()" in said
    assert "Softmax by hand 2 of 2" in said
    assert "\x1b" not in done.stdout


TERMINAL = """
import sys
from IPython.terminal.interactiveshell import TerminalInteractiveShell

sys.stdout.isatty = lambda: True
shell = TerminalInteractiveShell.instance(simple_prompt=True)
sys.displayhook = shell.displayhook
for source in {sources!r}:
    result = shell.run_cell(source, store_history=True)
    assert result.success, source
"""


@pytest.mark.slow
def test_ipython_in_a_terminal(two_files: Path) -> None:
    sources = [
        "%load_ext grader",
        "def softmax(scores):\n    return scores",
        "%grader softmax",
        "def softmax(scores):\n    return scores / 1",
        "%grader hint softmax",
        "%grader nothing",
        "from grader import check\ncheck('softmax')",
    ]
    done = subprocess.run(
        [sys.executable, "-c", TERMINAL.format(sources=sources)],
        cwd=two_files,
        env={
            **os.environ,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "IPYTHONDIR": str(two_files / "ipython"),
            "PYTHONIOENCODING": "utf-8",
        },
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "\x1b[31m" in done.stdout, "a terminal gets colours"
    assert "%grader hint softmax" in done.stdout
    assert "sums to 1" in done.stdout
    assert "the exercises are softmax, network" in done.stdout
    assert done.stdout.count("Softmax by hand") == 2


@pytest.mark.parametrize("module", ["grader", "grader.selfcheck"])
def test_the_import_is_quick_and_brings_neither_keras_nor_what_servers_need(module: str) -> None:
    heavy = ["keras", "tensorflow", "sqlalchemy", "nbconvert", "sklearn", "scipy", "matplotlib", "IPython", "bleach"]
    program = f"import sys, {module}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"
