"""What a process that opens outside files can do: read its file, answer, and nothing else."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from ingest import child
from ingest.child import Bounds, ChildAnswer, ChildTooSlow, costs, run_child
from receipts.errors import TransientError

BOUNDS = Bounds(memory_bytes=200 * 2**20, cpu_s=2, timeout_s=5.0)
SCRIPT = """
import ctypes, errno, mmap, os, resource, socket, subprocess, time

def warm():
    pass

def _tried(what):
    try:
        what()
    except BaseException as error:
        return type(error).__name__
    return "done"

def work(file, what):
    if what == "read":
        return file.read()
    if what == "escape":
        return {
            "network": _tried(lambda: socket.socket()),
            "unix socket": _tried(lambda: socket.socket(socket.AF_UNIX)),
            "open": _tried(lambda: os.open("/etc/passwd", os.O_RDONLY)),
            "write": _tried(lambda: os.open("/tmp/x", os.O_WRONLY | os.O_CREAT)),
            "program": _tried(lambda: os.execv("/bin/true", ["true"])),
            "fork": _tried(os.fork),
            "kill": _tried(lambda: os.kill(os.getppid(), 9)),
            "code": _tried(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)),
            "environment": _tried(lambda: os.environ["HOME"]),
            "more time": _tried(lambda: resource.setrlimit(resource.RLIMIT_CPU, (99, 99))),
        }
    if what == "fill":
        return len(bytearray(10**9))
    if what == "spin":
        while True: pass
    if what == "work":
        while time.process_time() < 0.5: pass
        return 0
    if what == "sleep":
        time.sleep(60)
    if what == "crash":
        ctypes.string_at(1)
    if what == "descriptors":
        return sum(_tried(lambda: os.fstat(fd)) == "done" for fd in range(3, 500))
    raise ValueError("what a bug says")
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("child") / "script.py"
    path.write_text(SCRIPT)
    return path


def _asked(script: Path, what: str, bounds: Bounds = BOUNDS) -> ChildAnswer | ChildTooSlow:
    with Path(__file__).open("rb") as file:
        return run_child(script, what, file=file, bounds=bounds)


def _answer(script: Path, what: str) -> ChildAnswer:
    found = _asked(script, what)
    assert isinstance(found, ChildAnswer)
    return found


def test_it_reads_its_file_and_answers(script: Path) -> None:
    assert _answer(script, "read").answer[:] == Path(__file__).read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="system calls are taken away on Linux only")
def test_it_can_do_nothing_else(script: Path) -> None:
    found = _answer(script, "escape")
    assert found.exit_code == 0, found.answer
    tried = json.loads(found.answer[:])
    assert (tried.pop("environment"), tried.pop("more time")) == ("KeyError", "ValueError")
    assert set(tried.values()) == {"PermissionError"}, tried


def test_it_holds_no_descriptor_of_ours(script: Path) -> None:
    with Path(__file__).open("rb") as other:
        os.set_inheritable(other.fileno(), True)
        # Standard error, which leads nowhere, comes before those that are counted.
        assert json.loads(_answer(script, "descriptors").answer[:]) == 0


def test_memory_and_time_are_bounded_and_the_next_file_is_served(script: Path) -> None:
    assert _answer(script, "fill").exit_code == 1
    assert _answer(script, "crash").exit_code == -11
    before = costs().processor_s
    assert _answer(script, "work").exit_code == 0
    assert costs().processor_s - before > 0.45  # the limit below counts by ticks, and may end a child early
    assert isinstance(_asked(script, "spin", Bounds(2**27, 9, 0.3)), ChildTooSlow)
    assert isinstance(_asked(script, "sleep", Bounds(2**27, 9, 0.1)), ChildTooSlow)
    assert _asked(script, "spin", Bounds(2**27, 1, 5.0)) == ChildAnswer(b"", -24)
    assert 0.9 < costs().processor_s - before < 3
    assert _answer(script, "read").exit_code == 0


def test_a_bug_is_told_with_its_words(script: Path) -> None:
    found = _answer(script, "anything")
    assert found.exit_code == 1
    assert b"what a bug says" in found.answer[:]


def _makers() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "child_maker.py" in " ".join(each.cmdline())]


def test_without_its_maker_a_file_waits_and_the_next_one_is_served(script: Path) -> None:
    assert _answer(script, "read").exit_code == 0
    (maker,) = _makers()

    def end_it() -> None:
        while not maker.children():
            time.sleep(0.01)
        maker.kill()

    killer = threading.Thread(target=end_it)
    killer.start()
    with pytest.raises(TransientError):
        _asked(script, "sleep")
    killer.join()
    assert _answer(script, "read").exit_code == 0
    (another,) = _makers()
    another.kill()
    another.wait(5)
    assert _answer(script, "read").exit_code == 0


WITHOUT_LIBRARY = """
import socket, sys
sys.path.insert(0, sys.argv[1])
import confine
confine._seccomp = lambda: None
found = confine.prepare()
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError as error:
    found += f" {error.errno}"
print(found)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_without_the_library_at_least_the_network_goes_or_it_is_said() -> None:
    folder = str(Path(child.__file__).parent)
    ended = subprocess.run(
        [sys.executable, "-I", "-c", WITHOUT_LIBRARY, folder], check=True, capture_output=True, text=True
    )
    found, error = ended.stdout.split()
    # Where no namespace may be made either, whoever listens nowhere refuses the connection.
    assert (found, int(error)) in {("namespace", errno.ENETUNREACH), ("nothing", errno.ECONNREFUSED)}


def test_what_is_missing_is_warned_of_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_WARNED", threading.Event())
    child._warn("namespace")
    child._warn("namespace")
    assert len(caplog.records) == 1
    assert "Install libseccomp2" in caplog.text
