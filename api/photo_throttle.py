"""Slows down pictures that no barcode can be read from: after a few the member waits, longer each time.

Counted in the database, so that it holds however many processes serve.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from api.throttle import FIRST_WAIT_S, FORGET_AFTER_S, FREE_FAILURES, LONGEST_WAIT_S
from receipts.database.engine import Database
from receipts.database.repositories.unread_photos import (
    add_unread_photo,
    forget_unread_photos,
    unread_photos,
)
from receipts.identity import AccountId

_WINDOW = timedelta(seconds=FORGET_AFTER_S)
# Beyond this many doublings the wait is the longest anyway.
_MOST_DOUBLINGS = 10


def wait_s(database: Database, account_id: AccountId, *, now: datetime) -> int:
    """Seconds until the account may send another picture; 0 when it may now."""
    with database.read() as session:
        unread = unread_photos(session, account_id, since=now - _WINDOW)
    if unread.last is None or unread.count < FREE_FAILURES:
        return 0
    wait = min(FIRST_WAIT_S * 2 ** min(unread.count - FREE_FAILURES, _MOST_DOUBLINGS), LONGEST_WAIT_S)
    return max(0, ceil((unread.last + timedelta(seconds=wait) - now).total_seconds()))


def unread(database: Database, account_id: AccountId, *, now: datetime) -> None:
    """Count a picture that could not be read."""
    with database.write() as session:
        add_unread_photo(session, account_id, at=now, keep_from=now - _WINDOW)


def was_read(database: Database, account_id: AccountId, *, now: datetime) -> None:
    """One could be read: the next slips cost nothing again."""
    with database.read() as session:
        counted = unread_photos(session, account_id, since=now - _WINDOW).count
    # Mostly there is nothing to forget, and nothing is written then.
    if counted:
        with database.write() as session:
            forget_unread_photos(session, account_id)
