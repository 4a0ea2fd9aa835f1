"""Messages that were never in a database."""

from __future__ import annotations

import datetime as dt
from typing import Any

from receipts.identity import MemberId, MessageId, ProgramId
from receipts.message import Message, MessageType


def message(
    member: str = "mem_ann", sequence: int = 1, data: dict[str, Any] | None = None, *, program: str = "mill"
) -> Message:
    return Message(
        MessageId(f"msg_{member}_{sequence}"),
        ProgramId(program),
        MemberId(member),
        MessageType.RECEIPT_HELD,
        sequence,
        dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC),
        {"sentence": "Größe 日本 ✓"} if data is None else data,
    )
