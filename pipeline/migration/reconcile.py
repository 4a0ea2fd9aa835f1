"""What the other system's files say against what is here, member by member, and the totals to sign."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from awarding.status_file import parse_status
from pipeline.clock import day_in, utc_now
from pipeline.migration.cells import MICROS
from pipeline.migration.load import BATCH
from pipeline.migration.mapping import Mapping as MappingFile
from pipeline.migration.parsing import EXPIRED, OWED
from pipeline.migration.people import TierWanted, tier_wanted
from pipeline.migration.points import AVAILABLE, BY_TERMS, NEVER
from pipeline.migration.staging import LEFT_OUT, OK, REFUSED, Staged
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.origins import Origin, Origins
from receipts.database.repositories.status import Statuses
from receipts.identity import MemberId
from receipts.ledger import EntryKind
from receipts.lots import lots_of, takings
from receipts.program import Program
from receipts.status import StatusRules


@dataclass(frozen=True, slots=True)
class Differs:
    """One member whose files and rows here do not agree.

    Attributes:
        what: ``member``, ``points``, ``tier``, ``history`` or ``ledger``.
    """

    source_id: str
    what: str
    there: str
    here: str


@dataclass(slots=True)
class Reconciliation:
    """The totals.

    Attributes:
        members: rows there, and what became of them.
        points: there in points there, then here; what explains the way from one to the other.
        tiers: members there and here, by the tier's name here.
        events: rows of history there and here.
        differs: members that do not agree; none: all is here.
    """

    members: Counter[str] = field(default_factory=Counter)
    points: dict[str, Decimal] = field(default_factory=dict)
    tiers: dict[str, list[int]] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)
    differs: list[Differs] = field(default_factory=list)
    files: tuple[tuple[str, str], ...] = ()

    @property
    def fits(self) -> bool:
        """Whether everything is explained."""
        return not self.differs

    def as_json(self) -> dict[str, Any]:
        """JSON values only; names nobody."""
        return {
            "fits": self.fits,
            "members": dict(self.members),
            "points": {name: f"{value:f}" for name, value in self.points.items()},
            "tiers": {
                name: {"there": there, "here": here} for name, (there, here) in sorted(self.tiers.items())
            },
            "events": dict(self.events),
            "differences": len(self.differs),
            "files": [{"name": name, "sha256": sha256} for name, sha256 in self.files],
        }


def reconcile(wiring: Wiring, program: Program, mapping: MappingFile, staged: Staged) -> Reconciliation:
    """Compare; nothing is changed."""
    found = Reconciliation(files=staged.files)
    found.members["there"] = staged.totals.rows
    for name, state in (("left_out", LEFT_OUT), ("refused", REFUSED)):
        found.members[name] = staged.one("SELECT COUNT(*) FROM members WHERE state = ? AND line > 0", state)
    found.members["refused"] += staged.one("SELECT COUNT(*) FROM refusals WHERE code IN ('no_id', 'twice')")
    _points_there(found, staged)
    compared = _Compare(wiring, program, mapping, staged, found)
    for rows in staged.batches(BATCH):
        compared.batch(rows)
    total = found.members
    missing = total["there"] - total["left_out"] - total["refused"] - total["erased"] - total["here"]
    if missing != len([each for each in found.differs if each.what == "member"]):
        found.differs.append(Differs("", "member", str(total["there"]), str(total["here"])))
    return found


def _points_there(found: Reconciliation, staged: Staged) -> None:
    """Each figure in points there, but for the last, which is what those come to here."""

    def micros(where: str, *values: object) -> Decimal:
        sql = f"SELECT SUM(b.micros) FROM balances b LEFT JOIN members m ON m.key = b.key WHERE {where}"  # noqa: S608
        return Decimal(staged.one(sql, *values)) / MICROS

    found.points = {
        "there": Decimal(staged.totals.micros) / MICROS,
        "left_out": micros("m.state = ?", LEFT_OUT),
        "refused": micros("m.state = ? OR m.state IS NULL", REFUSED),
        "expired": micros("m.state = ? AND b.bucket = ?", OK, EXPIRED),
        "owed": micros("m.state = ? AND b.bucket = ?", OK, OWED),
        "to_bring": micros("m.state = ? AND b.bucket NOT IN (?, ?)", OK, EXPIRED, OWED),
    }
    wanted = "expected", "here", "spent_here_already", "of_the_erased", "of_nobody"
    found.points.update(dict.fromkeys(wanted, Decimal(0)))


class _Compare:
    """Files and rows here, so many members at a time."""

    def __init__(
        self, wiring: Wiring, program: Program, mapping: MappingFile, staged: Staged, found: Reconciliation
    ) -> None:
        self._wiring, self._program, self._mapping = wiring, program, mapping
        self._staged, self._found = staged, found
        self._now = utc_now()
        self._today = day_in(program.time_zone, self._now)
        with wiring.database.read() as session:
            document = Statuses(session, program.id, self._now, lambda _: self._today).document()
        self._rules: StatusRules | None = None if document is None else parse_status(document)[0]

    def batch(self, rows: Sequence[sqlite3.Row]) -> None:
        with self._wiring.database.read() as session:
            origins = Origins(session, self._program.id, self._mapping.system, self._now)
            known = origins.known([row["key"] for row in rows])
            here = {key: each.member_id for key, each in known.items() if not each.erased}
            self._members(rows, known)
            self._points(session, origins, rows, here)
            self._tiers(origins, rows, here)
            self._events(origins, rows, here)

    def _members(self, rows: Sequence[sqlite3.Row], known: Mapping[str, Origin]) -> None:
        for row in rows:
            found = known.get(row["key"])
            if row["line"]:
                self._found.members[
                    "erased" if found and found.erased else "here" if found else "missing"
                ] += 1
                if found is None:
                    self._found.differs.append(Differs(row["key"], "member", "a row", "nobody"))
            elif found is None:
                self._found.members["named_by_points_or_history_alone"] += 1

    def _points(
        self, session: Session, origins: Origins, rows: Sequence[sqlite3.Row], here: Mapping[str, MemberId]
    ) -> None:
        expected: Counter[str] = Counter()
        named: set[str] = set()
        for each in self._staged.all(
            "SELECT key, SUM(points) AS points FROM balances"
            " WHERE key BETWEEN ? AND ? AND bucket NOT IN (?, ?) GROUP BY key",
            *(rows[0]["key"], rows[-1]["key"], EXPIRED, OWED),
        ):
            expected[each["key"]] = each["points"]
            named.add(each["key"])
        brought: Counter[MemberId] = Counter()
        of_ledger: Counter[MemberId] = Counter()
        for (member_id, bucket), balance in origins.balances(list(here.values())).items():
            of_ledger[member_id] += balance.points
            if not self._is_over(bucket):
                brought[member_id] += balance.points
        posted = origins.posted(list(here.values()))
        tells = self._mapping.balances is not None or self._mapping.members.balance is not None
        for row in rows:
            key = row["key"]
            points = self._found.points
            if key not in here:
                where = "of_the_erased" if row["line"] else "of_nobody"
                points[where] += expected[key]
                points["expected"] += expected[key]
                continue
            member_id = here[key]
            if posted.get(member_id, 0) != of_ledger[member_id]:
                said, found = str(of_ledger[member_id]), str(posted.get(member_id, 0))
                self._found.differs.append(Differs(key, "ledger", said, found))
            if not tells or not (row["line"] or key in named):
                continue
            points["expected"] += expected[key]
            points["here"] += brought[member_id]
            less = brought[member_id] - expected[key]
            short = self._spent_here(session, member_id, less) if less > 0 else 0
            points["spent_here_already"] += short
            if less != short:
                there, found = str(expected[key]), str(brought[member_id])
                self._found.differs.append(Differs(key, "points", there, found))

    def _spent_here(self, session: Session, member_id: MemberId, less: int) -> int:
        """How many of them no load can take back, since they are spent."""
        books = Books(session, self._program.id, self._now)
        lots = [lot for lot in lots_of(books.all_entries(member_id)) if lot.entry.kind is EntryKind.OPENING]
        return takings(lots, less, room=max(0, books.balances(member_id).available))[1]

    def _is_over(self, bucket: str) -> bool:
        """As in the files, where points whose day has passed do not count."""
        if bucket in (BY_TERMS, NEVER) or not bucket.startswith(AVAILABLE):
            return False
        return date.fromisoformat(bucket.removeprefix(AVAILABLE)) + timedelta(days=1) <= self._today

    def _tiers(self, origins: Origins, rows: Sequence[sqlite3.Row], here: Mapping[str, MemberId]) -> None:
        brought = origins.tiers(list(here.values()))
        for row in rows:
            wanted = tier_wanted(row, self._rules, self._today)
            if not isinstance(wanted, TierWanted) or row["key"] not in here:
                continue
            has = brought.get(here[row["key"]], ("", None))[0]
            for name, place in ((wanted.tier, 0), (has, 1)):
                if name:
                    self._found.tiers.setdefault(name, [0, 0])[place] += 1
            if has != wanted.tier:
                self._found.differs.append(Differs(row["key"], "tier", wanted.tier, has))

    def _events(self, origins: Origins, rows: Sequence[sqlite3.Row], here: Mapping[str, MemberId]) -> None:
        if self._mapping.history is None:
            return
        there = {
            each["key"]: each["count"]
            for each in self._staged.all(
                "SELECT key, COUNT(*) AS count FROM events WHERE key BETWEEN ? AND ? GROUP BY key",
                *(rows[0]["key"], rows[-1]["key"]),
            )
        }
        kept = origins.events(list(here.values()))
        for row in rows:
            count = there.get(row["key"], 0)
            if row["key"] not in here:
                self._found.events["of_nobody_here"] += count
                continue
            has = kept.get(here[row["key"]], 0)
            self._found.events.update(there=count, here=min(count, has), here_from_before=max(0, has - count))
            if has < count:
                self._found.differs.append(Differs(row["key"], "history", str(count), str(has)))
