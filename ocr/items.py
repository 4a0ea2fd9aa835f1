"""Line items from rows.

Tills differ in where the name stands (on the price's row, above it, below it), where the quantity stands, and
what surrounds them. So rows are first cut into parts, then the page's own habit decides, and arithmetic
(quantity x unit price = amount) tells quantities from sizes and codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from ocr.arithmetic import Unread
from ocr.codes import give_codes
from ocr.counts import counted_items, measured, with_counts
from ocr.drafts import Draft, without_serials, without_weight
from ocr.item_names import give_names
from ocr.item_text import is_words, quantity_for
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.named_discounts import head_words, named_position, with_goods
from ocr.pieces import serial_rows, with_pieces
from ocr.quantities import settle_counts
from ocr.reductions import (
    basket_draft,
    is_basket_discount,
    is_below_subtotal,
    is_discount,
    is_void,
    take_back,
)
from ocr.sums import Sums
from ocr.works import Work, works_of

SEARCH_ROWS: Final = 3
"""How many rows from its price a name may stand."""


def zone_of(lines: Sequence[Line], sums: Sums, total_line: int | None) -> tuple[int, int, int]:
    """Where items can stand: first row, row after the last, and the same if sums of groups stand between."""
    enders = {Kind.SUBTOTAL, Kind.TOTAL, Kind.FINAL_TOTAL, Kind.PAYMENT, Kind.CHANGE}
    priced = {entry.line.index for entry in sums.labelled}
    rows = [line.index for line in lines if sums.kinds[line.index] is Kind.PLAIN and line.prices]
    first_row = rows[0] if rows else 0
    ended = max((e.line.index for e in sums.of(Kind.SUBTOTAL, Kind.TOTAL, Kind.FINAL_TOTAL)), default=-1)
    back = {e.line.index for e in sums.of(Kind.PAYMENT, Kind.CHANGE) if e.value < 0 and e.line.index < ended}
    closing = [i for i in range(len(lines)) if sums.kinds[i] in enders and i in priced - back]
    near = next((i for i in closing if i > first_row), closing[0] if closing else len(lines))
    headers = [i for i in range(near) if sums.kinds[i] is Kind.HEADER]
    start = next((i + 1 for i in reversed(headers) if any(i < row < near for row in rows)), 0)
    hard = {Kind.FINAL_TOTAL, Kind.PAYMENT, Kind.CHANGE, Kind.TAX_TABLE}
    far = next((i for i in range(near, len(lines)) if sums.kinds[i] in hard), len(lines))
    if total_line is not None and total_line > near:
        far = min(far, total_line)
    return start, near, max(near, far)


@dataclass(frozen=True, slots=True)
class ItemsRead:
    """Items, and named rows whose amount could not be read."""

    drafts: tuple[Draft, ...]
    unread: tuple[Unread, ...]


def read_items(
    lines: Sequence[Line],
    sums: Sums,
    start: int,
    end: int,
    *,
    name_rows: int = SEARCH_ROWS,
    savings: frozenset[int] = frozenset(),
    aligned: bool = True,
) -> ItemsRead:
    """The items printed between two rows, whose names stand on at most so many rows of their own.

    `savings` are rows that say what was saved and are to be read as discounts (see `savings_rows`); `aligned`
    that amounts stand in one column.
    """
    works = works_of(lines, sums, start, end, savings, aligned=aligned)
    with_goods(works, savings)
    pieces = serial_rows(works)
    give_names(works, name_rows, headed=start > 0)
    give_codes(works)
    counts = counted_items(works)
    drafts: list[Draft] = []
    page = _Page(
        works,
        tuple(entry.line.index for entry in sums.of(Kind.SUBTOTAL)),
        head_words(lines, next((work.line.index for work in works if work.amount is not None), 0)),
    )
    for position, work in enumerate(works):
        if work.amount is not None:
            _add(work, page, drafts, counts.get(position, []))
    drafts = with_pieces(drafts, pieces)
    unread = [
        Unread(work.line, work.parts.name, work.parts.products)
        for work in works
        if work.amount is None and not work.claimed and is_words(work.parts.name)
    ]
    drafts = [without_weight(draft) for draft in measured(without_serials(drafts), lines)]
    return ItemsRead(settle_counts(drafts, lines, sums.kinds), tuple(unread))


@dataclass(frozen=True, slots=True)
class _Page:
    """What decides whose a discount is, beside the items above it."""

    works: Sequence[Work]
    subtotals: tuple[int, ...]
    head: frozenset[str]


def _add(work: Work, page: _Page, drafts: list[Draft], counts: Sequence[Work]) -> None:
    """What a row with an amount does to the items so far: one more, one back, or a price reduced."""
    value = work.value
    of_all = is_below_subtotal(work, page.works, page.subtotals)
    if work.kind is Kind.VOID or is_void(work, drafts):
        take_back(drafts, work)
    elif not of_all and (named := named_position(work, drafts, page.head)) is not None:
        _reduce(drafts, named, work)
    elif value < 0 and is_basket_discount(work, page.works, drafts):
        drafts.append(basket_draft(work, value))
    elif is_discount(work, value, drafts):
        if of_all:
            drafts.append(basket_draft(work, -abs(value)))
        else:
            _reduce(drafts, len(drafts) - 1, work)
    elif (draft := _draft(work, value)) is not None:
        drafts.append(with_counts(draft, counts))


def _reduce(drafts: list[Draft], position: int, work: Work) -> None:
    draft = drafts[position]
    drafts[position] = replace(
        draft, discount=draft.discount + abs(work.value), lines=(*draft.lines, work.line)
    )


def _draft(work: Work, value: Decimal) -> Draft | None:
    parts = work.parts
    if not parts.name and not parts.code:
        return None
    if (
        work.kind in {Kind.PAYMENT, Kind.DISCOUNT, Kind.TIP}
        and not work.names
        and work.kind is not Kind.PAYMENT
    ):
        return None
    number = work.amount
    if number is None:
        return None
    quantity, unit_price = parts.quantity, parts.unit_price
    for name in work.names:
        if quantity is None and (found := quantity_for(name, value)) is not None:
            quantity, unit_price = found
    printed = work.line.confidence_at(number.start, number.end)
    confidence = min(printed, *(name.row.confidence for name in work.names), work.line.row.confidence)
    return Draft(
        description=parts.name or (parts.code or ""),
        amount=value,
        quantity=quantity,
        unit_price=unit_price,
        code=parts.code,
        lines=tuple(sorted({work.line, *work.names}, key=lambda line: line.index)),
        confidence=confidence * (0.8 if number.repaired else 1.0),
        alternatives=parts.products,
        printed=printed,
    )
