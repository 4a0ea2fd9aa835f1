"""Text that a till laid out, sent as text: a shop's digital receipt, or one that somebody copied.

Such a page keeps to the ways of paper, which `ocr.items` knows; order mails keep to others. Both readings are
made, and the till's is taken where its sums close and the page ends as tills end: with what was paid and with
a tax table, a change or a count of items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ocr.lexicon import Kind, kind_of
from ocr.lines import Line
from receipts.receipt import FieldConfidence, Receipt

MOST_WORDS: Final = 9
"""On a row of a till's 40 to 48 characters; mails' sentences have more."""
MOST_LONG_SHARE: Final = 0.1
_PAID: Final = frozenset({Kind.PAYMENT, Kind.CHANGE})
_CLOSING: Final = frozenset({Kind.CHANGE, Kind.COUNT, Kind.TAX_TABLE, Kind.TAX})
_OF_LIST: Final = frozenset({"items", "total", "subtotal", "tax"})


def is_till(lines: Sequence[Line]) -> bool:
    """Whether the page is short rows that end in a payment and what tills print beside it."""
    kinds = {kind_of(line) for line in lines if line.numbers}
    long = sum(len(line.text.split()) > MOST_WORDS for line in lines)
    return bool(kinds & _PAID) and bool(kinds & _CLOSING) and long <= MOST_LONG_SHARE * len(lines)


def better_of(own: Receipt, till: Receipt) -> Receipt:
    """The receipt as mails are read, with the list and the sums as tills are read where those close."""
    if not till.balanced or not till.items or own.is_refund != till.is_refund:
        return own
    if own.balanced and not _tells_more(till, own):
        return own
    sure = {entry.field: entry for entry in own.confidence if entry.field not in _OF_LIST}
    sure |= {entry.field: entry for entry in till.confidence if _is_of_till(entry, own)}
    return replace(
        own,
        retailer=own.retailer if own.retailer.name else till.retailer,
        items=till.items,
        subtotal=till.subtotal,
        tax=till.tax,
        total=till.total,
        balanced=True,
        identities=till.identities,
        items_sold=till.items_sold,
        repaired=till.repaired,
        confidence=tuple(sure.values()),
    )


def _tells_more(till: Receipt, own: Receipt) -> bool:
    """Whether the same goods at the same prices are said with more reduced or counted, as below their rows.

    A discount that mails print as a line of its own stays one.
    """
    if any(item.amount.decimal < 0 for item in own.items):
        return False
    if [item.amount for item in own.items] != [item.amount for item in till.items]:
        return False
    return _told(till) > _told(own)


def _told(receipt: Receipt) -> tuple[int, int]:
    reduced = sum(item.discount is not None for item in receipt.items)
    return reduced, sum(item.unit_price is not None and item.quantity != 1 for item in receipt.items)


def _is_of_till(entry: FieldConfidence, own: Receipt) -> bool:
    return entry.field in _OF_LIST or (entry.field == "retailer" and not own.retailer.name)
