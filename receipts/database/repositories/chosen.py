"""Which of a program's receipts are asked about: by day, retailer, product and segment of members."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, SQLColumnExpression, String, and_, cast, or_, select, true
from sqlalchemy.orm import Session

from receipts.database.tables import LineFactRow, MemberFactsRow, ReceiptFactRow
from receipts.identity import ProgramId
from receipts.money import Currency
from receipts.state import ReceiptState

_F = ReceiptFactRow
_L = LineFactRow
ACCEPTED = _F.state == ReceiptState.AWARDED.value
_ESCAPE = "\\"

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class DashboardFilter:
    """Which receipts are asked about.

    Attributes:
        first: the first day on which they were sent, where the program is; None for no bound.
        last: the last day.
        first_moment: when `first` began; `end_moment` when `last` was over: for what has a moment only.
        retailer: a `retailer_key`; empty for all.
        sku: receipts with this product; empty for all.
        segment: of members of this segment; empty for all.
    """

    first: date | None = None
    last: date | None = None
    first_moment: datetime | None = None
    end_moment: datetime | None = None
    retailer: str = ""
    sku: str = ""
    segment: str = ""


def _like(text: str) -> str:
    return text.replace(_ESCAPE, _ESCAPE * 2).replace("%", r"\%").replace("_", r"\_")


class Chosen:
    """One program's receipts under one filter."""

    def __init__(
        self, session: Session, program_id: ProgramId, currency: Currency, asked: DashboardFilter
    ) -> None:
        self._session = session
        self._program_id = program_id
        self._currency = currency
        self._asked = asked

    def _segment(self, member: SQLColumnExpression[str]) -> ColumnElement[bool]:
        """Of the members in the segment: a JSON list of texts, looked through as text on both databases."""
        wanted = self._asked.segment
        if not wanted:
            return true()
        # A name between its quotes: SQLite keeps what `json.dumps` wrote, PostgreSQL the letters themselves.
        plain = f"%{_like(json.dumps(wanted, ensure_ascii=False))}%"
        coded = f"%{_like(json.dumps(wanted))}%"
        held = cast(MemberFactsRow.segments, String)
        return member.in_(
            select(MemberFactsRow.member_id).where(
                MemberFactsRow.program_id == self._program_id,
                or_(held.like(plain, escape=_ESCAPE), held.like(coded, escape=_ESCAPE)),
            )
        )

    def _chosen(self) -> ColumnElement[bool]:
        asked = self._asked
        parts: list[ColumnElement[bool]] = [_F.program_id == self._program_id]
        if asked.first is not None:
            parts.append(_F.received_on >= asked.first)
        if asked.last is not None:
            parts.append(_F.received_on <= asked.last)
        if asked.retailer:
            parts.append(_F.retailer_key == asked.retailer)
        if asked.sku:
            parts.append(
                _F.receipt_id.in_(
                    select(_L.receipt_id).where(_L.program_id == self._program_id, _L.sku == asked.sku)
                )
            )
        parts.append(self._segment(_F.member_id))
        return and_(*parts)

    def _bought(self) -> ColumnElement[bool]:
        """Accepted, and in the program's own currency, so that amounts may be added."""
        return and_(self._chosen(), ACCEPTED, _F.currency == self._currency)

    def _rows(self, query: Executable) -> list[Row]:
        return [tuple(row) for row in self._session.execute(query)]

    def _one(self, query: Executable) -> Row:
        return tuple(self._session.execute(query).one())
