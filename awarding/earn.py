"""Every rule's answer for one receipt: what it pays, on which lines and by which arithmetic, or why not.

Four passes: what each rule earns by itself, which of a campaign's rules pay, what the campaign's caps let
through, and which of a group of campaigns pays. Multipliers come after the caps, so that nothing is
multiplied that was not paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from awarding import sentences
from awarding.caps import NO_BOUND, Room, room_of, through
from awarding.conditions import Occasion, Scene, closed_campaign
from awarding.earnings import (
    NO_LINES,
    Earned,
    RuleEarning,
    multiplied,
    multiplier_closed,
    nothing,
    other_event,
    purchase_earning,
    rule_earning,
    selects,
)
from awarding.lines import ProductLine
from awarding.plans import Plan, none_of, plan_of
from awarding.standing import NEW_MEMBER, UNUSED, MemberStanding, Usage
from receipts.award import RuleAnswer, rule_outcome
from receipts.campaign import Campaign, Multiplier, RuleRef, Stacking
from receipts.conditions import ProductSelector, folded
from receipts.identity import CampaignId
from receipts.money import Points

__all__ = ["Occasion", "RuleEarning", "earn", "newest_versions", "selects"]


@dataclass(slots=True)
class _Sheet:
    """A campaign's answers while they are worked out, in the order of its rules."""

    plan: Plan
    room: Room
    answers: Sequence[Earned]
    open: bool
    multiplies: bool

    @property
    def campaign(self) -> Campaign:
        return self.plan.campaign

    @property
    def total(self) -> int:
        return sum(answer.points for answer in self.answers)


def earn(
    occasion: Occasion,
    lines: Sequence[ProductLine],
    campaigns: Sequence[Campaign],
    earned_before: Mapping[CampaignId, Points],
    *,
    standing: MemberStanding = NEW_MEMBER,
    usage: Usage = UNUSED,
) -> tuple[RuleEarning, ...]:
    """One answer for each rule of each campaign, in their order.

    Campaigns add up unless they name one group; of one campaign in several versions only the newest counts.
    Caps fill in the order of the campaign's rules.
    """
    products = [line.product for line in lines]
    scene = Scene(
        occasion,
        lines,
        standing,
        usage,
        skus=frozenset([product.sku for product in products]),
        brands=frozenset([folded(product.brand) for product in products if product.brand]),
        categories=frozenset([folded(product.category) for product in products if product.category]),
    )
    earnings: list[RuleEarning] = []
    split: _Split = {}
    sheets = _sheets(scene, campaigns, earned_before)
    for sheet in sheets:
        plan = sheet.plan
        if sheet.answers is plan.missing:
            earnings.extend(plan.unpaid)
            continue
        for at, answer in enumerate(sheet.answers):
            missed = answer is plan.missing[at]
            earnings.append(plan.unpaid[at] if missed else _answered(plan.campaign, at, answer, split))
    return tuple(earnings)


def newest_versions(campaigns: Sequence[Campaign]) -> tuple[Campaign, ...]:
    """Of each campaign the newest version, in the order in which they were first named."""
    if len({campaign.id for campaign in campaigns}) == len(campaigns):
        return tuple(campaigns)
    newest: dict[CampaignId, Campaign] = {}
    for campaign in campaigns:
        known = newest.get(campaign.id)
        if known is None or campaign.version > known.version:
            newest[campaign.id] = campaign
    return tuple(newest.values())


_TO_MULTIPLY = Earned(RuleAnswer.NOTHING_TO_MULTIPLY, 0, "")


def _sheets(
    scene: Scene, campaigns: Sequence[Campaign], earned_before: Mapping[CampaignId, Points]
) -> list[_Sheet]:
    sheets = [_sheet(scene, plan_of(campaign), earned_before) for campaign in newest_versions(campaigns)]
    _multiply(scene, sheets)
    if _outdo(scene, sheets):
        _multiply(scene, sheets)
    return sheets


def _sheet(scene: Scene, plan: Plan, earned_before: Mapping[CampaignId, Points]) -> _Sheet:
    campaign, occasion = plan.campaign, scene.occasion
    day = occasion.day
    plainly_open = (
        plan.plain
        and not occasion.is_refund
        and day is not None
        and campaign.starts_on <= day <= campaign.ends_on
    )
    closed = None if plainly_open else closed_campaign(scene, campaign)
    if closed is not None:
        answers = [other_event(scene, campaign, rule) or nothing(closed) for rule in campaign.rules]
        return _Sheet(plan, NO_BOUND, answers, open=False, multiplies=False)
    by_products = not occasion.event
    if (by_products and plan.by_products) and (
        _misses(scene, plan.all_selectors) if plan.skus is None else plan.skus.isdisjoint(scene.skus)
    ):
        return _Sheet(plan, NO_BOUND, plan.missing, open=True, multiplies=False)
    if plan.alone is not None and by_products and not plan.capped:
        only = purchase_earning(scene, campaign, plan.alone)
        return _Sheet(plan, NO_BOUND, (only,), open=True, multiplies=False)
    answers = []
    pays = False
    # Where products can rule out all of a single rule, they were asked just now.
    ask_each = by_products and plan.alone is None
    for at, rule in enumerate(campaign.rules):
        if type(rule) is Multiplier:
            answer = _TO_MULTIPLY
        elif ask_each and plan.selectors[at] and _misses(scene, plan.selectors[at]):
            answer = plan.missing[at]
        else:
            answer = rule_earning(scene, campaign, rule)
            pays = pays or answer.points > 0
        answers.append(answer)
    if not (plan.multiplies or pays):
        return _Sheet(plan, NO_BOUND, answers, open=True, multiplies=False)
    room = room_of(campaign, earned_before, scene.usage) if plan.capped else NO_BOUND
    if campaign.stacking is not Stacking.SUM:
        answers = _only_one(scene, campaign, answers)
    left = room.points
    if left is not None:
        for at, answer in enumerate(answers):
            if answer.points:
                answers[at] = through(campaign, answer, left, room.bound)
                left -= answers[at].points
    return _Sheet(plan, room, answers, open=True, multiplies=plan.multiplies)


def _misses(scene: Scene, selectors: tuple[ProductSelector, ...]) -> bool:
    """Whether sets alone tell that none of these products is on the receipt."""
    return none_of(selectors, scene.skus, scene.brands, scene.categories)


def _only_one(scene: Scene, campaign: Campaign, answers: list[Earned]) -> list[Earned]:
    """Of the rules that would pay only the best one, or the first one, does; that which paid before stays."""
    paying = [at for at, answer in enumerate(answers) if answer.points]
    before = scene.usage.on_purchase
    paid = (
        [at for at, rule in enumerate(campaign.rules) if (campaign.id, rule.id) in before] if before else []
    )
    if len(paying) + len(paid) <= 1:
        return answers
    if paid:
        kept = paid[0]
    elif campaign.stacking is Stacking.FIRST:
        kept = paying[0]
    else:
        kept = max(paying, key=lambda at: answers[at].points)
    outdone = nothing((RuleAnswer.OUTDONE, sentences.outdone_here(campaign)))
    return [outdone if at in paying and at != kept else answer for at, answer in enumerate(answers)]


def _multiply(scene: Scene, sheets: Sequence[_Sheet]) -> None:
    """Fill in the answers of all multipliers from what the other rules pay."""
    multiplying = [sheet for sheet in sheets if sheet.multiplies and sheet.open]
    if not multiplying:
        return
    by_id: dict[CampaignId, _Sheet] = {}
    for sheet in multiplying:
        answers = list(sheet.answers)
        for at, rule in enumerate(sheet.plan.campaign.rules):
            if not isinstance(rule, Multiplier):
                continue
            answer = multiplier_closed(scene, sheet.campaign, rule)
            if answer is None:
                by_id = by_id or {sheet.campaign.id: sheet for sheet in sheets}
                base, weights = _base(sheet.campaign, rule, by_id)
                answer = multiplied(scene, sheet.campaign, rule, base=base, weights=weights)
            if answer.points:
                answer = through(sheet.campaign, answer, _left_for(sheet, answers, at), sheet.room.bound)
            answers[at] = answer
        sheet.answers = answers


def _left_for(sheet: _Sheet, answers: Sequence[Earned], at: int) -> int | None:
    """Room that the other rules and the multipliers before this one leave it."""
    if sheet.room.points is None:
        return None
    rules = sheet.campaign.rules
    before = [each for i, each in enumerate(answers) if i < at or not isinstance(rules[i], Multiplier)]
    return sheet.room.points - sum(answer.points for answer in before)


def _base(
    own: Campaign, rule: Multiplier, sheets: Mapping[CampaignId, _Sheet]
) -> tuple[int, Mapping[int, int]]:
    """The points that a multiplier is about, and how they lie on the lines; none counts twice."""
    asked: dict[CampaignId, set[str]] = {}
    for ref in rule.of or (RuleRef(),):
        asked.setdefault(CampaignId(ref.campaign or own.id), set()).add(ref.rule)
    points = 0
    weights: dict[int, int] = {}
    for campaign_id, names in asked.items():
        sheet = sheets.get(campaign_id)
        if sheet is None:
            continue
        for each, answer in zip(sheet.campaign.rules, sheet.answers, strict=True):
            if answer.points and not isinstance(each, Multiplier) and ("" in names or each.id in names):
                points += answer.points
                for position, weight in answer.weights.items():
                    weights[position] = weights.get(position, 0) + weight
    return points, weights


def _outdo(scene: Scene, sheets: Sequence[_Sheet]) -> bool:
    """Take the points of campaigns that another one of their group outdoes; whether there were any.

    One that paid this very purchase before stays the one: the others gave way to it then.
    """
    groups: dict[str, list[_Sheet]] = {}
    paid: dict[str, _Sheet] = {}
    for sheet in sheets:
        group = sheet.plan.campaign.group
        if group is None:
            continue
        if scene.usage.on_purchase and scene.usage.of_campaign(sheet.campaign.id):
            paid.setdefault(group.name, sheet)
        if sheet.open and sheet.total:
            groups.setdefault(group.name, []).append(sheet)
    if not groups:
        return False
    changed = False
    for name, members in groups.items():
        ordered = sorted(members, key=_precedence)
        first = ordered[0].campaign.group
        if first is None or first.how is Stacking.SUM:
            continue
        kept = ordered[0] if first.how is Stacking.FIRST else max(ordered, key=lambda sheet: sheet.total)
        kept = paid.get(name, kept)
        for sheet in ordered:
            if sheet is not kept:
                _give_way(sheet, kept.campaign)
                changed = True
    return changed


def _precedence(sheet: _Sheet) -> tuple[int, str]:
    priority = 0 if sheet.campaign.group is None else sheet.campaign.group.priority
    return -priority, sheet.campaign.id


def _give_way(sheet: _Sheet, kept: Campaign) -> None:
    outdone = nothing((RuleAnswer.OUTDONE, sentences.outdone(sheet.campaign, kept.name)))
    sheet.answers = [outdone if answer.points else answer for answer in sheet.answers]
    sheet.open = False


_Split = dict[tuple[int, int], tuple[Mapping[int, int], tuple[int, ...]]]


def _answered(campaign: Campaign, at: int, answer: Earned, split: _Split) -> RuleEarning:
    """The answer; `split` has what was split by points and identity of weights, all of which live as long."""
    points = answer.points
    if points and answer.weights:
        key = points, id(answer.weights)
        known = split.get(key)
        if known is None:
            made = in_shares(points, answer.weights)
            known = split[key] = made, tuple(made)
        shares, positions = known
    else:
        shares, positions = NO_LINES, ()
    rule_id = campaign.rules[at].id
    outcome = rule_outcome(
        campaign.id, campaign.version, rule_id, answer.answer, Points(points), positions, answer.sentence
    )
    return RuleEarning(outcome, shares)


def in_shares(points: int, weights: Mapping[int, int]) -> dict[int, int]:
    """Whole points in proportion to the weights, by largest remainder; they add up to `points` exactly."""
    if len(weights) == 1:
        return dict.fromkeys(weights, points)
    whole = sum(weights.values())
    shares = {position: points * weights[position] // whole for position in sorted(weights)}
    rest = points - sum(shares.values())
    if rest:
        by_remainder = sorted(weights, key=lambda position: (-(points * weights[position] % whole), position))
        for position in by_remainder[:rest]:
            shares[position] += 1
    return shares
