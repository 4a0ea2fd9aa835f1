"""A serial number names one piece: printed twice, it was sold once."""

from __future__ import annotations

from collections import Counter

from awarding.fraud.evidence import EarlierReceipt, Evidence, Unavailable, came_before
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.repeats import REVIEWER_WORDS, kind_of_repeat, weightiest
from awarding.fraud.signals import clear
from awarding.likeness import SamePurchase, same_purchase
from awarding.purchase import purchase_facts
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.serial import serials_of

NAME = "same_serial"
VERSION = 1

_MEMBER_SENTENCE = (
    "A serial number on this receipt is on another purchase as well, so one of us will have a look."
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Strong where another purchase, or another line, has the same piece; a refund of it is no second sale.

    A second photo of the same purchase has the same numbers: that is for `same_purchase` to say.
    """
    printed = Counter(serials_of(evidence.receipt))
    if not printed:
        return clear(check=NAME, version=VERSION, sentence="No serial number is printed.")
    twice = sorted(serial for serial, times in printed.items() if times > 1)
    others = () if isinstance(evidence.same_facts, Unavailable) else evidence.same_facts
    earlier = tuple(each for each in others if _sold_before(each, evidence))
    if not twice and not earlier:
        return clear(
            check=NAME, version=VERSION, sentence=f"{len(printed)} serial numbers, none of them seen before."
        )
    return _found(twice, earlier, frozenset(printed))


def _sold_before(earlier: EarlierReceipt, evidence: Evidence) -> bool:
    if earlier.facts is None or not came_before(earlier, evidence):
        return False
    facts = purchase_facts(evidence.receipt)
    if not facts.serials & earlier.facts.serials or facts.is_refund or earlier.facts.is_refund:
        return False
    return not isinstance(same_purchase(facts, earlier.facts), SamePurchase)


def _found(twice: list[str], earlier: tuple[EarlierReceipt, ...], printed: frozenset[str]) -> FraudSignal:
    if earlier:
        first = weightiest(earlier)
        sentence = (
            f"A serial number of this receipt is on {REVIEWER_WORDS[kind_of_repeat(first)]}"
            f" {first.receipt_id}, which is another purchase: the same piece was sold twice."
        )
    else:
        sentence = f"Serial number {twice[0]} is printed on two lines: the same piece was sold twice."
    facts = [EvidenceFact("serial number on two lines", serial) for serial in twice]
    facts += [
        EvidenceFact(f"serial number shared with {each.receipt_id}", serial)
        for each in earlier
        if each.facts is not None
        for serial in sorted(each.facts.serials & printed)
    ]
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.STRONG,
        reviewer_sentence=sentence,
        member_sentence=_MEMBER_SENTENCE,
        evidence=tuple(facts),
        related=tuple(each.receipt_id for each in earlier),
    )
