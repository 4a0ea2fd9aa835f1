"""A clock of its own for each process, which a run moves: as on machines whose clocks differ.

Moved is what the program asks of the time (`pipeline.clock`) and what it holds tokens against. Debian's
libfaketime would move all of it, and has `time.sleep` of Python fail (0.9.10 with `DONT_FAKE_MONOTONIC`).
"""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Self

import jwt.api_jwt

import pipeline.clock

LOOK_EVERY_S = 1.0


def follow(path: str) -> None:
    """Let this process's clock be as many seconds off as the file says, from second to second."""
    clock, looked, off = Path(path), 0.0, dt.timedelta()

    class Moved(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Self:
            nonlocal looked, off
            if time.monotonic() - looked > LOOK_EVERY_S:
                looked, off = time.monotonic(), dt.timedelta(seconds=float(clock.read_text() or 0))
            return super().now(tz) + off

    pipeline.clock.datetime = Moved  # type: ignore[misc]
    jwt.api_jwt.datetime = Moved  # type: ignore[attr-defined]
