"""What the health checks of containers ask: does this machine's worker, relay or mailbox work?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.alive import Pulse, signs
from pipeline.relay import Relay
from pipeline.settings import Settings
from pipeline.wiring import build
from tests.support.ready import make_ready

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield Settings(data_dir=tmp_path / "data")


def test_a_relay_that_works_says_so(settings: Settings) -> None:
    wiring = build(settings)
    make_ready(wiring)
    stop = threading.Event()
    running = threading.Thread(target=Relay(wiring).run, args=(stop,))
    running.start()
    try:
        until = time.monotonic() + 10
        while not signs(settings, "relay") and time.monotonic() < until:
            time.sleep(0.02)
        ((pid, hangs),) = [(each.pid, each.hangs) for each in signs(settings, "relay")]
    finally:
        stop.set()
        running.join()
    assert (pid, hangs) == (os.getpid(), False)
    assert signs(settings, "worker") == ()
    wiring.close()


def test_one_that_hangs_is_told_from_one_that_works_for_long(settings: Settings) -> None:
    pulse = Pulse(settings, "worker", limit_s=100)
    pulse.beat()
    (path,) = Path(tempfile.gettempdir()).glob("tillpoints-*/worker.*")
    os.utime(path, (time.time() - 90, time.time() - 90))
    assert [each.hangs for each in signs(settings, "worker")] == [False]
    os.utime(path, (time.time() - 101, time.time() - 101))
    assert [each.hangs for each in signs(settings, "worker")] == [True]


def test_while_it_is_busy_no_thread_speaks_for_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.alive.BEAT_EVERY_S", 0.01)
    pulse = Pulse(settings, "worker", limit_s=100)

    def beaten() -> float:
        (path,) = Path(tempfile.gettempdir()).glob("tillpoints-*/worker.*")
        before = path.stat().st_mtime_ns
        time.sleep(0.1)
        return path.stat().st_mtime_ns - before

    pulse.beat_while_idle()
    time.sleep(0.05)
    assert beaten() > 0
    with pulse.busy():
        time.sleep(0.05)
        assert beaten() == 0
    assert beaten() > 0


def test_what_a_killed_process_left_speaks_for_nobody(settings: Settings) -> None:
    Pulse(settings, "mailbox", limit_s=60).beat()
    (path,) = Path(tempfile.gettempdir()).glob("tillpoints-*/mailbox.*")
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = path.rename(path.with_name(f"mailbox.{gone.pid}.60"))
    assert signs(settings, "mailbox") == ()
    assert not left.exists()


def test_the_command_says_it_by_its_exit(tmp_path: Path) -> None:
    def ask() -> tuple[int, str]:
        ended = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", "health", "worker"],
            env={**os.environ, "TMPDIR": str(tmp_path), "TILLPOINTS_DATA_DIR": str(tmp_path / "data")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout

    code, said = ask()
    assert (code, said.split(":")[0]) == (1, "no worker runs here")
