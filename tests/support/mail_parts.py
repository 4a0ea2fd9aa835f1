"""Reads a mail without an engine, and tells what its receipts are."""

from __future__ import annotations

from ingest.accept import DEFAULT_LIMITS
from ocr.document import ReadDefaults
from ocr.engines.base import OcrEngine
from pipeline.mail_reading import read_parts
from pipeline.part_read import PartRead
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency


def no_engine() -> OcrEngine:
    """A text needs none."""
    raise AssertionError("there are no pixels to read")


def read(raw: bytes, *, currency: str = "USD") -> tuple[PartRead, ...]:
    """All that comes of the mail."""
    defaults = ReadDefaults(Currency(currency))
    return read_parts(raw, MediaType.EMAIL, engine=no_engine, defaults=defaults, limits=DEFAULT_LIMITS)


def receipts(raw: bytes) -> list[tuple[str, str, int]]:
    """Shop, total and day, 0 without one; nothing else came of the mail."""
    found = []
    for part in read(raw):
        assert not isinstance(part.outcome, Rejection), part.outcome
        receipt = part.outcome.receipt
        day = 0 if receipt.date is None else receipt.date.day
        found.append((receipt.retailer.name, str(receipt.total), day))
    return found
