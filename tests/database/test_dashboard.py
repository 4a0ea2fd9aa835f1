"""Every figure of the dashboard, worked out a second time in plain Python from receipts drawn at random."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert

from receipts.database.repositories.chosen import DashboardFilter
from receipts.database.repositories.dashboard import Dashboard
from receipts.database.repositories.facts import Facts
from receipts.database.tables import LineFactRow, MemberFactsRow, ReceiptFactRow
from receipts.identity import MemberId
from receipts.money import Currency

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import World

USD = Currency("USD")
DAY = dt.date(2026, 3, 1)
SEGMENT = 'früh "50%" _a\\b'


@dataclass(frozen=True)
class Line:
    sku: str | None
    near: str | None
    ppm: int
    words: str
    net: int
    milli: int


@dataclass(frozen=True)
class Drawn:
    id: str
    program: str
    member: str
    channel: str
    state: str
    person: bool
    day: dt.date
    points: int
    seconds: int | None
    retailer: str
    bought: dt.date | None
    currency: str
    total: int | None
    lines: tuple[Line, ...]

    @property
    def own(self) -> list[Line]:
        return [line for line in self.lines if line.sku is not None]


def _draw(dice: random.Random, world: World) -> Drawn:
    program, members = dice.choice(((world.mill, (world.ann, world.bob)), (world.forge, (world.eve,))))
    member = dice.choice(members)
    state = dice.choice(("awarded", "awarded", "declined", "held", "rejected"))
    lines = tuple(
        Line(
            sku,
            None if sku else dice.choice((None, "A")),
            0 if sku else dice.randrange(10**6),
            words,
            net,
            milli,
        )
        for sku, words, net, milli in (
            (
                dice.choice((None, None, "A", "B", "C")),
                dice.choice(("milk", "bread")),
                dice.randrange(1, 900),
                dice.choice((0, 1000, 1000, 2000, 345)),
            )
            for _ in range(dice.randrange(4))
        )
    )
    return Drawn(
        id=world.send(member, program),
        program=program,
        member=member,
        channel=dice.choice(("upload", "email", "sms")),
        state=state,
        person=state == "held" or dice.random() < 0.2,
        day=DAY + dt.timedelta(days=dice.randrange(6)),
        points=dice.randrange(200) if state == "awarded" else 0,
        seconds=dice.randrange(100) if state == "awarded" else None,
        retailer=dice.choice(("", "larder", "lantern")),
        bought=dice.choice((None, DAY, dt.date(2026, 2, 3))),
        currency=dice.choice(("USD", "USD", "USD", "EUR")),
        total=dice.choice((None, dice.randrange(5000))),
        lines=lines,
    )


def _store(world: World, drawn: list[Drawn]) -> None:
    receipts, lines = [], []
    for each in drawn:
        receipts.append(
            {
                "receipt_id": each.id,
                "program_id": each.program,
                "member_id": each.member,
                "seen_at": NOW,
                "channel": each.channel,
                "state": each.state,
                "by_person": each.person,
                "received_on": each.day,
                "points": each.points,
                "seconds_to_points": each.seconds,
                "retailer_key": each.retailer,
                "retailer": each.retailer.title(),
                "bought_on": each.bought,
                "currency": each.currency,
                "total_minor": each.total,
                "own_minor": sum(line.net for line in each.own),
                "own_products": len({line.sku for line in each.own}),
            }
        )
        lines += [
            {
                "receipt_id": each.id,
                "position": position,
                "program_id": each.program,
                "sku": line.sku,
                "near_sku": line.near,
                "near_ppm": line.ppm,
                "asks": False,
                "print_key": line.words,
                "description": line.words,
                "net_minor": line.net,
                "quantity_milli": line.milli,
            }
            for position, line in enumerate(each.lines)
        ]
    with world.database.write() as session:
        session.execute(insert(ReceiptFactRow), receipts)
        session.execute(insert(LineFactRow), lines)
        session.add(
            MemberFactsRow(
                program_id=world.mill, member_id=world.ann, segments=[SEGMENT, "x"], updated_at=NOW
            )
        )
        session.add(
            MemberFactsRow(program_id=world.mill, member_id=world.bob, segments=["früh"], updated_at=NOW)
        )


def _chosen(world: World, drawn: list[Drawn], asked: DashboardFilter) -> list[Drawn]:
    return [
        each
        for each in drawn
        if each.program == world.mill
        and (asked.first is None or each.day >= asked.first)
        and (asked.last is None or each.day <= asked.last)
        and asked.retailer in ("", each.retailer)
        and (not asked.sku or asked.sku in {line.sku for line in each.lines})
        and (not asked.segment or each.member == world.ann)
    ]


FILTERS = (
    DashboardFilter(),
    DashboardFilter(first=DAY + dt.timedelta(days=1), last=DAY + dt.timedelta(days=3)),
    DashboardFilter(retailer="larder"),
    DashboardFilter(sku="B", last=DAY + dt.timedelta(days=4)),
    DashboardFilter(segment=SEGMENT),
)


def _check_receipts(desk: Dashboard, kept: list[Drawn]) -> None:
    assert desk.by_channel_and_state() == sorted(
        (*key, n) for key, n in Counter((each.channel, each.state) for each in kept).items()
    )
    decided = [each for each in kept if each.state in ("awarded", "declined")]
    assert desk.decided() == (len(decided), sum(not each.person for each in decided))
    days = sorted({each.day for each in kept})
    assert [(day, n, int(a), int(p)) for day, n, a, p in desk.by_day()] == [
        (
            day,
            sum(each.day == day for each in kept),
            sum(each.day == day and each.state == "awarded" for each in kept),
            sum(each.points for each in kept if each.day == day),
        )
        for day in days
    ]
    waits = sorted(each.seconds for each in kept if each.seconds is not None)
    for share in (0.5, 0.9):
        within = desk.seconds_to_points(share)
        assert (within is None) == (not waits)
        if within is not None:
            assert sum(wait <= within for wait in waits) >= share * len(waits)
            assert sum(wait < within for wait in waits) < share * len(waits)


def _check_shopping(desk: Dashboard, bought: list[Drawn]) -> None:
    shop = desk.shopping()
    by_member = Counter(each.member for each in bought)
    assert (shop.purchases, shop.buyers) == (len(bought), len(by_member))
    assert shop.repeat_buyers == sum(n > 1 for n in by_member.values())
    totals = [each.total for each in bought if each.total is not None]
    assert (shop.with_total, shop.total_minor) == (len(totals), sum(totals))
    assert shop.own_minor == sum(line.net for each in bought for line in each.own)
    assert shop.with_own == sum(bool(each.own) for each in bought)
    assert shop.with_several == sum(len({line.sku for line in each.own}) > 1 for each in bought)
    spent: Counter[str] = Counter()
    paid: defaultdict[tuple[str, int, int], list[int]] = defaultdict(list)
    for each in bought:
        for line in each.own:
            assert line.sku is not None
            spent[line.sku] += line.net
            if line.milli and each.bought:
                paid[line.sku, each.bought.year, each.bought.month].append(line.net)
    ranked = sorted(spent, key=lambda sku: (-spent[sku], sku))
    assert [(sku, int(amount)) for sku, *_, amount in desk.products(10)] == [(s, spent[s]) for s in ranked]
    assert [(sku, y, m, n, int(net)) for sku, y, m, n, _, net in desk.prices(["A", "B"])] == sorted(
        (*key, len(nets), sum(nets)) for key, nets in paid.items() if key[0] != "C"
    )
    shops = Counter[str]()
    for each in bought:
        shops[each.retailer] += sum(line.net for line in each.own)
    assert {key: int(own) for key, _, _, _, own, _ in desk.retailers(10)} == dict(shops)


def _check_companions(desk: Dashboard, bought: list[Drawn], sku: str) -> None:
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for each in bought:
        if any(line.sku == sku if sku else line.sku for line in each.lines):
            for line in each.lines:
                if line.sku is None:
                    beside[line.words].add(each.id)
    assert {words: n for words, n, _ in desk.companions(10)} == {w: len(ids) for w, ids in beside.items()}


def test_the_database_and_plain_python_come_to_the_same_figures(world: World) -> None:
    dice = random.Random(1)
    drawn = [_draw(dice, world) for _ in range(60)]
    _store(world, drawn)
    with world.database.read() as session:
        for asked in FILTERS:
            desk = Dashboard(session, world.mill, USD, asked)
            kept = _chosen(world, drawn, asked)
            assert kept
            _check_receipts(desk, kept)
            bought = [each for each in kept if each.state == "awarded" and each.currency == "USD"]
            _check_shopping(desk, bought)
            _check_companions(desk, bought, asked.sku)
            listed = desk.purchases("", 1000)
            assert [row[0] for row in listed] == sorted(each.id for each in kept)


def test_lines_are_ranked_by_the_money_that_is_likely_not_seen(world: World) -> None:

    def line(words: str, net: int, share: float) -> Line:
        return Line(None, "A", round(share * 10**6), words, net, 1000)

    def receipt(member: MemberId, *lines: Line) -> Drawn:
        sent, rest = world.send(member), ("upload", "held", True, DAY, 0, None, "larder", DAY, "USD", 9)
        return Drawn(sent, world.mill, member, *rest, lines)

    dear, cheap = line("dear but unlikely", 900, 0.1), line("cheap", 10, 0.99)
    drawn = [
        receipt(world.ann, dear, line("likely", 300, 0.9), cheap),
        receipt(world.bob, line("likely", 200, 0.8)),
    ]
    _store(world, drawn)
    with world.database.read() as session:
        found = Dashboard(session, world.mill, USD, DashboardFilter()).probably_own(10)
        assert [(row[0], row[5], int(row[6])) for row in found] == [
            ("likely", 2, 500),
            ("dear but unlikely", 1, 900),
            ("cheap", 1, 10),
        ]
        assert Dashboard(session, world.forge, USD, DashboardFilter()).probably_own(10) == []


def test_a_receipt_waits_to_be_counted_until_it_is_and_again_when_it_changes(world: World) -> None:
    receipt_id = world.send()
    with world.database.read() as session:
        assert [each.receipt_id for each in Facts(session, world.mill).stale(10)] == [receipt_id]
        assert Facts(session, world.forge).waiting() == 0
