"""The other system's files, checked row by row and laid out by member in a scratch database of their own.

A member comes over whole or not at all: a row of points that says nothing refuses the member. What is only
missing, such as an address that is none, leaves that field empty and is counted.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.migration.mapping import Mapping, MappingError
from pipeline.migration.parsing import BalanceReader, HistoryReader, MemberReader, Refused
from pipeline.migration.source_rows import SourceFile, open_source

_TABLES = """
CREATE TABLE members (key TEXT PRIMARY KEY, state TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
  name TEXT, email TEXT, phone TEXT, joined TEXT, birthday TEXT, language TEXT, segments TEXT,
  tier TEXT, tier_since TEXT, tier_until TEXT, stated INTEGER) WITHOUT ROWID;
CREATE TABLE balances (key TEXT NOT NULL, bucket TEXT NOT NULL, points INTEGER NOT NULL,
  micros INTEGER NOT NULL,
  PRIMARY KEY (key, bucket)) WITHOUT ROWID;
CREATE TABLE events (key TEXT NOT NULL, reference TEXT NOT NULL, day TEXT NOT NULL, points INTEGER NOT NULL,
  words TEXT NOT NULL, PRIMARY KEY (key, reference)) WITHOUT ROWID;
CREATE TABLE refusals (key TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, code TEXT NOT NULL,
  sentence TEXT NOT NULL);
"""
OK, LEFT_OUT, REFUSED = "ok", "left_out", "refused"
_ADD_POINTS = (
    "INSERT INTO balances VALUES (?, ?, ?, ?) ON CONFLICT (key, bucket) DO UPDATE SET"
    " points = points + excluded.points, micros = micros + excluded.micros"
)
_NAMED_ALONE = "INSERT OR IGNORE INTO members (key, state, file, line)"
"""A member that rows of points or history name and no row of its own: known from before, or nobody's."""
_ADD_NAMED = f"{_NAMED_ALONE} VALUES (?, '{OK}', '', 0)"
_ADD_NAMED_BY_EVENTS = f"{_NAMED_ALONE} SELECT DISTINCT key, '{OK}', '', 0 FROM events"  # noqa: S608


@dataclass(frozen=True, slots=True)
class SourceTotals:
    """What the files hold. Points are millionths of a point there.

    Attributes:
        rows: of members.
        micros: of all rows of points that are read, of whichever members.
    """

    rows: int
    micros: int
    events: int


class Staged:
    """The files, laid out. Only for the block that `stage` opens."""

    def __init__(self, scratch: sqlite3.Connection, files: tuple[tuple[str, str], ...]) -> None:
        self.scratch = scratch
        self._lock = threading.Lock()
        self.files = files
        """Name and SHA-256 of each."""
        self.emptied: Counter[str] = Counter()
        """Fields that were left empty, by what was wrong with them."""
        self.totals = SourceTotals(0, 0, 0)

    def one(self, sql: str, *values: object) -> int:
        """A number."""
        return int(self.all(sql, *values)[0][0] or 0)

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Rows; from any thread."""
        with self._lock:
            return self.scratch.execute(sql, values).fetchall()

    def refuse(self, key: str, file: str, line: int, code: str, sentence: str) -> None:
        """Say why something does not come over."""
        self.scratch.execute("INSERT INTO refusals VALUES (?, ?, ?, ?, ?)", (key, file, line, code, sentence))

    def batches(self, size: int) -> Iterator[list[sqlite3.Row]]:
        """The members that come over, in an order that is always the same, so many at a time."""
        after = ""
        while rows := self.all(
            "SELECT * FROM members WHERE state = ? AND key > ? ORDER BY key LIMIT ?", OK, after, size
        ):
            yield rows
            after = rows[-1]["key"]


@contextmanager
def stage(mapping: Mapping, folder: Path, today: date) -> Iterator[Staged]:
    """Read and check the mapping's files, which are named from the folder.

    Raises:
        MappingError: a file cannot be read, or the files come to less than the mapping says there is.
    """
    with (
        tempfile.TemporaryDirectory(prefix="tillpoints-migrate-") as scratch_folder,
        closing(_connect(Path(scratch_folder) / "scratch.db")) as scratch,
    ):
        scratch.row_factory = sqlite3.Row
        # Nothing here outlives the block.
        scratch.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES} BEGIN")
        yield _stage(scratch, mapping, folder, today)


def _connect(file: Path) -> sqlite3.Connection:
    # Read from the loader's threads, one at a time.
    return sqlite3.connect(file, isolation_level=None, check_same_thread=False)


def _stage(scratch: sqlite3.Connection, mapping: Mapping, folder: Path, today: date) -> Staged:
    members = _open(folder, mapping.members.files, mapping)
    balances = _open(folder, mapping.balances.files, mapping) if mapping.balances else []
    history = _open(folder, mapping.history.files, mapping) if mapping.history else []
    every = {each.path.name: each for each in (*members, *balances, *history)}
    staged = Staged(scratch, tuple((name, each.sha256()) for name, each in sorted(every.items())))
    rows = _stage_members(staged, mapping, members, today)
    if mapping.balances is not None:
        _stage_balances(staged, BalanceReader(mapping, mapping.balances, today), balances)
        if mapping.members.balance is not None:
            _compare_stated(staged)
    _refuse_whole_members(staged)
    _share_no_addresses(staged)
    micros = staged.one("SELECT SUM(micros) FROM balances")
    if mapping.history is not None:
        _stage_events(staged, HistoryReader(mapping, mapping.history), history)
    staged.totals = SourceTotals(rows, micros, staged.one("SELECT COUNT(*) FROM events"))
    return staged


def _open(folder: Path, names: list[str], mapping: Mapping) -> list[SourceFile]:
    return [open_source(folder / name, mapping.formats.encoding) for name in names]


def _stage_members(staged: Staged, mapping: Mapping, files: list[SourceFile], today: date) -> int:
    reader, rows = MemberReader(mapping, today), 0
    insert = f"INSERT INTO members VALUES ({', '.join('?' * 15)}) ON CONFLICT (key) DO NOTHING"  # noqa: S608
    for file in files:
        for line, cells in file.rows(reader.columns):
            rows += 1
            found = reader.read(cells)
            staged.emptied.update(found.emptied)
            key = found.key
            if not key:
                staged.refuse("", file.path.name, line, "no_id", found.refused or "the row names no member")
                continue
            state = REFUSED if found.refused_code else LEFT_OUT if found.left_out else OK
            written = staged.scratch.execute(insert, (key, state, file.path.name, line, *found.values))
            if written.rowcount == 0:
                _refuse_twice(staged, key, file.path.name, line)
            elif found.refused_code:
                staged.refuse(key, file.path.name, line, found.refused_code, found.refused)
            if found.bucket:
                staged.scratch.execute(_ADD_POINTS, (key, found.bucket, found.points, found.micros))
    return rows


def _refuse_twice(staged: Staged, key: str, file: str, line: int) -> None:
    """Nobody knows which row is right: none comes over."""
    (before,) = staged.all("SELECT file, line, state FROM members WHERE key = ?", key)
    sentence = f"the member has a row in {before['file']}, line {before['line']}, too"
    staged.refuse(key, file, line, "twice", sentence)
    staged.scratch.execute("UPDATE members SET state = ? WHERE key = ?", (REFUSED, key))


def _stage_balances(staged: Staged, reader: BalanceReader, files: list[SourceFile]) -> None:
    for file in files:
        for line, cells in file.rows(reader.columns):
            found = reader.read(cells)
            if isinstance(found, Refused):
                staged.refuse(found.key, file.path.name, line, found.code, found.sentence)
                continue
            staged.scratch.execute(_ADD_NAMED, (found.key,))
            staged.scratch.execute(_ADD_POINTS, (found.key, found.bucket, found.points, found.micros))


def _compare_stated(staged: Staged) -> None:
    """Where a member's row says a sum, the rows of points have to come to it."""
    rows = staged.all(
        "SELECT m.key, m.file, m.line, m.stated, COALESCE(b.micros, 0) AS found FROM members m LEFT JOIN"
        " (SELECT key, SUM(micros) AS micros FROM balances GROUP BY key) b ON b.key = m.key"
        " WHERE m.stated IS NOT NULL AND m.stated <> COALESCE(b.micros, 0)"
    )
    for row in rows:
        sentence = (
            f"the balance is {row['stated'] / 1e6:g}, and the rows of points come to {row['found'] / 1e6:g}"
        )
        staged.refuse(row["key"], row["file"], row["line"], "sums_differ", sentence)


def _refuse_whole_members(staged: Staged) -> None:
    staged.scratch.execute("UPDATE members SET state = ? WHERE key IN (SELECT key FROM refusals)", (REFUSED,))


def _share_no_addresses(staged: Staged) -> None:
    """An address that several members have says of none who sends from it."""
    for kind in ("email", "phone"):
        shared = (
            f"SELECT {kind} FROM members WHERE state = '{OK}' AND {kind} <> '' GROUP BY {kind}"  # noqa: S608
            " HAVING COUNT(*) > 1"
        )
        staged.scratch.execute(f"CREATE INDEX ix_{kind} ON members ({kind}) WHERE {kind} <> ''")
        gone = staged.scratch.execute(f"UPDATE members SET {kind} = '' WHERE {kind} IN ({shared})")  # noqa: S608
        if gone.rowcount:
            staged.emptied[f"{kind}_of_several"] += gone.rowcount


def _stage_events(staged: Staged, reader: HistoryReader, files: list[SourceFile]) -> None:
    add = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)"
    same: Counter[str] = Counter()
    for file in files:
        for line, cells in file.rows(reader.columns):
            found = reader.read(cells)
            if isinstance(found, Refused):
                staged.refuse(found.key, file.path.name, line, found.code, found.sentence)
                continue
            reference = found.reference
            if not reader.has_reference:
                same[reference] += 1  # a member may do the same twice a day
                reference = f"{reference}-{same[reference]}"
            row = (found.key, reference, found.day, found.points, found.words)
            if staged.scratch.execute(add, row).rowcount == 0:
                sentence = "the member has another row of this reference"
                staged.refuse(found.key, file.path.name, line, "history_twice", sentence)
    staged.scratch.execute(_ADD_NAMED_BY_EVENTS)


def segments_of(row: sqlite3.Row) -> list[str]:
    """The member's segments, as the row has them."""
    found: Any = json.loads(row["segments"] or "[]")
    return [str(each) for each in found]


def check_totals(mapping: Mapping, staged: Staged) -> None:
    """Compare with what the other system says there is.

    Raises:
        MappingError: the files come to something else: one was cut, or is missing.
    """
    wanted, found = mapping.totals, staged.totals
    if wanted.members is not None and wanted.members != found.rows:
        raise MappingError(
            f"totals.members says {wanted.members}, and the files have {found.rows} rows of members. Nothing"
            " was loaded: get whole files, or mend the total"
        )
    if wanted.points is not None and int(wanted.points * 1_000_000) != found.micros:
        raise MappingError(
            f"totals.points says {wanted.points:f}, and the files come to {found.micros / 1e6:g}. Nothing was"
            " loaded: get whole files, or mend the total"
        )
