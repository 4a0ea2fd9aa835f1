"""What people said the lines of settled receipts are, and what waits for a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from receipts.database.tables import AccountRow, LineCorrectionRow, ReceiptRow
from receipts.identity import AccountId, ProgramId, ReceiptId, Sku, new_id


class CorrectionStatus(Enum):
    """Where it stands; only `PROPOSED` is not the end."""

    ALONE = "alone"
    """In effect: it added no more points than one person may."""
    PROPOSED = "proposed"
    AGREED = "agreed"
    REFUSED = "refused"
    REPLACED = "replaced"
    """By another correction of the receipt."""


@dataclass(frozen=True, slots=True)
class LineCorrection:
    """A correction.

    Attributes:
        lines: the product of each line by its position; None for not ours.
        points: that it adds, what it takes back taken off.
        proposer: the first person's name.
    """

    id: str
    receipt_id: ReceiptId
    lines: Mapping[int, Sku | None]
    points: int
    status: CorrectionStatus
    proposed_by: AccountId
    proposer: str
    proposed_at: datetime


def photos_of(session: Session, program_id: ProgramId, receipt_id: ReceiptId) -> Select[str]:
    """The ids of all photos of the purchase that the receipt is of, itself too."""
    mine = (ReceiptRow.id == receipt_id) & (ReceiptRow.program_id == program_id)
    key = session.scalar(select(ReceiptRow.purchase_key).where(mine))
    of_purchase = (ReceiptRow.program_id == program_id) & (ReceiptRow.purchase_key == key)
    return select(ReceiptRow.id).where(of_purchase if key else mine)


class LineCorrections:
    """One program's corrections of settled receipts."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def add(
        self,
        receipt_id: ReceiptId,
        lines: Mapping[int, Sku | None],
        by: AccountId,
        *,
        points: int,
        status: CorrectionStatus,
    ) -> str:
        """Keep one, in place of what was proposed for the receipt before; its id."""
        self._session.execute(
            update(LineCorrectionRow)
            .where(
                LineCorrectionRow.receipt_id == receipt_id,
                LineCorrectionRow.program_id == self._program_id,
                LineCorrectionRow.status == CorrectionStatus.PROPOSED.value,
            )
            .values(status=CorrectionStatus.REPLACED.value, decided_at=self._now)
        )
        made = new_id("lco")
        self._session.add(
            LineCorrectionRow(
                id=made,
                program_id=self._program_id,
                receipt_id=receipt_id,
                lines={str(position): sku for position, sku in sorted(lines.items())},
                points=points,
                status=status.value,
                proposed_by=by,
                proposed_at=self._now,
            )
        )
        self._session.flush()
        return made

    def find(self, correction_id: str) -> LineCorrection | None:
        """By its id."""
        found = self._session.execute(self._all().where(LineCorrectionRow.id == correction_id)).first()
        return None if found is None else _correction(found)

    def waiting_on(self, receipt_id: ReceiptId) -> LineCorrection | None:
        """What is proposed for the receipt."""
        query = self._all().where(
            LineCorrectionRow.receipt_id == receipt_id,
            LineCorrectionRow.status == CorrectionStatus.PROPOSED.value,
        )
        found = self._session.execute(query).first()
        return None if found is None else _correction(found)

    def waiting(self, *, limit: int) -> tuple[LineCorrection, ...]:
        """Those that a second person has to agree to, oldest first."""
        query = self._all().where(LineCorrectionRow.status == CorrectionStatus.PROPOSED.value)
        rows = self._session.execute(query.order_by(LineCorrectionRow.number).limit(limit))
        return tuple(_correction(row) for row in rows)

    def hold_purchase(self, receipt_id: ReceiptId) -> None:
        """Let nobody else correct a photo of the purchase until the transaction ends."""
        query = select(ReceiptRow.number).where(ReceiptRow.id.in_(self._photos(receipt_id)))
        self._session.execute(query.order_by(ReceiptRow.number).with_for_update()).all()

    def _photos(self, receipt_id: ReceiptId) -> Select[str]:
        return photos_of(self._session, self._program_id, receipt_id)

    def count_waiting(self) -> int:
        """How many a second person has to agree to."""
        return int(
            self._session.scalar(
                select(func.count())
                .select_from(LineCorrectionRow)
                .where(
                    LineCorrectionRow.program_id == self._program_id,
                    LineCorrectionRow.status == CorrectionStatus.PROPOSED.value,
                )
            )
            or 0
        )

    def added_alone(self, receipt_id: ReceiptId) -> int:
        """Points that single persons' corrections have added to the purchase; never below zero."""
        found = self._session.scalar(
            select(func.coalesce(func.sum(LineCorrectionRow.points), 0)).where(
                LineCorrectionRow.receipt_id.in_(self._photos(receipt_id)),
                LineCorrectionRow.program_id == self._program_id,
                LineCorrectionRow.status == CorrectionStatus.ALONE.value,
            )
        )
        return max(0, int(found or 0))

    def decide(self, correction_id: str, by: AccountId, *, agree: bool) -> bool:
        """The second person's word; False where it is the first's own, or another was faster."""
        status = CorrectionStatus.AGREED if agree else CorrectionStatus.REFUSED
        moved = self._session.execute(
            update(LineCorrectionRow)
            .where(
                LineCorrectionRow.id == correction_id,
                LineCorrectionRow.program_id == self._program_id,
                LineCorrectionRow.status == CorrectionStatus.PROPOSED.value,
                LineCorrectionRow.proposed_by != by,
            )
            .values(status=status.value, decided_by=by, decided_at=self._now)
            .returning(LineCorrectionRow.number)
        )
        return moved.scalar() is not None

    def _all(self) -> Select[LineCorrectionRow, str]:
        return (
            select(LineCorrectionRow, AccountRow.name)
            .join(AccountRow, AccountRow.id == LineCorrectionRow.proposed_by)
            .where(LineCorrectionRow.program_id == self._program_id)
            .execution_options(populate_existing=True)
        )


def _correction(found: Row[LineCorrectionRow, str]) -> LineCorrection:
    row, name = found
    said = row.lines if isinstance(row.lines, dict) else {}
    return LineCorrection(
        id=row.id,
        receipt_id=ReceiptId(row.receipt_id),
        lines={int(position): None if sku is None else Sku(str(sku)) for position, sku in said.items()},
        points=row.points,
        status=CorrectionStatus(row.status),
        proposed_by=AccountId(row.proposed_by),
        proposer=name,
        proposed_at=row.proposed_at,
    )
