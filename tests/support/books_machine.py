"""The state machine of the books: uploads, photos, corrections, returns, slips, gifts, holds, crashes.

A few steps by default; TILLPOINTS_TEST_BOOKS_STEPS asks for thousands and prints what was done.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import text, update

from ocr.document import Reading, ReadSeconds
from pipeline import gifts, redeem, take_back
from pipeline.books_check import check_member
from pipeline.clock import utc_now
from pipeline.gifts import GiftRequest
from pipeline.points_sweep import sweep_points
from pipeline.redeem import HoldRequest
from pipeline.runner import run
from pipeline.steps.artefacts import Matching, matching_artefact, reading_artefact, screening_artefact
from pipeline.steps.compared import NOTHING_COMPARED
from receipts.database.repositories.books import Books
from receipts.database.repositories.gifts import Gift, GiftStatus
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.repositories.redemptions import Redemption
from receipts.database.repositories.work import Work
from receipts.database.tables import ReceiptRow
from receipts.fraud import Risk, Screening
from receipts.identity import (
    AccountId,
    MemberId,
    ReceiptId,
    Sku,
    new_member_id,
)
from receipts.ledger import EntryKind
from receipts.money import Points
from receipts.program import PointsTerms, ReturnPolicy
from receipts.transcript import TextSource, Transcript
from tests.support.books_parts import (
    EACH,
    NUMBER,
    PER,
    PRICE,
    KilledError,
    Line,
    Place,
    Purchase,
    T,
    as_json,
    as_read,
    killed,
    printed_receipt,
)


class BooksMachine(RuleBasedStateMachine):
    """The machine; a subclass names its place."""

    place: ClassVar[Place]

    def __init__(self) -> None:
        super().__init__()
        self.wiring, self.program = self.place.wiring, self.place.world.mill
        self.member: MemberId = new_member_id()
        self.purchases: list[Purchase] = []
        self.held: list[Redemption] = []
        self.given = self.spent = 0
        self.days = 0.0
        self.crash = ""
        with self.wiring.database.write() as session:
            ProgramData(session, self.program).add_member(self.member, "Ann", utc_now())

    @initialize(
        pending=st.sampled_from([0, 3]),
        expiry=st.sampled_from([None, None, 30]),
        policy=st.sampled_from(list(ReturnPolicy)),
    )
    def begin(self, pending: int, expiry: int | None, policy: ReturnPolicy) -> None:
        with self.wiring.database.write() as session:
            terms = PointsTerms(pending_days=pending, expiry_days=expiry, return_policy=policy)
            Programs(session).change_terms(self.program, terms)
        self.new_purchase([("A", 2), ("B", 1)], 1)  # so that a short run has something to go on

    def act(self, name: str, work: Callable[[], T]) -> T:
        """Do it; with a crash planned, it is first killed in the middle, and then done again."""
        self.place.done[name] += 1
        where, self.crash = self.crash, ""
        if where:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Books, where, killed)
                try:
                    return work()
                except KilledError:
                    self.place.done["killed"] += 1
        return work()

    @rule(where=st.sampled_from(["send", "post", "note_due", "end_claims"]))
    def plan_a_crash(self, where: str) -> None:
        self.crash = where

    @rule(
        lines=st.lists(
            st.tuples(st.sampled_from(["A", "B", None]), st.integers(1, 3)), min_size=1, max_size=4
        ),
        seen=st.integers(1, 4),
    )
    def upload(self, lines: list[tuple[str | None, int]], seen: int) -> None:
        self.new_purchase(lines, seen)

    def new_purchase(self, lines: list[tuple[str | None, int]], seen: int) -> None:
        made = [Line(sku, quantity, PRICE[sku] * quantity) for sku, quantity in lines]
        count = next(NUMBER)
        purchase = Purchase(f"purchase1/{count}", made, number=f"{40_000_000 + count}")
        self.purchases.append(purchase)
        self.photo(purchase, min(seen, len(made)))

    @rule(data=st.data(), seen=st.integers(1, 4))
    def send_again(self, data: st.DataObject, seen: int) -> None:
        purchase = data.draw(st.sampled_from(self.purchases))
        self.photo(purchase, min(seen, len(purchase.lines)))

    def photo(self, purchase: Purchase, seen: int) -> None:
        receipt_id = self._screened(purchase, seen)
        self.act("upload", lambda: self._decide(receipt_id))
        self._decided(purchase, receipt_id, seen)

    def _decided(self, purchase: Purchase, receipt_id: ReceiptId, seen: int) -> None:
        purchase.photos += 1
        purchase.shown.append((receipt_id, seen))
        for line in purchase.lines[:seen]:
            if line.owner is None and line.sku is not None:
                line.owner = receipt_id
        purchase.seen = max(purchase.seen, seen)

    @rule(
        where=st.sampled_from(["send", "post", "claimants"]),
        seen=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    )
    def crash_between_two_photos(self, where: str, seen: tuple[int, int]) -> None:
        """One is killed while it is decided, the other is decided, then the first is taken up again."""
        purchase = self.purchases[-1]
        shown = [min(each, len(purchase.lines)) for each in seen]
        first, second = (self._screened(purchase, each) for each in shown)
        self.place.done["two photos"] += 1
        struck = False
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Books, where, killed)
            try:
                self._decide(first)
            except KilledError:
                struck = True
        order = [(second, shown[1]), (first, shown[0])] if struck else [(first, shown[0]), (second, shown[1])]
        for receipt_id, each in order:
            self._decide(receipt_id)
            self._decided(purchase, receipt_id, each)

    def _decide(self, receipt_id: ReceiptId) -> None:
        with self.wiring.database.write() as session:  # as if the lease of a worker that died had run out
            dead = {"lease_owner": None, "lease_until": None}
            session.execute(update(ReceiptRow).where(ReceiptRow.id == receipt_id).values(**dead))
        run(self.wiring, receipt_id)

    def _screened(self, purchase: Purchase, seen: int, *, refund: bool = False) -> ReceiptId:
        """A receipt as the stages before the decision leave it."""
        receipt_id = self.place.world.send(self.member)
        items, matches = as_read(purchase.lines[:seen])
        reading = Reading(
            printed_receipt(items, purchase.number, refund=refund),
            Transcript(1, 1, (), TextSource.PDF_TEXT, "test"),
            None,
            ReadSeconds(0.0, 0.0, 0.0, 0.0),
            "test",
        )
        with self.wiring.database.write() as session:
            session.execute(
                update(ReceiptRow)
                .where(ReceiptRow.id == receipt_id)
                .values(state="screened", purchase_key=purchase.key)
            )
            work = Work(session, utc_now())
            work.add_artefact(receipt_id, reading_artefact(reading))
            work.add_artefact(
                receipt_id, matching_artefact(Matching(matches, self.place.catalog), versions={})
            )
            screening = Screening(Risk.CLEAR, (), 1)
            work.add_artefact(receipt_id, screening_artefact(screening, compared=NOTHING_COMPARED.kept()))
        return receipt_id

    @precondition(lambda self: self._told())
    @rule(data=st.data(), sku=st.sampled_from(["A", "B", None]), twice=st.booleans())
    def correct(self, data: st.DataObject, sku: str | None, twice: bool) -> None:
        purchase, receipt_id, position = data.draw(st.sampled_from(self._told()))
        said = {position: None if sku is None else Sku(sku)}
        for _ in range(2 if twice else 1):
            found = self.act(
                "correction", lambda: take_back.correct(self.wiring, self.program, receipt_id, said)
            )
            assert isinstance(found, take_back.Corrected), found
            assert found.gained == 0 or self._kept_of(receipt_id) == 0, "paid on top of what had stayed"
        line = purchase.lines[position]
        if line.owner is None or line.sku is None:  # else it is corrected on the photo that was paid for it
            line.owner = receipt_id
        line.sku = sku

    def _told(self) -> list[tuple[Purchase, ReceiptId, int]]:
        """Lines with each photo that shows them, of purchases that anything was paid of."""
        return [
            (purchase, receipt_id, position)
            for purchase in self.purchases
            if purchase.paid
            for receipt_id, seen in purchase.shown
            for position in range(seen)
        ]

    @rule(points=st.sampled_from([5, 400, 600]), agree=st.booleans())
    def give(self, points: int, agree: bool) -> None:
        asked = GiftRequest(self.member, Points(points), "a broken jar", f"G-{next(NUMBER)}")
        one, two = AccountId("acc_one"), AccountId("acc_two")
        found = self.act("gift", lambda: gifts.give(self.wiring, self.program, one, asked))
        assert isinstance(found, Gift)
        if found.status is GiftStatus.PROPOSED:
            self.act(
                "gift decided",
                lambda: gifts.decide_gift(self.wiring, self.program, found.id, two, agree=agree),
            )
            self.given += points if agree else 0
        else:
            self.given += points

    @rule(points=st.integers(1, 80))
    def hold(self, points: int) -> None:
        asked = HoldRequest(self.member, Points(points), f"T-{next(NUMBER)}", "a mug", 86_400)
        available = self.balances().available
        found = self.act("hold", lambda: redeem.hold(self.wiring, self.program, asked))
        assert isinstance(found, Redemption) == (available >= points)
        if isinstance(found, Redemption):
            self.held.append(found)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), captured=st.booleans())
    def end_hold(self, data: st.DataObject, captured: bool) -> None:
        found = data.draw(st.sampled_from(self.held))
        self.held.remove(found)
        do = redeem.capture if captured else redeem.release
        ended = self.act(do.__name__, lambda: do(self.wiring, self.program, found.id))
        if isinstance(ended, Redemption):  # not so when the sweep was there first
            self.spent += ended.captured

    @rule(days=st.sampled_from([0.0, 2.0, 3.5, 32.0]))
    def let_time_pass(self, days: float) -> None:
        self.days += days
        moment = utc_now() + dt.timedelta(days=self.days)
        self.act("sweep", lambda: sweep_points(self.wiring, now=moment))

    def balances(self) -> Any:
        with self.wiring.database.read() as session:
            return Books(session, self.program, utc_now()).balances(self.member)

    @invariant()
    def the_books_fit(self) -> None:
        with self.wiring.database.read() as session:
            differences = check_member(session, self.program, self.member)
        assert differences == (), str(differences)

    @invariant()
    def the_balance_is_what_was_earned(self) -> None:
        found = self.balances()
        rows = self._moved()
        assert found.pending + found.available + found.held == (
            self.earned() + self.given - self.spent - rows["expired"] + rows["stayed"]
        )

    def earned(self) -> int:
        bonus = sum(line.bonus for each in self.purchases for line in each.lines if line.owner is not None)
        spent: Counter[ReceiptId] = Counter()
        for purchase in self.purchases:
            for line in purchase.lines:
                if line.owner is not None and line.sku is not None:
                    spent[line.owner] += line.left_minor
        return bonus + sum(minor // PER * EACH for minor in spent.values())

    def _moved(self) -> dict[str, int]:
        """What expired, and what was not taken back because it had, or by the program's policy."""
        with self.wiring.database.read() as session:
            entries = Books(session, self.program, utc_now()).all_entries(self.member)
        data = self._reversals()
        expired = sum(entry.points for entry in entries if entry.kind is EntryKind.EXPIRY)
        return {"expired": expired, "stayed": sum(_stayed(each) for each in data)}

    def _reversals(self) -> list[dict[str, Any]]:
        with self.wiring.database.read() as session:
            told = session.execute(
                text("SELECT data FROM messages WHERE member_id = :m AND type = 'points.reversed'"),
                {"m": self.member},
            ).scalars()
            return [as_json(each) for each in told]

    def _kept_of(self, receipt_id: ReceiptId) -> int:
        """What stayed of a receipt other than at a return, and was not counted since."""
        of_it = [each for each in self._reversals() if each["receipt_id"] == receipt_id]
        return sum(_stayed(each) for each in of_it if each["reason"] != "return")


def _stayed(told: dict[str, Any]) -> int:
    return int(told["not_taken"]) - int(told["taken_after_all"])
