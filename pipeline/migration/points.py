"""Points that are brought over: the ledger is moved by the difference to what the other system says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from awarding.transfers import Mover, transfer_id
from receipts.database.repositories.books import Books
from receipts.database.repositories.origins import BroughtBalance, Origins
from receipts.database.tables import BroughtBalanceRow, DuePointsRow, LedgerEntryRow
from receipts.identity import MemberId, new_id
from receipts.ledger import NO_CAMPAIGN, AccountKind, EntryKind, expires_at
from receipts.lots import lots_of, takings
from receipts.program import Program

PENDING = "pending/"
AVAILABLE = "available/"
BY_TERMS, NEVER = "available/terms", "available/never"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a member has there.

    Attributes:
        points: here, by bucket.
    """

    member_id: MemberId
    points: Mapping[str, int]


class PointsLoader:
    """Brings the points of many members over, in one transaction."""

    def __init__(
        self, session: Session, program: Program, origins: Origins, now: datetime, title: str
    ) -> None:
        self._session, self._program, self._origins, self._now = session, program, origins, now
        self._sentence = f"Brought over from {title}"
        self._zone = ZoneInfo(program.time_zone)
        self._balances: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []
        self._due: list[dict[str, Any]] = []
        self.moved: Counter[str] = Counter()
        """``opened``, ``cut``, and ``short``: were to be taken back, and are spent here already."""

    def bring(self, wanted: Sequence[Wanted], *, known: frozenset[MemberId]) -> None:
        """Post what differs. The books of the known members must be held."""
        before = self._origins.balances(known) if known else {}
        had_before: defaultdict[MemberId, list[str]] = defaultdict(list)
        for member_id, bucket in before:
            had_before[member_id].append(bucket)
        cuts: list[tuple[MemberId, BroughtBalance, int]] = []
        for each in wanted:
            buckets = {*each.points, *had_before[each.member_id]}
            for place, bucket in enumerate(sorted(buckets, key=_spent_first)):
                had = before.get((each.member_id, bucket))
                more = each.points.get(bucket, 0) - (0 if had is None else had.points)
                if more > 0:
                    self._open(each.member_id, bucket, had, more, place)
                elif more < 0 and had is not None and not self._is_over(bucket):
                    cuts.append((each.member_id, had, -more))
        self._origins.add(BroughtBalanceRow, self._balances, system=self._origins.system)
        self._origins.add(LedgerEntryRow, self._entries)
        self._origins.add(DuePointsRow, self._due)
        # Behind what is opened: points that only have another day now never make a balance fall short.
        for member_id, had, less in cuts:
            self._cut(member_id, had, less)

    def _open(
        self, member_id: MemberId, bucket: str, had: BroughtBalance | None, points: int, place: int
    ) -> None:
        balance_id, posting = (new_id("opn"), 0) if had is None else (had.id, had.postings)
        if had is None:
            row = {
                "id": balance_id,
                "member_id": member_id,
                "bucket": bucket,
                "points": points,
                "postings": 1,
            }
            self._balances.append(row)
        else:
            self._origins.move_balance(had.id, had.points + points)
        pending = bucket.startswith(PENDING)
        credit = AccountKind.PENDING if pending else AccountKind.AVAILABLE
        entry_id, due_at = transfer_id(EntryKind.OPENING, balance_id, posting), self._due_at(bucket)
        self._entries.append(
            {
                "id": entry_id,
                "member_id": member_id,
                "receipt_id": None,
                "kind": EntryKind.OPENING.value,
                "points": 0 if pending else points,
                "campaign_id": NO_CAMPAIGN,
                "rule_id": "",
                "posting": posting,
                "reverses": None,
                "sentence": self._sentence,
                # Lots are spent in the order in which they came: those that expire first come first.
                "created_at": self._now + timedelta(microseconds=place),
                "moved": points,
                "debit": AccountKind.PROGRAM.value,
                "credit": credit.value,
                "source": balance_id,
                "due_at": due_at,
            }
        )
        if due_at is not None:
            self._note_due(member_id, entry_id, due_at, pending=pending)
        self.moved["opened"] += points

    def _note_due(self, member_id: MemberId, entry_id: str, at: datetime, *, pending: bool) -> None:
        """As `Books.post` notes it."""
        row = {"member_id": member_id, "target_id": entry_id}
        if pending:
            self._due.append({**row, "kind": "release", "due_at": at})
            return
        if days := self._program.terms.notice_days:
            self._due.append({**row, "kind": "notice", "due_at": max(self._now, at - timedelta(days=days))})
        self._due.append({**row, "kind": "expiry", "due_at": at})

    def _due_at(self, bucket: str) -> datetime | None:
        if bucket == NEVER:
            return None
        if bucket == BY_TERMS:
            return expires_at(self._program.terms, self._now)
        if bucket.startswith(PENDING):
            return self._midnight(date.fromisoformat(bucket.removeprefix(PENDING)))
        last = date.fromisoformat(bucket.removeprefix(AVAILABLE))
        return self._midnight(last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def _is_over(self, bucket: str) -> bool:
        """What has expired has done so here, too: there is nothing to take back."""
        due_at = None if bucket in (NEVER, BY_TERMS) or bucket.startswith(PENDING) else self._due_at(bucket)
        return due_at is not None and due_at <= self._now

    def _cut(self, member_id: MemberId, had: BroughtBalance, less: int) -> None:
        books = Books(self._session, self._program.id, self._now)
        lots = lots_of(books.all_entries(member_id))
        own = [lot for lot in lots if lot.entry.kind is EntryKind.OPENING and lot.entry.rests_on == had.id]
        room = max(0, books.balances(member_id).available)
        found, short = takings(own, less, room=room)
        mover = Mover(self._program.id, member_id, self._now)
        books.post(
            [mover.opening_cut(each, f"{self._sentence}, corrected", posting=had.postings) for each in found]
        )
        taken = less - short
        if taken:
            self._origins.move_balance(had.id, had.points - taken)
        self.moved.update(cut=taken, short=short)


def _spent_first(bucket: str) -> tuple[int, str]:
    """What expires first is spent first, and what never does last."""
    return (1, "") if bucket in (NEVER, BY_TERMS) else (0, bucket.partition("/")[2])
