"""The operator's inbox: every mail and text that came in, what became of it, and running one again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.member_views import submission_view
from pipeline.views import ReceiptSummary
from pipeline.wiring import Wiring
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.outgoing import Outgoing, answer_of
from receipts.database.repositories.reruns import Refused, refused_of, reruns_of
from receipts.database.tables import AccountRow, InboundRow, MemberRow, OutgoingRow
from receipts.errors import RejectionReason
from receipts.identity import AccountId, InboundId, MemberId, ProgramId, SubmissionId
from receipts.inbound import RUN_AGAIN, InboundMessage, InboundState, OutgoingMessage

_LINK = re.compile(r"/join/[\w.~-]+")
"""A link is a key to whoever holds it: an operator sees that one was sent, not the key."""
_SECRET = re.compile(r"\+[^+@\s]+@")
"""So is what stands behind the plus sign of a secret address."""


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One message that came in.

    Attributes:
        member_name: empty until a member was found.
        message: with the secret part of the address that it came to cut short.
        answers: what was said about it, in order; links in them are cut short.
        refused: why receipts of the submission that it became were rejected; a code each.
        all_refused: every one of them was.
    """

    message: InboundMessage
    member_name: str
    answers: tuple[OutgoingMessage, ...]
    refused: tuple[RejectionReason, ...] = ()
    all_refused: bool = False

    @property
    def may_run_again(self) -> bool:
        """Whether an operator may have it taken in anew."""
        return self.message.state in RUN_AGAIN or bool(self.refused)

    @property
    def sentence(self) -> str:
        """The verdict in plain words, with what became of all that was in it."""
        if not self.refused:
            return self.message.sentence
        why = "; ".join(reason.in_short for reason in self.refused)
        how_much = "All" if self.all_refused else "Part"
        return f"{self.message.sentence} {how_much} of it was refused: {why}.".strip()


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """One message in full, with the receipts that it became.

    Attributes:
        before: when it was run again, and what it had been until then.
        reports_on: the answer of ours that it says could not be delivered.
    """

    entry: InboxEntry
    receipts: tuple[ReceiptSummary, ...]
    before: tuple[RunBefore, ...] = ()
    reports_on: OutgoingMessage | None = None


@dataclass(frozen=True, slots=True)
class RunBefore:
    """Someone of the team had the message run again.

    Attributes:
        asked_by: what they sign in with; empty for the command line.
        receipts: what it had become, of which some or all were refused; empty where it was no submission.
    """

    asked_by: str
    at: datetime
    receipts: tuple[ReceiptSummary, ...]


class Again(Enum):
    """What came of asking that a message be run again."""

    ON_ITS_WAY = "on_its_way"
    NOT_NOW = "not_now"
    """It waits already, or became receipts of which none was refused."""
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
        reports_on = Outgoing(session, program_id, utc_now()).reported_by(inbound_id)
        reruns = reruns_of(session, program_id, inbound_id)
        named = session.execute(
            select(AccountRow.id, AccountRow.email).where(
                AccountRow.id.in_({rerun.asked_by for rerun in reruns if rerun.asked_by is not None})
            )
        )
        names = {str(account_id): email for account_id, email in named}
    before = tuple(
        RunBefore(
            names.get(rerun.asked_by or "", rerun.asked_by or ""),
            rerun.at,
            _receipts(wiring, program_id, rerun.submission_id),
        )
        for rerun in reruns
    )
    return InboxMessage(entry, _receipts(wiring, program_id, message.submission_id), before, reports_on)


def _receipts(
    wiring: Wiring, program_id: ProgramId, submission_id: SubmissionId | None
) -> tuple[ReceiptSummary, ...]:
    if submission_id is None:
        return ()
    view = submission_view(wiring, program_id=program_id, submission_id=submission_id, member_id=None)
    return () if view is None else view.receipts


def message_of_submission(
    wiring: Wiring, *, program_id: ProgramId, submission_id: SubmissionId
) -> InboundMessage | None:
    """The mail or text that the submission came by; None for an upload."""
    with wiring.database.read() as session:
        return Inbound(session, program_id, utc_now()).of_submission(submission_id)


def run_again(
    wiring: Wiring, *, program_id: ProgramId, inbound_id: InboundId, asked_by: AccountId | None
) -> Again:
    """Let a worker take the message in anew; None stands for whoever runs the command line.

    What it became already and was not refused stays, and is not read again (`pipeline.steps.read`).
    """
    with wiring.database.write() as session:
        inbound = Inbound(session, program_id, utc_now())
        if inbound.find(inbound_id) is None:
            return Again.NO_SUCH
        return Again.ON_ITS_WAY if inbound.run_again(inbound_id, asked_by=asked_by or "") else Again.NOT_NOW


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
    taken = [message.submission_id for message in messages if message.submission_id is not None]
    refused = refused_of(session, program_id, taken)
    whole = {each for each, found in refused.items() if found.whole}
    return tuple(
        InboxEntry(
            replace(message, recipient=_SECRET.sub("+…@", message.recipient)),
            "" if message.member_id is None else names.get(message.member_id, ""),
            tuple(answers[message.id]),
            _reasons(refused.get(message.submission_id) if message.submission_id else None),
            message.submission_id in whole,
        )
        for message in messages
    )


def _reasons(refused: Refused | None) -> tuple[RejectionReason, ...]:
    return () if refused is None else tuple(RejectionReason(code) for code in refused.codes)
