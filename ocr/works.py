"""The rows of the items' zone, each cut into its parts, with the amount in the amounts' column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Final

from ocr.amounts import CENT_DIGITS, MILLI_DIGITS, Number
from ocr.item_text import Parts, cut_parts
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.multiples import Multiple
from ocr.sums import Sums, last_price, price_value

COLUMN_SHARE: Final = 0.10
"""Of the page's width: how far right edges of one column may differ on a bent page."""
MIN_COLUMN_ROWS: Final = 3
"""Fewer amounts make no column; each row is then judged by itself."""
MIN_NAME_LETTERS: Final = 3
_UNIT_PRICE: Final = re.compile(
    r"^\W*[^\W\d_]{2,10}\s?/\s?(?:g|gal|kg|lb|l|ltr|litre|liter|stk|ea)\b\W*$", re.IGNORECASE
)
"""``PRICE/GAL 3.199``: what stands behind it is the price of one."""
_MEASURED: Final = re.compile(r"gallon|lit(?:re|er)|\bvol(?:ume)?\b|menge|\bkgs?\b|/\s?[gl]\b", re.IGNORECASE)
"""Rows that give a weight or a volume, whose three decimals are no cents with a tax letter."""
_FLAG: Final = re.compile(r"[A-Z]{3,4}")
_NO_ITEMS: Final = frozenset(
    {
        Kind.HEADER,
        Kind.TAX_TABLE,
        Kind.COUNT,
        Kind.SAVINGS,
        Kind.TAX,
        Kind.ROUNDING,
        Kind.GROUP_TOTAL,
        Kind.SUBTOTAL,
        Kind.TOTAL,
        Kind.FINAL_TOTAL,
        Kind.META,
        Kind.SERVICE,
        Kind.CHANGE,
        Kind.PAYMENT,
        Kind.TIP,
    }
)


class Work:
    """One row of the zone with what was found on it; filled in while items are read, and not handed further.

    Attributes:
        value: the amount with its sign, where the row has one.
        names: other rows that name it.
        claimed: the row names another one.
    """

    def __init__(self, line: Line, kind: Kind, parts: Parts, amount: Number | None) -> None:
        self.line, self.kind, self.parts, self.amount = line, kind, parts, amount
        self.value = Decimal(0)
        self.names: list[Line] = []
        self.claimed = False

    @property
    def may_be_item(self) -> bool:
        """Whether the row's words leave open that it is an item."""
        return self.kind in {Kind.PLAIN, Kind.DISCOUNT}


def savings_rows(lines: Sequence[Line], sums: Sums) -> tuple[frozenset[int], ...]:
    """Rows such as ``YOU SAVED 0.62-``: most only repeat what was saved, some take it off the item above.

    Words do not tell which; whether the sums close with them does. So there are several choices: none of
    them, those with a minus, all.
    """
    rows = [
        (line.index, price_value(number) < 0 or _bracketed(line, number))
        for line in lines
        if sums.kinds[line.index] is Kind.SAVINGS and (number := last_price(line)) is not None
    ]
    minus = frozenset(index for index, less in rows if less)
    return tuple(dict.fromkeys((frozenset(), minus, frozenset(index for index, _ in rows))))


def works_of(
    lines: Sequence[Line],
    sums: Sums,
    start: int,
    end: int,
    discounts: frozenset[int],
    *,
    aligned: bool = True,
) -> list[Work]:
    """The zone's rows that can belong to an item; those in `discounts` are taken for discounts.

    Amounts stand in one column, unless `aligned` is taken back: pumps print ``FUEL SALE $56.25`` beside it.
    """
    column = _amount_column(lines, sums, start, end) if aligned else None
    right = max((line.quad.right for line in lines), default=0.0)
    left = min((line.quad.left for line in lines), default=0.0)
    edge = None if column is None else column - COLUMN_SHARE * (right - left)
    last = max((i for i in range(start, end) if sums.kinds[i] is Kind.PLAIN and lines[i].prices), default=0)
    zone = [line for line in lines[start:end] if line.index in discounts or _is_open(line, sums, last)]
    amounts = [_amount(line, edge) for line in zone]
    amounts = _without_explanations(zone, _without_unit_prices(zone, amounts))
    accounting = _accounting(zone, amounts)
    flags = _flags(zone)
    works: list[Work] = []
    for line, amount in zip(zone, amounts, strict=True):
        kind = Kind.DISCOUNT if line.index in discounts else sums.kinds[line.index]
        kind = Kind.PLAIN if kind is Kind.SERVICE else kind
        work = Work(line, kind, cut_parts(line, amount, flags), amount)
        if amount is not None:
            value = price_value(amount)
            minus = accounting and _bracketed(line, amount)
            work.value = -abs(value) if minus else value
        works.append(work)
    return works


def _flags(zone: Sequence[Line]) -> frozenset[str]:
    """Short capitals in boxes of their own behind names, on several rows alike: ``MRJ`` is a tax code."""
    seen = Counter(box.text.strip() for line in zone for box in line.row.boxes[1:])
    common = {text for text, rows in seen.items() if rows > 1 and _FLAG.fullmatch(text)}
    return frozenset(text for text in seen if _FLAG.fullmatch(text) and text.endswith(tuple(common)))


def _is_open(line: Line, sums: Sums, last: int) -> bool:
    """Whether the row may belong to an item; a fee among the goods is one of them."""
    kind = sums.kinds[line.index]
    return kind not in _NO_ITEMS or (kind is Kind.SERVICE and line.index < last)


def _amount(line: Line, edge: float | None) -> Number | None:
    """The rightmost amount of money, if it stands in the amounts' column and is no unit price."""
    for number in reversed(line.numbers):
        if not (number.is_price or (number.decimals == MILLI_DIGITS and not number.unit)):
            continue
        if number.decimals not in {0, CENT_DIGITS, MILLI_DIGITS}:
            return None
        if edge is not None and line.x_of(number.end) < edge:
            return None
        if number.decimals == MILLI_DIGITS and _MEASURED.search(line.text):
            return None
        if len(line.numbers) == 1 and _UNIT_PRICE.search(line.text[: number.start]):
            return None
        multiple = _holding(line, number)
        if multiple is not None and not _may_hold_amount(line, multiple, number):
            return None
        return None if number.at and not _product_on_row(line, number) else number
    return None


def _holding(line: Line, number: Number) -> Multiple | None:
    """The multiplication that the number is a part of."""
    for one in line.multiples:
        if one.start < number.end and number.start < one.end:
            return one
    return None


def _may_hold_amount(line: Line, multiple: Multiple, number: Number) -> bool:
    """``2 x 9.00`` across two columns and ``DEAL 2 FOR 6.00`` may end in an amount; ``2,49 EUR/kg`` not."""
    written = line.text[multiple.start : multiple.end]
    if "/" in written[written.rfind(" ") :] or "/" in line.text[number.end : multiple.end]:
        return False
    if multiple.quantity is not None:
        return not number.at and not multiple.unit
    rest = line.text[: multiple.start] + line.text[multiple.end :]
    return sum(char.isalpha() for char in rest) >= MIN_NAME_LETTERS


def _without_unit_prices(zone: Sequence[Line], amounts: Sequence[Number | None]) -> list[Number | None]:
    """``2 x   0.89`` beside a row of 1.78 tells what one costs, wherever its price stands."""
    values = [None if amount is None else price_value(amount) for amount in amounts]
    kept = list(amounts)
    for i, (line, amount) in enumerate(zip(zone, amounts, strict=True)):
        multiple = None if amount is None else _holding(line, amount)
        if multiple is None or multiple.quantity in {None, Decimal(1)}:
            continue
        beside = [value for j in (i - 1, i + 1) if 0 <= j < len(zone) and (value := values[j]) is not None]
        if any(multiple.makes(value) for value in beside):
            kept[i] = None
    return kept


def _without_explanations(zone: Sequence[Line], amounts: Sequence[Number | None]) -> list[Number | None]:
    """``REG 8.16  SAVED 1.60`` below 6.56 says how that came; 4,57 below 5,71 and -1,14 what is left."""
    kept = list(amounts)
    above = net = Decimal(0)
    for i, (line, amount) in enumerate(zip(zone, amounts, strict=True)):
        if amount is None:
            continue
        value = price_value(amount)
        regular = [abs(number.value) for number in line.prices if number is not amount]
        explains = above > 0 and any(price - abs(value) == above for price in regular)
        if explains or (value == net != above and line.letters <= MIN_NAME_LETTERS):
            kept[i] = None
        elif value < 0:
            net += value
        else:
            above = net = value
    return kept


def _bracketed(line: Line, number: Number) -> bool:
    return line.text[number.start] == "(" and line.text[number.end - 1] == ")"


def _accounting(zone: Sequence[Line], amounts: Sequence[Number | None]) -> bool:
    """Whether brackets mean minus: on a page where most amounts stand without them."""
    pairs = [(line, amount) for line, amount in zip(zone, amounts, strict=True) if amount is not None]
    return sum(_bracketed(line, amount) for line, amount in pairs) * 2 < len(pairs)


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
