"""Seccomp programs: which system calls a sandboxed process may not make, as classic BPF.

Format: `struct sock_filter` (linux/filter.h) over `struct seccomp_data` (linux/seccomp.h).
"""

from __future__ import annotations

import errno
import platform
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

LOAD_WORD = 0x20
JUMP_EQUAL = 0x15
JUMP_GREATER_EQUAL = 0x35
AND = 0x54
RETURN = 0x06
ALLOW = 0x7FFF0000
KILL = 0x80000000
ERROR = 0x00050000
OFFSET_NUMBER, OFFSET_ARCHITECTURE, OFFSET_ARGUMENTS = 0, 4, 16
X32_BIT = 0x40000000
SOCKET_TYPE_MASK = 0xF
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
SOCK_STREAM, SOCK_SEQPACKET = 1, 5

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CALLS = {
    "x86_64": {
        "shmget": 29,
        "socket": 41,
        "connect": 42,
        "socketpair": 53,
        "semget": 64,
        "msgget": 68,
        "chmod": 90,
        "fchmod": 91,
        "chown": 92,
        "fchown": 93,
        "lchown": 94,
        "utime": 132,
        "setpriority": 141,
        "sched_setparam": 142,
        "sched_setscheduler": 144,
        "pivot_root": 155,
        "mount": 165,
        "umount2": 166,
        "setxattr": 188,
        "lsetxattr": 189,
        "fsetxattr": 190,
        "removexattr": 197,
        "lremovexattr": 198,
        "fremovexattr": 199,
        "sched_setaffinity": 203,
        "utimes": 235,
        "mq_open": 240,
        "kexec_load": 246,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "ioprio_set": 251,
        "fchownat": 260,
        "futimesat": 261,
        "fchmodat": 268,
        "unshare": 272,
        "utimensat": 280,
        "perf_event_open": 298,
        "prlimit64": 302,
        "open_by_handle_at": 304,
        "setns": 308,
        "sched_setattr": 314,
        "bpf": 321,
        "userfaultfd": 323,
    },
    "aarch64": {
        "setxattr": 5,
        "lsetxattr": 6,
        "fsetxattr": 7,
        "removexattr": 14,
        "lremovexattr": 15,
        "fremovexattr": 16,
        "ioprio_set": 30,
        "umount2": 39,
        "mount": 40,
        "pivot_root": 41,
        "fchmod": 52,
        "fchmodat": 53,
        "fchownat": 54,
        "fchown": 55,
        "utimensat": 88,
        "unshare": 97,
        "kexec_load": 104,
        "sched_setparam": 118,
        "sched_setscheduler": 119,
        "sched_setaffinity": 122,
        "setpriority": 140,
        "mq_open": 180,
        "msgget": 186,
        "semget": 190,
        "shmget": 194,
        "socket": 198,
        "socketpair": 199,
        "connect": 203,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "perf_event_open": 241,
        "prlimit64": 261,
        "open_by_handle_at": 265,
        "setns": 268,
        "sched_setattr": 274,
        "bpf": 280,
        "userfaultfd": 282,
    },
}
EVERYWHERE = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "fchmodat2": 452}
REFUSED = (
    # Objects that would outlive a notebook in its warm slot, or lie outside every limit.
    "shmget", "semget", "msgget", "mq_open", "add_key", "request_key", "keyctl",
    # Ways around a filter, and large kernel surfaces that no notebook needs.
    "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "perf_event_open", "bpf", "kexec_load",
    "mount", "umount2", "pivot_root", "unshare", "setns", "open_by_handle_at",
)  # fmt: skip
SCHEDULING = ("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr", "setpriority", "ioprio_set")
"""Could slow down the runner or, beside Landlock, the grader; libzmq aborts when they fail, so they seem to be done."""
ATTRIBUTES = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "futimesat",
    "utimensat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
)  # fmt: skip
"""Change what Landlock doesn't guard, of any file that the user owns."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A call that is refused unless one argument has an allowed value."""

    call: str
    error: int
    """What it answers; 0 pretends that it was done."""
    argument: int = 0
    allowed: tuple[int, ...] = ()
    """Values of the argument that pass; none refuses the call outright."""
    mask: int = 0xFFFFFFFF


REFUSED_RULES = (
    *(Rule(call=call, error=errno.ENOSYS) for call in REFUSED),
    *(Rule(call=call, error=0) for call in SCHEDULING),
    # Its first argument is a process: 0 is the caller, any other may be the runner or the grader.
    Rule(call="prlimit64", error=errno.EPERM, allowed=(0,)),
)


def for_bubblewrap() -> bytes:
    """The filter inside bubblewrap: sockets stay usable, for the network namespace is empty.

    Families other than the usual ones are refused: AF_VSOCK, which reaches a virtual machine's host, knows no namespaces.
    """
    families = Rule(call="socket", error=errno.EAFNOSUPPORT, allowed=(AF_UNIX, AF_INET, AF_INET6, AF_NETLINK))
    return program((*REFUSED_RULES, families))


def for_landlock() -> bytes:
    """The filter beside Landlock, which knows nothing of UDP and of unix sockets with a path.

    EOPNOTSUPP, because libzmq aborts on EACCES. Datagram sockets could send to any path without `connect`. Changes of mode
    and times are not made but said to be, for `shutil.copy` and the like insist on them.
    """
    rules = [Rule(call=call, error=0) for call in ATTRIBUTES]
    for call in ("socket", "socketpair"):
        rules.append(Rule(call=call, error=errno.EOPNOTSUPP, allowed=(AF_UNIX,)))
        kinds = (SOCK_STREAM, SOCK_SEQPACKET)
        rules.append(Rule(call=call, error=errno.EOPNOTSUPP, argument=1, allowed=kinds, mask=SOCKET_TYPE_MASK))
    return program((*REFUSED_RULES, *rules))


def without_connect() -> bytes:
    """For the kernel process beside Landlock: it binds its sockets, and the runner connects to them."""
    return program((Rule(call="connect", error=errno.EOPNOTSUPP),))


def program(rules: Iterable[Rule]) -> bytes:
    """Compiles rules; a foreign architecture's calls kill. Empty where the machine's call numbers aren't known."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in ARCHITECTURES:
        return b""
    numbers = CALLS[machine] | EVERYWHERE
    code = [
        _op(LOAD_WORD, OFFSET_ARCHITECTURE),
        _op(JUMP_EQUAL, ARCHITECTURES[machine], yes=1),
        _op(RETURN, KILL),
        _op(LOAD_WORD, OFFSET_NUMBER),
    ]
    if machine == "x86_64":
        code += [_op(JUMP_GREATER_EQUAL, X32_BIT, no=1), _op(RETURN, KILL)]
    for rule in rules:
        if rule.call in numbers:
            code += _block(numbers[rule.call], rule)
    return b"".join([*code, _op(RETURN, ALLOW)])


def _block(number: int, rule: Rule) -> list[bytes]:
    refuse = [_op(RETURN, ERROR | rule.error)]
    if rule.allowed:
        load = [_op(LOAD_WORD, OFFSET_ARGUMENTS + 8 * rule.argument), _op(AND, rule.mask)]
        count = len(rule.allowed)
        tests = [_op(JUMP_EQUAL, value, yes=count - place) for place, value in enumerate(rule.allowed)]
        refuse = [*load, *tests, *refuse]
    return [_op(LOAD_WORD, OFFSET_NUMBER), _op(JUMP_EQUAL, number, no=len(refuse)), *refuse]


def _op(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
