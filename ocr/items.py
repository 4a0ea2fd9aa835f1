"""Line items from rows.

Tills differ in where the name stands (on the price's row, above it, below it), where the quantity stands, and
what surrounds them. So rows are first cut into parts, then the page's own habit decides, and arithmetic
(quantity x unit price = amount) tells quantities from sizes and codes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from statistics import median
from typing import Final

from ocr.amounts import CENT_DIGITS, MILLI_DIGITS, Number
from ocr.drafts import Draft, without_serials
from ocr.item_text import NO_NAME, Parts, cut_parts, is_code_like, is_words, multiply_out
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.sums import Sums, last_price, price_value

COLUMN_SHARE: Final = 0.10
"""Of the page's width: how far right edges of one column may differ on a bent page."""
MIN_COLUMN_ROWS: Final = 3
"""Fewer amounts make no column; each row is then judged by itself."""
WEAK_NAME_CHARS: Final = 10
"""A name with digits and no more letters may be an article number beside a name on another row."""
SEARCH_ROWS: Final = 3
"""How many rows from its price a name may stand."""


@dataclass(slots=True)
class _Work:
    """One row of the zone with what was found on it; filled in step by step, only inside this module."""

    line: Line
    kind: Kind
    parts: Parts
    amount: Number | None
    names: list[Line] = field(default_factory=list)
    claimed: bool = False


def zone_of(lines: Sequence[Line], sums: Sums, total_line: int | None) -> tuple[int, int, int]:
    """Where items can stand: first row, row after the last, and the same if sums of groups stand between."""
    enders = {Kind.SUBTOTAL, Kind.TOTAL, Kind.FINAL_TOTAL, Kind.PAYMENT, Kind.CHANGE}
    priced = {entry.line.index for entry in sums.labelled}
    rows = [line.index for line in lines if sums.kinds[line.index] is Kind.PLAIN and line.prices]
    first_row = rows[0] if rows else 0
    closing = [i for i in range(len(lines)) if sums.kinds[i] in enders and i in priced]
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
    unread: tuple[tuple[Line, str], ...]


def read_items(
    lines: Sequence[Line],
    sums: Sums,
    start: int,
    end: int,
    *,
    name_rows: int = SEARCH_ROWS,
    savings: bool = False,
) -> ItemsRead:
    """The items printed between two rows, whose names stand on at most so many rows of their own.

    With `savings`, a row that says what was saved and bears a minus is a discount (see `savings_rows`).
    """
    works = _works(lines, sums, start, end, savings_rows(lines, sums) if savings else frozenset())
    _give_names(works, name_rows, headed=start > 0)
    drafts: list[Draft] = []
    pending: list[_Work] = []
    for work in works:
        if work.amount is None:
            if work.parts.quantity_row and not work.claimed:
                pending = _quantity_row(work, drafts, pending)
            continue
        value = price_value(work.amount)
        if work.kind is Kind.VOID or _is_void(work, drafts):
            _take_back(drafts, value)
            continue
        if value < 0 and _is_basket_discount(work, works, drafts):
            drafts.append(_basket(work, value))
            continue
        if _is_discount(work, value, drafts):
            drafts[-1] = replace(
                drafts[-1], discount=drafts[-1].discount + abs(value), lines=(*drafts[-1].lines, work.line)
            )
            continue
        draft = _draft(work, value)
        if draft is None:
            continue
        for earlier in pending:
            draft = _with_quantity(draft, earlier) or draft
        pending = []
        drafts.append(draft)
    unread = [
        (work.line, work.parts.name)
        for work in works
        if work.amount is None and not work.claimed and is_words(work.parts.name)
    ]
    return ItemsRead(without_serials(drafts), tuple(unread))


def savings_rows(lines: Sequence[Line], sums: Sums) -> frozenset[int]:
    """Rows such as ``YOU SAVED 0.62-``: most only repeat what was saved, some take it off the item above.

    Words do not tell which; whether the sums close with them does.
    """
    return frozenset(
        line.index
        for line in lines
        if sums.kinds[line.index] is Kind.SAVINGS
        and (number := last_price(line)) is not None
        and price_value(number) < 0
    )


def _works(lines: Sequence[Line], sums: Sums, start: int, end: int, discounts: frozenset[int]) -> list[_Work]:
    column = _amount_column(lines, sums, start, end)
    width = max((line.quad.right for line in lines), default=0.0) - min(
        (line.quad.left for line in lines), default=0.0
    )
    reach = COLUMN_SHARE * width
    works: list[_Work] = []
    skipped = {
        Kind.HEADER,
        Kind.TAX_TABLE,
        Kind.COUNT,
        Kind.SAVINGS,
        Kind.TAX,
        Kind.ROUNDING,
        Kind.GROUP_TOTAL,
    }
    skipped |= {
        Kind.SUBTOTAL,
        Kind.TOTAL,
        Kind.FINAL_TOTAL,
        Kind.META,
        Kind.SERVICE,
        Kind.CHANGE,
        Kind.PAYMENT,
        Kind.TIP,
    }
    for line in lines[start:end]:
        kind = Kind.DISCOUNT if line.index in discounts else sums.kinds[line.index]
        if kind in skipped:
            continue
        number = last_price(line)
        amount = None
        if number is not None and number.decimals in {0, CENT_DIGITS, MILLI_DIGITS}:
            in_column = column is None or line.x_of(number.end) >= column - reach
            if in_column and not (number.at and not _product_on_row(line, number)):
                amount = number
        works.append(_Work(line, kind, cut_parts(line, amount), amount))
    return works


def _product_on_row(line: Line, number: Number) -> bool:
    """``2 x 4.50`` at the right edge is a unit price, unless the row multiplies out to it."""
    return any(
        other is not number and other.is_price and other.start < number.start for other in line.numbers
    )


def _amount_column(lines: Sequence[Line], sums: Sums, start: int, end: int) -> float | None:
    """The right edge of the amounts, from the zone and the sums below it."""
    edges: list[float] = []
    for line in lines[start:end]:
        number = last_price(line)
        if number is not None and sums.kinds[line.index] is Kind.PLAIN and not number.at:
            edges.append(line.x_of(number.end))
    if len(edges) < MIN_COLUMN_ROWS:
        return None
    upper = sorted(edges)[len(edges) // 2 :]
    return median(upper)


def _give_names(works: list[_Work], most: int, *, headed: bool) -> None:
    """Rows with a price and no name take theirs from the row above or below, as this page does it."""
    bare = _bare_rows(works)
    if not bare:
        return
    above = sum(_name_rows(works, i, -1, most) != [] for i in bare)
    below = sum(_name_rows(works, i, +1, most) != [] for i in bare)
    order = (+1, -1) if below > above else (-1, +1)
    if above == below:
        # A tie: names above leave a name before the first price, names below one after the last.
        order = (-1, +1) if _name_rows(works, bare[0], -1, most) else (+1, -1)
    others = [len(_name_rows(works, i, -1, most)) for i in bare[1:]]
    habit = max(1, *others) if others else (most if headed else 1)
    for i in bare:
        for step in order:
            rows = _name_rows(works, i, step, most)
            if i == bare[0] and step < 0:
                # Above the first price stands the head of the page: take no more rows than the others have.
                rows = _nearest(rows, habit)
            if rows:
                for row in rows:
                    row.claimed = True
                works[i].names = [row.line for row in rows]
                works[i].parts = works[i].parts.named_by([row.parts for row in rows])
                break


def _nearest(rows: list[_Work], most: int) -> list[_Work]:
    """The last rows, as many as `most`, and more only until one of them holds a word."""
    count = min(most, len(rows))
    while 0 < count < len(rows) and not is_words(rows[-count].parts.name):
        count += 1
    return rows[len(rows) - count :]


def _bare_rows(works: Sequence[_Work]) -> list[int]:
    """Rows with a price but no name; where all names are as short as codes, they are codes."""
    priced = [i for i, work in enumerate(works) if work.amount is not None and _may_be_item(work)]
    bare = [i for i in priced if not works[i].parts.has_name]
    weak = [i for i in priced if _is_weak(works[i].parts.name)]
    unnamed = sum(
        work.amount is None and is_words(work.parts.name) and not work.parts.quantity_row for work in works
    )
    if weak and len({*bare, *weak}) == len(priced) and unnamed >= len(weak):
        return sorted({*bare, *weak})
    return bare


def _is_weak(name: str) -> bool:
    return len(name) <= WEAK_NAME_CHARS and any(char.isdigit() for char in name)


def _may_be_item(work: _Work) -> bool:
    return work.kind in {Kind.PLAIN, Kind.DISCOUNT}


def _name_rows(works: Sequence[_Work], index: int, step: int, most: int) -> list[_Work]:
    """The rows next to a bare price that name it, nearest last for rows above, first for rows below."""
    rows: list[_Work] = []
    position, last = index + step, works[index].line.index
    while 0 <= position < len(works) and len(rows) < most:
        work = works[position]
        if work.amount is not None or work.claimed or work.kind is not Kind.PLAIN or work.parts.quantity_row:
            break
        if abs(work.line.index - last) > 1:
            break
        last = work.line.index
        if NO_NAME.match(work.line.text):
            position += step
            continue
        if not (is_words(work.parts.name) or is_code_like(work.parts.name) or work.parts.code):
            break
        rows.append(work)
        position += step
    if step > 0:
        return [work for work in rows if is_words(work.parts.name)][:1]
    rows.reverse()
    while rows and not is_words(rows[0].parts.name):
        rows.pop(0)
    return rows[:1] + [work for work in rows[1:] if is_words(work.parts.name) or SIZE.search(work.parts.name)]


DEPOSIT: Final = re.compile(
    r"LEERGUT|PFAND|PANT\b|DEPOSIT|BOTTLE RET|CONSIGNE|STATIEGELD|RETURN", re.IGNORECASE
)
"""What comes back for empties is a line of its own, not a discount on the line above."""


def _is_basket_discount(work: _Work, works: Sequence[_Work], drafts: Sequence[Draft]) -> bool:
    """A discount greater than the line above, or one of several that end the list, is on the basket."""
    if not drafts or work.kind is not Kind.DISCOUNT or work.amount is None:
        return False
    if drafts[-1].whole_basket or abs(price_value(work.amount)) > abs(drafts[-1].net):
        return True
    rest = [other for other in works if other.amount is not None and other.line.index >= work.line.index]
    return len(rest) > 1 and all(other.kind is Kind.DISCOUNT for other in rest)


def _basket(work: _Work, value: Decimal) -> Draft:
    return Draft(
        work.parts.name, value, None, None, None, (work.line,), work.line.row.confidence, whole_basket=True
    )


SIZE: Final = re.compile(r"\d\s?(?:[\"'x×]|mm|cm|ml|kg|gm?|ltr|l|m|oz|lb|pcs?)(?![a-z])|\(", re.IGNORECASE)
"""A row of a size or an open bracket goes on with the name above it; shelf and pack numbers do not."""


def _is_discount(work: _Work, value: Decimal, drafts: Sequence[Draft]) -> bool:
    if not drafts or drafts[-1].whole_basket or DEPOSIT.search(work.parts.name):
        return False
    named = work.kind is Kind.DISCOUNT
    if work.parts.quantity is not None and value < 0 and not named:
        return False
    return (named or value < 0) and abs(value) <= abs(drafts[-1].net) and drafts[-1].amount > 0


def _is_void(work: _Work, drafts: Sequence[Draft]) -> bool:
    """A negative row that repeats an earlier item's name and amount takes that item back."""
    value = price_value(work.amount) if work.amount else Decimal(0)
    return value < 0 and any(
        draft.amount == -value and draft.description == work.parts.name and draft.description
        for draft in drafts
    )


def _take_back(drafts: list[Draft], value: Decimal) -> None:
    for position in range(len(drafts) - 1, -1, -1):
        if drafts[position].amount == abs(value):
            del drafts[position]
            return


def _draft(work: _Work, value: Decimal) -> Draft | None:
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
    printed = work.line.confidence_at(number.start, number.end)
    confidence = min(printed, *(name.row.confidence for name in work.names), work.line.row.confidence)
    return Draft(
        description=parts.name or (parts.code or ""),
        amount=value,
        quantity=parts.quantity,
        unit_price=parts.unit_price,
        code=parts.code,
        lines=tuple(sorted({work.line, *work.names}, key=lambda line: line.index)),
        confidence=confidence * (0.8 if number.repaired else 1.0),
        alternatives=parts.products,
    )


def _quantity_row(work: _Work, drafts: list[Draft], pending: list[_Work]) -> list[_Work]:
    """A row that only multiplies belongs to the item whose amount it makes: above, else below."""
    if drafts:
        matched = _with_quantity(drafts[-1], work)
        if matched is not None:
            drafts[-1] = matched
            return pending
    return [*pending, work]


def _with_quantity(draft: Draft, work: _Work) -> Draft | None:
    found = multiply_out(work.line.numbers, draft.amount)
    if found is None:
        return None
    quantity, unit_price = found
    return replace(draft, quantity=quantity, unit_price=unit_price, lines=(*draft.lines, work.line))
