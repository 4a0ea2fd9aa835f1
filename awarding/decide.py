"""The decision: pay, ask a person first, or say why nothing is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from awarding import sentences
from awarding.declines import CAPS_REACHED, decline_sentence, declined_by_policy
from awarding.earn import Occasion, RuleEarning, earn, selects
from awarding.fraud.signals import CHECKED_BY_PERSON
from awarding.fraud.weigh import holding
from awarding.lines import NOT_KNOWN, ProductLine, Weight, product_lines
from awarding.standing import NEW_MEMBER, UNUSED, MemberStanding, Usage
from receipts.award import (
    Award,
    Campaign,
    Decision,
    Decline,
    DeclineReason,
    Hold,
    HoldReason,
    LineEarning,
    RuleAnswer,
    RuleOutcome,
)
from receipts.campaign import Basket, BuyGet, ProductBonus, products_of
from receipts.catalog import CatalogProduct
from receipts.fraud import Risk, Screening
from receipts.identity import CampaignId, Sku
from receipts.match import Match, MatchVerdict, match_sentence
from receipts.money import Points
from receipts.receipt import Receipt

UNITS_WITHOUT_A_PERSON = 24
"""Pieces on one line that are paid without a look: a case of cans. Above, a misread quantity is likelier."""

# The checks whose finding already says that the field was not read, so that nobody reads it twice.
_DATE_CHECK = "purchase_date"
_TOTAL_CHECK = "arithmetic"

_NOT_HERE_NOW = frozenset(
    {
        RuleAnswer.OUTSIDE_DATES,
        RuleAnswer.OTHER_RETAILER,
        RuleAnswer.OTHER_STORE,
        RuleAnswer.OTHER_TIME,
        RuleAnswer.OTHER_EVENT,
    }
)
"""Answers that say nothing of the products: where there are no others, no campaign counts the purchase."""

RISK_SCORE = "risk_score"
"""The code of a hold by the findings' score alone."""


@dataclass(frozen=True, slots=True)
class Zones:
    """IANA names of the store's and the program's time zone; empty where not known."""

    store: str = ""
    program: str = ""


UNKNOWN_ZONES = Zones()


@dataclass(frozen=True, slots=True)
class _Asked:
    standing: MemberStanding
    usage: Usage
    zones: Zones


@dataclass(frozen=True, slots=True)
class _Case:
    """What a decision is made from; `decide` documents the fields."""

    receipt: Receipt
    matches: tuple[Match, ...]
    products: Mapping[Sku, CatalogProduct]
    campaigns: Sequence[Campaign]
    earned_before: Mapping[CampaignId, Points]
    claimed: frozenset[str]
    day_if_unread: date | None
    paid: frozenset[int]
    asked: _Asked
    paid_as: Mapping[Sku, Sequence[Weight]]

    def lines(self, matches: tuple[Match, ...]) -> tuple[ProductLine, ...]:
        return product_lines(self.receipt, matches, self.products, self.claimed, self.paid_as)

    def as_read(self, lines: Sequence[ProductLine]) -> tuple[RuleEarning, ...]:
        return self._earn(lines, self._occasion())

    def as_approved(self, lines: Sequence[ProductLine]) -> tuple[RuleEarning, ...]:
        day = self.receipt.date if self.receipt.date is not None else self.day_if_unread
        return self._earn(lines, replace(self._occasion(), day=day, any_retailer=True))

    def at_best(self, lines: Sequence[ProductLine]) -> tuple[RuleEarning, ...]:
        return self._earn(lines, replace(self._occasion(), any_day=True, any_retailer=True))

    def _occasion(self) -> Occasion:
        return Occasion(
            day=self.receipt.date,
            retailer=self.receipt.retailer.name,
            currency=self.receipt.currency,
            is_refund=self.receipt.is_refund,
            paid=self.paid,
            time=self.receipt.time,
            place=f"{self.receipt.retailer.store} {self.receipt.retailer.address}",
            store_zone=self.asked.zones.store,
            program_zone=self.asked.zones.program,
        )

    def _earn(self, lines: Sequence[ProductLine], occasion: Occasion) -> tuple[RuleEarning, ...]:
        return earn(
            occasion,
            lines,
            self.campaigns,
            self.earned_before,
            standing=self.asked.standing,
            usage=self.asked.usage,
        )


def decide(
    *,
    receipt: Receipt,
    matches: tuple[Match, ...],
    products: Mapping[Sku, CatalogProduct],
    screening: Screening,
    campaigns: Sequence[Campaign],
    earned_before: Mapping[CampaignId, Points],
    claimed: frozenset[str],
    approved: bool,
    day_if_unread: date | None = None,
    paid: frozenset[int] = frozenset(),
    standing: MemberStanding = NEW_MEMBER,
    usage: Usage = UNUSED,
    zones: Zones = UNKNOWN_ZONES,
    paid_as: Mapping[Sku, Sequence[Weight]] = NOT_KNOWN,
) -> Decision:
    """Pay, hold or decline, with every rule's answer.

    A receipt that earns nothing whatever a person might find is declined and not held: nobody's time is owed
    to it, and a better photo is welcome.

    What the policy declines pays nothing; who asks for a person gets a case (`pipeline.appeal`).

    Args:
        receipt: as read, or as a reviewer corrected it.
        matches: one for each line item; only accepted ones pay.
        products: by SKU, at least those that the matches name.
        screening: the checks' findings.
        campaigns: those that may apply, as they stood at the purchase.
        earned_before: the member's points from each campaign so far, reversals taken off.
        claimed: keys of the lines already paid for this purchase, by whatever receipt.
        approved: a reviewer has looked: neither the screening nor unsure matches hold any more. A line still
            unsure pays nothing.
        day_if_unread: the purchase day to go by once approved, where the print gave none: the day of
            submission. Without it an undated receipt earns nothing even when approved.
        paid: positions of claimed lines that this very receipt was paid for before.
        standing: the member as of the purchase.
        usage: what caps and limits count, beside `earned_before`.
        zones: of the store and the program, for campaigns by the program's clock.
        paid_as: by product what its claimed lines came to, where that says which of its lines they are.
    """
    asked = _Asked(standing, usage, zones)
    paid_before = (earned_before, claimed, day_if_unread, paid)
    case = _Case(receipt, matches, products, campaigns, *paid_before, asked, paid_as)
    lines = case.lines(matches)
    earnings = case.as_approved(lines) if approved else case.as_read(lines)
    reasons = () if approved else _reasons(case, lines, earnings, screening)
    if reasons and screening.risk is Risk.DECLINE:
        return declined_by_policy(outcomes=_outcomes(case.as_approved(lines)))
    if reasons:
        after_approval = case.as_approved(lines)
        return Hold(reasons=reasons, would_pay=_points(after_approval), outcomes=_outcomes(after_approval))
    if _points(earnings) > 0:
        return _award(lines, earnings)
    return _decline(case, lines, _outcomes(earnings))


def _points(earnings: Sequence[RuleEarning]) -> Points:
    return Points(sum([earning.outcome.points for earning in earnings]))


def _outcomes(earnings: Sequence[RuleEarning]) -> tuple[RuleOutcome, ...]:
    return tuple([earning.outcome for earning in earnings])


def _award(lines: Sequence[ProductLine], earnings: Sequence[RuleEarning]) -> Award:
    points: dict[int, int] = {}
    for earning in earnings:
        if shares := earning.shares:
            for position, share in shares.items():
                points[position] = points.get(position, 0) + share
    return Award(
        points=_points(earnings),
        outcomes=_outcomes(earnings),
        lines=tuple(
            LineEarning(line.position, line.product.sku, Points(points[line.position]), line.claim_key)
            for line in lines
            if line.position in points
        ),
    )


def _reasons(
    case: _Case, lines: Sequence[ProductLine], earnings: Sequence[RuleEarning], screening: Screening
) -> tuple[HoldReason, ...]:
    """Why a person must look; empty when nobody must, or when looking could not earn anything."""
    if _nothing_in_doubt(case, screening):
        return tuple(_unusual_quantities(case, lines)) if _points(earnings) else ()
    certain = _points(case.at_best(lines))
    hoped = _points(case.at_best(case.lines(_taken_as_sure(case))))
    if max(certain, hoped) == 0:
        return ()
    reasons = [*_signal_reasons(screening), *_unread_reasons(case, earnings, hoped, screening)]
    if hoped > certain:
        reasons.extend(_unsure_matches(case))
    reasons.extend(_unusual_quantities(case, lines))
    return tuple(reasons)


def _nothing_in_doubt(case: _Case, screening: Screening) -> bool:
    """All was read and matched for sure: what the receipt earns at best is what it earns."""
    read = case.receipt.date is not None and case.receipt.total is not None and case.receipt.retailer.name
    unsure = any(match.verdict is MatchVerdict.ASK for match in case.matches)
    return bool(read) and not unsure and screening.risk is Risk.CLEAR


def _taken_as_sure(case: _Case) -> tuple[Match, ...]:
    """The matches with every unsure one accepted, to see what a person's answer could earn.

    Of its candidates the likeliest that a rule is about stands in, else the likeliest.
    """
    selectors = [
        selector for campaign in case.campaigns for rule in campaign.rules for selector in products_of(rule)
    ]

    def hopeful(match: Match) -> Match:
        if match.verdict is not MatchVerdict.ASK:
            return match
        named = (match.sku, *(candidate.sku for candidate in match.candidates))
        known = [sku for sku in named if sku is not None and sku in case.products]
        wanted = (sku for sku in known if any(selects(each, case.products[sku]) for each in selectors))
        return replace(match, verdict=MatchVerdict.ACCEPT, sku=next(wanted, match.sku))

    return tuple(hopeful(match) for match in case.matches)


def _signal_reasons(screening: Screening) -> list[HoldReason]:
    if screening.risk is Risk.CLEAR:
        return []
    reasons = [
        HoldReason(signal.check, signal.member_sentence or CHECKED_BY_PERSON, signal.reviewer_sentence)
        for signal in holding(screening)
    ]
    return reasons or [_risk_reason(screening)]


def _risk_reason(screening: Screening) -> HoldReason:
    """No finding holds by itself, and together they weigh enough."""
    largest = sorted(screening.weighed, key=lambda each: -each.share)
    parts = ", ".join(f"{each.check} {each.share:.2f}" for each in largest if each.share)
    return HoldReason(
        code=RISK_SCORE,
        member_sentence=CHECKED_BY_PERSON,
        reviewer_sentence=(
            f"No finding holds by itself; together they weigh {screening.score:.2f} ({parts}), and policy"
            f" version {screening.policy_version} asks for a person from {screening.hold_from or 0:.2f} on."
        ),
    )


def _unread_reasons(
    case: _Case, earnings: Sequence[RuleEarning], hoped: Points, screening: Screening
) -> list[HoldReason]:
    told = {signal.check for signal in holding(screening)}
    reasons: list[HoldReason] = []
    if case.receipt.date is None and _DATE_CHECK not in told:
        reasons.append(_unread("date", "The purchase day decides which campaigns count."))
    if case.receipt.total is None and _TOTAL_CHECK not in told:
        reasons.append(_unread("total", "The lines cannot be checked against it."))
    shops = _shops_asked_for(case, earnings)
    if shops and hoped > _points(earnings):
        reasons.append(_unread("retailer", f"Approve only a purchase at {sentences.any_of(shops)}."))
    return reasons


def _shops_asked_for(case: _Case, earnings: Sequence[RuleEarning]) -> tuple[str, ...]:
    """The chains that a campaign asks for where none was read; empty where a name was read."""
    if case.receipt.retailer.name:
        return ()
    asking = {
        earning.outcome.campaign_id
        for earning in earnings
        if earning.outcome.answer is RuleAnswer.OTHER_RETAILER
    }
    named = (name for campaign in case.campaigns if campaign.id in asking for name in campaign.retailers)
    return tuple(dict.fromkeys(named))


_FIELD_WORDS = {"date": "date", "total": "total", "retailer": "shop's name"}


def _unread(field: str, why: str) -> HoldReason:
    words = _FIELD_WORDS[field]
    return HoldReason(
        code=f"unreadable_{field}",
        member_sentence=f"We could not read the {words} on your receipt, so one of us will have a look.",
        reviewer_sentence=f"The {words} was not read. {why} Look at the picture.",
    )


def _unsure_matches(case: _Case) -> list[HoldReason]:
    """One reason for all unsure lines that could earn something by themselves or together."""
    words = {item.position: item.description for item in case.receipt.items}
    unsure = [
        match
        for match in case.matches
        if match.verdict is MatchVerdict.ASK and match.sku is not None and match.position in words
    ]
    if not unsure:
        return []
    asked = " ".join(
        f"Line {match.position + 1} “{words[match.position]}” may be {match.sku}"
        f" ({match.probability:.0%}). {match_sentence(match)}"
        for match in unsure
    )
    names = sentences.all_of(tuple(f"“{words[match.position]}”" for match in unsure))
    which = f"which product {names} is" if len(unsure) == 1 else f"which products {names} are"
    return [
        HoldReason(
            code="unsure_match",
            member_sentence=f"We are not sure {which}, so one of us will have a look.",
            reviewer_sentence=f"Say which product each line is. {asked}",
        )
    ]


def _unusual_quantities(case: _Case, lines: Sequence[ProductLine]) -> list[HoldReason]:
    """Only where pieces are paid for; points on money do not depend on them."""
    many = [line for line in lines if line.units > UNITS_WITHOUT_A_PERSON and not line.claimed]
    if not many:
        return []
    bonuses = [
        selector
        for campaign in case.campaigns
        for rule in campaign.rules
        if isinstance(rule, ProductBonus | BuyGet | Basket)
        for selector in products_of(rule)
    ]
    return [
        HoldReason(
            code="unusual_quantity",
            member_sentence=f"We read {line.units} × {line.product.name}, so one of us will have a look.",
            reviewer_sentence=(
                f"Line {line.position + 1} was read as {line.units} pieces of {line.product.sku}; up to"
                f" {UNITS_WITHOUT_A_PERSON} pass without a look. Compare with the picture."
            ),
        )
        for line in many
        if any(selects(selector, line.product) for selector in bonuses)
    ]


def _decline(case: _Case, lines: Sequence[ProductLine], outcomes: tuple[RuleOutcome, ...]) -> Decline:
    reason = _decline_reason(case, lines, outcomes)
    return Decline(
        reason=reason, member_sentence=decline_sentence(reason, case.receipt, outcomes), outcomes=outcomes
    )


def _decline_reason(
    case: _Case, lines: Sequence[ProductLine], outcomes: tuple[RuleOutcome, ...]
) -> DeclineReason:
    """The reason nearest to paying: what kept the best rule from it is what the member can act on."""
    answers = {outcome.answer for outcome in outcomes}
    if case.receipt.is_refund:
        return DeclineReason.REFUND
    if answers & CAPS_REACHED:
        return DeclineReason.CAP_REACHED
    if RuleAnswer.ALREADY_PAID in answers:
        return DeclineReason.ALREADY_PAID
    if not lines or answers - _NOT_HERE_NOW:
        return DeclineReason.NOTHING_ELIGIBLE
    return DeclineReason.NO_CAMPAIGN
