"""Many members with one receipt, one device, one address, one sender or one payment card.

Households share all of these, offices and telephone companies share addresses: only what many members share
is said. It is weak but for a device, a sender and a receipt that more members share than a household has.
"""

from __future__ import annotations

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.member_facts import Sighting
from awarding.fraud.member_policy import MemberPolicy
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, not_checked, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.traces import TraceKind

NAME = "shared_identity"
VERSION = 1

_STRONG = frozenset({TraceKind.DEVICE, TraceKind.SENDER})
"""A device is in one hand at a time, and a sender is one mailbox: a person or a household has them."""
_NAMED = {
    TraceKind.DEVICE: "this device",
    TraceKind.ADDRESS: "this internet address",
    TraceKind.NETWORK: "this network",
    TraceKind.SENDER: "this mail address or number",
    TraceKind.CARD: "this payment card's last four (and a device, address or sender besides)",
}


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Compare the members counted in the last 30 days with what the program takes for a household's."""
    if isinstance(evidence.member, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"What members share could not be looked up: {evidence.member.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    member, limits = evidence.member, policy.member
    senders = len(set(member.same_receipt))
    if not member.sightings and senders <= 1:
        return not_checked(
            check=NAME,
            version=VERSION,
            sentence="Nothing is known of the device or address that it came from.",
        )
    facts = [fact for sighting in member.sightings for fact in _facts(sighting)]
    over = [sighting for sighting in member.sightings if sighting.members > _most(limits, sighting.kind)]
    said = [f"{each.members} members share {_NAMED[each.kind]}" for each in over]
    if senders > 1:
        facts.append(EvidenceFact("members who sent this receipt", str(senders)))
    if senders > limits.receipt_members:
        said.append(f"{senders} members sent this very receipt")
    if not said:
        return clear(
            check=NAME,
            version=VERSION,
            sentence="No more members share its device, address, sender or card than a household has.",
            evidence=tuple(facts),
        )
    strong = senders > limits.receipt_members or any(each.kind in _STRONG for each in over)
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.STRONG if strong else Strength.WEAK,
        reviewer_sentence=(
            f"In 30 days {'; '.join(said)}. A school, an office or a shop's counter may be why."
        ),
        member_sentence=(
            "Several members send receipts from where this one came from, so one of us looks at it first."
            " You need do nothing."
        ),
        evidence=tuple(facts),
        related=tuple(dict.fromkeys(receipt for each in over for receipt in each.related)),
    )


def _most(limits: MemberPolicy, kind: TraceKind) -> int:
    return {
        TraceKind.DEVICE: limits.device_members,
        TraceKind.ADDRESS: limits.address_members,
        TraceKind.NETWORK: limits.network_members,
        TraceKind.SENDER: limits.sender_members,
        TraceKind.CARD: limits.card_members,
    }[kind]


def _facts(sighting: Sighting) -> list[EvidenceFact]:
    facts = [EvidenceFact(f"members with {_NAMED[sighting.kind]} in 30 days", str(sighting.members))]
    if sighting.alone:
        facts.append(
            EvidenceFact(
                "other members with the same scheme and last four, which chance gives", str(sighting.alone)
            )
        )
    return facts
