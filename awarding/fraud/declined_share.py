"""A rising share of the member's receipts was declined by reviewers."""

from __future__ import annotations

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, not_checked, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "declined_share"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Weak. Only a person's decline counts: a receipt without the program's products is nobody's fault."""
    if isinstance(evidence.member, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"The member's earlier receipts could not be looked up: {evidence.member.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    limits = policy.member
    known = evidence.member.refused[: limits.refused_looked_at]
    recent, before = known[: limits.refused_recent], known[limits.refused_recent :]
    if not recent:
        return not_checked(
            check=NAME, version=VERSION, sentence="No earlier receipt of the member was decided yet."
        )
    facts = (
        EvidenceFact(f"declined by a reviewer, of the last {len(recent)}", str(sum(recent))),
        EvidenceFact(f"of the {len(before)} before those", str(sum(before))),
    )
    share = sum(recent) / len(recent)
    share_before = sum(before) / len(before) if before else 0.0
    rising = share >= limits.refused_share and share >= limits.refused_rise * share_before
    if sum(recent) < limits.refused_least or not rising:
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"Reviewers declined {sum(recent)} of the member's last {len(recent)} decided receipts.",
            evidence=facts,
        )
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=(
            f"Reviewers declined {sum(recent)} of the member's last {len(recent)} decided receipts,"
            f" and {sum(before)} of the {len(before)} before."
        ),
        member_sentence="Some of your last receipts could not be paid, so one of us looks at this one first.",
        evidence=facts,
    )
