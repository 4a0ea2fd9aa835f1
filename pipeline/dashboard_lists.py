"""The dashboard's lists: lines that are probably the program's, every purchase, and what filters offer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.dashboard import Asked, filter_of, money_of
from pipeline.facts import catch_up
from pipeline.steps.programs import program_of
from pipeline.tables import Column, Table, Unit, Value
from pipeline.wiring import Wiring
from receipts.database.repositories.chosen import DashboardFilter
from receipts.database.repositories.dashboard import Dashboard
from receipts.database.repositories.programs import ProgramData
from receipts.identity import ProgramId, ReceiptId, Sku

_A_PAGE = 5_000
_PPM = 1_000_000
_SHARE_PLACES = Decimal("0.0001")
COUNT_FOR_S = 2.0


@dataclass(frozen=True, slots=True)
class ProbablyOwn:
    """Lines of one print at one retailer that are probably one product.

    Attributes:
        stake: what was spent × how probable it is: that much is likely not seen.
        example: a receipt that has the line.
    """

    description: str
    retailer: str
    retailer_key: str
    sku: str
    product: str
    probability: Decimal
    receipts: int
    spent: Decimal
    stake: Decimal
    example: ReceiptId


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer: keys with words."""

    retailers: tuple[tuple[str, str], ...]
    products: tuple[tuple[str, str], ...]


def probably_own(wiring: Wiring, program_id: ProgramId, *, limit: int) -> tuple[ProbablyOwn, ...]:
    """The lines with the most money at stake."""
    catch_up(wiring, program_id, most_s=COUNT_FOR_S)
    program = program_of(wiring, program_id)
    with wiring.database.read() as session:
        rows = Dashboard(session, program_id, program.currency, DashboardFilter()).probably_own(limit)
        data = ProgramData(session, program_id)
        newest = data.newest_catalog()
        skus = frozenset(Sku(row[3]) for row in rows)
        named = {} if newest is None else data.products(newest[0], skus)
    found = []
    for words, retailer, key, sku, ppm, receipts, spent, example in rows:
        product, share = named.get(Sku(sku)), Decimal(int(ppm)) / _PPM
        found.append(
            ProbablyOwn(
                description=words,
                retailer=retailer,
                retailer_key=key,
                sku=sku,
                product="" if product is None else product.name,
                probability=share.quantize(_SHARE_PLACES),
                receipts=int(receipts),
                spent=money_of(int(spent), program.currency),
                stake=money_of(int(spent) * share, program.currency),
                example=ReceiptId(example),
            )
        )
    return tuple(found)


def probably_own_table(found: tuple[ProbablyOwn, ...]) -> Table:
    """The same as a table for files."""
    columns = (
        Column("line", "Printed line", Unit.TEXT),
        Column("retailer", "Retailer", Unit.TEXT),
        Column("sku", "Number", Unit.TEXT),
        Column("product", "Probably", Unit.TEXT),
        Column("probability", "Probability", Unit.SHARE),
        Column("receipts", "Receipts", Unit.COUNT),
        Column("spent", "Spent", Unit.MONEY),
        Column("at_stake", "At stake", Unit.MONEY),
    )
    rows = tuple(
        (e.description, e.retailer, e.sku, e.product, e.probability, e.receipts, e.spent, e.stake)
        for e in found
    )
    return Table("probably-own", "Probably yours", columns, rows)


def choices(wiring: Wiring, program_id: ProgramId) -> Choices:
    """Every retailer and product that was seen on a receipt."""
    program = program_of(wiring, program_id)
    with wiring.database.read() as session:
        desk = Dashboard(session, program_id, program.currency, DashboardFilter())
        retailers = tuple((key, name) for key, name in desk.known_retailers())
        skus = desk.known_products()
        data = ProgramData(session, program_id)
        newest = data.newest_catalog()
        named = {} if newest is None else data.products(newest[0], frozenset(map(Sku, skus)))
    return Choices(
        retailers, tuple((sku, named[Sku(sku)].name if Sku(sku) in named else sku) for sku in skus)
    )


PURCHASE_COLUMNS = (
    Column("receipt", "Receipt", Unit.TEXT),
    Column("member", "Member", Unit.TEXT),
    Column("channel", "Channel", Unit.TEXT),
    Column("state", "State", Unit.TEXT),
    Column("received_on", "Sent", Unit.DAY),
    Column("bought_on", "Bought", Unit.DAY),
    Column("retailer", "Retailer", Unit.TEXT),
    Column("currency", "Currency", Unit.TEXT),
    Column("total", "Total", Unit.MONEY),
    Column("own_spent", "On your products", Unit.MONEY),
    Column("own_products", "Your products", Unit.COUNT),
    Column("points", "Points", Unit.POINTS),
    Column("seconds_to_points", "Seconds to points", Unit.SECONDS),
)


def purchases(wiring: Wiring, program_id: ProgramId, asked: Asked) -> Iterator[tuple[Value, ...]]:
    """Every receipt chosen as it is counted, page by page: as many as there are."""
    catch_up(wiring, program_id, most_s=COUNT_FOR_S)  # as the page does: both count the same
    program, after = program_of(wiring, program_id), ""
    while True:
        with wiring.database.read() as session:
            desk = Dashboard(session, program_id, program.currency, filter_of(program, asked))
            rows = desk.purchases(after, _A_PAGE)
        for row in rows:
            money = (None if row[8] is None else money_of(row[8], row[7]), money_of(row[9], row[7]))
            yield (*row[:8], *money, *row[10:])
        if len(rows) < _A_PAGE:
            return
        after = rows[-1][0]
