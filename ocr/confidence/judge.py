"""Confidence of a receipt's fields and lines from their clues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ocr.confidence.clues import Clues, PageClues
from ocr.confidence.scale import scales
from receipts.receipt import FieldConfidence, LineItem, Receipt

LINE = "line"
ITEMS = "items"
LOOKS_AT_ONCE = 2
"""Other readings of one look: rows joined level, bent, by the page's curve. More come from a second look."""


OPEN_DATE = 0.6
"""Most that is said of a date with two readings where only the caller's default decides between them."""
COUNTRY_DATE = 0.98
"""Most where the page's country or currency does: all of 54 labelled real ones were right, so 55 of
56; and 125 drawn ones of the training layouts, which can do no other."""


def sure_of(field: str, clues: Clues) -> float:
    """The probability that the field is right, to three decimals."""
    said = scales()[field].said(clues)
    if field == "date" and not clues.get("settled", 1.0):
        said = min(said, COUNTRY_DATE if clues.get("by_country") else OPEN_DATE)
    return round(said, 3)


def judged(receipt: Receipt, clues: PageClues) -> Receipt:
    """The receipt with the calibrated confidence of everything that clues are there for."""
    items = tuple(
        replace(item, confidence=sure_of(LINE, found))
        for item, found in zip(receipt.items, clues.lines, strict=True)
    )
    confidence = tuple(_entry(entry, clues.fields, items) for entry in receipt.confidence)
    return replace(receipt, items=items, confidence=confidence)


def judged_by_looks(
    receipt: Receipt, clues: PageClues, others: Sequence[Receipt]
) -> tuple[Receipt, PageClues]:
    """The same after several looks at the picture: what the others read otherwise is less sure."""
    weighed = clues.with_looks(unlike(receipt, others), again=len(others) > LOOKS_AT_ONCE)
    return judged(receipt, weighed), weighed


def unlike(receipt: Receipt, others: Sequence[Receipt]) -> Mapping[str, float]:
    """For each field, the share of the other looks that read something else."""
    if not others:
        return {}
    count = len(others)
    return {
        "total": sum(other.total != receipt.total for other in others) / count,
        "date": sum(other.date != receipt.date for other in others) / count,
        "time": sum(other.time != receipt.time for other in others) / count,
        "retailer": sum(other.retailer.name != receipt.retailer.name for other in others) / count,
        "receipt_number": sum(other.receipt_number != receipt.receipt_number for other in others) / count,
        "tax": sum(other.tax != receipt.tax for other in others) / count,
        "subtotal": sum(other.subtotal != receipt.subtotal for other in others) / count,
    }


def _entry(entry: FieldConfidence, clues: Mapping[str, Clues], items: Sequence[LineItem]) -> FieldConfidence:
    if entry.field == ITEMS and items:
        return replace(entry, value=round(sum(item.confidence for item in items) / len(items), 3))
    if entry.field in clues:
        return replace(entry, value=sure_of(entry.field, clues[entry.field]))
    return entry
