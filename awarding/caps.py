"""What caps and a budget let through of what was earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from awarding import sentences
from awarding.earnings import Earned
from awarding.standing import Usage
from receipts.award import RuleAnswer
from receipts.campaign import NO_CAPS, Campaign
from receipts.identity import CampaignId
from receipts.money import Points


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
    least, bound = None, Bound.MEMBER
    if campaign.cap_per_member is not None:
        least = campaign.cap_per_member - earned_before.get(campaign.id, 0)
    if caps.per_receipt is not None:
        left = caps.per_receipt - usage.of_campaign(campaign.id)
        if least is None or left < least:
            least, bound = left, Bound.RECEIPT
    if caps.per_day is not None:
        left = caps.per_day - usage.on_day.get(campaign.id, 0)
        if least is None or left < least:
            least, bound = left, Bound.DAY
    if caps.budget is not None:
        left = usage.budget_left.get(campaign.id, caps.budget)
        if least is None or left < least:
            least, bound = left, Bound.BUDGET
    return NO_BOUND if least is None else Room(max(0, least), bound)


def through(campaign: Campaign, earned: Earned, left: int | None, bound: Bound) -> Earned:
    """The points, as far as there is room; a cut is written down with its reason, also one to nothing."""
    if left is None or earned.points <= left:
        return earned
    paid = max(0, left)
    answer, sentence = _cut(campaign, earned.points, paid, bound)
    return Earned(answer, paid, sentence, earned.weights)


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
