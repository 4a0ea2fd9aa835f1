"""What a receipt earns: the decision with every rule's answer. `receipts.campaign` has the rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from receipts.campaign import Campaign, EarningRule, PointsPerCurrency, ProductBonus
from receipts.conditions import ProductSelector
from receipts.identity import CampaignId, Sku
from receipts.money import Points

__all__ = [
    "Award",
    "Campaign",
    "Decision",
    "Decline",
    "DeclineReason",
    "EarningRule",
    "Hold",
    "HoldReason",
    "LineEarning",
    "PointsPerCurrency",
    "ProductBonus",
    "ProductSelector",
    "RuleAnswer",
    "RuleOutcome",
    "rule_outcome",
]


class RuleAnswer(Enum):
    """Why a rule paid, or did not."""

    PAID = "paid"
    CAPPED = "capped"
    """Paid less than earned, or nothing, because the member's cap is reached."""
    NO_PRODUCT = "no_product"
    OUTSIDE_DATES = "outside_dates"
    OTHER_RETAILER = "other_retailer"
    OTHER_CURRENCY = "other_currency"
    ALREADY_PAID = "already_paid"
    TOO_LITTLE = "too_little"
    REFUND = "refund"
    OTHER_TIME = "other_time"
    """Not at this hour, on this day of the week, or in this span of days."""
    OTHER_STORE = "other_store"
    OTHER_MEMBER = "other_member"
    """Not the member's tier, segment or badge."""
    NOT_BIRTHDAY = "not_birthday"
    OTHER_PURCHASE = "other_purchase"
    """Not the purchase by number, streak or milestone that the rule waits for."""
    TOO_FEW = "too_few"
    """Pieces, or parts of a basket, are missing."""
    LIMIT_REACHED = "limit_reached"
    """The rule has paid the member as often as it does in the period."""
    BUDGET_SPENT = "budget_spent"
    """Paid less than earned, or nothing, because the campaign's budget is at its end."""
    OUTDONE = "outdone"
    """Another rule or campaign of which only one pays was better, or came first."""
    NOTHING_TO_MULTIPLY = "nothing_to_multiply"
    OTHER_EVENT = "other_event"
    """Pays for something else than a purchase, or for another activity."""
    REFUSED = "refused"
    """Would have paid, but a reviewer, or the program's policy, could not accept the receipt."""


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule's answer for one receipt.

    Attributes:
        positions: the line items that earned by this rule.
        sentence: the answer in words a member understands.
    """

    campaign_id: CampaignId
    campaign_version: int
    rule_id: str
    answer: RuleAnswer
    points: Points
    positions: tuple[int, ...]
    sentence: str


_set_campaign_id = RuleOutcome.__dict__["campaign_id"].__set__
_set_campaign_version = RuleOutcome.__dict__["campaign_version"].__set__
_set_rule_id = RuleOutcome.__dict__["rule_id"].__set__
_set_answer = RuleOutcome.__dict__["answer"].__set__
_set_points = RuleOutcome.__dict__["points"].__set__
_set_positions = RuleOutcome.__dict__["positions"].__set__
_set_sentence = RuleOutcome.__dict__["sentence"].__set__


def rule_outcome(
    campaign_id: CampaignId,
    campaign_version: int,
    rule_id: str,
    answer: RuleAnswer,
    points: Points,
    positions: tuple[int, ...],
    sentence: str,
) -> RuleOutcome:
    """The same as the class called: in half the time, since every receipt makes one for every rule.

    A frozen dataclass sets each field by name; this sets the slots.
    """
    made = object.__new__(RuleOutcome)
    _set_campaign_id(made, campaign_id)
    _set_campaign_version(made, campaign_version)
    _set_rule_id(made, rule_id)
    _set_answer(made, answer)
    _set_points(made, points)
    _set_positions(made, positions)
    _set_sentence(made, sentence)
    return made


@dataclass(frozen=True, slots=True)
class LineEarning:
    """Points that one line item earned, over all rules.

    Attributes:
        claim_key: names this purchase line within its purchase, whatever upload it was read from.
    """

    position: int
    sku: Sku
    points: Points
    claim_key: str


@dataclass(frozen=True, slots=True)
class Award:
    """The decision to pay."""

    points: Points
    outcomes: tuple[RuleOutcome, ...]
    lines: tuple[LineEarning, ...]


@dataclass(frozen=True, slots=True)
class HoldReason:
    """Why a person must look.

    Attributes:
        code: a fraud check's name, or ``unsure_match``, ``unreadable_total``, ...
    """

    code: str
    member_sentence: str
    reviewer_sentence: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The decision to ask a person first.

    Attributes:
        would_pay: what approval would pay as things stand.
    """

    reasons: tuple[HoldReason, ...]
    would_pay: Points
    outcomes: tuple[RuleOutcome, ...]


_NO_POINTS = Points(0)


class DeclineReason(Enum):
    """Why a receipt that was read earns nothing."""

    NOTHING_ELIGIBLE = "nothing_eligible"
    ALREADY_PAID = "already_paid"
    CAP_REACHED = "cap_reached"
    NO_CAMPAIGN = "no_campaign"
    REFUND = "refund"
    REVIEWER = "reviewer"
    POLICY = "policy"
    """The program's fraud policy; a person looks when asked to."""
    WITHDRAWN = "withdrawn"
    """The member took it back before it was paid."""


@dataclass(frozen=True, slots=True)
class Decline:
    """The decision that nothing is paid, with every rule's reason.

    Attributes:
        would_pay: what approval would have paid, where the policy declined.
    """

    reason: DeclineReason
    member_sentence: str
    outcomes: tuple[RuleOutcome, ...]
    would_pay: Points = _NO_POINTS


Decision = Award | Hold | Decline
