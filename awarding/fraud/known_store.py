"""A retailer that is not in the program, or a store that does not exist there."""

from __future__ import annotations

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, not_checked, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "known_store"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Weak: lists grow old, and a number misread by one digit is another store's. Nothing without a list."""
    if isinstance(evidence.world, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"The list of stores could not be read: {evidence.world.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    listing, shop = evidence.world.listing, evidence.receipt.retailer
    if listing is None:
        return not_checked(check=NAME, version=VERSION, sentence="The program lists no stores.")
    if not shop.name:
        return not_checked(check=NAME, version=VERSION, sentence="The retailer's name was not read.")
    facts = (
        EvidenceFact("retailer", shop.name),
        *(EvidenceFact("as listed", each) for each in listing.agrees),
        *(EvidenceFact("not listed", each) for each in listing.disagrees),
        *(EvidenceFact("of another store", each) for each in listing.apart),
    )
    if not listing.retailer_listed:
        return _suspect(
            f"“{shop.name}” is not among the retailers that the program lists.",
            "We do not know the shop on your receipt yet, so one of us may have a look.",
            facts,
        )
    if listing.apart:
        return _suspect(
            f"The receipt names two stores of {shop.name} at once:"
            f" {', '.join((*listing.agrees, *listing.apart))}.",
            "We could not tell which of the shop's stores your receipt is from. One of us may have a look.",
            facts,
        )
    if listing.agrees:
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"A listed store: {', '.join(listing.agrees)}.",
            evidence=facts,
        )
    if listing.disagrees:
        return _suspect(
            f"The program lists no store of {shop.name} with {' or '.join(listing.disagrees)}.",
            "We do not know this store of the shop yet, so one of us may have a look.",
            facts,
        )
    return not_checked(
        check=NAME,
        version=VERSION,
        sentence=f"{shop.name} is listed; nothing was read that tells which store it is.",
        evidence=facts,
    )


def _suspect(reviewer: str, member: str, facts: tuple[EvidenceFact, ...]) -> FraudSignal:
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=reviewer,
        member_sentence=member,
        evidence=facts,
    )
