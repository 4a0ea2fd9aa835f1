"""Every rule's answer for one receipt: what it pays, on which lines and by which arithmetic, or why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from awarding import sentences
from awarding.lines import ProductLine
from awarding.retailer import same_chain
from receipts.award import (
    Campaign,
    EarningRule,
    PointsPerCurrency,
    ProductBonus,
    ProductSelector,
    RuleAnswer,
    RuleOutcome,
)
from receipts.catalog import CatalogProduct
from receipts.identity import CampaignId
from receipts.money import Currency, Money, Points


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and where the purchase was made, as far as it was read.

    Attributes:
        day: of the purchase, in the store's calendar; None where not read.
        retailer: the chain as printed; empty where not read.
        any_day: a day that was not read counts as fitting. To learn what a receipt might earn, never to pay.
        any_retailer: a retailer that was not read counts as fitting: a reviewer has approved the receipt.
        paid: positions of claimed lines that this very receipt was paid for before.
    """

    day: date | None
    retailer: str
    currency: Currency
    is_refund: bool
    any_day: bool = False
    any_retailer: bool = False
    paid: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class RuleEarning:
    """One rule's answer with its points split over the lines.

    Attributes:
        shares: points by position; they add up to the outcome's points. A line that only helped to fill a
            step has a share of 0.
    """

    outcome: RuleOutcome
    shares: Mapping[int, int]


def earn(
    occasion: Occasion,
    lines: Sequence[ProductLine],
    campaigns: Sequence[Campaign],
    earned_before: Mapping[CampaignId, Points],
) -> tuple[RuleEarning, ...]:
    """One answer for each rule of each campaign, in their order.

    Campaigns add up; of one campaign in several versions only the newest counts. The cap fills in the order
    of the campaign's rules.
    """
    newest: dict[CampaignId, Campaign] = {}
    for campaign in campaigns:
        if campaign.id not in newest or campaign.version > newest[campaign.id].version:
            newest[campaign.id] = campaign
    answers: list[RuleEarning] = []
    for campaign in newest.values():
        spent = earned_before.get(campaign.id, Points(0))
        for rule in campaign.rules:
            answer = _answer(occasion, lines, campaign, rule, earned=spent)
            spent = Points(spent + answer.outcome.points)
            answers.append(answer)
    return tuple(answers)


def selects(selector: ProductSelector, product: CatalogProduct) -> bool:
    """Whether a rule is about the product; letter case of brands and categories does not matter."""
    if not (selector.skus or selector.brands or selector.categories):
        return True
    return (
        product.sku in selector.skus
        or (bool(product.brand) and _named(product.brand, selector.brands))
        or (bool(product.category) and _named(product.category, selector.categories))
    )


def _named(name: str, names: tuple[str, ...]) -> bool:
    folded = name.casefold().strip()
    return any(folded == other.casefold().strip() for other in names)


def _answer(
    occasion: Occasion, lines: Sequence[ProductLine], campaign: Campaign, rule: EarningRule, *, earned: Points
) -> RuleEarning:
    """The first reason not to pay in the order in which a member would ask, else the arithmetic."""
    closed = _closed(occasion, campaign)
    if closed is not None:
        return _nothing(campaign, rule, *closed)
    wanted = [line for line in lines if selects(rule.products, line.product)]
    if not wanted:
        return _nothing(campaign, rule, RuleAnswer.NO_PRODUCT, sentences.no_product(campaign))
    match rule:
        case PointsPerCurrency():
            return _per_currency(occasion, wanted, campaign, rule, earned=earned)
        case ProductBonus():
            return _bonus(wanted, campaign, rule, earned=earned)
        case _:
            assert_never(rule)


def _closed(occasion: Occasion, campaign: Campaign) -> tuple[RuleAnswer, str] | None:
    """Why the campaign as a whole does not count this purchase; None when it does."""
    if occasion.is_refund:
        return RuleAnswer.REFUND, sentences.refund(campaign)
    if occasion.day is None:
        if not occasion.any_day:
            return RuleAnswer.OUTSIDE_DATES, sentences.outside_dates(campaign, None)
    elif not campaign.starts_on <= occasion.day <= campaign.ends_on:
        return RuleAnswer.OUTSIDE_DATES, sentences.outside_dates(campaign, occasion.day)
    if campaign.retailers and not (occasion.any_retailer and not occasion.retailer):
        takes_part = any(same_chain(printed=occasion.retailer, wanted=name) for name in campaign.retailers)
        if not takes_part:
            return RuleAnswer.OTHER_RETAILER, sentences.other_retailer(campaign, occasion.retailer)
    return None


def _per_currency(
    occasion: Occasion,
    wanted: Sequence[ProductLine],
    campaign: Campaign,
    rule: PointsPerCurrency,
    *,
    earned: Points,
) -> RuleEarning:
    code = rule.per.currency
    payable = [line for line in wanted if line.net.currency == code]
    if not payable:
        sentence = sentences.other_currency(campaign, wanted=code, printed=occasion.currency)
        return _nothing(campaign, rule, RuleAnswer.OTHER_CURRENCY, sentence)
    fresh = [line for line in payable if not line.claimed]
    if not fresh:
        return _nothing(campaign, rule, RuleAnswer.ALREADY_PAID, sentences.already_paid(campaign))
    # What the lines paid before left of a step is filled by those found since.
    before = sum(line.net.minor for line in payable if line.claimed and line.position in occasion.paid)
    spent = Money(sum(line.net.minor for line in fresh) + before % rule.per.minor, code)
    points = spent.minor // rule.per.minor * rule.points
    if points == 0:
        sentence = sentences.too_little(campaign, spent=spent, per=rule.per)
        return _nothing(campaign, rule, RuleAnswer.TOO_LITTLE, sentence)
    sentence = sentences.paid_per_currency(
        campaign, spent=spent, per=rule.per, each=rule.points, points=points
    )
    weights = {line.position: line.net.minor for line in fresh}
    return _paid(campaign, rule, points=points, weights=weights, sentence=sentence, earned=earned)


def _bonus(
    wanted: Sequence[ProductLine], campaign: Campaign, rule: ProductBonus, *, earned: Points
) -> RuleEarning:
    fresh = [line for line in wanted if not line.claimed]
    if not fresh:
        return _nothing(campaign, rule, RuleAnswer.ALREADY_PAID, sentences.already_paid(campaign))
    units = sum(line.units for line in fresh)
    points = units * rule.points
    names = tuple(dict.fromkeys(line.product.name for line in fresh))
    sentence = sentences.paid_bonus(campaign, units=units, names=names, each=rule.points, points=points)
    weights = {line.position: line.units for line in fresh}
    return _paid(campaign, rule, points=points, weights=weights, sentence=sentence, earned=earned)


def _paid(
    campaign: Campaign,
    rule: EarningRule,
    *,
    points: int,
    weights: Mapping[int, int],
    sentence: str,
    earned: Points,
) -> RuleEarning:
    """The points, as far as the cap lets them through."""
    cap = campaign.cap_per_member
    room = points if cap is None else max(0, cap - earned)
    paid = min(points, room)
    answer = RuleAnswer.PAID
    if cap is not None and paid < points:
        answer = RuleAnswer.CAPPED
        sentence = sentences.capped(campaign, earned=points, paid=paid, cap=cap)
    shares = _split(paid, weights) if paid else {}
    outcome = RuleOutcome(
        campaign_id=campaign.id,
        campaign_version=campaign.version,
        rule_id=rule.id,
        answer=answer,
        points=Points(paid),
        positions=tuple(sorted(shares)),
        sentence=sentence,
    )
    return RuleEarning(outcome, shares)


def _nothing(campaign: Campaign, rule: EarningRule, answer: RuleAnswer, sentence: str) -> RuleEarning:
    outcome = RuleOutcome(
        campaign_id=campaign.id,
        campaign_version=campaign.version,
        rule_id=rule.id,
        answer=answer,
        points=Points(0),
        positions=(),
        sentence=sentence,
    )
    return RuleEarning(outcome, {})


def _split(points: int, weights: Mapping[int, int]) -> dict[int, int]:
    """Whole points in proportion to the weights, by largest remainder; they add up to `points` exactly."""
    whole = sum(weights.values())
    shares: Counter[int] = Counter(
        {position: points * weight // whole for position, weight in weights.items()}
    )
    by_remainder = sorted(weights, key=lambda position: (-(points * weights[position] % whole), position))
    for position in by_remainder[: points - shares.total()]:
        shares[position] += 1
    return {position: shares[position] for position in sorted(weights)}
