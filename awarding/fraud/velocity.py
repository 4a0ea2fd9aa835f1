"""More receipts from one member in a day than the program takes without a look."""

from __future__ import annotations

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.mail_proof import proven_by_retailer
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "velocity"
VERSION = 2


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Count this receipt in: the first one over the program's number is held."""
    if isinstance(evidence.receipts_today, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"The day's receipts could not be counted: {evidence.receipts_today.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    count = evidence.receipts_today
    most = policy.receipts_passed_per_day(proven=proven_by_retailer(evidence))
    facts = (
        EvidenceFact("receipts on the day, this one included", str(count)),
        EvidenceFact("taken without a look", str(most)),
    )
    if count <= most:
        return clear(
            check=NAME, version=VERSION, sentence=f"Receipt {count} of the member's day.", evidence=facts
        )
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.STRONG,
        reviewer_sentence=(
            f"This is the member's receipt {count} on {evidence.store_today}; the program takes {most} a day."
        ),
        member_sentence=(
            f"You have sent more than {most} receipts today, so one of us looks at the further ones first."
        ),
        evidence=facts,
    )
