"""Quantities that nothing multiplies out: by their column, its heading, or the count of items sold.

A page puts its quantities in one place. Where the rows that multiply out show it, or a heading names it, the
number in that place counts on the other rows too. Many tills print how many pieces were sold: where all but
one quantity are known, that tells the last one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from statistics import median
from typing import Final

from ocr.amounts import Number
from ocr.drafts import Draft
from ocr.lexicon import Kind
from ocr.lines import Line, squash

CENT: Final = Decimal("0.01")
ONE: Final = Decimal(1)
MAX_PIECES: Final = 99
"""More of one thing on one row is a code, a size or a price without its point."""
MIN_VOTES: Final = 2
COLUMN_HEIGHTS: Final = 1.5
"""Of the rows' height: how far numbers of one column stand apart, by their right or left edges."""
_Place = tuple[float, float, int]
"""Left and right edge of a number or heading, and for how many votes it counts."""
_COUNT_HEADS: Final = frozenset(
    (
        *("QTY", "OTY", "QIY", "QUANTITY", "QTE", "MENGE", "ANZAHL", "ANZ", "STK", "STUCK", "ANT", "ANTAL"),
        *("ANTALL", "AANTAL", "CANT", "CANTIDAD", "QTA", "QTD", "QUANT", "ILOSC", "UDS", "CTD"),
    )
)
_PIECES_SOLD: Final = re.compile(
    r"^\W*(?P<n>\d{1,3})\s*(?:x\s*)?(?:items?|artikel|articles?|articoli|art[ií]culos?|art\.?|varer|varor|posten"
    r"|produkter|pieces|pcs)\b",
    re.IGNORECASE,
)
_LEADING: Final = re.compile(r"^\(?(?P<q>\d{1,2})\)?\s+(?=\S*[^\W\d_])")


def settle_counts(drafts: Sequence[Draft], lines: Sequence[Line], kinds: Sequence[Kind]) -> tuple[Draft, ...]:
    """The drafts with quantities that their place on the page or the count of items tells."""
    placed = _by_column(drafts, lines, kinds)
    return _by_pieces_sold(placed, pieces_sold(lines, kinds))


def pieces_sold(lines: Sequence[Line], kinds: Sequence[Kind]) -> frozenset[Decimal]:
    """Every number that the page gives for how many were sold."""
    found: set[Decimal] = set()
    for line, kind in zip(lines, kinds, strict=True):
        if kind is Kind.COUNT:
            whole = [
                n.value for n in line.numbers if n.decimals == 0 or n.value == n.value.to_integral_value()
            ]
            found |= set(whole[-1:]) | set(whole[:1])
        elif (match := _PIECES_SOLD.match(line.text)) and not line.prices:
            found.add(Decimal(match["n"]))
    return frozenset(count for count in found if count > 0)


def only_count(printed: frozenset[Decimal]) -> int | None:
    """The number of items sold, where the page gives one and a whole one."""
    counts = {int(count) for count in printed if count == count.to_integral_value()}
    return counts.pop() if len(counts) == len(printed) == 1 else None


def pieces(drafts: Iterable[Draft]) -> Decimal:
    """How many pieces the drafts are: what is weighed counts as one, what comes back not at all."""
    return sum(
        (_pieces(draft) for draft in drafts if draft.amount >= 0 and not draft.whole_basket), Decimal(0)
    )


def _pieces(draft: Draft) -> Decimal:
    count = ONE if draft.quantity is None else draft.quantity
    return count if count == count.to_integral_value() else ONE


def _by_column(drafts: Sequence[Draft], lines: Sequence[Line], kinds: Sequence[Kind]) -> tuple[Draft, ...]:
    heights = [line.height for draft in drafts for line in draft.lines[:1]]
    if not heights:
        return tuple(drafts)
    reach = COLUMN_HEIGHTS * median(heights)
    places = [place for draft in drafts if draft.quantity is not None for place in _places(draft)]
    places += list(_headings(lines, kinds, min(draft.lines[0].index for draft in drafts)))
    out: list[Draft] = []
    for draft in drafts:
        counts = [
            number.value
            for line in draft.lines
            for number, left, right in _lone_counts(line)
            if draft.quantity is None and _votes(left, right, places, reach) >= MIN_VOTES
        ]
        out.append(with_quantity(draft, counts[0]) if len(counts) == 1 else draft)
    return tuple(out)


def _places(draft: Draft) -> Iterator[_Place]:
    for line in draft.lines:
        for number, left, right in _lone_counts(line):
            if number.value == draft.quantity:
                yield left, right, 1


def _headings(lines: Sequence[Line], kinds: Sequence[Kind], before: int) -> Iterator[_Place]:
    """Where headings above the items name the column of quantities; one heading says as much as two rows."""
    for line in lines[:before]:
        if kinds[line.index] is Kind.HEADER:
            for match in re.finditer(r"[^\W\d_]+", line.text):
                if squash(match.group()) in _COUNT_HEADS:
                    yield line.x_of(match.start()), line.x_of(match.end()), MIN_VOTES


def _lone_counts(line: Line) -> Iterator[tuple[Number, float, float]]:
    """Whole numbers that fill a box, with its edges."""
    for box, (start, end, left, right) in zip(line.row.boxes, line.spans, strict=True):
        for number in line.numbers:
            if (
                start <= number.start
                and number.end <= end
                and not number.decimals
                and not number.currency_mark
            ):
                rest = box.text.replace(str(number.value), "", 1)
                if 0 < number.value <= MAX_PIECES and not any(char.isalnum() for char in rest):
                    yield number, left, right


def _votes(left: float, right: float, places: Sequence[_Place], reach: float) -> int:
    return sum(
        weight
        for other_left, other_right, weight in places
        if min(abs(left - other_left), abs(right - other_right)) <= reach
        or (other_left - reach <= left and right <= other_right + reach)
    )


def _by_pieces_sold(drafts: tuple[Draft, ...], printed: frozenset[Decimal]) -> tuple[Draft, ...]:
    """One quantity changed so that the pieces sold come out, if only one change does that."""
    if not printed or pieces(drafts) in printed or Decimal(len(drafts)) in printed:
        return drafts
    ways = [
        (position, changed)
        for position, draft in enumerate(drafts)
        for changed in _other_counts(draft)
        if pieces(drafts) - _pieces(draft) + _pieces(changed) in printed
    ]
    if len(ways) != 1:
        return drafts
    position, changed = ways[0]
    return (*drafts[:position], changed, *drafts[position + 1 :])


def _other_counts(draft: Draft) -> Iterator[Draft]:
    """What else on the item's rows could count it."""
    seen = {draft.quantity, ONE if draft.quantity is None else draft.quantity}
    match = _LEADING.match(draft.description)
    if match and (count := Decimal(match["q"])) not in seen and count > 0:
        seen.add(count)
        yield replace(with_quantity(draft, count), description=draft.description[match.end() :])
    for line in draft.lines:
        for number, _, _ in _lone_counts(line):
            if number.value not in seen:
                seen.add(number.value)
                yield with_quantity(draft, number.value)
        for price in line.prices:
            count = draft.amount / price.value if price.value > 0 else Decimal(0)
            if 1 < count <= MAX_PIECES and count == count.to_integral_value() and count not in seen:
                seen.add(count)
                yield with_quantity(draft, count)


def with_quantity(draft: Draft, count: Decimal) -> Draft:
    """The draft with this quantity, and its unit price where that comes out to the cent."""
    unit = (draft.amount / count).quantize(CENT)
    return replace(draft, quantity=count, unit_price=unit if unit * count == draft.amount else None)
