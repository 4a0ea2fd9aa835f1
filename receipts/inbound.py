"""Mails and texts as they came in, what became of each, and what is sent back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from receipts.identity import AccountId, InboundId, MemberId, OutgoingId, ProgramId, Sha256, SubmissionId
from receipts.proof import SentBy


class Via(Enum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"


class InboundState(Enum):
    """Where an inbound message stands."""

    WAITING = "waiting"
    """Stored; a worker is to take it in."""
    TAKEN = "taken"
    """It became a submission, whose receipts have states of their own."""
    UNLINKED = "unlinked"
    """Nobody is known under its address or number: kept until someone links it."""
    EXPIRED = "expired"
    """Nobody linked it within the program's window."""
    ANSWERED = "answered"
    """It held no receipt and was answered: a keyword, a question, a voice message."""
    IGNORED = "ignored"
    """A machine wrote it (a bounce, an auto-reply, our own mail): nothing is answered."""
    REJECTED = "rejected"
    """It cannot be processed; the sender was told why where that is possible."""
    FAILED = "failed"
    """Our fault; visible, and can be run again."""


RUN_AGAIN: frozenset[InboundState] = frozenset(
    {
        InboundState.UNLINKED,
        InboundState.EXPIRED,
        InboundState.ANSWERED,
        InboundState.IGNORED,
        InboundState.REJECTED,
        InboundState.FAILED,
    }
)
"""What an operator may run again, beside a submission of which every receipt was rejected."""


class AddressKind(Enum):
    """What a member can link."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address in lower case, or a number in E.164."""

    kind: AddressKind
    value: str


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A text's picture or document, in the file store.

    Attributes:
        size_bytes: as far as it was read; 0 where the provider never gave it.
        sha256: None where it ran over the size limit or never came.
    """

    name: str
    size_bytes: int
    sha256: Sha256 | None

    @property
    def is_lost(self) -> bool:
        """Whether it never came, while others of the same text did."""
        return self.sha256 is None and self.size_bytes == 0


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One mail or text as it came in.

    Attributes:
        mailbox: the program's address, or the number, that it came to.
        raw_sha256: of the mail, or of the webhook's form as JSON, in the file store.
        whole: False where it ran over the size limit and only its head was kept.
        sender: address or number as it claims; empty where there is none.
        reason: a code that says more than the state; empty while it waits.
        sentence: the verdict in plain words, for the operator.
        sent_by: how we know who sent it; None until a member was found.
        answer_to: where answers go; empty where nobody is answered.
        guide_to: who is told no result, and what to do next: whoever sent it from a place that is nobody's.
        parts: a text's media; None until they were fetched.
        attempt: tries of taking it in, this one included.
        sent_at: of a text that was found later than it came, when the provider took it; else None.
        media_due: its media are to be deleted at the provider, and are still there.
        traceparent: under which trace it came (`receipts.spans`).
    """

    id: InboundId
    number: int
    program_id: ProgramId
    via: Via
    mailbox: str
    raw_sha256: Sha256
    size_bytes: int
    whole: bool
    sender: str
    recipient: str
    subject: str
    state: InboundState
    reason: str
    sentence: str
    member_id: MemberId | None
    submission_id: SubmissionId | None
    sent_by: SentBy | None
    answer_to: str
    parts: tuple[KeptPart, ...] | None
    attempt: int
    received_at: datetime
    updated_at: datetime
    media_due: bool = False
    guide_to: str = ""
    sent_at: datetime | None = None
    traceparent: str | None = None

    @property
    def came_at(self) -> datetime:
        """When it came, by a clock that is not its sender's."""
        return self.sent_at or self.received_at


@dataclass(frozen=True, slots=True)
class Rerun:
    """Someone of the team had a message run again.

    Attributes:
        asked_by: None for whoever runs the command line.
        submission_id: what the message was before; None where it was no submission.
    """

    asked_by: AccountId | None
    submission_id: SubmissionId | None
    at: datetime


class OutgoingKind(Enum):
    """What is said."""

    RESULT = "result"
    """How a submission stands, once nothing in it moves by itself."""
    LINK = "link"
    """We do not know you yet: how to join or to link this address or number."""
    GUIDE = "guide"
    """What to send, to someone who sent something else."""
    TOO_LARGE = "too_large"
    """The message ran over the size limit."""
    CONFIRM = "confirm"
    """A member named this address or number as theirs: a link to confirm it."""
    INVITE = "invite"
    """To a member who came over from another system: a link by which they choose a password."""
    AT_ONCE = "at_once"
    """What the webhook's own answer said to a text."""


class OutgoingState(Enum):
    """Where an answer stands."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"
    """Not to be sent: opted out, or too many to this address."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One answer.

    Attributes:
        inbound_id: what it answers.
        detail: what the kind needs: a link's token, or the code of what to guide about.
        provider_id: Message-ID of a mail, or the provider's id of a text.
        provider_status: as last reported, such as ``delivered`` of a text or ``bounced 5.1.1`` of a mail.
        report_id: the message by which a mail server reports on it; None where none does.
        traceparent: under which trace it was written (`receipts.spans`).
    """

    id: OutgoingId
    program_id: ProgramId
    via: Via
    kind: OutgoingKind
    recipient: str
    inbound_id: InboundId | None
    submission_id: SubmissionId | None
    detail: str
    state: OutgoingState
    reason: str
    subject: str
    body: str
    provider_id: str
    provider_status: str
    attempt: int
    created_at: datetime
    sent_at: datetime | None
    report_id: InboundId | None = None
    traceparent: str | None = None
