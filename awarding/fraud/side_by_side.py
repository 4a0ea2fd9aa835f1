"""The facts of two readings beside each other, the differences marked: what a reviewer sees of a twin."""

from __future__ import annotations

from awarding.likeness import Agreement, Likeness
from receipts.fraud import EvidenceFact
from receipts.identity import ReceiptId


def side_by_side(likeness: Likeness, earlier: ReceiptId) -> tuple[EvidenceFact, ...]:
    """Each fact of both readings."""
    facts: list[EvidenceFact] = []
    for comparison in likeness.comparisons:
        here, there = comparison.first or "not read", comparison.second or "not read"
        if comparison.agreement is Agreement.SAME and here == there:
            shown = f"{here} on both"
        else:
            shown = f"{here} here, {there} on {earlier} ({comparison.agreement.value})"
        facts.append(EvidenceFact(comparison.fact, shown))
    return tuple(facts)
