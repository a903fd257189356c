"""Exits, signals, daemons, threads: ways of ending, or of not ending."""

from attacks.attack import DIED, ERROR, GRADED, MEMORY, TIMEOUT, Attack

ATTACKS = (
    Attack(
        name="exits_at_once",
        tries="os._exit(0), which looks like success",
        cells=("os._exit(0)",),
        status=(DIED,),
        says=(r"cell 2", r"exit status 0"),
        least=2,
        most=2,
        outcome="the kernel died; what came before counts",
    ),
    Attack(
        name="kills_itself",
        tries="SIGKILL to its own process",
        cells=("import signal; os.kill(os.getpid(), signal.SIGKILL)",),
        status=(DIED,),
        says=(r"SIGKILL in cell 2",),
        least=2,
        most=2,
        outcome="the kernel died; what came before counts",
    ),
    Attack(
        name="kills_everybody",
        tries="SIGKILL to every process that it can name",
        cells=(
            """
import signal
for pid in [-1, *range(1, 200)]:
    if pid != os.getpid():
        try: os.kill(pid, signal.SIGKILL)
        except OSError: pass
print('alive')""",
        ),
        status=(GRADED, DIED),
        least=2,
        unsafe="kills every process of the user, the grader and the desktop among them",
        outcome="it can signal its own children only",
    ),
    Attack(
        name="stops_everybody",
        tries="SIGSTOP to its group, its session and every process",
        cells=(
            """
import signal
for pid in [*range(1, 200)]:
    if pid != os.getpid():
        try: os.kill(pid, signal.SIGSTOP)
        except OSError: pass
os.killpg(0, signal.SIGSTOP)""",
        ),
        status=(TIMEOUT, DIED),
        says=(r"could not be interrupted|SIG",),
        least=2,
        unsafe="stops processes that are not its own",
        outcome="stopped itself; killed when its time was over",
    ),
    Attack(
        name="crashes",
        tries="reads from address 0 after an endless recursion",
        cells=(
            """
sys.setrecursionlimit(20_000)
def f(n): return f(n + 1)
try: f(0)
except RecursionError: print('recursion')""",
            "import ctypes; ctypes.string_at(0)",
        ),
        status=(DIED,),
        says=(r"SIGSEGV",),
        least=2,
        most=2,
        outcome="the kernel died; what came before counts",
    ),
    Attack(
        name="aborts_in_tensorflow",
        tries="makes TensorFlow abort the process",
        cells=("import ctypes; ctypes.CDLL(None).abort()",),
        status=(DIED,),
        says=(r"SIGABRT",),
        least=2,
        most=2,
        outcome="the kernel died; what came before counts",
    ),
    Attack(
        name="leaves_a_daemon",
        tries="a process in a session of its own that outlives the notebook and writes a heartbeat",
        cells=(
            """
import time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp('sleep', ['sleep', '58.125'])
    os._exit(0)
time.sleep(0.5)
print('started')""",
        ),
        shows=("started",),
        outcome="killed with the notebook; none is left a second later",
        look_alike="child_processes",
    ),
    Attack(
        name="hides_a_daemon",
        tries="a daemon that is stopped, ignores signals, and is cut off from its parents",
        cells=(
            """
import ctypes, signal, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
if os.fork() == 0:
    for s in range(1, 32):
        try: signal.signal(s, signal.SIG_IGN)
        except OSError: pass
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0); os.setsid()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b'(x) S 1', 0, 0, 0); os.kill(os.getpid(), signal.SIGSTOP); os.execvp('sleep', ['sleep', '58.125'])
    os._exit(0)
time.sleep(0.3)
print('started')""",
        ),
        shows=("started",),
        outcome="killed with the notebook",
    ),
    Attack(
        name="forks_and_leaves",
        tries="the child goes on as the kernel while the parent exits",
        cells=(
            """
if os.fork() != 0: os._exit(0)
print('child')""",
        ),
        status=(DIED,),
        least=2,
        most=3,
        outcome="the kernel died; its child is killed",
    ),
    Attack(
        name="forks_and_returns",
        tries="goes on twice: parent and child both answer",
        cells=(
            """
os.fork()
print('twice')""",
        ),
        status=(GRADED, ERROR, DIED, TIMEOUT),
        least=2,
        outcome="the kernel's own answers count",
        look_alike="child_processes",
    ),
    Attack(
        name="raises_system_exit",
        tries="sys.exit, quit() and raise SystemExit, so that later cells are skipped",
        cells=("import sys; sys.exit(0)", "quit()", "raise SystemExit(0)"),
        status=(ERROR, GRADED),
        outcome="ends the cell only; the rest runs",
        look_alike="quits_at_the_end",
    ),
    Attack(
        name="breaks_the_shell",
        tries="replaces the shell's run_cell, the event loop and sys.stdout",
        cells=(
            """
shell = get_ipython()
shell.run_cell = lambda *a, **k: None
shell.run_cell_async = None
sys.stdout = sys.stderr = None
import builtins; builtins.print = None; del builtins.open""",
        ),
        status=(GRADED, ERROR, DIED, TIMEOUT),
        least=2,
        most=3,
        silent=True,
        outcome="its own later cells fail",
    ),
    Attack(
        name="hangs_at_exit",
        tries="atexit handlers, threads that are no daemons, and finalizers that loop",
        cells=(
            """
import atexit, threading, time
atexit.register(lambda: time.sleep(1e6))
threading.Thread(target=lambda: time.sleep(1e6)).start()
class Loop:
    def __del__(self):
        while True: pass
loop = Loop()""",
        ),
        outcome="nothing of it runs: the kernel is killed",
        look_alike="threads",
    ),
    Attack(
        name="interrupts_itself",
        tries="alarms, timers and SIGINT to itself while the collector works",
        cells=(
            """
import signal, threading, time
def storm():
    for _ in range(200):
        os.kill(os.getpid(), signal.SIGINT); time.sleep(0.005)
threading.Thread(target=storm, daemon=True).start()""",
            "time.sleep(2)",
        ),
        status=(ERROR, GRADED, DIED, TIMEOUT),
        least=0,
        most=3,
        outcome="its own cells are interrupted",
    ),
    Attack(
        name="lowers_its_limits",
        tries="sets its own limits to nothing, so that Grader's work fails in it",
        cells=(
            """
import resource
for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
    resource.setrlimit(which, (8, 8))""",
        ),
        status=(GRADED, ERROR, DIED, TIMEOUT),
        least=2,
        most=3,
        outcome="what it can't write down any more doesn't count; no other process is touched",
    ),
    Attack(
        name="memory_after_the_end",
        tries="a child that takes 2 GB while the next notebook may run",
        cells=(
            """
import time
if os.fork() == 0:
    os.setsid(); time.sleep(0.7); hold = []
    for _ in range(32):
        b = bytearray(60 << 20); b[::4096] = b'x' * len(b[::4096]); hold.append(b)
    time.sleep(30); os._exit(0)""",
        ),
        status=(GRADED, MEMORY, DIED),
        least=2,
        outcome="killed with the notebook",
    ),
)
