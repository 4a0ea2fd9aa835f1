"""Digits that engines take for one another, and when a sum may say so.

Nothing is invented here: an amount is exchanged only for one that differs from it in a single digit, by a
pair that engines confuse, where the engine was not sure, and only if one such exchange closes the sums. A row
that was lost leaves the same gap in the sums as a digit read too low, so an amount goes up only where the
count of items says that no row is missing, or where the row's own quantity and price make it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from ocr.drafts import Draft
from ocr.quantities import pieces

_PAIRS: Final = ("06", "08", "09", "14", "17", "25", "27", "35", "38", "49", "56", "58", "68", "89")
"""Seen on scans and faded prints: 635.00 read as 035.00, 165.00 as 105.00, 27499 as 57499."""
CONFUSED: Final = frozenset(pair for one in _PAIRS for pair in (one, one[::-1]))
REPAIRED_FACTOR: Final = 0.8
"""On the confidence of an amount that arithmetic corrected."""
SURE: Final = 0.98
"""The engine's confidence: three quarters of wrong prices lie below, and one in nine of the right ones."""
SURER: Final = 0.03
"""Of two amounts that could be misread, one must be read at least this much less surely than the other."""


def confusable(read: Decimal, meant: Decimal) -> bool:
    """Whether an engine may have read `meant` as `read`: one digit of as many, from a known pair."""
    first, second = f"{abs(read):.2f}", f"{abs(meant):.2f}"
    if len(first) != len(second) or read.is_signed() != meant.is_signed():
        return False
    differing = [one + other for one, other in zip(first, second, strict=True) if one != other]
    return len(differing) == 1 and differing[0] in CONFUSED


def _doubtful(draft: Draft) -> bool:
    """Whether the engine was unsure of the amount, and the row's own product does not bear it out."""
    if draft.whole_basket or draft.printed >= SURE:
        return False
    return draft.amount not in draft.alternatives


def _printed_count(draft: Draft) -> bool:
    """Whether the row itself says how many: a quantity that the count of items gave proves no count."""
    if draft.quantity in {None, Decimal(1)} or draft.amount in draft.alternatives:
        return True
    return any(one.quantity == draft.quantity for line in draft.lines for one in line.multiples)


def _all_read(drafts: Sequence[Draft], sold: Iterable[Decimal]) -> bool:
    """Whether the number of items that the page prints is that of the items read: no row is missing."""
    goods = [draft for draft in drafts if draft.amount >= 0 and not draft.whole_basket]
    counts = {Decimal(len(goods))}
    if all(_printed_count(draft) for draft in goods):
        counts.add(pieces(goods))
    printed = set(sold)
    return bool(printed) and printed <= counts


def mended(
    drafts: Sequence[Draft], targets: Iterable[Decimal], *, sold: Iterable[Decimal] = ()
) -> tuple[Draft, ...] | None:
    """The drafts with one digit of one amount exchanged so that they make a target; None if not clear.

    `targets` are sums that the page vouches for otherwise; `sold` is every number that it prints for how many
    items were sold.
    """
    reckoned = sum((draft.net for draft in drafts), Decimal(0))
    ways: dict[tuple[int, Decimal], float] = {}
    for target in set(targets):
        for position, draft in enumerate(drafts):
            meant = draft.amount + target - reckoned
            if _doubtful(draft) and meant > 0 and confusable(draft.amount, meant):
                ways[position, meant] = draft.printed
    ranked = sorted(ways, key=lambda way: ways[way])
    if not ranked or (len(ranked) > 1 and ways[ranked[1]] - ways[ranked[0]] < SURER):
        return None
    position, meant = ranked[0]
    draft = drafts[position]
    if meant > draft.amount and not (meant in draft.alternatives or _all_read(drafts, sold)):
        return None
    fixed = replace(draft, amount=meant, confidence=draft.confidence * REPAIRED_FACTOR, repaired=True)
    return (*drafts[:position], fixed, *drafts[position + 1 :])
