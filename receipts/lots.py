"""Lots: a member's points by when they were earned, so that the oldest are spent first and expire first.

Worked out from the entries each time: what is left of a lot is no fact of its own, only a sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from receipts.identity import LedgerEntryId
from receipts.ledger import LOTS, AccountKind, EntryKind, LedgerEntry
from receipts.money import Points


@dataclass(frozen=True, slots=True)
class Lot:
    """Points earned by one entry, as far as they are left.

    Attributes:
        entry: that earned them.
        pending: not released yet.
        available: to be spent still: the oldest lots are spent first.
        takeable: what a reversal may still take: all but what was taken or has expired; spent points too.
        since: when they became available; None while all are pending.
        until: when what is available expires; None for never.
    """

    entry: LedgerEntry
    pending: int
    available: int
    takeable: int
    since: datetime | None
    until: datetime | None


@dataclass(slots=True)
class _Count:
    entry: LedgerEntry
    pending: int = 0
    available: int = 0
    takeable: int = 0
    since: datetime | None = None
    until: datetime | None = None


def lots_of(entries: Iterable[LedgerEntry]) -> tuple[Lot, ...]:
    """The lots of one member's entries, given oldest first, in the order in which they became available."""
    counts: dict[LedgerEntryId, _Count] = {}
    spent = 0
    for entry in entries:
        if entry.kind in LOTS:
            counts[entry.id] = _earned(entry)
            continue
        match entry.kind:
            case EntryKind.HOLD:
                spent += entry.points
            case EntryKind.HOLD_END:
                spent -= entry.points
            case EntryKind.REDEMPTION:
                pass
            case EntryKind.RELEASE | EntryKind.EXPIRY | EntryKind.REVERSAL | EntryKind.OPENING_CUT:
                _moved(counts[LedgerEntryId(entry.rests_on)], entry)
            case EntryKind.AWARD | EntryKind.ACTIVITY | EntryKind.GIFT | EntryKind.OPENING:
                raise AssertionError("earning is counted above")
            case _:
                assert_never(entry.kind)
    # What was taken of a lot that is spent already is taken of the others.
    spent += sum(-count.available for count in counts.values() if count.available < 0)
    ordered = sorted(counts.values(), key=lambda each: (each.since or each.entry.created_at, each.entry.id))
    lots = []
    for count in ordered:
        left = max(0, count.available)
        used = min(left, spent)
        spent -= used
        lots.append(Lot(count.entry, count.pending, left - used, count.takeable, count.since, count.until))
    return tuple(lots)


def _earned(entry: LedgerEntry) -> _Count:
    if entry.credit is AccountKind.PENDING:
        return _Count(entry, pending=entry.points, takeable=entry.points)
    return _Count(
        entry,
        available=entry.points,
        takeable=entry.points,
        since=entry.created_at,
        until=entry.due_at,
    )


def _moved(count: _Count, entry: LedgerEntry) -> None:
    if entry.debit is AccountKind.PENDING:
        count.pending -= entry.points
    else:
        count.available -= entry.points
    if entry.kind is EntryKind.RELEASE:
        count.available += entry.points
        count.since, count.until = entry.created_at, entry.due_at
    else:
        count.takeable -= entry.points


@dataclass(frozen=True, slots=True)
class Taking:
    """So many points of a lot to be taken back, from where they are."""

    lot: Lot
    account: AccountKind
    points: Points


def takings(lots: Iterable[Lot], points: int, *, room: int | None) -> tuple[tuple[Taking, ...], int]:
    """Which points are taken back, pending ones first, the newest lot first; and how many stay.

    Args:
        lots: that the points came by.
        points: to be taken back.
        room: most that may be taken from what is available; None for all.
    """
    found: list[Taking] = []
    newest = sorted(lots, key=lambda lot: (lot.entry.created_at, lot.entry.posting), reverse=True)
    left = points
    for lot in newest:
        take = min(left, lot.pending)
        if take:
            found.append(Taking(lot, AccountKind.PENDING, Points(take)))
            left -= take
    for lot in newest:
        take = min(left, lot.takeable - lot.pending, left if room is None else room)
        if take > 0:
            found.append(Taking(lot, AccountKind.AVAILABLE, Points(take)))
            left -= take
            room = None if room is None else room - take
    return tuple(found), left
