"""How a row multiplies: ``2 @ 3.49``, ``1,09 x 2``, ``0.85 lb @ 1 lb /0.54``, ``3 FOR 5.00``.

What is found here is a way of writing, not yet a quantity: whether it makes the amount beside it, above it or
below it decides. `ocr.item_text` finds products of plain columns, which need no signs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
MAX_COUNT: Final = 200
"""A count reckoned from amount and price; more of one thing on one row has not been seen."""

_UNIT: Final = (
    r"(?:kgs?|gr?|lbs?|1bs?|ibs?|oz|gal(?:lons?)?|ltrs?|lit(?:re|er)s?|ml|cl|l|stck|stk|stuck|stück|st|pcs?|pce"
    r"|pz|kpl|szt|each|eac|ea|un|uds?|ud|pkt|btl|qty|nos?|items?|itm)"
)
_MONEY: Final = r"(?:RM|US\$|A\$|S\$|R\$|[$£€]|EUR|CHF|USD|GBP|kr\.?|zł|PLN|SEK|NOK|DKK|R(?=\d))"
_COUNT: Final = r"(?:\d{1,4}(?:[.,]\d{1,3})?|(?-i:[lI])(?=\s?[@x×]))"
"""A misread 1 has these two shapes only: a capital L or a small i before an x is a size or a word."""
_ONES: Final = frozenset({"l", "I"})
_PRICE: Final = r"(?:\d{0,4}[.,]\s?[\dOo]{2,3}|\d{1,3}\s[.,]\s?\d{2})"
_AFTER: Final = rf"(?:\s?{_MONEY}(?!\s?\d))?(?:\s?/\s?(?:\d\s?)?{_UNIT}\b\.?|\s?\(?(?:each|eac|ea)\b\.?\)?)?"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # 2 @ 3.49; 2 AT 3 FOR 1.92; 0.85 lb @ 1 lb /0.54; Qty 2 @ $5.50 each; 2 x ( 3,95 )
        rf"(?<![\w.,/#-])(?:[a-z0]ty\s?:?\s?)?(?P<q>{_COUNT})\s?(?P<u>{_UNIT}\b\.?(?!\s*(?:à|a\b)))?(?:\s?net)?"
        rf"\s?(?:@|[x×*]|\bat\b|à|\ba\b)\s*"
        rf"(?:(?P<n>\d{{1,2}})\s?(?:for|/|{_UNIT}\s?/?)\s?)?"
        rf"\(?\s?(?:{_MONEY}\s?)?(?P<p>{_PRICE})(?!\d|[.,]\d|[A-Za-z]{{1,2}}\d)\s?\)?{_AFTER}",
        # 1,09 x 2
        rf"(?<![\w.,/#@x-])(?:{_MONEY}\s?)?(?P<p>{_PRICE})(?:\s?{_MONEY})?\s?[x×*]\s?(?P<q>\d{{1,3}})"
        r"(?![\d.,:]|\s?[x×*]|\s?[A-Za-z]{1,3}\d)",
        # 0,832 kg 2,10 €/kg
        rf"(?<![\w.,/#-])(?P<q>{_COUNT})\s?(?P<u>{_UNIT})\b\.?\s+(?:Reg\s)?(?:{_MONEY}\s?){{0,2}}(?P<p>{_PRICE})"
        rf"(?:\s?{_MONEY})?\s?/\s?{_UNIT}\b",
        # 3 FOR 5.00; @ 2/5.00
        rf"(?<![\w.,/#-])@?\s?(?P<n>\d{{1,2}})\s?(?:for\s?|/(?=\s?(?:{_MONEY}\s?)?\d{{0,2}}[.,]\d\d))"
        rf"(?:{_MONEY}\s?)?(?P<p>{_PRICE})(?!\d|[.,]\d)",
        # @ 6.98; 3.99 EA; 2,49 EUR/kg
        rf"(?<!\w)[@à]\s?(?:{_MONEY}\s?)?(?P<p>{_PRICE})(?!\d|[.,]\d){_AFTER}",
        rf"(?<![\w.,/#-])(?:{_MONEY}\s?)?(?P<p>{_PRICE})(?:\s?{_MONEY})?"
        rf"(?:\s?/\s?(?:\d\s?)?(?P<u>{_UNIT})\b\.?|\s(?:each|ea)\b\.?)",
    )
)


@dataclass(frozen=True, slots=True)
class Multiple:
    """A count or weight times a price.

    Attributes:
        quantity: None where the row prints the price alone.
        price: of `per` pieces.
        per: 3 for ``3 FOR 5.00``, else 1.
        unit: as printed, in lower case.
        start: offset of its first character in the row's text.
        end: offset after its last.
    """

    quantity: Decimal | None
    price: Decimal
    per: Decimal
    unit: str
    start: int
    end: int

    @property
    def amount(self) -> Decimal | None:
        """What it makes, to the cent."""
        if self.quantity is None:
            return None
        return (self.quantity * self.price / self.per).quantize(CENT, ROUND_HALF_UP)

    @property
    def unit_price(self) -> Decimal:
        """Of one; to the cent where several have one price."""
        return self.price if self.per == 1 else (self.price / self.per).quantize(CENT, ROUND_HALF_UP)

    def makes(self, amount: Decimal) -> bool:
        """Whether quantity times price is this amount; tills round the last cent up or down."""
        made = self.amount
        return made is not None and abs(made - abs(amount)) <= CENT and bool(made) == bool(amount)

    def count_for(self, amount: Decimal) -> Decimal | None:
        """How many are behind an amount, where the row prints only the price of one or of several."""
        if self.quantity is not None or not self.price:
            return None
        count = abs(amount) * self.per / self.price
        whole = count.to_integral_value()
        return whole if count == whole and 0 < whole <= MAX_COUNT else None


def find_multiples(text: str) -> tuple[Multiple, ...]:
    """Every way in which the text multiplies, from left to right; none overlaps another."""
    found: list[Multiple] = []
    for form in _FORMS:
        for match in form.finditer(text):
            start, end = match.start(), match.start() + len(match.group().rstrip())
            if all(end <= other.start or other.end <= start for other in found):
                found.append(_multiple(match.groupdict(), start, end))
    return tuple(sorted((one for one in found if one.price), key=lambda one: one.start))


def weighed_in(multiples: Sequence[Multiple], before: int, amount: Decimal) -> Multiple | None:
    """Weight and price as a sign joins them (``1.234 kg x 0.500``), where they make the amount behind them.

    Numbers alone do not tell which of the two is the weight.
    """
    ways = (one for one in multiples if one.unit and one.quantity is not None and one.end <= before)
    return next((one for one in ways if one.makes(amount)), None)


def _multiple(groups: dict[str, str | None], start: int, end: int) -> Multiple:
    count = groups.get("q")
    return Multiple(
        quantity=None if count is None else Decimal(1) if count in _ONES else _decimal(count),
        price=_decimal(groups["p"] or "0"),
        per=Decimal(groups.get("n") or 1) or Decimal(1),
        unit=(groups.get("u") or "").strip(" .").lower(),
        start=start,
        end=end,
    )


def _decimal(text: str) -> Decimal:
    plain = re.sub(r"\s", "", text).replace("O", "0").replace("o", "0").replace(",", ".")
    return Decimal(f"0{plain}" if plain.startswith(".") else plain)
