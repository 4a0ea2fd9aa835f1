"""What the checks may know of the member and of how the receipt came: counts and keyed hashes, no names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from receipts.identity import MemberId, ReceiptId
from receipts.traces import TraceKind

HOUR, DAY, WEEK, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Counts:
    """Receipts in the windows that end with this one's submission, this one included."""

    hour: int
    day: int
    week: int
    month: int


def counted(before: Iterable[datetime], at: datetime) -> Counts:
    """How many receipts at `at` and at the earlier moments fall in each window."""
    moments = tuple(before)
    hour, day, week, month = (
        1 + sum(at - moment < window for moment in moments) for window in (HOUR, DAY, WEEK, MONTH)
    )
    return Counts(hour, day, week, month)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where this receipt's device, address, network, sender or card was seen in the last 30 days.

    Attributes:
        members: different members, this one included. For a card: those who share another trace as well,
            since one card in ten thousand has the same last four by chance.
        alone: for a card: members who share the card and nothing else.
        related: some receipts of other members among `members`, latest first.
    """

    kind: TraceKind
    counts: Counts
    members: int
    alone: int = 0
    related: tuple[ReceiptId, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """One member as far as the checks look.

    Attributes:
        joined_at: our clock; None where it was not looked up.
        sent: the member's own receipts; None where they were not counted.
        sightings: one for each trace that the receipt has; most mails and texts have a sender only.
        refused: of the member's decided receipts, latest first: whether a reviewer declined it.
        same_receipt: the different members who sent this very file or purchase, this one included.
    """

    joined_at: datetime | None = None
    sent: Counts | None = None
    sightings: tuple[Sighting, ...] = ()
    refused: tuple[bool, ...] = ()
    same_receipt: tuple[MemberId, ...] = field(default=())
