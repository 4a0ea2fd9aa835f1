"""What the page's words say about its country: the currency, and so the order of day and month."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr.dates import DateOrder
from ocr.lines import Line
from receipts.money import Currency, currency

_STATES: Final = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK"
    "|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"
)
_MARKS: Final[tuple[tuple[str, str], ...]] = (
    (r"\bRM\s?\d|\bRM\b|\bMYR\b|SDN\.?\s?BHD|MALAYSIA|KUALA LUMPUR|\b(?:JALAN|JLN|JOHOR|SELANGOR)\b", "MYR"),
    (r"£|\bGBP\b|\.CO\.UK\b", "GBP"),
    (r"\bCHF\b|\bFR\.\s?\d|CHE-\d", "CHF"),
    (r"€|\bEUR\b|\bEURO\b", "EUR"),
    (r"\bNOK\b|ORG\.?\s?NR.*MVA|FORETAKSREG|\bMVA\b", "NOK"),
    (r"\bSEK\b|\bMOMS\b.*\bSE\d|ORG\.?\s?NR\.?\s?:?\s?5\d{5}-\d{4}", "SEK"),
    (r"\bDKK\b|\bCVR\b", "DKK"),
    (r"\bNZD\b|NZ\$|\.CO\.NZ\b|NEW ZEALAND|\bNZ\b", "NZD"),
    (r"\bAUD\b|AUD?\$|\bA\.?B\.?N\b|\bNSW\b|\bVIC\b\s\d{4}|\bQLD\b|AUSTRALIA|\.COM\.AU\b", "AUD"),
    (r"\bSGD\b|S\$|SINGAPORE|\bPTE\b", "SGD"),
    (r"\bCAD\b|C\$|\bHST\b|\bPST\b|\bQST\b|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b|CANADA", "CAD"),
    (r"\bBYN\b|УНП", "BYN"),
    (r"\bRUB\b|₽|\bИНН\b", "RUB"),
    (r"\bPLN\b|\bZŁ\b|PARAGON FISKALNY|\bNIP\b", "PLN"),
    (r"\bCZK\b|\bKČ\b|\bDIČ\b", "CZK"),
    (r"\bHUF\b|\bFT\b\s?$", "HUF"),
    (r"\bMAD\b|\d\s?DH\b|\bMAROC\b", "MAD"),
    (r"₹|\bRS\.?\s?\d|\bINR\b|\bGSTIN\b", "INR"),
    (r"¥|\bJPY\b|円", "JPY"),
    (rf"\bUSD\b|US\$|\bSALES TAX\b|\b(?:{_STATES})[\s,.]+\d{{5}}(?:-\d{{4}})?\b", "USD"),
)  # fmt: skip
_PATTERNS: Final = tuple((re.compile(pattern, re.IGNORECASE), currency(code)) for pattern, code in _MARKS)
_DOLLARS: Final = frozenset({"USD", "AUD", "NZD", "SGD", "CAD"})
_MONTH_FIRST: Final = frozenset({"USD"})
"""Tills of the United States print the month first; Canada prints both ways and counts as undecided."""
_YEARS_UNDECIDED: Final = frozenset({"CAD"})
CONVERTED: Final = re.compile(r"TOTAL IN (?:EUR|USD)|WECHSELKURS|EXCHANGE RATE", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cues:
    """What the page says of its country.

    Attributes:
        currency: None where nothing says.
        certain: a currency's own mark is printed.
    """

    currency: Currency | None
    certain: bool


def find_cues(lines: Sequence[Line]) -> Cues:
    """The currency that most rows speak for."""
    votes: dict[Currency, int] = {}
    for line in lines:
        if CONVERTED.search(line.text):
            # What it would have cost elsewhere.
            continue
        for pattern, code in _PATTERNS:
            if pattern.search(line.text):
                votes[code] = votes.get(code, 0) + 1
    if not votes:
        return Cues(None, certain=False)
    best = max(votes, key=lambda code: votes[code])
    return Cues(best, certain=votes[best] > 1 or len(votes) == 1)


def date_order(found: Currency | None, *, day_first: bool | None) -> DateOrder:
    """Which way ambiguous dates are read: the country's, else the caller's, else day first as most do."""
    if found in _MONTH_FIRST:
        return DateOrder.MONTH_FIRST
    if day_first is None or (found is not None and found not in _YEARS_UNDECIDED):
        return DateOrder.DAY_FIRST
    return DateOrder.DAY_FIRST if day_first else DateOrder.MONTH_FIRST
