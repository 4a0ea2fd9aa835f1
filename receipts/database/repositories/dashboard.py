"""What a program manager asks of the receipts, answered by the database: one query over indexes each.

`docs/dashboard.md` states each formula in words; the tests work each out again in Python.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, case, cast, distinct, extract, func, select, true
from sqlalchemy.orm import aliased

from receipts.database.repositories.chosen import ACCEPTED, Chosen, Row
from receipts.database.repositories.earning import EARNED
from receipts.database.tables import LedgerEntryRow, LineFactRow, MemberRow, ReceiptFactRow
from receipts.ledger import EARNING, AccountKind, EntryKind
from receipts.state import ReceiptState

_F = ReceiptFactRow
_L = LineFactRow
_PPM = 1_000_000.0
_DECIDED = _F.state.in_((ReceiptState.AWARDED.value, ReceiptState.DECLINED.value))


@dataclass(frozen=True, slots=True)
class Shopping:
    """What was bought by accepted receipts in the program's currency."""

    purchases: int
    buyers: int
    repeat_buyers: int
    with_total: int
    total_minor: int
    own_minor: int
    with_own: int
    with_several: int


class Dashboard(Chosen):
    """One program's figures under one filter."""

    # Receipts

    def by_channel_and_state(self) -> list[Row]:
        """Channel, state, receipts."""
        return self._rows(
            select(_F.channel, _F.state, func.count())
            .where(self._chosen())
            .group_by(_F.channel, _F.state)
            .order_by(_F.channel, _F.state)
        )

    def by_day(self) -> list[Row]:
        """Day of sending, receipts, of those accepted, points."""
        accepted = func.sum(case((ACCEPTED, 1), else_=0))
        return self._rows(
            select(_F.received_on, func.count(), accepted, func.sum(_F.points))
            .where(self._chosen())
            .group_by(_F.received_on)
            .order_by(_F.received_on)
        )

    def decided(self) -> tuple[int, int]:
        """Receipts that were decided, and of those the ones that no person had to."""
        alone = func.sum(case((_F.by_person.is_(False), 1), else_=0))
        all_, by_itself = self._one(select(func.count(), alone).where(self._chosen(), _DECIDED))
        return int(all_), int(by_itself or 0)

    def points_of_receipts(self) -> int:
        """Points that the chosen receipts were paid."""
        return int(self._session.scalar(select(func.sum(_F.points)).where(self._chosen(), ACCEPTED)) or 0)

    def seconds_to_points(self, share: float) -> int | None:
        """So many of the paid receipts had their points within this time; the nearest rank, None for none."""
        timed = and_(self._chosen(), _F.seconds_to_points.is_not(None))
        count = int(self._session.scalar(select(func.count()).select_from(_F).where(timed)) or 0)
        if count == 0:
            return None
        place = max(1, math.ceil(share * count)) - 1
        return self._session.scalar(
            select(_F.seconds_to_points).where(timed).order_by(_F.seconds_to_points).offset(place).limit(1)
        )

    # Members and points

    def members(self) -> int:
        """Members of the segment who had joined by the end of the days."""
        joined = true() if self._asked.end_moment is None else MemberRow.joined_at < self._asked.end_moment
        return int(
            self._session.scalar(
                select(func.count())
                .select_from(MemberRow)
                .where(MemberRow.program_id == self._program_id, joined, self._segment(MemberRow.id))
            )
            or 0
        )

    def _entries(self) -> ColumnElement[bool]:
        parts = [LedgerEntryRow.program_id == self._program_id, self._segment(LedgerEntryRow.member_id)]
        if self._asked.first_moment is not None:
            parts.append(LedgerEntryRow.created_at >= self._asked.first_moment)
        if self._asked.end_moment is not None:
            parts.append(LedgerEntryRow.created_at < self._asked.end_moment)
        return and_(*parts)

    def ledger(self) -> dict[str, int]:
        """Points earned, reversed, redeemed and expired in the days, by whatever they were earned."""
        rows = self._rows(
            select(LedgerEntryRow.kind, func.sum(LedgerEntryRow.moved))
            .where(self._entries())
            .group_by(LedgerEntryRow.kind)
        )
        sums = {kind: int(points) for kind, points in rows}
        return {
            "earned": sum(sums.get(kind.value, 0) for kind in EARNING),
            "reversed": sums.get(EntryKind.REVERSAL.value, 0),
            "redeemed": sums.get(EntryKind.REDEMPTION.value, 0),
            "expired": sums.get(EntryKind.EXPIRY.value, 0),
        }

    def paid_by_campaign(self) -> dict[str, int]:
        """Points that each campaign has paid in the days, what was taken back taken off."""
        rows = self._rows(
            select(LedgerEntryRow.campaign_id, func.sum(EARNED))
            .where(self._entries(), LedgerEntryRow.campaign_id != "")
            .group_by(LedgerEntryRow.campaign_id)
        )
        return {campaign_id: int(points) for campaign_id, points in rows}

    def redeemers(self) -> int:
        """Members who spent points in the days."""
        spent = LedgerEntryRow.kind == EntryKind.REDEMPTION.value
        return int(
            self._session.scalar(
                select(func.count(distinct(LedgerEntryRow.member_id))).where(self._entries(), spent)
            )
            or 0
        )

    def outstanding(self) -> int:
        """Points that members have now, pending, available or set aside: no filter of days holds here."""
        theirs = (AccountKind.PENDING.value, AccountKind.AVAILABLE.value, AccountKind.HELD.value)
        moved = LedgerEntryRow.moved
        into = func.sum(case((LedgerEntryRow.credit.in_(theirs), moved), else_=0))
        out = func.sum(case((LedgerEntryRow.debit.in_(theirs), moved), else_=0))
        own = LedgerEntryRow.program_id == self._program_id
        came, went = self._one(select(into, out).where(own, self._segment(LedgerEntryRow.member_id)))
        return int(came or 0) - int(went or 0)

    # Shopping

    def shopping(self) -> Shopping:
        """Of the accepted receipts in the program's currency."""
        whole = _F.total_minor.is_not(None)
        found = self._one(
            select(
                func.count(),
                func.count(distinct(_F.member_id)),
                func.sum(case((whole, 1), else_=0)),
                func.sum(_F.total_minor),
                func.sum(_F.own_minor),
                func.sum(case((_F.own_products > 0, 1), else_=0)),
                func.sum(case((_F.own_products > 1, 1), else_=0)),
            ).where(self._bought())
        )
        of_each = select(_F.member_id).where(self._bought()).group_by(_F.member_id).having(func.count() > 1)
        again = self._session.scalar(select(func.count()).select_from(of_each.subquery())) or 0
        purchases, buyers, with_total, total, own, with_own, several = (int(each or 0) for each in found)
        return Shopping(purchases, buyers, int(again), with_total, total, own, with_own, several)

    def products(self, limit: int) -> list[Row]:
        """SKU, purchases, buyers, thousandths of pieces, spent; the most spent first."""
        spent = func.sum(_L.net_minor)
        return self._rows(
            select(
                _L.sku,
                func.count(distinct(_L.receipt_id)),
                func.count(distinct(_F.member_id)),
                func.sum(_L.quantity_milli),
                spent,
            )
            .join(_F, _F.receipt_id == _L.receipt_id)
            .where(self._bought(), _L.program_id == self._program_id, _L.sku.is_not(None))
            .group_by(_L.sku)
            .order_by(spent.desc(), _L.sku)
            .limit(limit)
        )

    def retailers(self, limit: int) -> list[Row]:
        """Key, a name as printed, purchases, buyers, spent on the program's products, and in all."""
        spent = func.sum(_F.own_minor)
        return self._rows(
            select(
                _F.retailer_key,
                func.max(_F.retailer),
                func.count(),
                func.count(distinct(_F.member_id)),
                spent,
                func.coalesce(func.sum(_F.total_minor), 0),
            )
            .where(self._bought())
            .group_by(_F.retailer_key)
            .order_by(spent.desc(), _F.retailer_key)
            .limit(limit)
        )

    def prices(self, skus: Sequence[str]) -> list[Row]:
        """SKU, year, month of purchase, lines, thousandths of pieces, spent: for what a piece cost."""
        year = cast(extract("year", _F.bought_on), Integer)
        month = cast(extract("month", _F.bought_on), Integer)
        return self._rows(
            select(_L.sku, year, month, func.count(), func.sum(_L.quantity_milli), func.sum(_L.net_minor))
            .join(_F, _F.receipt_id == _L.receipt_id)
            .where(
                self._bought(),
                _L.program_id == self._program_id,
                _L.sku.in_(sorted(skus)),
                _L.quantity_milli > 0,
                _F.bought_on.is_not(None),
            )
            .group_by(_L.sku, year, month)
            .order_by(_L.sku, year, month)
        )

    def companions(self, limit: int) -> list[Row]:
        """What else lay in the baskets: words as printed, purchases with it, spent on it."""
        own = aliased(LineFactRow)
        with_own = select(own.receipt_id).where(own.program_id == self._program_id, own.sku.is_not(None))
        if self._asked.sku:
            with_own = with_own.where(own.sku == self._asked.sku)
        times = func.count(distinct(_L.receipt_id))
        return self._rows(
            select(func.max(_L.description), times, func.sum(_L.net_minor))
            .join(_F, _F.receipt_id == _L.receipt_id)
            .where(
                self._bought(),
                _L.program_id == self._program_id,
                _L.sku.is_(None),
                _L.asks.is_(False),
                _L.print_key != "",
                _L.receipt_id.in_(with_own),
            )
            .group_by(_L.print_key)
            .order_by(times.desc(), func.sum(_L.net_minor).desc(), _L.print_key)
            .limit(limit)
        )

    def probably_own(self, limit: int) -> list[Row]:
        """Lines that no product was found for with certainty, the most money at stake first.

        Words as printed, retailer's name and key, likeliest SKU, its highest probability in millionths,
        receipts, spent, a receipt to look at. What is at stake: what was spent, times the probability.
        """
        stake = func.sum(_L.net_minor * (_L.near_ppm / _PPM))
        return self._rows(
            select(
                func.max(_L.description),
                func.max(_F.retailer),
                _F.retailer_key,
                _L.near_sku,
                func.max(_L.near_ppm),
                func.count(distinct(_L.receipt_id)),
                func.sum(_L.net_minor),
                func.max(_L.receipt_id),
            )
            .join(_F, _F.receipt_id == _L.receipt_id)
            .where(
                self._chosen(),
                _F.currency == self._currency,
                _L.program_id == self._program_id,
                _L.sku.is_(None),
                _L.near_sku.is_not(None),
                _L.near_ppm > 0,
                _L.net_minor > 0,
            )
            .group_by(_F.retailer_key, _L.print_key, _L.near_sku)
            .order_by(stake.desc(), _F.retailer_key, _L.print_key, _L.near_sku)
            .limit(limit)
        )

    def known_retailers(self) -> list[Row]:
        """Key and a name of every retailer, for the filter."""
        return self._rows(
            select(_F.retailer_key, func.max(_F.retailer))
            .where(_F.program_id == self._program_id, _F.retailer_key != "")
            .group_by(_F.retailer_key)
            .order_by(func.max(_F.retailer))
        )

    def known_products(self) -> list[str]:
        """Every SKU that was bought, for the filter."""
        query = select(_L.sku).distinct().where(_L.program_id == self._program_id, _L.sku.is_not(None))
        return [str(sku) for (sku,) in self._rows(query.order_by(_L.sku))]

    def purchases(self, after: str, limit: int) -> list[Row]:
        """Chosen receipts as they are counted, in the order of their ids, for the export."""
        return self._rows(
            select(
                _F.receipt_id,
                _F.member_id,
                _F.channel,
                _F.state,
                _F.received_on,
                _F.bought_on,
                _F.retailer,
                _F.currency,
                _F.total_minor,
                _F.own_minor,
                _F.own_products,
                _F.points,
                _F.seconds_to_points,
            )
            .where(self._chosen(), _F.receipt_id > after)
            .order_by(_F.receipt_id)
            .limit(limit)
        )
