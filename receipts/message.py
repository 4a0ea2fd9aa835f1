"""What the core loyalty service is told: CloudEvents 1.0."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from receipts.identity import MemberId, MessageId, ProgramId

SPEC_VERSION = "1.0"
_SEQUENCE_DIGITS = 20


class MessageType(Enum):
    """The kinds of message; each has a schema under ``docs/messages``."""

    POINTS_AWARDED = "points.awarded"
    POINTS_PENDING = "points.pending"
    POINTS_GRANTED = "points.granted"
    POINTS_RELEASED = "points.released"
    POINTS_REVERSED = "points.reversed"
    POINTS_EXPIRING = "points.expiring"
    POINTS_EXPIRED = "points.expired"
    POINTS_REDEEMED = "points.redeemed"
    RECEIPT_ACCEPTED = "receipt.accepted"
    RECEIPT_HELD = "receipt.held"
    RECEIPT_DECLINED = "receipt.declined"
    RECEIPT_REJECTED = "receipt.rejected"
    MEMBER_TIER_CHANGED = "member.tier_changed"
    MEMBER_BADGE_EARNED = "member.badge_earned"


@dataclass(frozen=True, slots=True)
class Message:
    """One event about one member.

    Attributes:
        id: with the program's `source`, the consumer's de-duplication key.
        sequence: 1 for a member's first message, then one more for each.
        data: JSON values only.
        traceparent: under which trace it was written (`receipts.spans`); no part of the event.
    """

    id: MessageId
    program_id: ProgramId
    member_id: MemberId
    type: MessageType
    sequence: int
    time: datetime
    data: dict[str, Any]
    traceparent: str | None = field(default=None, compare=False)

    def cloud_event(self) -> dict[str, Any]:
        """The event as CloudEvents 1.0 structured JSON; `sequence` sorts as text (the Sequence extension)."""
        return {
            "specversion": SPEC_VERSION,
            "id": self.id,
            "source": f"/programs/{self.program_id}",
            "type": self.type.value,
            "subject": self.member_id,
            "time": self.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "dataschema": f"/schemas/{self.type.value}.v1.json",
            "partitionkey": self.member_id,
            "sequence": f"{self.sequence:0{_SEQUENCE_DIGITS}d}",
            "data": self.data,
        }
