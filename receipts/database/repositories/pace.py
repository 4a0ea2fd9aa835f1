"""How long stages took lately, and how well receipts were read and matched: for whoever runs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from receipts.database.tables import ArtefactRow, LineFactRow, ReceiptFactRow


class Recent:
    """What came last, over all programs; every question looks at so many rows at most."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stages(self, *, since: datetime, limit: int) -> list[tuple[str, float, float | None]]:
        """What each stage made since then, newest first: its kind, its seconds, the OCR engine's of them."""
        rows = self._session.execute(
            select(ArtefactRow.kind, ArtefactRow.seconds, ArtefactRow.engine_seconds)
            .where(ArtefactRow.created_at >= since)
            .order_by(ArtefactRow.created_at.desc())
            .limit(limit)
        )
        return [(kind, seconds, engine) for kind, seconds, engine in rows]

    def lines(self, *, limit: int) -> tuple[int, int, int]:
        """Lines of the receipts counted last: a program's own product, unsure, and all."""
        last = self._last(limit)
        own, asks, every = self._session.execute(
            select(
                func.coalesce(func.sum(case((LineFactRow.sku.is_not(None), 1), else_=0)), 0),
                func.coalesce(func.sum(case((LineFactRow.asks, 1), else_=0)), 0),
                func.count(),
            ).where(LineFactRow.receipt_id.in_(select(last.c.receipt_id)))
        ).one()
        return int(own), int(asks), int(every)

    def sureness(self, *, limit: int) -> Sequence[tuple[str, str, int]]:
        """Channel, retailer (or empty) and sureness in thousandths of the receipts counted last."""
        last = self._last(limit)
        rows: Any = self._session.execute(
            select(last.c.channel, last.c.retailer, last.c.sure_permille).where(
                last.c.sure_permille.is_not(None)
            )
        )
        return [(channel, retailer, sure) for channel, retailer, sure in rows]

    def _last(self, limit: int) -> Any:  # noqa: ANN401  (a subquery's columns are not typed)
        return select(ReceiptFactRow).order_by(ReceiptFactRow.seen_at.desc()).limit(limit).subquery()
