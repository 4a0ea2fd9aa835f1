"""Orders and invoices as a page's schema.org markup claims them.

Shops write it for mail programs and search engines, nobody proof-reads it, and anyone can: what it says is a
claim, which `ocr.claimed_receipt` holds against the visible page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Final

from dateutil import parser as date_parser
from selectolax.lexbor import LexborHTMLParser

from ocr.documents.structured import MAX_TEXT, Node, many, markup_nodes
from ocr.rows import tidy

MAX_ITEMS: Final = 400
MAX_ORDERS: Final = 20
"""In one mail; shops split a basket into three or four."""
MAX_AMOUNT: Final = Decimal(10) ** 9
MAX_AMOUNT_CHARS: Final = 40
MIN_YEAR: Final = 1995
MAX_YEAR: Final = 2079


class Standing(Enum):
    """What became of the order, by `orderStatus` and `paymentStatus`."""

    PLACED = "placed"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNPAID = "unpaid"


@dataclass(frozen=True, slots=True)
class ClaimedItem:
    """An offer that was accepted.

    Attributes:
        price: of one piece or of the line; the markup does not tell.
    """

    name: str
    quantity: Decimal | None
    price: Decimal | None
    code: str | None


@dataclass(frozen=True, slots=True)
class ClaimedOrder:
    """An order or invoice as the markup claims it; None and empty where it says nothing."""

    seller: str
    number: str
    day: date | None
    currency: str
    total: Decimal | None
    items: tuple[ClaimedItem, ...]
    discount: Decimal
    shipping: Decimal
    tax: Decimal
    standing: Standing


@dataclass(frozen=True, slots=True)
class Claims:
    """What a page's markup claims.

    Attributes:
        parcel: it tells of a parcel under way.
    """

    orders: tuple[ClaimedOrder, ...]
    parcel: bool


def find_claims(tree: LexborHTMLParser) -> Claims:
    """Every order and invoice in the markup, each once."""
    orders: dict[tuple[object, ...], ClaimedOrder] = {}
    parcel = False
    parts: set[int] = set()
    for node in markup_nodes(tree):
        if len(orders) >= MAX_ORDERS:
            break
        kinds = _types(node)
        parts |= {id(part) for key in _PART_KEYS for part in _objects(node.get(key))}
        parcel = parcel or "parceldelivery" in kinds
        if not kinds & {"order", "invoice"} or id(node) in parts:
            continue
        order = _order(node)
        if order.total is not None or order.items or order.standing is not Standing.PLACED:
            orders.setdefault((order.number, order.total, order.items), order)
    return Claims(_without_echoes(tuple(orders.values())), parcel)


def _without_echoes(orders: tuple[ClaimedOrder, ...]) -> tuple[ClaimedOrder, ...]:
    """An invoice repeats the order it references: of one number, the one with more items stays."""
    best: dict[str, ClaimedOrder] = {}
    for position, order in enumerate(orders):
        key = order.number or f"#{position}"
        if key not in best or len(order.items) > len(best[key].items):
            best[key] = order
    return tuple(best.values())


def _order(node: Node) -> ClaimedOrder:
    parts = [part for key in _PART_KEYS for part in _objects(node.get(key))]
    offers = [offer for source in (node, *parts) for key in _ITEM_KEYS for offer in _objects(source.get(key))]
    named = [item for item in map(_item, offers[:MAX_ITEMS]) if item.name]
    priced = {item.name for item in named if item.price is not None}
    items = tuple(item for item in named if item.price is not None or item.name not in priced)
    total = _first_amount(
        node, "totalPaymentDue", "totalPrice", "total", "price", "priceSpecification", "totalPaymentAmount"
    )
    return ClaimedOrder(
        seller=_name(node, "merchant", "seller", "broker", "provider"),
        number=_text(node, "orderNumber", "confirmationNumber", "accountId", "identifier") or next(
            (_text(part, "orderNumber") for part in parts), ""),
        day=_first_day([node, *parts], "orderDate") or _first_day([node], "dateCreated", "paymentDue"),
        currency=_currency(node) or next((code for offer in offers if (code := _currency(offer))), ""),
        total=total,
        items=items,
        discount=abs(_first_amount(node, "discount") or Decimal(0)),
        shipping=_shipping(node),
        tax=_first_amount(node, "tax", "totalTax", "salesTax") or Decimal(0),
        standing=_standing(node),
    )  # fmt: skip


_PART_KEYS: Final = ("referencesOrder", "partOfOrder", "partOfInvoice")
_ITEM_KEYS: Final = ("acceptedOffer", "orderedItem", "orderItem", "itemOffered", "lineItem")


def _item(offer: Node) -> ClaimedItem:
    goods = next(
        (
            found
            for key in ("itemOffered", "orderedItem", "item", "product")
            for found in _objects(offer.get(key))
        ),
        offer,
    )
    inner = next(iter(_objects(goods.get("offers"))), {})
    quantity = next(
        (
            found
            for key in ("eligibleQuantity", "orderQuantity", "quantity", "orderedQuantity")
            if (found := _quantity(offer.get(key))) is not None
        ),
        None,
    )
    price = _first_amount(offer, "price", "priceSpecification", "totalPrice")
    if price is None:
        price = _first_amount(inner, "price", "priceSpecification") or _first_amount(goods, "price")
    code = next((said for key in _CODES if (said := _text(goods, key) or _text(offer, key))), None)
    return ClaimedItem(_text(goods, "name") or _text(offer, "name"), quantity, price, code)


_CODES: Final = (
    "gtin13",
    "gtin",
    "gtin12",
    "gtin14",
    "gtin8",
    "ean",
    "isbn",
    "sku",
    "mpn",
    "productID",
    "orderItemNumber",
)


def _types(node: Node) -> frozenset[str]:
    said = node.get("@type", "")
    return frozenset(str(name).rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for name in many(said))


def _objects(value: object) -> Sequence[Node]:
    return [found for found in many(value) if isinstance(found, Mapping)]


def _text(node: Node, *keys: str) -> str:
    for key in keys:
        for value in many(node.get(key)):
            said = value
            if isinstance(value, Mapping):
                said = value.get("value") or value.get("name") or value.get("@value")
            if isinstance(said, str) and said.strip():
                return tidy(html.unescape(said[:MAX_TEXT]))
    return ""


def _name(node: Node, *keys: str) -> str:
    for key in keys:
        for value in many(node.get(key)):
            if isinstance(value, Mapping) and _text(value, "name", "legalName"):
                return _text(value, "name", "legalName")
            if isinstance(value, str) and value.strip() and not value.startswith(("http", "_:", "#")):
                return " ".join(value[:MAX_TEXT].split())
    return ""


def _currency(node: Node) -> str:
    for holder in (node, *(part for key in _PRICE_HOLDERS for part in _objects(node.get(key)))):
        said = _text(holder, "priceCurrency", "currency", "discountCurrency")
        if re.fullmatch(r"[A-Za-z]{3}", said):
            return said.upper()
    return ""


_PRICE_HOLDERS: Final = ("priceSpecification", "totalPaymentDue", "totalPrice", "price", "offers")


def _first_amount(node: Node, *keys: str) -> Decimal | None:
    for key in keys:
        for value in many(node.get(key)):
            amount = (
                _first_amount(value, "price", "value", "amount", "@value")
                if isinstance(value, Mapping)
                else _amount(value)
            )
            if amount is not None:
                return amount
    return None


_PLAIN_NUMBER: Final = re.compile(r"[-−]?\d[\d.,' ]*")


def _amount(value: object) -> Decimal | None:
    """An amount as a number or as text; ``1.234,50`` and ``$29.99`` are written too."""
    if isinstance(value, bool) or not isinstance(value, str):
        return None
    match = _PLAIN_NUMBER.search(value[:MAX_AMOUNT_CHARS])
    if match is None:
        return None
    digits = match.group().replace("−", "-").replace("'", "").replace(" ", "").rstrip(".,")
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        whole, cents = re.sub(r"[.,]", "", digits[:last]), digits[last + 1 :]
        grouped = digits[last] == "," and len(cents) == len("000")
        digits = whole + cents if grouped else f"{whole}.{cents}"
    try:
        amount = Decimal(digits)
    except InvalidOperation:
        return None
    return amount if abs(amount) < MAX_AMOUNT else None


def _quantity(value: object) -> Decimal | None:
    for found in many(value):
        amount = _first_amount(found, "value", "amount") if isinstance(found, Mapping) else _amount(found)
        if amount is not None and amount > 0:
            return amount
    return None


def _shipping(node: Node) -> Decimal:
    keys = ("shippingCost", "deliveryCharge", "shipping")
    for delivery in _objects(node.get("orderDelivery")):
        found = _first_amount(delivery, "price", *keys)
        if found is not None:
            return found
    return _first_amount(node, *keys) or Decimal(0)


def _standing(node: Node) -> Standing:
    said = " ".join(_text(node, key).lower() for key in ("orderStatus", "paymentStatus"))
    if "cancel" in said:
        return Standing.CANCELLED
    if "return" in said or "refund" in said:
        return Standing.RETURNED
    if any(word in said for word in ("paymentdue", "pastdue", "declined")):
        return Standing.UNPAID
    return Standing.PLACED


def _first_day(nodes: Sequence[Node], *keys: str) -> date | None:
    return next((found for node in nodes if (found := _day(node, *keys))), None)


def _day(node: Node, *keys: str) -> date | None:
    for key in keys:
        said = _text(node, key)
        if not said:
            continue
        try:
            found = (
                date_parser.isoparse(said[:10])
                if re.match(r"\d{4}-\d\d-\d\d", said)
                else date_parser.parse(said)
            )
        except (ValueError, OverflowError, TypeError):
            continue
        if MIN_YEAR <= found.year <= MAX_YEAR:
            return found.date()
    return None
