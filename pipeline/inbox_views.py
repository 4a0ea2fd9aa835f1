"""The operator's inbox: every mail and text that came in, what became of it, and running one again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.member_views import submission_view
from pipeline.views import ReceiptSummary
from pipeline.wiring import Wiring
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.outgoing import answer_of
from receipts.database.tables import InboundRow, MemberRow, OutgoingRow
from receipts.identity import InboundId, MemberId, ProgramId, SubmissionId
from receipts.inbound import RUN_AGAIN, InboundMessage, InboundState, OutgoingMessage

_LINK = re.compile(r"/join/[\w.~-]+")
"""A link is a key to whoever holds it: an operator sees that one was sent, not the key."""


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One message that came in.

    Attributes:
        member_name: empty until a member was found.
        answers: what was said about it, in order; links in them are cut short.
    """

    message: InboundMessage
    member_name: str
    answers: tuple[OutgoingMessage, ...]

    @property
    def may_run_again(self) -> bool:
        """Whether an operator may have it taken in anew."""
        return self.message.state in RUN_AGAIN


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """One message in full, with the receipts that it became."""

    entry: InboxEntry
    receipts: tuple[ReceiptSummary, ...]


class Again(Enum):
    """What came of asking that a message be run again."""

    ON_ITS_WAY = "on_its_way"
    NOT_NOW = "not_now"
    """It waits already, or is a submission: its receipts have retries of their own."""
    NO_SUCH = "no_such"


def inbox_page(
    wiring: Wiring, *, program_id: ProgramId, state: InboundState | None, before: int | None, limit: int
) -> tuple[InboxEntry, ...]:
    """The newest first; `before` is the number of the last one seen."""
    with wiring.database.read() as session:
        messages = Inbound(session, program_id, utc_now()).page(state=state, before=before, limit=limit)
        return _entries(session, program_id, messages)


def inbox_counts(wiring: Wiring, *, program_id: ProgramId) -> dict[InboundState, int]:
    """How many stand where, every state named."""
    with wiring.database.read() as session:
        counted = session.execute(
            select(InboundRow.state, func.count())
            .where(InboundRow.program_id == program_id)
            .group_by(InboundRow.state)
        )
        counts = {InboundState(state): int(count) for state, count in counted}
    return {state: counts.get(state, 0) for state in InboundState}


def inbox_message(wiring: Wiring, *, program_id: ProgramId, inbound_id: InboundId) -> InboxMessage | None:
    """The message; None where the program has no such one."""
    with wiring.database.read() as session:
        message = Inbound(session, program_id, utc_now()).find(inbound_id)
        if message is None:
            return None
        (entry,) = _entries(session, program_id, (message,))
    receipts: tuple[ReceiptSummary, ...] = ()
    if message.submission_id is not None:
        view = submission_view(
            wiring, program_id=program_id, submission_id=message.submission_id, member_id=None
        )
        receipts = () if view is None else view.receipts
    return InboxMessage(entry, receipts)


def message_of_submission(
    wiring: Wiring, *, program_id: ProgramId, submission_id: SubmissionId
) -> InboundMessage | None:
    """The mail or text that the submission came by; None for an upload."""
    with wiring.database.read() as session:
        return Inbound(session, program_id, utc_now()).of_submission(submission_id)


def run_again(wiring: Wiring, *, program_id: ProgramId, inbound_id: InboundId) -> Again:
    """Let a worker take the message in anew."""
    with wiring.database.write() as session:
        inbound = Inbound(session, program_id, utc_now())
        if inbound.find(inbound_id) is None:
            return Again.NO_SUCH
        return Again.ON_ITS_WAY if inbound.run_again(inbound_id) else Again.NOT_NOW


def _entries(
    session: Session, program_id: ProgramId, messages: Sequence[InboundMessage]
) -> tuple[InboxEntry, ...]:
    answers: dict[InboundId, list[OutgoingMessage]] = {message.id: [] for message in messages}
    rows = session.scalars(
        select(OutgoingRow)
        .where(OutgoingRow.program_id == program_id, OutgoingRow.inbound_id.in_(answers))
        .order_by(OutgoingRow.number)
    )
    for row in rows:
        answer = answer_of(row)
        if answer.inbound_id is not None:
            answers[answer.inbound_id].append(replace(answer, body=_LINK.sub("/join/…", answer.body)))
    wanted = {message.member_id for message in messages if message.member_id is not None}
    named = session.execute(
        select(MemberRow.id, MemberRow.name).where(
            MemberRow.program_id == program_id, MemberRow.id.in_(wanted)
        )
    )
    names = {MemberId(member_id): name for member_id, name in named}
    return tuple(
        InboxEntry(
            message,
            "" if message.member_id is None else names.get(message.member_id, ""),
            tuple(answers[message.id]),
        )
        for message in messages
    )
