"""Which purchase a receipt is of, whatever upload it was read from.

Three names, from coarse to fine: `lookup_keys` find candidates through an index, `awarding.likeness` compares
two purchases with tolerance for reading slips, and `purchase_key` with `line_keys` names what has been paid.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from awarding.retailer import fold_retailer
from receipts.identity import Sku
from receipts.money import Currency, Money
from receipts.receipt import NumberKind, Receipt
from receipts.serial import serials_of

KEY_VERSION = 1
"""Raised when the folding or the parts of a key change; older keys must then be computed anew."""

# Capitals and digits that engines take for each other (the usual seven pairs of thermal print).
_CONFUSABLE = str.maketrans("OQDILSZBG", "000115286")
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
_PART_LENGTH = 40
NUMBER_MIN_LENGTH = 4
"""Characters: "12" on both is a till's number more often than a receipt's."""
_BASKET_MIN_LINES = 3
_FINGERPRINT_DIGITS = 12
LONG_BASKET_LINES = 6
"""From so many prices on a basket is rare enough to be looked up without any other fact."""
LEFT_OUT_LINES_MAX = 16
"""Up to so many lines a basket is filed with each one left out: seventeen keys at most."""
BASKET_PARTS = 4
BASKET_PART_LINES = 4
_MISSING = "-"


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """The printed facts that tell one purchase from another, folded; None or empty where not read.

    Attributes:
        retailer_key: `fold_retailer` of the printed name.
        store_key: the site, folded the same way.
        date: the purchase day in the store's calendar.
        time: to the minute; half of the prints have no seconds, so those stand by themselves.
        number: the receipt number, capitals and digits only, with look-alikes folded into digits.
        currency: of the receipt; never left out, so that equal sums of two currencies stay two.
        currency_assumed: nothing printed told it, as on a picture without its head.
        fiscal: the name that its fiscal code gives the purchase; empty where it has none.
        register: the till's number without leading zeros; it compares, and names and looks up nothing.
        second: of the printed time; None where none was printed, and for a whole minute, which looks alike.
        amounts: every line's net in minor units, ascending: the basket, free of words and of line order.
        serials: serial numbers printed on the lines.
        is_refund: a refund is never the same purchase as the sale that it undoes.
    """

    retailer_key: str
    store_key: str
    # The module's name, since a field's own would hide the type from what keeps facts as JSON.
    date: dt.date | None
    time: dt.time | None
    number: str
    currency: Currency
    total: Money | None
    amounts: tuple[int, ...]
    is_refund: bool = False
    currency_assumed: bool = False
    named: tuple[tuple[NumberKind, str], ...] = ()
    serials: frozenset[str] = frozenset()
    fiscal: str = ""
    second: int | None = None
    register: str = ""

    @property
    def numbers(self) -> frozenset[str]:
        """The receipt number and the named ones, without those too short to tell anything."""
        every = (self.number, *(number for _, number in self.named))
        return frozenset(number for number in every if len(number) >= NUMBER_MIN_LENGTH)


def fold_number(printed: str) -> str:
    """Capitals and digits of a printed number, look-alikes as digits, leading zeros kept."""
    return _NOT_ALPHANUMERIC.sub("", printed.upper()).translate(_CONFUSABLE)


def _fold_register(printed: str) -> str:
    """Without leading zeros, and in the digits that all other print has: ``٣`` and ``３`` are till 3."""
    return "".join(str(unicodedata.decimal(each, each)) for each in printed).lstrip("0")


def purchase_facts(receipt: Receipt) -> PurchaseFacts:
    """The facts of a receipt as read."""
    return PurchaseFacts(
        retailer_key=fold_retailer(receipt.retailer.name),
        store_key=fold_retailer(receipt.retailer.store),
        date=receipt.date,
        time=None if receipt.time is None else receipt.time.replace(second=0, microsecond=0, tzinfo=None),
        number=fold_number(receipt.receipt_number),
        currency=receipt.currency,
        total=receipt.total,
        amounts=tuple(sorted(item.net.minor for item in receipt.items)),
        is_refund=receipt.is_refund,
        currency_assumed=receipt.currency_assumed,
        named=tuple(
            sorted(
                {(each.kind, fold_number(each.value)) for each in receipt.numbers},
                key=lambda entry: (entry[0].value, entry[1]),
            )
        ),
        serials=frozenset(serials_of(receipt)),
        fiscal=receipt.fiscal_identity,
        second=(receipt.time.second or None) if receipt.time is not None else None,
        register=_fold_register(receipt.register),
    )


def basket_fingerprint(facts: PurchaseFacts) -> str:
    """Short text that two equal baskets share; empty when no line was read."""
    if not facts.amounts:
        return ""
    return _digest(facts.amounts)


def near_basket_keys(facts: PurchaseFacts) -> tuple[str, ...]:
    """Keys of which two nearly equal long baskets share one, whatever else was read of them.

    A basket is filed whole and with each one line left out: one price misread on either side, or one line
    missed, and a key is still shared. A longer one is filed by four parts of it, chosen by the price itself,
    so that it is found as long as one part was read alike. Shorter baskets recur too often to be looked up by
    themselves.
    """
    amounts = facts.amounts
    if len(amounts) < LONG_BASKET_LINES:
        return ()
    found: set[tuple[str, tuple[int, ...]]] = set()
    if len(amounts) <= LEFT_OUT_LINES_MAX:
        found.add(("lines", amounts))
        found |= {("lines", amounts[:place] + amounts[place + 1 :]) for place in range(len(amounts))}
    for part in range(BASKET_PARTS):
        chosen = tuple(amount for amount in amounts if _part_of(amount) == part)
        if len(chosen) >= BASKET_PART_LINES:
            found.add((f"part{part}", chosen))
    return tuple(sorted(f"{name}:{facts.currency}:{_digest(chosen)}" for name, chosen in found))


def _part_of(amount: int) -> int:
    return int(_digest((amount,)), 16) % BASKET_PARTS


def _digest(amounts: tuple[int, ...]) -> str:
    text = ",".join(str(amount) for amount in amounts)
    return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT_DIGITS]


def purchase_key(facts: PurchaseFacts) -> str:
    """Stable text that names the purchase: retailer, day, minute, number, currency, total.

    Readable on purpose: it stands in claims, and people read those. The basket stands in where neither minute
    nor number was read, so that two purchases of one price on one day stay two. A slip in any part gives
    another key; the caller compares with earlier purchases first and keeps the earlier one's key
    (`awarding.likeness.shared_purchase_key`).
    """
    basket = "" if facts.time is not None or facts.number else basket_fingerprint(facts)
    parts = (
        f"{'refund' if facts.is_refund else 'purchase'}{KEY_VERSION}",
        facts.retailer_key.replace(" ", "")[:_PART_LENGTH],
        "" if facts.date is None else facts.date.isoformat(),
        "" if facts.time is None else f"{facts.time:%H%M}",
        facts.number[:_PART_LENGTH],
        facts.currency,
        "" if facts.total is None else str(facts.total.minor),
        basket,
    )
    return "/".join(part or _MISSING for part in parts)


def lookup_keys(facts: PurchaseFacts) -> tuple[str, ...]:
    """Coarse keys to index; two receipts that share none are two purchases.

    Each pairs two facts, so one fact may be misread or missing and another key still leads to the candidate;
    a long basket leads to its like by itself (`near_basket_keys`), and so does a fiscal code's name. Empty
    when none of these was read: such a receipt cannot be looked up.
    """
    day = "" if facts.date is None else facts.date.isoformat()
    minute = "" if facts.time is None else f"{facts.time:%H%M}"
    total = "" if facts.total is None else f"{facts.currency}{facts.total.minor}"
    basket = basket_fingerprint(facts) if len(facts.amounts) >= _BASKET_MIN_LINES else ""
    shop = facts.retailer_key.partition(" ")[0]
    pairs = (
        ("day-total", day, total),
        ("minute-total", minute, total),
        ("day-minute", day, minute),
        *(
            (name, number, fact)
            for number in sorted(facts.numbers)
            for name, fact in (("number-day", day), ("number-total", total), ("number-minute", minute))
        ),
        # An invoice of another day and sum, which names the order's number: its shop, whose name may go on.
        *(("number-shop", number, shop) for number in sorted({number for _, number in facts.named})),
        ("basket-day", basket, day),
        ("basket-total", basket, total),
        ("basket-minute", basket, minute),
    )
    side = "refund:" if facts.is_refund else ""
    paired = (f"{side}{name}:{first}:{second}"[:120] for name, first, second in pairs if first and second)
    keys = (*paired, *(f"{side}{key}" for key in near_basket_keys(facts)))
    # One piece is sold once: its number alone leads to whatever other purchase has it, on whatever day.
    serials = tuple(f"serial:{serial}" for serial in sorted(facts.serials)) if keys else ()
    fiscal = (f"{side}fiscal:{facts.fiscal}"[:120],) if facts.fiscal else ()
    return (*keys, *serials, *fiscal)


@dataclass(frozen=True, slots=True)
class KeyedLine:
    """What a line's key is made from.

    Attributes:
        weight: orders equal products among themselves, largest first: net in minor units, then units.
    """

    position: int
    sku: Sku
    weight: tuple[int, int]


def line_keys(lines: Iterable[KeyedLine]) -> dict[int, str]:
    """A key for each position: the product and its ordinal among the purchase's lines of that product.

    Neither words, amount nor place on the paper are in it, since a second photo reads those differently.
    Lines of one product are counted from the dearest, so the order of lines does not matter.
    """
    seen: Counter[Sku] = Counter()
    keys: dict[int, str] = {}
    for line in sorted(lines, key=lambda line: (-line.weight[0], -line.weight[1], line.position)):
        seen[line.sku] += 1
        keys[line.position] = f"{line.sku}#{seen[line.sku]}"
    return keys


def joined_claims(claims: Sequence[frozenset[str]]) -> frozenset[str]:
    """The lines of a purchase that are paid, where it is known by several keys: each key's claims.

    The first are of the key that is claimed under and stay as they are. Each key counts the lines of a
    product from one, so the others' are counted on: one in each of two parcels are the first and the second.
    """
    joined = set(claims[0]) if claims else set()
    for line_key in sorted(key for others in claims[1:] for key in others):
        sku = line_key.rpartition("#")[0]
        joined.add(next(key for at in count(1) if (key := f"{sku}#{at}") not in joined))
    return frozenset(joined)
