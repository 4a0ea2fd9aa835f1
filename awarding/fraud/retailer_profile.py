"""A layout, number format, tax number or spelling that this retailer's receipts never had."""

from __future__ import annotations

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, not_checked
from awarding.fraud.traits import KIND_WORDS, differences
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "retailer_profile"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Weak: shops change their tills. Not checked until enough receipts of enough members were paid."""
    if isinstance(evidence.world, Unavailable):
        return not_checked(
            check=NAME,
            version=VERSION,
            sentence=f"How the retailer's receipts look was not looked up: {evidence.world.reason}.",
        )
    profile, limits = evidence.world.profile, policy.world
    seen, members = (0, 0) if profile is None else (profile.receipts, profile.members)
    facts: tuple[EvidenceFact, ...] = (
        EvidenceFact("paid receipts of the retailer", f"{seen} of {members} members"),
    )
    if profile is None or seen < limits.profile_witnesses or members < limits.profile_members:
        return not_checked(
            check=NAME,
            version=VERSION,
            sentence=(
                f"Too few receipts of this retailer were seen: {seen} from {members} members; it takes"
                f" {limits.profile_witnesses} from {limits.profile_members}."
            ),
            evidence=facts,
        )
    found = differences(evidence.world.traits, profile, agreed=limits.profile_agreed)
    facts = (
        *facts,
        *(EvidenceFact(KIND_WORDS[each.kind], f"{each.here} here, {each.usual} elsewhere") for each in found),
    )
    if len(found) < limits.profile_differences:
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"It looks like the {seen} paid receipts of this retailer.",
            evidence=facts,
        )
    said = "; ".join(f"{KIND_WORDS[each.kind]}: {each.here} here, {each.usual} elsewhere" for each in found)
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=f"It does not look like the {seen} paid receipts of this retailer: {said}.",
        member_sentence="This receipt looks different from others of the shop, so one of us may have a look.",
        evidence=facts,
    )
