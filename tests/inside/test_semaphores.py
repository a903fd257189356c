"""Counters in place of named semaphores: the standard library's own locks, queues and pools on top of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

INSIDE = Path(__file__).parents[2] / "grader"
PROGRAM = """
import sys, threading, time
sys.path.insert(0, sys.argv[1])
from inside.semaphores import CounterLock, install
install()
import multiprocessing
fork = multiprocessing.get_context("fork")
assert isinstance(fork.Lock()._semlock, CounterLock)
{body}
print("through")
"""


def passes(body: str) -> None:
    command = [sys.executable, "-c", PROGRAM.format(body=body), str(INSIDE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.endswith("through\n"), done.stderr


def test_a_pool_and_a_queue() -> None:
    passes("""
with fork.Pool(3) as pool:
    assert pool.map(abs, range(-50, 0), chunksize=1) == list(range(50, 0, -1))
queue = fork.Queue(2)
child = fork.Process(target=lambda: [queue.put(n) for n in range(20)])
child.start()
assert [queue.get(timeout=20) for _ in range(20)] == list(range(20))
child.join()
""")


def test_a_lock_keeps_others_out_and_shared_values_whole() -> None:
    passes("""
number = fork.Value("i", 0)
def count():
    for _ in range(500):
        with number.get_lock():
            number.value += 1
children = [fork.Process(target=count) for _ in range(4)]
for child in children: child.start()
for child in children: child.join()
assert number.value == 2000
""")


def test_what_is_taken_is_waited_for_only_so_long() -> None:
    passes("""
lock = fork.Lock()
assert lock.acquire()
assert not lock.acquire(block=False)
begun = time.monotonic()
assert not lock.acquire(timeout=0.2)
assert 0.15 < time.monotonic() - begun < 5
threading.Timer(0.1, lock.release).start()
assert lock.acquire(timeout=20)
""")


def test_counts_are_those_of_the_original() -> None:
    passes("""
two = fork.BoundedSemaphore(2)
assert two.get_value() == 2
two.acquire(); two.acquire()
assert two.get_value() == 0
two.release(); two.release()
try: two.release()
except ValueError: pass
else: raise SystemExit("released too often")
mine = fork.RLock()
assert mine.acquire() and mine.acquire()
mine.release(); mine.release()
try: mine.release()
except AssertionError: pass
else: raise SystemExit("not mine")
""")


@pytest.mark.parametrize("end", ["done.set(); child.join()", "child.kill(); child.join()"])
def test_events_across_processes(end: str) -> None:
    passes(f"""
begun, done = fork.Event(), fork.Event()
def work():
    begun.set(); done.wait()
child = fork.Process(target=work); child.start()
assert begun.wait(20)
{end}
""")
