"""The same purchase was sent before, judged by its printed facts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from awarding.fraud.evidence import EarlierReceipt, Evidence, Unavailable, came_before
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.repeats import (
    EARNED_NOTHING,
    MEMBER_SENTENCES,
    REVIEWER_WORDS,
    Repeat,
    kind_of_repeat,
    strength_of,
    weightiest,
)
from awarding.fraud.side_by_side import side_by_side
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, unknown
from awarding.likeness import Different, MaybeSame, SamePurchase, same_purchase
from awarding.papers import papers_of_one_purchase
from awarding.purchase import PurchaseFacts, lookup_keys, purchase_facts
from receipts.fraud import Finding, FraudSignal, Strength

NAME = "same_purchase"
VERSION = 1

_MAYBE_SENTENCE = (
    "This receipt looks much like one we already have, and too little of it could be read to tell them apart."
    " One of us will have a look."
)
_SEVERAL = (
    " It is of several purchases of ours at once, as an order is whose parcels were invoiced one by one:"
    " what any of them was paid for is not paid again."
)
_SEVERAL_SENTENCE = (
    "You sent us parts of this purchase before. Each counts once, so one of us will have a look at the rest."
)


@dataclass(frozen=True, slots=True)
class _Twin:
    earlier: EarlierReceipt
    compared: SamePurchase | MaybeSame


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Compare with the candidates that share two printed facts.

    A sure twin of another member, or one that a person has held or refused, is strong. One's own paid twin is
    weak, because the claims pay nothing twice. A likely twin that cannot be told apart is strong as soon as
    the earlier one was or may be paid: without a shared purchase key the claims would not notice. So is one
    that is sure to be of two earlier purchases, though no paper's numbers say how they belong together.
    """
    if isinstance(evidence.same_facts, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"Earlier purchases could not be looked up: {evidence.same_facts.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    facts = purchase_facts(evidence.receipt)
    if not lookup_keys(facts):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence="Too little was read (no two of date, time, number, total, lines) to compare it.",
            member_sentence=CHECKED_BY_PERSON,
        )
    twins: list[_Twin] = []
    for earlier in evidence.same_facts:
        if earlier.facts is None or not came_before(earlier, evidence):
            continue
        compared = same_purchase(facts, earlier.facts)
        if not isinstance(compared, Different):
            twins.append(_Twin(earlier, compared))
    if not twins:
        looked_at = len(evidence.same_facts)
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"No earlier receipt is of this purchase ({looked_at} with facts in common compared).",
        )
    return _found(facts, tuple(twins))


def _found(facts: PurchaseFacts, twins: tuple[_Twin, ...]) -> FraudSignal:
    sure = tuple(twin.earlier for twin in twins if isinstance(twin.compared, SamePurchase))
    chosen = weightiest(sure or tuple(twin.earlier for twin in twins))
    twin = next(each for each in twins if each.earlier is chosen)
    repeat = kind_of_repeat(chosen)
    doubtful = [each for each in twins if isinstance(each.compared, MaybeSame)]
    several = _are_several(sure)
    strong = (
        (several and not _are_papers(facts, sure))
        or strength_of(repeat) is Strength.STRONG
        or any(_may_be_paid(each.earlier) for each in doubtful)
    )
    relation = "the same purchase as" if sure else "perhaps the same purchase as"
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.STRONG if strong else Strength.WEAK,
        reviewer_sentence=(
            f"By its printed facts this is {relation} {REVIEWER_WORDS[repeat]} {chosen.receipt_id},"
            f" sent {chosen.submitted_at:%Y-%m-%d %H:%M %Z} (likeness {twin.compared.likeness.bits} bits)."
            + (_SEVERAL if several else "")
        ),
        member_sentence=_member_sentence(repeat, sure=bool(sure), strong=strong, several=several and strong),
        evidence=side_by_side(twin.compared.likeness, twin.earlier.receipt_id),
        related=tuple(each.earlier.receipt_id for each in twins),
    )


def _member_sentence(repeat: Repeat, *, sure: bool, strong: bool, several: bool) -> str:
    if several and strength_of(repeat) is Strength.WEAK:
        return _SEVERAL_SENTENCE
    return MEMBER_SENTENCES[repeat] if sure or not strong else _MAYBE_SENTENCE


def _are_several(sure: tuple[EarlierReceipt, ...]) -> bool:
    """Whether it is of two purchases at once that may be paid, as an order is of its parcels' invoices."""
    facts = [each.facts for each in sure if each.facts is not None and _may_be_paid(each)]
    return any(isinstance(same_purchase(one, other), Different) for one, other in combinations(facts, 2))


def _are_papers(facts: PurchaseFacts, sure: tuple[EarlierReceipt, ...]) -> bool:
    """Whether it is a further paper of each, by its numbers: the claims are found under all of their keys."""
    return all(each.facts is not None and papers_of_one_purchase(facts, each.facts) for each in sure)


def _may_be_paid(earlier: EarlierReceipt) -> bool:
    return kind_of_repeat(earlier) not in EARNED_NOTHING
