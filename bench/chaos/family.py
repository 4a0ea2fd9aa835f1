"""The processes under test: started again when they die, and killed, stopped or asked to end at random."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fixtures.generator.dice import Dice

STRIKES = (*("kill -9",) * 6, *("SIGTERM",) * 2, *("stop and continue",) * 2)
START_AGAIN_S = 0.3
STOPPED_MOST_S = 12.0
"""Longer than a lease: whoever goes on afterwards no longer holds what it held."""
ENDED_WITHIN_S = 20.0


@dataclass
class Member:
    """One process that runs for ever.

    Attributes:
        name: told in the table.
        command: what starts it.
        code: the folder whose program it runs; None for the one that runs this.
    """

    name: str
    command: tuple[str, ...]
    code: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0


@dataclass
class Family:
    """All processes; `strikes` counts what was done to whom."""

    members: list[Member]
    environment: Mapping[str, str]
    log: IO[bytes]
    strikes: Counter[str] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Start all, and keep starting whoever dies."""
        self._keep()
        threading.Thread(target=self._keep_for_ever, daemon=True).start()

    def _keep_for_ever(self) -> None:
        while not self._over.wait(START_AGAIN_S):
            self._keep()

    def _keep(self) -> None:
        with self._lock:
            if self._over.is_set():
                return
            for member in self.members:
                if member.process is None or member.process.poll() is not None:
                    member.starts += 1
                    member.process = subprocess.Popen(  # noqa: S603 - our own commands
                        member.command,
                        cwd=member.code,
                        env={**os.environ, **self.environment, **_of(member.code)},
                        stdin=subprocess.DEVNULL,
                        stdout=self.log,
                        stderr=self.log,
                    )

    def roll(self, member: Member, code: Path | None) -> None:
        """Ask a process to end; it is started again with the program of that folder."""
        member.code = code
        self.strikes["rolled back" if code else "rolled out"] += 1
        process = member.process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()

    def strike(self, dice: Dice) -> None:
        """Do something to somebody: mostly kill -9."""
        member = dice.pick(self.members)
        process = member.process
        if process is None or process.poll() is not None:
            return
        what = dice.pick(STRIKES)
        self.strikes[f"{member.name.split(' ')[0]}: {what}"] += 1
        try:
            if what == "kill -9":
                process.kill()
            elif what == "SIGTERM":
                process.terminate()
            else:
                process.send_signal(signal.SIGSTOP)
                threading.Timer(dice.between(1, STOPPED_MOST_S), self._go_on, (process,)).start()
        except ProcessLookupError:
            return

    @staticmethod
    def _go_on(process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """End all."""
        with self._lock:
            self._over.set()
        running = [member.process for member in self.members if member.process is not None]
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        until = time.monotonic() + ENDED_WITHIN_S
        for process in running:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _of(code: Path | None) -> dict[str, str]:
    return {} if code is None else {"PYTHONPATH": str(code)}


def tillpoints(*words: str, clock: Path, planted: str = "") -> tuple[str, ...]:
    """The command of one of our processes, by the clock of that file, with a fault where one is named."""
    program = f"from bench.chaos.clocks import follow; follow({str(clock)!r})"
    if planted:
        program += f"; from bench.chaos.planted import plant; plant({planted!r})"
    return (sys.executable, "-c", f"{program}; from pipeline.cli import main; main()", *words)


def consumer(url: str, email: str, password: str, database: Path) -> tuple[str, ...]:
    """The command of the consumer."""
    return (sys.executable, "-m", "bench.chaos.consumer", url, email, password, str(database))
