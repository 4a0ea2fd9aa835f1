"""Takes system calls away from a process that opens outside files: no network, no files, no other programs.

By libseccomp (kept, part of every Debian and of its images), called through ctypes: its binding on the
package index has had no release since January 2021. Where the kernel or the library is missing, a network
namespace of its own takes at least the network away; where that is refused as well, the limits of
`child_maker` are what is left, and `ingest.child` warns once.

What decoders need is allowed and all else answers EPERM, so that a decoder that asks for more fails as on a
broken file. It imports nothing of Tillpoints.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import signal
import sys
from typing import Any

SECCOMP, NAMESPACE, NOTHING = "seccomp", "namespace", "nothing"

ALLOWED = (
    *("read", "write", "close", "lseek", "pread64", "fstat", "newfstatat"),
    *("munmap", "mremap", "brk", "madvise", "futex", "getrandom", "membarrier"),
    *("rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigaltstack", "restart_syscall"),
    *("exit", "exit_group", "set_robust_list", "rseq", "poll", "ppoll"),
    *("clock_gettime", "clock_getres", "clock_nanosleep", "gettimeofday", "getrusage"),
    *("sched_yield", "sched_getaffinity", "getpid", "gettid", "sysinfo", "uname"),
    "setitimer",
)
"""Memory, time, threads' locks, and descriptors that are open already. Nothing takes a path to open, though
the library's `fstat` is a `newfstatat`."""

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_EQUAL, _MASKED_EQUAL = 4, 7
_PR_SET_PDEATHSIG = 1
_CLONE_THREAD = 0x00010000
_NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000
_PROTECTION = 2
"""Which argument of mmap and mprotect says what may be done with the memory."""


class _Compare(ctypes.Structure):
    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


_library: Any = None


def prepare() -> str:
    """Once, in the process that forks: load the library, or leave the network; which of them it was."""
    global _library  # noqa: PLW0603 - one a process, kept for its children
    if sys.platform != "linux":
        return NOTHING
    _library = _seccomp()
    if _library is not None and _trial():
        return SECCOMP
    _library = None
    return NAMESPACE if ctypes.CDLL(None).unshare(_NEW_USER_AND_NETWORK) == 0 else NOTHING


def _seccomp() -> Any:  # noqa: ANN401 - a library has no type
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Compare),
    ]
    return library


def _trial() -> bool:
    """Whether the kernel takes the filter: a child tries."""
    pid = os.fork()
    if pid == 0:
        try:
            enter()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def enter() -> None:
    """Take the calls away from this process, for good; none where `prepare` found no library.

    On Linux it ends with its parent in any case.

    Raises:
        OSError: the kernel refused.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if _library is None:
        return
    held = _library.seccomp_init(_ERRNO | errno.EPERM)
    for name in ALLOWED:
        _allow(held, name)
    for name in ("mmap", "mprotect"):  # memory to write and read, never to run
        _allow(held, name, _Compare(_PROTECTION, _MASKED_EQUAL, mmap.PROT_EXEC, 0))
    _allow(held, "clone", _Compare(0, _MASKED_EQUAL, _CLONE_THREAD, _CLONE_THREAD))
    _rule(held, _ERRNO | errno.ENOSYS, "clone3")  # its flags cannot be looked at: the C library falls back
    _allow(held, "tgkill", _Compare(0, _EQUAL, os.getpid(), 0))  # as abort() does
    if _library.seccomp_load(held) != 0:
        raise OSError("the kernel refused the filter of system calls")


def _allow(held: int, name: str, *compared: _Compare) -> None:
    _rule(held, _ALLOW, name, *compared)


def _rule(held: int, action: int, name: str, *compared: _Compare) -> None:
    number = _library.seccomp_syscall_resolve_name(name.encode())
    # Not every machine has every call: a name that it lacks is a negative number.
    if number >= 0:
        _library.seccomp_rule_add_array(
            held, action, number, len(compared), (_Compare * max(1, len(compared)))(*compared)
        )
