"""Several receipts in one document: a mail that confirms two orders, or a payment to three sellers.

A cut is only made where both sides prove themselves: each part has items of its own whose sums close on a
total of its own, under a number of its own. Anything less stays one receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from ocr.documents.work import Allow, always, enough, steps_of
from ocr.lexicon import Kind
from ocr.lines import lines_from_rows
from ocr.own_kinds import own_kind
from ocr.own_parse import MAX_OWN_ROWS
from ocr.parse import Parsed, ReadDefaults, parse
from ocr.sums import read_sums
from ocr.till_text import better_of, is_till
from receipts.errors import Rejection, RejectionReason
from receipts.receipt import Receipt
from receipts.transcript import Row

MAX_PARTS: Final = 24
"""Blocks of totals on one page; with more it is a list of sums and not of orders."""


def parse_all(
    rows: Sequence[Row],
    defaults: ReadDefaults,
    *,
    hint: str = "",
    sent_on: date | None = None,
    allow: Allow = always,
    typed: bool = False,
) -> tuple[Receipt, ...] | Rejection:
    """Every receipt in a document's own text, from top to bottom; `typed` is plain text, maybe a till's."""
    rows = rows[:MAX_OWN_ROWS]
    if not allow(steps_of(rows)):
        return enough()
    whole = parse(rows, defaults, hint=hint, own_text=True, sent_on=sent_on)
    if isinstance(whole, Rejection) and whole.reason is not RejectionReason.NOT_A_RECEIPT:
        return whole
    cut = _parts(rows)
    if not 1 < len(cut) <= MAX_PARTS or not allow(sum(map(steps_of, cut))):
        cut = []
    parts = [parse(part, defaults, hint=hint, own_text=True) for part in cut]
    proven = [part.receipt for part in parts if isinstance(part, Parsed) and _stands_alone(part.receipt)]
    numbers = {receipt.receipt_number for receipt in proven}
    if len(proven) > 1 and len(numbers) == len(proven) and "" not in numbers:
        return tuple(_completed(receipt, proven[0], whole) for receipt in proven)
    if isinstance(whole, Rejection):
        return whole
    return (_as_till(rows, whole.receipt, defaults) if typed else whole.receipt,)


def _as_till(rows: Sequence[Row], own: Receipt, defaults: ReadDefaults) -> Receipt:
    """The receipt with its list as tills print it, where the page is a till's."""
    if not is_till(lines_from_rows(rows)):
        return own
    till = parse(rows, defaults)
    return own if isinstance(till, Rejection) else better_of(own, till.receipt)


def _stands_alone(receipt: Receipt) -> bool:
    return receipt.balanced and bool(receipt.items) and receipt.total is not None


def _completed(receipt: Receipt, first: Receipt, whole: Parsed | Rejection) -> Receipt:
    """What only the document's head says (the shop, the day) holds for every part."""
    head = first if isinstance(whole, Rejection) else whole.receipt
    return replace(
        receipt,
        retailer=head.retailer,
        date=receipt.date or head.date,
        time=receipt.time or head.time,
    )


def _parts(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """The rows cut behind each block of totals and payments."""
    kinds = read_sums(lines_from_rows(rows), own_kind).kinds
    closing = {Kind.TOTAL, Kind.FINAL_TOTAL, Kind.PAYMENT, Kind.CHANGE}
    cuts: list[int] = []
    for index, kind in enumerate(kinds):
        if kind not in closing:
            continue
        if cuts and all(between in closing for between in kinds[cuts[-1] : index]):
            cuts[-1] = index + 1
        else:
            cuts.append(index + 1)
    starts = [0, *cuts]
    return [rows[start:stop] for start, stop in zip(starts, [*cuts, len(rows)], strict=True) if stop > start]
