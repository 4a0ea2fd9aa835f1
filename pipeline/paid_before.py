"""What a member is told whose purchase was paid already: when it was sent, by which door, what it earned."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline import formats
from receipts.database.tables import ProgramRow, ReceiptRow, SubmissionRow
from receipts.state import ReceiptState
from receipts.submission import Channel

_BY: dict[Channel, str] = {Channel.UPLOAD: "upload", Channel.EMAIL: "mail", Channel.SMS: "text"}


def paid_before(session: Session, row: ReceiptRow, purchase_keys: tuple[str, ...]) -> str | None:
    """The sentence; None where the member has not been paid for this purchase themselves.

    Args:
        session: to read with.
        row: the receipt.
        purchase_keys: all that its purchase is known by.
    """
    found = session.execute(
        select(ReceiptRow.points, ReceiptRow.received_at, SubmissionRow.channel, ProgramRow.time_zone)
        .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
        .join(ProgramRow, ProgramRow.id == ReceiptRow.program_id)
        .where(
            ReceiptRow.program_id == row.program_id,
            ReceiptRow.member_id == row.member_id,
            ReceiptRow.purchase_key.in_(purchase_keys),
            ReceiptRow.state == ReceiptState.AWARDED.value,
            ReceiptRow.id != row.id,
        )
        .order_by(ReceiptRow.number)
    ).all()
    if not found:
        return None
    points, received_at, channel, zone = found[0]
    day = formats.day(received_at.astimezone(ZoneInfo(zone)).date())
    if len(found) > 1:
        every = formats.points(sum(each.points or 0 for each in found))
        return (
            f"You sent us this purchase already, in parts, the first by {_BY[Channel(channel)]} on {day}, and"
            f" they earned {every}. All is well; you need not do anything."
        )
    return (
        f"You sent us this purchase already, by {_BY[Channel(channel)]} on {day}, and it earned"
        f" {formats.points(points or 0)} then. All is well; you need not do anything."
    )
