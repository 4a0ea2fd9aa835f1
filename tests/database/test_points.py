"""Points that wait, expire and are spent, on both databases and by two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline import redeem
from pipeline.clock import utc_now
from pipeline.points_sweep import sweep_points
from pipeline.redeem import HoldRequest, MoreThanHeld, OtherRedemption, TooFewPoints
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.database.repositories.books import Books
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.redemptions import Redemption, RedemptionStatus
from receipts.identity import MemberId
from receipts.ledger import placed
from receipts.money import Points, currency
from receipts.program import PointsTerms
from tests.database.conftest import World
from tests.database.test_books import entry


@dataclass
class Bank:
    """A program whose points wait three days and expire after thirty, told of ten days before."""

    world: World
    wiring: Wiring
    terms: PointsTerms
    start: datetime

    def earn(self, points: int, *, day: float = 0) -> str:
        made = entry(self.world, self.world.send(), points, created_at=self.start + timedelta(days=day))
        with self.wiring.database.write() as session:
            Books(session, self.world.mill, utc_now()).post(placed([made], self.terms))
        return made.id

    def change(self, terms: PointsTerms) -> None:
        self.terms = terms
        with self.wiring.database.write() as session:
            Programs(session).change_terms(self.world.mill, terms)

    def sweep(self, day: float) -> int:
        return sweep_points(self.wiring, now=self.start + timedelta(days=day)).members

    @property
    def standing(self) -> tuple[int, int, int]:
        with self.wiring.database.read() as session:
            found = Books(session, self.world.mill, utc_now()).balances(self.world.ann)
        return found.pending, found.available, found.held

    @property
    def told(self) -> list[tuple[str, int]]:
        with self.wiring.database.read() as session:
            rows = session.execute(text("SELECT type, data FROM messages ORDER BY sequence")).all()
        import json

        return [
            (kind, (json.loads(data) if isinstance(data, str) else data)["points"]) for kind, data in rows
        ]

    def hold(self, points: int, reference: str = "till-1") -> object:
        asked = HoldRequest(self.world.ann, Points(points), reference, "a mug")
        return redeem.hold(self.wiring, self.world.mill, asked)


@pytest.fixture
def bank(world: World, tmp_path: Path) -> Iterator[Bank]:
    wiring = build(Settings(data_dir=tmp_path / "data", database_url=world.database.url))
    made = Bank(world, wiring, PointsTerms(), utc_now())
    made.change(PointsTerms(pending_days=3, expiry_days=30, notice_days=10))
    yield made
    wiring.close()


def at_once(*work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_points_wait_are_released_told_of_and_expire_in_their_time(bank: Bank) -> None:
    bank.earn(40)
    assert (bank.sweep(2.9), bank.standing) == (0, (40, 0, 0))
    assert (bank.sweep(3.1), bank.standing) == (1, (0, 40, 0))
    assert bank.sweep(3.2) == 0, "released once"
    assert (bank.sweep(22), bank.told) == (0, [("points.released", 40)])
    assert (bank.sweep(23.2), bank.standing) == (1, (0, 40, 0))
    assert (bank.sweep(33.2), bank.standing) == (1, (0, 0, 0))
    assert bank.told == [("points.released", 40), ("points.expiring", 40), ("points.expired", 40)]
    assert bank.sweep(400) == 0, "nothing is left to be done"


def test_later_terms_leave_points_promised_before_alone(bank: Bank) -> None:
    bank.earn(40)
    bank.change(PointsTerms(pending_days=0, expiry_days=None))
    bank.earn(7)
    assert bank.standing == (40, 7, 0)
    bank.sweep(3.1)
    assert bank.standing == (0, 47, 0)


def test_the_oldest_points_are_spent_first_and_only_what_is_left_expires(bank: Bank) -> None:
    bank.change(PointsTerms(expiry_days=30, notice_days=0))
    bank.earn(40)
    bank.earn(25, day=5)
    held = bank.hold(30)
    assert isinstance(held, Redemption)
    redeem.capture(bank.wiring, bank.world.mill, held.id)
    bank.sweep(31)
    assert (bank.standing, bank.told) == ((0, 25, 0), [("points.redeemed", 30), ("points.expired", 10)])


def test_points_given_back_after_their_time_expire_then(bank: Bank) -> None:
    bank.change(PointsTerms(expiry_days=1, notice_days=0))
    bank.earn(40, day=-0.9)
    held = bank.hold(30)
    assert isinstance(held, Redemption)
    bank.sweep(0.2)
    assert bank.standing == (0, 0, 0), "the hold of a quarter of an hour is over too"
    assert bank.told == [("points.expired", 40)]


def test_two_sweeps_at_once_do_everything_once(bank: Bank) -> None:
    for points in (40, 25, 3):
        bank.earn(points)
    at_once(*[lambda: bank.sweep(3.1)] * 3)
    assert bank.standing == (0, 68, 0)
    # On PostgreSQL they may share the member's rows, and then each tells of its own.
    assert {kind for kind, _ in bank.told} == {"points.released"}
    assert sum(points for _, points in bank.told) == 68


def test_a_sweep_that_is_killed_leaves_all_to_the_next(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.earn(40)

    class KilledError(BaseException):
        """As the process would end."""

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(Books, "send", killed)
        bank.sweep(3.1)
    assert bank.standing == (40, 0, 0)
    bank.sweep(3.1)
    assert (bank.standing, bank.told) == ((0, 40, 0), [("points.released", 40)])


def test_a_hold_is_asked_for_captured_and_released_once(bank: Bank) -> None:
    bank.change(PointsTerms())
    bank.earn(100)
    first = bank.hold(60)
    assert isinstance(first, Redemption)
    assert (bank.hold(60), bank.standing) == (first, (0, 40, 60))
    assert isinstance(bank.hold(61), OtherRedemption), "the same number for other points"
    assert bank.hold(60, "till-2") == TooFewPoints(Points(40))
    mill = bank.world.mill
    assert redeem.capture(bank.wiring, mill, first.id, points=Points(61)) == MoreThanHeld(Points(60))
    for _ in range(2):
        done = redeem.capture(bank.wiring, mill, first.id, points=Points(50))
        assert isinstance(done, Redemption)
        assert (done.status, done.captured, bank.standing) == (RedemptionStatus.CAPTURED, 50, (0, 50, 0))
    assert isinstance(redeem.capture(bank.wiring, mill, first.id), OtherRedemption)
    assert isinstance(redeem.release(bank.wiring, mill, first.id), OtherRedemption)
    assert bank.told == [("points.redeemed", 50)]
    second = bank.hold(50, "till-2")
    assert isinstance(second, Redemption)
    for _ in range(2):
        given = redeem.release(bank.wiring, mill, second.id)
        assert isinstance(given, Redemption)
        assert (given.status, bank.standing) == (RedemptionStatus.RELEASED, (0, 50, 0))
    assert isinstance(redeem.capture(bank.wiring, bank.world.forge, second.id), redeem.NoSuch)


def test_a_hold_that_nobody_captures_runs_out(bank: Bank) -> None:
    bank.change(PointsTerms())
    bank.earn(100)
    held = bank.hold(60)
    assert isinstance(held, Redemption)
    bank.sweep(0.1)
    assert bank.standing == (0, 100, 0)
    late = redeem.capture(bank.wiring, bank.world.mill, held.id)
    assert isinstance(late, OtherRedemption)
    assert late.found.status is RedemptionStatus.EXPIRED


def test_two_tills_at_once_do_not_spend_the_same_points(bank: Bank) -> None:
    bank.change(PointsTerms())
    bank.earn(100)
    answers: list[object] = []
    at_once(*[lambda n=n: answers.append(bank.hold(60, f"till-{n}")) for n in range(4)])  # type: ignore[misc]
    assert sum(isinstance(answer, Redemption) for answer in answers) == 1
    assert bank.standing == (0, 40, 60)


def test_a_member_whose_points_cannot_be_swept_keeps_nobody_waiting(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.earn(40)
    sent = bank.world.send(bank.world.bob)
    with bank.wiring.database.write() as session:
        poisoned = entry(
            bank.world,
            sent,
            70,
            member_id=bank.world.bob,
            created_at=bank.start - timedelta(hours=1),
        )
        Books(session, bank.world.mill, utc_now()).post(placed([poisoned], bank.terms))
    plain = Books.all_entries

    def broken(self: Books, member_id: MemberId) -> object:
        if member_id == bank.world.bob:
            raise LookupError("a book of Bob's")
        return plain(self, member_id)

    with monkeypatch.context() as patch:
        patch.setattr(Books, "all_entries", broken)
        with pytest.raises(LookupError, match="a book of Bob's"):
            bank.sweep(4)
        assert bank.sweep(4) == 1, "Bob is passed over"
        assert bank.standing == (0, 40, 0)
    assert bank.sweep(4.1) == 1, "and looked at again later"


def test_a_better_photo_of_a_purchase_is_not_spent_twice_and_what_came_back_is_none(world: World) -> None:
    usd, day = currency("USD"), utc_now().date()
    sent = [(world.send(), *each) for each in (("one", 329), ("one", 829), ("two", 100), ("gone", 0))]
    with world.database.write() as session:
        earning = Earning(session, world.mill, utc_now())
        for receipt, key, minor in sent:
            earning.add_purchase(
                receipt, world.ann, purchase_key=key, bought_on=day, currency=usd, minor=minor
            )
        found = earning.purchases(world.ann, but="")
    assert (found.count, found.spent) == (2, {usd: 929})
