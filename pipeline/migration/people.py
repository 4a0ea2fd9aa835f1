"""Members that are brought over: who they are, how they are reached, and their tier."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from pipeline.clock import day_in
from pipeline.migration.staging import segments_of
from receipts.database.repositories.origins import Origins
from receipts.database.repositories.standing import Standings
from receipts.database.tables import (
    BroughtTierRow,
    LinkedAddressRow,
    MemberFactsRow,
    MemberRow,
    MemberStatusRow,
    MemberTierRow,
)
from receipts.identity import MemberId, new_member_id
from receipts.program import Program
from receipts.status import StatusRules

UNNAMED = "Member"
"""Where the files have no name."""


@dataclass(frozen=True, slots=True)
class TierWanted:
    """A member's tier there, and the last day on which it is kept; None for no promise."""

    tier: str
    kept_until: date | None


def tier_wanted(row: sqlite3.Row, rules: StatusRules | None, today: date) -> TierWanted | str | None:
    """The tier that a member is to have; None where the files say nothing, or why it cannot be had."""
    if row["tier"] is None:
        return None
    if rules is None or rules.tiers is None:
        return TierWanted(row["tier"], None)
    if not row["tier"]:
        return TierWanted("", None)
    if row["tier"] not in {level.name for level in rules.tiers.levels}:
        return "tier_not_of_the_program"
    until = date.fromisoformat(row["tier_until"]) if row["tier_until"] else None
    if until is None or until < today:
        return "tier_not_promised"
    return TierWanted(row["tier"], until)


class PeopleLoader:
    """Brings many members over, in one transaction."""

    def __init__(
        self, session: Session, program: Program, origins: Origins, now: datetime, rules: StatusRules | None
    ) -> None:
        self._session, self._program, self._origins, self._now = session, program, origins, now
        self._rules = rules
        self._zone = ZoneInfo(program.time_zone)
        self._today = day_in(program.time_zone, now)
        self.emptied: Counter[str] = Counter()
        """What was left empty."""
        self.linked = 0

    def add(self, rows: Sequence[sqlite3.Row]) -> dict[str, MemberId]:
        """New members, by their id there. What they are called later is theirs to say."""
        made = {row["key"]: new_member_id() for row in rows}
        members = []
        for row in rows:
            joined = self._noon(row["joined"]) if row["joined"] else self._now
            members.append(
                {
                    "id": made[row["key"]],
                    "name": row["name"] or UNNAMED,
                    "joined_at": min(joined, self._now),
                    "language": row["language"] or None,
                }
            )
        self._origins.add(MemberRow, members, message_sequence=0, language_chosen=False)
        self._origins.add_origins(made)
        for kind in ("email", "phone"):
            self._link(kind, {row[kind]: made[row["key"]] for row in rows if row[kind]})
        self._add_facts(rows, made)
        return made

    def _noon(self, day: str) -> datetime:
        """A moment that is on that day wherever the program's clock stands."""
        return datetime.combine(date.fromisoformat(day), time(12), self._zone).astimezone(UTC)

    def _link(self, kind: str, wanted: Mapping[str, MemberId]) -> None:
        """On the word of the other system; what somebody here has linked already stays theirs."""
        taken = self._origins.linked(kind, wanted) if wanted else frozenset()
        if taken:
            self.emptied[f"{kind}_of_a_member_here"] += len(taken)
        rows = [
            {"kind": kind, "address": address, "member_id": member_id}
            for address, member_id in wanted.items()
            if address not in taken
        ]
        self._origins.add(LinkedAddressRow, rows, linked_at=self._now)
        self.linked += len(rows)

    def _add_facts(self, rows: Sequence[sqlite3.Row], made: Mapping[str, MemberId]) -> None:
        facts: list[dict[str, Any]] = []
        for row in rows:
            segments = segments_of(row)
            if not row["birthday"] and not segments:
                continue
            month, _, day = (row["birthday"] or "").partition("-")
            facts.append(
                {
                    "member_id": made[row["key"]],
                    "birth_month": int(month) if month else None,
                    "birth_day": int(day) if day else None,
                    "segments": segments,
                }
            )
        self._origins.add(MemberFactsRow, facts, updated_at=self._now)

    def move_tiers(
        self, rows: Sequence[sqlite3.Row], members: Mapping[str, MemberId], new: frozenset[str]
    ) -> int:
        """Let members have the tier that they have there; how many moved.

        Later loads move a tier only where it moved there: what was said here meanwhile holds.
        """
        had = self._origins.tiers([members[row["key"]] for row in rows if row["key"] not in new])
        fresh: list[tuple[MemberId, TierWanted, date]] = []
        moved = 0
        for row in rows:
            member_id = members[row["key"]]
            wanted = tier_wanted(row, self._rules, self._today)
            if isinstance(wanted, str):
                self.emptied[wanted] += 1
                continue
            before = had.get(member_id, ("", None))
            if wanted is None or (wanted.tier, wanted.kept_until) == before:
                continue
            since = date.fromisoformat(row["tier_since"]) if row["tier_since"] else self._today
            moved += 1
            if row["key"] in new:
                fresh.append((member_id, wanted, min(since, self._today)))
            else:
                self._move_one(member_id, wanted, before[0])
        self._give(fresh)
        return moved

    def _give(self, fresh: Sequence[tuple[MemberId, TierWanted, date]]) -> None:
        """To new members, who have none yet."""
        had = [each for each in fresh if each[1].tier]
        self._origins.add(
            BroughtTierRow,
            [{"member_id": m, "tier": w.tier, "kept_until": w.kept_until} for m, w, _ in had],
            system=self._origins.system,
        )
        self._origins.add(
            MemberTierRow,
            [{"member_id": m, "tier": w.tier, "since": since} for m, w, since in had],
            changed_at=self._now,
        )
        if self._rules is not None and self._rules.tiers is not None:
            again = [
                {"member_id": m, "look_again_at": self._midnight(w.kept_until + timedelta(days=1))}
                for m, w, _ in had
                if w.kept_until is not None
            ]
            self._origins.add(MemberStatusRow, again, version=self._rules.version)

    def _move_one(self, member_id: MemberId, wanted: TierWanted, before: str) -> None:
        self._origins.move_tier(member_id, wanted.tier, wanted.kept_until)
        if self._rules is None or self._rules.tiers is None:
            if wanted.tier != before:
                Standings(self._session, self._program.id, self._now).move_tier(
                    member_id, wanted.tier, self._today
                )
            return
        # The sweep moves it, and tells of it: the member is known to the core loyalty service already.
        self._session.execute(
            update(MemberStatusRow)
            .where(MemberStatusRow.program_id == self._program.id, MemberStatusRow.member_id == member_id)
            .values(look_again_at=self._now)
        )

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)
