"""A receipt's product lines as they may earn: settled, keyed, and without those already paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from awarding.purchase import KeyedLine, line_keys
from receipts.catalog import CatalogProduct
from receipts.identity import Sku
from receipts.match import Match, MatchVerdict
from receipts.money import Money
from receipts.receipt import LineItem, Receipt


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A line item known to be a product.

    Attributes:
        net: paid for the line, after its discount and after what later lines took back; above zero.
        units: whole pieces, at least 1; a line by weight is one.
        claim_key: names the line within its purchase.
        claimed: it has earned before.
    """

    position: int
    product: CatalogProduct
    net: Money
    units: int
    claim_key: str
    claimed: bool


@dataclass(frozen=True, slots=True)
class _Bought:
    position: int
    sku: Sku
    net: Money
    units: int


def product_lines(
    receipt: Receipt,
    matches: tuple[Match, ...],
    products: Mapping[Sku, CatalogProduct],
    claimed: frozenset[str],
) -> tuple[ProductLine, ...]:
    """The lines with an accepted product, in printed order.

    A line that cost nothing earns nothing. A line with a negative amount (a void, a returned piece) takes its
    amount and pieces off the lines of the same product.
    """
    settled = _settle([line for line in _bought(receipt, matches) if line.sku in products])
    keys = _keys(settled)
    already_paid = _already_paid(settled, keys, claimed)
    return tuple(
        ProductLine(
            position=line.position,
            product=products[line.sku],
            net=line.net,
            units=line.units,
            claim_key=keys[line.position],
            claimed=line.position in already_paid,
        )
        for line in settled
    )


def claim_keys(receipt: Receipt, matches: tuple[Match, ...]) -> dict[int, str]:
    """By position the key that each product line claims, whether or not its product is in a catalog still."""
    return _keys(_settle(_bought(receipt, matches)))


def _bought(receipt: Receipt, matches: tuple[Match, ...]) -> list[_Bought]:
    accepted = {match.position: match for match in matches if match.verdict is MatchVerdict.ACCEPT}
    bought: list[_Bought] = []
    for item in receipt.items:
        match = accepted.get(item.position)
        if match is not None and match.sku is not None:
            bought.append(_Bought(item.position, match.sku, item.net, _units(item)))
    return bought


def _keys(settled: list[_Bought]) -> dict[int, str]:
    return line_keys(KeyedLine(line.position, line.sku, (line.net.minor, line.units)) for line in settled)


def _units(item: LineItem) -> int:
    quantity = abs(item.quantity)
    if quantity < 1 or quantity != quantity.to_integral_value(rounding="ROUND_DOWN"):
        return 1
    return int(quantity)


def _settle(bought: list[_Bought]) -> list[_Bought]:
    """What is left after negative lines have taken theirs: equal amounts first, else the dearest lines.

    The largest take first and positions decide last, so that the order of lines changes no sum.
    """
    kept = [line for line in bought if line.net.minor > 0]
    taken_back = [line for line in bought if line.net.minor < 0]
    for back in sorted(taken_back, key=lambda line: (line.net.minor, line.units)):
        own = [line for line in kept if line.sku == back.sku and line.net.currency == back.net.currency]
        own.sort(key=lambda line: (line.net != -back.net, -line.net.minor, -line.units, line.position))
        owed_minor, owed_units = -back.net.minor, back.units
        for line in own:
            taken = min(line.net.minor, owed_minor)
            if taken == 0:
                break
            kept.remove(line)
            if taken < line.net.minor:
                rest = Money(line.net.minor - taken, line.net.currency)
                kept.append(replace(line, net=rest, units=max(1, line.units - owed_units)))
            owed_minor -= taken
            owed_units = max(0, owed_units - line.units)
    return sorted(kept, key=lambda line: line.position)


def _already_paid(lines: list[_Bought], keys: Mapping[int, str], claimed: frozenset[str]) -> frozenset[int]:
    """Positions that must not earn again.

    A second photo may read a paid line as a neighbouring product, whose key was never claimed. So of the
    lines with unclaimed keys only as many count as new as the purchase now has lines beyond those already
    paid; the cheapest stay.
    """
    paid = {line.position for line in lines if keys[line.position] in claimed}
    fresh = sorted(
        (line for line in lines if line.position not in paid),
        key=lambda line: (line.net.minor, line.units, line.sku, line.position),
    )
    room = max(0, len(lines) - len(claimed))
    return frozenset(paid | {line.position for line in fresh[room:]})
