"""Stands between the grader and one slot: started as `python -I -S supervisor.py SETTINGS`, standard library only.

It lives in a process of its own because "die with parent" fires when the starting *thread* ends (threads of a pool end
early), and because something has to kill and reap every descendant when the grader is gone, however it went.

Lines of JSON on the lifeline, from the grader; its end means that the grader is gone and everything has to stop:

    {"watch": bytes, "processes": n}   a job begins: limits beyond what the slot holds now
    {"rest": true}                     the job is over; answered with a `peak`
    {"stop": true}                     kill everything and end

and on the status pipe, to the grader:

    {"event": "peak", "bytes": n}
    {"event": "killed", "why": "memory|processes|scratch", "bytes": n}
    {"event": "exit", "code": n}       the slot is gone, and so is every process under it
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

POLL_SECONDS = 0.1
IDLE_SECONDS = 5.0
EXACT_SECONDS = 1.0
"""How often the exact size is taken at most, unless the limit is near. One look costs 30 ms of CPU on a TensorFlow kernel."""
CALM_SECONDS = 5.0
"""How often it is taken while the cheap size stays as it was."""
GROWN_BYTES = 32 << 20
SCRATCH_SECONDS = 1.0
PR_SET_CHILD_SUBREAPER = 36
PAGE = os.sysconf("SC_PAGE_SIZE")


class Supervisor:
    """Watches one process tree."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.lifeline: int = settings["lifeline"]
        self.status: int = settings["status"]
        self.scratch: str = settings["scratch"]
        self.scratch_bytes: int = settings["scratch_bytes"]
        self.base = 0
        self.peak = 0
        self.limit = 0
        self.processes = 0
        self.buffer = b""
        self.exact_at = 0.0
        self.held = self.rough = 0
        self.seen: list[int] = []
        self.next_scratch = 0.0
        self.child = self.start(settings)

    def start(self, settings: dict[str, Any]) -> int:
        """Starts the slot's command with nothing but its own descriptors."""
        user = settings["user"]
        dropped = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        process = subprocess.Popen(
            settings["argv"],
            env=settings["env"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=settings["pass_fds"],
            cwd="/",
            **dropped,
        )
        for fd in settings["pass_fds"]:
            os.close(fd)
        return process.pid

    def run(self) -> None:
        """Until the slot or the grader is gone."""
        code = None
        while code is None:
            wait = POLL_SECONDS if self.limit else IDLE_SECONDS
            ready, _, _ = select.select([self.lifeline, self.wakeup], [], [], wait)
            if self.wakeup in ready:
                os.read(self.wakeup, 4096)
            if self.lifeline in ready and not self.obey():
                break
            code = self.reap()
            if code is None and self.limit and not self.within_limits():
                break
        self.kill_all()
        if self.scratch:
            # The grader does it too, unless it was killed.
            shutil.rmtree(self.scratch, ignore_errors=True)
        self.tell(event="exit", code=self.code if code is None else code)

    code = -signal.SIGKILL
    wakeup = -1

    def obey(self) -> bool:
        """Reads the lifeline. Returns whether to go on."""
        data = os.read(self.lifeline, 65536)
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "watch" in order:
                self.peak = 0
                self.base = self.exact(self.tree())
                self.limit, self.processes = order["watch"], order["processes"]
            elif "rest" in order:
                self.exact(self.tree())
                self.limit = 0
                self.tell(event="peak", bytes=self.peak)
            else:
                return False
        return bool(data)

    def within_limits(self) -> bool:
        """One look at the tree; kills nothing itself."""
        pids = self.tree()
        now = time.monotonic()
        if self.worth_measuring(pids, now):
            held = self.exact(pids)
            if held - self.base > self.limit:
                self.tell(event="peak", bytes=self.peak)
                self.tell(event="killed", why="memory", bytes=held - self.base)
                return False
        if (count := sum(threads(pid) for pid in pids)) > self.processes:
            self.tell(event="peak", bytes=self.peak)
            self.tell(event="killed", why="processes", bytes=count)
            return False
        if self.scratch and now >= self.next_scratch:
            self.next_scratch = now + SCRATCH_SECONDS
            if (used := folder_bytes(self.scratch)) > self.scratch_bytes:
                self.tell(event="killed", why="scratch", bytes=used)
                return False
        return True

    def worth_measuring(self, pids: list[int], now: float) -> bool:
        """Whether the limit may be passed, or the exact size is old. The resident sizes' sum is an upper bound of it."""
        rough = sum(rss(pid) for pid in pids)
        grown, other = rough - self.rough, pids != self.seen
        if rough - self.base > self.limit and (other or self.held + grown - self.base > self.limit * 0.9):
            return True
        passed = now - self.exact_at
        return passed >= (EXACT_SECONDS if other or grown > GROWN_BYTES else CALM_SECONDS)

    def exact(self, pids: list[int]) -> int:
        """Proportional set size of the tree: a page that n processes share counts 1/n for each."""
        self.held = sum(pss(pid) for pid in pids)
        self.rough = sum(rss(pid) for pid in pids)
        self.seen = pids
        self.peak = max(self.peak, self.held)
        self.exact_at = time.monotonic()
        return self.held

    def tree(self) -> list[int]:
        """Every descendant of this process."""
        found: list[int] = []
        waiting = children(os.getpid())
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            waiting += children(pid)
        return found

    def reap(self) -> int | None:
        """Collects the dead. Returns the slot's exit code once it is among them."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return None
                if pid == self.child:
                    return os.waitstatus_to_exitcode(status)
        return self.code

    def kill_all(self) -> None:
        """Kills until nothing is left; orphans come to this process, so none can hide."""
        while True:
            for pid in self.tree():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            time.sleep(0.005)

    def tell(self, **event: Any) -> None:
        """Sends a line to the grader, if it is still there."""
        with contextlib.suppress(OSError):
            os.write(self.status, json.dumps(event).encode() + b"\n")


def children(pid: int) -> list[int]:
    """Processes that any thread of a process started."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as listed:
                found += [int(child) for child in listed.read().split()]
    return found


def rss(pid: int) -> int:
    """Resident bytes, shared pages included; an upper bound of the proportional size, and cheap."""
    with contextlib.suppress(OSError, IndexError), open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * PAGE
    return 0


def pss(pid: int) -> int:
    """Proportional bytes; where the kernel refuses them (a process that hides), the resident ones."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) << 10
    except OSError:
        return rss(pid)
    return 0


def threads(pid: int) -> int:
    """Threads of a process."""
    with (
        contextlib.suppress(OSError, IndexError),
        open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat,
    ):
        return int(stat.read().rpartition(")")[2].split()[17])
    return 0


def folder_bytes(folder: str) -> int:
    """Bytes allocated below a folder, links not followed."""
    total = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, file)).st_blocks * 512
    return total


def main() -> None:
    """Runs until the slot or the grader is gone."""
    settings = json.loads(sys.argv[1])
    for fd in (settings["lifeline"], settings["status"]):
        os.set_inheritable(fd, False)  # noqa: FBT003
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wakeup, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A grader that stops closes the lifeline; a signal to the process group must not come first.
        signal.signal(number, signal.SIG_IGN)
    supervisor = Supervisor(settings)
    supervisor.wakeup = wakeup
    supervisor.run()


if __name__ == "__main__":
    main()
