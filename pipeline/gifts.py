"""Points given by staff, with a reason; above the program's limit a second person agrees first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from awarding.transfers import Mover, granted_data
from pipeline.clock import utc_now
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.gifts import Gift, Gifts, GiftStatus
from receipts.database.repositories.programs import ProgramData
from receipts.identity import AccountId, MemberId, ProgramId, new_id
from receipts.ledger import placed
from receipts.message import MessageType
from receipts.money import Points
from receipts.program import PointsTerms


@dataclass(frozen=True, slots=True)
class GiftRequest:
    """What a member of staff wants to give.

    Attributes:
        reason: for the record, and told to the member.
        reference: the caller's own number; the same again is the same gift.
    """

    member_id: MemberId
    points: Points
    reason: str
    reference: str


@dataclass(frozen=True, slots=True)
class OtherGift:
    """The reference names another gift, or the gift was decided otherwise."""

    found: Gift


@dataclass(frozen=True, slots=True)
class NoSuch:
    """The program has no such member or gift."""


@dataclass(frozen=True, slots=True)
class SamePerson:
    """Who proposed a gift is not the second person."""


def give(
    wiring: Wiring, program_id: ProgramId, by: AccountId, asked: GiftRequest
) -> Gift | OtherGift | NoSuch:
    """Give at once, or propose where the points are above the program's limit."""
    try:
        return _give(wiring, program_id, by, asked)
    except IntegrityError:
        # Another came with this reference between looking and writing: what it made counts.
        return _give(wiring, program_id, by, asked)


def _give(
    wiring: Wiring, program_id: ProgramId, by: AccountId, asked: GiftRequest
) -> Gift | OtherGift | NoSuch:
    now = utc_now()
    terms = program_of(wiring, program_id).terms
    with wiring.database.write() as session:
        if not _may_get(session, now, program_id, asked.member_id):
            return NoSuch()
        gifts = Gifts(session, program_id, now)
        before = gifts.by_reference(asked.reference)
        if before is not None:
            same = (before.member_id, before.points) == (asked.member_id, asked.points)
            return before if same else OtherGift(before)
        gift = Gift(
            id=new_id("gft"),
            member_id=asked.member_id,
            points=asked.points,
            reason=asked.reason,
            reference=asked.reference,
            status=GiftStatus.PROPOSED if asked.points > terms.gift_limit else GiftStatus.GIVEN,
            proposed_by=by,
            decided_by=None,
            created_at=now,
        )
        gifts.add(gift)
        if gift.status is GiftStatus.GIVEN:
            _post(session, now, program_id, gift, terms)
        return gift


def decide_gift(
    wiring: Wiring, program_id: ProgramId, gift_id: str, by: AccountId, *, agree: bool
) -> Gift | OtherGift | SamePerson | NoSuch:
    """The second person's word; the same word again changes nothing."""
    now = utc_now()
    terms = program_of(wiring, program_id).terms
    wanted = GiftStatus.GIVEN if agree else GiftStatus.REFUSED
    with wiring.database.write() as session:
        gifts = Gifts(session, program_id, now)
        gift = gifts.find(gift_id)
        if gift is None:
            return NoSuch()
        if gift.proposed_by == by:
            return SamePerson()
        proposed = gift.status is GiftStatus.PROPOSED
        if agree and proposed and not _may_get(session, now, program_id, gift.member_id):
            return NoSuch()
        if gifts.decide(gift_id, wanted, by) and agree:
            _post(session, now, program_id, gift, terms)
        settled = gifts.find(gift_id)
        if settled is None:
            raise LookupError(f"gift {gift_id} is gone")
        return settled if settled.status is wanted else OtherGift(settled)


def waiting_gifts(wiring: Wiring, program_id: ProgramId, *, limit: int) -> tuple[Gift, ...]:
    """Those that a second person has to agree to, oldest first."""
    with wiring.database.read() as session:
        return Gifts(session, program_id, utc_now()).waiting(limit=limit)


def _may_get(session: Session, now: datetime, program_id: ProgramId, member_id: MemberId) -> bool:
    """Whether the member is there and not erased; their books are held, so that it stays so."""
    members = ProgramData(session, program_id)
    if not members.takes_part(member_id):
        return False
    Books(session, program_id, now).lock(member_id)
    return members.takes_part(member_id)


def _post(session: Session, now: datetime, program_id: ProgramId, gift: Gift, terms: PointsTerms) -> None:
    books, mover = Books(session, program_id, now), Mover(program_id, gift.member_id, now)
    plain = mover.given(gift.id, gift.points, f"A gift: {gift.reason}"[:500])
    (entry,) = placed([plain], terms, pending=False)
    books.post([entry])
    books.send(
        gift.member_id, MessageType.POINTS_GRANTED, granted_data([entry], books.balances(gift.member_id))
    )
