"""How sure we are that the member sent the mail or text."""

from __future__ import annotations

from typing import assert_never

from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.proof import SenderTrust

NAME = "sender_trust"
VERSION = 1

_MEMBER_SENTENCE = (
    "Your email came in a way that does not show us surely that it is yours, so one of us will have a look."
    " To skip this next time, send receipts to your personal address, which you find in your account."
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Strong where a From line alone, which anyone can write, names the member."""
    if evidence.sent_by is None:
        return clear(check=NAME, version=VERSION, sentence="The member was signed in.")
    trust = evidence.sent_by.trust
    facts = (EvidenceFact("sender known by", trust.value.replace("_", " ")),)
    match trust:
        case SenderTrust.SECRET_ADDRESS:
            said = "It came to the member's own secret address."
        case SenderTrust.VOUCHED:
            said = "It came from a linked address, and the sending domain vouches for it."
        case SenderTrust.CARRIER:
            said = "It is a text from a linked number, as the provider signed it."
        case SenderTrust.CLAIMED:
            said = "A member claimed it through the link sent to the address or number that it came from."
        case SenderTrust.UNVOUCHED:
            return FraudSignal(
                check=NAME,
                version=VERSION,
                finding=Finding.SUSPECT,
                strength=Strength.STRONG,
                reviewer_sentence=(
                    "Only the From line names the member, and the sending domain does not vouch for it."
                ),
                member_sentence=_MEMBER_SENTENCE,
                evidence=facts,
            )
        case _:
            assert_never(trust)
    return clear(check=NAME, version=VERSION, sentence=said, evidence=facts)
