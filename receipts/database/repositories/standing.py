"""Members as earning rules see them: facts, tiers, badges, and purchases that were accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from receipts.database.tables import (
    MemberBadgeRow,
    MemberFactsRow,
    MemberPurchaseRow,
    MemberRow,
    MemberTierRow,
)
from receipts.identity import MemberId, ProgramId, ReceiptId
from receipts.money import Currency


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What the core loyalty service said of a member.

    Attributes:
        birthday: month and day; None where it did not say.
    """

    birthday: tuple[int, int] | None
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Purchases:
    """A member's accepted purchases."""

    count: int
    days: frozenset[date]
    spent: Mapping[Currency, int]


class Standings:
    """One program's members."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def joined_at(self, member_id: MemberId) -> datetime:
        """When the member joined."""
        return self._session.scalars(
            select(MemberRow.joined_at).where(
                MemberRow.program_id == self._program_id, MemberRow.id == member_id
            )
        ).one()

    def facts(self, member_id: MemberId) -> MemberFacts:
        """What is known of the member; nothing where nothing was said."""
        row = self._session.get(MemberFactsRow, (self._program_id, member_id))
        if row is None:
            return MemberFacts(None, ())
        month, day = row.birth_month, row.birth_day
        return MemberFacts(None if month is None or day is None else (month, day), tuple(row.segments))

    def keep_facts(self, member_id: MemberId, facts: MemberFacts) -> None:
        """Say this of the member from now on."""
        month, day = facts.birthday or (None, None)
        self._session.merge(
            MemberFactsRow(
                program_id=self._program_id,
                member_id=member_id,
                birth_month=month,
                birth_day=day,
                segments=list(facts.segments),
                updated_at=self._now,
            )
        )
        self._session.flush()

    def tier(self, member_id: MemberId, on: date | None) -> str:
        """The member's tier on that day, or today's; empty for none."""
        query = select(MemberTierRow.tier).where(
            MemberTierRow.program_id == self._program_id, MemberTierRow.member_id == member_id
        )
        if on is not None:
            query = query.where(MemberTierRow.since <= on)
        found = self._session.scalar(
            query.order_by(MemberTierRow.since.desc(), MemberTierRow.number.desc()).limit(1)
        )
        return found or ""

    def move_tier(self, member_id: MemberId, tier: str, since: date) -> bool:
        """Let the member have this tier from that day on; False where the member has it already."""
        if self.tier(member_id, None) == tier:
            return False
        self._session.add(
            MemberTierRow(
                program_id=self._program_id, member_id=member_id, tier=tier, since=since, changed_at=self._now
            )
        )
        self._session.flush()
        return True

    def badges(self, member_id: MemberId, on: date | None) -> frozenset[str]:
        """The member's badges on that day, or today's."""
        query = select(MemberBadgeRow.badge).where(
            MemberBadgeRow.program_id == self._program_id, MemberBadgeRow.member_id == member_id
        )
        if on is not None:
            query = query.where(MemberBadgeRow.since <= on)
        return frozenset(self._session.scalars(query))

    def give_badge(self, member_id: MemberId, badge: str, since: date) -> bool:
        """Let the member have the badge; False where the member has it already."""
        if self._session.get(MemberBadgeRow, (self._program_id, member_id, badge)) is not None:
            return False
        self._session.add(
            MemberBadgeRow(
                program_id=self._program_id,
                member_id=member_id,
                badge=badge,
                since=since,
                earned_at=self._now,
            )
        )
        self._session.flush()
        return True

    def purchases(self, member_id: MemberId, *, but: str) -> Purchases:
        """The member's accepted purchases, but for the one of that key: several receipts may show one.

        What was brought back whole was never bought: it makes no nth purchase, no streak and no milestone.
        """
        rows = self._session.execute(
            select(
                MemberPurchaseRow.receipt_id,
                MemberPurchaseRow.purchase_key,
                MemberPurchaseRow.bought_on,
                MemberPurchaseRow.currency,
                MemberPurchaseRow.minor,
            ).where(
                MemberPurchaseRow.program_id == self._program_id, MemberPurchaseRow.member_id == member_id
            )
        ).all()
        kept = [row for row in rows if row.minor > 0]
        counted = [row for row in kept if not row.purchase_key or row.purchase_key != but]
        by_purchase: dict[tuple[Currency, str], int] = {}
        for row in counted:
            # A better photo of a purchase shows its lines once more: the one that shows most counts.
            one = Currency(row.currency), row.purchase_key or row.receipt_id
            by_purchase[one] = max(row.minor, by_purchase.get(one, 0))
        spent: dict[Currency, int] = {}
        for (currency, _), minor in by_purchase.items():
            spent[currency] = spent.get(currency, 0) + minor
        return Purchases(
            count=len({row.purchase_key or row.receipt_id for row in counted}),
            days=frozenset(row.bought_on for row in counted if row.bought_on is not None),
            spent=spent,
        )

    def change_spent(self, receipt_id: ReceiptId, minor: int) -> None:
        """Less of an accepted receipt counts than did: what was spent on what is left of it."""
        self._session.execute(
            update(MemberPurchaseRow)
            .where(
                MemberPurchaseRow.program_id == self._program_id, MemberPurchaseRow.receipt_id == receipt_id
            )
            .values(minor=minor)
        )

    def add_purchase(
        self,
        receipt_id: ReceiptId,
        member_id: MemberId,
        *,
        purchase_key: str,
        bought_on: date | None,
        currency: Currency,
        minor: int,
    ) -> None:
        """Count an accepted receipt; counted already, its newest sum stands."""
        self._session.merge(
            MemberPurchaseRow(
                receipt_id=receipt_id,
                program_id=self._program_id,
                member_id=member_id,
                purchase_key=purchase_key,
                bought_on=bought_on,
                currency=currency,
                minor=minor,
            )
        )
        self._session.flush()
