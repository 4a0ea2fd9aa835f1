"""Whether two readings are of one purchase, with tolerance for what engines misread.

Each fact is compared for itself and gives a weight in bits, in the manner of Fellegi and Sunter (1969): the
binary logarithm of how much likelier that comparison is for two photos of one purchase than for two purchases
of one program. The weights add up to a likeness; two bounds part same, maybe and different.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from math import inf

from rapidfuzz.distance import Hamming, Levenshtein

from awarding.papers import apart_by_number, papers_of_one_purchase, shared_numbers
from awarding.purchase import LONG_BASKET_LINES, NUMBER_MIN_LENGTH, PurchaseFacts, purchase_key
from awarding.retailer import NAME_NEAR_MIN, NAME_SAME_MIN, name_likeness
from receipts.money import Money

SAME_MIN_BITS = 20.0
"""From this likeness on, one purchase: three strong facts agree and none differs, or four with one slip.

Measured with `MAYBE_MIN_BITS` on 26 scans read twice and 16,110 pairs of different receipts (decision 5).
"""
MAYBE_MIN_BITS = 12.0
"""From this likeness on a person should look; below stand other purchases of the same shop, day and sum."""

_BASKET_SAME_MIN = 0.75
_BASKET_NEAR_MIN = 0.5
_BASKET_OTHER_MAX = 0.2
_BASKET_MIN_LINES = 2
_NUMBER_LONG = 10
_AMOUNTS_SHOWN = 12


class Agreement(Enum):
    """How one fact of two readings compares. Near is one reading slip apart; next, a later customer's."""

    SAME = "same"
    NEAR = "near"
    NEXT = "next"
    OTHER = "other"
    UNREAD = "unread"


# Bits for same, near and other; an unread fact says nothing. From the rates of agreement for two photos of
# one purchase (reading is right for about 9 in 10 totals, dates and times, 3 in 4 names) against those for
# two purchases of one program within its window (1 in 500 totals, 1 in 30 days, 1 in 700 minutes, 1 in 4
# chains).
_BITS: dict[str, dict[Agreement, float]] = {
    "total": {Agreement.SAME: 8.8, Agreement.NEAR: 2.3, Agreement.OTHER: -4.3},
    "date": {Agreement.SAME: 5.0, Agreement.NEAR: -1.0, Agreement.OTHER: -4.4},
    "time": {Agreement.SAME: 9.2, Agreement.NEAR: 1.0, Agreement.OTHER: -4.6},
    # Near numbers are worth little: the next customer's differs by one digit.
    # Numbers that follow each other at one till speak for two purchases more than any two others do: an
    # engine loses digits or takes other print for the number, and seldom misreads two of them.
    "number": {Agreement.SAME: 10.0, Agreement.NEAR: 2.0, Agreement.NEXT: -9.0, Agreement.OTHER: -6.0},
    # A shop has few tills, and their numbers are a digit or two of small print: they outweigh no other fact,
    # and neither make nor clear a twin (`same_purchase`).
    "register": {Agreement.SAME: 1.0, Agreement.OTHER: -2.0},
    # Seconds are compared within one and the same minute.
    "second": {Agreement.SAME: 4.0, Agreement.NEAR: 0.0, Agreement.OTHER: -3.0},
    "retailer": {Agreement.SAME: 2.0, Agreement.NEAR: 0.0, Agreement.OTHER: -4.0},
    # Equal totals make equal baskets likelier, hence less than counting would give.
    "basket": {Agreement.SAME: 5.0, Agreement.NEAR: 1.0, Agreement.OTHER: -4.0},
    # Named by the till itself, and read without a slip or not at all: it outweighs whatever was misread.
    # Two names are two purchases, unless a code was pasted over: that must not undo all the rest.
    "fiscal code": {Agreement.SAME: 45.0, Agreement.OTHER: -6.0},
}
_LONG_BASKET_BITS = 6.0
"""More for a long basket that agrees where the total does not: six prices alike are no chance."""


_NEXT_WITHIN = 1000
"""Customers of one shop on one day; of the generator's 60 purchases rung up twice on one day, all."""
_NEXT_DIGITS = 2
"""That differ at the least: one is what an engine misreads."""


_TELLING_FACTS = frozenset({"time", "number", "fiscal code"})


@dataclass(frozen=True, slots=True)
class FactComparison:
    """One fact of both readings side by side, as text ready to be shown."""

    fact: str
    agreement: Agreement
    first: str
    second: str
    bits: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two readings are.

    Attributes:
        bits: sum of the comparisons' weights.
    """

    bits: float
    comparisons: tuple[FactComparison, ...]


@dataclass(frozen=True, slots=True)
class SamePurchase:
    """Two readings of one purchase."""

    likeness: Likeness


@dataclass(frozen=True, slots=True)
class MaybeSame:
    """Too much agrees to be chance, too little was read to be sure: for a person."""

    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Different:
    """Two purchases."""

    likeness: Likeness


PurchaseComparison = SamePurchase | MaybeSame | Different


def _total(first: PurchaseFacts, second: PurchaseFacts) -> Agreement:
    if first.total is None or second.total is None:
        return Agreement.UNREAD
    if first.total.minor == second.total.minor:
        return Agreement.SAME
    near = _one_slip(str(first.total.minor), str(second.total.minor))
    return Agreement.NEAR if near else Agreement.OTHER


def _one_slip(first: str, second: str) -> bool:
    return len(first) == len(second) and Hamming.distance(first, second, processor=None) == 1


def _swapped(day: date) -> date | None:
    """The day read with day and month exchanged; None where that is no date."""
    try:
        return day.replace(month=day.day, day=day.month)
    except ValueError:
        return None


def _date(first: PurchaseFacts, second: PurchaseFacts) -> Agreement:
    if first.date is None or second.date is None:
        return Agreement.UNREAD
    if first.date == second.date:
        return Agreement.SAME
    near = _swapped(first.date) == second.date or _one_slip(first.date.isoformat(), second.date.isoformat())
    return Agreement.NEAR if near else Agreement.OTHER


def _time(first: PurchaseFacts, second: PurchaseFacts) -> Agreement:
    if first.time is None or second.time is None:
        return Agreement.UNREAD
    if first.time == second.time:
        return Agreement.SAME
    half_day = first.time.minute == second.time.minute and first.time.hour % 12 == second.time.hour % 12
    # "PM" is small print: 9:28 and 21:28 are one slip apart, like two digits.
    near = half_day or _one_slip(f"{first.time:%H%M}", f"{second.time:%H%M}")
    return Agreement.NEAR if near else Agreement.OTHER


def _number(first: PurchaseFacts, second: PurchaseFacts) -> Agreement:
    if apart_by_number(first, second):
        return Agreement.OTHER
    if shared_numbers(first, second):
        return Agreement.SAME
    shorter, longer = sorted((first.number, second.number), key=len)
    if len(shorter) < NUMBER_MIN_LENGTH:
        return Agreement.UNREAD
    if _follow_each_other(shorter, longer):
        return Agreement.NEXT
    slips = 2 if len(shorter) >= _NUMBER_LONG else 1
    near = shorter in longer or Levenshtein.distance(shorter, longer, processor=None) <= slips
    return Agreement.NEAR if near else Agreement.OTHER


def _follow_each_other(first: str, second: str) -> bool:
    """Whether they are two numbers of one count, as a till gives them out through a day."""
    if len(first) != len(second) or not (first.isdecimal() and second.isdecimal()):
        return False
    apart = Hamming.distance(first, second, processor=None)
    return apart >= _NEXT_DIGITS and abs(int(first) - int(second)) < _NEXT_WITHIN


def _counted_on(first: PurchaseFacts, second: PurchaseFacts) -> bool:
    """Whether the later minute has the higher number of one count, though a single digit tells them apart.

    To be asked where the minutes are two: then one digit is a later customer's sooner than a slip.
    """
    if first.time is None or second.time is None or len(first.number) != len(second.number):
        return False
    if not (first.number.isdecimal() and second.number.isdecimal()):
        return False
    onward = int(second.number) - int(first.number)
    return 0 < abs(onward) < _NEXT_WITHIN and (onward > 0) == (second.time > first.time)


def _second(first: PurchaseFacts, second: PurchaseFacts) -> Agreement:
    if first.second is None or second.second is None or first.time != second.time:
        return Agreement.UNREAD
    if first.second == second.second:
        return Agreement.SAME
    return Agreement.NEAR if _one_slip(f"{first.second:02d}", f"{second.second:02d}") else Agreement.OTHER


def _retailer(first: PurchaseFacts, second: PurchaseFacts) -> Agreement:
    if not first.retailer_key or not second.retailer_key:
        return Agreement.UNREAD
    alike = name_likeness(first.retailer_key, second.retailer_key)
    if alike >= NAME_SAME_MIN:
        return Agreement.SAME
    return Agreement.NEAR if alike >= NAME_NEAR_MIN else Agreement.OTHER


def _basket(first: PurchaseFacts, second: PurchaseFacts) -> Agreement:
    if min(len(first.amounts), len(second.amounts)) < _BASKET_MIN_LINES:
        # One line says no more than the total does.
        return Agreement.UNREAD
    here, there = Counter(first.amounts), Counter(second.amounts)
    shared = (here & there).total() / (here | there).total()
    if shared >= _BASKET_SAME_MIN:
        return Agreement.SAME
    if shared >= _BASKET_NEAR_MIN:
        return Agreement.NEAR
    return Agreement.OTHER if shared <= _BASKET_OTHER_MAX else Agreement.UNREAD


def _shown(facts: PurchaseFacts) -> dict[str, str]:
    return {
        "total": "" if facts.total is None else f"{facts.total} {facts.total.currency}",
        "date": "" if facts.date is None else facts.date.isoformat(),
        "time": "" if facts.time is None else f"{facts.time:%H:%M}",
        "second": "" if facts.second is None else f"{facts.second:02d}",
        "number": facts.number,
        "register": facts.register,
        "retailer": facts.retailer_key,
        "basket": _amounts_shown(facts),
        "fiscal code": facts.fiscal,
    }


def _amounts_shown(facts: PurchaseFacts) -> str:
    shown = [str(Money(minor, facts.currency)) for minor in facts.amounts[:_AMOUNTS_SHOWN]]
    more = len(facts.amounts) - len(shown)
    return " ".join([*shown, f"and {more} more"] if more else shown)


def likeness(first: PurchaseFacts, second: PurchaseFacts) -> Likeness:
    """Each fact's comparison and their sum; the same whichever reading comes first."""
    agreements = {
        "total": _total(first, second),
        "date": _date(first, second),
        "time": _time(first, second),
        "second": _second(first, second),
        "number": _number(first, second),
        "retailer": _retailer(first, second),
        "basket": _basket(first, second),
    }
    if agreements["number"] is Agreement.NEAR and agreements["time"] is Agreement.OTHER:
        counted_on = _counted_on(first, second)
        agreements["number"] = Agreement.NEXT if counted_on else Agreement.NEAR
    if first.register and second.register and agreements["retailer"] is not Agreement.OTHER:
        alike = first.register == second.register
        agreements["register"] = Agreement.SAME if alike else Agreement.OTHER
    if first.fiscal and second.fiscal:
        agreements["fiscal code"] = Agreement.SAME if first.fiscal == second.fiscal else Agreement.OTHER
    here, there = _shown(first), _shown(second)
    if shared := shared_numbers(first, second):
        here["number"] = there["number"] = min(shared)
    bits = {fact: _BITS[fact].get(agreement, 0.0) for fact, agreement in agreements.items()}
    if agreements["basket"] is Agreement.SAME and agreements["total"] is not Agreement.SAME:
        prices = (Counter(first.amounts) & Counter(second.amounts)).total()
        bits["basket"] += _LONG_BASKET_BITS if prices >= LONG_BASKET_LINES else 0.0
    comparisons = tuple(
        FactComparison(fact, agreement, here[fact], there[fact], bits[fact])
        for fact, agreement in agreements.items()
    )
    return Likeness(round(sum(comparison.bits for comparison in comparisons), 1), comparisons)


def same_purchase(first: PurchaseFacts, second: PurchaseFacts) -> PurchaseComparison:
    """Whether both are readings of one purchase.

    Equal sums of two printed currencies, and a sale and its refund, are always different. Sure are only
    readings that agree on the minute, the number or the fiscal code: shop, day, sum and even basket recur, as
    in two coffees a day. Sure are papers of one order too, whose days and sums differ (`awarding.papers`).
    """
    found = likeness(first, second)
    assumed = first.currency_assumed or second.currency_assumed
    if (first.currency != second.currency and not assumed) or first.is_refund != second.is_refund:
        return Different(found)
    retailer = next(each.agreement for each in found.comparisons if each.fact == "retailer")
    if retailer is not Agreement.OTHER and papers_of_one_purchase(first, second):
        return SamePurchase(found)
    telling = (each for each in found.comparisons if each.fact in _TELLING_FACTS)
    tillless = _without_till(found)
    sure = min(found.bits, tillless) >= SAME_MIN_BITS
    if sure and any(each.agreement is Agreement.SAME for each in telling):
        return SamePurchase(found)
    return MaybeSame(found) if tillless >= MAYBE_MIN_BITS else Different(found)


def _without_till(found: Likeness) -> float:
    """Bits without the till's number, which may make a person look at a twin that is sure, and no more.

    A misread or painted digit of small print must not pay a purchase twice, and that two customers stood at
    one till says nothing where they have numbers of their own.
    """
    till = sum(each.bits for each in found.comparisons if each.fact == "register")
    return round(found.bits - till, 1)


def shared_purchase_key(facts: PurchaseFacts, earlier: Iterable[tuple[str, PurchaseFacts]]) -> str:
    """The key to claim under: that of the likest earlier reading of the same purchase, else the facts' own.

    Args:
        facts: the new reading's.
        earlier: purchase keys in use with the facts that they were claimed by, oldest first.
    """
    best_bits, best_key = -inf, purchase_key(facts)
    for key, known in earlier:
        compared = same_purchase(facts, known)
        if isinstance(compared, SamePurchase) and compared.likeness.bits > best_bits:
            best_bits, best_key = compared.likeness.bits, key
    return best_key


def shared_purchase_keys(
    facts: PurchaseFacts, earlier: Sequence[tuple[tuple[str, ...], PurchaseFacts]]
) -> tuple[str, ...]:
    """Every key that the purchase is known by, that to claim under first.

    An order whose parcels were invoiced one by one is claimed under each invoice's, and orders that are
    invoiced together under each one's.

    Args:
        facts: the new reading's.
        earlier: keys that earlier readings are known by, as this gave them, with their facts, oldest first.
    """
    claimed_under = shared_purchase_key(facts, ((keys[0], known) for keys, known in earlier))
    alike = (keys for keys, known in earlier if isinstance(same_purchase(facts, known), SamePurchase))
    return tuple(dict.fromkeys([claimed_under, *(key for keys in alike for key in keys)]))
