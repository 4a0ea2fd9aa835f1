"""What earning rules ask of the database: versions of campaigns, members' standing, caps and budgets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from receipts.database.repositories.books import StaleBooksError
from receipts.database.tables import (
    ActivityRow,
    CampaignBudgetRow,
    CampaignReserveRow,
    CampaignRow,
    ClaimEndRow,
    ClaimRow,
    LedgerEntryRow,
    MemberBadgeRow,
    MemberFactsRow,
    MemberPurchaseRow,
    MemberRow,
    MemberTierRow,
    ReceiptRow,
)
from receipts.identity import CampaignId, MemberId, ProgramId, ReceiptId
from receipts.ledger import AccountKind
from receipts.money import Currency, Points
from receipts.state import UNFINISHED

_EARNED = case(
    (LedgerEntryRow.debit == AccountKind.PROGRAM.value, LedgerEntryRow.moved),
    (LedgerEntryRow.credit == AccountKind.CANCELLED.value, -LedgerEntryRow.moved),
    else_=0,
)
"""What an entry adds to the points that its campaign has paid."""
_UNFINISHED = sorted(state.value for state in UNFINISHED)


@dataclass(frozen=True, slots=True)
class CampaignVersion:
    """A version of a campaign, without its document."""

    id: CampaignId
    version: int
    imported_at: datetime


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


class Earning:
    """One program's earning."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def versions(self) -> tuple[CampaignVersion, ...]:
        """All versions of all campaigns, by id and version; documents may be large, so without them."""
        rows = self._session.execute(
            select(CampaignRow.id, CampaignRow.version, CampaignRow.created_at)
            .where(CampaignRow.program_id == self._program_id)
            .order_by(CampaignRow.id, CampaignRow.version)
        )
        return tuple(CampaignVersion(CampaignId(name), version, at) for name, version, at in rows)

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
        """The member's accepted purchases, but for the one of that key: several receipts may show one."""
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
        counted = [row for row in rows if not row.purchase_key or row.purchase_key != but]
        spent: dict[Currency, int] = {}
        for row in counted:
            spent[Currency(row.currency)] = spent.get(Currency(row.currency), 0) + row.minor
        return Purchases(
            count=len({row.purchase_key or row.receipt_id for row in counted}),
            days=frozenset(row.bought_on for row in counted if row.bought_on is not None),
            spent=spent,
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

    def earned_on(self, member_id: MemberId, day: date) -> dict[CampaignId, Points]:
        """The member's points of each campaign by purchases of that day."""
        rows = self._session.execute(
            select(LedgerEntryRow.campaign_id, func.sum(_EARNED))
            .join(MemberPurchaseRow, MemberPurchaseRow.receipt_id == LedgerEntryRow.receipt_id)
            .where(
                LedgerEntryRow.program_id == self._program_id,
                LedgerEntryRow.member_id == member_id,
                MemberPurchaseRow.bought_on == day,
            )
            .group_by(LedgerEntryRow.campaign_id)
        )
        return {CampaignId(name): Points(int(points)) for name, points in rows}

    def rule_days(
        self, member_id: MemberId, campaign_ids: Collection[CampaignId]
    ) -> dict[tuple[CampaignId, str], tuple[date, ...]]:
        """For which days rules of these campaigns have paid the member, one for each purchase or event."""
        rows = self._session.execute(
            select(
                LedgerEntryRow.campaign_id,
                LedgerEntryRow.rule_id,
                func.coalesce(LedgerEntryRow.receipt_id, LedgerEntryRow.source),
                func.max(func.coalesce(MemberPurchaseRow.bought_on, ActivityRow.happened_on)),
                func.max(LedgerEntryRow.created_at),
            )
            .outerjoin(MemberPurchaseRow, MemberPurchaseRow.receipt_id == LedgerEntryRow.receipt_id)
            .outerjoin(ActivityRow, ActivityRow.id == LedgerEntryRow.source)
            .where(
                LedgerEntryRow.program_id == self._program_id,
                LedgerEntryRow.member_id == member_id,
                LedgerEntryRow.campaign_id.in_(sorted(campaign_ids)),
                LedgerEntryRow.debit == AccountKind.PROGRAM.value,
            )
            .group_by(
                LedgerEntryRow.campaign_id,
                LedgerEntryRow.rule_id,
                func.coalesce(LedgerEntryRow.receipt_id, LedgerEntryRow.source),
            )
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

    def paid_rules(self, purchase_key: str) -> frozenset[tuple[CampaignId, str]]:
        """Rules that paid for a purchase, by whatever receipt, and whose claims stand."""
        if not purchase_key:
            return frozenset()
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
            select(LedgerEntryRow.campaign_id, LedgerEntryRow.rule_id)
            .where(
                LedgerEntryRow.program_id == self._program_id,
                LedgerEntryRow.receipt_id.in_(standing),
                LedgerEntryRow.debit == AccountKind.PROGRAM.value,
            )
            .distinct()
        )
        return frozenset((CampaignId(campaign_id), rule_id) for campaign_id, rule_id in rows)

    def open_budget(self, campaign_id: CampaignId) -> None:
        """Have the books count a campaign's points from now on, beginning with what they hold."""
        if self._session.get(CampaignBudgetRow, (self._program_id, campaign_id)) is not None:
            return
        paid = self._session.scalar(
            select(func.coalesce(func.sum(_EARNED), 0)).where(
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
