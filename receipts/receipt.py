"""The purchase that was read."""

from __future__ import annotations

import datetime as dt  # not its names: the fields `date` and `time` would hide them
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from receipts.money import Currency, Money
from receipts.transcript import Quad


@dataclass(frozen=True, slots=True)
class Retailer:
    """The chain and the site, as printed; empty text where nothing was read."""

    name: str = ""
    store: str = ""
    address: str = ""
    phone: str = ""
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class LineItem:
    """A printed purchase line.

    Attributes:
        position: 0 for the first line item printed.
        description: the words, without code, quantity, price or tax letter.
        quantity: units, or weight where the line is sold by weight.
        unit_price: per unit of `quantity`, where printed or derived exactly.
        amount: the line's printed amount before a discount printed on a line of its own.
        discount: positive; None where there is none.
        code: the printed product code, digits as printed; None where there is none.
        confidence: 0 to 1, that description and amount are both right.
        quads: where the line stands on the repaired picture.
        repaired: a digit of the amount was exchanged, or its cents completed, so that the sums close.
    """

    position: int
    description: str
    quantity: Decimal
    unit_price: Money | None
    amount: Money
    discount: Money | None
    code: str | None
    confidence: float
    quads: tuple[Quad, ...] = ()
    repaired: bool = False

    @property
    def net(self) -> Money:
        """What the line cost after its own discount."""
        return self.amount if self.discount is None else self.amount - self.discount


@dataclass(frozen=True, slots=True)
class FieldConfidence:
    """How sure a field is, 0 to 1, and where it was read."""

    field: str
    value: float
    quad: Quad | None = None


class Identity(Enum):
    """A sum that a receipt prints both sides of."""

    ITEMS_TOTAL = "items_total"
    """Items less discounts, with tax, service and rounding, make the total."""
    ITEMS_SUBTOTAL = "items_subtotal"
    SUBTOTAL_TOTAL = "subtotal_total"
    """Subtotal with tax, service and rounding makes the total."""
    TENDER_CHANGE = "tender_change"
    """What was paid less what came back, or several payments together, is the total."""
    ITEMS_SOLD = "items_sold"
    """The printed number of items is that of the lines or of the pieces."""
    LINES = "lines"
    """Every quantity times its unit price makes its line's amount."""


class NumberKind(Enum):
    """What a number on a purchase's paper counts."""

    ORDER = "order"
    INVOICE = "invoice"
    RECEIPT = "receipt"
    CONFIRMATION = "confirmation"
    TRANSACTION = "transaction"


@dataclass(frozen=True, slots=True)
class PurchaseNumber:
    """A number that the paper gives the purchase, as printed, and what its label calls it."""

    kind: NumberKind
    value: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A purchase as read; None or empty where the print did not say or could not be read.

    Attributes:
        date: the purchase date as printed, in the store's own calendar.
        currency: printed, or the program's default where nothing is printed.
        balanced: the items, tax and discounts add up to the total exactly.
        confidence: one entry for each of retailer, date, time, receipt_number, subtotal, tax, total, items
            that was read.
        currency_assumed: no sign or word of the page told the currency; it is the program's own.
        date_alternative: the other reading of a date such as 03/04 that the page itself leaves open.
        identities: the sums that held; `Identity.ITEMS_TOTAL` is among them where `balanced` is.
        fiscal_identity: what names the purchase by its fiscal code; empty where it has none.
        repaired: fields, as `total`, a digit of which was exchanged because the sums say what it must be.
        numbers: every labelled number of the purchase that a document's own text names: an invoice names the
            order's beside its own. Pictures have none: there only `receipt_number` is read.
        items_sold: how many the page itself says; None where it says nothing, or several numbers.
        overruled_total: what the only row called total says, where another amount was taken for the total and
            nothing printed explains the difference; None otherwise.
        register: the number of the till as printed; empty where none, or several, were read. It helps to tell
            purchases apart and is in no answer or message.
    """

    retailer: Retailer
    date: dt.date | None
    time: dt.time | None
    currency: Currency
    receipt_number: str
    subtotal: Money | None
    tax: Money | None
    total: Money | None
    items: tuple[LineItem, ...]
    is_refund: bool
    balanced: bool
    confidence: tuple[FieldConfidence, ...]
    date_alternative: dt.date | None = None
    currency_assumed: bool = False
    identities: tuple[Identity, ...] = ()
    repaired: tuple[str, ...] = ()
    numbers: tuple[PurchaseNumber, ...] = ()
    items_sold: int | None = None
    fiscal_identity: str = ""
    register: str = ""
    overruled_total: Money | None = None

    def confidence_of(self, field: str) -> float:
        """0 to 1; 0 for a field that was not read."""
        return next((entry.value for entry in self.confidence if entry.field == field), 0.0)
