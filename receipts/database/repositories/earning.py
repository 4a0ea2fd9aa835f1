"""What earning rules ask of the database: versions of campaigns, members' standing, caps and budgets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, delete, func, select

from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.standing import MemberFacts, Purchases, Standings
from receipts.database.tables import (
    ActivityRow,
    CampaignBudgetRow,
    CampaignReserveRow,
    CampaignRow,
    ClaimEndRow,
    ClaimRow,
    LedgerEntryRow,
    MemberPurchaseRow,
    ReceiptRow,
)
from receipts.identity import CampaignId, MemberId, ReceiptId
from receipts.ledger import AccountKind
from receipts.money import Points
from receipts.state import UNFINISHED

EARNED = case(
    (LedgerEntryRow.debit == AccountKind.PROGRAM.value, LedgerEntryRow.moved),
    (LedgerEntryRow.credit == AccountKind.CANCELLED.value, -LedgerEntryRow.moved),
    else_=0,
)
"""What an entry adds to the points that its campaign has paid."""
_UNFINISHED = sorted(state.value for state in UNFINISHED)


__all__ = ["Activity", "CampaignVersion", "Earning", "MemberFacts", "Purchases"]


@dataclass(frozen=True, slots=True)
class CampaignVersion:
    """A version of a campaign, without its document."""

    id: CampaignId
    version: int
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that a member did, as it was counted.

    Attributes:
        event_id: the sender's own.
        outcomes: every rule's answer, as JSON.
    """

    id: str
    member_id: MemberId
    event_id: str
    event: str
    happened_on: date
    points: Points
    outcomes: tuple[dict[str, Any], ...]
    created_at: datetime


class Earning(Standings):
    """One program's earning: versions of campaigns, what was paid, budgets, and members' standing."""

    def versions(self, *, in_force: bool = False) -> tuple[CampaignVersion, ...]:
        """All versions of all campaigns, by id and version; documents may be large, so without them.

        Args:
            in_force: of each campaign only the version that is.
        """
        query = select(CampaignRow.id, CampaignRow.version, CampaignRow.created_at).where(
            CampaignRow.program_id == self._program_id
        )
        if in_force:
            query = query.where(CampaignRow.in_force.is_(True))
        rows = self._session.execute(query.order_by(CampaignRow.id, CampaignRow.version))
        return tuple(CampaignVersion(CampaignId(name), version, at) for name, version, at in rows)

    def versions_of(self, campaign_id: CampaignId) -> tuple[CampaignVersion, ...]:
        """All versions of one campaign, by number."""
        rows = self._session.execute(
            select(CampaignRow.version, CampaignRow.created_at)
            .where(CampaignRow.program_id == self._program_id, CampaignRow.id == campaign_id)
            .order_by(CampaignRow.version)
        )
        return tuple(CampaignVersion(campaign_id, version, at) for version, at in rows)

    def document(self, campaign_id: CampaignId, version: int) -> dict[str, Any]:
        """A campaign's document in that version.

        Raises:
            sqlalchemy.exc.NoResultFound: there is none.
        """
        found = self._session.scalars(
            select(CampaignRow.document).where(
                CampaignRow.program_id == self._program_id,
                CampaignRow.id == campaign_id,
                CampaignRow.version == version,
            )
        ).one()
        return dict(found)

    def earned_on(self, member_id: MemberId, day: date) -> dict[CampaignId, Points]:
        """The member's points of each campaign by purchases and activities of that day."""
        rows = self._session.execute(
            select(LedgerEntryRow.campaign_id, func.sum(EARNED))
            .outerjoin(MemberPurchaseRow, MemberPurchaseRow.receipt_id == LedgerEntryRow.receipt_id)
            .outerjoin(ActivityRow, ActivityRow.id == LedgerEntryRow.source)
            .where(
                LedgerEntryRow.program_id == self._program_id,
                LedgerEntryRow.member_id == member_id,
                func.coalesce(MemberPurchaseRow.bought_on, ActivityRow.happened_on) == day,
            )
            .group_by(LedgerEntryRow.campaign_id)
        )
        return {CampaignId(name): Points(int(points)) for name, points in rows}

    def rule_days(
        self, member_id: MemberId, campaign_ids: Collection[CampaignId], *, but: str
    ) -> dict[tuple[CampaignId, str], tuple[date, ...]]:
        """For which days rules of these campaigns have paid the member, one for each purchase or event.

        What was taken back whole does not count, nor does the purchase of the key `but`: more of one purchase
        is not once more.
        """
        key = func.coalesce(MemberPurchaseRow.purchase_key, "")
        rows = self._session.execute(
            select(
                LedgerEntryRow.campaign_id,
                LedgerEntryRow.rule_id,
                func.coalesce(LedgerEntryRow.receipt_id, LedgerEntryRow.source),
                func.max(func.coalesce(MemberPurchaseRow.bought_on, ActivityRow.happened_on)),
                func.min(LedgerEntryRow.created_at),
            )
            .outerjoin(MemberPurchaseRow, MemberPurchaseRow.receipt_id == LedgerEntryRow.receipt_id)
            .outerjoin(ActivityRow, ActivityRow.id == LedgerEntryRow.source)
            .where(
                LedgerEntryRow.program_id == self._program_id,
                LedgerEntryRow.member_id == member_id,
                LedgerEntryRow.campaign_id.in_(sorted(campaign_ids)),
                (key == "") | (key != but),
            )
            .group_by(
                LedgerEntryRow.campaign_id,
                LedgerEntryRow.rule_id,
                func.coalesce(LedgerEntryRow.receipt_id, LedgerEntryRow.source),
            )
            .having(func.sum(EARNED) > 0)
        )
        found: dict[tuple[CampaignId, str], list[date]] = {}
        day: date | None
        for campaign_id, rule_id, _source, day, posted_at in rows:
            found.setdefault((CampaignId(campaign_id), rule_id), []).append(
                posted_at.date() if day is None else day
            )
        return {key: tuple(sorted(days)) for key, days in found.items()}

    def activity(self, event_id: str) -> Activity | None:
        """The activity that was told under this id; None where none was."""
        row = self._session.scalar(
            select(ActivityRow).where(
                ActivityRow.program_id == self._program_id, ActivityRow.event_id == event_id
            )
        )
        if row is None:
            return None
        return Activity(
            id=row.id,
            member_id=MemberId(row.member_id),
            event_id=row.event_id,
            event=row.event,
            happened_on=row.happened_on,
            points=Points(row.points),
            outcomes=tuple(row.outcomes),
            created_at=row.created_at,
        )

    def add_activity(self, activity: Activity) -> None:
        """Keep a new activity.

        Raises:
            sqlalchemy.exc.IntegrityError: it was told already.
        """
        self._session.add(
            ActivityRow(
                id=activity.id,
                program_id=self._program_id,
                member_id=activity.member_id,
                event_id=activity.event_id,
                event=activity.event,
                happened_on=activity.happened_on,
                points=activity.points,
                outcomes=list(activity.outcomes),
                created_at=activity.created_at,
            )
        )
        self._session.flush()

    def paid_for(self, purchase_key: str) -> dict[tuple[CampaignId, str], Points]:
        """What rules paid for a purchase, by whatever receipt whose claims stand, and did not take back."""
        if not purchase_key:
            return {}
        ended = (
            (ClaimEndRow.program_id == ClaimRow.program_id)
            & (ClaimEndRow.purchase_key == ClaimRow.purchase_key)
            & (ClaimEndRow.line_key == ClaimRow.line_key)
            & (ClaimEndRow.turn == ClaimRow.turn)
        )
        standing = (
            select(ClaimRow.receipt_id)
            .outerjoin(ClaimEndRow, ended)
            .where(
                ClaimRow.program_id == self._program_id,
                ClaimRow.purchase_key == purchase_key,
                ClaimEndRow.turn.is_(None),
            )
        )
        rows = self._session.execute(
            select(LedgerEntryRow.campaign_id, LedgerEntryRow.rule_id, func.sum(EARNED))
            .where(LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.receipt_id.in_(standing))
            .group_by(LedgerEntryRow.campaign_id, LedgerEntryRow.rule_id)
            .having(func.sum(EARNED) > 0)
        )
        return {
            (CampaignId(campaign_id), rule_id): Points(int(points)) for campaign_id, rule_id, points in rows
        }

    def open_budget(self, campaign_id: CampaignId) -> None:
        """Have the books count a campaign's points from now on, beginning with what they hold."""
        if self._session.get(CampaignBudgetRow, (self._program_id, campaign_id)) is not None:
            return
        paid = self._session.scalar(
            select(func.coalesce(func.sum(EARNED), 0)).where(
                LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.campaign_id == campaign_id
            )
        )
        self._session.add(
            CampaignBudgetRow(program_id=self._program_id, campaign_id=campaign_id, points=int(paid or 0))
        )
        self._session.flush()

    def budgets_used(self) -> dict[CampaignId, Points]:
        """What each campaign that has a budget has paid."""
        rows = self._session.execute(
            select(CampaignBudgetRow.campaign_id, CampaignBudgetRow.points).where(
                CampaignBudgetRow.program_id == self._program_id
            )
        )
        return {CampaignId(name): Points(points) for name, points in rows}

    def check_budgets(self, budgets: Mapping[CampaignId, int]) -> None:
        """Ask in the posting's own transaction, when its counters are moved and locked.

        Raises:
            StaleBooksError: another posting took what this one was worked out with.
        """
        used = self.budgets_used()
        over = sorted(name for name, budget in budgets.items() if used.get(name, 0) > budget)
        if over:
            raise StaleBooksError(f"the budget of {', '.join(over)} was taken meanwhile")

    def reserve(self, receipt_id: ReceiptId, member_id: MemberId, points: Mapping[CampaignId, int]) -> None:
        """Keep for a held receipt what approval would pay; nothing else is kept for it."""
        self.end_reserves(receipt_id)
        for campaign_id, kept in sorted(points.items()):
            if kept > 0:
                self._session.add(
                    CampaignReserveRow(
                        receipt_id=receipt_id,
                        campaign_id=campaign_id,
                        program_id=self._program_id,
                        member_id=member_id,
                        points=kept,
                    )
                )
        self._session.flush()

    def end_reserves(self, receipt_id: ReceiptId) -> None:
        """The receipt is decided: nothing is kept for it any more."""
        self._session.execute(delete(CampaignReserveRow).where(CampaignReserveRow.receipt_id == receipt_id))

    def reserved(self, *, before: int, member_id: MemberId | None = None) -> dict[CampaignId, Points]:
        """What is kept for held receipts that came earlier, of one member or of all."""
        query = (
            select(CampaignReserveRow.campaign_id, func.sum(CampaignReserveRow.points))
            .join(ReceiptRow, ReceiptRow.id == CampaignReserveRow.receipt_id)
            .where(CampaignReserveRow.program_id == self._program_id, ReceiptRow.number < before)
            .group_by(CampaignReserveRow.campaign_id)
        )
        if member_id is not None:
            query = query.where(CampaignReserveRow.member_id == member_id)
        return {CampaignId(name): Points(int(points)) for name, points in self._session.execute(query)}

    def unfinished_before(self, number: int, *, member_id: MemberId | None = None) -> int:
        """How many receipts that came earlier are still on their way, of one member or of all."""
        query = select(func.count()).where(
            ReceiptRow.program_id == self._program_id,
            ReceiptRow.number < number,
            ReceiptRow.state.in_(_UNFINISHED),
        )
        if member_id is not None:
            query = query.where(ReceiptRow.member_id == member_id)
        return int(self._session.scalar(query) or 0)
