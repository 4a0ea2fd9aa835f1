"""A receipt's product lines as they may earn: settled, keyed, and without those already paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from awarding.purchase import KeyedLine, line_keys
from receipts.catalog import CatalogProduct
from receipts.identity import Sku
from receipts.match import Match, MatchVerdict
from receipts.money import Money
from receipts.receipt import LineItem, Receipt

Weight = tuple[int, int]
"""What a line comes to: net in minor units, and units."""
NOT_KNOWN: Mapping[Sku, Sequence[Weight]] = MappingProxyType({})


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

    @property
    def weight(self) -> Weight:
        return self.net.minor, self.units

    def order(self) -> tuple[int, int, int]:
        """As `line_keys` counts them."""
        return -self.net.minor, -self.units, self.position


def product_lines(
    receipt: Receipt,
    matches: tuple[Match, ...],
    products: Mapping[Sku, CatalogProduct],
    claimed: frozenset[str],
    paid_as: Mapping[Sku, Sequence[Weight]] = NOT_KNOWN,
) -> tuple[ProductLine, ...]:
    """The lines with an accepted product, in printed order.

    Of several lines of a product of which some are claimed, those are that are nearest to what was paid
    (`paid_as`), so that a line which only a better photo shows earns as what it is.

    A line that cost nothing earns nothing. A line with a negative amount (a void, a returned piece) takes its
    amount and pieces off the lines of the same product.
    """
    settled = _settle([line for line in _bought(receipt, matches) if line.sku in products])
    keys = _as_paid(settled, _keys(settled), claimed, paid_as) if paid_as else _keys(settled)
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


def line_weights(receipt: Receipt, matches: tuple[Match, ...]) -> dict[int, Weight]:
    """By position what each product line comes to, after what other lines took off it."""
    return {line.position: line.weight for line in _settle(_bought(receipt, matches))}


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
    return line_keys(KeyedLine(line.position, line.sku, line.weight) for line in settled)


def _as_paid(
    settled: list[_Bought],
    keys: dict[int, str],
    claimed: frozenset[str],
    paid_as: Mapping[Sku, Sequence[Weight]],
) -> dict[int, str]:
    """The keys dealt anew among the lines of each product: claimed ones to the lines that were paid."""
    dealt = dict(keys)
    for sku, weights in paid_as.items():
        # In the order of their keys, which is the dearest first: what is left over stays as it was.
        own = sorted((line for line in settled if line.sku == sku), key=_Bought.order)
        mine = {keys[line.position] for line in own}
        taken = [key for line in own if (key := keys[line.position]) in claimed]
        # Where a claim was given up, others' keys may be higher than there are lines.
        taken += sorted(key for key in claimed - mine if _product_of(key) == sku)[: len(own) - len(taken)]
        if not 0 < len(taken) < len(own):
            continue
        free = [key for line in own if (key := keys[line.position]) not in claimed][: len(own) - len(taken)]
        paid = _nearest(own, weights)[: len(taken)]
        paid += [line for line in own if line not in paid][: len(taken) - len(paid)]
        others = [line for line in own if line not in paid]
        dealt.update(
            {line.position: key for line, key in zip([*paid, *others], [*taken, *free], strict=True)}
        )
    return dealt


def _product_of(key: str) -> str:
    return key.rpartition("#")[0]


def _nearest(lines: Sequence[_Bought], weights: Sequence[Weight]) -> list[_Bought]:
    """A line for each weight, as far as there are: those that differ least first."""
    pairs = sorted(
        (abs(line.weight[0] - minor), abs(line.weight[1] - units), line.position, at)
        for line in lines
        for at, (minor, units) in enumerate(weights)
    )
    by_position = {line.position: line for line in lines}
    found: list[_Bought] = []
    used: set[int] = set()
    for _, _, position, at in pairs:
        if at not in used and (line := by_position[position]) not in found:
            used.add(at)
            found.append(line)
    return found


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
    claims, shown = Counter(map(_product_of, claimed)), Counter(line.sku for line in lines)
    paid = {
        line.position
        for line in lines
        # Once a claim was given up, keys and claims of a product are no more the same numbers.
        if keys[line.position] in claimed or claims[line.sku] >= shown[line.sku]
    }
    fresh = sorted(
        (line for line in lines if line.position not in paid),
        key=lambda line: (line.net.minor, line.units, line.sku, line.position),
    )
    room = max(0, len(lines) - len(claimed))
    return frozenset(paid | {line.position for line in fresh[room:]})
