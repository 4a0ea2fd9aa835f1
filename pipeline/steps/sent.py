"""What the history is asked about a receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256, SubmissionId


class Sent(Protocol):
    """What the history is asked about a receipt; a worker's item and a held receipt both have it."""

    @property
    def receipt_id(self) -> ReceiptId: ...  # noqa: D102

    @property
    def number(self) -> int: ...  # noqa: D102

    @property
    def program_id(self) -> ProgramId: ...  # noqa: D102

    @property
    def submission_id(self) -> SubmissionId: ...  # noqa: D102

    @property
    def member_id(self) -> MemberId: ...  # noqa: D102

    @property
    def file_sha256(self) -> Sha256: ...  # noqa: D102

    @property
    def part(self) -> int: ...  # noqa: D102

    @property
    def received_at(self) -> datetime: ...  # noqa: D102
