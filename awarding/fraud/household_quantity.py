"""More of the program's products than a household buys."""

from __future__ import annotations

from decimal import Decimal

from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear
from awarding.fraud.units import pieces, program_lines
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "household_quantity"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Weak: offices, clubs and offers exist; a person should know of a thousand pieces."""
    limits = policy.world
    lines = [(item, pieces(item)) for item in program_lines(evidence)]
    many = [(item, count) for item, count in lines if count > limits.line_units]
    total = sum((count for _, count in lines), Decimal(0))
    facts = (EvidenceFact("pieces of the program's products", f"{total.normalize():f}"),)
    if not many and total <= limits.receipt_units:
        return clear(check=NAME, version=VERSION, sentence="A household's quantities.", evidence=facts)
    said = [f"{count.normalize():f} of “{item.description}”" for item, count in many]
    said = said or [f"{total.normalize():f} pieces in all"]
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=(
            f"More than a household buys: {', '.join(said)}; the program mentions more than"
            f" {limits.line_units} on a line or {limits.receipt_units} on a receipt."
        ),
        member_sentence="The purchase is an unusually large one, so one of us may have a look at it first.",
        evidence=(*facts, *(EvidenceFact(f"line {item.position + 1}", str(count)) for item, count in many)),
        places=tuple(quad for item, _ in many for quad in item.quads),
    )
