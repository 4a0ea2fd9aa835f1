"""Rows that only multiply (``2 x 0,89``, ``0.85 lb @ 1.29/lb``): which item's quantity do they tell?

Some tills print them above their item, some below. Arithmetic tells where quantity times price makes an
amount; where it fits both neighbours or neither, the page's own habit decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from ocr.amounts import CENT_DIGITS, MILLI_DIGITS, Number
from ocr.drafts import Draft
from ocr.item_text import cut_parts, is_words, quantity_for
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.works import Work

NEAR_ROWS: Final = 4
"""How far from an item a pump's or a scale's figures may stand."""
CENT: Final = Decimal("0.01")
_SALE: Final = re.compile(r"(?:fuel|total|sale|amount|pump)\W*(?:sale|total|amount)?\W*$", re.IGNORECASE)
_GRADE: Final = re.compile(r"\W*(?:product|grade|fuel type|produkt)\s*[:.]\s*(?P<name>.+)$", re.IGNORECASE)
_UNITS: Final = re.compile(r"gallons?|lit(?:re|er)s?|vol(?:ume)?|menge|quantity|qty", re.IGNORECASE)
_MEASURES: Final = ("k", "l", "g", "o", "1b")
"""First letters of units of weight and volume."""


def counted_items(works: Sequence[Work]) -> dict[int, list[Work]]:
    """For works by position: the rows that multiply for them."""
    places: dict[int, tuple[int | None, int | None]] = {}
    for position, work in enumerate(works):
        if work.amount is None and work.parts.quantity_row and not work.claimed:
            places[position] = (_beside(works, position, -1), _beside(works, position, +1))
    above = below = 0
    for position, (before, after) in places.items():
        fits_before, fits_after = _fits(works, position, before), _fits(works, position, after)
        above += fits_before and not fits_after
        below += fits_after and not fits_before
    found: dict[int, list[Work]] = {}
    for position, (before, after) in places.items():
        order = (after, before) if below > above else (before, after)
        fitting = [place for place in order if _fits(works, position, place)]
        target = next(iter(fitting), None)
        if target is None and _says_count(works[position]):
            target = next((place for place in order if place is not None), None)
        if target is not None:
            found.setdefault(target, []).append(works[position])
    return found


def _beside(works: Sequence[Work], position: int, step: int) -> int | None:
    """The next item's row in this direction; a discount between belongs to that item."""
    place = position + step
    while 0 <= place < len(works):
        work = works[place]
        if work.amount is not None and work.kind is Kind.PLAIN and work.value > 0:
            return place
        if step > 0 and work.amount is not None:
            return None
        place += step
    return None


def _fits(works: Sequence[Work], position: int, place: int | None) -> bool:
    return place is not None and quantity_for(works[position].line, works[place].value) is not None


def _says_count(work: Work) -> bool:
    return any(one.quantity is not None for one in work.line.multiples)


def with_counts(draft: Draft, rows: Sequence[Work]) -> Draft:
    """The draft with its quantity from rows that multiply for it."""
    for row in rows:
        found = quantity_for(row.line, draft.amount)
        if found is not None:
            draft = replace(draft, quantity=found[0], unit_price=found[1], lines=(*draft.lines, row.line))
            continue
        sole = next((one for one in row.line.multiples if one.quantity is not None), None)
        if sole is not None and draft.quantity is None and sole.amount is not None:
            # Not what the amount says: one of the three figures is misread, or the amount came down.
            draft = replace(
                draft,
                quantity=sole.quantity,
                unit_price=sole.unit_price,
                lines=(*draft.lines, row.line),
                alternatives=(*draft.alternatives, sole.amount),
            )
    return draft


def measured(drafts: Sequence[Draft], lines: Sequence[Line]) -> tuple[Draft, ...]:
    """Drafts without a quantity, with what a pump or scale printed near them: litres times price."""
    taken = {line.index for draft in drafts for line in draft.lines}
    return tuple(_measured(draft, lines, taken) if draft.quantity is None else draft for draft in drafts)


def _measured(draft: Draft, lines: Sequence[Line], taken: set[int]) -> Draft:
    own = {line.index for line in draft.lines}
    first, last = min(own) - NEAR_ROWS, max(own) + NEAR_ROWS
    near = [line for line in lines[max(0, first) : last + 1] if line.index in own or line.index not in taken]
    numbers = [(number, line) for line in near for number in line.numbers]
    for amount, line in numbers:
        if not _is_measure(amount):
            continue
        for price, _ in numbers:
            if price is amount or price.decimals < CENT_DIGITS or _is_weight(price) or price.value <= 0:
                continue
            if abs(amount.value * price.value - draft.amount) <= CENT and price.value != draft.amount:
                unit_price = price.value.quantize(CENT)
                name = _measured_name(draft, line, near)
                return replace(draft, description=name, quantity=amount.value, unit_price=unit_price)
    return draft


def _measured_name(draft: Draft, line: Line, near: Sequence[Line]) -> str:
    """``FUEL SALE 42.23`` says nothing of what was bought; ``UNLEADED 13.202G`` does."""
    if not _SALE.match(draft.description):
        return draft.description
    for row in near:
        if match := _GRADE.match(row.text):
            return match["name"]
    name = cut_parts(line, None).name
    return name if is_words(name) and not _UNITS.fullmatch(name.strip(" :.")) else draft.description


def _is_measure(number: Number) -> bool:
    return number.value > 0 and (number.decimals == MILLI_DIGITS or _is_weight(number))


def _is_weight(number: Number) -> bool:
    return number.decimals > 0 and number.unit.startswith(_MEASURES)
