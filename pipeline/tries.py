"""Attempts at posting while others post to the same books."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from receipts.database.repositories.books import StaleBooksError

_TRIES = 5


def posting_tries() -> Retrying:
    """Five attempts, each working everything out anew where the books moved; raises the last one's error."""
    return Retrying(
        retry=retry_if_exception_type((StaleBooksError, IntegrityError)),
        stop=stop_after_attempt(_TRIES),
        reraise=True,
    )
