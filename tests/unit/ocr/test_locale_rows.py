"""What rows of each locale are and say: one file a locale, read as one page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from ocr.cues import Cues, find_cues, number_style, order_of
from ocr.dates import find_dates, find_times
from ocr.documents.text import text_page
from ocr.lexicon import Kind, kind_of
from ocr.lines import Line, lines_from_rows
from ocr.locales.vocabulary import BUILT_IN
from ocr.sums import last_price
from receipts.money import Currency

FOLDER = Path(__file__).parent / "locale_rows"
ASKED_FOR = {
    *(
        "en-US",
        "en-CA",
        "fr-CA",
        "en-GB",
        "en-AU",
        "en-NZ",
        "en-MY",
        "en-SG",
        "en-ZA",
        "de-DE",
        "de-AT",
        "de-CH",
    ),
    *("fr-FR", "fr-CH", "it-IT", "es-ES", "nl-NL", "pl-PL", "sv-SE", "nb-NO", "da-DK", "pt-PT"),
}


@cache
def rows_of(code: str) -> list[tuple[str, str, str]]:
    """What each row is, the row, and what it says."""
    printed = (FOLDER / f"{code}.txt").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.split("|")] for line in printed if line.strip()]
    return [(cell[0], cell[1], cell[2] if len(cell) > 2 else "") for cell in cells]


@cache
def page_of(code: str) -> tuple[tuple[Line, ...], Cues]:
    """All rows of the file as one page, and where it is from."""
    rows = text_page("\n".join(row for _, row, _ in rows_of(code))).rows  # type: ignore[union-attr]
    cues = find_cues(lines_from_rows(rows), default_currency=Currency("USD"))
    return lines_from_rows(rows, number_style(cues)), cues


def cases() -> Iterator[tuple[str, int]]:
    for path in sorted(FOLDER.glob("*.txt")):
        yield from ((path.stem, position) for position in range(len(rows_of(path.stem))))


def test_each_locale_asked_for_has_rows_and_a_pack() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} >= ASKED_FOR
    assert BUILT_IN.packs.keys() >= ASKED_FOR


@pytest.mark.parametrize("code", [path.stem for path in sorted(FOLDER.glob("*.txt"))])
def test_the_page_is_of_its_locale(code: str) -> None:
    _, cues = page_of(code)
    assert cues.locale is not None
    assert cues.locale.code == code
    assert cues.currency == BUILT_IN.packs[code].money.currency


@pytest.mark.parametrize(("code", "position"), [pytest.param(c, p, id=f"{c}-{p}") for c, p in cases()])
def test_what_a_row_is_and_says(code: str, position: int) -> None:
    kind, printed, says = rows_of(code)[position]
    lines, cues = page_of(code)
    line = lines[position]
    if kind in {"date", "time"}:
        assert moment_of(line, cues, kind) == says, printed
    elif kind in {"weight", "multiple"}:
        (found,) = line.multiples
        assert f"{found.quantity} x {found.price}" == says, printed
    elif kind == "deposit":
        assert cues.vocabulary["deposit"].holds(line.squashed), printed
        assert kind_of(line, cues.vocabulary) is Kind.PLAIN, printed
        assert value_of(line) == Decimal(says), printed
    else:
        assert kind_of(line, cues.vocabulary) is Kind(kind), printed
        assert not says or value_of(line) == Decimal(says), printed


def value_of(line: Line) -> Decimal | None:
    number = last_price(line)
    return None if number is None else number.value


def moment_of(line: Line, cues: Cues, kind: str) -> str:
    """The row's date alone on a page, with its other reading; or its time."""
    order, known = order_of(cues, Currency("USD"), day_first=None)
    if kind == "time":
        return find_times([line], None, cues.vocabulary)[0].value.isoformat("minutes")
    day = find_dates([first_row(line)], order, known_order=known, vocabulary=cues.vocabulary)[0]
    other: date | None = day.alternative
    assert day.certain == (other is None)
    return day.value.isoformat() + (f" or {other.isoformat()}" if other else "")


def first_row(line: Line) -> Line:
    return Line(0, line.row, line.text, line.numbers, line.spans)
