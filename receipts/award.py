"""What a receipt earns: campaigns as data, and the decision with every rule's answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from receipts.identity import CampaignId, Sku
from receipts.money import Money, Points


@dataclass(frozen=True, slots=True)
class ProductSelector:
    """Which catalog products a rule is about: any that one of the lists names; all when all are empty."""

    skus: tuple[Sku, ...] = ()
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PointsPerCurrency:
    """So many points for each full `per` spent on the selected products, rounded down on their sum."""

    id: str
    points: Points
    per: Money
    products: ProductSelector


@dataclass(frozen=True, slots=True)
class ProductBonus:
    """Fixed points for each unit of the selected products; a line by weight counts as one unit."""

    id: str
    points: Points
    products: ProductSelector


EarningRule = PointsPerCurrency | ProductBonus


@dataclass(frozen=True, slots=True)
class Campaign:
    """Dates, retailers, a cap and earning rules.

    Attributes:
        version: raised at each change; the decision names the version it used.
        starts_on: first purchase day that earns, in the store's calendar.
        ends_on: last purchase day that earns.
        retailers: names of chains that take part; every chain when empty.
        cap_per_member: most points one member can ever earn from this campaign; None for no cap.
    """

    id: CampaignId
    version: int
    name: str
    starts_on: date
    ends_on: date
    retailers: tuple[str, ...]
    cap_per_member: Points | None
    rules: tuple[EarningRule, ...]


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
