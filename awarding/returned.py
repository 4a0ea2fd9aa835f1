"""Goods brought back: what is left of the receipt, and which of its lines a refund is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from receipts.identity import Sku
from receipts.match import Match, MatchVerdict
from receipts.money import Money
from receipts.receipt import LineItem, Receipt

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product brought back.

    Attributes:
        quantity: of the line's own unit: pieces, or weight.
        each_minor: what was given back for one, where known: tells two lines of one product apart.
    """

    sku: Sku
    quantity: Decimal
    each_minor: int | None = None


def what_is_left(receipt: Receipt, returned: Mapping[int, Decimal]) -> Receipt:
    """The receipt as if the goods had never been bought; a line that is gone whole is left out."""
    items = []
    for item in receipt.items:
        gone = min(returned.get(item.position, _NOTHING), abs(item.quantity))
        if gone == abs(item.quantity) and gone:
            continue
        items.append(_less(item, gone) if gone else item)
    return replace(receipt, items=tuple(items))


def _less(item: LineItem, gone: Decimal) -> LineItem:
    share = (abs(item.quantity) - gone) / abs(item.quantity)
    return replace(
        item,
        # Not by the share: a third of a third is no whole piece any more, and pieces are what rules count.
        quantity=(abs(item.quantity) - gone).copy_sign(item.quantity),
        amount=_part(item.amount, share),
        discount=None if item.discount is None else _part(item.discount, share),
    )


def _part(amount: Money, share: Decimal) -> Money:
    return Money.of(amount.decimal * share, amount.currency)


def lines_of(
    receipt: Receipt,
    matches: Sequence[Match],
    returned: Mapping[int, Decimal],
    wanted: Sequence[Wanted],
) -> dict[int, Decimal]:
    """How much of which line is brought back: as much as is left of the product, at most.

    Of several lines of a product those that cost what was given back come first, then in printed order.
    """
    products = {
        match.position: match.sku
        for match in matches
        if match.verdict is MatchVerdict.ACCEPT and match.sku is not None
    }
    left = {
        item.position: abs(item.quantity) - returned.get(item.position, _NOTHING)
        for item in receipt.items
        if item.net.minor > 0
    }
    found: dict[int, Decimal] = {}
    for want in wanted:
        owed = want.quantity
        own = [item for item in receipt.items if products.get(item.position) == want.sku]
        own.sort(key=lambda item: (not _costs(item, want.each_minor), item.position))
        for item in own:
            taken = min(owed, left.get(item.position, _NOTHING))
            if taken > 0:
                found[item.position] = found.get(item.position, _NOTHING) + taken
                left[item.position] -= taken
                owed -= taken
    return found


def refunded(receipt: Receipt, matches: Sequence[Match]) -> tuple[Wanted, ...]:
    """What a refund's own receipt gives back: its lines that are products."""
    items = {item.position: item for item in receipt.items}
    return tuple(
        Wanted(match.sku, abs(items[match.position].quantity), _each(items[match.position]))
        for match in matches
        if match.verdict is MatchVerdict.ACCEPT and match.sku is not None and match.position in items
    )


def _each(item: LineItem) -> int | None:
    return None if not item.quantity else abs(int(item.net.minor / item.quantity))


def _costs(item: LineItem, each_minor: int | None) -> bool:
    return each_minor is None or _each(item) == each_minor
