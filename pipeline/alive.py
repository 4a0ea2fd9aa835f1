"""A process's own sign of life: a file that its work touches, and that `tillpoints health` looks at.

It lies in this machine's (or container's) folder for temporary files, so that it says nothing of any other.
The database's heartbeats say whether there is a relay at all; this says whether this very one works.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from pipeline.settings import Settings

BEAT_EVERY_S: Final = 2.0
_NAME_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Sign:
    """What one process of this machine last said.

    Attributes:
        age_s: since when it has not said it.
        limit_s: longer than that means that it hangs.
    """

    role: str
    pid: int
    age_s: float
    limit_s: float

    @property
    def hangs(self) -> bool:
        """Whether it has been silent for longer than its work may take."""
        return self.age_s > self.limit_s


class Pulse:
    """One process's sign. Call `beat` from the work itself: a thread beside work that hangs would lie."""

    def __init__(self, settings: Settings, role: str, *, limit_s: float) -> None:
        folder = _folder(settings)
        self._path = folder / f"{role}.{os.getpid()}.{int(limit_s)}"
        self._beaten_at = 0.0
        self._idle = threading.Event()
        with contextlib.suppress(OSError):  # a full disk must not keep the process from its work
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def beat(self) -> None:
        """Say that the work goes on. Cheap: call it often."""
        now = time.monotonic()
        if now - self._beaten_at >= BEAT_EVERY_S:
            self._beaten_at = now
            with contextlib.suppress(OSError):
                self._path.touch(mode=0o600)

    def beat_while_idle(self) -> None:
        """Beat from a thread of its own, but for the time that `busy` lasts: for who waits in a library."""
        self._idle.set()
        threading.Thread(target=self._beat_on, name="pulse", daemon=True).start()

    def _beat_on(self) -> None:
        while True:
            self._idle.wait()
            self.beat()
            time.sleep(BEAT_EVERY_S)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Work that may hang: nothing beats meanwhile, and longer than the limit is too long."""
        self._idle.clear()
        try:
            yield
        finally:
            self._idle.set()


def signs(settings: Settings, role: str) -> tuple[Sign, ...]:
    """Of the processes of this role on this machine that run; what ended ones left is removed."""
    found = []
    for path in sorted(_folder(settings).glob(f"{role}.*")):
        parts = path.name.split(".")
        if len(parts) != _NAME_PARTS or not (parts[1].isdecimal() and parts[2].isdecimal()):
            continue
        with contextlib.suppress(FileNotFoundError):
            if not psutil.pid_exists(int(parts[1])):
                path.unlink()
                continue
            age_s = max(0.0, time.time() - path.stat().st_mtime)
            found.append(Sign(role, int(parts[1]), age_s, float(parts[2])))
    return tuple(found)


def _folder(settings: Settings) -> Path:
    # Two installations of one machine and one user must not speak for each other.
    own = hashlib.sha256(str(settings.data_dir).encode()).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"tillpoints-{os.getuid()}-{own}"
