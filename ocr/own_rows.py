"""Rows of a document's own text made ready: labels joined to the values below them, long prose left out.

Pages and mails often set a label above its value (``Grand Total:`` and ``$32.60``, ``Order number`` and
``114-008``). Tills do not, so this is for own text alone. The transcript keeps the rows as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from receipts.transcript import Row

PROSE_CHARS: Final = 150
"""Longer rows of one piece are sentences and terms; product names run to 200, but bear a price or stand
beside one, or end without a full stop."""
MAX_LABEL_CHARS: Final = 44
MAX_VALUE_CHARS: Final = 60

_LONE_AMOUNT: Final = re.compile(
    r"^[-–−+(]?\s?(?:[A-Z]{0,3}[$£€¥₹]|[A-Z]{3}|kr\.?|Rs\.?)?\s?[-–−]?\d[\d.,' ]*\)?\s?(?:[$£€¥₹]"
    r"|[A-Z]{3}|kr\.?|zł|Kč)?$",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(r"[:#№]\s*$")
_KNOWN_LABEL: Final = re.compile(
    r"^(?:(?:order|transaction|invoice|receipt|document|booking|confirmation|reference|purchase|payment)"
    r"\s?(?:number|no\.?|nr\.?|id|#|date|reference)|order placed|order date|date(?: paid)?|placed on"
    r"|ordered on|seller"
    r"|order #|order|merchant|sold by|retailer|store"
    r"|(?:bestell|rechnungs|auftrags|beleg)(?:nummer|datum|-?nr\.?)|bestelnummer|besteldatum|factuurnummer"
    r"|factuurdatum|numéro de commande|date de commande|número de pedido|fecha(?: del pedido)?|ordernummer"
    r"|orderdatum|ordredato|ordrenummer)$",
    re.IGNORECASE,
)
_SUM_LABEL: Final = re.compile(
    r"^(?:(?:order|grand|sub|items?|estimated|sales)[\s-]?)*(?:total|subtotal|tax(?:es)?|vat|shipping"
    r"|delivery|postage|discount"
    r"|tip|zwischensumme|gesamt(?:summe|betrag)?|versand(?:kosten)?|totaal|subtotaal|sous-total"
    r"|livraison|totalt|summe)"
    r"(?:\s*\(.*\))?$",
    re.IGNORECASE,
)
_HAS_VALUE: Final = re.compile(r"\d|^[A-Z][\w&.' -]+$")
_ANOTHER_LABEL: Final = re.compile(r":\s*$|:\s")


def prepared(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows to read: joined and without prose."""
    joined: list[Row] = []
    taken = False
    for row, following in pairwise([*rows, Row(())]):
        if taken:
            taken = False
            continue
        if following.boxes and _belong_together(row, following):
            joined.append(Row((*row.boxes, *following.boxes)))
            taken = True
        elif not _is_prose(row):
            joined.append(row)
    return tuple(joined)


def _belong_together(row: Row, following: Row) -> bool:
    if len(row.boxes) != 1 or len(following.boxes) != 1:
        return False
    label, value = row.text.strip(), following.text.strip()
    if len(label) > MAX_LABEL_CHARS or len(value) > MAX_VALUE_CHARS:
        return False
    if _LONE_AMOUNT.match(value) and any(char.isdigit() for char in value):
        is_sum = bool(_SUM_LABEL.match(label))
        return is_sum or (bool(_LABEL.search(label)) and any(char.isalpha() for char in label))
    named = bool(_KNOWN_LABEL.match(label.rstrip(" :")))
    return named and bool(_HAS_VALUE.search(value)) and not _ANOTHER_LABEL.search(value)


def _is_prose(row: Row) -> bool:
    text = row.text
    return len(row.boxes) == 1 and len(text) > PROSE_CHARS and bool(re.search(r"[.!?]\s|[.!?]$", text))
