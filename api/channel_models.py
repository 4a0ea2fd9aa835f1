"""The JSON shapes of mails, texts and linked addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from api.models import SentBy, Shape
from api.plain_text import PlainText

ViaName = Literal["email", "sms", "whatsapp"]
InboundStateName = Literal[
    "waiting", "taken", "unlinked", "expired", "answered", "ignored", "rejected", "failed"
]
_INBOUND_ID = "inb_9d3e2b81a650d6c2b8e4a7f4c57a1f0c"
_ADDRESS_CHARS = 320


class LinkedAddress(Shape):
    """A mail address or number that a member sends receipts from."""

    kind: Literal["email", "phone"]
    address: str = Field(
        description="In lower case, or in E.164.", examples=["maya@example.com", "+12025550123"]
    )


class AddressRequest(Shape):
    """An address or number to link to a member."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "phone", "address": "+1 202 555 0123"}]}
    )
    kind: Literal["email", "phone"]
    address: PlainText = Field(
        max_length=_ADDRESS_CHARS, description="A number may be written with blanks and dashes."
    )


class MemberAddresses(Shape):
    """What a member sends from, and where to."""

    member_id: str
    items: list[LinkedAddress] = Field(description="Oldest first.")
    secret_address: str = Field(
        description="The member's own: what arrives there is theirs, whoever sends it. May be empty."
    )
    mail_address: str = Field(description="The program's; empty where it takes no mail.")
    numbers: list[str] = Field(description="The program's, E.164 or a short code, `whatsapp:` before those.")
    taken_up: int = Field(
        default=0, description="Kept messages of this address that are on their way now; after a PUT only."
    )


class AnswerSent(Shape):
    """What was said back."""

    id: str
    kind: Literal["result", "link", "guide", "too_large", "confirm", "invite", "at_once"]
    recipient: str
    state: Literal["waiting", "sent", "dropped", "failed"]
    reason: str = Field(description="Why it was not sent, where it was not.")
    subject: str
    text: str = Field(description="Empty until it is sent. Links to join are cut short: they are keys.")
    provider_status: str = Field(
        description="As last reported, such as `delivered` of a text, or `bounced 5.1.1` of a mail."
    )
    undelivered: str = Field(
        description="Why it never arrived, in plain words, though it was sent; empty where nobody says so."
    )
    report_id: str | None = Field(
        description="The inbound message by which a mail server reports on it; null where none does."
    )
    created_at: datetime
    sent_at: datetime | None


class InboundMessage(Shape):
    """A mail or a text as it came in, and what became of it."""

    id: str = Field(examples=[_INBOUND_ID])
    via: ViaName
    received_at: datetime
    sent_at: datetime | None = Field(
        description="When the provider took a text that we found later; else null, and `received_at` counts."
    )
    mailbox: str = Field(description="The mailbox, or our number, that it came to.")
    sender: str = Field(description="As it claims.")
    recipient: str
    subject: str
    size_bytes: int
    whole: bool = Field(description="False where it ran over the limit and only its head was kept.")
    state: InboundStateName
    reason: str = Field(description="A code that says more than the state; empty while it waits.")
    sentence: str = Field(description="The verdict in plain words.")
    member_id: str | None
    submission_id: str | None
    sent_by: SentBy | None = Field(description="Null until a member was found.")
    attempts: int
    may_retry: bool
    answers: list[AnswerSent]
    updated_at: datetime
    url: str = Field(examples=[f"/v1/inbound-messages/{_INBOUND_ID}"])


class InboundPage(Shape):
    """Newest first."""

    items: list[InboundMessage]
    next_cursor: str | None = Field(description="Ask with it as `cursor`; null at the end.")
