"""Entries and messages' data of points that are released, expire, are spent, given or taken back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from awarding.payloads import (
    BalancePayload,
    ExpiredPayload,
    ExpiringPayload,
    GrantedPayload,
    LotPayload,
    RedeemedPayload,
    ReleasedPayload,
    ReversedPayload,
)
from receipts.identity import LedgerEntryId, MemberId, ProgramId, ReceiptId
from receipts.ledger import NO_CAMPAIGN, AccountKind, Balances, EntryKind, LedgerEntry
from receipts.lots import Lot, Taking
from receipts.money import Points

# Never change it: what is posted again after a crash must get the ids it had.
_TRANSFER_NAMESPACE = uuid.UUID("0d7f1b52-6a0e-4f57-9c3c-2f3c1f7a6e10")

_ACCOUNTS: dict[EntryKind, tuple[AccountKind, AccountKind]] = {
    EntryKind.RELEASE: (AccountKind.PENDING, AccountKind.AVAILABLE),
    EntryKind.EXPIRY: (AccountKind.AVAILABLE, AccountKind.EXPIRED),
    EntryKind.HOLD: (AccountKind.AVAILABLE, AccountKind.HELD),
    EntryKind.HOLD_END: (AccountKind.HELD, AccountKind.AVAILABLE),
    EntryKind.REDEMPTION: (AccountKind.HELD, AccountKind.REDEEMED),
}


def transfer_id(
    kind: EntryKind, source: str, posting: int = 0, debit: AccountKind = AccountKind.PROGRAM
) -> LedgerEntryId:
    """The id of an entry, made from what it rests on: posted twice, after a crash, it meets itself."""
    name = f"{kind.value}/{source}/{posting}/{debit.value}"
    return LedgerEntryId(f"led_{uuid.uuid5(_TRANSFER_NAMESPACE, name).hex}")


@dataclass(frozen=True, slots=True)
class Mover:
    """Makes one member's entries at one moment."""

    program_id: ProgramId
    member_id: MemberId
    now: datetime

    def of_lot(
        self,
        lot: Lot,
        kind: EntryKind,
        points: int,
        sentence: str,
        *,
        posting: int = 0,
        due_at: datetime | None = None,
    ) -> LedgerEntry:
        """A release or expiry of what a lot has left."""
        debit, credit = _ACCOUNTS[kind]
        earned = lot.entry
        return LedgerEntry(
            id=transfer_id(kind, earned.id, posting, debit),
            program_id=self.program_id,
            member_id=self.member_id,
            receipt_id=earned.receipt_id,
            kind=kind,
            points=Points(points),
            campaign_id=earned.campaign_id,
            rule_id=earned.rule_id,
            reverses=None,
            sentence=sentence,
            created_at=self.now,
            posting=posting,
            debit=debit,
            credit=credit,
            source=earned.id,
            due_at=due_at,
        )

    def taken_back(self, taking: Taking, sentence: str, *, posting: int) -> LedgerEntry:
        """A reversal of some of a lot's points."""
        earned = taking.lot.entry
        return LedgerEntry(
            id=transfer_id(EntryKind.REVERSAL, earned.id, posting, taking.account),
            program_id=self.program_id,
            member_id=self.member_id,
            receipt_id=earned.receipt_id,
            kind=EntryKind.REVERSAL,
            points=taking.points,
            campaign_id=earned.campaign_id,
            rule_id=earned.rule_id,
            reverses=earned.id,
            sentence=sentence,
            created_at=self.now,
            posting=posting,
            debit=taking.account,
            credit=AccountKind.CANCELLED,
        )

    def opening_cut(self, taking: Taking, sentence: str, *, posting: int) -> LedgerEntry:
        """Some of an opening's points given back: the system that they came from has since said less."""
        opening = taking.lot.entry
        return LedgerEntry(
            id=transfer_id(EntryKind.OPENING_CUT, opening.id, posting, taking.account),
            program_id=self.program_id,
            member_id=self.member_id,
            receipt_id=None,
            kind=EntryKind.OPENING_CUT,
            points=taking.points,
            campaign_id=NO_CAMPAIGN,
            rule_id="",
            reverses=None,
            sentence=sentence,
            created_at=self.now,
            posting=posting,
            debit=taking.account,
            credit=AccountKind.CANCELLED,
            source=opening.id,
        )

    def of_redemption(self, redemption_id: str, kind: EntryKind, points: int, sentence: str) -> LedgerEntry:
        """A hold, its end, or the redemption itself; each once."""
        debit, credit = _ACCOUNTS[kind]
        return self._plain(redemption_id, kind, points, sentence, debit, credit)

    def given(self, gift_id: str, points: int, sentence: str) -> LedgerEntry:
        """A gift; where its points go, the program's terms say."""
        return self._plain(
            gift_id, EntryKind.GIFT, points, sentence, AccountKind.PROGRAM, AccountKind.AVAILABLE
        )

    def _plain(
        self,
        source: str,
        kind: EntryKind,
        points: int,
        sentence: str,
        debit: AccountKind,
        credit: AccountKind,
    ) -> LedgerEntry:
        return LedgerEntry(
            id=transfer_id(kind, source),
            program_id=self.program_id,
            member_id=self.member_id,
            receipt_id=None,
            kind=kind,
            points=Points(points),
            campaign_id=NO_CAMPAIGN,
            rule_id="",
            reverses=None,
            sentence=sentence,
            created_at=self.now,
            debit=debit,
            credit=credit,
            source=source,
        )


def released_data(entries: Sequence[LedgerEntry], balances: Balances, sentence: str) -> dict[str, Any]:
    """The data of ``points.released``."""
    return ReleasedPayload(
        points=_total(entries),
        sentence=sentence,
        ledger_entry_ids=[entry.id for entry in entries],
        balance=_balance(balances),
        lots=_lots(entries),
    ).as_data()


def expired_data(entries: Sequence[LedgerEntry], balances: Balances, sentence: str) -> dict[str, Any]:
    """The data of ``points.expired``."""
    return ExpiredPayload(
        points=_total(entries),
        sentence=sentence,
        ledger_entry_ids=[entry.id for entry in entries],
        balance=_balance(balances),
        lots=_lots(entries),
    ).as_data()


def expiring_data(points: int, balances: Balances, sentence: str, *, expires_at: datetime) -> dict[str, Any]:
    """The data of ``points.expiring``, which rests on no entry."""
    return ExpiringPayload(
        points=points,
        sentence=sentence,
        ledger_entry_ids=[],
        balance=_balance(balances),
        expires_at=expires_at,
    ).as_data()


def reversed_data(
    entries: Sequence[LedgerEntry],
    balances: Balances,
    sentence: str,
    *,
    receipt_id: ReceiptId,
    return_id: str | None,
    reason: str,
    not_taken: int,
    taken_after_all: int = 0,
) -> dict[str, Any]:
    """The data of ``points.reversed``."""
    pending = _total([entry for entry in entries if entry.debit is AccountKind.PENDING])
    return ReversedPayload(
        points=_total(entries),
        sentence=sentence,
        ledger_entry_ids=[entry.id for entry in entries],
        balance=_balance(balances),
        receipt_id=receipt_id,
        return_id=return_id,
        reason=reason,
        from_pending=pending,
        from_available=_total(entries) - pending,
        not_taken=not_taken,
        taken_after_all=taken_after_all,
        lots=_lots(entries),
    ).as_data()


def granted_data(entries: Sequence[LedgerEntry], balances: Balances) -> dict[str, Any]:
    """The data of ``points.granted``: a gift, or all entries that one activity event earned."""
    first = entries[0]
    waits = first.credit is AccountKind.PENDING
    return GrantedPayload(
        points=_total(entries),
        sentence=" ".join(entry.sentence for entry in entries),
        ledger_entry_ids=[entry.id for entry in entries],
        balance=_balance(balances),
        kind=first.kind.value,
        source=first.rests_on,
        available_from=first.due_at if waits else None,
    ).as_data()


def redeemed_data(entry: LedgerEntry, balances: Balances, *, reference: str) -> dict[str, Any]:
    """The data of ``points.redeemed``."""
    return RedeemedPayload(
        points=entry.points,
        sentence=entry.sentence,
        ledger_entry_ids=[entry.id],
        balance=_balance(balances),
        redemption_id=entry.rests_on,
        reference=reference,
    ).as_data()


def _total(entries: Sequence[LedgerEntry]) -> int:
    return sum(entry.points for entry in entries)


def _balance(found: Balances) -> BalancePayload:
    return BalancePayload(pending=found.pending, available=found.available, held=found.held)


def _lots(entries: Sequence[LedgerEntry]) -> list[LotPayload]:
    return [
        LotPayload(
            earned_by=entry.rests_on,
            receipt_id=entry.receipt_id,
            campaign_id=entry.campaign_id or None,
            points=entry.points,
        )
        for entry in entries
    ]
