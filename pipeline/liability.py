"""What a program owes its members: points by age and campaign, what will expire, and what it all costs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from pipeline.clock import utc_now
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.tables import LedgerEntryRow
from receipts.identity import MemberId, ProgramId
from receipts.ledger import EntryKind, LedgerEntry
from receipts.lots import Lot, lots_of
from receipts.money import Currency
from receipts.program import MICROS

AGES: tuple[tuple[int, str], ...] = (
    (30, "up to 30 days"),
    (90, "31 to 90 days"),
    (180, "91 to 180 days"),
    (365, "181 to 365 days"),
)
OLDER = "over 365 days"
NO_CAMPAIGN = "gifts and others"
NEVER = "never"
_MEMBERS_A_LOOK = 500


@dataclass(frozen=True, slots=True)
class Liability:
    """What is owed at one moment.

    Attributes:
        pending: points earned and not to be spent yet.
        available: points to be spent.
        held: set aside for a redemption; not in the tables below, which are of lots.
        short: what members' balances are below zero, together: owed to the program.
        by_age: pending and available points by when they were earned.
        by_campaign: the same by campaign.
        by_expiry: available points by the month in which they expire, `2027-03`; pending ones expire later.
        expired: points that have expired so far.
        redeemed: points that were spent so far.
        cost: of all that is outstanding, in the program's currency; None where no point's value is said.
    """

    program_id: ProgramId
    at: datetime
    currency: Currency
    pending: int
    available: int
    held: int
    short: int
    by_age: dict[str, int]
    by_campaign: dict[str, int]
    by_expiry: dict[str, int]
    expired: int
    redeemed: int
    cost: Decimal | None

    @property
    def outstanding(self) -> int:
        """Points that members have."""
        return self.pending + self.available + self.held

    @property
    def breakage(self) -> float | None:
        """Of points whose end is known, the share that expired unspent; None where none has ended."""
        ended = self.expired + self.redeemed
        return self.expired / ended if ended else None


def liability(wiring: Wiring, program_id: ProgramId) -> Liability:
    """The program's liability now, worked out from every member's entries."""
    program, now = program_of(wiring, program_id), utc_now()
    by_age, by_campaign, by_expiry = Counter[str](), Counter[str](), Counter[str]()
    sums: Counter[str] = Counter()
    with wiring.database.read() as session:
        if not wiring.database.is_sqlite:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        books = Books(session, program_id, now)
        own = LedgerEntryRow.program_id == program_id
        members = session.scalars(select(LedgerEntryRow.member_id).where(own).distinct()).all()
        for first in range(0, len(members), _MEMBERS_A_LOOK):
            some = [MemberId(each) for each in members[first : first + _MEMBERS_A_LOOK]]
            for balances in books.balances_of(some).values():
                sums["pending"] += balances.pending
                sums["available"] += max(0, balances.available)
                sums["short"] += max(0, -balances.available)
                sums["held"] += balances.held
            for lot in _lots(books.entries_of(some)):
                points = lot.pending + lot.available
                if points:
                    by_age[_age(lot, now)] += points
                    by_campaign[lot.entry.campaign_id or NO_CAMPAIGN] += points
                    by_expiry[NEVER if lot.until is None else f"{lot.until:%Y-%m}"] += lot.available
            session.expunge_all()
        ended = dict(
            session.execute(
                select(LedgerEntryRow.kind, func.sum(LedgerEntryRow.moved))
                .where(own)
                .group_by(LedgerEntryRow.kind)
            ).all()
        )
    micros = program.terms.point_value_micros
    outstanding = sums["pending"] + sums["available"] + sums["held"]
    return Liability(
        program_id=program_id,
        at=now,
        currency=program.currency,
        pending=sums["pending"],
        available=sums["available"],
        held=sums["held"],
        short=sums["short"],
        by_age=dict(by_age),
        by_campaign=dict(sorted(by_campaign.items())),
        by_expiry={month: points for month, points in sorted(by_expiry.items()) if points},
        expired=int(ended.get(EntryKind.EXPIRY.value, 0)),
        redeemed=int(ended.get(EntryKind.REDEMPTION.value, 0)),
        cost=None if micros is None else Decimal(outstanding * micros) / MICROS,
    )


def _lots(entries: Iterable[LedgerEntry]) -> Iterator[Lot]:
    """The lots of several members."""
    by_member: defaultdict[MemberId, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        by_member[entry.member_id].append(entry)
    for own in by_member.values():
        yield from lots_of(own)


def _age(lot: Lot, now: datetime) -> str:
    days = (now - lot.entry.created_at).days
    return next((words for most, words in AGES if days <= most), OLDER)
