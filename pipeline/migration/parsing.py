"""A row of a file of the other system, as what it says of a member."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from pipeline.language import LANGUAGES
from pipeline.migration.cells import CellError, address_of, day_of, micros_of, points_of, text_of
from pipeline.migration.mapping import Balances, History, Mapping
from pipeline.migration.source_rows import Cell
from receipts.inbound import AddressKind

EXPIRED, OWED = "expired", "owed"
"""Buckets of points that do not come over: their day has passed, or they are below zero."""
LONGEST_ID, LONGEST_NAME, LONGEST_TIER = 200, 200, 200
MOST_SEGMENTS = 500
_FIELDS = (
    *("email", "phone", "joined", "birthday", "language", "segments"),
    *("tier", "tier_since", "tier_until", "balance", "expires"),
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that does not come over."""

    key: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PointsFound:
    """Points of a member.

    Attributes:
        bucket: points of one bucket are spent and expire together.
        points: here.
        micros: there, in millionths.
    """

    key: str
    bucket: str
    points: int
    micros: int


@dataclass(frozen=True, slots=True)
class EventFound:
    """Something that happened there."""

    key: str
    reference: str
    day: str
    points: int
    words: str


@dataclass(slots=True)
class MemberFound:
    """A member's row.

    Attributes:
        values: name, email, phone, joined, birthday, language, segments, tier, tier_since, tier_until, and
            the stated sum of points in millionths.
        refused_code: why the member does not come over; empty where they do.
        emptied: fields that were left empty, by what was wrong with them.
        bucket: of the row's own points; empty where it has none.
    """

    key: str
    values: tuple[str | int | None, ...] = (None,) * 11
    left_out: bool = False
    refused_code: str = ""
    refused: str = ""
    emptied: Counter[str] = field(default_factory=Counter)
    bucket: str = ""
    points: int = 0
    micros: int = 0


class _Columns:
    """Which columns are read, each once, and the cells of a row by what they are for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def place(self, column: str | None) -> int | None:
        if column is None:
            return None
        if column not in self.names:
            self.names.append(column)
        return self.names.index(column)


def _at(cells: tuple[Cell, ...], place: int | None) -> Cell:
    return "" if place is None else cells[place]


class MemberReader:
    """Reads rows of members."""

    def __init__(self, mapping: Mapping, today: date) -> None:
        self._mapping, self._today = mapping, today
        members, columns = mapping.members, _Columns()
        names = [members.name] if isinstance(members.name, str) else members.name or []
        self._id = columns.place(members.id)
        self._names = [columns.place(each) for each in names]
        self._places = {each: columns.place(getattr(members, each)) for each in _FIELDS}
        self._only = [(columns.place(column), set(values)) for column, values in members.only.items()]
        self.columns = tuple(columns.names)

    def read(self, cells: tuple[Cell, ...] | str) -> MemberFound:
        """What the row says."""
        if isinstance(cells, str):
            return MemberFound("", refused=f"the row {cells}")
        key = text_of(_at(cells, self._id), LONGEST_ID + 1)
        if not key or len(key) > LONGEST_ID:
            return MemberFound("", refused="the row names no member" if not key else "the id is too long")
        found = MemberFound(key)
        found.left_out = any(text_of(_at(cells, place), 500) not in values for place, values in self._only)
        row = {name: _at(cells, place) for name, place in self._places.items()}
        found.values = (*self._who(cells, row, found), *self._tier(row, found), None)
        self._balance(row, found)
        return found

    def _who(self, cells: tuple[Cell, ...], row: dict[str, Cell], found: MemberFound) -> tuple[str, ...]:
        formats = self._mapping.formats
        parts = [text_of(_at(cells, place), LONGEST_NAME) for place in self._names]
        name = " ".join(part for part in parts if part)[:LONGEST_NAME].strip()
        if self._names and not name:
            found.emptied["name"] += 1
        birthday = self._maybe(found, "birthday", row["birthday"], lambda cell: day_of(cell, formats))
        joined = self._maybe(found, "joined", row["joined"], lambda cell: day_of(cell, formats))
        if joined is not None and joined > self._today:
            found.emptied["joined"] += 1
            joined = None
        language = text_of(row["language"], 20).lower().replace("_", "-").partition("-")[0]
        if language and language not in LANGUAGES:
            found.emptied["language"] += 1
            language = ""
        segments = text_of(row["segments"], 10_000).split(formats.separator)
        kept = list(dict.fromkeys(each.strip()[:LONGEST_TIER] for each in segments if each.strip()))
        return (
            name,
            self._maybe(found, "email", row["email"], lambda cell: address_of(cell, AddressKind.EMAIL)) or "",
            self._maybe(found, "phone", row["phone"], lambda cell: address_of(cell, AddressKind.PHONE)) or "",
            "" if joined is None else joined.isoformat(),
            "" if birthday is None else f"{birthday:%m-%d}",
            language,
            json.dumps(kept[:MOST_SEGMENTS]) if kept else "",
        )

    def _tier(self, row: dict[str, Cell], found: MemberFound) -> tuple[str, str, str]:
        formats, tiers = self._mapping.formats, self._mapping.tiers
        there = text_of(row["tier"], LONGEST_TIER)
        since = self._maybe(found, "tier_since", row["tier_since"], lambda cell: day_of(cell, formats))
        until = self._maybe(found, "tier_until", row["tier_until"], lambda cell: day_of(cell, formats))
        last = tiers.until or "" if until is None else until.isoformat()
        tier = tiers.names.get(there, there)
        return tier, "" if since is None else since.isoformat(), last if tier else ""

    def _balance(self, row: dict[str, Cell], found: MemberFound) -> None:
        if self._places["balance"] is None:
            return
        try:
            micros = micros_of(row["balance"] or "0", self._mapping.formats)
            if self._mapping.balances is not None:
                found.values = (*found.values[:-1], micros)
                return
            where = _Buckets(self._mapping, self._today)
            found.micros = micros
            found.bucket, found.points = where.of(micros, row["expires"], "")
        except CellError as error:
            found.refused_code, found.refused = error.code, str(error)

    def _maybe(self, found: MemberFound, name: str, cell: Cell, read: Callable[[Cell], _T]) -> _T | None:
        """The value; None for an empty cell, and for one that says nothing, which is counted."""
        if cell == "":
            return None
        try:
            return read(cell)
        except CellError:
            found.emptied[name] += 1
            return None


class _Buckets:
    """Which points are spent and expire together."""

    def __init__(self, mapping: Mapping, today: date) -> None:
        self._mapping, self._today = mapping, today

    def of(self, micros: int, expires: Cell, pending_until: Cell) -> tuple[str, int]:
        """The bucket, and the points here."""
        points = points_of(micros, self._mapping.points)
        if micros < 0:
            return OWED, points
        formats = self._mapping.formats
        if pending_until != "" and (free := day_of(pending_until, formats)) > self._today:
            return f"pending/{free.isoformat()}", points
        if expires == "":
            return f"available/{self._mapping.points.expire}", points
        last = day_of(expires, formats)
        return (EXPIRED, 0) if last < self._today else (f"available/{last.isoformat()}", points)


class BalanceReader:
    """Reads rows of points."""

    def __init__(self, mapping: Mapping, balances: Balances, today: date) -> None:
        self._formats, self._buckets = mapping.formats, _Buckets(mapping, today)
        columns = _Columns()
        wanted = (balances.member, balances.points, balances.expires, balances.pending_until)
        self._places = [columns.place(each) for each in wanted]
        self.columns = tuple(columns.names)

    def read(self, cells: tuple[Cell, ...] | str) -> PointsFound | Refused:
        """What the row says."""
        if isinstance(cells, str):
            return Refused("", "points_shape", f"the row {cells}")
        member, points, expires, pending_until = (_at(cells, place) for place in self._places)
        key = text_of(member, LONGEST_ID + 1)
        if not key or len(key) > LONGEST_ID:
            return Refused("", "points_no_id", "the row names no member")
        try:
            micros = micros_of(points, self._formats)
            bucket, here = self._buckets.of(micros, expires, pending_until)
        except CellError as error:
            return Refused(key, error.code, str(error))
        return PointsFound(key, bucket, here, micros)


class HistoryReader:
    """Reads rows of history."""

    def __init__(self, mapping: Mapping, history: History) -> None:
        self._formats = mapping.formats
        columns = _Columns()
        wanted = (history.member, history.on, history.points, history.words, history.reference)
        self._places = [columns.place(each) for each in wanted]
        self.columns = tuple(columns.names)
        self.has_reference = history.reference is not None

    def read(self, cells: tuple[Cell, ...] | str) -> EventFound | Refused:
        """What the row says; without an id of its own its reference is a hash of that."""
        if isinstance(cells, str):
            return Refused("", "history_shape", f"the row {cells}")
        member, on, points, words, named = (_at(cells, place) for place in self._places)
        key = text_of(member, LONGEST_ID + 1)
        if not key or len(key) > LONGEST_ID:
            return Refused("", "history_no_id", "the row names no member")
        try:
            day = day_of(on, self._formats).isoformat()
            micros = micros_of(points or "0", self._formats)
        except CellError as error:
            return Refused(key, f"history_{error.code}", str(error))
        said = text_of(words, 200)
        reference = text_of(named, 200)
        if not reference:
            told = json.dumps([key, day, micros, said], ensure_ascii=False)
            reference = hashlib.sha256(told.encode()).hexdigest()
        return EventFound(key, reference, day, round(micros / 1_000_000), said)
