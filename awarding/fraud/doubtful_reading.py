"""Something that decides the points was not read surely enough, or only made so by the sums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.match import MatchVerdict
from receipts.receipt import LineItem, Receipt

NAME = "doubtful_reading"
VERSION = 2
_FIELDS: Final = ("total", "date")


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Hold what is right less often than the program wants, and every amount that the sums changed.

    What has no confidence is not doubted. A changed amount is held however sure it is: with the sums that
    changed it no other check can find it wrong. The shop is not looked at: it matters only to campaigns that
    name shops, and those compare its name.
    """
    receipt = evidence.receipt
    fields = list(_doubted_fields(receipt, policy.least_sure))
    unsure = fields + list(_doubted_lines(evidence, policy.least_sure))
    changed = list(_changed(evidence))
    if not unsure and not changed:
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"What was read is at least {policy.least_sure:.0%} sure, and no amount was changed.",
        )
    sentences = []
    if unsure:
        doubted = ", ".join(f"the {words} ({sure:.0%})" for words, sure in unsure)
        sentences.append(f"Read, but not surely: {doubted}; the program wants {policy.least_sure:.0%}.")
    if changed:
        amounts = ", ".join(f"the {words} ({amount})" for words, amount in changed)
        sentences.append(f"Not as it was read, but changed so that the sums close: {amounts}.")
    total = "total" if "total" in receipt.repaired else None
    member = fields[0][0] if fields else total or "products"
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.STRONG,
        reviewer_sentence=" ".join((*sentences, "Compare with the picture.")),
        member_sentence=(
            f"We could not read the {member} on your receipt clearly, so one of us will have a look."
        ),
        evidence=(
            *(EvidenceFact(f"how sure the {words} is", f"{sure:.0%}") for words, sure in unsure),
            *(EvidenceFact(f"changed so that the sums close: {words}", amount) for words, amount in changed),
        ),
    )


def _doubted_fields(receipt: Receipt, least: float) -> Iterator[tuple[str, float]]:
    for entry in receipt.confidence:
        if entry.field in _FIELDS and entry.value < least:
            yield entry.field, entry.value


def _doubted_lines(evidence: Evidence, least: float) -> Iterator[tuple[str, float]]:
    for item in _found_lines(evidence):
        if item.confidence < least:
            yield _named(item), item.confidence


def _changed(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """What the points rest on and does not stand so in what was read, with the amount it became."""
    total = evidence.receipt.total
    if "total" in evidence.receipt.repaired and total is not None:
        yield "total", str(total)
    for item in _found_lines(evidence):
        if item.repaired:
            yield f"amount of {_named(item)}", str(item.amount)


def _found_lines(evidence: Evidence) -> Iterator[LineItem]:
    """Lines that a product was found for without asking: they earn points by themselves."""
    found = {match.position for match in evidence.matches if match.verdict is MatchVerdict.ACCEPT}
    return (item for item in evidence.receipt.items if item.position in found)


def _named(item: LineItem) -> str:
    return f"line {item.position + 1}, “{item.description}”"
