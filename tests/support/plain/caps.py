"""As it was before `awarding.caps` was made fast. What caps and a budget let through of what was earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from awarding import sentences
from awarding.standing import Usage
from receipts.award import RuleAnswer
from receipts.campaign import NO_CAPS, Campaign
from receipts.identity import CampaignId
from receipts.money import Points
from tests.support.plain.earnings import Earned


class Bound(Enum):
    """What is short."""

    MEMBER = "member"
    RECEIPT = "receipt"
    DAY = "day"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Room:
    """Points that a campaign may still pay for this receipt; None where nothing bounds them.

    Attributes:
        bound: the cap that leaves the least.
    """

    points: int | None
    bound: Bound


NO_BOUND = Room(None, Bound.MEMBER)


def room_of(campaign: Campaign, earned_before: Mapping[CampaignId, Points], usage: Usage) -> Room:
    """The least that any of the campaign's caps leaves."""
    if campaign.cap_per_member is None and campaign.caps is NO_CAPS:
        return NO_BOUND
    caps = campaign.caps
    left: list[tuple[int, Bound]] = []
    if campaign.cap_per_member is not None:
        left.append((campaign.cap_per_member - earned_before.get(campaign.id, 0), Bound.MEMBER))
    if caps.per_receipt is not None:
        left.append((caps.per_receipt - usage.of_campaign(campaign.id), Bound.RECEIPT))
    if caps.per_day is not None:
        left.append((caps.per_day - usage.on_day.get(campaign.id, 0), Bound.DAY))
    if caps.budget is not None:
        left.append((usage.budget_left.get(campaign.id, caps.budget), Bound.BUDGET))
    if not left:
        return NO_BOUND
    points, bound = min(left, key=lambda each: each[0])
    return Room(max(0, points), bound)


def through(campaign: Campaign, earned: Earned, left: int | None, bound: Bound) -> Earned:
    """The points, as far as there is room; a cut is written down with its reason, also one to nothing."""
    if left is None or earned.points <= left:
        return earned
    paid = max(0, left)
    answer, sentence = _cut(campaign, earned.points, paid, bound)
    return replace(earned, answer=answer, points=paid, sentence=sentence)


def _cut(campaign: Campaign, earned: int, paid: int, bound: Bound) -> tuple[RuleAnswer, str]:
    match bound:
        case Bound.MEMBER:
            cap = campaign.cap_per_member or 0
            return RuleAnswer.CAPPED, sentences.capped(campaign, earned=earned, paid=paid, cap=cap)
        case Bound.RECEIPT:
            cap = campaign.caps.per_receipt or 0
            return RuleAnswer.CAPPED, sentences.capped_receipt(campaign, earned=earned, paid=paid, cap=cap)
        case Bound.DAY:
            cap = campaign.caps.per_day or 0
            return RuleAnswer.CAPPED, sentences.capped_day(campaign, earned=earned, paid=paid, cap=cap)
        case Bound.BUDGET:
            return RuleAnswer.BUDGET_SPENT, sentences.budget_spent(campaign, earned=earned, paid=paid)
