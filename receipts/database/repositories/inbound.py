"""Mails and texts that came in, each known under its keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from receipts.database.codec import from_json, to_json
from receipts.database.repositories.jobs import Jobs
from receipts.database.repositories.reruns import refused_of
from receipts.database.tables import InboundKeyRow, InboundRerunRow, InboundRow
from receipts.identity import AccountId, InboundId, MemberId, ProgramId, Sha256, SubmissionId, new_inbound_id
from receipts.inbound import RUN_AGAIN, InboundMessage, InboundState, KeptPart, Via
from receipts.proof import SentBy

_KEY_CHARS = 500
RUN_AGAIN_REASON = "run_again"
"""Of a message that someone has asked to be run again: an operator, or a member by a link."""
_ADDRESS_CHARS = 320
_SUBJECT_CHARS = 500


@dataclass(frozen=True, slots=True)
class NewInbound:
    """A message as it arrived.

    Attributes:
        key: what the other side knows it by; the same key is the same message. Of a mail its account, folder,
            UIDVALIDITY and UID, of a text the provider's id.
        mailbox: the program's address, or the number, that it came to: the same bytes there are the same
            message under whatever key.
        raw_sha256: of the stored message; the same bytes in the same mailbox are the same message too.
        subject: what the operator's list calls it; a mail's is read later.
        sent_at: when the provider took it, where it is found later; None for just now.
    """

    key: str
    via: Via
    mailbox: str
    raw_sha256: Sha256
    size_bytes: int
    whole: bool
    sender: str = ""
    recipient: str = ""
    subject: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an inbound message."""

    state: InboundState
    reason: str
    sentence: str
    sender: str | None = None
    recipient: str | None = None
    subject: str | None = None
    member_id: MemberId | None = None
    submission_id: SubmissionId | None = None
    sent_by: SentBy | None = None
    answer_to: str | None = None
    guide_to: str | None = None
    parts: tuple[KeptPart, ...] | None = None
    media_due: bool | None = None


class Inbound:
    """One program's inbound messages."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now
        self._jobs = Jobs(session, now, InboundRow)

    def known(self, keys: Collection[str]) -> dict[str, InboundId]:
        """The messages that have these keys, by key."""
        cut = {key[:_KEY_CHARS]: key for key in keys}
        found = self._session.execute(
            select(InboundKeyRow.key, InboundKeyRow.inbound_id).where(
                InboundKeyRow.program_id == self._program_id, InboundKeyRow.key.in_(cut)
            )
        )
        return {cut[key]: InboundId(inbound_id) for key, inbound_id in found}

    def add(self, new: NewInbound) -> tuple[InboundId, bool]:
        """Store it and ring; see `add_all`."""
        (added,) = self.add_all([new])
        return added

    def add_all(self, news: Sequence[NewInbound]) -> list[tuple[InboundId, bool]]:
        """Store them in this order and ring; `(id, created)` of each.

        Not created are those whose key is known, or whose bytes are in the same mailbox.

        Raises:
            sqlalchemy.exc.IntegrityError: another process stored one of them at this moment; ask again.
        """
        by_key = self.known([new.key for new in news])
        by_bytes = self._with_bytes([new for new in news if new.key not in by_key])
        created: dict[str, InboundRow] = {}
        also: list[tuple[str, InboundId]] = []
        for new in news:
            if new.key in by_key:
                continue
            same = by_bytes.get((new.mailbox, new.raw_sha256))
            if same is None:
                created[new.key] = row = self._row(new)
                same = by_bytes[new.mailbox, new.raw_sha256] = InboundId(row.id)
            else:
                also.append((new.key, same))
            by_key[new.key] = same
        self._session.add_all(created.values())
        self._session.flush()
        # Not `remember`: a key that another process has just stored must undo these rows with it.
        self._session.add_all([self._key(key, row.id) for key, row in created.items()])
        self._session.flush()
        self._jobs.ring_first(self._program_id, [row.id for row in created.values()])
        for key, same in also:
            self.remember(key, same)
        return [(by_key[new.key], created.pop(new.key, None) is not None) for new in news]

    def _with_bytes(self, news: Sequence[NewInbound]) -> dict[tuple[str, str], InboundId]:
        """The messages that have the same bytes in the same mailbox as these."""
        if not news:
            return {}
        found = self._session.execute(
            select(InboundRow.mailbox, InboundRow.raw_sha256, InboundRow.id).where(
                InboundRow.program_id == self._program_id,
                InboundRow.mailbox.in_({new.mailbox for new in news}),
                InboundRow.raw_sha256.in_({new.raw_sha256 for new in news}),
            )
        )
        return {(mailbox, raw_sha256): InboundId(row_id) for mailbox, raw_sha256, row_id in found}

    def _row(self, new: NewInbound) -> InboundRow:
        return InboundRow(
            id=new_inbound_id(),
            program_id=self._program_id,
            via=new.via.value,
            mailbox=new.mailbox,
            raw_sha256=new.raw_sha256,
            size_bytes=new.size_bytes,
            whole=new.whole,
            sender=new.sender[:_ADDRESS_CHARS],
            recipient=new.recipient[:_ADDRESS_CHARS],
            subject=new.subject[:_SUBJECT_CHARS],
            state=InboundState.WAITING.value,
            reason="",
            sentence="",
            answer_to=new.sender[:_ADDRESS_CHARS],
            attempts=0,
            received_at=self._now,
            sent_at=new.sent_at,
            updated_at=self._now,
        )

    def remember(self, key: str, inbound_id: str) -> None:
        """Know the message under this key too."""
        try:
            with self._session.begin_nested():
                self._session.add(self._key(key, inbound_id))
        except IntegrityError:  # remembered at this very moment by another: the same key, the same message
            return

    def _key(self, key: str, inbound_id: str) -> InboundKeyRow:
        return InboundKeyRow(program_id=self._program_id, key=key[:_KEY_CHARS], inbound_id=inbound_id)

    def settle(self, inbound_id: InboundId, state: InboundState, reason: str, sentence: str) -> None:
        """Close a message that needs no worker."""
        self._session.execute(
            update(InboundRow)
            .where(InboundRow.id == inbound_id, InboundRow.program_id == self._program_id)
            .values(state=state.value, reason=reason, sentence=sentence, updated_at=self._now)
        )
        self._jobs.hush(inbound_id)

    def find(self, inbound_id: InboundId) -> InboundMessage | None:
        """The message; None where the program has no such one."""
        row = self._session.scalar(
            select(InboundRow).where(InboundRow.id == inbound_id, InboundRow.program_id == self._program_id)
        )
        return None if row is None else message_of(row)

    def of_submission(self, submission_id: SubmissionId) -> InboundMessage | None:
        """The message that became this submission, now or before it was run again; None for an upload."""
        before = select(InboundRerunRow.inbound_id).where(InboundRerunRow.submission_id == submission_id)
        row = self._session.scalar(
            select(InboundRow).where(
                or_(InboundRow.submission_id == submission_id, InboundRow.id.in_(before)),
                InboundRow.program_id == self._program_id,
            )
        )
        return None if row is None else message_of(row)

    def page(
        self, *, state: InboundState | None, before: int | None, limit: int
    ) -> tuple[InboundMessage, ...]:
        """The newest first; `before` is the number of the last one seen."""
        query = select(InboundRow).where(InboundRow.program_id == self._program_id)
        if state is not None:
            query = query.where(InboundRow.state == state.value)
        if before is not None:
            query = query.where(InboundRow.number < before)
        rows = self._session.scalars(query.order_by(InboundRow.number.desc()).limit(limit))
        return tuple(message_of(row) for row in rows)

    def earlier_from_same(self, inbound_id: InboundId, *, within_s: float) -> int:
        """How many messages the sender of this one had sent shortly before it."""
        row = self._session.scalars(select(InboundRow).where(InboundRow.id == inbound_id)).one()
        return (
            self._session.scalar(
                select(func.count()).where(
                    InboundRow.program_id == self._program_id,
                    InboundRow.sender == row.sender,
                    InboundRow.number < row.number,
                    InboundRow.received_at >= row.received_at - timedelta(seconds=within_s),
                )
            )
            or 0
        )

    def unlinked_from(self, sender: str, *, since: datetime) -> tuple[InboundId, ...]:
        """Messages of this address or number that wait for someone to link it, oldest first."""
        rows = self._session.scalars(
            select(InboundRow.id)
            .where(
                InboundRow.program_id == self._program_id,
                InboundRow.sender == sender,
                InboundRow.state == InboundState.UNLINKED.value,
                InboundRow.received_at >= since,
            )
            .order_by(InboundRow.number)
        )
        return tuple(InboundId(row) for row in rows)

    def media_looked_after(self, inbound_id: InboundId, *, still_due: bool) -> None:
        """The media at the provider were to be deleted: they are, or it is to be tried again."""
        self._session.execute(
            update(InboundRow)
            .where(InboundRow.id == inbound_id, InboundRow.program_id == self._program_id)
            .values(media_due=still_due, updated_at=self._now)
        )

    def run_again(
        self,
        inbound_id: InboundId,
        *,
        sent_by: SentBy | None = None,
        by: MemberId | None = None,
        asked_by: AccountId | Literal[""] | None = None,
    ) -> bool:
        """Let it be taken in anew; False where it waits already, or nothing that it became was refused.

        `by` and `sent_by` name the member who claimed it through a link; `asked_by` is someone of the team,
        empty for whoever runs the command line, and is kept. A submission stays as it was, and the message
        becomes another one, of what was refused.
        """
        row = self._session.scalar(
            select(InboundRow)
            .where(InboundRow.id == inbound_id, InboundRow.program_id == self._program_id)
            .with_for_update()
        )
        if row is None:
            return False
        may = InboundState(row.state) in RUN_AGAIN
        if not may and row.submission_id is not None:
            before = SubmissionId(row.submission_id)
            may = before in refused_of(self._session, self._program_id, [before])
        if not may:
            return False
        if asked_by is not None:
            self._session.add(
                InboundRerunRow(
                    program_id=self._program_id,
                    inbound_id=inbound_id,
                    submission_id=row.submission_id,
                    asked_by=asked_by,
                    at=self._now,
                )
            )
        if by is not None:
            row.member_id = by
            row.sent_by = None if sent_by is None else to_json(sent_by)
        row.state, row.submission_id = InboundState.WAITING.value, None
        self._session.flush()
        self._jobs.again(inbound_id, reason=RUN_AGAIN_REASON)
        self._jobs.ring(self._program_id, inbound_id)
        return True


def verdict_columns(verdict: Verdict) -> dict[str, Any]:
    """The verdict as columns of the row; what it leaves out stays as it is."""
    columns: dict[str, Any] = {"reason": verdict.reason, "sentence": verdict.sentence}
    named = {
        "sender": (verdict.sender or "")[:_ADDRESS_CHARS] if verdict.sender is not None else None,
        "recipient": (verdict.recipient or "")[:_ADDRESS_CHARS] if verdict.recipient is not None else None,
        "subject": (verdict.subject or "")[:_SUBJECT_CHARS] if verdict.subject is not None else None,
        "member_id": verdict.member_id,
        "submission_id": verdict.submission_id,
        "sent_by": None if verdict.sent_by is None else to_json(verdict.sent_by),
        "answer_to": verdict.answer_to,
        "guide_to": verdict.guide_to,
        "media_due": verdict.media_due,
        "parts": None if verdict.parts is None else to_json(verdict.parts, tuple[KeptPart, ...]),
    }
    return columns | {name: value for name, value in named.items() if value is not None}


def message_of(row: InboundRow) -> InboundMessage:
    """The row as a noun."""
    return InboundMessage(
        id=InboundId(row.id),
        number=row.number,
        program_id=ProgramId(row.program_id),
        via=Via(row.via),
        mailbox=row.mailbox,
        raw_sha256=Sha256(row.raw_sha256),
        size_bytes=row.size_bytes,
        whole=row.whole,
        sender=row.sender,
        recipient=row.recipient,
        subject=row.subject,
        state=InboundState(row.state),
        reason=row.reason,
        sentence=row.sentence,
        member_id=None if row.member_id is None else MemberId(row.member_id),
        submission_id=None if row.submission_id is None else SubmissionId(row.submission_id),
        sent_by=None if row.sent_by is None else from_json(SentBy, row.sent_by),
        answer_to=row.answer_to,
        parts=None if row.parts is None else from_json(tuple[KeptPart, ...], row.parts),
        attempt=row.attempts,
        received_at=row.received_at,
        updated_at=row.updated_at,
        traceparent=row.traceparent,
        media_due=row.media_due,
        guide_to=row.guide_to,
        sent_at=row.sent_at,
    )


def leased_message(session: Session, inbound_id: str) -> InboundMessage:
    """A message that a worker has just leased, whatever its program."""
    return message_of(session.scalars(select(InboundRow).where(InboundRow.id == inbound_id)).one())


def media_due(session: Session, *, before: datetime, limit: int) -> tuple[InboundId, ...]:
    """Messages, of whatever program, whose media are to be deleted and were not looked after since then."""
    rows = session.scalars(
        select(InboundRow.id)
        .where(InboundRow.media_due.is_(True), InboundRow.updated_at < before)
        .order_by(InboundRow.updated_at)
        .limit(limit)
    )
    return tuple(InboundId(row) for row in rows)


def expire_unlinked(session: Session, now: datetime, *, program_id: ProgramId, before: datetime) -> None:
    """Messages that nobody linked within the program's window are not waited for any longer."""
    session.execute(
        update(InboundRow)
        .where(
            InboundRow.program_id == program_id,
            InboundRow.state == InboundState.UNLINKED.value,
            InboundRow.received_at < before,
        )
        .values(
            state=InboundState.EXPIRED.value,
            reason="not_linked_in_time",
            sentence="Nobody linked the address or number within the program's window.",
            updated_at=now,
        )
    )
