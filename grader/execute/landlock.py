"""Landlock with seccomp: the fallback where namespaces can't be had.

Weaker than bubblewrap: other processes' command lines and every path's existence stay visible, files share the host's
disk (the supervisor counts their bytes), and `chmod` and the like are not made.
"""

from __future__ import annotations

import base64
import json
import shutil
import sys
from pathlib import Path

from grader.execute import seccomp
from grader.execute.sandbox import (
    DataMount,
    Launch,
    Room,
    Sandbox,
    host_places,
    host_scratch,
    inside_folder,
    prefixes,
    why_not,
)

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
READABLE = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/fonts",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/proc",
    "/sys/devices/system/cpu",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
MIB = 1 << 20


class Landlock:
    """Starts slots under Landlock (ABI 6) and seccomp."""

    level = "landlock"

    def launch(self, room: Room) -> Launch:
        """A slot that can read the system, the interpreter and the data, and write to one scratch folder."""
        folder = host_scratch()
        places = host_places(folder, room)
        data = [str(path.resolve()) for path in (room.data.datasets, room.data.stand_ins) if path is not None]
        rules = {
            "read": [*SYSTEM, *READABLE, *map(str, prefixes()), str(inside_folder()), str(folder), *data],
            # Not Keras' folder: what one notebook put there would be the next one's data.
            "write": [places.work, places.home, places.tmp, places.evidence, places.sockets],
            "devices": DEVICES,
            "filter": base64.b64encode(seccomp.for_landlock()).decode(),
        }
        confine = str(Path(__file__).with_name("confine.py"))
        return Launch(
            argv=(sys.executable, "-I", "-S", confine, json.dumps(rules), "--", sys.executable),
            inside=str(inside_folder()),
            environment=places.environment(),
            places=places,
            folder=folder,
            kernel_filter=seccomp.without_connect(),
        )


def probe() -> Sandbox | str:
    """Landlock if one real call of the interpreter works under it, else why not."""
    if not seccomp.for_landlock():
        return "Landlock does not work: this system or machine is not known to it"
    sandbox = Landlock()
    launch = sandbox.launch(Room(role="student", data=DataMount(), scratch_bytes=8 * MIB, evidence_bytes=MIB))
    why = why_not(launch)
    if launch.folder is not None:
        shutil.rmtree(launch.folder, ignore_errors=True)
    return f"Landlock does not work: {why}" if why else sandbox
