"""One program's members as people: erasing what is known of them, and noting who looks.

The books stay: entries, claims and messages name a member by an id that says nothing once the rows that tie
it to a person are gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.file_keys import destroy_keys, destroy_nobodys
from receipts.database.repositories.forgetting import (
    forget_beside_receipts,
    forget_in_the_review_log,
    messages_of,
)
from receipts.database.repositories.retention import STILL_ASKED, give_up, part_files
from receipts.database.repositories.told_words import without_words
from receipts.database.tables import (
    AccountRow,
    ArtefactRow,
    BlindReviewRow,
    DuePointsRow,
    ErasureRow,
    FileLookRow,
    GiftRow,
    IdempotencyRow,
    InboundRow,
    LineAnswerRow,
    LinkedAddressRow,
    LinkRow,
    MemberFactsRow,
    MemberRow,
    MessageRow,
    OutboxRow,
    OutgoingRow,
    PictureBandRow,
    ReceiptRow,
    ReviewCaseRow,
    SecretAddressRow,
    SubmissionRow,
    TraceRow,
    WitnessRow,
)
from receipts.identity import AccountId, MemberId, ProgramId, ReviewCaseId
from receipts.inbound import InboundState, OutgoingState
from receipts.state import UNFINISHED, ReceiptState

ERASED_NAME = "Erased member"
_ERASED_TEXT = "(erased)"
_NO_PASSWORD = "closed"  # noqa: S105  (no hash: nothing that is typed fits it)
_UNFINISHED_VALUES = sorted(state.value for state in UNFINISHED)


@dataclass(frozen=True, slots=True)
class Erasure:
    """A member's data were erased.

    Attributes:
        asked_by: None for whoever runs the command line.
        receipts: whose text and pictures went.
        messages: mails and texts, in and out, whose words and addresses went.
    """

    member_id: MemberId
    asked_by: AccountId | None
    receipts: int
    messages: int
    at: datetime


class Privacy:
    """One program's erasures, and who looked at what."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def erasure(self, member_id: MemberId) -> Erasure | None:
        """How the member was erased; None where nobody did."""
        row = self._session.scalar(
            select(ErasureRow).where(
                ErasureRow.program_id == self._program_id, ErasureRow.member_id == member_id
            )
        )
        return None if row is None else _erasure(row)

    def erasures(self, *, after: int = 0, limit: int = 1000) -> tuple[tuple[int, Erasure], ...]:
        """The program's erasures with their numbers, oldest first."""
        rows = self._session.scalars(
            select(ErasureRow)
            .where(ErasureRow.program_id == self._program_id, ErasureRow.number > after)
            .order_by(ErasureRow.number)
            .limit(limit)
        )
        return tuple((row.number, _erasure(row)) for row in rows)

    def erased_since(self, moment: datetime) -> tuple[Erasure, ...]:
        """Those of the program from that moment on, oldest first."""
        rows = self._session.scalars(
            select(ErasureRow)
            .where(ErasureRow.program_id == self._program_id, ErasureRow.at >= moment)
            .order_by(ErasureRow.number)
        )
        return tuple(_erasure(row) for row in rows)

    def still_moving(self, member_id: MemberId) -> int:
        """How many of the member's receipts a worker has still to move on."""
        return self._count(ReceiptRow.member_id == member_id, ReceiptRow.state.in_(_UNFINISHED_VALUES))

    def give_up_unfinished(self, member_id: MemberId) -> None:
        """End what no worker has moved on and none will."""
        mine = (
            ReceiptRow.program_id == self._program_id,
            ReceiptRow.member_id == member_id,
            ReceiptRow.state.in_(_UNFINISHED_VALUES),
        )
        ids = select(ReceiptRow.id).where(*mine).scalar_subquery()
        self._session.execute(
            delete(OutboxRow)
            .where(OutboxRow.kind == "ring", OutboxRow.target_id.in_(ids))
            .execution_options(synchronize_session=False)
        )
        self._session.execute(
            update(ReceiptRow)
            .where(*mine)
            .values(
                state=ReceiptState.FAILED.value,
                failed_from=ReceiptRow.state,
                lease_owner=None,
                lease_until=None,
            )
            .execution_options(synchronize_session=False)
        )

    def open_cases(self, member_id: MemberId) -> tuple[ReviewCaseId, ...]:
        """The member's review cases that nobody has decided."""
        rows = self._session.scalars(
            select(ReviewCaseRow.id)
            .join(ReceiptRow, ReceiptRow.id == ReviewCaseRow.receipt_id)
            .where(
                ReceiptRow.program_id == self._program_id,
                ReceiptRow.member_id == member_id,
                ReviewCaseRow.status == "open",
            )
        )
        return tuple(ReviewCaseId(each) for each in rows)

    def account_of(self, member_id: MemberId) -> AccountId | None:
        """The account that the member signs in with; None where there is none."""
        found = self._session.scalar(
            select(AccountRow.id).where(
                AccountRow.program_id == self._program_id, AccountRow.member_id == member_id
            )
        )
        return None if found is None else AccountId(found)

    def lock(self, member_id: MemberId) -> bool:
        """Hold the member for this transaction; False where the program has no such one.

        Cases first, then receipts, then the member, as decisions take them: so none waits for the other, and
        what they are doing at this moment is seen by what is asked next.
        """
        theirs = (ReceiptRow.program_id == self._program_id, ReceiptRow.member_id == member_id)
        ids = select(ReceiptRow.id).where(*theirs).scalar_subquery()
        for rows in (
            select(ReviewCaseRow.id).where(ReviewCaseRow.receipt_id.in_(ids)).order_by(ReviewCaseRow.number),
            select(ReceiptRow.id).where(*theirs).order_by(ReceiptRow.number),
        ):
            self._session.execute(rows.with_for_update())
        found = self._session.scalar(
            select(MemberRow)
            .where(MemberRow.program_id == self._program_id, MemberRow.id == member_id)
            .with_for_update()
        )
        return found is not None

    def erase(self, member_id: MemberId, *, asked_by: AccountId | None) -> Erasure:
        """Take away all that says who the member is and what they sent. The books stay as they are.

        Done again, it takes what came since; the record of the first time stands.
        """
        forget_beside_receipts(self._session, self._now, self._program_id, member_id)
        receipts = self._erase_receipts(member_id)
        messages = self._erase_messages(member_id)
        self._erase_person(member_id)
        destroy_keys(self._session, self._program_id, member_id)
        erasure = self.erasure(member_id)
        if erasure is None:
            row = ErasureRow(
                program_id=self._program_id,
                member_id=member_id,
                asked_by=asked_by or "",
                receipts=receipts,
                messages=messages,
                at=self._now,
            )
            self._session.add(row)
            self._session.flush()
            erasure = _erasure(row)
        # Behind the record: the database lets the messages of erased members forget, and no others.
        self._erase_what_was_told(member_id)
        forget_in_the_review_log(self._session, self._program_id, member_id)
        return erasure

    def _erase_what_was_told(self, member_id: MemberId) -> None:
        rows = self._session.execute(
            select(MessageRow.number, MessageRow.data).where(
                MessageRow.program_id == self._program_id, MessageRow.member_id == member_id
            )
        ).all()
        for number, data in rows:
            if (forgotten := without_words(data)) != data:
                self._session.execute(
                    update(MessageRow).where(MessageRow.number == number).values(data=forgotten)
                )

    def _erase_receipts(self, member_id: MemberId) -> int:
        mine = (ReceiptRow.program_id == self._program_id, ReceiptRow.member_id == member_id)
        ids = select(ReceiptRow.id).where(*mine).scalar_subquery()
        numbers = select(ReceiptRow.number).where(*mine).scalar_subquery()
        for column in (ReceiptRow.file_sha256, ReceiptRow.picture_sha256):
            give_up(
                self._session,
                self._now,
                self._session.scalars(select(column).where(*mine, column.is_not(None))).all(),
            )
        run = self._session.execute
        run(delete(ArtefactRow).where(ArtefactRow.receipt_id.in_(ids)))
        run(delete(LineAnswerRow).where(LineAnswerRow.receipt_id.in_(ids)))
        run(delete(WitnessRow).where(WitnessRow.receipt_id.in_(ids)))
        run(delete(PictureBandRow).where(PictureBandRow.receipt_number.in_(numbers)))
        run(delete(TraceRow).where(TraceRow.receipt_number.in_(numbers)))
        run(
            update(ReviewCaseRow)
            .where(ReviewCaseRow.receipt_id.in_(ids))
            .values(reasons=[], note=_ERASED_TEXT)
            .execution_options(synchronize_session=False)
        )
        run(
            update(BlindReviewRow)
            .where(BlindReviewRow.receipt_id.in_(ids))
            .values(note="")
            .execution_options(synchronize_session=False)
        )
        gone = run(
            update(ReceiptRow)
            .where(*mine)
            .values(
                file_name="",
                file_sha256=None,
                picture_sha256=None,
                rejection_detail=None,
                failure=None,
                failure_cause=None,
                files_removed_at=self._now,
                updated_at=self._now,  # so that it is counted anew
            )
        )
        return _rows(gone)

    def _erase_messages(self, member_id: MemberId) -> int:
        inbound = messages_of(self._session, self._program_id, member_id)
        for _, raw, parts in inbound:
            give_up(self._session, self._now, [raw, *part_files(parts)])
            destroy_nobodys(self._session, self._program_id, [raw, *part_files(parts)])
        ids = [each for each, _, _ in inbound]
        submissions = select(SubmissionRow.id).where(
            SubmissionRow.program_id == self._program_id, SubmissionRow.member_id == member_id
        )
        said = self._session.execute(
            update(OutgoingRow)
            .where(
                OutgoingRow.program_id == self._program_id,
                or_(
                    OutgoingRow.asked_by == member_id,
                    OutgoingRow.inbound_id.in_(ids),
                    OutgoingRow.submission_id.in_(submissions),
                ),
            )
            .values(
                recipient="", subject="", body="", detail="", reason="", provider_id="", provider_status=""
            )
            .execution_options(synchronize_session=False)
        )
        self._session.execute(
            update(OutgoingRow)
            .where(
                OutgoingRow.program_id == self._program_id,
                OutgoingRow.recipient == "",
                OutgoingRow.state == OutgoingState.WAITING.value,
            )
            .values(state=OutgoingState.DROPPED.value, lease_owner=None, lease_until=None)
            .execution_options(synchronize_session=False)
        )
        blank = dict.fromkeys(("sender", "recipient", "subject", "sentence", "answer_to", "guide_to"), "")
        self._session.execute(
            update(InboundRow)
            .where(InboundRow.id.in_(ids))
            .values(**blank, sent_by=None, parts=None, media_due=False, raw_removed_at=self._now)
            .execution_options(synchronize_session=False)
        )
        self._session.execute(
            update(InboundRow)
            .where(InboundRow.id.in_(ids), InboundRow.state.in_(STILL_ASKED))
            .values(state=InboundState.IGNORED.value, reason="erased", lease_owner=None, lease_until=None)
            .execution_options(synchronize_session=False)
        )
        return len(ids) + _rows(said)

    def _erase_person(self, member_id: MemberId) -> None:
        run = self._session.execute
        of_member = {"program_id": self._program_id, "member_id": member_id}
        addresses = [
            each.address for each in self._session.scalars(select(LinkedAddressRow).filter_by(**of_member))
        ]
        accounts = self._session.scalars(select(AccountRow).filter_by(**of_member)).all()
        addresses += [account.email for account in accounts]
        run(
            update(LinkRow)
            .where(
                LinkRow.program_id == self._program_id,
                or_(LinkRow.used_by == member_id, LinkRow.address.in_(addresses)),
            )
            .values(address="", expires_at=self._now)
        )
        for table in (LinkedAddressRow, SecretAddressRow, MemberFactsRow):
            run(delete(table).filter_by(**of_member))
        run(update(GiftRow).filter_by(**of_member).values(reason=_ERASED_TEXT))
        callers = [member_id, *(account.id for account in accounts)]
        run(
            delete(IdempotencyRow).where(
                IdempotencyRow.program_id == self._program_id, IdempotencyRow.caller.in_(callers)
            )
        )
        for account in accounts:
            account.email = f"{account.id}@erased.invalid"
            account.name = ERASED_NAME
            account.password_hash = _NO_PASSWORD
            account.closed_at = account.closed_at or self._now
        # Nobody is told that their points run out soon; that they do is settled by the books as before.
        run(delete(DuePointsRow).filter_by(**of_member, kind="notice"))
        run(
            update(MemberRow)
            .where(MemberRow.program_id == self._program_id, MemberRow.id == member_id)
            .values(name=ERASED_NAME, language=None, erased_at=func.coalesce(MemberRow.erased_at, self._now))
            .execution_options(synchronize_session=False)
        )

    def looked(
        self, *, account_id: AccountId | None, member_id: MemberId | None, what: str, target_id: str
    ) -> None:
        """Note that someone saw what a member sent; `what` is ``picture``, ``mail`` or ``export``."""
        self._session.add(
            FileLookRow(
                program_id=self._program_id,
                account_id=account_id or "",
                member_id=member_id,
                what=what,
                target_id=target_id,
                at=self._now,
            )
        )
        self._session.flush()

    def _count(self, *where: Any) -> int:  # noqa: ANN401  (SQL conditions)
        return (
            self._session.scalar(
                select(func.count())
                .select_from(ReceiptRow)
                .where(ReceiptRow.program_id == self._program_id, *where)
            )
            or 0
        )


def _erasure(row: ErasureRow) -> Erasure:
    return Erasure(
        MemberId(row.member_id),
        AccountId(row.asked_by) if row.asked_by else None,
        row.receipts,
        row.messages,
        row.at,
    )


def _rows(result: Any) -> int:  # noqa: ANN401  (SQLAlchemy types an UPDATE's result as a plain Result)
    return result.rowcount if isinstance(result, CursorResult) else 0
