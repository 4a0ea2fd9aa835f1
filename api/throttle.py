"""Slows down guessing: after a few failures one must wait, longer each time.

Counted in the database, so that it holds however many processes serve. What is kept is a hash with the
installation's key, for a day at most: a wrong name may be anybody's address. People who are already signed in
are never affected.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from math import ceil

from receipts.database.engine import Database
from receipts.database.repositories.failed_tries import add_failed_try, failed_tries, forget_failed_tries

FREE_FAILURES = 5
"""Typing errors that cost nothing."""
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 900
"""A quarter of an hour: 4 tries an hour at most, about 100 a day, of a space that argon2 guards anyway."""
FORGET_AFTER_S = 3600
"""Failures are forgotten after an hour without another."""
_KEPT = timedelta(days=1)
# Beyond this many doublings the wait is the longest anyway.
_MOST_DOUBLINGS = 10


class Guessed(Enum):
    """What is tried; a name counts in each by itself."""

    SIGN_IN = "sign-in"
    LINK = "link"
    BARCODE = "barcode"
    SECOND_STEP = "second-step"


class Throttle:
    """Failures by what was tried and by name (of an account, an address, a link)."""

    def __init__(
        self, database: Database, secret_key: str, guessed: Guessed, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._secret = secret_key.encode()
        self._guessed = guessed
        self._clock = clock

    def wait_s(self, name: str) -> int:
        """Seconds until it may be tried again; 0 when it may be tried now."""
        now = self._clock()
        with self._database.read() as session:
            found = failed_tries(session, self._key(name))
        if found.last is None or found.count < FREE_FAILURES or self._is_past(found.last, now):
            return 0
        wait = min(FIRST_WAIT_S * 2 ** min(found.count - FREE_FAILURES, _MOST_DOUBLINGS), LONGEST_WAIT_S)
        return max(0, ceil((found.last + timedelta(seconds=wait) - now).total_seconds()))

    def failed(self, name: str) -> None:
        """Count one failure."""
        now, key = self._clock(), self._key(name)
        with self._database.write() as session:
            before = failed_tries(session, key).last
            if before is not None and self._is_past(before, now):
                forget_failed_tries(session, key)
            add_failed_try(session, key, at=now, keep_from=now - _KEPT)

    def succeeded(self, name: str) -> None:
        """Forget the name's failures."""
        key = self._key(name)
        with self._database.read() as session:
            counted = failed_tries(session, key).count
        # Mostly there is nothing to forget, and nothing is written then.
        if counted:
            with self._database.write() as session:
                forget_failed_tries(session, key)

    def _key(self, name: str) -> str:
        said = f"tillpoints failed {self._guessed.value}|{name.strip().casefold()[:254]}"
        return hmac.new(self._secret, said.encode(errors="replace"), hashlib.sha256).hexdigest()

    @staticmethod
    def _is_past(last: datetime, now: datetime) -> bool:
        return now - last > timedelta(seconds=FORGET_AFTER_S)
