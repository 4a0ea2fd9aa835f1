"""A program with a feed, a publisher that does as it is told, and a clock that is set by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from pipeline.publishers import follow
from pipeline.publishers.base import Outcome, Publisher, Taken
from pipeline.publishers.follow import Follower
from receipts.database.engine import Database
from receipts.database.repositories.books import Books
from receipts.database.repositories.deliveries import PublisherBooks
from receipts.database.repositories.outbox import Outbox, Publish
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.delivery import PublisherState
from receipts.identity import MemberId, MessageId, ProgramId
from receipts.message import Message, MessageType
from receipts.money import currency
from receipts.program import Program
from tests.support.ready import make_tables

NOW = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
MILL = ProgramId("mill")
ANN, BOB, EVE = MemberId("mem_ann"), MemberId("mem_bob"), MemberId("mem_eve")


@dataclass
class Desk:
    """A publisher whose answers a test decides; it keeps what was sent, in order."""

    answer: Callable[[Message], Outcome] = lambda _: Taken()
    parallel: int = 1
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Outcome:
        self.sent.append(message)
        return self.answer(message)

    def check(self) -> str:
        return "there"

    def close(self) -> None:
        pass

    @property
    def told(self) -> list[tuple[str, int]]:
        """Member and sequence of each try."""
        return [(message.member_id.removeprefix("mem_"), message.sequence) for message in self.sent]


@dataclass
class Mill:
    """A program with three members whose messages a test writes."""

    database: Database
    now: dt.datetime = NOW
    names: Iterator[int] = field(default_factory=lambda: count(1))

    def publish(
        self, *members: MemberId, kind: MessageType = MessageType.RECEIPT_HELD, points: int = 0
    ) -> list[MessageId]:
        """A message for each, in the feed at once."""
        ids = []
        for member in members:
            with self.database.write() as session:
                data = {"receipt_id": f"rcp_{next(self.names)}", "sentence": "Größe ✓", "points": points}
                ids.append(Books(session, MILL, NOW).send(member, kind, data))
            self.relay()
        return ids

    def relay(self) -> None:
        with self.database.write() as session:
            outbox = Outbox(session, NOW)
            for item in outbox.take(limit=100):
                assert isinstance(item, Publish)
                outbox.enter_feed(item.message_id)
                outbox.sent(item.number)

    def follower(self, publisher: Publisher, name: str = "core", *, at_the_end: bool = False) -> Follower:
        return Follower(self.database, MILL, name, publisher, at_the_end=at_the_end)

    def state(self, name: str = "core") -> PublisherState:
        with self.database.read() as session:
            state = PublisherBooks(session, MILL, name, NOW).state()
        assert state is not None
        return state

    def wait(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


def run(follower: Follower) -> None:
    """Until there is nothing to do now."""
    for _ in range(1000):
        if follower.step() == 0 and follower.step() == 0:
            return
    raise AssertionError("it never comes to rest")


@pytest.fixture
def mill(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mill]:
    make_tables(database_url)
    database = Database(database_url)
    with database.write() as session:
        Programs(session).add(
            Program(
                id=MILL,
                name="Mill",
                currency=currency("USD"),
                time_zone="UTC",
                window_days=30,
                daily_receipts=9,
            ),
            NOW,
        )
        for member in (ANN, BOB, EVE):
            ProgramData(session, MILL).add_member(member, member, NOW)
    mill = Mill(database)
    monkeypatch.setattr(follow, "utc_now", lambda: mill.now)
    yield mill
    database.close()
