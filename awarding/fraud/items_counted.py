"""The receipt says how many items were sold, and lists more."""

from __future__ import annotations

from decimal import Decimal

from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, not_checked
from awarding.fraud.units import pieces
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.receipt import Identity

NAME = "items_counted"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Weak, and only where the sums close: else a line was missed or a quantity misread, as on honest photos.

    Who adds a line and mends the total often forgets the count. Tills count lines or pieces, weighed goods
    once or by weight: only more lines than items, with no way of counting that fits, is said.
    """
    receipt = evidence.receipt
    printed = receipt.items_sold
    if printed is None:
        return not_checked(check=NAME, version=VERSION, sentence="The receipt prints no number of items.")
    lines = sum(item.net.minor >= 0 for item in receipt.items)
    counted = sum((pieces(item) for item in receipt.items), Decimal(0))
    facts = (
        EvidenceFact("items sold, as printed", str(printed)),
        EvidenceFact("lines read", str(lines)),
        EvidenceFact("pieces read", f"{counted.normalize():f}"),
    )
    if Identity.ITEMS_SOLD in receipt.identities or printed in {lines, counted}:
        return clear(
            check=NAME, version=VERSION, sentence=f"The printed {printed} items were found.", evidence=facts
        )
    if not receipt.balanced:
        return not_checked(
            check=NAME,
            version=VERSION,
            sentence="Not every line may have been read, so the items cannot be counted.",
            evidence=facts,
        )
    if lines <= printed:
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"No more lines than the printed {printed} items.",
            evidence=facts,
        )
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=(
            f"The receipt says {printed} items and lists {lines} lines, while its sums add up."
            " Look for a line that does not belong."
        ),
        member_sentence=(
            "The number of items on your receipt is not the one that we count, so one of us may have a look."
        ),
        evidence=facts,
        places=tuple(quad for item in receipt.items for quad in item.quads),
    )
