"""The books: ledger entries, claims and messages, always written together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, case, func, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.due import DuePoints
from receipts.database.repositories.ledger_rows import entry_of, row_of
from receipts.database.tables import (
    CampaignBudgetRow,
    ClaimEndRow,
    ClaimRow,
    DuePointsRow,
    LedgerEntryRow,
    MemberRow,
    MessageRow,
    OutboxRow,
    ProgramRow,
)
from receipts.identity import (
    CampaignId,
    MemberId,
    MessageId,
    ProgramId,
    ReceiptId,
    new_message_id,
)
from receipts.ledger import AccountKind, Balances, Claim, EntryKind, LedgerEntry
from receipts.message import MessageType
from receipts.money import Points


class StaleBooksError(Exception):
    """The member's books moved between working out a posting and writing it: work it out again."""


class Books:
    """One program's books."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def balance(self, member_id: MemberId) -> Points:
        """The sum of the member's entries."""
        total = self._session.scalar(
            select(func.coalesce(func.sum(LedgerEntryRow.points), 0)).where(
                LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.member_id == member_id
            )
        )
        return Points(int(total or 0))

    def balances(self, member_id: MemberId) -> Balances:
        """The member's accounts, each the sum of its entries."""
        return self.balances_of([member_id]).get(member_id, Balances(Points(0), Points(0), Points(0)))

    def balances_of(self, members: Collection[MemberId]) -> dict[MemberId, Balances]:
        """The accounts of several members; those without any entry are left out."""
        rows = self._session.execute(
            select(
                LedgerEntryRow.member_id,
                _sum_of(AccountKind.PENDING),
                _sum_of(AccountKind.AVAILABLE),
                _sum_of(AccountKind.HELD),
            )
            .where(LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.member_id.in_(members))
            .group_by(LedgerEntryRow.member_id)
        )
        return {
            MemberId(member_id): Balances(*(Points(int(total or 0)) for total in sums))
            for member_id, *sums in rows
        }

    def lock(self, member_id: MemberId) -> None:
        """Keep others from this member's books till the end of the transaction; what is read after it stands.

        Raises:
            LookupError: the program has no such member.
        """
        found = self._session.scalar(
            select(MemberRow.id)
            .where(MemberRow.id == member_id, MemberRow.program_id == self._program_id)
            .with_for_update()
        )
        if found is None:
            raise LookupError(f"the program has no member {member_id}")

    def earned_by_campaign(self, member_id: MemberId) -> dict[CampaignId, Points]:
        """What the member has earned from each campaign so far, reversals taken off."""
        earned = case(
            (LedgerEntryRow.debit == AccountKind.PROGRAM.value, LedgerEntryRow.moved),
            (LedgerEntryRow.credit == AccountKind.CANCELLED.value, -LedgerEntryRow.moved),
            else_=0,
        )
        rows = self._session.execute(
            select(LedgerEntryRow.campaign_id, func.sum(earned))
            .where(
                LedgerEntryRow.program_id == self._program_id,
                LedgerEntryRow.member_id == member_id,
                LedgerEntryRow.campaign_id != "",
            )
            .group_by(LedgerEntryRow.campaign_id)
        )
        return {CampaignId(campaign_id): Points(int(points)) for campaign_id, points in rows}

    def claimed_lines(self, purchase_key: str) -> frozenset[str]:
        """The lines of a purchase that are paid, whoever was paid."""
        return frozenset(self.claimants(purchase_key))

    def claimants(self, purchase_key: str) -> dict[str, ReceiptId]:
        """The same lines, each with the receipt that was paid for it."""
        rows = self._session.execute(
            select(ClaimRow.line_key, ClaimRow.receipt_id)
            .outerjoin(ClaimEndRow, _ENDED)
            .where(
                ClaimRow.program_id == self._program_id,
                ClaimRow.purchase_key == purchase_key,
                ClaimEndRow.turn.is_(None),
            )
        )
        return {line_key: ReceiptId(receipt_id) for line_key, receipt_id in rows}

    def claims_of(self, receipt_id: ReceiptId) -> tuple[Claim, ...]:
        """What this receipt was paid for and has not given up."""
        rows = self._session.scalars(
            select(ClaimRow)
            .outerjoin(ClaimEndRow, _ENDED)
            .where(
                ClaimRow.program_id == self._program_id,
                ClaimRow.receipt_id == receipt_id,
                ClaimEndRow.turn.is_(None),
            )
            .order_by(ClaimRow.purchase_key, ClaimRow.line_key)
        )
        return tuple(
            Claim(
                self._program_id,
                row.purchase_key,
                row.line_key,
                ReceiptId(row.receipt_id),
                MemberId(row.member_id),
            )
            for row in rows
        )

    def end_claims(self, purchase_key: str, line_keys: Collection[str]) -> None:
        """Give claims up: the lines may be paid again, as what they are.

        Raises:
            sqlalchemy.exc.IntegrityError: one is given up already, or never was.
        """
        turns = self._turns(purchase_key, line_keys)
        for line_key in sorted(line_keys):
            self._session.add(
                ClaimEndRow(
                    program_id=self._program_id,
                    purchase_key=purchase_key,
                    line_key=line_key,
                    turn=turns.get(line_key, 0),
                    created_at=self._now,
                )
            )
        self._session.flush()

    def _turns(self, purchase_key: str, line_keys: Collection[str]) -> dict[str, int]:
        """How often each line's claim was given up: the turn that a claim of it has now."""
        rows = self._session.execute(
            select(ClaimEndRow.line_key, func.count())
            .where(
                ClaimEndRow.program_id == self._program_id,
                ClaimEndRow.purchase_key == purchase_key,
                ClaimEndRow.line_key.in_(sorted(line_keys)),
            )
            .group_by(ClaimEndRow.line_key)
        )
        return {line_key: int(count) for line_key, count in rows}

    def next_posting(self, receipt_id: ReceiptId) -> int:
        """The number of the next posting for a receipt: 0 where it was paid nothing yet."""
        last = self._session.scalar(
            select(func.max(LedgerEntryRow.posting)).where(
                LedgerEntryRow.program_id == self._program_id,
                LedgerEntryRow.receipt_id == receipt_id,
                LedgerEntryRow.kind.in_((EntryKind.AWARD.value, EntryKind.REVERSAL.value)),
            )
        )
        return 0 if last is None else last + 1

    def entries(
        self, member_id: MemberId, *, before: int | None, limit: int
    ) -> tuple[tuple[int, LedgerEntry], ...]:
        """The member's entries, newest first, each with its number as the cursor."""
        query = select(LedgerEntryRow).where(
            LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.member_id == member_id
        )
        if before is not None:
            query = query.where(LedgerEntryRow.number < before)
        rows = self._session.scalars(query.order_by(LedgerEntryRow.number.desc()).limit(limit))
        return tuple((row.number, entry_of(row)) for row in rows)

    def all_entries(self, member_id: MemberId) -> tuple[LedgerEntry, ...]:
        """All of the member's entries, oldest first."""
        return self.entries_of([member_id])

    def entries_of(self, members: Collection[MemberId]) -> tuple[LedgerEntry, ...]:
        """All entries of several members, oldest first."""
        rows = self._session.scalars(
            select(LedgerEntryRow)
            .where(LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.member_id.in_(members))
            .order_by(LedgerEntryRow.number)
        )
        return tuple(entry_of(row) for row in rows)

    def post(self, entries: Sequence[LedgerEntry], claims: Iterable[Claim] = ()) -> None:
        """Append entries and claims, and note what of the points falls due when.

        Raises:
            sqlalchemy.exc.IntegrityError: a line is already claimed, or what an entry rests on was posted.
        """
        self._count_budgets(entries)
        for entry in entries:
            self._session.add(row_of(entry))
            if entry.due_at is not None:
                self._note_due(entry, entry.due_at)
        claimed = tuple(claims)
        turns: dict[tuple[str, str], int] = {}
        for purchase_key in {claim.purchase_key for claim in claimed}:
            lines = [claim.line_key for claim in claimed if claim.purchase_key == purchase_key]
            turns.update({(purchase_key, key): n for key, n in self._turns(purchase_key, lines).items()})
        for claim in claimed:
            self._session.add(
                ClaimRow(
                    program_id=claim.program_id,
                    purchase_key=claim.purchase_key,
                    line_key=claim.line_key,
                    turn=turns.get((claim.purchase_key, claim.line_key), 0),
                    receipt_id=claim.receipt_id,
                    member_id=claim.member_id,
                    created_at=self._now,
                )
            )
        self._session.flush()

    def _count_budgets(self, entries: Sequence[LedgerEntry]) -> None:
        """Move the counters of campaigns that have a budget; those without have no row to wait for."""
        moved: dict[CampaignId, int] = {}
        for entry in entries:
            earned = (entry.debit is AccountKind.PROGRAM) - (entry.credit is AccountKind.CANCELLED)
            if earned and entry.campaign_id:
                moved[entry.campaign_id] = moved.get(entry.campaign_id, 0) + earned * entry.points
        # In one order everywhere, so that two postings never wait for each other.
        for campaign_id, points in sorted(moved.items()):
            self._session.execute(
                update(CampaignBudgetRow)
                .where(
                    CampaignBudgetRow.program_id == self._program_id,
                    CampaignBudgetRow.campaign_id == campaign_id,
                )
                .values(points=CampaignBudgetRow.points + points)
            )

    def _note_due(self, entry: LedgerEntry, at: datetime) -> None:
        # A release only moves points: they are due by the entry that earned them.
        lot = entry.rests_on if entry.kind is EntryKind.RELEASE else entry.id
        if entry.credit is AccountKind.PENDING:
            self.note_due("release", entry.member_id, lot, at)
            return
        notice_days = self._session.scalars(
            select(ProgramRow.notice_days).where(ProgramRow.id == self._program_id)
        ).one()
        if notice_days:
            told_at = max(self._now, at - timedelta(days=notice_days))
            self.note_due("notice", entry.member_id, lot, told_at)
        self.note_due("expiry", entry.member_id, lot, at)

    def note_due(self, kind: str, member_id: MemberId, target_id: str, at: datetime) -> None:
        """Have the sweep look at these points at that moment; noted already, it stays."""
        noted = self._session.scalar(
            select(DuePointsRow.number).where(DuePointsRow.target_id == target_id, DuePointsRow.kind == kind)
        )
        if noted is None:
            self._session.add(
                DuePointsRow(
                    kind=kind,
                    program_id=self._program_id,
                    member_id=member_id,
                    target_id=target_id,
                    due_at=at,
                )
            )
            self._session.flush()

    def wake_refunds(self, member_id: MemberId) -> None:
        """The member was paid: refunds whose purchase was not found are looked at again."""
        DuePoints(self._session, self._now).wake_refunds(member_id)

    def send(
        self,
        member_id: MemberId,
        kind: MessageType,
        data: dict[str, Any],
        *,
        worked_out_at: int | None = None,
    ) -> MessageId:
        """Write a message and its outbox row, with the member's next sequence number.

        A posting that was worked out from the member's books names the sequence that they stood at, as
        `worked_out_at`; a message that rests on no balance leaves it out.

        Raises:
            StaleBooksError: the member's sequence is no longer `worked_out_at`.
        """
        query = update(MemberRow).where(MemberRow.id == member_id, MemberRow.program_id == self._program_id)
        if worked_out_at is not None:
            query = query.where(MemberRow.message_sequence == worked_out_at)
        moved = self._session.execute(query.values(message_sequence=MemberRow.message_sequence + 1))
        if not isinstance(moved, CursorResult) or moved.rowcount != 1:
            raise StaleBooksError(f"the books of {member_id} moved meanwhile")
        sequence = self._session.scalars(
            select(MemberRow.message_sequence).where(MemberRow.id == member_id)
        ).one()
        message_id = new_message_id()
        self._session.add(
            MessageRow(
                id=message_id,
                program_id=self._program_id,
                member_id=member_id,
                type=kind.value,
                sequence=sequence,
                time=self._now,
                data=data,
            )
        )
        self._session.add(
            OutboxRow(
                kind="message",
                program_id=self._program_id,
                target_id=message_id,
                not_before=self._now,
                attempts=0,
                created_at=self._now,
            )
        )
        self._session.flush()
        return message_id


_ENDED = and_(
    ClaimEndRow.program_id == ClaimRow.program_id,
    ClaimEndRow.purchase_key == ClaimRow.purchase_key,
    ClaimEndRow.line_key == ClaimRow.line_key,
    ClaimEndRow.turn == ClaimRow.turn,
)


def _sum_of(account: AccountKind) -> ColumnElement[int]:
    moved = case(
        (LedgerEntryRow.credit == account.value, LedgerEntryRow.moved),
        (LedgerEntryRow.debit == account.value, -LedgerEntryRow.moved),
        else_=0,
    )
    return func.sum(moved)
