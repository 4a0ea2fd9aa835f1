"""A past receipt decided again: which of its lines must not earn, and under which keys others are claimed.

A line's key counts the lines of its product from the dearest (`awarding.purchase.line_keys`). So a line that
is found later, and is dearer, moves the keys of those that were paid. What counts is how many lines of a
product are claimed, not which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from awarding.lines import ProductLine
from receipts.award import Award
from receipts.identity import Sku


def barred_keys(
    lines: Sequence[ProductLine],
    *,
    changed: Collection[int],
    paid: Collection[int],
    claimed: frozenset[str],
) -> frozenset[str]:
    """The keys that must not earn.

    Args:
        lines: of the receipt, as they are matched now.
        changed: positions that are matched otherwise than before; no other line earns.
        paid: positions that this receipt was paid for, or another photo for certain.
        claimed: keys of the purchase that are paid, by whatever receipt.

    Lines that stayed, and as many of the changed ones as claims of their product are left when the paid ones
    have theirs: those were paid by another receipt of the purchase. Claims beyond the lines that the receipt
    shows of a product stay too, each in place of a line. They are counted: once a claim is given up, the
    others' keys may be higher than there are lines.
    """
    barred = {line.claim_key for line in lines if line.position not in changed}
    claims = Counter(Sku(_product_of(key)) for key in claimed)
    own_of = _by_product(lines)
    for sku, own in own_of.items():
        left = max(0, min(claims[sku], len(own)) - sum(line.position in paid for line in own))
        barred.update([line.claim_key for line in own if line.position in changed][:left])
    shown = {line.claim_key for line in lines}
    for sku, count in claims.items():
        others = sorted(key for key in claimed - shown if _product_of(key) == sku)
        barred.update(others[: max(0, count - len(own_of.get(sku, ())))])
    return frozenset(barred)


def without_returned(claimed: frozenset[str], returned: frozenset[str]) -> frozenset[str]:
    """The claims as if what was brought back had never been bought: as many fewer of each product."""
    left = Counter(_product_of(key) for key in claimed)
    left.subtract(_product_of(key) for key in returned & claimed)
    if not returned:
        return claimed
    return frozenset(f"{product}#{rank}" for product, count in left.items() for rank in range(1, count + 1))


def _product_of(key: str) -> str:
    return key.rpartition("#")[0]


def with_free_keys(
    award: Award,
    lines: Sequence[ProductLine],
    claimed: frozenset[str],
    others: frozenset[str] = frozenset(),
) -> Award | None:
    """The award with each line under a key of its product that is not claimed; None where none is left.

    Args:
        award: of the difference.
        lines: of the receipt.
        claimed: keys of the purchase that are paid.
        others: those among them that other photos claimed for lines which are none of these: the receipt's
            own lines are counted on from them.
    """
    by_product = _by_product(lines)
    taken = set(claimed)
    earned = []
    for line in award.lines:
        beyond = sum(_product_of(key) == line.sku for key in others)
        own = [each.claim_key for each in by_product.get(line.sku, [])]
        more = [f"{line.sku}#{rank}" for rank in range(len(own) + 1, len(own) + beyond + 1)]
        free = [key for key in (*own, *more) if key not in taken]
        if not free:
            return None
        key = line.claim_key if line.claim_key in free else free[0]
        taken.add(key)
        earned.append(replace(line, claim_key=key))
    return replace(award, lines=tuple(earned))


def _by_product(lines: Sequence[ProductLine]) -> Mapping[Sku, list[ProductLine]]:
    found: dict[Sku, list[ProductLine]] = {}
    for line in lines:
        found.setdefault(line.product.sku, []).append(line)
    return found
