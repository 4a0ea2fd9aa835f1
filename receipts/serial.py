"""Serial numbers as tills of electronics and appliances print them: of one piece, and never of a kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from receipts.receipt import Receipt

FEWEST_CHARACTERS: Final = 6
"""Shorter ones are counters of a shop's own."""
MOST_CHARACTERS: Final = 30
FEWEST_DIGITS: Final = 3

_ARTICLE: Final = r"(?:\d{8}|\d{12,14})"
"""As long as an article's number. ``PAN N/S 4006381333931`` is a non-stick pan's."""
_LABELS: Final = (
    rf"(?:S\s?/\s?N|(?:N\s?/\s?S|S\.\s?N\.)(?!\W*{_ARTICLE}(?![A-Z0-9]))|SN(?=\s?[:#=.])|IMEI\d?(?:\s?/\s?MEID)?|MEID|ESN"
    # Polish cheese is SER: that word alone says nothing.
    r"|SER(?:IAL)?\.?\s?(?:NO|NUM(?:BER)?|NR|#)\.?(?=[\s:#=.])|SERIAL(?=[\s:#=.])|SER(?=\.?\s?[:#=])"
    r"|SERIEN?[-\s]?(?:NR|NUMMER)\.?|SER\.-?\s?NR\.?|SERIENUMMER"
    r"|(?:N|NO|NR|NUM|NUMERO|NÚMERO|NUMÉRO|N°|Nº)\.?\s?(?:DE\s|DI\s)?S[EÉ]RIE\.?|MATRICOLA"
    r"|NR\.?\s?SERYJNY|NUMER\s?SERYJNY)"
)
"""English, German, French, Spanish, Italian, Dutch, Swedish and Polish."""
_PRINTED: Final = re.compile(
    rf"(?<![A-Z0-9]){_LABELS}\s?[:#=.]*\s*(?P<value>[A-Z0-9](?:[-/]?[A-Z0-9])+)(?![A-Z0-9])", re.IGNORECASE
)
_IS_ARTICLE: Final = re.compile(_ARTICLE)
_HINT: Final = re.compile(r"/\s?[NS]|SN|S\.|SER|S[EÉ]RIE|IMEI|MEID|ESN|MATRIC", re.IGNORECASE)
"""Without one of these there is no label: a look that costs a microsecond a line."""
_SEPARATORS: Final = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True, slots=True)
class Printed:
    """A text without its serial numbers, and these: capitals and digits alone."""

    rest: str
    serials: tuple[str, ...]


def without_serials(text: str) -> Printed:
    """Serial numbers that say so; a bare number is never taken for one."""
    found: list[str] = []
    if _HINT.search(text) is None:
        return Printed(text, ())

    def taken(match: re.Match[str]) -> str:
        serial = fold_serial(match["value"])
        long_enough = FEWEST_CHARACTERS <= len(serial) <= MOST_CHARACTERS
        if not long_enough or sum(map(str.isdigit, serial)) < FEWEST_DIGITS:
            return match[0]
        found.append(serial)
        return " "

    rest = _PRINTED.sub(taken, text)
    return Printed(" ".join(rest.split()) if found else text, tuple(dict.fromkeys(found)))


def fold_serial(printed: str) -> str:
    """Capitals and digits of a printed serial number."""
    return _SEPARATORS.sub("", printed.upper())


def is_serial_alone(text: str) -> bool:
    """The row says a serial number and nothing else."""
    printed = without_serials(text)
    return bool(printed.serials) and not any(map(str.isalnum, printed.rest))


def serials_of(receipt: Receipt) -> tuple[str, ...]:
    """Every serial number on the receipt's lines, as often as a line prints it."""
    return tuple(
        serial
        for item in receipt.items
        for serial in without_serials(
            f"{item.description} {'' if _IS_ARTICLE.fullmatch(item.code or '') else item.code or ''}"
        ).serials
    )
