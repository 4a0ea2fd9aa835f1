"""Names for prices that stand on rows of their own: above or below, as this page does it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ocr.codes import lone_code
from ocr.contact import TAX_ID
from ocr.item_text import NO_NAME, is_code_like, is_short_name, is_words, quantity_for
from ocr.lexicon import Kind
from ocr.works import Work

WRAPPED_SHARE: Final = 0.6
"""Of the longest name row's right edge; a name is broken off where the line is full."""
NUMBERED_SHARE: Final = 0.8
"""Of a page's items, how many must have a number before one without is taken for a note on the row above."""
MIN_NUMBERED: Final = 2
WEAK_NAME_CHARS: Final = 10
"""A name with digits and no more letters may be an article number beside a name on another row."""


def give_names(works: list[Work], most: int, *, headed: bool) -> None:
    """Rows with a price and no name take theirs from the row above or below, as this page does it."""
    _give_coded_names(works)
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
    wide = max((right for work in works if (right := _right(work)) is not None), default=0.0)
    for i in bare:
        for step in order:
            rows = _name_rows(works, i, step, most)
            if step < 0:
                # Above the first price stands the head of the page: take no more rows than the others have.
                rows = _own_rows(rows, wide, habit if i == bare[0] else most)
            if rows:
                for row in rows:
                    row.claimed = True
                works[i].names = [row.line for row in rows]
                works[i].parts = works[i].parts.named_by([row.parts for row in rows])
                break


def _give_coded_names(works: Sequence[Work]) -> None:
    """``9330000123456 SAUSAGE`` without a price, ``OVERRIDE 2.75`` below: the row with a number names it.

    Only on pages whose items have their numbers.
    """
    priced = [work for work in works if work.amount is not None and work.may_be_item and work.value > 0]
    pairs = [
        (above, below)
        for above, below in pairwise(works)
        if above.amount is None
        and above.kind is Kind.PLAIN
        and above.parts.code is not None
        and is_words(above.parts.name)
        and below in priced
        and below.parts.code is None
        and below.line.index == above.line.index + 1
    ]
    first = next((i for i, work in enumerate(works) if work.amount is not None), 0)
    numbered = sum(work.parts.code is not None for work in works[max(0, first - 1) :])
    if numbered < max(MIN_NUMBERED, NUMBERED_SHARE * len(priced)):
        return
    for above, below in pairs:
        above.claimed = True
        below.names = [above.line]
        below.parts = below.parts.renamed(above.parts)


def _right(work: Work) -> float | None:
    """Where the words of a row without a price end."""
    return work.line.quad.right if work.amount is None and is_words(work.parts.name) else None


def _own_rows(rows: list[Work], wide: float, most: int) -> list[Work]:
    """Without headings of sections above the name, and without descriptions below a name with its number."""
    coded = [i for i, row in enumerate(rows) if row.parts.code and is_words(row.parts.name)]
    if coded:
        return rows[coded[-1] : coded[-1] + 1]
    rows, first = _nearest(rows, most), 0
    while first < len(rows) - 1 and _is_heading(rows[first], wide):
        first += 1
    return rows[first:]


def _is_heading(row: Work, wide: float) -> bool:
    """A short row above a name: only one that fills its line goes on in the next."""
    return is_words(row.parts.name) and row.line.quad.right < WRAPPED_SHARE * wide


def _nearest(rows: list[Work], most: int) -> list[Work]:
    """The last rows, as many as `most`, and more only until one of them holds a word."""
    count = min(most, len(rows))
    while 0 < count < len(rows) and not is_words(rows[-count].parts.name):
        count += 1
    return rows[len(rows) - count :]


def _bare_rows(works: Sequence[Work]) -> list[int]:
    """Rows with a price but no name; where all names are as short as codes, they are codes."""
    priced = [i for i, work in enumerate(works) if work.amount is not None and work.may_be_item]
    bare = [i for i in priced if not works[i].parts.has_name]
    if len(bare) * 2 < len(priced):
        # Where names stand on their prices' rows, TV is one as well; elsewhere it is a tax code.
        bare = [i for i in bare if not is_short_name(works[i].parts.name)]
    weak = [i for i in priced if _is_weak(works[i].parts.name)]
    unnamed = sum(
        work.amount is None and is_words(work.parts.name) and not work.parts.quantity_row for work in works
    )
    if weak and len({*bare, *weak}) == len(priced) and unnamed >= len(weak):
        return sorted({*bare, *weak})
    return bare


def _is_weak(name: str) -> bool:
    return len(name) <= WEAK_NAME_CHARS and any(char.isdigit() for char in name)


def _name_rows(works: Sequence[Work], index: int, step: int, most: int) -> list[Work]:
    """The rows next to a bare price that name it, nearest last for rows above, first for rows below."""
    rows: list[Work] = []
    position, last = index + step, works[index].line.index
    while 0 <= position < len(works) and len(rows) < most:
        work = works[position]
        if step < 0 and not rows and _counts_for(work, works[index]):
            # Name, ``2 x 1,09`` and 2,18 on a row each: the name stands above the count.
            position, last = position + step, work.line.index
            continue
        if work.amount is not None or work.claimed or work.kind is not Kind.PLAIN or work.parts.quantity_row:
            break
        if abs(work.line.index - last) > 1 or TAX_ID.search(work.line.text):
            break
        last = work.line.index
        if _is_labelled_code(work) and rows:
            break
        if NO_NAME.match(work.line.text) or _ends_in_price(work) or _is_labelled_code(work):
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


def _counts_for(row: Work, bare: Work) -> bool:
    """Whether the row right above an amount that stands alone multiplies to it."""
    alone = not any(char.isalnum() for char in bare.parts.name[1:])
    counts = row.amount is None and row.parts.quantity_row and row.line.index == bare.line.index - 1
    return alone and counts and quantity_for(row.line, bare.value) is not None


def _is_labelled_code(work: Work) -> bool:
    """``ITEM # 1234567``: its word is the number's, and names nothing; `ocr.codes` gives it to its item."""
    return is_words(work.parts.name) and lone_code(work.line.text) is not None


def _ends_in_price(work: Work) -> bool:
    """``RETURN VALUE 4.79``: what a row says of another price names nothing."""
    prices = work.line.prices
    if prices and any(one.start < prices[-1].end <= one.end for one in work.line.multiples):
        return False
    return bool(prices) and not any(char.isalnum() for char in work.line.text[prices[-1].end :])


SIZE: Final = re.compile(r"\d\s?(?:[\"'x×]|mm|cm|ml|kg|gm?|ltr|l|m|oz|lb|pcs?)(?![a-z])|\(", re.IGNORECASE)
"""A row of a size or an open bracket goes on with the name above it; shelf and pack numbers do not."""
