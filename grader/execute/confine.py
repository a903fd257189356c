"""Restricts itself by Landlock and seccomp, then becomes another program: `python -I -S confine.py RULES -- COMMAND…`.

Standard library only, and a process of its own, because the restrictions are for ever and for every child.
Format of the calls: linux/landlock.h, linux/capability.h.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import stat
import struct
import sys
from typing import Any

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
LEAST_ABI = 6
"""The first that scopes signals and abstract unix sockets; without it, one student's process could kill the grader."""
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
EVERYTHING = (1 << 16) - 1
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
READ = EXECUTE | READ_FILE | READ_DIR
WRITE = EVERYTHING & ~(MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV)
DEVICE = READ_FILE | WRITE_FILE
ALL_TCP = 3
ALL_SCOPES = 3
PATH_BENEATH = 1
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_CAP_AMBIENT = 24, 38, 22, 47
CAPABILITY_VERSION = 0x20080522
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}


def abi(libc: Any) -> int:
    """Landlock's version here; 0 without it."""
    return max(0, int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG)))


def restrict(libc: Any, rules: dict[str, Any]) -> None:
    """Allows what the rules list (`read`, `write`, `devices`) and nothing else of files, TCP and outside processes.

    Raises:
        OSError: the kernel refused.
    """
    attributes = ctypes.create_string_buffer(struct.pack("=QQQ", EVERYTHING, ALL_TCP, ALL_SCOPES))
    ruleset = _checked(libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(24), 0), "landlock_create_ruleset")
    for key, access in (("read", READ), ("write", WRITE), ("devices", DEVICE)):
        for path in rules[key]:
            _allow(libc, ruleset, path, access)
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _checked(libc.syscall(RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _allow(libc: Any, ruleset: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        access &= ON_FILES
    rule = ctypes.create_string_buffer(struct.pack("=Qi", access, fd))
    _checked(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0), f"landlock_add_rule {path}")
    os.close(fd)


def drop_capabilities(libc: Any) -> None:
    """Root without root's powers; does nothing for an ordinary user."""
    if os.geteuid() != 0:
        return
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION, 0))
    nothing = ctypes.create_string_buffer(24)
    _checked(libc.syscall(SYS_CAPSET[os.uname().machine], header, nothing), "capset")


def filter_calls(libc: Any, program: bytes) -> None:
    """Installs a seccomp program for good."""
    code = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    _checked(libc.prctl(PR_SET_SECCOMP, 2, head, 0, 0), "seccomp")


def _checked(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what} refused: {os.strerror(ctypes.get_errno())}")
    return result


def main() -> None:
    """Confines and becomes the command."""
    rules = json.loads(sys.argv[1])
    libc = ctypes.CDLL(None, use_errno=True)
    if (found := abi(libc)) < LEAST_ABI:
        sys.exit(f"Landlock's version is {found}, and {LEAST_ABI} is needed")
    drop_capabilities(libc)
    restrict(libc, rules)
    filter_calls(libc, base64.b64decode(rules["filter"]))
    os.execv(sys.argv[3], sys.argv[3:])


if __name__ == "__main__":
    main()
