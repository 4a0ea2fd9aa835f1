"""What the state machine of the books plays with: purchases as a test knows them, and a program for them."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pipeline.clock import utc_now
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.catalog import Catalog, CatalogProduct
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.identity import (
    AccountId,
    CampaignId,
    ReceiptId,
    Role,
    Sku,
)
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Money, currency
from receipts.program import Account
from receipts.receipt import LineItem, Receipt, Retailer
from tests.database.conftest import World

STEPS = int(os.environ.get("TILLPOINTS_TEST_BOOKS_STEPS", "0"))
STEPS_A_RUN = 40 if STEPS else 10
RUNS = max(4, STEPS // STEPS_A_RUN)
USD = currency("USD")
BONUS = {"A": 10, "B": 25}
PRICE = {"A": 300, "B": 500, None: 400}
PER, EACH = 1000, 5
SALE_DAY = dt.datetime.now(dt.UTC).date()
NUMBER = itertools.count(1)
T = TypeVar("T")


class KilledError(BaseException):
    """As a process ends."""


@dataclass
class Line:
    """A purchase line as it is known now: what it really is, and what of it was brought back."""

    sku: str | None
    quantity: int
    minor: int
    gone: int = 0
    owner: ReceiptId | None = None
    told_by: str = ""
    """By the shop or by its slip: the same pieces told both ways are one return."""
    printed: str | None = field(init=False)
    """What the matcher takes it for on every photo, whatever a person said since."""

    def __post_init__(self) -> None:
        self.printed = self.sku

    @property
    def left_minor(self) -> int:
        return self.minor * (self.quantity - self.gone) // self.quantity

    @property
    def bonus(self) -> int:
        return 0 if self.sku is None else BONUS[self.sku] * (self.quantity - self.gone)


@dataclass
class Purchase:
    """Lines in printed order; a photo shows the first so many of them."""

    key: str
    lines: list[Line]
    seen: int = 0
    photos: int = 0
    number: str = ""
    shown: list[tuple[ReceiptId, int]] = field(default_factory=list)
    """Each photo with how many lines it shows: a return may be reported against any."""

    @property
    def paid(self) -> ReceiptId | None:
        """One of its photos that was paid."""
        return next((line.owner for line in self.lines if line.owner), None)


@dataclass
class Place:
    """A database with one program, used by every run; each run has a member of its own."""

    world: World
    wiring: Wiring
    catalog: int = 0
    done: Counter[str] = field(default_factory=Counter)


@contextmanager
def make_place(world: World, tmp_path: Path) -> Iterator[Place]:
    """A program with two products, a bonus for each piece and points for each full ten dollars."""
    wiring = build(Settings(data_dir=tmp_path / "data", database_url=world.database.url))
    products = tuple(CatalogProduct(Sku(sku), f"Product {sku}") for sku in BONUS)
    rules: list[dict[str, Any]] = [
        {"kind": "product_bonus", "id": f"bonus-{sku}", "points": points, "products": {"skus": [sku]}}
        for sku, points in BONUS.items()
    ]
    step = {"kind": "points_per_currency", "id": "per-ten", "points": EACH, "products": {}}
    rules.append({**step, "per": {"amount": "10.00", "currency": "USD"}})
    document = {
        "id": "all", "version": 1, "name": "All", "starts_on": "2020-01-01", "ends_on": "2099-12-31",
        "retailers": [], "cap_per_member": None, "rules": rules,
    }  # fmt: skip
    with wiring.database.write() as session:
        data = ProgramData(session, world.mill)
        number, _ = data.import_catalog(Catalog("v1", products), utc_now())
        data.import_campaign(CampaignId("all"), 1, document, utc_now())
        for name in ("one", "two"):
            account = Account(
                AccountId(f"acc_{name}"), world.mill, Role.ADMIN, None, f"{name}@example.com", name
            )
            Programs(session).add_account(account, "hash", utc_now())
    yield Place(world, wiring, number)
    wiring.close()


def as_json(value: Any) -> Any:
    import json

    return json.loads(value) if isinstance(value, str) else value


def killed(*_: object, **__: object) -> None:
    raise KilledError


def printed_receipt(items: tuple[LineItem, ...], number: str, *, refund: bool) -> Receipt:
    total = Money(sum(item.amount.minor for item in items), USD)
    shop = Retailer("Dollar Lantern")
    return Receipt(shop, SALE_DAY, None, USD, number, None, None, total, items, refund, True, ())


def as_read(lines: list[Line]) -> tuple[tuple[LineItem, ...], tuple[Match, ...]]:
    """As it is printed: what a reviewer found since, no photo knows."""
    items, matches = [], []
    for position, line in enumerate(lines):
        amount = Money(line.minor, USD)
        quantity = Decimal(line.quantity)
        items.append(LineItem(position, f"LINE {position}", quantity, None, amount, None, None, 1.0))
        ours = line.printed is not None
        matches.append(
            Match(
                position=position,
                verdict=MatchVerdict.ACCEPT if ours else MatchVerdict.NONE,
                sku=None if line.printed is None else Sku(line.printed),
                gtin=None,
                probability=1.0,
                reason=MatchReason.TEXT,
                candidates=(),
            )
        )
    return tuple(items), tuple(matches)
