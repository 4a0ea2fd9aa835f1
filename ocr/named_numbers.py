"""Every number by which a document's own text names the purchase: order, invoice, receipt and the like.

An order's confirmation and its invoice carry numbers of their own; what joins them is that one names the
other's. Stricter than `ocr.own_numbers`, which looks for the one number that the paper calls its own: one
too many here makes two purchases one, so a number without a label of its purchase is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from ocr.lines import Line
from receipts.receipt import NumberKind, PurchaseNumber
from receipts.transcript import TextBox

MAX_OF_A_KIND: Final = 3
"""A paper with more orders than these lists orders (an account, a statement): it names none as its own."""
MIN_CHARS: Final = 4
MIN_BARE_DIGITS: Final = 5
"""Of a number right behind its label, with neither ``no.`` nor ``#``: ``order 24 cans`` is none."""
MAX_BEFORE_CHARS: Final = 40

_LABELS: Final[dict[NumberKind, str]] = {
    NumberKind.ORDER: r"(?:web\s?)?order|purchase|bestell(?:ung(?:s)?)?|auftrags?|bestelling|bestel|commande"
    r"|pedido|encomenda|ordine|ordre|beställnings?|bestillings?|tilaus(?:numero)?|zam[óo]wieni[ea]"
    r"|objedn[áa]vk[ay]|παραγγελ[ίι]ας?|đơn hàng|الطلب|طلب|siparis|sipariş|pesanan|orden",
    NumberKind.INVOICE: r"invoice|rechnungs?|facture|factura(?: simplificada)?|factuur|faktur[ay]?|fattura"
    r"|fatura|τιμολ[όο]γιο|hóa đơn|الفاتورة|فاتورة",
    NumberKind.RECEIPT: r"receipt|(?:kassen|kassa)?bon|belege?|ticket|kvitto|kvitterings?|bong|scontrino"
    r"|recibo|paragon|απόδειξη",
    NumberKind.CONFIRMATION: r"confirmation|bestätigungs?|conferma|confirmación|bevestigings?",
    NumberKind.TRANSACTION: r"transaction|transaktions?|transactie|transacción|transazione|transação",
}
"""Words that say what the number behind them counts, by kind."""
_END: Final = (
    r"(?:\s?(?:(?:number|num|no|nr|n|id|code|reference|ref)\b\.?)|\s?[#№]|\s?n[°º]|\s?-?nummer|\s?-?nr\b\.?"
    r"|\s?(?:nummer|numero|número|numéro|numer|č|αρ)\b\.?)"
)
_BEFORE: Final = (
    r"(?:n[°ºo]\.?|num[ée]ro|número|numero|nummer|numer|nr\.?|αρ\.|mã(?: số)?|رقم)\s?"
    r"(?:de la |de |d['’]|della? |do |da )?"
)
_VALUE: Final = r"(?P<value>#?(?=[A-Z0-9./_-]*\d)[A-Z0-9][A-Z0-9./_-]{2,40})(?!\w)"
_PATTERNS: Final = tuple(
    (
        kind,
        re.compile(
            rf"(?<![\w/-])(?P<label>(?P<before>{_BEFORE})?(?:{words}))"
            rf"(?P<sign>{_END}\s?[:.#]*\s*|\s*[:#]+\s*|\s+){_VALUE}",
            re.IGNORECASE,
        ),
    )
    for kind, words in _LABELS.items()
)
_HEADS: Final = tuple(
    (kind, re.compile(rf"(?:{_BEFORE})?(?:{words})(?:{_END})?\s*[:.#]*", re.IGNORECASE))
    for kind, words in _LABELS.items()
)
_WHOLE: Final = re.compile(_VALUE, re.IGNORECASE)
_ANOTHERS: Final = re.compile(
    # Another purchase: what was ordered before, is ordered again, or made good.
    r"\b(?:before|replac\w*|again|re-?order\w*|exchang\w*|instead|erneut\w*)\b"
    r"|\b(?:previous|prior|earlier|last|next|upcoming|similar|parent|original|initial|other|old|related|vorherig\w*|frühere\w*|letzte\w*"
    r"|ursprüngliche\w*|andere\w*|précédente|autre|vorige|anterior|precedente)\W*$"
    # Numbers of people, shops and parcels, not of what was bought.
    r"|\b(?:customer|member\w*|client|account|loyalty|card|store|shop|branch|till|register|terminal|cashier"
    r"|vat|tax|gst|company|phone|tel|fax|mobile|whats\s?app|call|track\w*|parcel|shipment|shipping|delivery"
    r"|coupon|voucher|gift|promo\w*|item|product|article|sku|support|case|po|p\.o\.|purchase|your ref\w*"
    r"|kunden\w*|klant\w*|kund\w*|client\w*|cliente|filial\w*|sendungs\w*|lieferschein\w*|colis|suivi"
    r"|return\w*|refund\w*|raffle|lottery|parking|subscription|recurring|contract|abo|vertrags?|abonnement\w*)\W*$",
    re.IGNORECASE,
)
_OWN_TAX: Final = re.compile(r"\b(?:tax|vat|gst)\W*$", re.IGNORECASE)
"""``Tax Invoice No``: the tax's word belongs to the invoice."""
_PHONE: Final = re.compile(r"^(?:\+?1[-. ])?\d{3}[-. ]\d{3}[-. ]\d{4}$|^0[1-9]\d{2,4}[/-]\d{5,}$")
_DATE: Final = re.compile(
    r"^(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[./-]?(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*[./-]?\d{2,4}|(?:19|20)\d\d)$",
    re.IGNORECASE,
)
"""``15-Nov-2026`` as well: a paper headed so is one of all that day's."""
_MONEY: Final = re.compile(r"^\d{1,3}(?:[.,]?\d{3})*[.,]\d{2}$")


def named_numbers(lines: Sequence[Line]) -> tuple[PurchaseNumber, ...]:
    """The numbers in the order in which they stand, each once; none of a kind that the paper lists."""
    found = dict.fromkeys([*_beside_labels(lines), *_below_heads(lines)])
    kinds = [number.kind for number in found]
    return tuple(number for number in found if kinds.count(number.kind) <= MAX_OF_A_KIND)


def _beside_labels(lines: Sequence[Line]) -> Iterator[PurchaseNumber]:
    for line in lines:
        if not any(map(str.isdigit, line.text)):
            continue
        for kind, pattern in _PATTERNS:
            for match in pattern.finditer(line.text):
                value = _cleaned(match["value"])
                bare = (
                    not match["sign"].strip() and not match["before"] and not match["value"].startswith("#")
                )
                if bare and sum(map(str.isdigit, value)) < MIN_BARE_DIGITS:
                    continue
                if _is_number(value) and not _is_anothers(line.text, match.start("label"), kind):
                    yield PurchaseNumber(kind, value)


def _below_heads(lines: Sequence[Line]) -> Iterator[PurchaseNumber]:
    """Numbers below their labels: in a table's columns, or each on a row of its own."""
    for heads, values in pairwise(lines):
        if not any(map(str.isdigit, values.text)):
            continue
        for head in heads.row.boxes:
            said = head.text.strip()
            for kind, pattern in _HEADS:
                if not pattern.fullmatch(said):
                    continue
                nearest = min(values.row.boxes, key=lambda box: abs(_middle(box) - _middle(head)))
                if len(heads.row.boxes) == 1 and len(values.row.boxes) > 1:
                    continue
                match = _WHOLE.fullmatch(nearest.text.strip())
                if match and _is_number(_cleaned(match["value"])):
                    yield PurchaseNumber(kind, _cleaned(match["value"]))


def _middle(box: TextBox) -> float:
    return (box.quad.left + box.quad.right) / 2


def _cleaned(value: str) -> str:
    return value.lstrip("#").strip(" -/.,_#")


def _is_anothers(text: str, start: int, kind: NumberKind) -> bool:
    before = text[max(0, start - MAX_BEFORE_CHARS) : start]
    if kind is NumberKind.INVOICE:
        before = _OWN_TAX.sub("", before)
    return bool(_ANOTHERS.search(before))


def _is_number(value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    signs = sum(map(str.isalnum, value))
    other = _DATE.match(value) or _MONEY.match(value) or _PHONE.match(value)
    return signs >= MIN_CHARS and digits > 1 and not other
