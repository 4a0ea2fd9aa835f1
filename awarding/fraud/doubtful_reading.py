"""Something that decides the points was read, but not surely enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.match import MatchVerdict
from receipts.receipt import Receipt

NAME = "doubtful_reading"
VERSION = 1
_FIELDS: Final = ("total", "date")


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Hold what is right less often than the program wants; what has no confidence is not doubted.

    The shop is not looked at: it matters only to campaigns that name shops, and those compare its name.
    """
    fields = list(_doubted_fields(evidence.receipt, policy.least_sure))
    lines = list(_doubted_lines(evidence, policy.least_sure))
    facts = tuple(EvidenceFact(f"how sure the {words} is", f"{sure:.0%}") for words, sure in fields + lines)
    if not fields and not lines:
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"What was read is at least {policy.least_sure:.0%} sure.",
        )
    doubted = ", ".join(f"the {words} ({sure:.0%})" for words, sure in fields + lines)
    member = fields[0][0] if fields else "products"
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.STRONG,
        reviewer_sentence=(
            f"Read, but not surely: {doubted}; the program wants {policy.least_sure:.0%}."
            " Compare with the picture."
        ),
        member_sentence=(
            f"We could not read the {member} on your receipt clearly, so one of us will have a look."
        ),
        evidence=facts,
    )


def _doubted_fields(receipt: Receipt, least: float) -> Iterator[tuple[str, float]]:
    for entry in receipt.confidence:
        if entry.field in _FIELDS and entry.value < least:
            yield entry.field, entry.value


def _doubted_lines(evidence: Evidence, least: float) -> Iterator[tuple[str, float]]:
    """Lines that a product was found for without asking: they earn points by themselves."""
    found = {match.position for match in evidence.matches if match.verdict is MatchVerdict.ACCEPT}
    for item in evidence.receipt.items:
        if item.position in found and item.confidence < least:
            yield f"line {item.position + 1}, “{item.description}”", item.confidence
