"""One process that has imported the program, and forks the processes that are to be killed.

Imports take longer than what is done before most kills, so they are paid for once in a test run.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Child:
    """A process that the nursery has started; one at a time."""

    nursery: subprocess.Popen[str]
    pid: int
    status: int | None = None

    def wait(self) -> int:
        """Its exit status, as `subprocess` counts it: -9 where it was killed."""
        if self.status is None:
            self.status = _told(self.nursery)
        return self.status

    def kill(self) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()


@dataclass
class Nursery:
    """Starts parts of the program; see `tests.support.killed` for what there is to start."""

    process: subprocess.Popen[str]

    def start(self, environment: Mapping[str, str], point: str, *what: str) -> Child:
        """A part of the program under these variables, to die at `point`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([dict(environment), [point, *what]]) + "\n")
        self.process.stdin.flush()
        return Child(self.process, _told(self.process))

    def run(self, environment: Mapping[str, str], point: str, *what: str) -> int:
        """The same, to its end; its exit status."""
        return self.start(environment, point, *what).wait()


def _told(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


@contextmanager
def run_nursery() -> Iterator[Nursery]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.killed", "nursery"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Nursery(process)
    finally:
        process.communicate()
