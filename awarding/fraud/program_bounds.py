"""Bought before the program or long before the member began."""

from __future__ import annotations

from datetime import timedelta

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.purchase_date import spoken
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, not_checked, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "program_bounds"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Weak: campaigns pay by their own days anyway, and a date may be read two ways.

    Said only where no reading of the date is within the bounds.
    """
    for each in (evidence.member, evidence.world):
        if isinstance(each, Unavailable):
            return unknown(
                check=NAME,
                version=VERSION,
                sentence=f"When the program or the member began could not be looked up: {each.reason}.",
                member_sentence=CHECKED_BY_PERSON,
            )
    joined_at = None if isinstance(evidence.member, Unavailable) else evidence.member.joined_at
    began_on = None if isinstance(evidence.world, Unavailable) else evidence.world.began_on
    readings = [day for day in (evidence.receipt.date, evidence.receipt.date_alternative) if day is not None]
    if not readings or (joined_at is None and began_on is None):
        return not_checked(
            check=NAME, version=VERSION, sentence="The date was not read, or no beginning is known."
        )
    latest, facts, said = max(readings), [], []
    if began_on is not None:
        facts.append(EvidenceFact("first day of the program's earliest campaign", began_on.isoformat()))
        if latest < began_on:
            said.append(f"before the program's earliest campaign began on {began_on}")
    if joined_at is not None:
        # A day of room: the member's calendar may be behind ours.
        first = joined_at.date() - timedelta(days=policy.world.days_before_joining + 1)
        facts.append(EvidenceFact("day the member joined", joined_at.date().isoformat()))
        if latest < first:
            said.append(
                f"more than {policy.world.days_before_joining} days before the member joined on"
                f" {joined_at.date()}"
            )
    if not said:
        return clear(
            check=NAME,
            version=VERSION,
            sentence="Bought after program and member began.",
            evidence=tuple(facts),
        )
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=f"Bought on {latest}, {' and '.join(said)}.",
        member_sentence=(
            f"We read the date on your receipt as {spoken(latest)}, which is before the program or your"
            " account began. One of us may have a look."
        ),
        evidence=(EvidenceFact("printed date", latest.isoformat()), *facts),
    )
