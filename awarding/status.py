"""What is told when a member's tier moves or a badge is earned."""

from __future__ import annotations

from datetime import date
from typing import Any

from awarding.payloads import BadgeEarnedPayload, TierChangedPayload
from receipts.status import NO_TIER, BadgeRule, Measure


def tier_data(
    measure: Measure, *, tier: str, before: str, since: date, total: int, version: int
) -> dict[str, Any]:
    """The data of ``member.tier_changed``."""
    sentence = f"Your tier {before} has ended." if tier == NO_TIER else f"Your tier is {tier} now."
    return TierChangedPayload(
        tier=tier or None,
        before=before or None,
        since=since,
        count=measure.count.value,
        total=total,
        status_version=version,
        sentence=sentence,
    ).as_data()


def badge_data(rule: BadgeRule, *, since: date, total: int, version: int) -> dict[str, Any]:
    """The data of ``member.badge_earned``."""
    return BadgeEarnedPayload(
        badge=rule.name,
        since=since,
        count=rule.measure.count.value,
        total=total,
        status_version=version,
        sentence=f"You have earned the badge {rule.name}.",
    ).as_data()
