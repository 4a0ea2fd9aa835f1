"""The payment card that a receipt prints: its scheme and last four, as masking leaves them."""

from __future__ import annotations

import re

from receipts.transcript import Transcript

_SCHEMES = (
    ("visa", re.compile(r"\bV[I1]SA\b", re.IGNORECASE)),
    ("mastercard", re.compile(r"MASTER\s?CARD|\bM/?C\b", re.IGNORECASE)),
    ("maestro", re.compile(r"MAESTRO", re.IGNORECASE)),
    ("amex", re.compile(r"AMEX|AMERICAN EXP", re.IGNORECASE)),
    ("girocard", re.compile(r"GIRO\s?CARD|\bEC-?(?:KARTE|CASH)\b", re.IGNORECASE)),
    ("discover", re.compile(r"\bDISCOVER\b", re.IGNORECASE)),
    ("interac", re.compile(r"\bINTERAC\b", re.IGNORECASE)),
    ("bancontact", re.compile(r"BANCONTACT", re.IGNORECASE)),
    ("dankort", re.compile(r"DANKORT", re.IGNORECASE)),
    ("eftpos", re.compile(r"\bEFTPOS\b", re.IGNORECASE)),
)
_LAST_FOUR = re.compile(
    r"(?:[*#•●X]{2,}[\s*#•●X-]*|\b(?:ENDING(?: IN)?|LAST 4|ENDET AUF)\D{0,3})(?P<four>\d{4})(?!\d)",
    re.IGNORECASE,
)
_NO_CARD = re.compile(
    r"MEMBER|LOYAL|REWARD|CLUB|BONUS|PAYBACK|NECTAR|POINTS|CUSTOMER|KUNDE|IBAN|ACCOUNT|KONTO|GIFT|PHONE|TEL",
    re.IGNORECASE,
)
_ROWS_APART = 3
"""Between the card's number and its scheme: terminals print both in one block."""


def card_printed(transcript: Transcript) -> str:
    """Scheme and last four, as ``visa 1234``; empty where the receipt prints none, or not which scheme.

    The last four alone are not kept: loyalty numbers and accounts are masked to four as well.
    """
    rows = [row.text for row in transcript.rows]
    schemes = [(at, name) for at, row in enumerate(rows) for name, words in _SCHEMES if words.search(row)]
    for at, row in enumerate(rows):
        match = _LAST_FOUR.search(row)
        if match is None or _NO_CARD.search(row):
            continue
        near = sorted((abs(at - place), name) for place, name in schemes if abs(at - place) <= _ROWS_APART)
        if near:
            return f"{near[0][1]} {match['four']}"
    return ""
