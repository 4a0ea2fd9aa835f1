"""Items in the making, and the numbers before their names: do they count the goods or the lines?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from ocr.item_text import CENT, split_code
from ocr.lines import Line
from receipts.transcript import Quad


@dataclass(frozen=True, slots=True)
class Draft:
    """An item in the making.

    Attributes:
        lines: rows it was read from.
        quantity: None where nothing says.
        whole_basket: a discount on all of it: counts in the sums and is no item.
        alternatives: other amounts the row allows, for the arithmetic to choose from.
        printed: the engine's confidence in the amount itself.
        repaired: a digit of the amount was exchanged, or its cents completed, so that the sums close.
    """

    description: str
    amount: Decimal
    quantity: Decimal | None
    unit_price: Decimal | None
    code: str | None
    lines: tuple[Line, ...]
    confidence: float
    discount: Decimal = Decimal(0)
    whole_basket: bool = False
    alternatives: tuple[Decimal, ...] = ()
    printed: float = 1.0
    repaired: bool = False

    @property
    def net(self) -> Decimal:
        """What the line cost."""
        return self.amount - self.discount

    @property
    def quads(self) -> tuple[Quad, ...]:
        """Where it stands."""
        return tuple(line.quad for line in self.lines)


def without_serials(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Leading 1, 2, 3 ... down the page number the lines; they are no quantities."""
    leading = [re.match(r"(\d{1,3})[.)]?\s+(?=\S)", draft.description) for draft in drafts]
    numbers = [int(match[1]) for match in leading if match]
    steps = {after - before for before, after in pairwise(numbers)}
    alone = len(drafts) == 1 and re.match(r"1[.)]\s", drafts[0].description)
    if alone or (len(numbers) == len(drafts) > 1 and steps in ({1}, {-1})):
        # Down the page, or up it where a PDF's columns run backwards. A lone ``1.`` is a serial too.
        return tuple(
            _without_serial(draft, draft.description[match.end() :])
            for draft, match in zip(drafts, leading, strict=True)
            if match
        )
    if _contradicted(drafts) or _departments(drafts):
        # ``1 YOGHURT / 4 X 1,51``: tax codes stand before the names; ``21 TOWEL 7.99``: departments.
        return tuple(_without_leading(draft) for draft in drafts)
    counted = sum(bool(_LEADING.match(draft.description)) for draft in drafts)
    habit = counted >= COUNTED_SHARE * len(drafts)
    # A page that writes its quantities another way does not write them before names as well.
    otherwise = any(draft.quantity not in {None, Decimal(1)} for draft in drafts)
    return tuple(_leading_quantity(draft, habit=habit, free=not otherwise) for draft in drafts)


def _contradicted(drafts: Sequence[Draft]) -> bool:
    """Whether numbers stand before most names, and say otherwise than every quantity that is known."""
    leading = [(match, draft) for draft in drafts if (match := _LEADING.match(draft.description))]
    known = [(int(match["q"]), draft.quantity) for match, draft in leading if draft.quantity is not None]
    known = [(count, quantity) for count, quantity in known if quantity != 1]
    if len(leading) < COUNTED_SHARE * len(drafts) or any(match["x"] for match, _ in leading):
        return False
    return bool(known) and all(count != quantity for count, quantity in known)


def _departments(drafts: Sequence[Draft]) -> bool:
    """Whether numbers stand before most names, and most of them part their amounts into no whole cents."""
    leading = [(match, draft) for draft in drafts if (match := _LEADING.match(draft.description))]
    if len(leading) < COUNTED_SHARE * len(drafts) or any(match["x"] for match, _ in leading):
        return False
    several = [(count, draft.amount) for match, draft in leading if (count := int(match["q"])) > 1]
    odd = sum(bool(amount % (CENT * count)) for count, amount in several)
    return odd >= MIN_ODD and odd * 2 >= len(several)


MIN_ODD: Final = 2
"""One amount that its count does not part may be reduced, or misread."""


def _without_leading(draft: Draft) -> Draft:
    match = _LEADING.match(draft.description)
    return draft if match is None else replace(draft, description=draft.description[match.end() :])


def _without_serial(draft: Draft, rest: str) -> Draft:
    code, name = split_code(rest)
    return (
        replace(draft, description=name, code=code)
        if draft.code is None
        else replace(draft, description=rest)
    )


_LEADING: Final = re.compile(
    r"^(?P<q>\d{1,3})\s?(?P<x>[xX×*]|(?:QTY|STK|PCS?|EA)\b\.?)?\s+(?=\S*[^\W\d_])", re.IGNORECASE
)
_MEASURES: Final = re.compile(
    r"(?:%|mm|cm|ml|kg|g|l|oz|lb|in|inch|pk|pcs?|ply|pack|way|ct|gal|ft|hrs?|for|up|\")\b", re.IGNORECASE
)
"""After a number these belong to the name: ``2 PLY TISSUE``."""
_LEADING_WEIGHT: Final = re.compile(
    r"^(?P<q>\d+[.,]\d{1,3})\s?(?:kg|g|lbs?|l)\.?\s+(?=[^\W\d_]{2})", re.IGNORECASE
)
MAX_LEADING: Final = 9
"""Without a habit of the page, a larger number before a name is more often a part of it (``10 NUGGETS``)."""


COUNTED_SHARE: Final = 0.6
"""Where most names begin with a small number, it is a column of quantities, even before an L or an inch."""


def _leading_quantity(draft: Draft, *, habit: bool, free: bool) -> Draft:
    """``2 COFFEE 9.00``: a small number before the name counts it, unless the row multiplies otherwise."""
    match = _LEADING.match(draft.description)
    counts = match is not None and (
        habit or bool(match["x"]) or match["q"] == "1" or (free and _divides(draft.amount, int(match["q"])))
    )
    if match is None or not counts or int(match["q"]) == 0 or (len(match["q"]) > 2 and not match["x"]):  # noqa: PLR2004
        return draft
    rest = draft.description[match.end() :]
    if not habit and not match["x"] and _MEASURES.match(rest):
        return draft
    count = Decimal(match["q"])
    if draft.quantity is not None and draft.quantity not in {count, Decimal(1)}:
        return replace(draft, description=rest)
    unit = (draft.amount / count).quantize(CENT)
    unit_price = draft.unit_price if draft.unit_price is not None and draft.quantity == count else unit
    exact = unit * count == draft.amount
    return replace(draft, description=rest, quantity=count, unit_price=unit_price if exact else None)


def without_weight(draft: Draft) -> Draft:
    """``1,242 kg POTATOES``: the quantity before the name is no part of it."""
    weight = _LEADING_WEIGHT.match(draft.description)
    if weight and Decimal(weight["q"].replace(",", ".")) == draft.quantity:
        return replace(draft, description=draft.description[weight.end() :])
    return draft


def _divides(amount: Decimal, count: int) -> bool:
    """Whether so many pieces of one price make the amount."""
    return 0 < count <= MAX_LEADING and amount % (CENT * count) == 0
