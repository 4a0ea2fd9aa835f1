"""Spending points: set aside first, then captured or given back; each step once, whoever asks how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from awarding.transfers import Mover, redeemed_data
from pipeline import formats
from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.redemptions import Redemption, Redemptions, RedemptionStatus
from receipts.identity import MemberId, ProgramId, new_id
from receipts.ledger import EntryKind
from receipts.lots import lots_of
from receipts.message import MessageType
from receipts.money import Points

USUAL_HOLD_S = 15 * 60
"""A checkout takes minutes; a guess, to be measured once tills use it."""
LONGEST_HOLD_S = 24 * 60 * 60
HOLD_DUE = "hold"


@dataclass(frozen=True, slots=True)
class TooFewPoints:
    """The member has fewer to spend.

    Attributes:
        available: what there is.
    """

    available: Points


@dataclass(frozen=True, slots=True)
class OtherRedemption:
    """The reference names a redemption of another member or of other points, or it has ended otherwise."""

    found: Redemption


@dataclass(frozen=True, slots=True)
class NoSuch:
    """The program has no such member or redemption."""


@dataclass(frozen=True, slots=True)
class MoreThanHeld:
    """More was to be captured than is set aside."""

    held: Points


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What a till asks for.

    Attributes:
        reference: its own number; the same again is the same redemption.
        purpose: what the points are for, in words that the member reads.
        hold_s: seconds until the points are given back by themselves.
    """

    member_id: MemberId
    points: Points
    reference: str
    purpose: str
    hold_s: int = USUAL_HOLD_S


def hold(
    wiring: Wiring, program_id: ProgramId, asked: HoldRequest
) -> Redemption | TooFewPoints | OtherRedemption | NoSuch:
    """Set points aside. Asked again under the same reference it is the same redemption, however it stands."""
    try:
        with wiring.database.write() as session:
            return _hold(session, utc_now(), program_id, asked)
    except IntegrityError:
        # Another came with this reference between looking and writing: what it made counts.
        with wiring.database.write() as session:
            return _hold(session, utc_now(), program_id, asked)


def _hold(
    session: Session, now: datetime, program_id: ProgramId, asked: HoldRequest
) -> Redemption | TooFewPoints | OtherRedemption | NoSuch:
    members = ProgramData(session, program_id)
    if not members.takes_part(asked.member_id):
        return NoSuch()
    books, redemptions = Books(session, program_id, now), Redemptions(session, program_id, now)
    books.lock(asked.member_id)
    if not members.takes_part(asked.member_id):  # erased while this waited
        return NoSuch()
    before = redemptions.by_reference(asked.reference)
    if before is not None:
        same = (before.member_id, before.points) == (asked.member_id, asked.points)
        return before if same else OtherRedemption(before)
    available = books.balances(asked.member_id).available
    if available < asked.points:
        return TooFewPoints(available)
    made = Redemption(
        id=new_id("red"),
        member_id=asked.member_id,
        points=asked.points,
        captured=Points(0),
        reference=asked.reference,
        purpose=asked.purpose,
        status=RedemptionStatus.HELD,
        expires_at=now + timedelta(seconds=asked.hold_s),
        created_at=now,
    )
    redemptions.add(made)
    mover = Mover(program_id, asked.member_id, now)
    sentence = f"{formats.points(asked.points)} set aside: {asked.purpose}"
    books.post([mover.of_redemption(made.id, EntryKind.HOLD, asked.points, sentence)])
    books.note_due(HOLD_DUE, asked.member_id, made.id, made.expires_at)
    return made


def capture(
    wiring: Wiring, program_id: ProgramId, redemption_id: str, *, points: Points | None = None
) -> Redemption | OtherRedemption | MoreThanHeld | NoSuch:
    """Spend what is set aside, all of it or `points`; the rest is given back. Captured before, it stays."""
    now = utc_now()
    with wiring.database.write() as session:
        found = _locked(session, now, program_id, redemption_id)
        if found is None:
            return NoSuch()
        wanted = found.points if points is None else points
        if found.status is RedemptionStatus.CAPTURED and found.captured == wanted:
            return found
        if found.status is not RedemptionStatus.HELD:
            return OtherRedemption(found)
        if wanted > found.points:
            return MoreThanHeld(found.points)
        if found.expires_at <= now:
            # The sweep has not come by yet; the till was promised the points until then and no longer.
            give_back(session, now, program_id, found, RedemptionStatus.EXPIRED)
            return OtherRedemption(_again(session, now, program_id, redemption_id))
        _capture(session, now, program_id, found, wanted)
        return _again(session, now, program_id, redemption_id)


def _capture(session: Session, now: datetime, program_id: ProgramId, found: Redemption, wanted: int) -> None:
    books, mover = Books(session, program_id, now), Mover(program_id, found.member_id, now)
    Redemptions(session, program_id, now).close(found.id, RedemptionStatus.CAPTURED, captured=wanted)
    spent = mover.of_redemption(
        found.id, EntryKind.REDEMPTION, wanted, f"{formats.points(wanted)} spent: {found.purpose}"
    )
    books.post([spent])
    if found.points > wanted:
        _post_rest(books, mover, found, found.points - wanted)
    balances = books.balances(found.member_id)
    data = redeemed_data(spent, balances, reference=found.reference)
    books.send(found.member_id, MessageType.POINTS_REDEEMED, data)


def release(
    wiring: Wiring, program_id: ProgramId, redemption_id: str
) -> Redemption | OtherRedemption | NoSuch:
    """Give back what is set aside. Released or expired before, it stays so."""
    now = utc_now()
    with wiring.database.write() as session:
        found = _locked(session, now, program_id, redemption_id)
        if found is None:
            return NoSuch()
        if found.status is RedemptionStatus.CAPTURED:
            return OtherRedemption(found)
        if found.status is RedemptionStatus.HELD:
            give_back(session, now, program_id, found, RedemptionStatus.RELEASED)
        return _again(session, now, program_id, redemption_id)


def find_redemption(wiring: Wiring, program_id: ProgramId, redemption_id: str) -> Redemption | None:
    """The redemption as it stands."""
    with wiring.database.read() as session:
        return Redemptions(session, program_id, utc_now()).find(redemption_id)


def give_back(
    session: Session, now: datetime, program_id: ProgramId, found: Redemption, status: RedemptionStatus
) -> None:
    """End a hold without spending. The member's books are locked."""
    if Redemptions(session, program_id, now).close(found.id, status):
        books, mover = Books(session, program_id, now), Mover(program_id, found.member_id, now)
        _post_rest(books, mover, found, found.points)


def _post_rest(books: Books, mover: Mover, found: Redemption, points: int) -> None:
    sentence = f"{formats.points(points)} given back: {found.purpose}"
    books.post([mover.of_redemption(found.id, EntryKind.HOLD_END, points, sentence)])
    # They return to the lots that they were taken of, whose time may have run out meanwhile.
    for lot in lots_of(books.all_entries(found.member_id)):
        if lot.available and lot.until is not None and lot.until <= mover.now:
            books.note_due("expiry", found.member_id, lot.entry.id, mover.now)


def _locked(session: Session, now: datetime, program_id: ProgramId, redemption_id: str) -> Redemption | None:
    redemptions = Redemptions(session, program_id, now)
    found = redemptions.find(redemption_id)
    if found is None:
        return None
    Books(session, program_id, now).lock(found.member_id)
    session.expire_all()
    return redemptions.find(redemption_id)


def _again(session: Session, now: datetime, program_id: ProgramId, redemption_id: str) -> Redemption:
    session.expire_all()
    found = Redemptions(session, program_id, now).find(redemption_id)
    if found is None:
        raise LookupError(f"redemption {redemption_id} is gone")
    return found
