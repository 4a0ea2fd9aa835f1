"""The number of an order, receipt or invoice in a document's own text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ocr.lines import Line
from ocr.numbers import FoundNumber, find_receipt_number
from receipts.transcript import TextBox

_VALUE: Final = r"(?P<value>[A-Z]{0,4}#?(?=[A-Z0-9./_-]*\d)[A-Z0-9][A-Z0-9./_-]{2,40}(?: \d{3,}){0,4}|\d{2,})"
_END: Final = r"(?:\s?(?:number|no|nr|num|id|code|reference|ref)\b\.?|\s?[#№]|\s?n[°º]|s?nummer|s?-?nr\.?)"
_SEPARATOR: Final = rf"(?:{_END}\s*[:.#]*\s*|\s*[:#]+\s*|\s+)"
_OWN: Final = (
    r"(?:order|receipt|invoice|bill|sales?|purchase|document|check|ticket|confirmation|bestell(?:ung)?"
    r"|auftrags?"
    r"|rechnungs?|beleg|bon|kassenbon|bestel|factuur|ordre|faktura|kvitto|kvitterings?|bong|commande"
    r"|facture|pedido"
    r"|factura(?: simplificada)?|ordine|fattura|scontrino|tilaus|n[°ºo]\s?(?:de )?(?:commande|facture"
    r"|ticket|pedido"
    r"|factura)|đơn hàng|hóa đơn|παραγγελ[ίι]ας?|(?:رقم )?(?:الطلب|الفاتورة)"
    r"|num[ée]ro de (?:commande|facture|pedido|factura)|ticket n[°º])"
)
_OTHER: Final = (
    r"(?:transaction|booking|payment|reference|reservation|trip|transaktions?|buchungs?|bestillings?|ref)"
)
_PATTERNS: Final = tuple(
    re.compile(rf"(?<![\w/-]){label}{_VALUE}(?![\w])", re.IGNORECASE)
    for label in (rf"{_OWN}{_SEPARATOR}", rf"{_OTHER}{_END}\s*[:.#]*\s*")
)
_INVOICE: Final = (
    r"(?:invoice|rechnungs?|factuur|facture|factura(?: simplificada)?|fattura|faktura|hóa đơn|الفاتورة)"
)
_HEADS: Final = tuple(
    re.compile(rf"{label}\.?:?", re.IGNORECASE)
    for label in (rf"{_INVOICE}(?:{_END})?", rf"{_OWN}(?:{_END})?", rf"{_OTHER}{_END}")
)
"""Of heads in one row an invoice's comes first: the paper is that invoice, and the order has its own."""
_WHOLE: Final = re.compile(_VALUE, re.IGNORECASE)
_UUID: Final = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
_LEAD: Final = re.compile(r"^#")
_DATE: Final = re.compile(r"^(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|(?:19|20)\d\d)$")
_MONEY: Final = re.compile(r"^\d{1,6}[.,]\d{2}$")
_NOT_OWN: Final = re.compile(
    r"vat|tax|gst|tel\b|phone|fax|card|account|member|customer|kunden|klant|track|item number"
    r"|your reference",
    re.IGNORECASE,
)
MAX_BEFORE_CHARS: Final = 60


def find_own_number(lines: Sequence[Line]) -> FoundNumber | None:
    """The first number under a label of its own; a payment's or booking's only where no order has one."""
    for pattern in _PATTERNS:
        for line in lines:
            for match in pattern.finditer(line.text):
                value = _LEAD.sub("", match["value"]).strip(" -/.,_#")
                if _is_number(value) and not _NOT_OWN.search(
                    line.text[: match.start("value")][-MAX_BEFORE_CHARS:]
                ):
                    return FoundNumber(value, line.index)
    return _below_heads(lines) or find_receipt_number(lines)


def _below_heads(lines: Sequence[Line]) -> FoundNumber | None:
    """A number in the column below its label, in a row of labels above a row of values."""
    for pattern in _HEADS:
        for heads, values in pairwise(lines):
            for head in heads.row.boxes if len(heads.row.boxes) > 1 else ():
                if not pattern.fullmatch(head.text.strip()):
                    continue
                nearest = min(values.row.boxes, key=lambda box: abs(_middle(box) - _middle(head)))
                if _WHOLE.fullmatch(nearest.text.strip()) and _is_number(nearest.text.strip()):
                    return FoundNumber(nearest.text.strip(), values.index)
    return None


def _middle(box: TextBox) -> float:
    return (box.quad.left + box.quad.right) / 2


def _is_number(value: str) -> bool:
    other = _DATE.match(value) or _MONEY.match(value) or _UUID.match(value)
    return sum(char.isdigit() for char in value) > 1 and not other
