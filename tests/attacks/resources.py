"""Time, memory, processes, files, output."""

from attacks.attack import DIED, ERROR, GRADED, MEMORY, TIMEOUT, Attack

ATTACKS = (
    Attack(
        name="endless_loop",
        tries="loops for ever",
        cells=("while True: pass",),
        status=(TIMEOUT,),
        says=(r"Cell 2 .*20 s",),
        outcome="the cell is interrupted, the rest runs",
        look_alike="slow_cell",
    ),
    Attack(
        name="endless_sleep",
        tries="sleeps for ever, using no CPU",
        cells=("import time; time.sleep(1e6)",),
        status=(TIMEOUT,),
        says=(r"Cell 2 .*20 s",),
        outcome="the cell is interrupted, the rest runs",
        look_alike="slow_cell",
    ),
    Attack(
        name="ignores_interrupts",
        tries="ignores SIGINT and loops",
        cells=(
            """
import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)
while True: pass""",
        ),
        status=(TIMEOUT,),
        says=(r"could not be interrupted",),
        least=2,
        outcome="the kernel is killed; what came before counts",
    ),
    Attack(
        name="catches_interrupts",
        tries="catches KeyboardInterrupt and goes on",
        cells=(
            """
while True:
    try:
        while True: pass
    except BaseException: pass""",
        ),
        status=(TIMEOUT,),
        says=(r"could not be interrupted|was stopped: 20 s",),
        least=2,
        outcome="the kernel is killed; what came before counts",
    ),
    Attack(
        name="slow_function",
        tries="a function that never returns when it is called by the collector",
        changed={
            "scale": """
calls = 0
def scale(x):
    while True: pass"""
        },
        before="",
        status=(GRADED, TIMEOUT),
        least=1,
        most=1,
        loses=("scale.scale",),
        outcome="the call is stopped; its exercise gets nothing",
    ),
    Attack(
        name="grabs_memory",
        tries="touches 2 GB of memory in the kernel",
        cells=(
            """
hold = []
for _ in range(32):
    b = bytearray(64 << 20); b[::4096] = b'x' * len(b[::4096]); hold.append(b)""",
        ),
        status=(MEMORY, ERROR, DIED),
        says=(r"memory|Memory",),
        least=2,
        outcome="stopped at the memory limit; what came before counts",
        look_alike="large_array",
    ),
    Attack(
        name="grabs_memory_at_once",
        tries="asks for 200 GB in one array",
        cells=("hold = np.ones(25 << 30)",),
        status=(ERROR, MEMORY),
        says=(r"memory|Memory",),
        outcome="an error in the cell, the rest runs",
        look_alike="large_array",
    ),
    Attack(
        name="memory_in_children",
        tries="spreads 2 GB over forked children",
        cells=(
            """
import time
for _ in range(8):
    if os.fork() == 0:
        b = bytearray(256 << 20); b[::4096] = b'x' * len(b[::4096]); time.sleep(20); os._exit(0)
time.sleep(6)""",
        ),
        status=(MEMORY,),
        says=(r"GiB of memory were in use in cell 2; the limit is 1\.5 GiB",),
        least=2,
        outcome="the whole tree counts; stopped at the memory limit",
    ),
    Attack(
        name="memory_in_memfd",
        tries="keeps 1.9 GB in memory files, which no process limit sees",
        cells=(
            """
import mmap, time
hold = []
for _ in range(32):
    fd = os.memfd_create('m'); os.ftruncate(fd, 60 << 20)
    m = mmap.mmap(fd, 60 << 20); m[::4096] = b'x' * len(m[::4096]); hold.append(m)
time.sleep(3)""",
        ),
        status=(MEMORY, ERROR),
        least=2,
        outcome="stopped at the memory limit",
    ),
    Attack(
        name="many_processes",
        tries="forks 200 children that sleep",
        cells=(
            """
import time
made = 0
try:
    for _ in range(200):
        if os.fork() == 0:
            time.sleep(5); os._exit(0)
        made += 1
except OSError as error:
    print('refused after', made)""",
        ),
        status=(GRADED, ERROR),
        least=2,
        outcome="forks are refused at the process limit, or the run is ended",
        look_alike="child_processes",
    ),
    Attack(
        name="many_threads",
        tries="starts 190 threads that sleep",
        cells=(
            """
import threading, time
made = 0
try:
    for _ in range(190):
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        made += 1
except RuntimeError as error:
    print('refused after', made)""",
        ),
        status=(GRADED, ERROR),
        least=2,
        outcome="threads are refused at the process limit, or the run is ended",
        look_alike="threads",
    ),
    Attack(
        name="large_file",
        tries="writes a file of 300 MB",
        cells=(
            """
with open('big.bin', 'wb') as f:
    for _ in range(300): f.write(b'x' * (1 << 20))""",
        ),
        status=(ERROR, DIED),
        says=(r"OSError|SIGXFSZ|File",),
        least=2,
        outcome="an error at the file limit, the rest runs",
        look_alike="scratch_file",
    ),
    Attack(
        name="many_large_files",
        tries="fills the disk with files of 60 MB",
        cells=(
            """
for n in range(30):
    with open(f'{n}.bin', 'wb') as f: f.write(b'x' * (60 << 20))""",
        ),
        status=(ERROR,),
        least=2,
        outcome="its own small disk is full, the rest runs",
        look_alike="scratch_file",
    ),
    Attack(
        name="many_small_files",
        tries="makes 300,000 empty files",
        cells=(
            """
os.makedirs('many')
for n in range(300_000): open(f'many/{n}', 'w').close()""",
        ),
        status=(ERROR, TIMEOUT, DIED, GRADED),
        least=2,
        outcome="the run is ended at 200,000 files or at the cell's time; the files are gone",
    ),
    Attack(
        name="prints_without_end",
        tries="prints 200 MB",
        cells=(
            r"""
line = 'x' * 99 + '\n'
for _ in range(2000): print(line * 1000, end='')""",
        ),
        status=(GRADED, TIMEOUT),
        says=(r"Output was cut in cell 2",),
        outcome="the output is cut and said so, the rest runs",
        look_alike="long_output",
    ),
    Attack(
        name="many_outputs",
        tries="displays 20,000 small outputs",
        cells=(
            """
from IPython.display import display, HTML
for n in range(20_000): display(HTML(f'<p>{n}</p>'))""",
        ),
        status=(GRADED, TIMEOUT),
        outcome="kept up to the output limit, the rest runs",
    ),
    Attack(
        name="large_error",
        tries="raises an error with a message of 50 MB",
        cells=("raise ValueError('x' * (50 << 20))",),
        status=(ERROR,),
        says=(r"ValueError",),
        outcome="the message is cut, the rest runs",
    ),
    Attack(
        name="waits_for_input",
        tries="asks for input",
        cells=("input('name? ')", "import getpass; getpass.getpass()"),
        status=(ERROR,),
        says=(r"StdinNotImplementedError",),
        outcome="an error at once, the rest runs",
    ),
    Attack(
        name="floods_evidence",
        tries="makes 700 networks and draws 300 figures",
        cells=(
            """
net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
import matplotlib.pyplot as p
for _ in range(300):
    net.set_weights([w + 1 for w in net.get_weights()])
    p.plot([_]); p.show()
for _ in range(700): keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])""",
        ),
        status=(GRADED, TIMEOUT),
        least=2,
        outcome="records past the cap are dropped and said so",
    ),
)
