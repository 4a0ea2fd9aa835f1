"""Names of things: one type for each kind of id, so that mypy refuses a member's for a receipt's."""

from __future__ import annotations

import uuid
from enum import Enum
from typing import NewType

ProgramId = NewType("ProgramId", str)
MemberId = NewType("MemberId", str)
AccountId = NewType("AccountId", str)
SubmissionId = NewType("SubmissionId", str)
ReceiptId = NewType("ReceiptId", str)
ReviewCaseId = NewType("ReviewCaseId", str)
BlindReviewId = NewType("BlindReviewId", str)
CampaignId = NewType("CampaignId", str)
LedgerEntryId = NewType("LedgerEntryId", str)
MessageId = NewType("MessageId", str)
InboundId = NewType("InboundId", str)
OutgoingId = NewType("OutgoingId", str)
DeliveryId = NewType("DeliveryId", str)
Sku = NewType("Sku", str)
Gtin = NewType("Gtin", str)
"""Always 14 digits, zero-padded on the left."""
Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits."""


class Role(Enum):
    """What a signed-in caller may do. A member acts for one member; the others for one program."""

    MEMBER = "member"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    SERVICE = "service"


def new_id(prefix: str) -> str:
    """An unguessable id that says what it names: ``rcp_9f0c...`` (122 random bits)."""
    return f"{prefix}_{uuid.uuid4().hex}"


def new_member_id() -> MemberId:
    """A fresh member id."""
    return MemberId(new_id("mem"))


def new_account_id() -> AccountId:
    """A fresh id of an account that signs in."""
    return AccountId(new_id("acc"))


def new_submission_id() -> SubmissionId:
    """A fresh submission id."""
    return SubmissionId(new_id("sub"))


def new_receipt_id() -> ReceiptId:
    """A fresh receipt id."""
    return ReceiptId(new_id("rcp"))


def new_review_case_id() -> ReviewCaseId:
    """A fresh review case id."""
    return ReviewCaseId(new_id("rev"))


def new_blind_review_id() -> BlindReviewId:
    """A fresh id of a blind review; it tells nothing of the receipt."""
    return BlindReviewId(new_id("bln"))


def new_ledger_entry_id() -> LedgerEntryId:
    """A fresh ledger entry id."""
    return LedgerEntryId(new_id("led"))


def new_delivery_id() -> DeliveryId:
    """A fresh id of a message at a publisher."""
    return DeliveryId(new_id("dlv"))


def new_message_id() -> MessageId:
    """A fresh message id."""
    return MessageId(new_id("msg"))


def new_inbound_id() -> InboundId:
    """A fresh id of a mail or text that came in."""
    return InboundId(new_id("inb"))


def new_outgoing_id() -> OutgoingId:
    """A fresh id of an answer."""
    return OutgoingId(new_id("out"))
