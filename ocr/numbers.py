"""The receipt's own number: what the till calls this sale."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr.dates import holds_date_and_time, moments_of
from ocr.lines import Line

_VALUE: Final = r"(?P<value>[A-Z]{0,6}[-/]?\d[\dA-Z/\-]*(?:\s\d[\d]{1,}){0,5})"
_LABELS: Final = (
    r"(?:TAX\s?)?INV(?:OICE)?\s?(?:NO|NR|NUMBER|NUM|#|№)?",
    r"(?:RECEIPT|RECPT|RCPT)\s?(?:NO|NR|NUMBER|#)?",
    r"(?:CASH\s?)?BILL\s?(?:NO|#|NUMBER)?",
    r"(?:DOC|DOCUMENT)\s?(?:NO|#|NUMBER)",
    r"SLIP\s?(?:NO|#)?",
    r"(?:BON|BELEG|QUITTUNG|RECHNUNG)S?[\s-]?(?:NR|NUMMER|NO)",
    r"BNR",
    r"BELEG(?=\s?:?\s?\d{4})",
    r"BONG\s?(?:NR)?",
    r"KVITT(?:ERING)?(?:S?NR)?",
    r"(?:TRN|TRANS|TRANSACTION|TC)\s?(?:NO|ID|#)?",
    r"CHK|CHECK\s?(?:NO|#)",
    r"TICKET\s?(?:NO|#)?",
    r"ORDER\s?(?:NO|#|NUMBER|ID)",
    r"CASH\s?(?:INV|SALES?)\s?(?:NO)?",
    r"REF(?:ERENCE)?\s?(?:NO|#)?",
)
_PATTERNS: Final = tuple(
    re.compile(rf"(?<![A-Z])(?:{label})\s?[.:#№]*\s*[:.#]*\s*{_VALUE}", re.IGNORECASE) for label in _LABELS
)
_NOT_A_NUMBER: Final = re.compile(
    r"GST|VAT|TAX\s?(?:ID|REG)|CO\.?\s?REG|TEL|FAX|CARD|ACCOUNT|MEMBER|AUTH", re.IGNORECASE
)
_ISOLATED: Final = re.compile(r"\b(?P<value>[RT]\d{8,12})\b")
_LONE: Final = re.compile(r"\d{4,12}")
MIN_CHARS: Final = 2


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """The number as printed and the row it stands on."""

    value: str
    line: int


def _beside_moment(line: Line) -> str:
    """``11/20/2026 14:03    4224957``: the only number in a box of its own on the row of date and time."""
    texts = [box.text.strip() for box in line.row.boxes]
    lone = [text for text in texts if _LONE.fullmatch(text)]
    return lone[0] if len(lone) == 1 and holds_date_and_time(line) else ""


def _before_moment(text: str, start: int, end: int) -> str:
    """``4431  16:20``: what follows the number is the time of day, or the date."""
    follows = next((at for at in moments_of(text) if start < at < end), end)
    return text[start:follows]


def find_receipt_number(lines: Sequence[Line]) -> FoundNumber | None:
    """The number with the most telling label."""
    for pattern in _PATTERNS:
        for line in lines:
            if line.prices and line.letters < len("TOTAL"):
                continue
            match = pattern.search(line.text)
            if match and not _NOT_A_NUMBER.search(line.text[: match.start("value")]):
                value = _before_moment(line.text, *match.span("value")).strip(" -/")
                if len(value) >= MIN_CHARS and sum(char.isdigit() for char in value) >= MIN_CHARS:
                    return FoundNumber(value, line.index)
    for line in lines:
        beside = _beside_moment(line)
        if beside:
            return FoundNumber(beside, line.index)
    for line in lines:
        match = _ISOLATED.search(line.text)
        if match:
            return FoundNumber(match["value"], line.index)
    return None
