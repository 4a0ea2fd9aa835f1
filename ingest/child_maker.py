"""Makes the processes in which outside files are opened. `ingest.child` starts one maker a process.

It imports decoders once and then forks for each file, which takes milliseconds where a fresh interpreter
takes a tenth of a second. It has one thread, no environment, and holds nothing but the decoders: what one
file does to a decoder ends with that file's process. It imports nothing of Tillpoints.

On standard input is a socket. A request is one line of JSON, ``{"script", "arguments", "bounds":
{"memory_bytes", "cpu_s"}}``, with three descriptors: the file, a file for the answer, and a socket on which
the end is told as ``{"exit_code", "processor_s", "peak_bytes"}``. Whoever closes that socket early has the
process killed. Each request is acknowledged by one byte. The first line it writes says how the network is
kept away.

A script offers ``warm()``, which imports what it needs, and ``work(file, *arguments)``, whose value is
answered: bytes, or an iterator of them, as they are; anything else as JSON.
"""

from __future__ import annotations

import codecs
import contextlib
import gc
import importlib.util
import json
import os
import resource
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn

CODECS = ("ascii", "latin-1", "cp1252", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "mac-roman")
"""What decoders write their words in. Python imports a codec when it is first asked for, which a child
cannot."""
DESCRIPTORS = 3
DESCRIPTORS_MOST = 16
"""Open at once in a child: the file, the answer, and what decoders duplicate."""
REQUEST_MOST_BYTES = 65_536
REPORTED_FD = 2
FAILED = 1
_PAGE_BYTES = resource.getpagesize()


def main() -> None:
    """Serve until whoever asks is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks: it closes the socket
    for name in CODECS:
        codecs.lookup(name)
    confine = _load(Path(__file__).with_name("confine.py"))
    control = socket.socket(fileno=os.dup(0))
    how = confine.prepare()
    control.sendall(json.dumps({"network": how}).encode() + b"\n")
    _Maker(control, confine).serve()


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"child_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Maker:
    def __init__(self, control: socket.socket, confine: ModuleType) -> None:
        self._control = control
        self._confine = confine
        self._scripts: dict[str, ModuleType] = {}
        self._told: dict[int, socket.socket] = {}
        self._pids: dict[socket.socket, int] = {}
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Until the control socket ends."""
        ended, wake = os.pipe()
        os.set_blocking(ended, False)
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, _noted)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(ended, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in self._selector.select():
                    if key.fileobj is self._control:
                        if not self._take():
                            return
                    elif key.fileobj == ended:
                        with contextlib.suppress(BlockingIOError):
                            os.read(ended, 4096)
                    elif isinstance(key.fileobj, socket.socket):
                        self._given_up(key.fileobj)
                self._reap()
        finally:
            for pid in self._told:
                os.kill(pid, signal.SIGKILL)

    def _take(self) -> bool:
        request, handed, _, _ = socket.recv_fds(self._control, REQUEST_MOST_BYTES, DESCRIPTORS)
        if not request:
            return False
        file, answer, told = handed
        asked = json.loads(request)
        script = self._script(asked["script"])
        pid = os.fork()
        if pid == 0:
            self._child(script, asked, file, answer)
        os.close(file)
        os.close(answer)
        status = socket.socket(fileno=told)
        self._told[pid], self._pids[status] = status, pid
        self._selector.register(status, selectors.EVENT_READ)
        self._control.sendall(b"k")
        return True

    def _script(self, path: str) -> ModuleType:
        if path not in self._scripts:
            self._scripts[path] = _load(Path(path))
            self._scripts[path].warm()
            gc.collect()
            gc.freeze()  # else the first collection in each child copies all of it
        return self._scripts[path]

    def _child(self, script: ModuleType, asked: dict[str, Any], file: int, answer: int) -> NoReturn:
        code = FAILED
        try:
            _stay_alone(file, answer)
            _bound(**asked["bounds"])
            self._confine.enter()
            try:
                with os.fdopen(0, "rb") as opened:
                    _answer(script.work(opened, *asked["arguments"]))
                code = 0
            except Exception:  # noqa: BLE001 - told to who asks, whose bug it is
                _write(traceback.format_exc()[-2000:].encode())
        finally:
            os._exit(code)

    def _given_up(self, status: socket.socket) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pids[status], signal.SIGKILL)
        self._selector.unregister(status)

    def _reap(self) -> None:
        while self._told:
            pid, ended, used = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            status = self._told.pop(pid)
            del self._pids[status]
            with contextlib.suppress(KeyError):
                self._selector.unregister(status)
            said = {
                "exit_code": os.waitstatus_to_exitcode(ended),
                "processor_s": used.ru_utime + used.ru_stime,
                "peak_bytes": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            }
            with contextlib.suppress(OSError):
                status.sendall(json.dumps(said).encode())
            status.close()


def _noted(_number: int, _frame: FrameType | None) -> None:
    """What Python needs, so that the signal wakes the loop."""


def _stay_alone(file: int, answer: int) -> None:
    """Keep the file and the answer, as standard input and output, and nothing else of the maker."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(file, 0)
    os.dup2(answer, 1)
    os.closerange(REPORTED_FD + 1, os.sysconf("SC_OPEN_MAX") if sys.platform != "linux" else _highest() + 1)


def _highest() -> int:
    return max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208 - names, not paths


def _bound(*, memory_bytes: int, cpu_s: int, answer_bytes: int) -> None:
    """Lay the limits on this process; memory is counted beyond what the maker had when it forked."""
    memory = _address_space() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # At the first limit the kernel sends SIGXCPU, which says why the process ended; at the second SIGKILL.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (answer_bytes, answer_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS_MOST, DESCRIPTORS_MOST))


def _address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE_BYTES
    except OSError:  # not Linux
        return 0


def _answer(made: object) -> None:
    match made:
        case bytes():
            _write(made)
        case Iterator():
            for piece in made:
                _write(piece)
        case _:
            _write(json.dumps(made).encode())


def _write(answer: bytes | memoryview) -> None:
    view = memoryview(answer).cast("B")
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main()
