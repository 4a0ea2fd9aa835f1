"""A month of a program: honest households, heavy users, offices, rings, bots; all drawn, none real."""

# The shares and counts below are what the drawn month is.
# ruff: noqa: PLR2004
from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from receipts.traces import TraceKind

START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 30
CARRIER_SHARE = 0.35
"""Uploads over a telephone company's shared address, and not over a household's own."""


class Actor(Enum):
    """Who sends, and how the bench judges a finding about it."""

    HOUSEHOLD = "households"
    OFFICE = "members in offices"
    HEAVY = "heavy users"
    RING = "rings of 20 on one device"
    ACCOUNTS = "one person with 6 accounts"
    BOT = "bots"
    REFUSED = "members declined more and more"
    NEWCOMER = "new accounts with large claims"

    @property
    def honest(self) -> bool:
        """Whether a finding about it is a false alarm."""
        return self in {Actor.HOUSEHOLD, Actor.OFFICE, Actor.HEAVY}


@dataclass(frozen=True, slots=True)
class Upload:
    """One receipt on its way in.

    Attributes:
        group: whom it belongs to: a household, an office's member, a ring.
        pieces: of the program's products.
        refused: a reviewer declined it.
    """

    at: datetime
    actor: Actor
    group: str
    member: str
    joined: datetime
    traces: tuple[tuple[TraceKind, str], ...]
    pieces: int
    refused: bool


def population(dice: random.Random, households: int) -> list[Upload]:
    """Every upload of the month, by time."""
    uploads: list[Upload] = []
    for number in range(households):
        uploads += _household(dice, number, max(1, households // 60))
    for number in range(max(1, households // 150)):
        uploads += _office(dice, number)
    for number in range(max(1, households // 40)):
        uploads += _heavy(dice, number)
    for number in range(max(1, households // 300)):
        uploads += _crowd(dice, Actor.RING, number, members=20, each=8)
    for number in range(max(1, households // 100)):
        uploads += _crowd(dice, Actor.ACCOUNTS, number, members=6, each=9)
        uploads += _bot(dice, number)
        uploads += _refused(dice, number)
        uploads += _newcomer(dice, number)
    return sorted(uploads, key=lambda upload: upload.at)


def _moments(dice: random.Random, count: int, *, first_day: int = 0) -> Iterator[datetime]:
    for _ in range(count):
        yield _moment(dice, dice.randrange(first_day, DAYS))


def _moment(dice: random.Random, day: int) -> datetime:
    return START + timedelta(days=day, hours=7 + 15 * dice.betavariate(2, 2), seconds=dice.randrange(3600))


def _joined(dice: random.Random) -> datetime:
    return START - timedelta(days=dice.randrange(10, 700))


def _where(device: str, address: str, card: str = "") -> tuple[tuple[TraceKind, str], ...]:
    network = address.rsplit(".", 1)[0]
    found = [(TraceKind.DEVICE, device), (TraceKind.ADDRESS, address), (TraceKind.NETWORK, network)]
    if card:
        found.append((TraceKind.CARD, card))
    return tuple((kind, value) for kind, value in found if value)


def _home(dice: random.Random) -> str:
    return f"{dice.randrange(40, 90)}.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(256)}"


def _card(dice: random.Random) -> str:
    """Scheme and last four; half of all cards are of one scheme."""
    scheme = dice.choices(("visa", "mastercard", "amex", "maestro"), (50, 35, 5, 10))[0]
    return f"{scheme} {dice.randrange(10_000):04}"


def _household(dice: random.Random, number: int, carriers: int) -> Iterator[Upload]:
    """One to four people who share an address, often a card, sometimes a telephone; few send much."""
    home, family = _home(dice), f"household {number}"
    people = dice.choices((1, 2, 3, 4), (55, 30, 10, 5))[0]
    shared, card = dice.random() < 0.2, _card(dice)
    for person in range(people):
        member = f"{family}.{person}"
        device = f"{family} tablet" if shared else f"{member} phone"
        own = card if dice.random() < 0.6 else _card(dice)
        new = dice.random() < 0.08
        first = dice.randrange(DAYS - 2) if new else 0
        joined = _moment(dice, first) if new else _joined(dice)
        moments = list(_moments(dice, min(40, int(dice.expovariate(1 / 6))), first_day=first))
        if new and dice.random() < 0.4:  # a drawer full of receipts, sent in one evening
            moments += [joined + timedelta(minutes=1 + 3 * n) for n in range(dice.randrange(3, 10))]
        for at in moments:
            away = dice.random() < CARRIER_SHARE
            address = f"100.{dice.randrange(carriers)}.0.{dice.randrange(4)}" if away else home
            pieces = 14 if dice.random() < 0.004 else dice.choices((0, 1, 2, 3, 6), (35, 35, 18, 8, 4))[0]
            paid_by = own if dice.random() < 0.5 else ""
            refused = dice.random() < 0.004
            yield Upload(
                max(at, joined),
                Actor.HOUSEHOLD,
                family,
                member,
                joined,
                _where(device, address, paid_by),
                pieces,
                refused,
            )


def _office(dice: random.Random, number: int) -> Iterator[Upload]:
    """Twenty to eighty colleagues behind one address, each with a telephone of their own."""
    address = _home(dice)
    for person in range(dice.randrange(20, 80)):
        member = f"office {number}.{person}"
        for at in _moments(dice, dice.randrange(1, 9)):
            where = _where(f"{member} phone", address, _card(dice))
            yield Upload(at, Actor.OFFICE, member, member, _joined(dice), where, 1, refused=False)


def _heavy(dice: random.Random, number: int) -> Iterator[Upload]:
    """Whoever keeps every receipt: one to three a day, and the week's in one sitting now and then."""
    member, home, joined, card = f"heavy {number}", _home(dice), _joined(dice), _card(dice)
    for day in range(DAYS):
        sitting = day % 7 == 6
        for n in range(dice.randrange(4, 9) if sitting else dice.randrange(3)):
            at = _moment(dice, day) if not sitting else START + timedelta(days=day, hours=19, minutes=2 * n)
            where = _where(f"{member} phone", home, card)
            yield Upload(at, Actor.HEAVY, member, member, joined, where, 2, refused=dice.random() < 0.01)


def _crowd(dice: random.Random, actor: Actor, number: int, *, members: int, each: int) -> Iterator[Upload]:
    """Accounts of few people: one device, or two, one network, one card."""
    group, card = f"{actor.value} {number}", _card(dice)
    net = f"{dice.randrange(91, 99)}.{dice.randrange(256)}.{dice.randrange(256)}"
    for person in range(members):
        member, joined = f"{group}.{person}", START + timedelta(days=dice.randrange(-20, 5))
        for at in _moments(dice, each, first_day=5):
            device = f"{group} device {dice.randrange(1 if members < 10 else 2)}"
            where = _where(device, f"{net}.{dice.randrange(4)}", card if dice.random() < 0.7 else "")
            yield Upload(at, actor, group, member, joined, where, 2, refused=False)


def _bot(dice: random.Random, number: int) -> Iterator[Upload]:
    """One account that a script feeds: sixty a day in bursts, or, if it is shy, six every day for ever."""
    member, joined, shy = f"bot {number}", _joined(dice), number % 2 == 1
    for day in range(DAYS if shy else 6):
        start = _moment(dice, day)
        for n in range(6 if shy else 60):
            at = start + (timedelta(hours=2 * n) if shy else timedelta(seconds=40 * n))
            where = _where("", f"203.{number % 250}.{dice.randrange(9)}.{dice.randrange(250)}")
            yield Upload(at, Actor.BOT, member, member, joined, where, 1, refused=False)


def _refused(dice: random.Random, number: int) -> Iterator[Upload]:
    """Honest for half a month; then half of what is sent is declined by reviewers."""
    member, home, joined = f"refused {number}", _home(dice), _joined(dice)
    for at in _moments(dice, 30):
        late = at > START + timedelta(days=15)
        refused = late and dice.random() < 0.5
        where = _where(f"{member} phone", home)
        yield Upload(at, Actor.REFUSED, member, member, joined, where, 1, refused=refused)


def _newcomer(dice: random.Random, number: int) -> Iterator[Upload]:
    """An account made to be paid once: three large receipts within two days of joining."""
    member, home = f"newcomer {number}", _home(dice)
    joined = _moment(dice, dice.randrange(DAYS - 3))
    for _ in range(3):
        at = joined + timedelta(hours=40 * dice.random())
        pieces = dice.randrange(10, 40)
        where = _where(f"{member} phone", home, _card(dice))
        yield Upload(at, Actor.NEWCOMER, member, member, joined, where, pieces, refused=False)
