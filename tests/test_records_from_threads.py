"""Records are read by several threads at once, each kind for the first time."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
from dataclasses import make_dataclass
from grader.records import decode

sys.setswitchinterval(1e-6)
for number in range(60):
    inner = make_dataclass("Inner", [(f"n{n}", int, 0) for n in range(20)])
    outer = make_dataclass("Outer", [(f"a{n}", inner) for n in range(10)])
    together = threading.Barrier(8)

    def read():
        together.wait()
        decode(b'{"a0":{},"a1":{},"a2":{},"a3":{},"a4":{},"a5":{},"a6":{},"a7":{},"a8":{},"a9":{"n1":2}}', outer)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print("through")
"""


def test_a_kind_that_many_threads_read_first() -> None:
    # msgspec's own look at a class crashed the whole grader, in two notebooks that ended at the same time.
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "through\n"), done.stderr[-2000:]
