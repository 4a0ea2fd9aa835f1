"""What the rules may know of a member at a purchase, gathered at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from awarding.decide import UNKNOWN_ZONES, Zones
from awarding.fraud.store_zone import store_zone
from awarding.lines import product_lines
from awarding.standing import NEW_MEMBER, UNUSED, MemberStanding, Usage
from pipeline.steps.artefacts import Matching
from pipeline.wiring import Wiring
from receipts.award import Decision, RuleAnswer
from receipts.campaign import Campaign, EarningRule
from receipts.catalog import CatalogProduct
from receipts.conditions import folded
from receipts.database.repositories.earning import Earning
from receipts.identity import CampaignId, MemberId, Sku
from receipts.money import Money, Points
from receipts.program import Program
from receipts.receipt import Receipt

_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules may know beside the receipt.

    Attributes:
        reserved: kept of each campaign for the member's own held receipts that came earlier.
        spent: on the program's products on this receipt.
        number: the receipt's place in the order of submission.
    """

    member: MemberStanding = NEW_MEMBER
    usage: Usage = UNUSED
    zones: Zones = UNKNOWN_ZONES
    reserved: tuple[tuple[CampaignId, Points], ...] = ()
    spent: Money | None = None
    day: date | None = None
    number: int = 0


NOTHING_KNOWN = Known()


def known_at(
    earning: Earning,
    *,
    program: Program,
    member_id: MemberId,
    campaigns: Sequence[Campaign],
    purchase_key: str,
    number: int,
    receipt: Receipt,
    matching: Matching,
    products: dict[Sku, CatalogProduct],
    day: date,
    zones: Zones,
) -> Known:
    """Look up what the campaigns at hand ask for, and nothing else."""
    lines = product_lines(receipt, matching.matches, products, frozenset())
    spent = sum(line.net.minor for line in lines if line.net.currency == receipt.currency)
    reserved = earning.reserved(before=number, member_id=member_id)
    return Known(
        member=member_standing(earning, program, member_id, day, but=purchase_key),
        usage=usage(earning, member_id, campaigns, day=day, purchase_key=purchase_key, number=number),
        zones=zones,
        reserved=tuple(sorted(reserved.items())),
        spent=Money(spent, receipt.currency),
        day=day,
        number=number,
    )


def zones_of(wiring: Wiring, program: Program, receipt: Receipt, received_at: datetime) -> Zones:
    """The store's zone by the program's own list of stores where that tells it, else by the receipt."""
    stores = wiring.stores.get(program.id)
    listed = "" if stores is None else stores.look_up(receipt.retailer).time_zone
    return Zones(store_zone(receipt, _around(receipt, received_at), listed=listed), program.time_zone)


def _around(receipt: Receipt, received_at: datetime) -> datetime:
    """A moment of the purchase's day, to know which hour its zone had then."""
    if receipt.date is None:
        return received_at
    return datetime.combine(receipt.date, time(12), received_at.tzinfo)


def member_standing(
    earning: Earning, program: Program, member_id: MemberId, day: date, *, but: str = ""
) -> MemberStanding:
    """The member as of that day; purchases are all that were accepted, whatever their day."""
    facts = earning.facts(member_id)
    bought = earning.purchases(member_id, but=but)
    return MemberStanding(
        joined_on=earning.joined_at(member_id).astimezone(ZoneInfo(program.time_zone)).date(),
        birthday=None if facts.birthday is None else date(_LEAP_YEAR, *facts.birthday),
        tier=earning.tier(member_id, day),
        segments=frozenset(map(folded, facts.segments)),
        badges=frozenset(map(folded, earning.badges(member_id, day))),
        purchases=bought.count,
        days=bought.days,
        spent=bought.spent,
    )


def usage(
    earning: Earning,
    member_id: MemberId,
    campaigns: Sequence[Campaign],
    *,
    day: date,
    purchase_key: str,
    number: int,
) -> Usage:
    """What caps and limits count; what is kept for earlier held receipts counts as used."""
    by_day = any(campaign.caps.per_day is not None for campaign in campaigns)
    limited = {campaign.id for campaign in campaigns if any(rule.terms.limit for rule in campaign.rules)}
    budgets = {
        campaign.id: campaign.caps.budget for campaign in campaigns if campaign.caps.budget is not None
    }
    used = earning.budgets_used() if budgets else {}
    kept = earning.reserved(before=number) if budgets else {}
    left = {
        name: Points(max(0, budget - used.get(name, 0) - kept.get(name, 0)))
        for name, budget in budgets.items()
    }
    return Usage(
        on_day=earning.earned_on(member_id, day) if by_day else {},
        rule_days=earning.rule_days(member_id, limited, but=purchase_key) if limited else {},
        on_purchase=earning.paid_for(purchase_key),
        budget_left=left,
    )


def asks_history(rule: EarningRule) -> bool:
    """Whether an earlier receipt that is accepted meanwhile may change the rule's answer."""
    when = rule.terms.when
    return rule.terms.limit is not None or any((when.purchase, when.streak, when.milestone))


_HISTORY_ANSWERS = frozenset({RuleAnswer.PAID, RuleAnswer.CAPPED, RuleAnswer.OTHER_PURCHASE})


def must_wait(
    earning: Earning, known: Known, campaigns: Sequence[Campaign], decision: Decision, member_id: MemberId
) -> bool:
    """Whether earlier receipts that are still on their way could take what this one would.

    Receipts wait only where a cap, a budget or the member's history binds them together, so that most never
    do. What one receipt can take at most is known where the campaign caps it: then a campaign with room for
    all of them lets nobody wait.
    """
    by_id = {campaign.id: campaign for campaign in campaigns}
    paid: dict[CampaignId, int] = {}
    history = False
    for outcome in decision.outcomes:
        paid[outcome.campaign_id] = paid.get(outcome.campaign_id, 0) + outcome.points
        campaign = by_id[outcome.campaign_id]
        rule = next((each for each in campaign.rules if each.id == outcome.rule_id), None)
        history = history or (rule is not None and asks_history(rule) and outcome.answer in _HISTORY_ANSWERS)
    own = {name for name, points in paid.items() if points and _caps_member(by_id[name])}
    if history or own:
        earlier = earning.unfinished_before(known.number, member_id=member_id)
        if earlier:
            return True
    shared = {name: points for name, points in paid.items() if points and name in known.usage.budget_left}
    if not shared:
        return False
    earlier = earning.unfinished_before(known.number)
    return any(
        not _room_for_all(by_id[name], known.usage.budget_left[name] - points, earlier)
        for name, points in shared.items()
    )


def _caps_member(campaign: Campaign) -> bool:
    return campaign.cap_per_member is not None or campaign.caps.per_day is not None


def _room_for_all(campaign: Campaign, left: int, earlier: int) -> bool:
    most = campaign.caps.per_receipt
    return earlier == 0 or (most is not None and left >= earlier * most)
