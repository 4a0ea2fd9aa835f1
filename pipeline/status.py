"""Tiers and badges that move by a program's own rules, in the transaction that moves what they count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from awarding.status import badge_data, tier_data
from awarding.status_file import parse_status
from pipeline.clock import day_in, utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.status import (
    Amounts,
    DueStatuses,
    KeptTier,
    Statuses,
    StatusVersionError,
)
from receipts.identity import MemberId, ProgramId
from receipts.message import MessageType
from receipts.money import minor_unit_digits
from receipts.program import Program
from receipts.status import Count, Measure, StatusRules, TierRules

MEMBERS_A_SWEEP = 500
"""Then the relay does its other work first."""


def _program(session: Session, program_id: ProgramId) -> Program:
    found = Programs(session).find(program_id)
    if found is None:
        raise LookupError(f"there is no program {program_id}")
    return found


def _statuses(session: Session, now: datetime, program: Program) -> Statuses:
    return Statuses(session, program.id, now, lambda moment: day_in(program.time_zone, moment))


def status_document(wiring: Wiring, program_id: ProgramId) -> dict[str, Any] | None:
    """The document in force; None where the core loyalty service alone sets tiers and badges."""
    with wiring.database.read() as session:
        return _statuses(session, utc_now(), _program(session, program_id)).document()


def import_status(
    wiring: Wiring, program_id: ProgramId, rules: StatusRules, document: dict[str, Any]
) -> bool:
    """Put a document in force; False where it is already. The sweep looks at every member by it.

    Raises:
        StatusVersionError: its version is not above the one in force.
    """
    try:
        with wiring.database.write() as session:
            statuses = _statuses(session, utc_now(), _program(session, program_id))
            return statuses.keep(rules.version, document)
    except IntegrityError as error:
        raise StatusVersionError(
            f"another status document of version {rules.version} came just now; see which, and raise yours"
        ) from error


@dataclass(frozen=True, slots=True)
class MovedByRules:
    """What the core loyalty service wanted to set is moved by the program's own rules.

    Attributes:
        what: in words.
    """

    what: str


def moved_by_rules(
    session: Session, program_id: ProgramId, member_id: MemberId, tier: str, badges: Iterable[str]
) -> tuple[bool, MovedByRules | None]:
    """Whether rules move the tier, and what of this nobody else may set; what stands already may be said."""
    now = utc_now()
    document = _statuses(session, now, _program(session, program_id)).document()
    if document is None:
        return False, None
    rules, _ = parse_status(document)
    earning = Earning(session, program_id, now)
    if rules.tiers is not None and tier and tier != earning.tier(member_id, None):
        return True, MovedByRules("tiers")
    named = {badge.name for badge in rules.badges}
    new = sorted(named.intersection(badges) - earning.badges(member_id, None))
    return rules.tiers is not None, MovedByRules(f"the badge {new[0]}") if new else None


def look_at(session: Session, now: datetime, program_id: ProgramId, member_id: MemberId) -> None:
    """Move the member's tier, give badges and tell of both. The member's books must be locked."""
    program = _program(session, program_id)
    statuses = _statuses(session, now, program)
    document = statuses.document()
    if document is None:
        return
    rules, _ = parse_status(document)
    _Look(session, now, program, member_id, statuses, rules).run()


class _Look:
    """One look at one member."""

    def __init__(
        self,
        session: Session,
        now: datetime,
        program: Program,
        member_id: MemberId,
        statuses: Statuses,
        rules: StatusRules,
    ) -> None:
        self._program, self._member_id = program, member_id
        self._statuses, self._rules = statuses, rules
        self._books = Books(session, program.id, now)
        self._earning = Earning(session, program.id, now)
        self._today = statuses.day_of(now)

    def run(self) -> None:
        again = None if self._rules.tiers is None else self._move_tier(self._rules.tiers)
        self._give_badges()
        at = None if again is None else self._midnight(again)
        self._statuses.looked_at(self._member_id, self._rules.version, at)

    def _move_tier(self, rules: TierRules) -> date | None:
        """Move it; the day on which it may fall again, None for never."""
        counted, total = self.total(rules.measure)
        before, tier = self._earning.tier(self._member_id, None), rules.tier(total)
        kept = self._kept(rules)
        if kept is not None:
            tier = rules.higher(tier, kept.tier)
        last = self._statuses.last_since(self._member_id)
        since = self._today if last is None else max(last, self._today)
        if self._earning.move_tier(self._member_id, tier, since):
            data = tier_data(
                rules.measure,
                tier=tier,
                before=before,
                since=since,
                total=total,
                version=self._rules.version,
            )
            self._books.send(self._member_id, MessageType.MEMBER_TIER_CHANGED, data)
        ends = None if kept is None else kept.until + timedelta(days=1)
        falls = rules.measure.window.next_fall(self._today, (day for day, _ in counted)) if tier else None
        return min((day for day in (ends, falls) if day is not None), default=None)

    def _kept(self, rules: TierRules) -> KeptTier | None:
        """What was brought over from another system, as long as it is kept."""
        kept = self._statuses.kept_tier(self._member_id)
        known = kept is not None and kept.tier in {level.name for level in rules.levels}
        return kept if kept is not None and known and kept.until >= self._today else None

    def _give_badges(self) -> None:
        had = self._earning.badges(self._member_id, None)
        for rule in self._rules.badges:
            if rule.name in had:
                continue
            _, total = self.total(rule.measure)
            if total < rule.threshold:
                continue
            self._earning.give_badge(self._member_id, rule.name, self._today)
            data = badge_data(rule, since=self._today, total=total, version=self._rules.version)
            self._books.send(self._member_id, MessageType.MEMBER_BADGE_EARNED, data)

    def total(self, measure: Measure) -> tuple[Amounts, int]:
        """What counts today, and its sum; money in whole units, rounded down."""
        start = measure.window.start(self._today)
        counted = tuple(each for each in self._amounts(measure) if start is None or each[0] >= start)
        total = sum(amount for _, amount in counted)
        if measure.count is Count.SPENT:
            total //= 10 ** minor_unit_digits(measure.currency or self._program.currency)
        return counted, total

    def _amounts(self, measure: Measure) -> Amounts:
        match measure.count:
            case Count.POINTS:
                return self._statuses.points(self._member_id)
            case Count.SPENT:
                return self._statuses.spent(self._member_id, measure.currency or self._program.currency)
            case Count.PURCHASES:
                return self._statuses.purchases(self._member_id)
            case Count.ACTIVITIES:
                return self._statuses.activities(self._member_id, measure.event)
            case _:
                assert_never(measure.count)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self._program.time_zone)).astimezone(UTC)


def counted_of(
    wiring: Wiring, program_id: ProgramId, member_id: MemberId, measures: Sequence[Measure]
) -> tuple[int, ...]:
    """The member's total by each measure, as of today; nothing is moved."""
    now = utc_now()
    with wiring.database.read() as session:
        program = _program(session, program_id)
        rules = StatusRules(version=0, tiers=None, badges=())
        look = _Look(session, now, program, member_id, _statuses(session, now, program), rules)
        return tuple(look.total(measure)[1] for measure in measures)


def sweep_statuses(wiring: Wiring, *, now: datetime | None = None, most: int = MEMBERS_A_SWEEP) -> int:
    """Look at members whose window moved on, and by a new document at all; one member a transaction.

    Returns:
        How many were looked at.
    """
    moment = utc_now() if now is None else now
    with wiring.database.read() as session:
        due = DueStatuses(session, moment)
        documents = due.new_documents()
        members = due.members(limit=most)
    for program_id, member_id in members:
        with wiring.database.write() as session:
            # The member first, as every posting does, so that none waits for the other.
            Books(session, program_id, moment).lock(member_id)
            if _statuses(session, moment, _program(session, program_id)).is_due(member_id):
                look_at(session, moment, program_id, member_id)
    if documents and len(members) < most:
        with wiring.database.write() as session:
            for program_id, version in documents:
                DueStatuses(session, moment).applied(program_id, version)
    return len(members)
