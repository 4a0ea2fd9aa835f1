"""A new account with a large claim."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, not_checked, unknown
from awarding.fraud.units import program_units
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "new_account"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Weak: who joins with a large purchase in hand is likelier a good customer than a thief.

    Counted in pieces of the program's products, so that one number serves every currency.
    """
    if isinstance(evidence.member, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"When the member joined could not be looked up: {evidence.member.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    joined_at = evidence.member.joined_at
    if joined_at is None:
        return not_checked(check=NAME, version=VERSION, sentence="When the member joined is not known.")
    age = max(evidence.submitted_at - joined_at, timedelta(0))
    units = program_units(evidence)
    facts = (
        EvidenceFact("days since the member joined", str(age.days)),
        EvidenceFact("pieces of the program's products", f"{units.normalize():f}"),
    )
    new = age < timedelta(days=policy.member.new_days)
    if not new or units < Decimal(policy.member.new_units):
        said = "The account is new, and the claim an ordinary one." if new else "The account is not new."
        return clear(check=NAME, version=VERSION, sentence=said, evidence=facts)
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=(
            f"The account is {age.days} days old, and the receipt has {units.normalize():f} pieces of the"
            f" program's products; from {policy.member.new_units} on it is mentioned."
        ),
        member_sentence="Your account is new and the purchase a large one, so one of us looks at it first.",
        evidence=facts,
    )
