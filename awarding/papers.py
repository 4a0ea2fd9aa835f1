"""Papers of one purchase that differ in day, sum and own number: an order's confirmation and its invoice.

What joins them is a number that both name. So the rules here are about numbers with labels, which only a
document's own text has; what a picture shows is compared by `awarding.likeness` alone.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from awarding.purchase import NUMBER_MIN_LENGTH, PurchaseFacts
from receipts.receipt import NumberKind

PAPERS_DAYS_MAX: Final = 27
"""Days from the first paper to the last: shorter than a month, after which what is subscribed comes again."""
OWN_KINDS: Final = (NumberKind.ORDER, NumberKind.INVOICE, NumberKind.RECEIPT)
"""Of which a purchase has one. A payment may be tried twice, and a confirmation sent twice."""
LASTING_KINDS: Final = (NumberKind.ORDER, NumberKind.INVOICE)
"""Counted on and on; tills begin their receipts anew each day."""


def shared_numbers(first: PurchaseFacts, second: PurchaseFacts) -> frozenset[str]:
    """Numbers that both papers name the purchase by."""
    return first.numbers & second.numbers


def apart_by_number(first: PurchaseFacts, second: PurchaseFacts) -> bool:
    """Whether both name an order, an invoice or a receipt, and not the same: then they are two purchases.

    Also where a second order names the first, as what is ordered again does: what counts is which order the
    paper is of, and that is its receipt number.
    """
    same_kind = _kind_of_own(first) is not None and _kind_of_own(first) is _kind_of_own(second)
    if same_kind and not _alike(first.number, second.number):
        return True
    return any(
        here and there and not any(_alike(one, other) for one in here for other in there)
        for here, there in ((_of(first, kind), _of(second, kind)) for kind in OWN_KINDS)
    )


def papers_of_one_purchase(first: PurchaseFacts, second: PurchaseFacts) -> bool:
    """Whether one is a further paper of what the other tells, by a number that both label alike.

    All that one lists must stand on the other too, or their sums agree: an invoice may be of a part of the
    order, and two such invoices are of two parts.
    """
    both = {
        number
        for kind, number in set(first.named) & set(second.named)
        if kind in LASTING_KINDS and len(number) >= NUMBER_MIN_LENGTH
    }
    if not both or apart_by_number(first, second):
        return False
    days = 0 if first.date is None or second.date is None else abs((first.date - second.date).days)
    if days > PAPERS_DAYS_MAX:
        return False
    if first.total is not None and first.total == second.total:
        return True
    shorter, longer = sorted((Counter(first.amounts), Counter(second.amounts)), key=Counter.total)
    return bool(shorter) and shorter <= longer


def _of(facts: PurchaseFacts, kind: NumberKind) -> list[str]:
    return [number for each, number in facts.named if each is kind]


def _kind_of_own(facts: PurchaseFacts) -> NumberKind | None:
    """What the paper's own number counts; None where no label says, or it counts no purchases."""
    kinds = {kind for kind, number in facts.named if number == facts.number and kind in OWN_KINDS}
    return kinds.pop() if len(kinds) == 1 else None


def _alike(one: str, other: str) -> bool:
    """``INV-551`` and ``551`` are one number."""
    shorter, longer = sorted((one, other), key=len)
    return longer.endswith(shorter)
