"""Between two notebooks a slot is as it was: whatever one tries to leave behind, the next one finds the world unchanged."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("slots")

LOOK = r"""
import builtins, glob, hashlib, json, os, resource, signal, stat, sys, threading
import keras, matplotlib, numpy as np, tensorflow as tf

def files():
    found = []
    for top in {os.getcwd(), os.path.expanduser("~"), "/tmp", "/dev/shm", "/dev/mqueue", "/var/tmp", os.environ["KERAS_HOME"]}:
        for folder, inner, names in os.walk(top):
            found += [os.path.join(folder, n) for n in inner + names]
    return sorted(f for f in found if "kernel" not in f and "evidence" not in f)

def processes():
    if "bwrap" not in open("/proc/1/cmdline").read():
        return "the machine's own are seen here"
    return sorted(open(p).read().split("\0")[0] for p in glob.glob("/proc/[0-9]*/cmdline"))

limits = {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT_")}
limits.pop("RLIMIT_DATA")  # follows the size of the process
world = {
    "files": files(),
    "folder": [os.getcwd(), oct(stat.S_IMODE(os.stat(".").st_mode)), oct(stat.S_IMODE(os.stat("/tmp").st_mode))],
    "environment": sorted(os.environ.items()),
    "path": sys.path,
    "limits": limits,
    "nice": os.nice(0),
    "umask": os.umask(0o22),
    "signals": [str(signal.getsignal(n)) for n in (signal.SIGTERM, signal.SIGUSR1, signal.SIGALRM)],
    "timers": signal.getitimer(signal.ITIMER_REAL),
    "builtins": sorted(n for n in dir(builtins) if n not in ("_", "__", "___")),
    "keras": [keras.Model.count_params.__module__, keras.config.floatx(), keras.config.epsilon(), keras.layers.Dense.call.__module__],
    "numpy": [np.sum.__module__, np.allclose(1, 2), sorted(np.geterr().items())],
    "json": json.dumps.__module__,
    "figures": hashlib.md5(str(sorted(matplotlib.rcParams.items(), key=str)).encode()).hexdigest(),
    "threads": sorted(t.name.rstrip("0123456789-") for t in threading.enumerate()),
    "processes": processes(),
    "sockets": sorted(l.split()[-1] for l in open("/proc/net/unix") if "@" in l) if os.path.exists("/proc/net/unix") else [],
    "names": sorted(n for n in globals() if n.startswith("left")),
}
scratch = os.path.dirname(os.getcwd())  # another one for each slot where the sandbox has no mounts of its own
told = json.dumps(world, default=str)
print("WORLD", told.replace(scratch, "SCRATCH") if len(scratch) > 1 else told)
"""
LEAVE = {
    "files": r"""
import os
for top in (".", os.path.expanduser("~"), "/tmp", "/dev/shm", "/var/tmp", os.environ["KERAS_HOME"], os.environ["KERAS_HOME"] + "/datasets"):
    for name in ("left", ".left", "left\n\x1b[2J", "-rf", "left.py", "sitecustomize.py", "usercustomize.py", "keras.json"):
        try: open(os.path.join(top, name), "w").write("raise SystemExit")
        except OSError: pass
    try:
        deep = os.path.join(top, *["left"] * 1 + ["d"] * 40); os.makedirs(deep + "x", exist_ok=True)
        os.symlink("/", os.path.join(top, "leftlink")); os.mkfifo(os.path.join(top, "leftfifo"))
        shut = os.path.join(top, "leftshut"); os.makedirs(shut + "/inner"); open(shut + "/inner/f", "w").close()
        os.chmod(shut + "/inner", 0); os.chmod(shut, 0)
    except OSError: pass
os.makedirs(os.path.expanduser("~/.ipython/profile_default/startup"), exist_ok=True)
open(os.path.expanduser("~/.ipython/profile_default/startup/00.py"), "w").write("left_by_startup = 1")
os.makedirs(os.path.expanduser("~/.keras"), exist_ok=True)
open(os.path.expanduser("~/.keras/keras.json"), "w").write('{"floatx": "float16"}')
os.makedirs(os.path.expanduser("~/.config/matplotlib"), exist_ok=True)
open(os.path.expanduser("~/.config/matplotlib/matplotlibrc"), "w").write("lines.linewidth: 9")
os.chmod("/tmp", 0o500); os.chmod(".", 0o500)
""",
    "state of the process": r"""
import atexit, builtins, json, os, resource, signal, sys, threading, time
import keras, matplotlib, numpy as np
builtins.left = 1; os.environ["LEFT"] = "1"; os.environ["PYTHONSTARTUP"] = "/tmp/left.py"; sys.path.insert(0, "/tmp"); os.umask(0)
keras.Model.count_params = lambda self: 407050; keras.config.set_floatx("float16"); keras.config.set_epsilon(1)
np.allclose = lambda *a, **k: True; np.sum = max; json.dumps = str; np.seterr(all="raise")
matplotlib.rcParams["lines.linewidth"] = 9; left_here = 1
signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.setitimer(signal.ITIMER_REAL, 1000)
atexit.register(lambda: open("/tmp/left-at-exit", "w"))
resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))
try: os.nice(5)
except OSError: pass
threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
""",
    "processes and sockets": r"""
import ctypes, os, signal, socket, time
for n in range(3):
    if os.fork() == 0:
        os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.fork() == 0: time.sleep(30)
        os._exit(0)
if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
try:
    listening = socket.socket(socket.AF_UNIX); listening.bind("\0left-abstract"); listening.listen()
except OSError: pass
libc = ctypes.CDLL(None)
libc.shmget(4242, 4096, 0o1666); libc.msgget(4242, 0o1666); libc.semget(4242, 1, 0o1666)
for pid in os.listdir("/proc"):
    if pid.isdigit() and int(pid) not in (os.getpid(), 1):
        for what in (signal.SIGUSR1, signal.SIGTERM):
            try: os.kill(int(pid), what)
            except OSError: pass
""",
}


def _world(ran: Any) -> dict[str, Any]:
    text = str(ran.text(0))
    assert "WORLD" in text, ran.cell(0)["error"]
    found: dict[str, Any] = json.loads(text[text.index("WORLD") + 6 :])
    return found


@pytest.mark.parametrize("what", sorted(LEAVE))
def test_the_next_notebook_finds_the_world_unchanged(run: Any, what: str) -> None:
    before = _world(run(LOOK))
    left = run(LEAVE[what])
    assert left.cell(0)["error"] is None
    after = _world(run(LOOK))
    changed = {key: (value, after[key]) for key, value in before.items() if after[key] != value}
    assert not changed, json.dumps(changed)
