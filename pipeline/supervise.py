"""Starts the processes of `tillpoints serve`, starts again what dies, and ends them all together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from pipeline.settings import child_environment

log = structlog.get_logger(__name__)

_START_AGAIN_FIRST_S = 0.5
_START_AGAIN_MOST_S = 15.0
_STEADY_S = 30.0
_STOP_S = 10.0
_LOOK_EVERY_S = 0.2


@dataclass
class _Child:
    """One process: what it runs and how often it died lately."""

    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_at: float = field(default=0.0)


def exit_with_parent() -> None:
    """End this process when the parent that holds our standard input is gone, however it went."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_STOP_S)
        os._exit(1)

    threading.Thread(target=watch, name="exit-with-parent", daemon=True).start()


class Supervisor:
    """Runs `tillpoints` commands as child processes; `environment` is added to theirs."""

    def __init__(
        self, commands: Sequence[tuple[str, ...]], *, environment: Mapping[str, str] | None = None
    ) -> None:
        self._environment = dict(environment or {})
        self._children = [_Child(" ".join(arguments), arguments) for arguments in commands]

    def run(self, stop: threading.Event) -> None:
        """Keep every child running until `stop` is set, then end them."""
        try:
            while not stop.is_set():
                for child in self._children:
                    self._look_after(child)
                stop.wait(_LOOK_EVERY_S)
        finally:
            self._end_all()

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            status = child.process.poll()
            if status is None:
                return
            child.deaths = 1 if now - child.started_at > _STEADY_S else child.deaths + 1
            wait_s = min(_START_AGAIN_MOST_S, _START_AGAIN_FIRST_S * 2.0 ** (child.deaths - 1))
            log.warning("process ended; starting it again", name=child.name, status=status, wait_s=wait_s)
            child.process, child.start_at = None, now + wait_s
        if now >= child.start_at:
            # The pipe is the child's standard input: it closes when we die, and the child follows.
            child.process = subprocess.Popen(  # noqa: S603  (our own command)
                [sys.executable, "-m", "pipeline.cli", *child.arguments, "--exit-with-parent"],
                stdin=subprocess.PIPE,
                env=child_environment() | self._environment,
            )
            child.started_at = now

    def _end_all(self) -> None:
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _STOP_S
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def stop_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
