"""What looking at an inbound message led to, before anything of it is written."""

from __future__ import annotations

from dataclasses import dataclass

from receipts.database.repositories.inbound import Verdict
from receipts.database.repositories.intake import NewReceipt
from receipts.identity import MemberId, OutgoingId
from receipts.inbound import Address, InboundMessage, InboundState, OutgoingKind, Via
from receipts.submission import Channel

WORDS_ONLY = "words_only"
"""Reason of a stranger's message without a receipt; the link that it is sent says so."""
CHANNELS: dict[Via, Channel] = {Via.EMAIL: Channel.EMAIL, Via.SMS: Channel.SMS, Via.WHATSAPP: Channel.SMS}


@dataclass(frozen=True, slots=True)
class Said:
    """An answer to the sender.

    Attributes:
        detail: what a guide is about: a rejection's code, or one of the wording's own.
    """

    kind: OutgoingKind
    to: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Submit:
    """A member was found, and there is something to read."""

    member_id: MemberId
    files: tuple[NewReceipt, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Returned:
    """An answer of ours that a mail server reports on.

    Attributes:
        status: what is kept with the answer, such as ``bounced 5.1.1``.
    """

    answer_id: OutgoingId
    status: str


@dataclass(frozen=True, slots=True)
class Close:
    """No submission: why not, and what is said about it."""

    verdict: Verdict
    said: Said | None = None
    returned: Returned | None = None


@dataclass(frozen=True, slots=True)
class AskWho:
    """It holds something, and nobody is known under its address or number: kept until someone links it.

    Attributes:
        address: to be linked; None where nobody can be asked.
        several: several members have linked it.
    """

    verdict: Verdict
    address: Address | None
    several: bool


Outcome = Submit | Close | AskWho


def closed(
    message: InboundMessage, state: InboundState, reason: str, sentence: str, said: Said | None = None
) -> Close:
    """A message that ends here."""
    return Close(Verdict(state, reason, sentence, answer_to=message.answer_to), said)
