"""What a rule earns by itself: its arithmetic on the lines that it is about, before caps and stacking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple, assert_never

from awarding import sentences
from awarding.conditions import Closed, Scene, closed_rule
from awarding.exchange import minor_in, rates_used, sum_in
from awarding.lines import ProductLine
from receipts.award import RuleAnswer, RuleOutcome
from receipts.campaign import (
    USUAL_ROUNDING,
    ActivityBonus,
    Basket,
    BuyGet,
    Campaign,
    EarningRule,
    Multiplier,
    PointsPerCurrency,
    ProductBonus,
    ReceiptBonus,
    RoundingOf,
    RoundingWay,
    SpendBands,
)
from receipts.catalog import CatalogProduct
from receipts.conditions import USUAL_TERMS, ProductSelector, folded
from receipts.money import Currency, Money

NO_LINES: Mapping[int, int] = MappingProxyType({})


class Earned(NamedTuple):
    """A rule's answer as long as other rules may still change it.

    A tuple, as `RuleEarning`: each receipt makes one of both for each rule, and a frozen dataclass takes
    four times as long to make.

    Attributes:
        weights: how the points are split over lines, by position.
    """

    answer: RuleAnswer
    points: int
    sentence: str
    weights: Mapping[int, int] = NO_LINES


class RuleEarning(NamedTuple):
    """One rule's answer with its points split over the lines.

    Attributes:
        shares: points by position; they add up to the outcome's points, except for an activity, which has no
            lines. A line that only helped to fill a step has a share of 0.
    """

    outcome: RuleOutcome
    shares: Mapping[int, int]


PurchaseRule = PointsPerCurrency | ProductBonus | BuyGet | Basket | ReceiptBonus | SpendBands


def selects(selector: ProductSelector, product: CatalogProduct) -> bool:
    """Whether a rule is about the product; letter case of brands and categories does not matter."""
    if product.sku in selector.sku_set:
        return True
    if selector.brand_set and product.brand and folded(product.brand) in selector.brand_set:
        return True
    if selector.category_set and product.category and folded(product.category) in selector.category_set:
        return True
    return not selector.names_any


def nothing(closed: Closed) -> Earned:
    """No points, for this reason."""
    return Earned(closed[0], 0, closed[1])


def other_event(scene: Scene, campaign: Campaign, rule: EarningRule) -> Earned | None:
    """What a rule says to an activity that it is not about; None where it is, and for purchases."""
    event = scene.occasion.event
    if not event or (isinstance(rule, ActivityBonus) and rule.event == event):
        return None
    return nothing((RuleAnswer.OTHER_EVENT, sentences.other_event(campaign, event)))


def rule_earning(scene: Scene, campaign: Campaign, rule: EarningRule) -> Earned:
    """The first reason not to pay, else the arithmetic.

    Raises:
        AssertionError: a multiplier, which has no arithmetic of its own.
    """
    if isinstance(rule, ActivityBonus):
        return _activity(scene, campaign, rule)
    if isinstance(rule, Multiplier):
        raise AssertionError("a multiplier is worked out from what other rules earned")
    if scene.occasion.event:
        return nothing((RuleAnswer.OTHER_EVENT, sentences.other_event(campaign, scene.occasion.event)))
    return purchase_earning(scene, campaign, rule)


def purchase_earning(scene: Scene, campaign: Campaign, rule: PurchaseRule) -> Earned:
    """The same of a rule that is known to be about purchases, at one."""
    earned = _purchase(scene, campaign, rule)
    return earned if rule.terms.most_per_receipt is None else _limited(scene, campaign, rule, earned)


def _limited(scene: Scene, campaign: Campaign, rule: PurchaseRule | Multiplier, earned: Earned) -> Earned:
    """What the rule's most for a receipt lets through, what it paid for the purchase before taken off."""
    if rule.terms.most_per_receipt is None or not earned.points:
        return earned
    most = max(0, rule.terms.most_per_receipt - scene.usage.on_purchase.get((campaign.id, rule.id), 0))
    if earned.points <= most:
        return earned
    sentence = sentences.most_per_receipt(campaign, earned=earned.points, paid=most)
    return Earned(RuleAnswer.CAPPED, most, sentence, earned.weights)


def _activity(scene: Scene, campaign: Campaign, rule: ActivityBonus) -> Earned:
    event = scene.occasion.event
    if event != rule.event:
        return nothing((RuleAnswer.OTHER_EVENT, sentences.other_event(campaign, event)))
    if closed := closed_rule(scene, campaign, rule.id, rule.terms, ()):
        return nothing(closed)
    return Earned(RuleAnswer.PAID, rule.points, sentences.paid_event(campaign, points=rule.points))


def _purchase(scene: Scene, campaign: Campaign, rule: PurchaseRule) -> Earned:
    wanted = _wanted(scene, campaign, rule)
    if not wanted:
        return nothing((RuleAnswer.NO_PRODUCT, sentences.no_product(campaign)))
    if rule.terms is not USUAL_TERMS and (
        closed := closed_rule(scene, campaign, rule.id, rule.terms, wanted)
    ):
        return nothing(closed)
    match rule:
        case PointsPerCurrency():
            return _per_currency(scene, wanted, campaign, rule)
        case ProductBonus():
            return _bonus(scene, wanted, campaign, rule)
        case BuyGet():
            return _buy_get(scene, wanted, campaign, rule)
        case Basket():
            return _basket(scene, wanted, campaign, rule)
        case ReceiptBonus():
            return _once(scene, wanted, campaign, rule)
        case SpendBands():
            return _bands(scene, wanted, campaign, rule)
        case _:
            assert_never(rule)


def _wanted(scene: Scene, campaign: Campaign, rule: PurchaseRule) -> Sequence[ProductLine]:
    found = _of_any_part(scene, rule) if isinstance(rule, Basket) else _selected(scene, rule.products)
    if not found or (campaign.exclude is None and rule.terms.exclude is None):
        return found
    for exclude in (campaign.exclude, rule.terms.exclude):
        if exclude is not None:
            found = [line for line in found if not (exclude.names_any and selects(exclude, line.product))]
    return found


def _of_any_part(scene: Scene, rule: Basket) -> Sequence[ProductLine]:
    for part in rule.parts:
        if part.products.sku_set and scene.skus <= part.products.sku_set:
            return scene.lines
    return [line for line in scene.lines if _part_of(rule, line) is not None]


def _part_of(rule: Basket, line: ProductLine) -> int | None:
    """The first part of the basket that the line is of."""
    product = line.product
    for at, part in enumerate(rule.parts):
        if product.sku in part.products.sku_set or selects(part.products, product):
            return at
    return None


def _selected(scene: Scene, products: ProductSelector) -> Sequence[ProductLine]:
    """As `selects`, without asking what the selector does not name."""
    skus, lines = products.sku_set, scene.lines
    if skus and scene.skus <= skus:
        return lines
    if products.brand_set or products.category_set:
        return [line for line in lines if selects(products, line.product)]
    return [line for line in lines if line.product.sku in skus] if skus else lines


def _already_paid(campaign: Campaign) -> Earned:
    return nothing((RuleAnswer.ALREADY_PAID, sentences.already_paid(campaign)))


def _steps(minor: int, per: int, way: RoundingWay) -> int:
    match way:
        case RoundingWay.DOWN:
            return minor // per
        case RoundingWay.HALF_UP:
            return (2 * minor + per) // (2 * per)
        case RoundingWay.UP:
            return -(-minor // per)


def _per_currency(
    scene: Scene, wanted: Sequence[ProductLine], campaign: Campaign, rule: PointsPerCurrency
) -> Earned:
    code, per, way = rule.per.currency, rule.per.minor, rule.rounding.way
    sums = scene.sums_of(wanted)
    exchanged = sums.currency != code
    weights, before = (
        _exchanged(scene, wanted, campaign, code) if exchanged else (sums.net, sums.minor_before)
    )
    if weights is None:
        sentence = sentences.other_currency(campaign, wanted=code, printed=scene.occasion.currency)
        return nothing((RuleAnswer.OTHER_CURRENCY, sentence))
    if not weights:
        return _already_paid(campaign)
    fresh = sum(weights.values()) if exchanged else sums.minor
    if rule.rounding.of is RoundingOf.LINE:
        spent = fresh
        steps = sum([_steps(minor, per, way) for minor in weights.values()])
    else:
        # What the lines paid before left of a step is filled by those found since.
        spent = fresh + before % per
        steps = _steps(before + fresh, per, way) - _steps(before, per, way)
    points = steps * rule.points
    total = Money(spent, code)
    if points == 0:
        return nothing((RuleAnswer.TOO_LITTLE, sentences.too_little(campaign, spent=total, per=rule.per)))
    if rule.rounding is USUAL_ROUNDING or rule.rounding == USUAL_ROUNDING:
        sentence = sentences.paid_per_currency(
            campaign, spent=total, per=rule.per, each=rule.points, points=points
        )
    else:
        sentence = sentences.paid_per_step(
            campaign, spent=total, per=rule.per, rounding=rule.rounding, each=rule.points, points=points
        )
    if exchanged:
        sentence += sentences.at_rates(rates_used(wanted, campaign, code))
    return Earned(RuleAnswer.PAID, points, sentence, weights)


def _exchanged(
    scene: Scene, wanted: Sequence[ProductLine], campaign: Campaign, code: Currency
) -> tuple[dict[int, int] | None, int]:
    """The lines that may earn in minor units of `code`, and the sum of those paid before.

    None in place of the lines where the campaign's rates convert none of all of them.
    """
    payable = [(line, minor) for line in wanted if (minor := minor_in(line.net, campaign, code)) is not None]
    if not payable:
        return None, 0
    before = sum(minor for line, minor in payable if line.claimed and line.position in scene.occasion.paid)
    return {line.position: minor for line, minor in payable if not line.claimed}, before


def _bonus(scene: Scene, wanted: Sequence[ProductLine], campaign: Campaign, rule: ProductBonus) -> Earned:
    sums = scene.sums_of(wanted)
    if not sums.units:
        return _already_paid(campaign)
    units = sums.pieces
    points = units * rule.points
    sentence = sentences.paid_bonus(campaign, units=units, names=sums.names, each=rule.points, points=points)
    return Earned(RuleAnswer.PAID, points, sentence, sums.units)


def _buy_get(scene: Scene, wanted: Sequence[ProductLine], campaign: Campaign, rule: BuyGet) -> Earned:
    sums = scene.sums_of(wanted)
    weights = sums.units
    if not weights:
        return _already_paid(campaign)
    # Pieces paid before fill a set with those found since, as money fills a step.
    units = sums.units_before % rule.buy + sums.pieces
    points = units // rule.buy * rule.points
    if points == 0:
        return nothing((RuleAnswer.TOO_FEW, sentences.too_few(campaign, units=units, buy=rule.buy)))
    sentence = sentences.paid_buy_get(campaign, units=units, buy=rule.buy, each=rule.points, points=points)
    return Earned(RuleAnswer.PAID, points, sentence, weights)


def _basket(scene: Scene, wanted: Sequence[ProductLine], campaign: Campaign, rule: Basket) -> Earned:
    weights = scene.sums_of(wanted).units
    if not weights:
        return _already_paid(campaign)
    units = [0] * len(rule.parts)
    for line in wanted:
        part = None if line.claimed else _part_of(rule, line)
        if part is not None:
            units[part] += line.units
    full = [have // part.pieces for have, part in zip(units, rule.parts, strict=True)]
    sets = min(full)
    if sets == 0:
        found = sum([each > 0 for each in full])
        sentence = sentences.basket_incomplete(campaign, parts=len(rule.parts), found=found)
        return nothing((RuleAnswer.TOO_FEW, sentence))
    points = sets * rule.points
    sentence = sentences.paid_basket(campaign, sets=sets, each=rule.points, points=points)
    return Earned(RuleAnswer.PAID, points, sentence, weights)


def _paid_for_once(
    scene: Scene, wanted: Sequence[ProductLine], campaign: Campaign, rule: ReceiptBonus | SpendBands
) -> bool:
    """A bonus for the purchase as a whole is not paid again for a line that a better photo adds."""
    return (campaign.id, rule.id) in scene.usage.on_purchase or not scene.sums_of(wanted).net


def _once(scene: Scene, wanted: Sequence[ProductLine], campaign: Campaign, rule: ReceiptBonus) -> Earned:
    if _paid_for_once(scene, wanted, campaign, rule):
        return _already_paid(campaign)
    weights = scene.sums_of(wanted).net
    return Earned(RuleAnswer.PAID, rule.points, sentences.paid_once(campaign, points=rule.points), weights)


def _bands(scene: Scene, wanted: Sequence[ProductLine], campaign: Campaign, rule: SpendBands) -> Earned:
    code = rule.bands[0].start.currency
    spent = sum_in(wanted, campaign, code)
    if spent is None:
        sentence = sentences.other_currency(campaign, wanted=code, printed=scene.occasion.currency)
        return nothing((RuleAnswer.OTHER_CURRENCY, sentence))
    if _paid_for_once(scene, wanted, campaign, rule):
        return _already_paid(campaign)
    reached = [band for band in rule.bands if band.start.minor <= spent.minor]
    if not reached:
        least = min((band.start for band in rule.bands), key=lambda money: money.minor)
        return nothing((RuleAnswer.TOO_LITTLE, sentences.below_minimum(campaign, spent=spent, least=least)))
    best = max(reached, key=lambda band: band.start.minor)
    sentence = sentences.paid_band(campaign, spent=spent, start=best.start, points=best.points)
    return Earned(RuleAnswer.PAID, best.points, sentence, scene.sums_of(wanted).net)


def multiplier_closed(scene: Scene, campaign: Campaign, rule: Multiplier) -> Earned | None:
    """Why a multiplier does not count, whatever there is to multiply; None where it does."""
    if scene.occasion.event:
        return other_event(scene, campaign, rule)
    closed = closed_rule(scene, campaign, rule.id, rule.terms, scene.lines)
    return None if closed is None else nothing(closed)


def multiplied(
    scene: Scene, campaign: Campaign, rule: Multiplier, *, base: int, weights: Mapping[int, int]
) -> Earned:
    """What a multiplier adds to `base` points that other rules pay."""
    points = _rounded(base * (rule.times - 1), rule.way)
    if points == 0:
        return nothing((RuleAnswer.NOTHING_TO_MULTIPLY, sentences.nothing_to_multiply(campaign)))
    sentence = sentences.paid_multiplied(campaign, times=rule.times, base=base, points=points)
    return _limited(scene, campaign, rule, Earned(RuleAnswer.PAID, points, sentence, weights))


def _rounded(value: Decimal, way: RoundingWay) -> int:
    numerator, denominator = value.as_integer_ratio()
    return _steps(numerator, denominator, way)
