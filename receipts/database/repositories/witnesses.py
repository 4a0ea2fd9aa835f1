"""How a retailer's paid receipts looked, so that one that looks otherwise can be shown to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from receipts.database.tables import ReceiptRow, WitnessRow
from receipts.identity import MemberId, ProgramId, ReceiptId
from receipts.state import ReceiptState

KEPT_MOST = 60
"""Of one retailer, the newest: tills are changed, and the answer's time must not grow with the program."""
KEPT_OF_A_MEMBER = 3
"""Nobody teaches how a retailer prints alone."""
KEY_CHARS = 100


@dataclass(frozen=True, slots=True)
class Witness:
    """One paid receipt's traits."""

    member_id: MemberId
    traits: tuple[str, ...]


class Witnesses:
    """One program's witnesses."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def of(self, retailer_key: str) -> tuple[Witness, ...]:
        """The retailer's, newest first; those whose receipt is no longer paid are left out."""
        rows = self._session.execute(
            select(WitnessRow.member_id, WitnessRow.traits)
            .join(ReceiptRow, ReceiptRow.id == WitnessRow.receipt_id)
            .where(
                WitnessRow.program_id == self._program_id,
                WitnessRow.retailer_key == retailer_key[:KEY_CHARS],
                ReceiptRow.state == ReceiptState.AWARDED.value,
            )
            .order_by(WitnessRow.number.desc())
            .limit(KEPT_MOST)
        )
        return tuple(Witness(MemberId(member), tuple(traits)) for member, traits in rows)

    def add(
        self,
        retailer_key: str,
        *,
        receipt_id: ReceiptId,
        member_id: MemberId,
        traits: Sequence[str],
        now: datetime,
    ) -> None:
        """Keep a paid receipt's traits, unless it has been kept, or the member has enough there."""
        key = retailer_key[:KEY_CHARS]
        own = (WitnessRow.program_id == self._program_id, WitnessRow.retailer_key == key)
        again = self._session.scalar(select(WitnessRow.number).where(WitnessRow.receipt_id == receipt_id))
        count = self._session.scalar(
            select(func.count()).select_from(WitnessRow).where(*own, WitnessRow.member_id == member_id)
        )
        if again is not None or (count or 0) >= KEPT_OF_A_MEMBER:
            return
        self._session.add(
            WitnessRow(
                program_id=self._program_id,
                retailer_key=key,
                receipt_id=receipt_id,
                member_id=member_id,
                traits=list(traits),
                seen_at=now,
            )
        )
        self._session.flush()
        oldest = self._session.scalar(
            select(WitnessRow.number)
            .where(*own)
            .order_by(WitnessRow.number.desc())
            .offset(KEPT_MOST - 1)
            .limit(1)
        )
        if oldest is not None:
            self._session.execute(delete(WitnessRow).where(*own, WitnessRow.number < oldest))
