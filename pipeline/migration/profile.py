"""What the other system's files hold: each column as it is filled, and what would be missing here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.migration.cells import MICROS, CellError, day_of, micros_of, text_of
from pipeline.migration.mapping import Formats, Mapping
from pipeline.migration.source_rows import Cell, SourceFile, open_source
from pipeline.migration.staging import LEFT_OUT, OK, REFUSED, Staged

MOST_VALUES = 20
"""A column of no more different values is a list of kinds, such as tiers: they are shown."""

WITHOUT = {
    "name": "members are called Member, until they say otherwise",
    "email": "nobody is found by the mails that they forward",
    "phone": "nobody is found by their texts",
    "joined": "everybody joined on the day of the load: rules for new members would pay them",
    "birthday": "no rule for birthdays holds for them",
    "language": "mails and texts are in English until the member signs in",
    "segments": "no rule for a segment holds for them",
    "tier": "everybody begins without a tier",
    "balance": "no points come over",
    "history": "members do not see what happened before",
}
"""What it means that a field has no column."""


@dataclass(slots=True)
class ColumnProfile:
    """How a column is filled.

    Attributes:
        values: how often each stands there; empty where they are too many to be kinds.
        looks_like: ``whole numbers``, ``numbers``, ``days``, ``text`` or ``nothing``.
    """

    name: str
    formats: Formats = field(default_factory=Formats)
    rows: int = 0
    filled: int = 0
    longest: int = 0
    least: Decimal | None = None
    most: Decimal | None = None
    values: Counter[str] = field(default_factory=Counter)
    _kinds: set[str] = field(default_factory=set)
    _many: bool = False

    @property
    def looks_like(self) -> str:
        """What all of its cells are."""
        for kinds, name in (
            ({"whole"}, "whole numbers"),
            ({"whole", "number"}, "numbers"),
            ({"day"}, "days"),
        ):
            if self._kinds and self._kinds <= kinds:
                return name
        return "text" if self._kinds else "nothing"

    def see(self, cell: Cell) -> None:
        """Count a cell."""
        self.rows += 1
        text = text_of(cell, 500)
        if not text:
            return
        self.filled += 1
        self.longest = max(self.longest, len(text))
        self._see_kind(cell)
        if not self._many:
            self.values[text] += 1
            if len(self.values) > MOST_VALUES:
                self._many = True
                self.values.clear()

    def _see_kind(self, cell: Cell) -> None:
        if "text" in self._kinds:
            return
        try:
            number = Decimal(micros_of(cell, self.formats)) / MICROS
            self._kinds.add("whole" if number == number.to_integral_value() else "number")
            self.least = number if self.least is None else min(self.least, number)
            self.most = number if self.most is None else max(self.most, number)
        except CellError:
            self._kinds.add("day" if self._is_day(cell) else "text")

    def _is_day(self, cell: Cell) -> bool:
        try:
            day_of(cell, self.formats)
        except CellError:
            return False
        return True

    def as_json(self) -> dict[str, Any]:
        """JSON values only. Values are named where they repeat, so that no person's are."""
        repeats = self.filled >= 2 * len(self.values)
        return {
            "column": self.name,
            "rows": self.rows,
            "filled": self.filled,
            "looks_like": self.looks_like,
            "longest": self.longest,
            "least": None if self.least is None else f"{self.least:f}",
            "most": None if self.most is None else f"{self.most:f}",
            "values": dict(self.values.most_common()) if repeats else {},
        }


def profile_file(file: SourceFile, formats: Formats) -> tuple[list[ColumnProfile], int]:
    """Each column of a file, and how many rows cannot be read at all."""
    columns = [ColumnProfile(name, formats) for name in file.columns]
    torn = 0
    for _, cells in file.rows(file.columns):
        if isinstance(cells, str):
            torn += 1
            continue
        for column, cell in zip(columns, cells, strict=True):
            column.see(cell)
    return columns, torn


def profile_paths(paths: list[Path], formats: Formats) -> list[dict[str, Any]]:
    """Each file's columns.

    Raises:
        MappingError: one cannot be read.
    """
    return [_profiled(open_source(path, formats.encoding), formats) for path in paths]


def _profiled(file: SourceFile, formats: Formats) -> dict[str, Any]:
    columns, torn = profile_file(file, formats)
    return {"file": file.path.name, "torn_rows": torn, "columns": [each.as_json() for each in columns]}


def mapped_columns(mapping: Mapping) -> dict[str, set[str]]:
    """The columns that the mapping takes, by file."""
    taken: dict[str, set[str]] = {}
    for part in (mapping.members, mapping.balances, mapping.history):
        if part is None:
            continue
        columns: set[str] = set()
        for name, value in part.model_dump(exclude={"files"}).items():
            if name == "only":
                columns.update(value)
            elif isinstance(value, str):
                columns.add(value)
            elif value is not None:
                columns.update(value)
        for file in part.files:
            taken.setdefault(file, set()).update(columns)
    return taken


def gaps(mapping: Mapping, staged: Staged, profiles: list[dict[str, Any]]) -> dict[str, Any]:
    """What does not come over, and what is missing here.

    Returns:
        ``not_taken``: filled columns that the mapping takes nowhere. ``without``: fields that have no column,
        with what that means. ``left_empty``: cells that say nothing, by field. ``refused``: rows and members,
        by why. ``members``: rows there, and those that would come.
    """
    taken = {Path(name).name: columns for name, columns in mapped_columns(mapping).items()}
    not_taken = [
        f"{each['file']}: {column['column']} ({column['filled']} filled)"
        for each in profiles
        for column in each["columns"]
        if column["filled"] and column["column"] not in taken.get(each["file"], set())
    ]
    has = {name for name in WITHOUT if getattr(mapping.members, name, None) is not None}
    has |= {name for name in ("history",) if mapping.history is not None}
    has |= {"balance"} if mapping.balances is not None else set()
    refused = staged.all("SELECT code, COUNT(*) AS count FROM refusals GROUP BY code ORDER BY code")
    states = {
        row["state"]: row["count"]
        for row in staged.all("SELECT state, COUNT(*) AS count FROM members WHERE line > 0 GROUP BY state")
    }
    return {
        "members": {
            "there": staged.totals.rows,
            "to_bring": states.get(OK, 0),
            "left_out": states.get(LEFT_OUT, 0),
            "refused": states.get(REFUSED, 0),
        },
        "not_taken": not_taken,
        "without": {name: words for name, words in WITHOUT.items() if name not in has},
        "left_empty": dict(sorted(staged.emptied.items())),
        "refused": {row["code"]: row["count"] for row in refused},
    }
