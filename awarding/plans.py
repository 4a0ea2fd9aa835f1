"""What of a campaign's answers is the same for every purchase, worked out once for a campaign.

Of fifty live campaigns most are about none of a receipt's products. Sets tell that without looking at a line,
and the answer then is the same one each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from awarding import sentences
from awarding.earnings import Earned, PurchaseRule, RuleEarning
from receipts.award import RuleAnswer, RuleOutcome
from receipts.campaign import NO_CAPS, ActivityBonus, Campaign, Clock, EarningRule, Multiplier, products_of
from receipts.conditions import ALWAYS, ProductSelector
from receipts.money import Points

_KEPT = 1024
"""Plans that a process keeps, each a few kilobytes: twice the parsed campaigns that it keeps."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign and what is known of it beforehand.

    Attributes:
        plain: nothing but the first and the last day decides whether it counts a purchase.
        selectors: of each rule; empty where products cannot rule it out.
        missing: what each rule says where none of its products is on the receipt.
        unpaid: the same as answers of the receipt.
        by_products: products can rule out each of its rules; then `selectors` have them all.
        all_selectors: of all its rules.
        skus: of its only selector, where that names nothing else; else None.
        multiplies: one of its rules is a multiplier.
        capped: it has a cap or a budget.
        alone: its only rule, where it has one and products can rule that out; else None.
    """

    campaign: Campaign
    plain: bool
    selectors: tuple[tuple[ProductSelector, ...], ...]
    missing: tuple[Earned, ...]
    unpaid: tuple[RuleEarning, ...]
    by_products: bool
    all_selectors: tuple[ProductSelector, ...]
    skus: frozenset[str] | None
    multiplies: bool
    capped: bool
    alone: PurchaseRule | None


_plans: OrderedDict[int, Plan] = OrderedDict()
_lock = Lock()


def plan_of(campaign: Campaign) -> Plan:
    """The campaign's plan; made anew where this very value was not asked about lately.

    By identity: to compare ten thousand products each time would cost more than is saved. The plan holds its
    campaign, so that no other one can have its place in memory while the plan is kept.
    """
    known = _plans.get(id(campaign))
    if known is not None and known.campaign is campaign:
        return known
    plan = _made(campaign)
    with _lock:
        _plans[id(campaign)] = plan
        while len(_plans) > _KEPT:
            _plans.popitem(last=False)
    return plan


def _made(campaign: Campaign) -> Plan:
    selectors = tuple(_ruling(rule) for rule in campaign.rules)
    every = tuple(selector for each in selectors for selector in each)
    sentence = sentences.no_product(campaign)
    missing = tuple(Earned(RuleAnswer.NO_PRODUCT, 0, sentence) for _ in campaign.rules)
    unpaid = tuple(
        RuleEarning(
            RuleOutcome(
                campaign.id, campaign.version, rule.id, RuleAnswer.NO_PRODUCT, Points(0), (), sentence
            ),
            {},
        )
        for rule in campaign.rules
    )
    return Plan(
        campaign=campaign,
        plain=campaign.clock is Clock.STORE
        and campaign.starts_time is None
        and campaign.ends_time is None
        and not campaign.retailers
        and campaign.when is ALWAYS,
        selectors=selectors,
        missing=missing,
        unpaid=unpaid,
        by_products=all(selectors),
        all_selectors=every,
        skus=every[0].sku_set
        if len(every) == 1 and not (every[0].brand_set or every[0].category_set)
        else None,
        multiplies=any(isinstance(rule, Multiplier) for rule in campaign.rules),
        capped=campaign.cap_per_member is not None or campaign.caps != NO_CAPS,
        alone=_alone(campaign) if all(selectors) else None,
    )


def _alone(campaign: Campaign) -> PurchaseRule | None:
    only = campaign.rules[0] if len(campaign.rules) == 1 else None
    return None if isinstance(only, ActivityBonus | Multiplier) else only


def _ruling(rule: EarningRule) -> tuple[ProductSelector, ...]:
    selectors = products_of(rule)
    return selectors if all(selector.names_any for selector in selectors) else ()


def none_of(
    selectors: Iterable[ProductSelector],
    skus: frozenset[str],
    brands: frozenset[str],
    categories: frozenset[str],
) -> bool:
    """Whether none of the selectors names any of these products, brands and categories."""
    for selector in selectors:
        if not selector.sku_set.isdisjoint(skus):
            return False
        if selector.brand_set and not selector.brand_set.isdisjoint(brands):
            return False
        if selector.category_set and not selector.category_set.isdisjoint(categories):
            return False
    return True
