"""What a member sent, and the door it came in by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from receipts.identity import MemberId, ProgramId, SubmissionId


class Channel(Enum):
    """The door."""

    UPLOAD = "upload"
    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Submission:
    """One upload, email or text by a member: a receipt for each file, or one that several photos show.

    Attributes:
        received_at: our own clock, UTC; the sender's clock is never trusted.
    """

    id: SubmissionId
    program_id: ProgramId
    member_id: MemberId
    channel: Channel
    received_at: datetime
