"""What a page's markup claims, held against what the page shows.

The markup is exact where it is honest: names in full, product codes, the order's number. It is believed as
far as the page bears it out. Where the two differ, what a person can see counts, and less surely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from rapidfuzz import fuzz

from ocr import arithmetic
from ocr.documents.claims import ClaimedItem, ClaimedOrder, Claims, Standing
from ocr.lines import Line
from ocr.own_parse import own_lines, own_sums
from receipts.errors import Rejection, RejectionReason
from receipts.money import Currency, Money, UnknownCurrencyError, currency
from receipts.receipt import FieldConfidence, LineItem, Receipt, Retailer
from receipts.transcript import Row

CONFIRMED: Final = 0.98
"""The page shows the claimed total, and the claimed sums close."""
TOTAL_SEEN: Final = 0.85
"""The page shows the claimed total and no list to compare the items with."""
UNCONFIRMED: Final = 0.4
"""Nothing of the claim can be seen: enough for a person to look at, not for points by itself."""
CONTRADICTED: Final = 0.6
"""Factor on the confidence of a visible receipt whose markup claims another total."""
SAME_NAME: Final = 85.0
"""Of 100: a claimed name that the page shows, cut short or with a variant behind it."""
CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
_OTHER_MAIL: Final = frozenset(
    {
        RejectionReason.SHIPPING_NOTICE,
        RejectionReason.ADVERT,
        RejectionReason.NOT_BOUGHT,
        RejectionReason.CANCELLED,
    }
)

Answer = tuple[Receipt, ...] | Rejection


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page shows."""

    text: str
    printed: frozenset[Decimal]
    extras: tuple[Decimal, ...]
    receipts: tuple[Receipt, ...]


def with_claims(claims: Claims, shown: Answer, rows: Sequence[Row], fallback: Currency) -> Answer:
    """The receipts of a page whose visible text gave `shown`."""
    if isinstance(shown, Rejection) and shown.reason in _OTHER_MAIL:
        return shown
    placed = tuple(
        order for order in claims.orders if order.standing not in {Standing.CANCELLED, Standing.UNPAID}
    )
    if claims.orders and not placed:
        unpaid = any(order.standing is Standing.UNPAID for order in claims.orders)
        reason = RejectionReason.NOT_BOUGHT if unpaid else RejectionReason.CANCELLED
        return Rejection(
            reason, "the markup says that the order is " + ("not paid" if unpaid else "cancelled")
        )
    placed = tuple(order for order in placed if order.items)
    if not placed:
        if claims.parcel and isinstance(shown, Rejection):
            return Rejection(RejectionReason.SHIPPING_NOTICE, "the markup tells of a parcel alone")
        return shown
    page = _page(shown, own_lines(rows))
    if len(placed) == 1 and len(page.receipts) > 1:
        return shown
    found = tuple(_one(order, page, fallback) for order in placed)
    if len(placed) > 1:
        # The page names the numbers of all: each order keeps its own alone.
        found = tuple(replace(receipt, numbers=()) for receipt in found)
    return tuple(dict.fromkeys(found))


def _page(shown: Answer, lines: Sequence[Line]) -> _Page:
    return _Page(
        text=" ".join(line.text for line in lines).lower(),
        printed=frozenset(abs(number.value) for line in lines for number in line.numbers),
        extras=arithmetic.extras_of(own_sums(lines)),
        receipts=() if isinstance(shown, Rejection) else shown,
    )


def _one(order: ClaimedOrder, page: _Page, fallback: Currency) -> Receipt:
    code = _currency(order, page, fallback)
    amounts, closes = _amounts(order, page)
    total_seen = order.total is not None and order.total in page.printed
    names_seen = all(_is_shown(item, page) for item in order.items)
    same = next(
        (receipt for receipt in page.receipts if receipt.total and receipt.total.decimal == order.total), None
    )
    rival = None if same is not None else next((receipt for receipt in page.receipts if receipt.total), None)
    if rival is not None and (rival.balanced or not (closes and total_seen and names_seen)):
        return _doubted(rival)
    if same is not None and not (closes and names_seen):
        return _filled(same, order) if names_seen else _doubted(_filled(same, order))
    if same is not None and len(same.items) > len(order.items) and same.balanced:
        return _filled(same, order)
    sure = (CONFIRMED if closes and names_seen else TOTAL_SEEN) if total_seen else UNCONFIRMED
    if total_seen and not names_seen:
        sure = UNCONFIRMED
    return _receipt(order, amounts, code, same, sure, closes=closes)


def _amounts(order: ClaimedOrder, page: _Page) -> tuple[list[Decimal], bool]:
    """Each item's amount, its price taken for one piece or for the line, whichever closes."""
    single = [((item.price or ZERO) * (item.quantity or 1)).quantize(CENT) for item in order.items]
    whole = [(item.price or ZERO).quantize(CENT) for item in order.items]
    claimed = {
        order.shipping + order.tax - order.discount,
        order.shipping - order.discount,
        -order.discount,
        ZERO,
    }
    if order.total is None:
        return single, False
    for amounts in (single, whole):
        rest = order.total - sum(amounts, ZERO)
        if rest in claimed or rest in page.extras:
            return amounts, True
        if any(rest == one + two for one in page.extras for two in page.extras if one != two):
            return amounts, True
    for amounts in (single, whole):
        rest = order.total - sum(amounts, ZERO)
        if 0 < rest < order.total and rest in page.printed:
            return amounts, True
    return single, False


def _is_shown(item: ClaimedItem, page: _Page) -> bool:
    """Whether the page shows the item, or lists no items at all that it could be missing from."""
    listed = [line.description for receipt in page.receipts for line in receipt.items]
    if not listed:
        return not page.receipts
    if any(fuzz.token_set_ratio(item.name.lower(), name.lower()) >= SAME_NAME for name in listed):
        return True
    return fuzz.partial_ratio(item.name.lower(), page.text) >= SAME_NAME


def _currency(order: ClaimedOrder, page: _Page, fallback: Currency) -> Currency:
    try:
        return currency(order.currency)
    except UnknownCurrencyError:
        return page.receipts[0].currency if page.receipts else fallback


def _doubted(receipt: Receipt) -> Receipt:
    """The visible receipt, trusted less: the markup beside it says something else."""
    return replace(
        receipt,
        items=tuple(
            replace(item, confidence=round(item.confidence * CONTRADICTED, 3)) for item in receipt.items
        ),
        confidence=tuple(
            replace(entry, value=round(entry.value * CONTRADICTED, 3))
            if entry.field in {"total", "items"}
            else entry
            for entry in receipt.confidence
        ),
    )


def _filled(receipt: Receipt, order: ClaimedOrder) -> Receipt:
    """The visible receipt with what only the markup says."""
    confidence = list(receipt.confidence)
    name = receipt.retailer.name
    if order.seller and (not name or fuzz.partial_ratio(order.seller.lower(), name.lower()) < SAME_NAME):
        name = order.seller
        confidence = [entry for entry in confidence if entry.field != "retailer"]
        confidence.append(FieldConfidence("retailer", TOTAL_SEEN))
    if order.day and receipt.date is None:
        confidence.append(FieldConfidence("date", TOTAL_SEEN))
    if order.number and order.number != receipt.receipt_number:
        confidence = [entry for entry in confidence if entry.field != "receipt_number"]
        confidence.append(FieldConfidence("receipt_number", TOTAL_SEEN))
    return replace(
        receipt,
        retailer=replace(receipt.retailer, name=name),
        date=receipt.date or order.day,
        receipt_number=order.number or receipt.receipt_number,
        confidence=tuple(confidence),
    )


def _receipt(
    order: ClaimedOrder,
    amounts: Sequence[Decimal],
    code: Currency,
    same: Receipt | None,
    sure: float,
    *,
    closes: bool,
) -> Receipt:
    items = tuple(
        _line_item(position, item, amount, code, sure, same)
        for position, (item, amount) in enumerate(zip(order.items, amounts, strict=True))
    )
    head = Retailer() if same is None else same.retailer
    fields = {
        "retailer": order.seller or head.name,
        "date": order.day or (same.date if same else None),
        "receipt_number": order.number,
        "total": order.total,
        "items": items,
        "tax": order.tax or (same and same.tax),
        "subtotal": same and same.subtotal,
    }
    tax = Money.of(order.tax, code) if order.tax else (same.tax if same else None)
    return Receipt(
        retailer=replace(head, name=order.seller or head.name),
        date=order.day or (same.date if same else None),
        time=same.time if same else None,
        currency=code,
        receipt_number=order.number or (same.receipt_number if same else ""),
        subtotal=same.subtotal if same else None,
        tax=tax,
        total=None if order.total is None else Money.of(order.total, code),
        items=items,
        is_refund=order.standing is Standing.RETURNED or (order.total or ZERO) < 0,
        balanced=closes,
        confidence=tuple(FieldConfidence(name, sure) for name, value in fields.items() if value),
        numbers=same.numbers if same else (),
    )


def _line_item(
    position: int, item: ClaimedItem, amount: Decimal, code: Currency, sure: float, same: Receipt | None
) -> LineItem:
    shown = max(
        same.items if same else (),
        key=lambda line: fuzz.token_set_ratio(line.description.lower(), item.name.lower()),
        default=None,
    )
    quantity = item.quantity or Decimal(1)
    unit = (amount / quantity).quantize(CENT)
    return LineItem(
        position=position,
        description=item.name,
        quantity=quantity,
        unit_price=Money.of(unit, code) if unit * quantity == amount else None,
        amount=Money.of(amount, code),
        discount=None,
        code=item.code,
        confidence=sure,
        quads=shown.quads if shown else (),
    )
