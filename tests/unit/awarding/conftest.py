"""Samples: a small program of a made-up oats maker, and receipts of its buyers."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import settings

from awarding.decide import decide
from awarding.fraud.evidence import EarlierReceipt, Evidence
from awarding.fraud.member_facts import Counts, MemberFacts, Sighting
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.screen import screen
from awarding.fraud.world_facts import Listing, ListPrice, RetailerProfile, TraitCount, WorldFacts
from awarding.purchase import PurchaseFacts, purchase_facts
from receipts.award import Campaign, Decision, PointsPerCurrency, ProductBonus, ProductSelector
from receipts.catalog import CatalogProduct
from receipts.fraud import Risk, Screening
from receipts.identity import CampaignId, Gtin, MemberId, ReceiptId, Sku
from receipts.match import Match, MatchCandidate, MatchReason, MatchVerdict
from receipts.money import Currency, Money, Points
from receipts.receipt import LineItem, Receipt, Retailer
from receipts.state import ReceiptState
from receipts.traces import TraceKind

# A busy machine must not fail a property for being slow once; more examples before a change of the rules.
EXAMPLES = int(os.environ.get("TILLPOINTS_TEST_EXAMPLES", "100"))
settings.register_profile("awarding", settings.default, deadline=None, max_examples=EXAMPLES)
settings.load_profile("awarding")

USD = Currency("USD")
DAY = date(2026, 3, 5)
SENT = datetime(2026, 3, 6, 9, 30, tzinfo=UTC)

OATS = CatalogProduct(
    Sku("OAT-1"), "Morning Oats 500 g", Gtin("00012345678905"), "Morning", "500 g", "cereal"
)
BARS = CatalogProduct(Sku("BAR-6"), "Honey Bars 6 x 30 g", None, "Morning", "6 x 30 g", "snack")
MILK = CatalogProduct(Sku("MLK-1"), "Oat Drink 1 l", None, "Creamfield", "1 l", "drink")
PRODUCTS = {product.sku: product for product in (OATS, BARS, MILK)}


def usd(amount: str) -> Money:
    return Money.of(amount, USD)


def item(position: int, description: str, amount: str, **change: object) -> LineItem:
    line = LineItem(position, description, Decimal(1), None, usd(amount), None, None, 0.95)
    return replace(line, **change)


def receipt(*items: LineItem, **change: object) -> Receipt:
    """A balanced receipt over the items; without items, oats, bars and somebody else's bread."""
    lines = items or (
        item(0, "MORN OATS 500G", "3.99"),
        item(1, "BREAD", "2.50"),
        item(2, "HNY BARS", "4.60"),
    )
    total = Money(sum(line.net.minor for line in lines), lines[0].amount.currency)
    read = Receipt(
        retailer=Retailer(name="Corner Market Inc.", store="Store 12"),
        date=DAY,
        time=time(14, 5),
        currency=total.currency,
        receipt_number="TC 4471-0093",
        subtotal=None,
        tax=None,
        total=total,
        items=lines,
        is_refund=False,
        balanced=True,
        confidence=(),
        items_sold=len(lines),
    )
    return replace(read, **change)


def match(
    position: int, product: CatalogProduct | None, verdict: MatchVerdict = MatchVerdict.ACCEPT
) -> Match:
    if product is None:
        return Match(position, MatchVerdict.NONE, None, None, 0.0, MatchReason.NO_CANDIDATE, ())
    reason = MatchReason.AMBIGUOUS if verdict is MatchVerdict.ASK else MatchReason.TEXT
    candidates = (MatchCandidate(product.sku, 0.9),)
    return Match(position, verdict, product.sku, product.gtin, 0.9, reason, candidates)


def usual_matches() -> tuple[Match, ...]:
    return (match(0, OATS), match(1, None), match(2, BARS))


def per_dollar(
    points: int = 10, per: Money | None = None, rule_id: str = "per-dollar", **chosen: object
) -> PointsPerCurrency:
    return PointsPerCurrency(rule_id, Points(points), per or usd("1.00"), ProductSelector(**chosen))


def bonus(points: int = 50, rule_id: str = "oats-bonus", **chosen: object) -> ProductBonus:
    return ProductBonus(rule_id, Points(points), ProductSelector(**(chosen or {"skus": (OATS.sku,)})))


def campaign(*rules: object, **change: object) -> Campaign:
    spring = Campaign(
        id=CampaignId("spring"),
        version=1,
        name="Spring",
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 3, 31),
        retailers=(),
        cap_per_member=None,
        rules=rules or (per_dollar(),),
    )
    return replace(spring, **change)


CLEAR = Screening(Risk.CLEAR, (), 1)


def decided(
    read: Receipt | None = None, matches: tuple[Match, ...] | None = None, **given: object
) -> Decision:
    """`decide` with everything in order unless the test gives something else."""
    arguments: dict[str, object] = {
        "receipt": read or receipt(),
        "matches": usual_matches() if matches is None else matches,
        "products": PRODUCTS,
        "screening": CLEAR,
        "campaigns": (campaign(),),
        "earned_before": {},
        "claimed": frozenset(),
        "approved": False,
    }
    return decide(**{**arguments, **given})


def earlier(facts: PurchaseFacts | None = None, **change: object) -> EarlierReceipt:
    """Another member's paid receipt of the usual purchase, sent a day before."""
    paid = EarlierReceipt(
        receipt_id=ReceiptId("rcp_earlier"),
        own=False,
        facts=purchase_facts(receipt()) if facts is None else facts,
        state=ReceiptState.AWARDED,
        submitted_at=SENT - timedelta(days=1),
    )
    return replace(paid, **change)


MEMBER = MemberFacts(
    joined_at=SENT - timedelta(days=90),
    sent=Counts(1, 1, 1, 1),
    sightings=(Sighting(TraceKind.DEVICE, Counts(1, 1, 1, 1), members=1),),
    refused=(False,) * 4,
    same_receipt=(MemberId("mem_ann"),),
)
"""A member of three months, with a telephone of her own, none of whose receipts was declined."""
USUAL_TRAITS = ("currency:USD", "date:99/99/9999", "decimal:.", "head:corner", "head:market", "total:total")
WORLD = WorldFacts(
    store_zone="America/New_York",
    began_on=date(2026, 1, 1),
    listing=Listing(retailer_listed=True, agrees=("store number 12",)),
    prices=(ListPrice(OATS.sku, Money(399, USD)), ListPrice(BARS.sku, Money(450, USD))),
    traits=USUAL_TRAITS,
    profile=RetailerProfile(20, 8, tuple(TraitCount(trait, 20) for trait in USUAL_TRAITS)),
)
"""A listed shop whose receipts are known, and products whose prices are."""


def evidence(read: Receipt | None = None, **change: object) -> Evidence:
    """A first receipt of the day that repeats nothing."""
    clean = Evidence(
        receipt=read or receipt(),
        matches=usual_matches(),
        receipt_id=ReceiptId("rcp_this"),
        member_id=MemberId("mem_ann"),
        submitted_at=SENT,
        store_today=date(2026, 3, 6),
        same_bytes=(),
        same_facts=(),
        receipts_today=1,
        member=MEMBER,
        world=WORLD,
    )
    return replace(clean, **change)


def screened(given: Evidence, **policy: object) -> Screening:
    return screen(given, ScreenPolicy(**policy))


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The samples above, by name."""
    return SimpleNamespace(**{name: value for name, value in globals().items() if not name.startswith("_")})
