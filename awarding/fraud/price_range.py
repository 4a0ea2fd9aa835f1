"""A piece of the program's product costs far less or far more than its suggested price."""

from __future__ import annotations

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, not_checked
from awarding.fraud.units import pieces
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.match import MatchVerdict
from receipts.transcript import Quad

NAME = "price_range"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Weak: the catalog may be old, the product found may be a neighbour's, and offers go far down."""
    if isinstance(evidence.world, Unavailable):
        return not_checked(
            check=NAME, version=VERSION, sentence=f"Prices were not looked up: {evidence.world.reason}."
        )
    prices = {price.sku: price.price for price in evidence.world.prices}
    items = {item.position: item for item in evidence.receipt.items}
    compared: list[EvidenceFact] = []
    far: list[EvidenceFact] = []
    places: list[Quad] = []
    for match in evidence.matches:
        item, price = items.get(match.position), None if match.sku is None else prices.get(match.sku)
        if match.verdict is not MatchVerdict.ACCEPT or item is None or price is None:
            continue
        count = pieces(item)
        if price.currency != item.amount.currency or price.minor <= 0 or not count:
            continue
        # The printed amount, before its discount: an offer may give a piece for nothing.
        ratio = item.amount.minor / (float(count) * price.minor)
        fact = EvidenceFact(
            f"line {item.position + 1}, “{item.description}”",
            f"{item.amount} for {count.normalize():f}, suggested {price} a piece",
        )
        compared.append(fact)
        if not policy.world.price_least <= ratio <= policy.world.price_most:
            far.append(fact)
            places += item.quads
    if not compared:
        return not_checked(
            check=NAME, version=VERSION, sentence="The catalog gives no price to compare the lines with."
        )
    if not far:
        return clear(
            check=NAME,
            version=VERSION,
            sentence="The prices are near the suggested ones.",
            evidence=tuple(compared),
        )
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence="Far from the suggested price: "
        + "; ".join(f"{fact.name}: {fact.value}" for fact in far)
        + ".",
        member_sentence="The price of a product is not the usual one, so one of us may have a look.",
        evidence=tuple(compared),
        places=tuple(places),
    )
