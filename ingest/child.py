"""A process of its own for what looks into a hostile file: one file in, one answer out.

Each process of ours starts a maker (`child_maker`) when it first needs one and asks it for a child a file.
Measured on a whole `accept` of a 640 x 480 JPEG: 100 ms with a fresh interpreter a file, 9 ms so.
"""

from __future__ import annotations

import atexit
import json
import logging
import mmap
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from receipts.errors import TransientError

# Each child may take the memory that its caller allows: no more of them at once than can compute at once.
_CHILDREN = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
_MAKER = Path(__file__).with_name("child_maker.py")
_ENVIRONMENT = {
    # A process with several threads cannot be forked.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Each child takes its memory anew: in large pages a photo of 12 megapixels takes 0.09 s less.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
_START_TIMEOUT_S = 30.0
_END_MOST_BYTES = 4096

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a child may use.

    Attributes:
        memory_bytes: address space beyond that of the decoders themselves.
        cpu_s: processor time.
        timeout_s: by the clock.
        answer_bytes: written in answer.
    """

    memory_bytes: int
    cpu_s: int
    timeout_s: float
    answer_bytes: int = 2**20


@dataclass(frozen=True, slots=True)
class ChildAnswer:
    """How it ended.

    Attributes:
        answer: bytes that its script made, which the reader may write upon; they end in a traceback where the
            exit code is positive.
        exit_code: negative where a signal ended it.
    """

    answer: bytes | mmap.mmap
    exit_code: int


@dataclass(frozen=True, slots=True)
class ChildTooSlow:
    """It was ended because it had not answered in time."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Of all children that this process has had.

    Attributes:
        processor_s: together.
        peak_bytes: resident, of the largest.
    """

    processor_s: float = 0.0
    peak_bytes: int = 0


def run_child(script: Path, *arguments: str, file: IO[bytes], bounds: Bounds) -> ChildAnswer | ChildTooSlow:
    """Run one of our scripts on `file`, from where it stands, within `bounds`.

    Raises:
        TransientError: the process that makes children was ended from outside.
    """
    with _CHILDREN:
        return _MAKERS.run(script, arguments, file, bounds)


def run_child_on(data: bytes, script: Path, *arguments: str, bounds: Bounds) -> ChildAnswer | ChildTooSlow:
    """The same on bytes that are in no file.

    Raises:
        TransientError: the process that makes children was ended from outside.
    """
    with _in_memory("outside") as file:
        file.write(data)
        file.seek(0)
        return run_child(script, *arguments, file=file, bounds=bounds)


def _in_memory(name: str) -> IO[bytes]:
    """A file that no folder holds."""
    made: Callable[[str], int] | None = getattr(os, "memfd_create", None)
    return TemporaryFile(buffering=0) if made is None else os.fdopen(made(name), "w+b", buffering=0)


def costs() -> Costs:
    """What children have cost this process so far."""
    return _MAKERS.costs


@dataclass(frozen=True, slots=True)
class _Maker:
    process: subprocess.Popen[bytes]
    control: socket.socket


class _Makers:
    """One maker a process; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._maker: _Maker | None = None
        self._of_process = 0
        self.costs = Costs()

    def run(
        self, script: Path, arguments: tuple[str, ...], file: IO[bytes], bounds: Bounds
    ) -> ChildAnswer | ChildTooSlow:
        request = {
            "script": str(script),
            "arguments": arguments,
            "bounds": {
                "memory_bytes": bounds.memory_bytes,
                "cpu_s": bounds.cpu_s,
                "answer_bytes": bounds.answer_bytes,
            },
        }
        told, told_end = socket.socketpair()
        with told, _in_memory("answer") as answer:
            with told_end:
                handed = [file.fileno(), answer.fileno(), told_end.fileno()]
                self._ask(json.dumps(request).encode(), handed)
            # Closing `told` before the end is told has the child killed.
            exit_code = self._ended(told, bounds.timeout_s)
            if isinstance(exit_code, ChildTooSlow):
                return exit_code
            size = os.fstat(answer.fileno()).st_size
            # Mapped, not copied: a picture has 27 MB. It is the reader's own, for the child is gone.
            mapped = mmap.mmap(answer.fileno(), size, access=mmap.ACCESS_COPY) if size else b""
        return ChildAnswer(mapped, exit_code)

    def _ask(self, request: bytes, handed: list[int]) -> None:
        with self._lock:
            for last_try in (False, True):
                maker = self._running()
                try:
                    socket.send_fds(maker.control, [request], handed)
                    if maker.control.recv(1):
                        return
                except OSError:
                    pass
                self._drop()
                if last_try:
                    raise TransientError("the process that opens files was ended; memory may be short")

    def _ended(self, told: socket.socket, timeout_s: float) -> int | ChildTooSlow:
        told.settimeout(timeout_s)
        try:
            ended = told.recv(_END_MOST_BYTES)
        except TimeoutError:
            return ChildTooSlow()
        if not ended:
            raise TransientError("the process that opens files was ended from outside; memory may be short")
        said = json.loads(ended)
        with self._lock:
            before = self.costs
            self.costs = Costs(
                before.processor_s + said["processor_s"], max(before.peak_bytes, said["peak_bytes"])
            )
        exit_code: int = said["exit_code"]
        return exit_code

    def _running(self) -> _Maker:
        """The maker of this process: one that was forked with it belongs to its parent."""
        if self._maker is None or self._of_process != os.getpid():
            self._maker, self._of_process = _start(), os.getpid()
        return self._maker

    def _drop(self) -> None:
        maker, self._maker = self._maker, None
        if maker is not None:
            maker.control.close()
            maker.process.kill()
            maker.process.wait()

    def close(self) -> None:
        """End the maker, if this process has one."""
        if self._of_process == os.getpid():
            self._drop()


def _start() -> _Maker:
    ours, theirs = socket.socketpair()
    with theirs:
        # It inherits neither secrets from the environment nor any open file.
        process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own interpreter on our own file
            [sys.executable, "-I", str(_MAKER)],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            close_fds=True,
        )
    ours.settimeout(_START_TIMEOUT_S)
    try:
        said = ours.makefile("rb", buffering=0).readline()
        network = json.loads(said)["network"]
    except (OSError, ValueError) as error:
        ours.close()
        process.kill()
        process.wait()
        raise TransientError("the process that opens files did not start; memory may be short") from error
    if network != "seccomp":
        _warn(network)
    return _Maker(process, ours)


_WARNED = threading.Event()


def _warn(network: str) -> None:
    if _WARNED.is_set():
        return
    _WARNED.set()
    kept = "have no network but may use other calls" if network == "namespace" else "may use the network"
    _log.warning(
        "Processes that open outside files %s: no filter of system calls here. Install libseccomp2.", kept
    )


_MAKERS = _Makers()
atexit.register(_MAKERS.close)
