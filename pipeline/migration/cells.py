"""What a cell of the other system says, as a value of ours."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache

from pipeline.linking import NotLinked, read_address
from pipeline.migration.mapping import Formats, Points
from pipeline.migration.source_rows import Cell
from receipts.inbound import AddressKind

MOST_POINTS = 10**12
"""Of one row; more is a slip of the columns."""
MICROS = 10**6
"""Points there are counted in millionths, so that sums are exact."""
_SHOWN = 40


class CellError(ValueError):
    """A cell says nothing that we know; `code` groups the rows that have the same fault."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def text_of(cell: Cell, most: int) -> str:
    """A line of plain text: no control characters, blanks as one, cut at `most` characters."""
    if isinstance(cell, Decimal):
        plain = f"{cell:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if not isinstance(cell, str):
        return cell.isoformat()
    if not cell.isprintable():  # else there are none of these, but for blanks
        cell = "".join(
            " " if unicodedata.category(each) in {"Cc", "Zl", "Zp"} else each
            for each in cell
            if unicodedata.category(each) not in {"Cf", "Cs", "Co", "Cn"}
        )
    return " ".join(cell.split())[:most].strip()


def micros_of(cell: Cell, formats: Formats) -> int:
    """A number of points there, in millionths.

    Raises:
        CellError: it is no such number.
    """
    try:
        number = cell if isinstance(cell, Decimal) else Decimal(_plain_number(cell, formats))
        scaled = number * MICROS
        if not number.is_finite() or abs(number) > MOST_POINTS or scaled != scaled.to_integral_value():
            raise CellError("points", f"{_shown(cell)} is no number of points")
    except InvalidOperation as error:
        raise CellError("points", f"{_shown(cell)} is no number of points") from error
    return int(scaled)


def _plain_number(cell: Cell, formats: Formats) -> str:
    """As Decimal reads it; empty for what is no number, such as groups that are not of three digits."""
    text = str(cell).replace("\u00a0", " ").replace("\u2212", "-")
    found = _number(formats.thousands, formats.decimal).fullmatch(text)
    if found is None:
        return ""
    whole, rest = found[1], found[2] or ""
    return f"{whole.replace(formats.thousands, '') if formats.thousands else whole}.{rest or 0}"


@lru_cache
def _number(thousands: str, decimal: str) -> re.Pattern[str]:
    groups = rf"|[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+" if thousands else ""
    return re.compile(rf"([+-]?(?:[0-9]+{groups}))(?:{re.escape(decimal)}([0-9]*))?")


def points_of(micros: int, points: Points) -> int:
    """Points here for so many millionths there.

    Raises:
        CellError: they come to no whole number, and the mapping says exact; or they are below zero.
    """
    if micros < 0:
        if points.below_zero == "zero":
            return 0
        raise CellError("below_zero", f"{Decimal(micros) / MICROS:f} points are owed there")
    exact = Decimal(micros) * points.factor / MICROS
    whole = int(exact) if points.rounding == "down" else int(exact.to_integral_value(ROUND_HALF_EVEN))
    if points.rounding == "exact" and whole != exact:
        raise CellError("not_whole", f"{exact:f} points are no whole number: see points.rounding")
    return whole


def day_of(cell: Cell, formats: Formats) -> date:
    """A calendar day.

    Raises:
        CellError: it is none.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _day(str(cell), formats.date)
    if found is None:
        raise CellError("day", f"{_shown(cell)} is no day by the format {formats.date}")
    return found


@lru_cache(maxsize=20_000)
def _day(text: str, pattern: str) -> date | None:
    """Kept, since millions of rows name the same few thousand days."""
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007  (a day has no zone)
    except ValueError:
        head = text.replace("T", " ").partition(" ")[0]  # a time behind the day
        return _day(head, pattern) if head and head != text else None


def address_of(cell: Cell, kind: AddressKind) -> str:
    """A mail address or number as we keep it.

    Raises:
        CellError: it is none.
    """
    found = read_address(text_of(cell, 400))
    if isinstance(found, NotLinked) or found.kind is not kind:
        raise CellError(
            kind.value, f"{_shown(cell)} is no {'mail address' if kind is AddressKind.EMAIL else 'number'}"
        )
    return found.value


def _shown(cell: Cell) -> str:
    return repr(text_of(cell, _SHOWN))
