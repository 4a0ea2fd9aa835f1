"""The program manager's figures: each with its formula, the same for page, API and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from pipeline.facts import catch_up
from pipeline.steps.programs import program_of
from pipeline.tables import Column, Table, Unit, Value
from pipeline.wiring import Wiring
from receipts.catalog import CatalogProduct
from receipts.database.repositories.chosen import DashboardFilter
from receipts.database.repositories.dashboard import Dashboard, Shopping
from receipts.database.repositories.programs import ProgramData
from receipts.identity import ProgramId, Sku
from receipts.money import Currency, Money, minor_unit_digits
from receipts.program import MICROS, Program

COUNT_FOR_S = 2.0
"""Of a page: some 1,000 new receipts are counted within it; the rest are told of and come by and by."""
LISTED = 10
LISTED_IN_FILES = 100_000
PRICED_PRODUCTS = 5
_MEDIAN, _NINE_TENTHS = 0.5, 0.9
_PLACES = Decimal("0.0001")
_MILLI = 1_000
_PPM = 1_000_000
_A_PAGE = 5_000
ENGAGED_BOUGHT, ENGAGED_AGAIN, ENGAGED_SPENT = 40, 30, 30
"""Parts of the engagement score, of 100: a wish of what members do, not a measurement."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as a person gives it: days inclusive, where the program is; empty texts for all."""

    first: date | None = None
    last: date | None = None
    retailer: str = ""
    sku: str = ""
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its formula in words; `value` is None where the formula divides by nothing."""

    key: str
    words: str
    unit: Unit
    value: Value
    formula: str


@dataclass(frozen=True, slots=True)
class Report:
    """All of the dashboard.

    Attributes:
        waiting: receipts that are not counted yet.
    """

    asked: Asked
    currency: Currency
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    waiting: int

    def table(self, key: str) -> Table:
        """One of the tables, or of the figures themselves.

        Raises:
            KeyError: there is none of that name.
        """
        return {each.key: each for each in (figures_table(self.figures), *self.tables)}[key]


def filter_of(program: Program, asked: Asked) -> DashboardFilter:
    """The days with the moments at which they begin and end where the program is."""
    zone = ZoneInfo(program.time_zone)

    def midnight(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time(), tzinfo=zone)

    after = None if asked.last is None or asked.last == date.max else asked.last + timedelta(days=1)
    return DashboardFilter(
        first=asked.first,
        last=asked.last,
        first_moment=midnight(asked.first),
        end_moment=midnight(after),
        retailer=asked.retailer,
        sku=asked.sku,
        segment=asked.segment,
    )


def ratio(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Part of whole to four places; None where the whole is nothing."""
    return None if not whole else (Decimal(part) / Decimal(whole)).quantize(_PLACES, ROUND_HALF_UP)


def money_of(minor: int | Decimal, currency: Currency) -> Decimal:
    """An amount in whole units with the currency's own places."""
    digits = minor_unit_digits(currency)
    return Decimal(minor).scaleb(-digits).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _mean_money(minor: int, count: int, currency: Currency) -> Decimal | None:
    return None if count == 0 else money_of(Decimal(minor) / count, currency)


def figures_table(figures: tuple[Figure, ...]) -> Table:
    """The figures as a table: one of each, with its formula; money and shares as decimal numbers."""
    columns = (
        Column("figure", "Figure", Unit.TEXT),
        Column("value", "Value", Unit.NUMBER),
        Column("unit", "Unit", Unit.TEXT),
        Column("formula", "Formula", Unit.TEXT),
    )
    rows = tuple(
        (each.key, None if each.value is None else Decimal(str(each.value)), each.unit.value, each.formula)
        for each in figures
    )
    return Table("figures", "Figures", columns, rows)


def dashboard(wiring: Wiring, program_id: ProgramId, asked: Asked, *, listed: int = LISTED) -> Report:
    """Every figure and table under this filter, with what came since the last time counted in."""
    waiting = catch_up(wiring, program_id, most_s=COUNT_FOR_S)
    program = program_of(wiring, program_id)
    with wiring.database.read() as session:
        if not wiring.database.is_sqlite:  # one state of affairs under all figures
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        desk = Dashboard(session, program_id, program.currency, filter_of(program, asked))
        products = desk.products(listed)
        named = _named(ProgramData(session, program_id), [sku for sku, *_ in products])
        tables = (
            _channels(desk),
            _days(desk),
            _products(products, named, program.currency),
            _retailers(desk, listed, program.currency),
            _prices(desk, [sku for sku, *_ in products][:PRICED_PRODUCTS], program.currency),
            _companions(desk, listed, program.currency),
        )
        figures = (*_receipt_figures(desk), *_point_figures(desk, program), *_shop_figures(desk, program))
    return Report(asked, program.currency, figures, tables, waiting)


def _named(data: ProgramData, skus: list[str]) -> dict[Sku, CatalogProduct]:
    newest = data.newest_catalog()
    return {} if newest is None else data.products(newest[0], frozenset(Sku(sku) for sku in skus))


def _receipt_figures(desk: Dashboard) -> Iterator[Figure]:
    by_state = desk.by_channel_and_state()
    decided, alone = desk.decided()
    yield Figure("receipts", "Receipts", Unit.COUNT, sum(n for *_, n in by_state), "Receipts that were sent.")
    yield Figure(
        "accepted",
        "Accepted",
        Unit.COUNT,
        sum(n for _, state, n in by_state if state == "awarded"),
        "Receipts that earned points.",
    )
    yield Figure(
        "decided_without_a_person",
        "Decided without a person",
        Unit.SHARE,
        ratio(alone, decided),
        "Accepted and declined receipts that were never held ÷ all accepted and declined receipts.",
    )
    yield Figure(
        "time_to_points_median",
        "Time to points, the middle one",
        Unit.SECONDS,
        desk.seconds_to_points(_MEDIAN),
        "From sending to the first points; half of the receipts that earned were as fast or faster.",
    )
    yield Figure(
        "time_to_points_p90",
        "Time to points, 9 of 10",
        Unit.SECONDS,
        desk.seconds_to_points(_NINE_TENTHS),
        "From sending to the first points; nine of ten receipts that earned were as fast or faster.",
    )
    yield Figure(
        "points_of_receipts",
        "Points of these receipts",
        Unit.POINTS,
        desk.points_of_receipts(),
        "Points that the receipts chosen were paid.",
    )


def _point_figures(desk: Dashboard, program: Program) -> Iterator[Figure]:
    ledger, outstanding = desk.ledger(), desk.outstanding()
    every = "of whatever retailer and product"
    yield Figure(
        "points_earned",
        "Points earned",
        Unit.POINTS,
        ledger["earned"],
        f"Of receipts, activities and gifts, {every}, on the days chosen.",
    )
    yield Figure(
        "points_redeemed",
        "Points spent",
        Unit.POINTS,
        ledger["redeemed"],
        f"Redemptions, {every}, on the days chosen.",
    )
    yield Figure(
        "redemption_rate",
        "Redemption rate",
        Unit.SHARE,
        ratio(ledger["redeemed"], ledger["earned"] - ledger["reversed"]),
        "Points spent ÷ (points earned − points taken back), on the days chosen.",
    )
    yield Figure(
        "points_outstanding",
        "Points outstanding now",
        Unit.POINTS,
        outstanding,
        "Pending, available and set-aside points of the members now, whatever days are chosen.",
    )
    micros = program.terms.point_value_micros
    worth = None if micros is None else Decimal(outstanding * micros) / MICROS
    if worth is not None:
        worth = worth.quantize(Decimal(1).scaleb(-minor_unit_digits(program.currency)), ROUND_HALF_UP)
    yield Figure(
        "liability",
        "Liability now",
        Unit.MONEY,
        worth,
        "Points outstanding × the value of a point; empty until the program says that value.",
    )


def _shop_figures(desk: Dashboard, program: Program) -> Iterator[Figure]:
    shop, members, currency = desk.shopping(), desk.members(), program.currency
    yield Figure(
        "members", "Members", Unit.COUNT, members, "Who had joined by the last day chosen, of the segment."
    )
    yield Figure(
        "buyers", "Members who bought", Unit.COUNT, shop.buyers, "Members with an accepted receipt chosen."
    )
    yield Figure(
        "repeat_purchase_rate",
        "Repeat purchase rate",
        Unit.SHARE,
        ratio(shop.repeat_buyers, shop.buyers),
        "Members with two accepted receipts or more ÷ members with one or more.",
    )
    yield Figure(
        "purchase_frequency",
        "Purchase frequency",
        Unit.NUMBER,
        ratio(shop.purchases, shop.buyers),
        "Accepted receipts ÷ members who bought.",
    )
    yield Figure(
        "order_value",
        "Order value",
        Unit.MONEY,
        _mean_money(shop.total_minor, shop.with_total, currency),
        "Totals of accepted receipts ÷ accepted receipts whose total was read.",
    )
    yield Figure(
        "own_order_value",
        "Own products in an order",
        Unit.MONEY,
        _mean_money(shop.own_minor, shop.with_own, currency),
        "Spent on the program’s products ÷ accepted receipts with one of them.",
    )
    yield from _loyalty_figures(desk, shop, members, currency)


def _loyalty_figures(desk: Dashboard, shop: Shopping, members: int, currency: Currency) -> Iterator[Figure]:
    yield Figure(
        "upsell_ratio",
        "Upsell ratio",
        Unit.SHARE,
        ratio(shop.with_several, shop.with_own),
        "Accepted receipts with two different products of the program or more ÷ those with one or more.",
    )
    yield Figure(
        "lifetime_value",
        "Lifetime value so far",
        Unit.MONEY,
        _mean_money(shop.own_minor, shop.buyers, currency),
        "Spent on the program’s products ÷ members who bought; a lifetime where no days are chosen.",
    )
    weighed = (
        ENGAGED_BOUGHT * shop.buyers + ENGAGED_AGAIN * shop.repeat_buyers + ENGAGED_SPENT * desk.redeemers()
    )
    yield Figure(
        "engagement_score",
        "Engagement score",
        Unit.NUMBER,
        ratio(weighed, members),
        f"({ENGAGED_BOUGHT} × members who bought + {ENGAGED_AGAIN} × members who bought twice or more"
        f" + {ENGAGED_SPENT} × members who spent points) ÷ members; 0 to 100.",
    )


def _channels(desk: Dashboard) -> Table:
    columns = (
        Column("channel", "Channel", Unit.TEXT),
        Column("state", "State", Unit.TEXT),
        Column("receipts", "Receipts", Unit.COUNT),
    )
    return Table("channels", "Receipts by channel and state", columns, tuple(desk.by_channel_and_state()))


def _days(desk: Dashboard) -> Table:
    columns = (
        Column("day", "Day", Unit.DAY),
        Column("receipts", "Receipts", Unit.COUNT),
        Column("accepted", "Accepted", Unit.COUNT),
        Column("points", "Points", Unit.POINTS),
    )
    rows = tuple((day, n, int(accepted), int(points)) for day, n, accepted, points in desk.by_day())
    return Table("days", "Receipts by day", columns, rows)


def _products(found: list[tuple[Value, ...]], named: dict[Sku, CatalogProduct], currency: Currency) -> Table:
    columns = (
        Column("sku", "Number", Unit.TEXT),
        Column("product", "Product", Unit.TEXT),
        Column("purchases", "Purchases", Unit.COUNT),
        Column("buyers", "Members", Unit.COUNT),
        Column("pieces", "Pieces", Unit.NUMBER),
        Column("spent", "Spent", Unit.MONEY),
    )
    rows: list[tuple[Value, ...]] = []
    for sku, purchases, buyers, milli, spent in found:
        product = named.get(Sku(str(sku)))
        name = "no longer in the catalog" if product is None else product.name
        rows.append((sku, name, purchases, buyers, _pieces(milli), money_of(_int(spent), currency)))
    return Table("products", "Top products", columns, tuple(rows))


def _int(value: Value) -> int:
    return int(str(value))


def _pieces(milli: Value) -> Decimal:
    return Decimal(_int(milli)) / _MILLI


def _retailers(desk: Dashboard, listed: int, currency: Currency) -> Table:
    columns = (
        Column("retailer", "Retailer", Unit.TEXT),
        Column("purchases", "Purchases", Unit.COUNT),
        Column("buyers", "Members", Unit.COUNT),
        Column("spent", "On your products", Unit.MONEY),
        Column("in_all", "In all", Unit.MONEY),
    )
    rows = tuple(
        (name or "not read", n, buyers, money_of(int(own), currency), money_of(int(whole), currency))
        for _key, name, n, buyers, own, whole in desk.retailers(listed)
    )
    return Table("retailers", "Top retailers", columns, rows)


def _prices(desk: Dashboard, skus: list[str], currency: Currency) -> Table:
    columns = (
        Column("sku", "Number", Unit.TEXT),
        Column("month", "Month", Unit.TEXT),
        Column("lines", "Lines", Unit.COUNT),
        Column("price", "Mean price of a piece", Unit.MONEY),
    )
    rows = tuple(
        (sku, f"{year}-{month:02d}", lines, money_of(Decimal(_MILLI * int(spent)) / int(milli), currency))
        for sku, year, month, lines, milli, spent in desk.prices(skus)
    )
    return Table("prices", "Prices over time", columns, rows)


def _companions(desk: Dashboard, listed: int, currency: Currency) -> Table:
    columns = (
        Column("line", "Printed line", Unit.TEXT),
        Column("purchases", "Purchases", Unit.COUNT),
        Column("spent", "Spent", Unit.MONEY),
    )
    rows = tuple(
        (words, times, money_of(int(spent), currency)) for words, times, spent in desk.companions(listed)
    )
    return Table("companions", "In the basket with your products", columns, rows)


def money_value(amount: Decimal, currency: Currency) -> Money:
    """A decimal amount as money, for showing."""
    return Money(int(amount.scaleb(minor_unit_digits(currency))), currency)
