"""Slows down guessing of passwords: after a few failures an account must wait, longer each time.

Counted in memory, for each process by itself: with n API processes a guesser has n times the tries, which
stays far below what guessing needs. People who are already signed in are never affected.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_FAILURES = 5
"""Typing errors that cost nothing."""
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 900
"""A quarter of an hour: 4 tries an hour at most, about 100 a day, of a space that argon2 guards anyway."""
FORGET_AFTER_S = 3600
ACCOUNTS_KEPT = 10_000
"""Bounds the memory: the account that failed longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last: datetime


class SignInThrottle:
    """Failures by account name; thread-safe."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, name: str) -> int:
        """Seconds until this account may be tried again; 0 when it may be tried now."""
        with self._lock:
            failures = self._failures.get(_key(name))
        if failures is None or failures.count < FREE_FAILURES:
            return 0
        wait = min(FIRST_WAIT_S * 2 ** (failures.count - FREE_FAILURES), LONGEST_WAIT_S)
        left = failures.last + timedelta(seconds=wait) - self._clock()
        return max(0, int(left.total_seconds() + 0.999))

    def failed(self, name: str) -> None:
        """Count one wrong password."""
        now = self._clock()
        with self._lock:
            before = self._failures.pop(_key(name), None)
            stale = before is None or now - before.last > timedelta(seconds=FORGET_AFTER_S)
            count = 1 if stale or before is None else before.count + 1
            self._failures[_key(name)] = _Failures(count, now)
            while len(self._failures) > ACCOUNTS_KEPT:
                self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget the account's failures."""
        with self._lock:
            self._failures.pop(_key(name), None)


def _key(name: str) -> str:
    return name.strip().casefold()[:254]
