"""More receipts in an hour, a day, a week or a month than people have: of a member, a device, an address."""

from __future__ import annotations

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.mail_proof import proven_by_retailer
from awarding.fraud.member_facts import Counts, Sighting
from awarding.fraud.member_policy import MemberPolicy, Rates
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, not_checked, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.traces import TraceKind

NAME = "member_velocity"
VERSION = 1

HOUSEHOLD = 4
"""Members of a household, at most, that each address is taken to be of."""
_WINDOWS = ("hour", "day", "week", "month")
_SPOKEN = {"hour": "an hour", "day": "24 hours", "week": "7 days", "month": "30 days"}
_NAMED = {
    TraceKind.DEVICE: "the device",
    TraceKind.ADDRESS: "the internet address",
    TraceKind.NETWORK: "the network",
}


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Strong for the member's own receipts, as the program numbers them; weak for what others share."""
    if isinstance(evidence.member, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"The member's receipts could not be counted: {evidence.member.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    sent = evidence.member.sent
    if sent is None:
        return not_checked(check=NAME, version=VERSION, sentence="The member's receipts were not counted.")
    limits = policy.member
    own = limits.own.times(policy.receipts_passed_per_day(proven=proven_by_retailer(evidence)))
    facts = [_fact("the member", sent)]
    over = _over("the member", sent, own)
    strength = Strength.STRONG if over else Strength.WEAK
    shared: list[str] = []
    for sighting in evidence.member.sightings:
        if (rates := _rates(limits, sighting.kind)) is not None:
            facts.append(_fact(_NAMED[sighting.kind], sighting.counts))
            shared += _over(_NAMED[sighting.kind], sighting.counts, rates.times(_crowd(sighting)))
    if not over and not shared:
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"Receipt {sent.day} of the member's 24 hours, {sent.month} of 30 days.",
            evidence=tuple(facts),
        )
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=strength,
        reviewer_sentence=f"Many receipts in a short time: {'; '.join((*over, *shared))}.",
        member_sentence=(
            "Many receipts came in from you or near you in a short time, so one of us looks at it first."
        ),
        evidence=tuple(facts),
    )


def _rates(limits: MemberPolicy, kind: TraceKind) -> Rates | None:
    named = {
        TraceKind.DEVICE: limits.device,
        TraceKind.ADDRESS: limits.address,
        TraceKind.NETWORK: limits.network,
    }
    return named.get(kind)


def _crowd(sighting: Sighting) -> int:
    """How many households share it, if each had four members: an office's address sends more than a home's.

    A device is in one hand at a time, however many use it.
    """
    return 1 if sighting.kind is TraceKind.DEVICE else -(-sighting.members // HOUSEHOLD)


def _over(whose: str, counts: Counts, most: Rates) -> list[str]:
    return [
        f"{getattr(counts, window)} of {whose} in {_SPOKEN[window]}, where {getattr(most, window)} pass"
        for window in _WINDOWS
        if getattr(counts, window) > getattr(most, window)
    ]


def _fact(whose: str, counts: Counts) -> EvidenceFact:
    return EvidenceFact(
        f"receipts of {whose}, this one included",
        ", ".join(f"{getattr(counts, window)} in {_SPOKEN[window]}" for window in _WINDOWS),
    )
