"""Bringing members over: a batch of whole members a transaction, and only what differs from what is here.

Killed at any moment it goes on when it is run again. Run with newer files it brings what has changed there.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from awarding.status_file import parse_status
from pipeline.clock import day_in, utc_now
from pipeline.migration.mapping import Mapping as MappingFile
from pipeline.migration.parsing import EXPIRED, OWED
from pipeline.migration.people import PeopleLoader
from pipeline.migration.points import PointsLoader, Wanted
from pipeline.migration.staging import Staged
from pipeline.wiring import Wiring
from receipts.database.repositories.leases import Leases
from receipts.database.repositories.origins import Origins
from receipts.database.repositories.status import Statuses
from receipts.identity import MemberId, new_id
from receipts.program import Program
from receipts.status import StatusRules

BATCH = 1_000
"""Members a transaction: SQLite keeps other writers waiting for it, some 200 ms."""
AT_ONCE = 2
"""Batches on PostgreSQL: one is worked out while the server writes another."""
LEASE_S = 120.0
_COUNTED_BEHIND = frozenset({0, 4, 24, 124})
"""Batches: PostgreSQL looks through whole tables as long as it takes them for small."""
NOBODYS = "no_member"


class MigrationBusyError(RuntimeError):
    """Another load of the program runs; the message says what to do."""


class _DryRunError(Exception):
    """Ends a batch that is not to be kept."""


@dataclass(slots=True)
class LoadReport:
    """What a load did, or would do.

    Attributes:
        counts: members, points and rows by what became of them; docs/migrate.md names them.
        emptied: fields that were left empty, by what was wrong.
        refused: members and rows that did not come over, by why.
        files: name and SHA-256 of each.
    """

    counts: Counter[str] = field(default_factory=Counter)
    emptied: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    files: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """JSON values only."""
        return {
            "counts": dict(sorted(self.counts.items())),
            "emptied": dict(sorted(self.emptied.items())),
            "refused": dict(sorted(self.refused.items())),
            "files": [{"name": name, "sha256": sha256} for name, sha256 in self.files],
        }


class Loader:
    """One load of a program."""

    def __init__(
        self, wiring: Wiring, program: Program, mapping: MappingFile, staged: Staged, *, dry_run: bool
    ) -> None:
        self._wiring, self._program, self._mapping, self._staged = wiring, program, mapping, staged
        self._dry_run = dry_run
        self._lease = f"migrate/{program.id}"
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{new_id('mig')}"
        self._lock = threading.Lock()
        self._nobodys: list[str] = []
        self.report = LoadReport(emptied=Counter(staged.emptied), files=staged.files)

    def run(self, progress: Callable[[int], None] = lambda _: None) -> LoadReport:
        """Bring everybody over.

        Args:
            progress: told how many members were looked at.

        Raises:
            MigrationBusyError: another load of the program runs.
            TransientError: the database did not answer; what was brought stays, and a run again goes on.
        """
        with self._wiring.database.write() as session:
            if not Leases(session, utc_now()).take(self._lease, self._owner, LEASE_S):
                raise MigrationBusyError(
                    "Another load of this program runs, or was killed less than two minutes ago. Nothing was"
                    " loaded; try again later."
                )
            rules = self._rules(session)
        try:
            for number, done in enumerate(self._batches(rules)):
                progress(done)
                self._renew()
                if number in _COUNTED_BEHIND and not self._dry_run:
                    self._wiring.database.count_rows(Origins.filled)
            self._finish()
        finally:
            with self._wiring.database.write() as session:
                Leases(session, utc_now()).release(self._lease, self._owner)
        return self.report

    def _batches(self, rules: StatusRules | None) -> Iterator[int]:
        """Bring batch after batch, some at once; how many members are done, after each.

        Nobody is in two batches. SQLite takes one writer at a time.
        """
        at_once = 1 if self._wiring.database.is_sqlite else AT_ONCE
        done = 0
        with ThreadPoolExecutor(at_once) as threads:
            running: deque[tuple[int, Future[None]]] = deque()
            for rows in self._staged.batches(BATCH):
                running.append((len(rows), threads.submit(self._batch, rows, rules)))
                if len(running) < at_once:
                    continue
                count, oldest = running.popleft()
                oldest.result()
                done += count
                yield done
            for count, left in running:
                left.result()
                done += count
                yield done

    def _renew(self) -> None:
        with self._wiring.database.write() as session:
            if not Leases(session, utc_now()).renew(self._lease, self._owner, LEASE_S):
                raise MigrationBusyError(
                    "This load stood still for two minutes, and another may have begun. Run it again."
                )

    def _rules(self, session: Session) -> StatusRules | None:
        day_of = lambda moment: day_in(self._program.time_zone, moment)  # noqa: E731
        document = Statuses(session, self._program.id, utc_now(), day_of).document()
        return None if document is None else parse_status(document)[0]

    def _batch(self, rows: Sequence[sqlite3.Row], rules: StatusRules | None) -> None:
        found = LoadReport()
        nobodys: list[sqlite3.Row] = []
        try:
            with self._wiring.database.write() as session:
                nobodys = self._bring(session, rows, rules, found)
                if self._dry_run:
                    raise _DryRunError
        except _DryRunError:
            pass
        with self._lock:
            self.report.counts.update(found.counts)
            self.report.emptied.update(found.emptied)
            self._nobodys += [row["key"] for row in nobodys]

    def _bring(
        self, session: Session, rows: Sequence[sqlite3.Row], rules: StatusRules | None, found: LoadReport
    ) -> list[sqlite3.Row]:
        now = utc_now()
        origins = Origins(session, self._program.id, self._mapping.system, now)
        known = origins.known([row["key"] for row in rows], hold=True)
        people = PeopleLoader(session, self._program, origins, now, rules)
        fresh = [row for row in rows if row["key"] not in known and row["line"]]
        members = {key: each.member_id for key, each in known.items() if not each.erased}
        before = frozenset(members.values())
        made = people.add(fresh)
        members.update(made)
        here = [row for row in rows if row["key"] in members]
        moved = people.move_tiers(here, members, frozenset(made))
        title = self._mapping.title or self._mapping.system
        points = PointsLoader(session, self._program, origins, now, title)
        points.bring(self._points(here, members), known=before)
        events = origins.add_events(self._events(here, members)) if here else 0
        found.counts.update(
            members_new=len(made),
            members_known=len(before),
            members_erased=sum(each.erased for each in known.values()),
            tiers=moved,
            addresses=people.linked,
            events=events,
        )
        found.counts.update({f"points_{name}": count for name, count in points.moved.items()})
        found.emptied.update(people.emptied)
        return [row for row in rows if row["key"] not in known and not row["line"]]

    def _points(self, rows: Sequence[sqlite3.Row], members: Mapping[str, MemberId]) -> list[Wanted]:
        """What each has there. Files without points, or without a member's, say nothing of them: not zero."""
        if not rows or not self._tells_points():
            return []
        buckets: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for row in self._staged.all(
            "SELECT key, bucket, points FROM balances WHERE key BETWEEN ? AND ? AND points > 0",
            rows[0]["key"],
            rows[-1]["key"],
        ):
            if row["bucket"] not in (EXPIRED, OWED):
                buckets[row["key"]][row["bucket"]] = row["points"]
        return [
            Wanted(members[row["key"]], buckets[row["key"]])
            for row in rows
            if row["line"] or row["key"] in buckets
        ]

    def _tells_points(self) -> bool:
        return self._mapping.balances is not None or self._mapping.members.balance is not None

    def _events(self, rows: Sequence[sqlite3.Row], members: Mapping[str, MemberId]) -> list[dict[str, Any]]:
        found = self._staged.all(
            "SELECT * FROM events WHERE key BETWEEN ? AND ?", rows[0]["key"], rows[-1]["key"]
        )
        return [
            {
                "member_id": members[row["key"]],
                "reference": row["reference"],
                "happened_on": date.fromisoformat(row["day"]),
                "points": row["points"],
                "words": row["words"],
            }
            for row in found
            if row["key"] in members
        ]

    def _finish(self) -> None:
        for key in sorted(self._nobodys):
            sentence = "rows of points or history name a member who has no row and is not here"
            self._staged.refuse(key, "", 0, NOBODYS, sentence)
        for row in self._staged.all("SELECT code, COUNT(*) AS count FROM refusals GROUP BY code"):
            self.report.refused[row["code"]] = row["count"]
        counts = self._staged.all(
            "SELECT state, COUNT(*) AS count FROM members WHERE line > 0 GROUP BY state"
        )
        self.report.counts.update({f"rows_{row['state']}": row["count"] for row in counts})
        if self._dry_run:
            return
        with self._wiring.database.write() as session:
            origins = Origins(session, self._program.id, self._mapping.system, utc_now())
            origins.note_run("load", self.report.as_json())


def today_of(program: Program, now: datetime | None = None) -> date:
    """The program's calendar day."""
    return day_in(program.time_zone, utc_now() if now is None else now)
