"""Answers to mails and texts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.jobs import Jobs
from receipts.database.tables import InboundRow, OutgoingRow
from receipts.identity import InboundId, MemberId, OutgoingId, ProgramId, SubmissionId, new_outgoing_id
from receipts.inbound import OutgoingKind, OutgoingMessage, OutgoingState, Via
from receipts.proof import SenderTrust


class Outgoing:
    """One program's answers."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def add(
        self,
        *,
        via: Via,
        kind: OutgoingKind,
        recipient: str,
        inbound_id: InboundId | None,
        submission_id: SubmissionId | None = None,
        detail: str = "",
        once: str = "",
        asked_by: MemberId | None = None,
        delay_s: float = 0.0,
    ) -> OutgoingId | None:
        """Write an answer and ring; None where the same was said to them already.

        `once` says what makes it the same; without it, the answer's own fields do.
        """
        said = once or f"{inbound_id or ''} {submission_id or ''} {detail}"
        fingerprint = _fingerprint(kind, recipient, said)
        if self.was_said(kind, recipient, said):
            return None
        row = self._row(via, kind, recipient, inbound_id, fingerprint, OutgoingState.WAITING)
        row.submission_id, row.detail, row.asked_by = submission_id, detail, asked_by
        self._session.add(row)
        self._session.flush()
        Jobs(self._session, self._now, OutgoingRow).ring(self._program_id, row.id, delay_s=delay_s)
        return OutgoingId(row.id)

    def was_said(self, kind: OutgoingKind, recipient: str, once: str) -> bool:
        """Whether the same was said to them already."""
        there = select(OutgoingRow.id).where(
            OutgoingRow.program_id == self._program_id,
            OutgoingRow.fingerprint == _fingerprint(kind, recipient, once),
        )
        return self._session.scalar(there) is not None

    def said_at_once(self, *, via: Via, recipient: str, inbound_id: InboundId, body: str) -> None:
        """Keep what the webhook's own answer says to a text that has just come in: nobody delivers it."""
        fingerprint = _fingerprint(OutgoingKind.AT_ONCE, recipient, inbound_id)
        row = self._row(via, OutgoingKind.AT_ONCE, recipient, inbound_id, fingerprint, OutgoingState.SENT)
        row.body, row.sent_at = body, self._now
        self._session.add(row)
        self._session.flush()

    def _row(
        self,
        via: Via,
        kind: OutgoingKind,
        recipient: str,
        inbound_id: InboundId | None,
        fingerprint: str,
        state: OutgoingState,
    ) -> OutgoingRow:
        return OutgoingRow(
            id=new_outgoing_id(),
            program_id=self._program_id,
            via=via.value,
            kind=kind.value,
            recipient=recipient,
            inbound_id=inbound_id,
            detail="",
            fingerprint=fingerprint,
            state=state.value,
            reason="",
            subject="",
            body="",
            provider_id="",
            provider_status="",
            attempts=0,
            created_at=self._now,
            updated_at=self._now,
        )

    def sent_to(self, recipient: str, *, within_s: float, unvouched: bool) -> int:
        """How many answers went to this address or number lately.

        Answers to mails that nothing vouched for are counted apart: whoever writes such mails in another's
        name must not use up what that other one may hear. What a webhook's own answer said is not counted: it
        is bound by how much came in, and must not use up the room of results.
        """
        since = self._now - timedelta(seconds=within_s)
        from_nobody = func.coalesce(InboundRow.reason, "") == SenderTrust.UNVOUCHED.value
        query = (
            select(func.count())
            .select_from(OutgoingRow)
            .outerjoin(InboundRow, InboundRow.id == OutgoingRow.inbound_id)
            .where(
                OutgoingRow.program_id == self._program_id,
                OutgoingRow.recipient == recipient,
                OutgoingRow.sent_at >= since,
                OutgoingRow.kind != OutgoingKind.AT_ONCE.value,
                from_nobody if unvouched else ~from_nobody,
            )
        )
        return self._session.scalar(query) or 0

    def confirmations(self, *, within_s: float, recipient: str = "", asked_by: MemberId | None = None) -> int:
        """How many confirmations were asked for lately, sent or not: for an address, or by a member."""
        query = (
            select(func.count())
            .select_from(OutgoingRow)
            .where(
                OutgoingRow.program_id == self._program_id,
                OutgoingRow.kind == OutgoingKind.CONFIRM.value,
                OutgoingRow.created_at >= self._now - timedelta(seconds=within_s),
            )
        )
        if recipient:
            query = query.where(OutgoingRow.recipient == recipient)
        if asked_by is not None:
            query = query.where(OutgoingRow.asked_by == asked_by)
        return self._session.scalar(query) or 0

    def waiting_for(self, recipient: str) -> int:
        """How many answers wait to be sent to this address or number."""
        query = (
            select(func.count())
            .select_from(OutgoingRow)
            .where(
                OutgoingRow.program_id == self._program_id,
                OutgoingRow.recipient == recipient,
                OutgoingRow.state == OutgoingState.WAITING.value,
            )
        )
        return self._session.scalar(query) or 0

    def of_inbound(self, inbound_id: InboundId) -> tuple[OutgoingMessage, ...]:
        """What was answered to a message, in order."""
        rows = self._session.scalars(
            select(OutgoingRow)
            .where(OutgoingRow.program_id == self._program_id, OutgoingRow.inbound_id == inbound_id)
            .order_by(OutgoingRow.number)
        )
        return tuple(answer_of(row) for row in rows)

    def inbound_of(self, detail: str) -> InboundId | None:
        """The message that the answer with this detail was about."""
        found = self._session.scalar(
            select(OutgoingRow.inbound_id).where(
                OutgoingRow.program_id == self._program_id, OutgoingRow.detail == detail
            )
        )
        return None if found is None else InboundId(found)

    def known(self, provider_ids: Collection[str]) -> frozenset[str]:
        """Which of these ids of the provider's belong to answers of ours."""
        found = self._session.scalars(
            select(OutgoingRow.provider_id).where(
                OutgoingRow.program_id == self._program_id, OutgoingRow.provider_id.in_(provider_ids)
            )
        )
        return frozenset(found)

    def sent_by_mail(self, ids: Collection[str]) -> OutgoingMessage | None:
        """The first of these ids that is of a mail of ours."""
        rows = self._session.scalars(
            select(OutgoingRow).where(
                OutgoingRow.program_id == self._program_id,
                OutgoingRow.via == Via.EMAIL.value,
                OutgoingRow.id.in_(ids),
            )
        )
        return next((answer_of(row) for row in rows), None)

    def came_back(self, answer_id: OutgoingId, status: str, *, report_id: InboundId) -> None:
        """Keep what a mail server reports of an answer, and in which message."""
        self._session.execute(
            update(OutgoingRow)
            .where(OutgoingRow.id == answer_id, OutgoingRow.program_id == self._program_id)
            .values(provider_status=status, report_id=report_id, updated_at=self._now)
        )

    def reported_by(self, inbound_id: InboundId) -> OutgoingMessage | None:
        """The answer that this message reports on; None where it is no such report."""
        row = self._session.scalar(
            select(OutgoingRow).where(
                OutgoingRow.program_id == self._program_id, OutgoingRow.report_id == inbound_id
            )
        )
        return None if row is None else answer_of(row)

    def set_status(self, provider_id: str, status: str, *, error: str) -> bool:
        """Keep what the provider reports of a text; False where none of this program has that id.

        Reports come in any order: one that is behind what is known already changes nothing.
        """
        row = self._session.scalar(
            select(OutgoingRow)
            .where(OutgoingRow.program_id == self._program_id, OutgoingRow.provider_id == provider_id)
            .with_for_update()
        )
        if row is None:
            return False
        if _how_far(status) <= _how_far(row.provider_status.partition(" ")[0]):
            return True
        row.provider_status = f"{status} {error}".strip()
        row.updated_at = self._now
        return True


_WAY = ({"accepted", "scheduled"}, {"queued"}, {"sending"}, {"sent"})
"""A text's way as the provider reports it (Twilio, Message resource), before it ends."""
_ENDS = {"delivered", "undelivered", "failed", "canceled"}


def _how_far(status: str) -> int:
    """Where on its way a report stands; what we do not know, at the beginning."""
    if status == "read":  # only what was delivered is read
        return len(_WAY) + 2
    if status in _ENDS:
        return len(_WAY) + 1
    return next((place for place, words in enumerate(_WAY, start=1) if status in words), 0 if status else -1)


def _fingerprint(kind: OutgoingKind, recipient: str, said: str) -> str:
    return hashlib.sha256(f"{kind.value} {recipient} {said}".encode()).hexdigest()


def keep_text(session: Session, outgoing_id: OutgoingId, *, subject: str, body: str) -> None:
    """Keep what is about to be said, so that an operator sees it."""
    session.execute(
        update(OutgoingRow).where(OutgoingRow.id == outgoing_id).values(subject=subject, body=body)
    )


def leased_answer(session: Session, outgoing_id: str) -> OutgoingMessage:
    """An answer that a worker has just leased, whatever its program."""
    return answer_of(session.scalars(select(OutgoingRow).where(OutgoingRow.id == outgoing_id)).one())


def answer_of(row: OutgoingRow) -> OutgoingMessage:
    """The row as a noun."""
    return OutgoingMessage(
        id=OutgoingId(row.id),
        program_id=ProgramId(row.program_id),
        via=Via(row.via),
        kind=OutgoingKind(row.kind),
        recipient=row.recipient,
        inbound_id=None if row.inbound_id is None else InboundId(row.inbound_id),
        submission_id=None if row.submission_id is None else SubmissionId(row.submission_id),
        detail=row.detail,
        state=OutgoingState(row.state),
        reason=row.reason,
        subject=row.subject,
        body=row.body,
        provider_id=row.provider_id,
        provider_status=row.provider_status,
        attempt=row.attempts,
        created_at=row.created_at,
        sent_at=row.sent_at,
        report_id=None if row.report_id is None else InboundId(row.report_id),
        traceparent=row.traceparent,
    )
