"""Do the sums close? Items less discounts, plus tax, service and rounding, make the total or they do not.

Also where doubtful readings are settled: of several ways to read the same print, the one with which the sums
close. Nothing is ever invented: every way rests on what stands on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, chain, combinations
from math import ceil
from typing import Final, TypeVar

from ocr.drafts import Draft
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.misreads import mended
from ocr.sums import Sums

_Value = TypeVar("_Value", Decimal, int)
MAX_EXTRAS: Final = 8
"""Rows such as tax, service and rounding that are tried in every combination: 256 at most."""
MAX_DRAFTS: Final = 200
"""Beyond it the ways of settling are not tried: their number grows with the square."""
ZERO: Final = Decimal(0)
CENTS: Final = 100


@dataclass(frozen=True, slots=True)
class Balance:
    """Whether the items make the total, and with which other rows."""

    closes: bool
    extras: tuple[Decimal, ...] = ()


_BEFORE_SAVINGS: Final = (Kind.SUBTOTAL, Kind.TOTAL, Kind.FINAL_TOTAL, Kind.CHANGE)
"""What may stand above a sum of savings that comes off all; a balance counts among change."""


def extras_of(sums: Sums) -> tuple[Decimal, ...]:
    """Signed amounts that may stand between items and total: each once, zeros left out."""
    out = [entry.value for entry in sums.of(Kind.TAX, Kind.SERVICE, Kind.TIP, Kind.ROUNDING)]
    out += [-abs(entry.value) for entry in sums.of(Kind.DISCOUNT)]
    below = min((entry.line.index for entry in sums.of(*_BEFORE_SAVINGS)), default=None)
    if below is not None:
        out += [e.value for e in sums.of(Kind.SAVINGS) if e.value < 0 and e.line.index > below]
    out.append(sum((row.tax for row in sums.tax_rows), ZERO))
    # A rounding's minus is the faintest mark on the page.
    out += [-entry.value for entry in sums.of(Kind.ROUNDING) if entry.value > 0]
    return tuple(dict.fromkeys(value for value in out if value))[:MAX_EXTRAS]


def reachable(item_sum: Decimal, sums: Sums) -> frozenset[Decimal]:
    """Every total that the items' sum and some choice of the other rows make."""
    return frozenset(item_sum + sum(extras, ZERO) for extras in _subsets(extras_of(sums)))


def check(drafts: Sequence[Draft], total: Decimal | None, sums: Sums) -> Balance:
    """Whether the sums close exactly."""
    if total is None or not drafts:
        return Balance(closes=False)
    missing = total - _sum(drafts)
    for extras in _subsets(extras_of(sums)):
        if sum(extras, ZERO) == missing:
            return Balance(closes=True, extras=extras)
    return Balance(closes=False)


@dataclass(frozen=True, slots=True)
class Unread:
    """A row of the items' zone with a name and without a legible amount.

    Attributes:
        products: amounts that its own numbers multiply out to.
    """

    line: Line
    name: str
    products: tuple[Decimal, ...] = ()


def settle(
    drafts: tuple[Draft, ...],
    total: Decimal | None,
    sums: Sums,
    unread: Sequence[Unread],
    *,
    vouched: Iterable[Decimal] = (),
    sold: Iterable[Decimal] = (),
) -> tuple[Draft, ...]:
    """The drafts, read another way if that closes the sums.

    `vouched` is what the items must make by sums that the page prints apart from them; for these alone a
    digit of an amount may be exchanged, and not where a row among the items lacks its price: what is missing
    then is that row's. `sold` is every number that the page gives for how many items were sold.
    """
    if total is None or len(drafts) > MAX_DRAFTS or check(drafts, total, sums).closes:
        return drafts
    targets = {total - sum(extras, ZERO) for extras in _subsets(extras_of(sums))}
    for way in (_without_summary, _other_amount, _without_discounts, _without_ends):
        settled = way(drafts, targets)
        if settled is not None:
            return settled
    faded = _faded_amount(drafts, targets, unread)
    if faded is not None or _lacks_price(drafts, unread):
        return faded or drafts
    return mended(drafts, vouched, sold=sold) or drafts


def _lacks_price(drafts: Sequence[Draft], unread: Sequence[Unread]) -> bool:
    """Whether a named row among the items or below them has no price; above the first stands the head."""
    first = min((line.index for draft in drafts for line in draft.lines), default=0)
    return any(row.line.index > first for row in unread)


def _sum(drafts: Sequence[Draft]) -> Decimal:
    return sum((draft.net for draft in drafts), ZERO)


def _other_amount(drafts: tuple[Draft, ...], targets: set[Decimal]) -> tuple[Draft, ...] | None:
    """One amount exchanged for what its row's quantity and unit price make."""
    reckoned = _sum(drafts)
    for position, draft in enumerate(drafts):
        for other in draft.alternatives:
            if reckoned - draft.amount + other in targets:
                return (*drafts[:position], replace(draft, amount=other), *drafts[position + 1 :])
    return None


def _without_summary(drafts: tuple[Draft, ...], targets: set[Decimal]) -> tuple[Draft, ...] | None:
    """Without a last row that only adds up what has come off item by item."""
    off = sum((draft.discount for draft in drafts), ZERO)
    kept = tuple(draft for draft in drafts if not (draft.whole_basket and -draft.amount == off))
    return kept if len(kept) < len(drafts) and _sum(kept) in targets else None


def _without_discounts(drafts: tuple[Draft, ...], targets: set[Decimal]) -> tuple[Draft, ...] | None:
    """Discounts that only say what the printed amounts have already come down by."""
    reduced = [position for position, draft in enumerate(drafts) if draft.discount]
    choices = [tuple(reduced)] if len(reduced) > MAX_EXTRAS else list(_subsets(reduced))
    for choice in choices:
        plain = tuple(
            replace(draft, discount=ZERO) if position in choice else draft
            for position, draft in enumerate(drafts)
        )
        if choice and _sum(plain) in targets:
            return plain
    return None


def _without_ends(drafts: tuple[Draft, ...], targets: set[Decimal]) -> tuple[Draft, ...] | None:
    """Rows at the head or foot that are no items (a balance of points, a slogan with a price) left out."""
    least = max(MIN_KEPT, ceil(KEPT_SHARE * len(drafts)))
    up_to = list(accumulate((draft.net for draft in drafts), initial=ZERO))
    for length in range(len(drafts) - 1, least - 1, -1):
        for start in range(len(drafts) - length + 1):
            if up_to[start + length] - up_to[start] in targets:
                return drafts[start : start + length]
    return None


MIN_KEPT: Final = 2
KEPT_SHARE: Final = 0.6
"""With fewer rows left, sums close by chance: one row alone is often the total again."""


def _faded_amount(
    drafts: tuple[Draft, ...], targets: set[Decimal], unread: Sequence[Unread]
) -> tuple[Draft, ...] | None:
    """An amount whose point or cents faded: the row's last number, if the sums say what it must have been."""
    for target in sorted(targets, reverse=True):
        missing = target - _sum(drafts)
        for row in unread:
            line = row.line
            if missing > 0 and (missing in row.products or (line.numbers and _could_be(line, missing))):
                name = _LAST_NUMBER.sub("", row.name)
                sure = line.row.confidence * FADED
                draft = Draft(name, missing, None, None, None, (line,), sure, repaired=True)
                return tuple(sorted((*drafts, draft), key=lambda item: item.lines[0].index))
    return None


_LAST_NUMBER: Final = re.compile(r"[\s(]+\d+[.,]?\d?$")
"""The faded amount itself, at the end of what was taken for the name."""


FADED: Final = 0.7
"""Factor on the confidence of an amount that the sums completed."""


def _could_be(line: Line, amount: Decimal) -> bool:
    number = line.numbers[-1]
    if number.unit or number.decimals > 1 or not number.value:
        return False
    if number.decimals == 1:
        return number.value <= amount < number.value + Decimal("0.1")
    return number.value in {amount, amount * CENTS}


def _subsets(values: Sequence[_Value]) -> Iterator[tuple[_Value, ...]]:
    """All choices, the smaller first."""
    return chain.from_iterable(combinations(values, size) for size in range(len(values) + 1))
