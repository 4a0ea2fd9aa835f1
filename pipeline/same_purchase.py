"""Whether two readings out of one mail tell of the same purchase: a file and its mail, or a mail and a quote.

What is paid is settled by the ledger's own claims, for every channel. Here it is only decided what of a mail
becomes a receipt: one purchase told twice is one, two are two, and where that cannot be said the second is
named to its sender instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from rapidfuzz import fuzz

from ocr.document import Reading
from receipts.receipt import LineItem, Receipt

ALIKE_NAMES: Final = 80.0
"""Of two names of one shop, with and without its legal form, as rapidfuzz compares their words."""
ALIKE_WORDS: Final = 70.0
"""Of two descriptions of one product, printed by different programs of one shop."""
SHARED_ITEMS: Final = 0.6
"""Part of the shorter list, from which on they may be one purchase: both of two items, two of three."""


MIN_NUMBER_CHARS: Final = 4
"""Of an order's number, by which another paper names the order; fewer stand in any text by chance."""
_YEAR: Final = re.compile(r"(?:19|20)\d{2}")
_LABELS: Final = re.compile(
    r"(?P<order>order|bestell|auftrag|commande|pedido|ordine|ordre|tilaus)"
    r"|(?P<invoice>invoice|rechnung|facture|factura|factuur|faktura|fattura)"
    r"|(?P<receipt>receipt|beleg|bon\b|ticket|kvitt|scontrino)",
    re.IGNORECASE,
)
"""What a number is of, as words before it say."""
_MIXED: Final = re.compile(r"(?=.*[A-Z])(?=.*\d)[A-Z\d]+", re.IGNORECASE)
"""A number that may be drawn by lot: letters and digits fall where they will."""


class Told(Enum):
    """What another reading tells, beside one that is taken."""

    SAME = "the same purchase"
    UNCLEAR = "perhaps the same one, with another total"
    OTHER = "another one"


def told_beside(reading: Reading, taken: Sequence[Reading]) -> Told:
    """What it tells beside those taken."""
    answers = {compared(reading, each) for each in taken}
    return next((told for told in (Told.SAME, Told.UNCLEAR) if told in answers), Told.OTHER)


@dataclass(slots=True)
class Files:
    """The receipts in a mail's files, each of which stands for one purchase told in the mail's texts.

    Two orders of the same things are two: only one of them is that in the file.

    Attributes:
        left: no text has told of them yet.
        told_of: a text has.
    """

    left: list[Reading]
    told_of: list[Reading] = field(default_factory=list)

    def told(self, reading: Reading) -> Told:
        """What the text tells beside them; a file that it tells of is used up."""
        for at, each in enumerate(self.left):
            if compared(reading, each) is Told.SAME:
                self.told_of.append(self.left.pop(at))
                return Told.SAME
        number = reading.receipt.receipt_number
        if number and any(
            each.receipt.receipt_number == number and compared(reading, each) is Told.SAME
            for each in self.told_of
        ):
            return Told.SAME
        answers = {compared(reading, each) for each in (*self.left, *self.told_of)}
        return Told.UNCLEAR if Told.UNCLEAR in answers else Told.OTHER


def compared(one: Reading, other: Reading) -> Told:
    """Whether both are of one purchase, by total, items, shop and number."""
    first, second = one.receipt, other.receipt
    if first.is_refund is not second.is_refund:
        return Told.OTHER
    if same_order(one, other):
        return Told.SAME
    shared = _shared_amounts(first, second)
    strangers = _named_apart(first, second)
    if first.total is not None and first.total == second.total:
        apart = _are_text(one, other) and _numbered_apart(first, second)
        return Told.OTHER if apart or (strangers and shared == 0) else Told.SAME
    fewest = min(len(first.items), len(second.items))
    if fewest == 0:
        return Told.UNCLEAR
    if first.receipt_number and first.receipt_number == second.receipt_number and not strangers:
        return Told.UNCLEAR
    alike = shared if not strangers else min(shared, _alike_items(first.items, second.items))
    if alike < SHARED_ITEMS * fewest or (_are_text(one, other) and _numbered_apart(first, second)):
        return Told.OTHER
    return Told.UNCLEAR


def same_order(one: Reading, taken: Reading) -> bool:
    """Whether a text is a paper of the order that is taken, such as its confirmation beside its invoice.

    Both list the same amounts, and one prints the other's number, for an invoice has a number of its own and
    names the order's; so the days may differ. On one day numbers of two forms are enough. But two numbers of
    orders are of two, though one names the other, as what is ordered again does. Where the totals differ,
    that of `one` is of the goods alone, and less: nothing is lost by taking the other.
    """
    first, second = one.receipt, taken.receipt
    if not _are_text(one, taken) or first.is_refund or second.is_refund or _named_apart(first, second):
        return False
    if first.total is None or second.total is None or first.currency != second.currency:
        return False
    amounts = [sorted(item.net.minor for item in receipt.items) for receipt in (first, second)]
    if not amounts[0] or amounts[0] != amounts[1]:
        return False
    if first.receipt_number != second.receipt_number and _labels(one) & _labels(taken):
        return False
    apart = (
        one.transcript.rows != taken.transcript.rows
    )  # else a document of several, which prints all numbers
    named = apart and (_prints(taken, first.receipt_number) or _prints(one, second.receipt_number))
    if not named and (first.date != second.date or _is_of_one_kind(first, second)):
        return False
    return first.total == second.total or (
        first.total.minor == sum(amounts[0]) and first.total.minor < second.total.minor
    )


def is_sure(reading: Reading) -> bool:
    """Whether a text is a receipt beyond doubt: one with items whose sums close."""
    return reading.receipt.balanced and bool(reading.receipt.items)


def _prints(reading: Reading, number: str) -> bool:
    """Whether the number stands in the text, by itself."""
    if len(number) < MIN_NUMBER_CHARS or not any(map(str.isdigit, number)) or _YEAR.fullmatch(number):
        return False
    return any(_alone(number).search(row.text) for row in reading.transcript.rows)


def _alone(number: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(number)}(?![\w-])", re.IGNORECASE)


def _labels(reading: Reading) -> frozenset[str]:
    """Whose number a text calls its own: an order's, an invoice's or a receipt's."""
    number = reading.receipt.receipt_number
    if not number:
        return frozenset()
    before = [
        list(_LABELS.finditer(row.text[: match.start()]))
        for row in reading.transcript.rows
        for match in _alone(number).finditer(row.text)
    ]
    return frozenset(labels[-1].lastgroup or "" for labels in before if labels)


def _are_text(*readings: Reading) -> bool:
    return all(reading.picture_jpeg is None for reading in readings)


def _named_apart(one: Receipt, other: Receipt) -> bool:
    """Whether both name a shop, and not the same."""
    names = one.retailer.name.casefold(), other.retailer.name.casefold()
    return all(names) and fuzz.token_set_ratio(*names) < ALIKE_NAMES


def _numbered_apart(one: Receipt, other: Receipt) -> bool:
    """Whether their numbers are of one form, and differ; an order's and its invoice's are of two."""
    first, second = one.receipt_number, other.receipt_number
    return bool(first) and first != second and _form(first) == _form(second)


def _is_of_one_kind(one: Receipt, other: Receipt) -> bool:
    """Whether their numbers are, or one has none: of any length, for numbers grow."""
    numbers = [receipt.receipt_number for receipt in (one, other)]
    if all(map(_MIXED.fullmatch, numbers)) and len(numbers[0]) == len(numbers[1]):
        return True
    kinds = [re.sub(r"9+", "9", _form(number)) for number in numbers]
    return not all(kinds) or kinds[0] == kinds[1]


def _form(number: str) -> str:
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", number))


def _shared_amounts(one: Receipt, other: Receipt) -> int:
    amounts = (Counter(item.amount for item in receipt.items) for receipt in (one, other))
    return (next(amounts) & next(amounts)).total()


def _alike_items(one: Sequence[LineItem], other: Sequence[LineItem]) -> int:
    """How many items have one in the other list with the same amount and words."""
    return sum(
        any(
            item.amount == each.amount
            and fuzz.token_set_ratio(item.description.casefold(), each.description.casefold()) >= ALIKE_WORDS
            for each in other
        )
        for item in one
    )
