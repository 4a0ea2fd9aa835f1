"""What falls due: pending points are released, members are told of points that expire, and then they expire.

One member a transaction. The rows that say what is due are locked and go with it, so any number of sweeps may
run at once, and one that is killed leaves them to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from awarding.transfers import Mover, expired_data, expiring_data, released_data
from pipeline import formats
from pipeline.clock import utc_now
from pipeline.redeem import give_back
from pipeline.returns import take_refund, take_waiting
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books, StaleBooksError
from receipts.database.repositories.due import Due, DuePoints
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.redemptions import Redemptions, RedemptionStatus
from receipts.errors import TransientError
from receipts.ledger import EntryKind, LedgerEntry, expires_at
from receipts.lots import Lot, lots_of
from receipts.message import MessageType
from receipts.program import Program

log = structlog.get_logger(__name__)

_REFUNDS_A_SWEEP = 20
AGAIN = timedelta(hours=1)
"""A member whose points could not be swept is passed over for so long: a person must look, not the sweep."""
MEMBERS_A_SWEEP = 500
"""Then the relay does its other work first; a member takes some 10 ms."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    members: int


def sweep_points(wiring: Wiring, *, now: datetime | None = None, most: int = MEMBERS_A_SWEEP) -> Swept:
    """Do all that is due, of so many members at most.

    Args:
        wiring: the process's parts.
        now: the moment to go by; None for the clock's.
        most: members.
    """
    moment = utc_now() if now is None else now
    take_waiting(wiring)
    take_refunds(wiring, moment)
    for done in range(most):
        if not _sweep_one(wiring, moment):
            return Swept(done)
    return Swept(most)


def _sweep_one(wiring: Wiring, moment: datetime) -> bool:
    """Do what is due of the member who waits longest; False where nothing is.

    Whatever goes wrong with one member's points ends this sweep, loudly. The next one passes that member over
    for a while, so that nobody else's points wait for them.
    """
    due: Due | None = None
    try:
        with wiring.database.write() as session:
            due = DuePoints(session, moment).take()
            if due is not None:
                _Sweep(session, moment, due).run()
                DuePoints(session, moment).done(due)
    except TransientError:  # the database's, not the member's
        raise
    except Exception:  # put off, so that the next sweep is not stopped by the same member; then told
        if due is not None:
            log.error("a member's points cannot be swept", member_id=due.member_id, again=str(moment + AGAIN))
            with wiring.database.write() as session:
                DuePoints(session, moment).put_off(due, until=moment + AGAIN)
        raise
    return due is not None


def take_refunds(wiring: Wiring, now: datetime) -> None:
    """Look for the purchases that refunds' receipts are of, and take back their points."""
    with wiring.database.read() as session:
        waiting = DuePoints(session, now).refunds(limit=_REFUNDS_A_SWEEP)
    for program_id, refund_id, due_at in waiting:
        try:
            found = take_refund(wiring, program_id, refund_id)
        except (StaleBooksError, IntegrityError) as error:
            log.warning("refund looked at again later", receipt_id=refund_id, reason=str(error))
            continue
        except LookupError as error:
            # Nobody else's points wait for it; it is looked at again when the member is paid.
            log.error("refund cannot be looked at", receipt_id=refund_id, reason=str(error))
            found = None
        with wiring.database.write() as session:
            due = DuePoints(session, now)
            if found is None:
                due.refund_waits(refund_id, seen=due_at)
            else:
                due.refund_done(refund_id)


class _Sweep:
    """One member's points, in one transaction."""

    def __init__(self, session: Session, now: datetime, due: Due) -> None:
        program = Programs(session).find(due.program_id)
        if program is None:
            raise LookupError(f"points of the program {due.program_id} are due, which is not there")
        self._program: Program = program
        self._session = session
        self._now = now
        self._due = due
        self._books = Books(session, due.program_id, now)
        self._mover = Mover(due.program_id, due.member_id, now)

    def run(self) -> None:
        """Holds first, since what they give back may have to expire; what is released does not at once."""
        self._books.lock(self._due.member_id)
        self._end_holds()
        self._release()
        self._tell()
        self._expire()

    def _end_holds(self) -> None:
        redemptions = Redemptions(self._session, self._due.program_id, self._now)
        for redemption_id in sorted(self._due.holds):
            found = redemptions.find(redemption_id)
            if found is not None and found.status is RedemptionStatus.HELD:
                give_back(self._session, self._now, self._due.program_id, found, RedemptionStatus.EXPIRED)

    def _release(self) -> None:
        if not self._due.releases:
            return
        until = expires_at(self._program.terms, self._now)
        entries = [
            self._mover.of_lot(
                lot,
                EntryKind.RELEASE,
                lot.pending,
                f"{formats.points(lot.pending)} can be spent now.",
                due_at=until,
            )
            for lot in self._lots()
            if lot.entry.id in self._due.releases and lot.pending
        ]
        if entries:
            self._books.post(entries)
            self._say(MessageType.POINTS_RELEASED, entries, f"{_sum(entries)} can be spent now.")

    def _tell(self) -> None:
        told = [
            lot for lot in self._lots() if lot.entry.id in self._due.notices and lot.available and lot.until
        ]
        if not told:
            return
        first = min(lot.until for lot in told if lot.until is not None)
        points = sum(lot.available for lot in told)
        day = formats.day(first.astimezone(ZoneInfo(self._program.time_zone)).date())
        data = expiring_data(
            points,
            self._books.balances(self._due.member_id),
            f"{formats.points(points)} of yours expire from {day} on. Spend them before.",
            expires_at=first,
        )
        self._books.send(self._due.member_id, MessageType.POINTS_EXPIRING, data)

    def _expire(self) -> None:
        entries = self._books.all_entries(self._due.member_id)
        over = [
            lot
            for lot in lots_of(entries)
            if lot.until is not None and lot.until <= self._now and lot.available
        ]
        if not over:
            return
        before = [entry.rests_on for entry in entries if entry.kind is EntryKind.EXPIRY]
        expired = [
            self._mover.of_lot(
                lot,
                EntryKind.EXPIRY,
                lot.available,
                f"{formats.points(lot.available)} were not spent in time.",
                posting=before.count(lot.entry.id),
            )
            for lot in over
        ]
        self._books.post(expired)
        self._say(MessageType.POINTS_EXPIRED, expired, f"{_sum(expired)} were not spent in time.")

    def _lots(self) -> Sequence[Lot]:
        return lots_of(self._books.all_entries(self._due.member_id))

    def _say(self, kind: MessageType, entries: Sequence[LedgerEntry], sentence: str) -> None:
        balances = self._books.balances(self._due.member_id)
        made = released_data if kind is MessageType.POINTS_RELEASED else expired_data
        self._books.send(self._due.member_id, kind, made(entries, balances, sentence))


def _sum(entries: Sequence[LedgerEntry]) -> str:
    return formats.points(sum(entry.points for entry in entries))
