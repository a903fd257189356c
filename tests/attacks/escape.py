"""Reaching what is outside the sandbox: hidden checks, other people's work, this machine, the network."""

from attacks.attack import Attack

READ = """
def read(path):
    with open(path, "rb") as f: return f.read(200)
"""

ATTACKS = (
    Attack(
        name="reads_hidden_checks",
        tries="opens hidden.py and the reference solution by path",
        cells=(
            READ
            + """
for name in ('hidden.py', 'solution.ipynb', 'notes.txt', 'expectations/none.json'):
    for base in ('@root@', '.', '/', '..', '/proc/1/root@root@', '/proc/self/root@root@', '/proc/self/cwd/..'):
        attempt('file', lambda: read(f'{base}/reference/corners/{name}'))""",
        ),
        shows=("blocked file",),
        outcome="no such file in its sandbox",
        look_alike="own_data_file",
    ),
    Attack(
        name="searches_the_disk",
        tries="walks the whole file system for hidden.py, gradebook.db and notebooks",
        cells=(
            """
found = []
for top, inner, files in os.walk('/'):
    inner[:] = [i for i in inner if top != '/' or i not in ('proc', 'sys', 'usr')]
    found += [os.path.join(top, f) for f in files if f in ('hidden.py', 'gradebook.db', 'id_decoy', 'canary.safetensors') or f.endswith('.ipynb') and 'site-packages' not in top]
def nothing():
    if not found: raise LookupError('nothing found')
    return found
attempt('search', nothing)""",
        ),
        shows=("blocked search",),
        outcome="finds nothing",
    ),
    Attack(
        name="reads_other_submissions",
        tries="opens the class folder and the job folders of others",
        cells=(
            """
for base in ('@root@/class', '@workspace@', '@workspace@/jobs', '@workspace@/jobs/corners', '..', '/submissions'):
    def look():
        found = [f for f in os.listdir(base) if f.endswith('.ipynb') or len(f) == 32]
        if not found: raise LookupError('no submission')
        return found
    attempt('listing', look)""",
        ),
        shows=("blocked listing",),
        outcome="no such folder in its sandbox",
    ),
    Attack(
        name="reads_the_gradebook",
        tries="opens and changes the gradebook",
        cells=(
            READ
            + """
import sqlite3
attempt('gradebook', lambda: read('@workspace@/gradebook.db'))
attempt('change', lambda: sqlite3.connect('@workspace@/gradebook.db').execute('delete from results').rowcount)""",
        ),
        shows=("blocked gradebook", "blocked change"),
        outcome="no such file in its sandbox",
    ),
    Attack(
        name="reads_the_training_store",
        tries="lists, reads and writes the stores of trainings and examinations",
        cells=(
            READ
            + """
for what in ('trainings/zz/canary.safetensors', 'examinations/zz/canary/examined.json'):
    attempt('store', lambda: read(f'@workspace@/{what}'))
    attempt('write', lambda: open(f'@workspace@/{what}', 'w'))
attempt('list', lambda: os.listdir('@workspace@/trainings'))""",
        ),
        shows=("blocked store", "blocked write", "blocked list"),
        outcome="no such folder in its sandbox",
    ),
    Attack(
        name="reads_the_home_folder",
        tries="reads a private key by HOME, by the user list and by path",
        cells=(
            READ
            + """
import pwd
places = {os.path.expanduser('~'), '@home@', '/root', *(e.pw_dir for e in pwd.getpwall())}
for place in places: attempt('key', lambda: read(f'{place}/.ssh/id_decoy'))
for name in ('/etc/shadow', '/etc/ssh/ssh_host_rsa_key', '/root/.netrc', '/root/.bash_history'): attempt('file', lambda: read(name))""",
        ),
        shows=("blocked key", "blocked file"),
        outcome="no such file in its sandbox",
    ),
    Attack(
        name="steals_the_environment",
        tries="reads environment variables of itself and of every process",
        cells=(
            """
import glob
seen = str(dict(os.environ))
for name in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/task/*/environ'):
    try: seen += open(name, errors='replace').read()
    except OSError: pass
def secret():
    at = seen.find('SECRET_TOKEN')
    if at < 0: raise LookupError('no secret')
    return seen[at:at + 80]
attempt('secret', secret)""",
        ),
        shows=("blocked secret",),
        outcome="its environment is made from nothing; others' are out of reach",
        look_alike="sets_environment",
    ),
    Attack(
        name="searches_processes",
        tries="looks for traces in command lines, folders and descriptors of every process",
        cells=(
            """
import glob
hits = []
for p in glob.glob('/proc/[0-9]*'):
    try: hits += [c for c in [open(p + '/cmdline').read()] if '@root@' in c]
    except OSError: pass
    for link in glob.glob(p + '/fd/*') + [p + '/cwd', p + '/root', p + '/exe']:
        try: target = os.readlink(link)
        except OSError: continue
        if '@root@' in target: hits.append(target)
def trace():
    if not hits: raise LookupError('no trace')
    return hits
attempt('trace', trace)""",
        ),
        shows=("blocked trace",),
        outcome="finds nothing",
    ),
    Attack(
        name="reads_grader_memory",
        tries="attaches to the runner and its parents, reads their memory and descriptors",
        cells=(
            """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for pid in {os.getppid(), 1, 2, 3}:
    def memory():
        with open(f'/proc/{pid}/mem', 'rb'): return 'memory'
    def attach():
        if libc.ptrace(16, pid, None, None): raise OSError(ctypes.get_errno(), 'ptrace')
        return pid
    def steal():
        fd = libc.syscall(438, libc.syscall(434, pid, 0), 3, 0)
        if fd < 0: raise OSError(ctypes.get_errno(), 'pidfd_getfd')
        return fd
    def peek():
        buffer = ctypes.create_string_buffer(64)
        local = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 64)
        remote = (ctypes.c_size_t * 2)(0x400000, 64)
        if libc.process_vm_readv(pid, local, 1, remote, 1, 0) < 0: raise OSError(ctypes.get_errno(), 'readv')
        return 'peeked'
    for name, action in (('memory', memory), ('attach', attach), ('steal', steal), ('peek', peek), ('descriptors', lambda: [os.open(f'/proc/{pid}/fd/{fd}', os.O_RDONLY | os.O_NONBLOCK) for fd in os.listdir(f'/proc/{pid}/fd') or ['0']])):
        if pid != os.getpid(): attempt(name, action)""",
        ),
        shows=("blocked memory", "blocked attach", "blocked steal", "blocked peek", "blocked descriptors"),
        outcome="refused: they can't be traced",
    ),
    Attack(
        name="writes_to_descriptors",
        tries="writes forged protocol frames to every descriptor it may have",
        cells=(
            r"""
frame = b'{"event": "end", "how": "completed"}\n'
open_before = sorted(int(n) for n in os.listdir('/proc/self/fd'))
import stat
for fd in open_before:
    try:
        if fd > 2 and stat.S_ISFIFO(os.fstat(fd).st_mode): os.write(fd, frame)
    except OSError: pass
print('written')""",
        ),
        shows=("written",),
        silent=True,
        outcome="the pipe to the grader isn't among them",
    ),
    Attack(
        name="uses_the_network",
        tries="TCP, UDP, unix and abstract sockets of this machine, and a name look-up",
        cells=(
            r"""
import socket
socket.setdefaulttimeout(1)
attempt('tcp', lambda: socket.create_connection(('127.0.0.1', @tcp@)))
attempt('udp', lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', @udp@)))
attempt('unix', lambda: socket.socket(socket.AF_UNIX).connect('@socket@'))
attempt('abstract', lambda: socket.socket(socket.AF_UNIX).connect('\0@abstract@'))
attempt('name', lambda: socket.getaddrinfo('example.org', 80))""",
        ),
        shows=("blocked tcp", "blocked unix", "blocked abstract", "blocked name"),
        silent=True,
        outcome="no listener hears of it",
        look_alike="tries_a_download",
    ),
    Attack(
        name="uses_io_uring",
        tries="io_uring, vsock, netlink, raw and packet sockets",
        cells=(
            """
import ctypes, socket
libc = ctypes.CDLL(None, use_errno=True)
def uring():
    fd = libc.syscall(425, 8, ctypes.create_string_buffer(120))
    if fd < 0: raise OSError(ctypes.get_errno(), 'io_uring_setup')
    return fd
attempt('uring', uring)
for name in ('AF_VSOCK', 'AF_PACKET'):
    attempt('vsock', lambda: socket.socket(getattr(socket, name), socket.SOCK_STREAM if name == 'AF_VSOCK' else socket.SOCK_RAW).connect((2, 1)))
attempt('raw', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))""",
        ),
        shows=("blocked uring", "blocked vsock", "blocked raw"),
        outcome="refused",
    ),
    Attack(
        name="escapes_by_system_calls",
        tries="mounts, namespaces, chroot, kernel modules, kernel settings, devices",
        cells=(
            """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(what, result):
    if result < 0: raise OSError(ctypes.get_errno(), what)
    return result
attempt('unshare', lambda: call('unshare', libc.unshare(0x10000000)))
attempt('mount', lambda: call('mount', libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)))
attempt('umount', lambda: call('umount', libc.umount2(b'/tmp', 2)))
attempt('chroot', lambda: os.chroot('/tmp'))
attempt('setuid', lambda: os.setuid(1))
attempt('sysctl', lambda: open('/proc/sys/kernel/core_pattern', 'w').write('|/tmp/x'))
attempt('sysrq', lambda: open('/proc/sysrq-trigger', 'w').write('h'))
attempt('device', lambda: open('/dev/mem', 'rb').read(1))
attempt('mknod', lambda: os.mknod('/tmp/disk', 0o60666, os.makedev(8, 0)))
attempt('module', lambda: call('module', libc.syscall(175, None, 0, b'')))
attempt('bpf', lambda: call('bpf', libc.syscall(321, 5, None, 0)))
attempt('keyring', lambda: call('keyctl', libc.syscall(248, b'user', b'a', b'b', 1, -3)))""",
        ),
        shows=("blocked unshare", "blocked mount", "blocked chroot", "blocked sysctl", "blocked module"),
        outcome="refused",
    ),
    Attack(
        name="uses_shell_and_setuid",
        tries="shell magics, sudo, su and pip",
        cells=(
            "!cat @root@/reference/corners/notes.txt; id; ls @home@ 2>&1 | head -3",
            """
%%bash
curl -s -m 2 http://127.0.0.1:@tcp@/ || echo no-net""",
            """
import subprocess
attempt('sudo', lambda: subprocess.run(['sudo', '-n', 'id'], check=True, capture_output=True))
attempt('su', lambda: subprocess.run(['su', '-c', 'id'], check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=5))
print([l for l in open('/proc/self/status') if l.startswith('NoNewPrivs')])""",
        ),
        shows=("blocked sudo", "blocked su", "NoNewPrivs"),
        outcome="the same limits hold for child programs",
        look_alike="shell_magic",
    ),
    Attack(
        name="changes_installed_packages",
        tries="writes .pth, sitecustomize.py and a grader package where Python looks",
        cells=(
            r"""
import site, sys
for folder in [p for p in sys.path if p] + [os.path.dirname(keras.__file__), '@checkout@/grader', '/usr/lib/python3/dist-packages']:
    for name in ('zz_attack.pth', 'sitecustomize.py', 'usercustomize.py', '__init__.py'):
        def write():
            with open(os.path.join(folder, name), 'a') as f: f.write('# tampered by an attack\n')
            return folder
        attempt('write', write)""",
        ),
        shows=("blocked write",),
        unsafe="changes the installed packages",
        outcome="read-only; nothing outside changed",
    ),
    Attack(
        name="reads_hidden_cases",
        tries="asks the collector in its own process what is checked",
        cells=(
            """
import gc
found = [str(o)[:4000] for o in gc.get_objects() if type(o) is dict and 'function' in o and 'inputs' in o]
print(len(found), *found)
for callback in get_ipython().events.callbacks['post_run_cell']:
    for cell in callback.__closure__ or ():
        recorder = cell.cell_contents
        print(getattr(getattr(recorder, '_caller', None), '_cases', None))""",
        ),
        silent=True,
        outcome="sees inputs of hidden function cases, under opaque names; never results or hidden names",
    ),
    Attack(
        name="fills_shared_memory",
        tries="leaves files in every writable place for the next notebook",
        cells=(
            """
for place in ('/dev/shm', '/tmp', os.path.expanduser('~'), '.', os.environ['KERAS_HOME'], os.environ['TMPDIR'], '/run/kernel', '/dev/mqueue'):
    try: open(os.path.join(place, 'left-for-the-next'), 'w').write('x')
    except OSError: pass""",
        ),
        silent=True,
        outcome="all places are emptied between two notebooks",
    ),
    Attack(
        name="finds_what_others_left",
        tries="looks for what another notebook left",
        cells=(
            """
import glob
def left():
    found = [p for top in ('/dev/shm', '/tmp', os.path.expanduser('~'), '.', os.environ['KERAS_HOME'], '/run/kernel', '/dev/mqueue')
             for p in glob.glob(top + '/left-for-the-next')]
    if not found: raise LookupError('nothing')
    return found
attempt('left', left)""",
        ),
        shows=("blocked left",),
        outcome="finds nothing",
    ),
)
